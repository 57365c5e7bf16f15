"""Look at pictures from files: one row per face.

    python -m fer analyze PATH... --out faces.csv

A picture is judged as a frame of a lesson is, each face from itself and its mirror image. It is looked at in all four
turns, because no frame came before it that would say which way is up.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fer.config import MODELS_DIR, Settings, SettingsError
from fer.records import EMOTIONS, Face, Reading
from fer.vision.cards import CardError
from fer.vision.classifier import Classifier, load_classifier
from fer.vision.detector import Detector, load_detector
from fer.vision.eye import Limits, largest_first, reading, see
from fer.vision.preprocess import FACE_SIZE
from fer.vision.turns import Upright, turned, turned_back, way_up

TURN_SIDES_PX = (160, 320, 640)  # longest side of the copies in which the way up is sought
MOST_PIXELS = 50_000_000
BOX = ("x", "y", "width", "height")
COLUMNS = ("file", "time_s", "face", *BOX, "score", "expression", "unsure_because", *EMOTIONS, "model")


class PictureError(ValueError):
    """A file that is no picture we can look at; the message names it and says why."""


def analyze(picture_bgr: np.ndarray, detector: Detector, classifier: Classifier, unsure_below: float) -> list[Reading]:
    """The faces of a still picture uint8 BGR (h, w, 3), the largest first; judged is the mean of both views."""
    upright = way_up(picture_bgr, detector.detect, TURN_SIDES_PX) or Upright()
    picture = turned(picture_bgr, upright.turns)
    sight = see(picture, largest_first(detector.search_still(picture)), detector.name, upright.is_sure)
    views = np.array(sight.crops, np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)
    probabilities, readable = both_views(classifier, views)
    limits = Limits(unsure_below, classifier.readable_below)
    return [
        reading(
            Face(turned_back(face.box_xyxy, upright.turns, picture_bgr.shape[:2]), face.score),
            doubt,
            probabilities[row],
            None if readable is None else float(readable[row]),
            limits,
        )
        for row, (face, doubt) in enumerate(zip(sight.faces, sight.doubts, strict=True))
    ]


def both_views(classifier: Classifier, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities (n, 7) and readability (n,), each the mean over a face uint8 (48, 48) and its mirror image."""
    one, mirrored = classifier.read(faces), classifier.read(faces[:, :, ::-1])
    probabilities = (one.probabilities + mirrored.probabilities) / 2
    if one.readable is None or mirrored.readable is None:
        return probabilities, None
    return probabilities, (one.readable + mirrored.readable) / 2


def open_picture(path: Path) -> np.ndarray:
    """uint8 BGR (h, w, 3), the way up that its EXIF says. Raises ``PictureError``."""
    try:
        if not path.stat().st_size:
            raise PictureError(f"{path}: the file is empty")
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureError(
                    f"{path}: a picture has at most {MOST_PIXELS:,} pixels. Received: {image.width} x {image.height}"
                )
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
                upright = Image.fromarray((np.asarray(upright) // 256).astype(np.uint8))
            return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)
    except UnidentifiedImageError:
        raise PictureError(f"{path}: this is no picture of a known format") from None
    except OSError as error:
        raise PictureError(f"{path}: the picture cannot be read ({error.strerror or error})") from None
    except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"{path}: the picture is damaged ({error})") from None


def rows(path: Path, readings: list[Reading], model: str) -> Iterator[dict]:
    """A row of ``COLUMNS`` for each face, the student's first; where there is none, one row with an empty ``face``."""
    if not readings:
        yield {"file": str(path), "model": model}
    for number, one in enumerate(readings):
        x1, y1, x2, y2 = one.box_xyxy
        yield {
            "file": str(path),
            "face": number,
            **dict(zip(BOX, (round(edge, 1) for edge in (x1, y1, x2 - x1, y2 - y1)), strict=True)),
            "score": round(one.score, 4),
            "expression": one.expression,
            "unsure_because": one.unsure_because,
            **{emotion: round(p, 4) for emotion, p in zip(EMOTIONS, one.probabilities, strict=True)},
            "model": model,
        }


def main(argv: list[str] | None = None) -> None:
    """The command. Exits with 1 if any file could not be looked at."""
    parser = argparse.ArgumentParser(
        prog="python -m fer analyze", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture")
    parser.add_argument("--out", type=Path, help="the CSV; without it, it is printed")
    args = parser.parse_args(argv)
    try:
        settings = Settings.from_env()
        detector = load_detector(settings.detector, settings.detector_file)
        classifier = load_classifier(MODELS_DIR, settings.model)
    except (SettingsError, CardError) as error:
        sys.exit(str(error))
    try:
        with args.out.open("w", newline="", encoding="utf-8") if args.out else nullcontext(sys.stdout) as file:
            failed = write(file, args.paths, detector, classifier, settings.unsure_below)
    except OSError as error:
        sys.exit(f"{args.out} cannot be written ({error.strerror})")
    if failed:
        sys.exit(1)


def write(
    file: TextIO, paths: list[Path], detector: Detector, classifier: Classifier, unsure_below: float
) -> list[Path]:
    """Looks at each picture and writes its rows. Those that cannot be read: a sentence for each goes to stderr."""
    table = csv.DictWriter(file, COLUMNS)
    table.writeheader()
    failed = []
    for path in paths:
        try:
            readings = analyze(open_picture(path), detector, classifier, unsure_below)
        except PictureError as error:
            failed.append(path)
            print(error, file=sys.stderr)
        else:
            table.writerows(rows(path, readings, classifier.name))
    return failed
