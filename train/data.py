"""FER-2013 and the FER+ votes, from any of the layouts they are handed around in.

    python -m train.data --data PATH [--votes fer2013new.csv]     # prints what is in it

PATH is a folder or zip ``train/<emotion>/*.png`` and ``test/<emotion>/*.png`` (the Kaggle layout; jpg and webp too),
or the original ``fer2013.csv``. Votes join on the image's name, or on the row for ``fer2013.csv``.
"""

import argparse
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pandas as pd

from fer.preprocess import FACE_SIZE, resize_face
from fer.records import EMOTIONS

FERPLUS_EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # the numbers in fer2013.csv
CSV_USAGE = {"train": ("Training",), "test": ("PublicTest", "PrivateTest")}
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass(frozen=True)
class Faces:
    """One split: pictures uint8 (n, 48, 48), labels int (n,) into ``EMOTIONS``, and the images' names."""

    pixels: np.ndarray
    labels: np.ndarray
    names: list[str]

    def __len__(self):
        return len(self.names)


def load_faces(path, split):
    """All faces of a split (``train`` or ``test``), sorted by name so that every run sees one order."""
    path = Path(path)
    if not path.exists():
        raise ValueError(f"The data must be a folder, a zip or fer2013.csv. Received: {path}, which does not exist")
    if path.suffix == ".csv":
        return _from_csv(path, split)
    rows = sorted(_zip_files(path, split) if path.suffix == ".zip" else _folder_files(path, split))
    if not rows:
        raise ValueError(f"No image found in {path} under {split}/<emotion>/. "
                         f"Expected folders: {', '.join(EMOTIONS)}")
    foreign = {emotion for _, emotion, _ in rows} - set(EMOTIONS)
    missing = set(EMOTIONS) - {emotion for _, emotion, _ in rows}
    if foreign or missing:
        raise ValueError(f"{path} must hold {split}/ with one folder per emotion ({', '.join(EMOTIONS)}). "
                         f"Received: unknown {sorted(foreign)}, missing or empty {sorted(missing)}")
    read = zipfile.ZipFile(path).read if path.suffix == ".zip" else lambda name: Path(name).read_bytes()
    pixels = np.stack([_decode(read(source), source) for _, _, source in rows])
    return Faces(pixels, np.array([EMOTIONS.index(e) for _, e, _ in rows]), [name for name, _, _ in rows])


def _zip_files(path, split):
    for member in zipfile.ZipFile(path).namelist():
        parts = PurePosixPath(member)
        if parts.suffix.lower() in SUFFIXES and len(parts.parts) >= 3 and parts.parts[-3] == split:
            yield parts.stem, parts.parts[-2], member


def _folder_files(path, split):
    for file in (path / split).glob("*/*"):
        if file.suffix.lower() in SUFFIXES:
            yield file.stem, file.parent.name, str(file)


def _decode(data, source):
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if grey is None:
        raise ValueError(f"{source} must be a readable image. Received: {len(data)} bytes that are none")
    return resize_face(grey)


def _from_csv(path, split):
    table = pd.read_csv(path)
    if not {"emotion", "pixels", "Usage"} <= set(table.columns):
        raise ValueError(f"{path} must have the columns emotion, pixels and Usage. Received: {list(table.columns)}")
    table = table[table["Usage"].isin(CSV_USAGE.get(split, (split,)))]
    if table.empty:
        raise ValueError(f"split must be train, test or a Usage of {path}. Received: {split!r}, which has no row")
    pixels = np.stack([np.array(row.split(), np.uint8).reshape(FACE_SIZE, FACE_SIZE) for row in table["pixels"]])
    labels = table["emotion"].map(lambda number: EMOTIONS.index(CSV_EMOTIONS[number])).to_numpy()
    return Faces(pixels, labels, [f"row{row}" for row in table.index])


def load_votes(path, names):
    """float32 (n, 10) votes per image: the eight ``FERPLUS_EMOTIONS``, unknown, not a face; zeros where not voted on."""
    table = pd.read_csv(path)
    if names[0].startswith("row"):  # from fer2013.csv, whose rows are the votes' rows
        table.index = [f"row{row}" for row in table.index]
    else:
        table = table.dropna(subset="Image name").drop_duplicates("Image name")
        table.index = [Path(name).stem for name in table["Image name"]]
    votes = table.iloc[:, 2:].reindex(names).fillna(0).to_numpy(np.float32)
    if not votes.any():
        raise ValueError(f"The votes must be for images of the data set. Received: {path}, which names none of them "
                         f"(the data set's first is {names[0]!r})")
    return votes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--votes")
    args = parser.parse_args()
    for split in ("train", "test"):
        faces = load_faces(args.data, split)
        counts = ", ".join(f"{e} {n}" for e, n in zip(EMOTIONS, np.bincount(faces.labels, minlength=7)))
        print(f"{split}: {len(faces)} faces; {counts}; pixel mean {faces.pixels.mean():.1f}, "
              f"deviation {faces.pixels.std():.1f}")
        if args.votes:
            print(f"  with votes: {(load_votes(args.votes, faces.names).sum(1) > 0).sum()}")


if __name__ == "__main__":
    main()
