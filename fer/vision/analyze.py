"""Look at a still picture: a reading of each face in it.

A picture is judged as a frame of a lesson is, each face from itself and its mirror image. It is looked at in all four
turns, because no frame came before it that would say which way is up.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fer.languages import _
from fer.names import received
from fer.records import EMOTIONS, Box, Face, Identity, Reading
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector
from fer.vision.eye import DOUBTFUL_SCORE, Limits, reading, see
from fer.vision.preprocess import FACE_SIZE
from fer.vision.tracks import TAKES_OVER, height
from fer.vision.turns import Upright, turned, turned_back, way_up, way_up_around

TURN_SIDES_PX = (160, 320, 640)  # longest side of the copies in which the way up is sought
# Who scores so much stands upright: of 1,080 heads pasted in on their side or upside down (ORL) YuNet gave none more than
# 0.91, and nine in ten of the upright ones more than 0.92.
SURELY_UPRIGHT = {"yunet": 0.92, "haar": math.inf}
MOST_PIXELS = 50_000_000
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
AS_IT_IS = Upright()


class PictureError(ValueError):
    """A file that is no picture we can look at; the message names it and says why."""


# Says who the faces are that lie in these boxes of a picture that is the right way up; None for unknown.
Namer = Callable[[np.ndarray, list[Box]], list[Identity | None]]


def analyze(
    picture_bgr: np.ndarray,
    detector: Detector,
    classifier: Classifier,
    unsure_below: float,
    namer: Namer | None = None,
) -> list[Reading]:
    """The faces of a still picture uint8 BGR (h, w, 3) in the order of ``search``; judged is the mean of both views."""
    faces, upright = search(picture_bgr, detector)
    readings = read(picture_bgr, faces, upright, detector, classifier, unsure_below)
    return named(readings, picture_bgr, faces, upright, namer)


def search(
    picture_bgr: np.ndarray,
    detector: Detector,
    believed: Upright = AS_IT_IS,
    asks: bool = True,
    most_px: int | None = None,
) -> tuple[list[Face], Upright]:
    """The faces of a still picture after it was turned to be upright, the largest first, and how it was turned. One that the
    detector is not sure of must be much larger than the next: in a picture turned by 135 degrees a sleeve was a face, too.

    ``believed``: the turn to try first. Not ``asks``: where that shows no face, no other is tried. ``most_px``: the
    longest side at which faces are sought, for speed."""
    faces = _search(picture_bgr, believed.turns, detector, most_px)
    if not faces and not asks:
        return [], believed
    if faces and _is_upright(turned(picture_bgr, believed.turns), faces[0], detector):
        return faces, Upright(believed.turns)
    upright = way_up(picture_bgr, detector.detect, TURN_SIDES_PX) or believed
    if upright.turns != believed.turns:
        faces = _search(picture_bgr, upright.turns, detector, most_px)
    return faces, upright


def _search(picture_bgr: np.ndarray, turns: int, detector: Detector, most_px: int | None) -> list[Face]:
    found = detector.search_still(turned(picture_bgr, turns), most_px)
    return sorted(found, key=lambda face: -height(face.box_xyxy) / (TAKES_OVER if face.score < DOUBTFUL_SCORE else 1))


def _is_upright(picture_bgr: np.ndarray, face: Face, detector: Detector) -> bool:
    if face.score >= SURELY_UPRIGHT[detector.name]:
        return True
    return way_up_around(picture_bgr, face.box_xyxy, detector.detect) == Upright()


def read(
    picture_bgr: np.ndarray,
    faces: list[Face],
    upright: Upright,
    detector: Detector,
    classifier: Classifier,
    unsure_below: float,
) -> list[Reading]:
    """Of each face that ``search`` found, in their order; boxes are those of the picture as it was."""
    turned_bgr = turned(picture_bgr, upright.turns)
    seen = [see(turned_bgr, face, detector, upright.is_sure) for face in faces]
    views = np.array([one.crop for one in seen], np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)
    probabilities, readable = both_views(classifier, views)
    limits = Limits(unsure_below, classifier.readable_below)
    readings = [
        reading(one.face, one.doubt, probabilities[row], None if readable is None else float(readable[row]), limits)
        for row, one in enumerate(seen)
    ]
    return [replace(one, box_xyxy=turned_back(one.box_xyxy, upright.turns, picture_bgr.shape[:2])) for one in readings]


def named(
    readings: list[Reading], picture_bgr: np.ndarray, faces: list[Face], upright: Upright, namer: Namer | None
) -> list[Reading]:
    """The readings of the ``faces`` that ``search`` found, with who they are."""
    if namer is None:
        return readings
    identities = namer(turned(picture_bgr, upright.turns), [face.box_xyxy for face in faces])
    return [replace(one, identity=identity) for one, identity in zip(readings, identities, strict=True)]


def both_views(classifier: Classifier, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities (n, 7) and readability (n,), each the mean over a face uint8 (48, 48) and its mirror image."""
    judged = classifier.read(np.concatenate([faces, faces[:, :, ::-1]]))
    probabilities = judged.probabilities.reshape(2, -1, len(EMOTIONS)).mean(0)
    return probabilities, None if judged.readable is None else judged.readable.reshape(2, -1).mean(0)


def open_picture(path: Path) -> np.ndarray:
    """uint8 BGR (h, w, 3), the way up that its EXIF says. Raises ``PictureError``."""
    try:
        with path.open("rb") as file:
            return decode(file, str(path))
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _unreadable(name: str, error: OSError) -> PictureError:
    why = error.strerror or error
    return PictureError(_("{name}: the picture cannot be read ({why})").format(name=name, why=why))


def _too_large(name: str, size: str) -> PictureError:
    most = _("{name}: a picture has at most {most} pixels.").format(name=name, most=f"{MOST_PIXELS:,}")
    return PictureError(most + received(size))


def decode(file: BinaryIO, name: str) -> np.ndarray:
    """The same of an open file; ``name`` is what an error calls it. Raises ``PictureError``."""
    try:
        if not file.read(1):
            raise PictureError(_("{name}: the file is empty").format(name=name))
        file.seek(0)
        if is_heic(file) and not opens_heic():
            raise PictureError(f"{name}: a HEIC picture needs the package pi-heif: .venv/bin/pip install pi-heif")
        with Image.open(file) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large(name, f"{image.width} x {image.height}")
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
                upright = Image.fromarray((np.asarray(upright) // 256).astype(np.uint8))
            return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)
    except UnidentifiedImageError:
        raise PictureError(_("{name}: this is no picture of a known format").format(name=name)) from None
    except OSError as error:
        raise _unreadable(name, error) from None
    except Image.DecompressionBombError:
        raise _too_large(name, "more") from None
    except (ValueError, SyntaxError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(
            _("{name}: the picture is damaged ({why})").format(name=name, why=" ".join(str(error).split()))
        ) from None


def is_heic(file: BinaryIO) -> bool:
    """Whether these first bytes are a HEIC picture's (ISO/IEC 23008-12), as phones take them."""
    start = file.read(12)
    file.seek(0)
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


@cache
def opens_heic() -> bool:
    """Lets Pillow open HEIC where pi-heif is installed, which is optional: it decodes by LGPL libraries."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
