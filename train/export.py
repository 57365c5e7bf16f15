"""Make a trained model ready to serve: calibrate it, quantize it, measure it, write its card.

    python -m train.export --model models/resnet.keras --data fer2013.zip --votes fer2013new.csv

Writes beside the model (or into --out) <name>.keras, whose heads then give calibrated probabilities, <name>.tflite, the
int8 file that is served (head ``emotion`` only), and <name>.json, the card. Run again, it starts from the same logits
and fits the same temperature. train.fit runs it. TensorFlow only; needs an idle machine for its faces/s.

The temperature is fitted on the test split. The ECE in the card's ``calibration`` is of each half of it with the
temperature fitted on the other half, so of faces that did not choose it. Both views are judged, as in train.evaluate.
"""

import argparse
import contextlib
import datetime
import io
import json
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from fer.config import Settings
from fer.records import EMOTIONS
from fer.vision.cards import INPUT, Card, CardError, file_sha256, save_card
from fer.vision.classifier import load_keras, load_litert
from fer.vision.preprocess import FACE_SIZE, to_batch
from train.data import also_in, duplicates, fingerprint, load_splits, load_votes
from train.evaluate import accuracies, both_views, heads_of, judged, load_model, said_of
from train.metrics import expected_calibration_error, fit_temperature, softmax, unsure_table
from train.robustness import judge_covers, robustness

STILL_NAMED = 0.95  # of the faces that have a name without it; many of the others are half hidden in the data set, too

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, type=Path, help="the .keras file that train.fit saved")
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv: its train and test splits")
parser.add_argument("--votes", help="fer2013new.csv: adds the FER+ accuracy to the card")
parser.add_argument("--out", type=Path, help="folder to write to; default: the model's own")
parser.add_argument(
    "--trained",
    type=json.loads,
    default={},
    help="how it was trained, a JSON object for the card; default: what the card or the history says",
)
parser.add_argument("--threads", default=2, type=int, help="LiteRT threads when measuring faces/s")


def load_logits(path):
    """The Keras model with the heads' logits as outputs, whether ``path`` was calibrated before or not."""
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
        names = {layer.name for layer in model.layers}
        heads = {name: model.get_layer(name).output for name in ("emotion", "ferplus", "readable") if name in names}
    except (ValueError, OSError) as error:
        raise CardError(f"{path} must be a readable Keras model. Received: {error}") from None
    if "emotion" not in heads or heads["emotion"].shape[-1] != len(EMOTIONS):
        raise CardError(
            f"{path} must have a layer 'emotion' that gives {len(EMOTIONS)} logits. "
            f"Received: layers {', '.join(sorted(names))[-200:]}"
        )
    return keras.Model(model.inputs, heads, name=model.name)


def calibrated(logits, temperature):
    """The model that gives probabilities: softmax(logits / temperature) for ``emotion``, softmax for ``ferplus``; what it
    says of how ``readable`` a face is stays."""
    import keras

    heads = dict(logits.output)
    heads["emotion"] = keras.layers.Rescaling(1 / temperature, dtype="float32", name="emotion_scaled")(heads["emotion"])
    return keras.Model(
        logits.inputs,
        {
            name: head
            if name == "readable"
            else keras.layers.Softmax(dtype="float32", name=f"{name}_probabilities")(head)
            for name, head in heads.items()
        },
        name=logits.name,
    )


def to_int8(model):
    """The bytes of the LiteRT file: float32 (n, 48, 48, 1) in, ``emotion`` float32 (n, 7) and if there is one ``readable``
    (n, 1) out, weights int8.

    Dynamic range: activations are scaled to int8 for each face, so no sample of faces is needed. With scales fixed from
    a sample, 2.2 % of the labels changed instead of 0.5 %, and a face took a tenth longer (train/RESULTS.md)."""
    import keras
    import tensorflow as tf

    face = keras.Input((FACE_SIZE, FACE_SIZE, 1), name="face")
    served = {name: head for name, head in model(face).items() if name in ("emotion", "readable")}
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(face, served))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with contextlib.redirect_stdout(io.StringIO()):  # hundreds of lines of variable names
        return converter.convert()


def calibrate(views, labels):
    """(temperature fitted on all faces, what it does to the mean of both views), from their logits (2, n, 7).

    Judged is each half of the faces, with the temperature fitted on the other."""
    even, odd = slice(0, None, 2), slice(1, None, 2)
    temperatures = np.empty((len(labels), 1))
    for half, other in ((even, odd), (odd, even)):
        temperatures[half] = fit_temperature(views[:, other], labels[other])
    before, after = (expected_calibration_error(softmax(views / scale).mean(0), labels) for scale in (1, temperatures))
    return fit_temperature(views, labels), {
        "faces": len(labels),
        "of": "test, each half with the temperature of the other",
        "ece_before": before,
        "ece_after": after,
    }


def measure_served(served, views, train, test, votes):
    """The fields of the card that any served file has: metrics, unsure and robustness; of one that says how readable faces
    are, below what a face is covered, and what that does.

    ``views``: what it says of the test faces (``said_of``); and what its other head does, which is not served."""
    metrics = accuracies(views, test.labels, votes, also_in(train, test))
    readable_below = readable_threshold(views) if "readable" in views else None
    covered = judge_covers(partial(said_of, served), test, readable_below) if readable_below else []
    return {
        "readable_below": readable_below,
        "covered": covered,
        "metrics": metrics,
        "unsure": unsure_table(views["emotion"].mean(0), test.labels),
        "robustness": robustness(lambda pixels: judged(served, pixels), test.pixels, test.labels, metrics["accuracy"]),
    }


