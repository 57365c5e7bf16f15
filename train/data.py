"""FER-2013 and the FER+ votes, from any of the layouts they are handed around in.

    python -m train.data --data PATH [--votes fer2013new.csv]     # prints what is in it

PATH is a folder or zip ``train/<emotion>/*.png`` and ``test/<emotion>/*.png`` (the Kaggle layout; jpg and webp too),
or the original ``fer2013.csv``. Votes join on the image's name, or on the row for ``fer2013.csv``.
"""

import argparse
import hashlib
import math
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pandas as pd

from fer.records import EMOTIONS
from fer.vision.preprocess import FACE_SIZE, resize_face

FERPLUS_EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
FERPLUS_NAMES = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # the numbers in fer2013.csv
CSV_USAGE = {"train": "Training", "test": "PublicTest"}  # PrivateTest is for judging a finished model only
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass(frozen=True)
class Faces:
    """One split: pictures uint8 (n, 48, 48), labels int (n,) into ``EMOTIONS``, the images' names, and how many of them
    had another size."""

    pixels: np.ndarray
    labels: np.ndarray
    names: list[str]
    resized: int = 0

    def __len__(self):
        return len(self.names)

    def missing(self):
        """The emotions of which there is no face."""
        return [emotion for number, emotion in enumerate(EMOTIONS) if number not in self.labels]


def load_faces(path, split):
    """All faces of a split, sorted by name so that every run sees one order; an emotion may have none.

    ``split``: ``train`` or ``test``; of fer2013.csv also a Usage (``test`` is PublicTest alone). Raises ValueError."""
    path = Path(path)
    if not path.exists():
        raise ValueError(f"The data must be a folder, a zip or fer2013.csv. Received: {path}, which does not exist")
    if path.suffix == ".csv":
        return _from_csv(path, split)
    rows = sorted(_zip_files(path, split) if path.suffix == ".zip" else _folder_files(path, split))
    if not rows:
        raise ValueError(f"No image found in {path} under {split}/<emotion>/. Expected folders: {', '.join(EMOTIONS)}")
    foreign = {emotion for _, emotion, _ in rows} - set(EMOTIONS)
    if foreign:
        raise ValueError(
            f"{path} must hold {split}/ with folders named {', '.join(EMOTIONS)}, and no other. "
            f"Received: {', '.join(sorted(foreign))}"
        )
    read = zipfile.ZipFile(path).read if path.suffix == ".zip" else lambda name: Path(name).read_bytes()
    labels = np.array([EMOTIONS.index(emotion) for _, emotion, _ in rows])
    return _faces((_decode(read(source), source) for _, _, source in rows), labels, [name for name, _, _ in rows])


def load_splits(path):
    """(train, test) to train with. ValueError for what ``load_faces`` refuses, and for an emotion without a face."""
    splits = load_faces(path, "train"), load_faces(path, "test")
    for split, faces in zip(("train", "test"), splits, strict=True):
        if missing := faces.missing():
            raise ValueError(
                f"{path} must have faces of every emotion in {split}. Received: none of {', '.join(missing)}"
            )
    return splits


def _faces(pictures, labels, names):
    pixels, resized = np.empty((len(names), FACE_SIZE, FACE_SIZE), np.uint8), 0
    for row, picture in enumerate(pictures):
        pixels[row] = resize_face(picture)
        resized += picture.shape != (FACE_SIZE, FACE_SIZE)
    return Faces(pixels, labels, names, resized)


def _zip_files(path, split):
    try:
        members = zipfile.ZipFile(path).namelist()
    except zipfile.BadZipFile:
        raise ValueError(f"{path} must be a zip. Received: a file that is none, or is not whole") from None
    for member in members:
        file = PurePosixPath(member)
        if _is_picture(file) and len(file.parts) >= 3 and file.parts[-3] == split:
            yield file.stem, file.parts[-2], member


def _folder_files(path, split):
    for file in (path / split).glob("*/*"):
        if _is_picture(file):
            yield file.stem, file.parent.name, str(file)


def _is_picture(file):
    return file.suffix.lower() in SUFFIXES and not file.name.startswith("._")  # a Mac adds those


def _decode(data, source):
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if grey is None:
        raise ValueError(f"{source} must be a readable image. Received: {len(data)} bytes that are none")
    return grey


