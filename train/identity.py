"""How well people are told apart on a set of faces: a folder or zip with a folder of pictures for each person, as ORL.

    pip install -r train/requirements.txt
    make identity                                                   the vectors of dlib's network, too
    python -m train.identity --data orl_faces.zip --json out.json

Closed set: five faces of each person are learnt, the others are named. Open set: three groups of people. Half of all
people are known (five faces of each learnt, the others judged), a quarter calibrates how similar a known face must be,
and the last quarter are strangers who should be unknown. Printed are means over seeded splits, with the standard
deviation between splits in brackets. Single splits scatter widely: a figure of one split says little.
"""

import argparse
import io
import json
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from sklearn.metrics import confusion_matrix
from tqdm import tqdm

from fer.config import Settings
from fer.vision.analyze import decode
from fer.vision.cards import CardError
from fer.vision.detector import load_detector
from fer.vision.face_vectors import KINDS, FacePoints, FaceVectors, align, load_vectors
from fer.vision.identity import MODELS, People

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True, type=Path, help="folder or zip: a folder of pictures for each person")
parser.add_argument("--vectors", nargs="+", choices=KINDS, default=list(KINDS))
parser.add_argument("--splits", type=int, default=60)
parser.add_argument("--learn", type=int, default=5, help="faces of each person to learn from")
parser.add_argument("--json", type=Path, help="write the figures there, too")

PICTURES = (".pgm", ".png", ".jpg", ".jpeg", ".bmp", ".webp")
MARGIN = 0.4  # of its size, around a picture: in a set of portraits the face often fills it
FIGURES = ("accuracy", "precision", "recall", "specificity", "f1", "true_accept", "unknown_accepted")


@dataclass(frozen=True)
class Faces:
    """Vectors (n, d) of this kind, whose face each is, and how many pictures had none; ``ms`` to make one vector."""

    kind: str
    vectors: np.ndarray
    names: np.ndarray
    missed: int
    ms: float


def pictures(path):
    """(person, uint8 BGR picture) of each picture; a folder names the person. Raises ValueError for what is none."""
    if path.is_dir():
        files = [(file, file.read_bytes()) for file in sorted(path.rglob("*")) if is_picture(file)]
    else:
        try:
            with zipfile.ZipFile(path) as package:
                names = sorted(name for name in package.namelist() if is_picture(Path(name)))
                files = [(Path(name), package.read(name)) for name in names]
        except (OSError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"--data must be a folder or a zip of folders of pictures. Received: {path} ({error})"
            ) from error
    return [(file.parent.name, decode(io.BytesIO(data), str(file))) for file, data in files]


def is_picture(file):
    return file.suffix.lower() in PICTURES and not file.name.startswith("._")  # a Mac adds those


def read_faces(shown: list, vectors: FaceVectors, detector_file: Path) -> Faces:
    """The surest face of each picture as a vector. Raises ``SettingsError`` where YuNet's file cannot be used."""
    detector, points = load_detector("yunet", detector_file), FacePoints(detector_file)
    made, names, seconds = [], [], 0.0
    for person, picture in tqdm(shown, f"{vectors.kind} vectors", disable=None):
        border = round(MARGIN * min(picture.shape[:2]))
        picture = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE)
        faces = detector.detect(picture)
        began_at = time.perf_counter()
        found = points.find(picture, faces[0].box_xyxy) if faces else None
        if found is not None:
            made.append(vectors.of([align(picture, found, vectors.kind)])[0])
            names.append(person)
            seconds += time.perf_counter() - began_at
    return Faces(
        vectors.kind, np.array(made), np.array(names), len(shown) - len(made), 1000 * seconds / max(len(made), 1)
    )


def learn(names, people, count, random):
    """Which faces to learn from: ``count`` of each of the people."""
    chosen = np.zeros(len(names), bool)
    for person in people:
        chosen[random.choice(np.flatnonzero(names == person), count, replace=False)] = True
    return chosen


def closed_set(faces, learned):
    """model -> confusion matrix of the faces that were not learnt."""
    people = People(faces.kind, faces.vectors[learned], faces.names[learned])
    judged, truth = faces.vectors[~learned], faces.names[~learned]
    return {
        model: confusion_matrix(truth, people.known[people.votes(judged, model).argmax(1)], labels=people.known)
        for model in MODELS
    }