def readable_threshold(views):
    """Below what a face is covered: ``STILL_NAMED`` of the test faces that have a name without it keep theirs."""
    named = views["emotion"].mean(0).max(1) >= Settings.unsure_below
    return float(np.quantile(views["readable"].mean(0)[named, 0], 1 - STILL_NAMED))


def measure(model, keras_file, int8_file, train, test, votes, threads):
    """The measured fields of the card: of the int8 file, except where a name says keras or ferplus."""
    int8, compiled = load_litert(int8_file, threads), load_keras(keras_file)
    full, served = said_of(load_model(keras_file), test.pixels), said_of(heads_of(int8), test.pixels)
    ways = {
        "int8": int8.predict,
        "tf_function": compiled.predict,
        "keras_predict": lambda faces: model.predict(to_batch(faces), verbose=0),
    }
    return rounded(
        {
            **measure_served(heads_of(int8), full | served, train, test, votes),
            "serving": {
                "agreement": float((served["emotion"].argmax(2) == full["emotion"].argmax(2)).mean()),
                "keras_accuracy": float((full["emotion"].mean(0).argmax(1) == test.labels).mean()),
                "faces_per_s": {
                    way: {str(size): faces_per_s(run, test.pixels, size) for size in (1, 32)}
                    for way, run in ways.items()
                },
                "threads": threads,
                "bytes": {file.suffix[1:]: file.stat().st_size for file in (int8_file, keras_file)},
            },
        }
    )


def dataset(path, train, test):
    """Which data: its name, faces, a hash of the pixels and labels of each split, and what is odd about it."""
    return {
        "name": Path(path).name,
        "train_faces": len(train),
        "train_sha256": fingerprint(train),
        "test_faces": len(test),
        "test_sha256": fingerprint(test),
        "duplicates": duplicates(train, test),
        "resized": train.resized + test.resized,
    }


def faces_per_s(run, pixels, batch_size, seconds=2.0):
    pixels = np.resize(pixels, (max(len(pixels), batch_size), *pixels.shape[1:]))  # again from the first, if too few
    run(pixels[:batch_size])  # the first call is slow
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        run(pixels[done % (len(pixels) - batch_size + 1) :][:batch_size])
        done += batch_size
    return round(done / (time.perf_counter() - started))


def how_trained(args, out):
    """What --trained says; else what an earlier card says; the epochs come from the history if neither says."""
    history, card = args.model.with_suffix(".history.csv"), out / f"{args.model.stem}.json"
    facts = {}
    if history.is_file():
        facts["epochs"] = int(history.read_text().split()[-1].split(",")[0]) + 1
    if not args.trained and card.is_file():
        with contextlib.suppress(ValueError):  # a broken card is about to be replaced
            facts |= json.loads(card.read_text()).get("trained", {})
    return facts | args.trained


def rounded(value):
    """Five decimals for every share: with four, 71.249 % would be shown as 71.3 %."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 5) if isinstance(value, float) else value


def main():
    args = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name, out = args.model.stem, args.out or args.model.parent
    if args.model.suffix != ".keras" or not args.model.is_file():
        raise CardError(f"--model must be a .keras file. Received: {args.model}")
    logits_model = load_logits(args.model)
    train, test = load_splits(args.data)
    votes = load_votes(args.votes, test.names) if args.votes else None
    trained = how_trained(args, out)
    out.mkdir(parents=True, exist_ok=True)

    logits = np.stack(
        [logits_model.predict(to_batch(view), batch_size=128, verbose=0)["emotion"] for view in both_views(test.pixels)]
    )
    temperature, calibration = calibrate(logits, test.labels)
    model = calibrated(logits_model, temperature)
    with tempfile.TemporaryDirectory(dir=out, prefix=".export-") as fresh:  # all files change together, or none
        keras_file, int8_file = (Path(fresh, name + suffix) for suffix in (".keras", ".tflite"))
        model.save(keras_file)
        int8_file.write_bytes(to_int8(model))
        card = Card(
            name=name,
            arch=model.name,
            labels=EMOTIONS,
            input=INPUT,
            file=int8_file.name,
            sha256=file_sha256(int8_file),
            dataset=dataset(args.data, train, test),
            split="weights: train; temperature and metrics: test",
            trained=trained,
            date=datetime.date.today().isoformat(),
            temperature=round(temperature, 4),
            calibration=rounded(calibration),
            **measure(model, keras_file, int8_file, train, test, votes, args.threads),
        )
        for file in (keras_file, int8_file):
            file.replace(out / file.name)
    save_card(out / f"{name}.json", card)
    history = args.model.with_suffix(".history.csv")
    if history.is_file() and out.resolve() != history.parent.resolve():
        shutil.copy(history, out)
    print(f"temperature {temperature:.3f}: {calibration}")
    print(f"accuracy int8 {card.metrics['accuracy']:.4f}; {card.serving}")
    print(f"wrote {name}.keras, {name}.tflite and {name}.json to {out}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
