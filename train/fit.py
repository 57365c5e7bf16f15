"""Train one architecture.

    python -m train.fit --arch resnet --data fer2013.zip --votes fer2013new.csv

Writes models/<name>.keras, its training curves models/<name>.history.csv and, by way of train.export, the LiteRT file
and the card. A run that was stopped goes on from its last whole epoch when started again with the same flags, and ends
with the weights it would have had.
With --weights FILE the epochs and the curves go on from those of the file.
Any Keras backend works; on two cores KERAS_BACKEND=torch is the fastest.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

import cv2
import keras
import numpy as np
import pandas as pd

from fer.records import EMOTIONS
from fer.vision.cards import file_sha256
from fer.vision.preprocess import FACE_SIZE
from train.architectures import ARCHITECTURES, build, build_imagenet, options_of
from train.augment import BADLY_TAKEN, AugmentedFaces, augment, make_targets, mix_in
from train.cover import points_of
from train.data import FERPLUS_EMOTIONS, describe, fingerprint, load_splits, load_votes
from train.metrics import as_probabilities

SIZES_PX = ((0.55, 32), (0.85, 40), (1.0, FACE_SIZE))  # until this part of the epochs, this side of the picture
TEACHER_VIEWS = 4  # of each face; the mean of them is what it sees

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--arch", required=True, choices=ARCHITECTURES)
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv")
parser.add_argument("--votes", help="fer2013new.csv, the FER+ votes: trains the second head")
parser.add_argument("--name", help="name of the written files; default: the architecture's")
parser.add_argument("--out", default="models", type=Path)
parser.add_argument(
    "--widths", nargs="+", type=int, help="channels of each stage of a ResNet; default: the architecture's"
)
parser.add_argument(
    "--weights",
    default="random",
    help=".keras file of the same architecture to go on from, or imagenet: the full-width network of "
    "keras.applications (vgg16, mobilenet, densenet; downloads them); default: random weights",
)
parser.add_argument("--epochs", default=16, type=int)
parser.add_argument("--batch-size", default=128, type=int)
parser.add_argument("--learning-rate", default=0.1, type=float)
parser.add_argument(
    "--weight-decay", default=5e-3, type=float, help="decoupled, so ten times the usual 5e-4 of SGD with momentum 0.9"
)
parser.add_argument("--label-smoothing", default=0.1, type=float)
parser.add_argument(
    "--least-px",
    default=SIZES_PX[0][1],
    type=int,
    choices=[size for _, size in SIZES_PX],
    help="side of the smallest pictures; a run that goes on from good weights needs no small ones",
)
parser.add_argument(
    "--most-px",
    default=SIZES_PX[-1][1],
    type=int,
    choices=[size for _, size in SIZES_PX],
    help="side of the largest pictures, and of what the exported files make of a face",
)
parser.add_argument(
    "--augmentation",
    default=1.0,
    type=float,
    help="how much the pictures differ from the faces, from 0, mirrored only, to 1",
)
parser.add_argument(
    "--last-augmentation", default=None, type=float, help="the same in the last 15 %% of the epochs; default: no other"
)
parser.add_argument(
    "--teacher",
    help=".keras file of a network with both heads; half of each target is what it sees in the face "
    "(self-distillation)",
)
parser.add_argument(
    "--soft-votes", default=0.0, type=float, help="the share of the expression's target that is the votes, 0 to 1"
)
parser.add_argument(
    "--covered",
    default=0.0,
    type=float,
    help="the share of the faces that something is drawn over (train/cover.py); the more is hidden, the flatter the target",
)
parser.add_argument(
    "--mix",
    default=0.0,
    type=float,
    help="the share of the batches with mixup or CutMix; none in the last tenth of the epochs",
)
parser.add_argument(
    "--balance", default=0.0, type=float, help="from 0, each face once an epoch, to 1, each emotion equally often"
)
parser.add_argument("--drop-path", default=0.0, type=float, help="stochastic depth of a ResNet: of the last block")
parser.add_argument(
    "--ema",
    default=0.0,
    type=float,
    help="keeps an exponential moving average of the weights, which decays by this a batch",
)
parser.add_argument(
    "--compute", default="float32", choices=["float32", "bfloat16"], help="what layers compute in; weights stay float32"
)
parser.add_argument(
    "--workers", default=1, type=int, help="processes that make the pictures, for a GPU that waits for them"
)
parser.add_argument("--seed", default=0, type=int)


def check(args, faces):
    """Raises ValueError for a flag that does not go with another one or with the training faces."""
    if not 0 < args.batch_size <= len(faces):
        raise ValueError(
            f"--batch-size must be from 1 to the number of training faces, {len(faces)}. Received: {args.batch_size}"
        )
    for flag, is_given in (("--widths", args.widths), ("--drop-path", args.drop_path)):
        if is_given and args.arch != "resnet":
            raise ValueError(f"{flag} is for --arch resnet. Received: --arch {args.arch}")
    if args.least_px > args.most_px:
        raise ValueError(f"--least-px must be at most --most-px, {args.most_px}. Received: {args.least_px}")
    for name in ("augmentation", "last_augmentation", "soft_votes", "covered", "mix", "balance", "drop_path", "ema"):
        if not 0 <= getattr(args, name) <= 1:
            raise ValueError(f"--{name.replace('_', '-')} must be from 0 to 1. Received: {getattr(args, name)}")
    if args.soft_votes and not args.votes:
        raise ValueError("--soft-votes needs --votes. Received: none")


def size_at(epoch, args):
    size = next(size for part, size in SIZES_PX if epoch < part * args.epochs)
    return min(args.most_px, max(args.least_px, size))


def strength_at(epoch, args):
    return args.augmentation if epoch < SIZES_PX[-2][0] * args.epochs else args.last_augmentation


def mix_at(epoch, args):
    return args.mix if epoch < 0.9 * args.epochs else 0.0


class StartEpoch(keras.callbacks.Callback):
    """Tells the data and the dropout which epoch it is and prints what is left to wait."""

    def __init__(self, data, args):
        super().__init__()
        self.data, self.args = data, args

    def on_epoch_begin(self, epoch, logs=None):
        self.data.start_epoch(epoch, size_at(epoch, self.args), strength_at(epoch, self.args), mix_at(epoch, self.args))
        dropouts = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dropout)]
        for number, layer in enumerate(dropouts):  # or a resumed run would draw the first epoch's again
            layer.seed_generator.state.assign((self.data.seed + number, epoch))
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs):
        pixels = [size_at(e, self.args) ** 2 for e in range(self.args.epochs)]
        left = (time.monotonic() - self.started) * sum(pixels[epoch + 1 :]) / pixels[epoch]
        print(
            f"epoch {epoch + 1}/{self.args.epochs} at {self.data.size_px} px: "
            f"accuracy {logs['val_emotion_accuracy']:.4f}, about {left / 60:.0f} min left",
            flush=True,
        )


def whole_history(before, log):
    """The curves so far: those beside the file that the run began with, if any, and then the run's own."""
    # An epoch that was stopped while it was saved is there twice.
    run = pd.read_csv(log).drop_duplicates("epoch", keep="last")
    if not before.is_file():
        return run
    earlier = pd.read_csv(before)
    return pd.concat([earlier, run.assign(epoch=run["epoch"] + len(earlier))])