def of_confusion(matrix):
    """Accuracy, and the means over people of precision, recall (sensitivity), specificity and F1."""
    hit, said, true, n = np.diag(matrix), matrix.sum(0), matrix.sum(1), matrix.sum()
    precision, recall = hit / np.maximum(said, 1), hit / np.maximum(true, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    specificity = (n - true - said + hit) / (n - true)
    means = {"precision": precision, "recall": recall, "specificity": specificity, "f1": f1}
    return {"accuracy": hit.sum() / n} | {name: values.mean() for name, values in means.items()}


def open_set(faces, random, count):
    """model -> (share of known faces that got their name, of strangers who got one); how many calibrated; the threshold."""
    everyone = random.permutation(np.unique(faces.names))
    known, calibrating, strangers = np.split(everyone, [len(everyone) // 2, len(everyone) * 3 // 4])
    learned = learn(faces.names, known, count, random)
    people = People(faces.kind, faces.vectors[learned], faces.names[learned])
    people.calibrate(faces.vectors[np.isin(faces.names, calibrating)])
    judged = np.isin(faces.names, known) & ~learned
    found = {}
    for model in MODELS:
        named = people.recognise(faces.vectors[judged], model)
        right = [one is not None and one.name == name for one, name in zip(named, faces.names[judged], strict=True)]
        others = people.recognise(faces.vectors[np.isin(faces.names, strangers)], model)
        found[model] = np.mean(right), np.mean([one is not None for one in others])
    return found, len(calibrating), people.threshold


def evaluate(faces, args):
    """A list of one record for each model: the mean of each figure over the splits, its deviation, and the confusion
    matrix of the closed set, summed over the splits (true people in rows, ``names`` in both)."""
    figures = {model: {name: [] for name in FIGURES} for model in MODELS}
    thresholds, confusions = [], dict.fromkeys(MODELS, 0)
    for seed in tqdm(range(args.splits), f"{faces.kind} splits", disable=None):
        random = np.random.default_rng(seed)
        learned = learn(faces.names, np.unique(faces.names), args.learn, random)
        for model, matrix in closed_set(faces, learned).items():
            confusions[model] = confusions[model] + matrix
            for name, value in of_confusion(matrix).items():
                figures[model][name].append(value)
        opened, calibrating, threshold = open_set(faces, random, args.learn)
        thresholds.append(threshold)
        for model, (accepted, unknown) in opened.items():
            figures[model]["true_accept"].append(accepted)
            figures[model]["unknown_accepted"].append(unknown)
    return [
        {"vectors": faces.kind, "model": model}
        | {name: round(float(np.mean(values)), 4) for name, values in found.items()}
        | {"deviation": {name: round(float(np.std(values)), 4) for name, values in found.items()}}
        | {"ms": round(faces.ms, 2), "splits": args.splits, "calibration_people": calibrating}
        | {"people": len(np.unique(faces.names)), "faces": len(faces.names), "without_face": faces.missed}
        | {"threshold": round(float(np.mean(thresholds)), 4)}
        | {"names": np.unique(faces.names).tolist(), "confusion_matrix": confusions[model].tolist()}
        for model, found in figures.items()
    ]


def table(records):
    """The records as a Markdown table, in percent."""
    names = (
        "vectors",
        "model",
        "accuracy",
        "precision",
        "recall",
        "specificity",
        "F1",
        "true accept",
        "unknown accepted",
        "ms",
    )
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    for one in records:
        cells = [f"{100 * one[name]:.1f} ({100 * one['deviation'][name]:.1f})" for name in FIGURES]
        lines.append(" | ".join([one["vectors"], one["model"], *cells, f"{one['ms']:.1f}"]))
    return "\n".join(f"| {line} |" for line in lines)


def main():
    args = parser.parse_args()
    try:
        detector_file = Settings.from_env().detector_file
        shown = pictures(args.data)
        records = []
        for kind in args.vectors:
            records += evaluate(read_faces(shown, load_vectors(kind), detector_file), args)
    except (ValueError, CardError) as error:
        sys.exit(str(error))
    print(table(records))
    if args.json:
        lines = ",\n".join(json.dumps(one) for one in records)  # a matrix with a number a line would be long
        args.json.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
