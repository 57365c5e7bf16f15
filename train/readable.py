"""Teach a trained network to say how readable a face is: a small head on its features, which stay as they are.

    python -m train.readable --model models/resnet.keras --data fer2013.zip
    python -m train.export   --model models/resnet.keras --data fer2013.zip --votes fer2013new.csv

It sees training faces as they are, with something drawn over what an expression needs, and with something drawn that hides
nothing (train/cover.py, train/scraps.py); the target is 1, or less by what is hidden, 0 from one half on. Some training
faces are kept out, and after each epoch the loss on them is printed, too. Writes the model with the new head
to its own file, or to --out; train.export then says below what a face is covered. Any Keras backend works.
"""

import argparse
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers

from fer.vision.preprocess import FACE_SIZE, to_batch
from train.augment import augment
from train.cover import cover, points_of, readable
from train.data import load_faces
from train.export import load_logits

UNCOVERED = 0.3  # the share of the faces with nothing drawn on them; of the others a quarter hides next to nothing
BATCH = 256
NOISY = 0.2  # the share of the pictures with a sensor's noise, of a deviation of
NOISE = 2, 12
HELD_OUT = 1_500  # training faces, a tenth of them at most

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, type=Path, help="the .keras file that train.fit saved with --most-px 40")
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv: its train split")
parser.add_argument("--out", type=Path, help="file to write; default: the model's own")
parser.add_argument("--faces", default=48_000, type=int, help="how many pictures to learn from")
parser.add_argument("--epochs", default=12, type=int)
parser.add_argument("--seed", default=0, type=int)


def parts(faces, rng):
    """(uint8 faces (n, 48, 48) to learn from, (m, 48, 48) kept out)."""
    order = rng.permutation(len(faces))
    kept_out = min(HELD_OUT, len(faces) // 10)
    return faces.pixels[order[kept_out:]], faces.pixels[order[:kept_out]]


def pictures(pixels, count, rng):
    """(uint8 (count, 48, 48) views of the faces, covered or not; how much of each can be read, float32 (count, 1))."""
    points, views, seen = points_of(pixels[:count]), [], []
    for row in np.resize(np.arange(len(points)), count):
        face, hidden = pixels[row], 0.0
        if rng.random() >= UNCOVERED:
            face, hidden = cover(face, points[row], rng)
        if rng.random() < NOISY:
            face = np.clip(face + rng.normal(0, rng.uniform(*NOISE), face.shape), 0, 255).astype(np.uint8)
        views.append(augment(face, FACE_SIZE, rng, strength=0.8, erase=False).round().astype(np.uint8))
        seen.append(readable(hidden))
    return np.stack(views), np.array(seen, np.float32)[:, None]


def early_features(model):
    """The output (n, h, w, channels) of the last stage but one, where a mask still has a place, at half its size; raises
    ValueError."""
    maps = [layer.output for layer in model.layers if isinstance(layer, layers.ReLU) and len(layer.output.shape) == 4]
    larger = [one for one in maps if one.shape[1] and one.shape[1] > maps[-1].shape[1]]
    if not larger:
        raise ValueError(
            "--model must be a network of stages, for one size of picture (train.fit --most-px 40). "
            "Received: one for any size, or without stages"
        )
    return layers.AveragePooling2D(2, name="readable_pool")(larger[-1])


def new_head(shape):
    """Features (h, w, channels) -> how readable (1,), 0 to 1."""
    features = keras.Input(shape)
    x = layers.BatchNormalization(name="readable_norm")(features)
    x = layers.Dropout(0.2, name="readable_some")(layers.Flatten(name="readable_places")(x))
    x = layers.Dropout(0.3, name="readable_few")(layers.Dense(64, activation="relu", name="readable_hidden")(x))
    return keras.Model(features, layers.Dense(1, activation="sigmoid", name="readable")(x))


def shown(early, pixels, count, seed):
    """(early features of so many pictures of the faces, how much of each can be read)."""
    views, seen = pictures(pixels, count, np.random.default_rng(seed))
    print(f"{count} pictures, of which {(seen == 0).mean():.0%} cannot be read", flush=True)
    return early.predict(to_batch(views), batch_size=128, verbose=2), seen


def fit_head(learnt, kept_out, epochs):
    """The head, fitted to how much of each face can be read; ``learnt`` and ``kept_out``: what ``shown`` gives."""
    features, seen = learnt
    head = new_head(features.shape[1:])
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * -(-len(features) // BATCH))
    head.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), keras.losses.BinaryCrossentropy(), metrics=["mae"])
    head.fit(features, seen, batch_size=BATCH, epochs=epochs, validation_data=kept_out, verbose=2)
    return head


def joined(model, tensor, head):
    """The network with the head as a further output."""
    heads = {name: output for name, output in model.output.items() if name != "readable"}
    for layer in head.layers[1:]:
        tensor = layer(tensor)
    return keras.Model(model.inputs, {**heads, "readable": tensor}, name=model.name)


def main():
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    cv2.setNumThreads(1)  # two that wait for each other over one small picture take ten times as long on a busy machine
    model = load_logits(args.model)
    tensor = early_features(model)
    early = keras.Model(model.inputs, tensor)
    faces, others = parts(load_faces(args.data, "train"), np.random.default_rng(args.seed))
    learnt = shown(early, faces, args.faces, args.seed + 1)
    kept_out = shown(early, others, len(others), args.seed + 2)
    joined(model, tensor, fit_head(learnt, kept_out, args.epochs)).save(args.out or args.model)
    print(f"wrote {args.out or args.model}; now run train.export")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