def export(args, file, epochs, parameters):
    """Calibrates, quantizes and measures in a process of its own: it needs TensorFlow, whatever backend trained.

    ``epochs``: of all runs; the other facts are of the last."""
    facts = {
        key: getattr(args, key)
        for key in (
            "batch_size",
            "learning_rate",
            "weight_decay",
            "label_smoothing",
            "augmentation",
            "last_augmentation",
            "teacher",
            "soft_votes",
            "covered",
            "mix",
            "balance",
            "ema",
            "seed",
        )
    }
    facts |= {
        "epochs": epochs,
        "options": {} if args.weights == "imagenet" else options_of(args.arch) | options(args),
        "sizes_px": sorted({size_at(epoch, args) for epoch in range(args.epochs)}),
        "badly_taken": 3 * BADLY_TAKEN,
        "votes": bool(args.votes),
        "parameters": parameters,
        "weights": args.weights,
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
    }
    command = [
        sys.executable,
        "-m",
        "train.export",
        "--model",
        str(file),
        "--data",
        args.data,
        *(["--votes", args.votes] if args.votes else []),
        "--trained",
        json.dumps(facts),
    ]
    by_hand = f"KERAS_BACKEND=tensorflow python {shlex.join(command[1:])}"
    if importlib.util.find_spec("tensorflow"):
        failed = subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}).returncode
        if failed:
            raise ValueError(
                f"{file} is trained, but not exported. Received: what train.export says above. Run\n{by_hand}"
            )
    else:
        print(f"the LiteRT file and the card need TensorFlow; where it is installed, run\n{by_hand}")


