"""Teach a trained network to say how readable a face is: a small head on its features, which stay as they are.

    python -m train.readable --model models/resnet.keras --data fer2013.zip
    python -m train.export   --model models/resnet.keras --data fer2013.zip --votes fer2013new.csv

It sees training faces as they are, with something drawn over what an expression needs, and with something drawn that hides
nothing (train/cover.py); the target is 1, or less by what is hidden, 0 from one half on. Writes the model with the new head
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

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, type=Path, help="the .keras file that train.fit saved with --most-px 40")
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv: its train split")
parser.add_argument("--out", type=Path, help="file to write; default: the model's own")
parser.add_argument("--faces", default=24_000, type=int, help="how many pictures to learn from")
parser.add_argument("--epochs", default=12, type=int)
parser.add_argument("--seed", default=0, type=int)


def pictures(faces, count, seed):
    """(uint8 (count, 48, 48) views of the faces, covered or not; how much of each can be read, float32 (count, 1))."""
    rng = np.random.default_rng(seed)
    pixels = faces.pixels[np.resize(rng.permutation(len(faces)), count)]
    views, seen = [], []
    for face, points in zip(pixels, points_of(pixels), strict=True):
        hidden = 0.0
        if rng.random() >= UNCOVERED:
            face, hidden = cover(face, points, rng)
        views.append(augment(face, FACE_SIZE, rng, strength=0.8, erase=False).round().astype(np.uint8))
        seen.append(readable(hidden))
    return np.stack(views), np.array(seen, np.float32)[:, None]


def early_features(model):
    """The output (n, h, w, channels) of the last stage but one, where a mask still has a place; raises ValueError."""
    maps = [layer.output for layer in model.layers if isinstance(layer, layers.ReLU) and len(layer.output.shape) == 4]
    larger = [one for one in maps if one.shape[1] and one.shape[1] > maps[-1].shape[1]]
    if not larger:
        raise ValueError(
            "--model must be a network of stages, for one size of picture (train.fit --most-px 40). "
            "Received: one for any size, or without stages"
        )
    return larger[-1]


def new_head(shape):
    """Features (h, w, channels) -> how readable (1,), 0 to 1."""
    features = keras.Input(shape)
    x = layers.AveragePooling2D(2, name="readable_pool")(features)
    x = layers.BatchNormalization(name="readable_norm")(x)
    x = layers.Dropout(0.2, name="readable_some")(layers.Flatten(name="readable_places")(x))
    x = layers.Dropout(0.3, name="readable_few")(layers.Dense(64, activation="relu", name="readable_hidden")(x))
    return keras.Model(features, layers.Dense(1, activation="sigmoid", name="readable")(x))


def fit_head(features, seen, epochs):
    """The head, fitted to how much of each face can be ``seen`` (n, 1)."""
    head = new_head(features.shape[1:])
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * -(-len(features) // BATCH))
    head.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), keras.losses.BinaryCrossentropy(), metrics=["mae"])
    head.fit(features, seen, batch_size=BATCH, epochs=epochs, verbose=2)
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
    views, seen = pictures(load_faces(args.data, "train"), args.faces, args.seed)
    print(f"{len(views)} pictures, of which {(seen == 0).mean():.0%} cannot be read", flush=True)
    features = keras.Model(model.inputs, tensor).predict(to_batch(views), batch_size=128, verbose=2)
    joined(model, tensor, fit_head(features, seen, args.epochs)).save(args.out or args.model)
    print(f"wrote {args.out or args.model}; now run train.export")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