def _from_csv(path, split):
    table = pd.read_csv(path)
    if not {"emotion", "pixels", "Usage"} <= set(table.columns):
        raise ValueError(f"{path} must have the columns emotion, pixels and Usage. Received: {list(table.columns)}")
    table = table[table["Usage"] == CSV_USAGE.get(split, split)]
    if table.empty:
        raise ValueError(f"split must be train, test or a Usage of {path}. Received: {split!r}, which has no row")
    foreign = set(table["emotion"]) - set(range(len(EMOTIONS)))
    if foreign:
        raise ValueError(f"{path} must have the emotions 0 to {len(EMOTIONS) - 1} only. Received: {sorted(foreign)}")
    labels = table["emotion"].map(lambda number: EMOTIONS.index(CSV_EMOTIONS[number])).to_numpy()
    names = [f"row{row}" for row in table.index]
    return _faces(map(_parse, table["pixels"], names), labels, names)


def _parse(text, name):
    try:
        values = np.array(text.split(), np.uint8)
        side = math.isqrt(len(values))
        return values.reshape(side, side)
    except (ValueError, OverflowError, AttributeError):  # not as many as a square has, not 0 to 255, not text
        raise ValueError(
            f"{name} must have the grey values, 0 to 255, of a square picture. Received: {str(text)[:40]!r}"
        ) from None


def also_in(train, test):
    """bool (n,): which pictures of ``test`` are in ``train``, pixel by pixel."""
    seen = {picture.tobytes() for picture in train.pixels}
    return np.array([picture.tobytes() in seen for picture in test.pixels], bool)


def duplicates(train, test):
    """How many pictures of ``train`` are there before, and how many of ``test`` are in ``train``, pixel by pixel."""
    return {
        "within_train": len(train) - len({picture.tobytes() for picture in train.pixels}),
        "test_faces_also_in_train": int(also_in(train, test).sum()),
    }


def fingerprint(faces):
    """sha256 of a split's labels and pixels, in the order of their names: the same for a folder and a zip of it."""
    return hashlib.sha256(faces.labels.astype(np.uint8).tobytes() + faces.pixels.tobytes()).hexdigest()


def describe(train, test):
    """What to know of the pictures before training, as sentences."""
    for split, faces in (("train", train), ("test", test)):
        counts = ", ".join(
            f"{e} {n}" for e, n in zip(EMOTIONS, np.bincount(faces.labels, minlength=len(EMOTIONS)), strict=True)
        )
        yield f"{split}: {len(faces)} faces; {counts}"
        if faces.resized:
            yield f"{split}: {faces.resized} pictures were not {FACE_SIZE}x{FACE_SIZE} and were resized"
    found = duplicates(train, test)
    yield (
        f"duplicates: {found['within_train']} of train are there before; {found['test_faces_also_in_train']} of test "
        "are also in train, which flatters the test's figures"
    )


def load_votes(path, names):
    """float32 (n, 10) votes per image: the eight ``FERPLUS_EMOTIONS``, unknown, not a face; zeros without a vote."""
    table = pd.read_csv(path)
    columns = len(FERPLUS_EMOTIONS) + 4
    if "Image name" not in table or len(table.columns) != columns:
        raise ValueError(
            f"The votes must have {columns} columns, as fer2013new.csv: Usage, Image name, then the votes. "
            f"Received: {path} with {', '.join(map(str, table.columns))[:80]}"
        )
    if names[0].startswith("row"):  # from fer2013.csv, whose rows are the votes' rows
        table.index = [f"row{row}" for row in table.index]
    else:
        table = table.dropna(subset="Image name").drop_duplicates("Image name")
        table.index = [Path(name).stem for name in table["Image name"]]
    votes = table.iloc[:, 2:].reindex(names).fillna(0).to_numpy(np.float32)
    if not votes.any():
        raise ValueError(
            f"The votes must be for images of the data set. Received: {path}, which names none of them "
            f"(the data set's first is {names[0]!r})"
        )
    return votes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--votes")
    args = parser.parse_args()
    train, test = load_splits(args.data)
    print(*describe(train, test), sep="\n")
    for split, faces in (("train", train), ("test", test)):
        voted = f"; with votes: {(load_votes(args.votes, faces.names).sum(1) > 0).sum()}" if args.votes else ""
        print(f"{split}: pixel mean {faces.pixels.mean():.1f}, deviation {faces.pixels.std():.1f}{voted}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