def network(args, imagenet=None, side_px=None):
    """The architecture with random weights; full-width for ``--weights imagenet``, with those weights if asked."""
    if args.weights == "imagenet":
        return build_imagenet(args.arch, imagenet, side_px=side_px)
    return build(args.arch, side_px, **options(args))


def options(args):
    """What ``build`` is told beside the architecture's name."""
    given = {"widths": args.widths, "drop_path": args.drop_path}
    return {name: value for name, value in given.items() if value}


def learnt(model, args):
    """The model without the head that learns the votes if there are none; it shares its layers."""
    return model if args.votes else keras.Model(model.inputs, {"emotion": model.output["emotion"]}, name=model.name)


def load(flag, what, file):
    """The network in the file that a flag names, without a head of train.readable, which other features would mislead.

    Raises ValueError, which says what the flag takes."""
    if not Path(file).is_file():
        raise ValueError(f"{flag} must be {what}. Received: {file}, which is no file")
    model = keras.saving.load_model(file, compile=False)
    if not isinstance(model.output, dict) or "readable" not in model.output:
        return model
    return keras.Model(model.inputs, {head: of for head, of in model.output.items() if head != "readable"})


def begin(args):
    """The model with the weights that ``--weights`` asks for; raises ValueError."""
    model = network(args, "imagenet")
    if args.weights not in ("random", "imagenet"):
        begun, begins = load("--weights", "a .keras file or imagenet", args.weights).get_weights(), learnt(model, args)
        random = begins.get_weights()
        if args.arch == "resnet" and narrower(begun, random):
            begun = [widened(*pair) for pair in zip(begun, random, strict=True)]
        if [w.shape for w in begun] != [w.shape for w in random]:
            raise ValueError(
                f"--weights must be of the architecture {args.arch}, {'with' if args.votes else 'without'} the "
                f"head that --votes trains. Received: {args.weights}, whose weights have other shapes"
            )
        begins.set_weights(begun)
    return model


def narrower(begun, random):
    """Whether the one list of weights is of the same layers as the other, none wider and some narrower."""
    return (
        len(begun) == len(random)
        and all(b.ndim == r.ndim for b, r in zip(begun, random, strict=True))
        and all(
            small <= large
            for b, r in zip(begun, random, strict=True)
            for small, large in zip(b.shape, r.shape, strict=False)
        )
    )


def widened(begun, random):
    """The weights of a layer in a wider network that says the same: what is new starts as ``random``, but no old
    channel hears a new one yet. Kernels are (..., channels in, channels out). Source: Chen et al., Net2Net, 2016."""
    weights = random.copy()
    if weights.ndim > 1:
        weights[..., begun.shape[-2] :, : begun.shape[-1]] = 0
    weights[tuple(slice(side) for side in begun.shape)] = begun
    return weights


def teach(file, faces, seed):
    """What the network in ``file`` sees in each face: both heads' probabilities, the mean of a few changed views."""
    teacher = load("--teacher", "a .keras file", file)
    heads = (
        {head: output.shape[-1] for head, output in teacher.output.items()} if isinstance(teacher.output, dict) else {}
    )
    if heads != {"emotion": len(EMOTIONS), "ferplus": len(FERPLUS_EMOTIONS)}:
        raise ValueError(
            f"--teacher must be a network trained with --votes. Received: {file}, without the head of the votes"
        )
    rng, seen = np.random.default_rng(seed), {"emotion": 0.0, "ferplus": 0.0}
    for _ in range(TEACHER_VIEWS):
        views = np.stack([augment(pixels, FACE_SIZE, rng, strength=0.5) for pixels in faces.pixels])[..., None]
        for head, values in teacher.predict(views, batch_size=256, verbose=0).items():
            seen[head] += as_probabilities(values) / TEACHER_VIEWS
    return seen


