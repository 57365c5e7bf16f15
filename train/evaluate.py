"""Measure a model on faces it was not trained on.

    python -m train.evaluate --model models/resnet.keras --data fer2013.zip --split test --votes fer2013new.csv --json out.json

The model is a .keras file or the served .tflite file. Prints accuracy, figures per class, the confusion matrix, ECE (top
label, 15 equally wide bins) and faces/s in batches of 32.

With --votes also FER+: an image counts if one of its ten vote columns has more votes than any other and that column is one
of the eight emotions (not unknown, not not-a-face); that emotion is its label. Judged is the model's head ``ferplus``. A
model without one (every .tflite) is judged by its seven emotions under their FER+ names, so it is wrong on every contempt.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from fer.classifier import MOST_FACES, load_heads, load_litert
from fer.preprocess import to_batch
from fer.records import EMOTIONS
from train.data import FERPLUS_EMOTIONS, load_faces, load_votes
from train.metrics import majority, report, softmax

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, type=Path, help=".keras or .tflite file")
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv")
parser.add_argument("--split", default="test", help="train or test; of fer2013.csv also a Usage, such as PrivateTest")
parser.add_argument("--votes", help="fer2013new.csv, the FER+ votes")
parser.add_argument("--json", type=Path, help="write the figures here too")

FERPLUS_NAMES = {"angry": "anger", "disgust": "disgust", "fear": "fear", "happy": "happiness", "neutral": "neutral",
                 "sad": "sadness", "surprise": "surprise"}


def load_model(path):
    """uint8 faces (n, 48, 48) -> head name -> (n, width), for either kind of file."""
    if path.suffix == ".tflite":
        classifier = load_litert(path)
        return lambda faces: {"emotion": classifier.predict(faces)}
    if path.suffix == ".keras":
        heads = load_heads(path)
        return lambda faces: heads(to_batch(faces))
    raise ValueError(f"--model must be a .keras or a .tflite file. Received: {path}")


def predict(model, pixels):
    """(head name -> probabilities, faces/s) for all faces; logits of a model not exported yet become probabilities."""
    model(pixels[:MOST_FACES])  # the first call is slow
    started = time.perf_counter()
    parts = [model(pixels[start:start + MOST_FACES]) for start in range(0, len(pixels), MOST_FACES)]
    rate = len(pixels) / (time.perf_counter() - started)
    return {name: as_probabilities(np.concatenate([part[name] for part in parts])) for name in parts[0]}, rate


def as_probabilities(values):
    is_done = (values >= 0).all() and np.allclose(values.sum(1), 1, atol=1e-3)
    return values if is_done else softmax(values)


def ferplus_report(heads, votes):
    """Accuracy against the FER+ majority; see the top of this file."""
    label, counts = majority(votes)
    if not counts.any():
        raise ValueError("The votes must give some face of the split a majority. Received: none does")
    if "ferplus" in heads:
        predicted, source = heads["ferplus"].argmax(1), "ferplus head"
    else:
        columns = np.array([FERPLUS_EMOTIONS.index(FERPLUS_NAMES[emotion]) for emotion in EMOTIONS])
        predicted, source = columns[heads["emotion"].argmax(1)], "emotion head under FER+ names, contempt never given"
    return {"ferplus_accuracy": float((predicted == label)[counts].mean()), "ferplus_faces": int(counts.sum()),
            "ferplus_source": source}


def print_report(figures):
    print(f"accuracy {figures['accuracy']:.4f}   macro F1 {figures['macro_f1']:.4f}   "
          f"ECE {figures['ece']:.4f} ({figures['ece_bins']} bins)   {figures['faces_per_s']:.0f} faces/s")
    print(f"\n{'':10}{'precision':>12}{'recall':>12}{'specificity':>12}{'F1':>12}{'support':>12}")
    for name, row in figures["per_class"].items():
        shares = "".join(f"{row[key]:12.3f}" for key in ("precision", "recall", "specificity", "f1"))
        print(f"{name:10}{shares}{row['support']:12}")
    print("\nconfusion matrix, row = true, column = predicted\n" + " " * 10 + "".join(f"{name:>10}" for name in EMOTIONS))
    for name, row in zip(EMOTIONS, figures["confusion_matrix"]):
        print(f"{name:10}" + "".join(f"{count:10}" for count in row))
    if "ferplus_accuracy" in figures:
        print(f"\nFER+ accuracy {figures['ferplus_accuracy']:.4f} on {figures['ferplus_faces']} faces with a majority "
              f"({figures['ferplus_source']})")


def main():
    args = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    model = load_model(args.model)
    faces = load_faces(args.data, args.split)
    votes = load_votes(args.votes, faces.names) if args.votes else None
    heads, rate = predict(model, faces.pixels)
    figures = {"model": str(args.model), "data": str(args.data), "split": args.split, "faces_per_s": rate,
               **report(heads["emotion"], faces.labels, EMOTIONS)}
    if votes is not None:
        figures |= ferplus_report(heads, votes)
    print(f"{args.model} on {len(faces)} faces, split {args.split} of {args.data}")
    print_report(figures)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