def checkpoint(args, train):
    """Where this run's last whole epoch is kept: another place for other flags or other data."""
    files = {
        flag: file_sha256(path)
        for flag in ("weights", "votes", "teacher")
        if (path := getattr(args, flag)) and Path(path).is_file()
    }
    flags = json.dumps({**vars(args), "data": fingerprint(train), "files": files}, default=str, sort_keys=True)
    return f".training/{args.name or args.arch}-{hashlib.sha256(flags.encode()).hexdigest()[:8]}"


def main():
    args = parser.parse_args()
    name = args.name or args.arch
    args.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(args.seed)
    cv2.setNumThreads(1)  # two that wait for each other over one small picture take ten times as long on a busy machine
    if keras.backend.backend() == "torch":
        keras.config.set_image_data_format("channels_first")
    if args.compute == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")

    train, test = load_splits(args.data)
    print(*describe(train, test), sep="\n", flush=True)
    if args.last_augmentation is None:
        args.last_augmentation = args.augmentation
    check(args, train)
    train_votes, test_votes = (load_votes(args.votes, f.names) if args.votes else None for f in (train, test))
    covers = (args.covered, points_of(train.pixels)) if args.covered else None
    data = AugmentedFaces(
        train, train_votes, args.batch_size, args.seed, args.soft_votes, covers, args.balance, args.workers
    )
    if args.teacher:
        data.targets = mix_in(teach(args.teacher, train, args.seed), *data.targets)
    test_pixels = np.stack([cv2.resize(pixels, (args.most_px,) * 2) for pixels in test.pixels])[..., None].astype(
        np.float32
    )
    if keras.config.image_data_format() == "channels_first":
        test_pixels = np.moveaxis(test_pixels, -1, 1)

    model = begin(args)
    steps = len(data) * args.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, int(0.9 * steps), warmup_target=args.learning_rate, warmup_steps=int(0.1 * steps)
    )
    averaging = {"use_ema": True, "ema_momentum": args.ema} if args.ema else {}
    optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=args.weight_decay, **averaging)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # Keras takes the average after each fit, of which there is one for each size of picture; here it is taken once, at the end.
    take_average, optimizer.finalize_variable_values = optimizer.finalize_variable_values, lambda variables: None
    smoothed = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=args.label_smoothing)
    votes_loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss={"emotion": smoothed, "ferplus": votes_loss}, metrics={"emotion": ["accuracy"]})
    kept = Path(checkpoint(args, train))
    kept.mkdir(parents=True, exist_ok=True)
    callbacks = [
        StartEpoch(data, args),
        *([keras.callbacks.SwapEMAWeights()] if args.ema else []),  # so the curves are of the average
        keras.callbacks.CSVLogger(kept / "history.csv", append=True),
        keras.callbacks.BackupAndRestore(kept, delete_checkpoint=False, double_checkpoint=True),
    ]
    for size_px, epochs in groupby(range(args.epochs), lambda epoch: size_at(epoch, args)):
        epochs = list(epochs)
        data.start_epoch(epochs[0], size_px)  # TensorFlow wants all pictures of a fit as large as its first
        model.fit(
            data,
            initial_epoch=epochs[0],
            epochs=epochs[-1] + 1,
            callbacks=callbacks,
            verbose=1 if sys.stdout.isatty() else 2,  # a bar with the epoch's rest, or a line per epoch
            validation_data=(test_pixels, *make_targets(test.labels, test_votes)),
            shuffle=False,  # start_epoch does, the same after a stop
        )

    if args.ema:
        take_average(model.trainable_variables)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    served = network(args, side_px=args.most_px if args.most_px < FACE_SIZE else None)
    served.set_weights(model.get_weights())
    served = learnt(served, args)
    history = whole_history(Path(args.weights).with_suffix(".history.csv"), kept / "history.csv")
    served.save(args.out / f"{name}.keras")
    history.to_csv(args.out / f"{name}.history.csv", index=False)
    print(f"wrote {args.out / name}.keras")
    shutil.rmtree(kept)
    export(args, args.out / f"{name}.keras", len(history), served.count_params())


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
