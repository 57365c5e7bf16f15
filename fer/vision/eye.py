"""The eye: from a picture to a reading of every face in it. Lessons, files and mirrors look through it, so they agree.

``see`` cuts out the faces of one picture. The classifier judges the cut-outs, of many pictures in one batch.
``reading`` is what may then be said of a face: one that cannot be read is *unsure*, for a reason.
"""

from dataclasses import dataclass

import numpy as np

from fer.records import COVERED, CUT_OFF, EMOTIONS, TOO_SMALL, TURNED, UNDECIDED, UNSURE, Box, Face, Reading
from fer.vision.preprocess import crop_face

SMALLEST_FACE_PX = 24  # height of a face's box
MOST_CUT_OFF = 0.14  # share of its side that may lie beyond the picture's edge


@dataclass(frozen=True, slots=True)
class Sight:
    """The faces of one picture, upright: their (48, 48) crops, and for each a reason why it cannot be read, or None."""

    faces: list[Face]
    crops: list[np.ndarray]
    doubts: list[str | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """A face is undecided when its likeliest expression is less likely than this, covered when it is less readable."""

    unsure_below: float
    readable_below: float | None = None  # where the model says how readable a face is


def see(picture_bgr: np.ndarray, faces: list[Face], detector: str, is_upright: bool = True) -> Sight:
    """Cuts out what the ``detector`` of this name found in an upright picture; ``is_upright``: whether that is sure."""
    crops = [crop_face(picture_bgr, face.box_xyxy, detector) for face in faces]
    doubts = [doubt_of(face.box_xyxy, picture_bgr.shape[:2], is_upright) for face in faces]
    return Sight(faces, crops, doubts)


def doubt_of(box_xyxy: Box, size_hw: tuple[int, int], is_upright: bool) -> str | None:
    """Why a face there cannot be read, whatever it looks like; None where nothing speaks against it."""
    if box_xyxy[3] - box_xyxy[1] < SMALLEST_FACE_PX:
        return TOO_SMALL
    if max(overhangs(box_xyxy, size_hw).values()) > MOST_CUT_OFF:
        return CUT_OFF
    return None if is_upright else TURNED


def overhangs(box_xyxy: Box, size_hw: tuple[int, int]) -> dict[str, float]:
    """How far a box reaches beyond each edge of a picture, as a share of its own side; 0 within."""
    (x1, y1, x2, y2), (height, width) = box_xyxy, size_hw
    beyond = {"left": -x1 / (x2 - x1), "right": (x2 - width) / (x2 - x1)}
    beyond |= {"top": -y1 / (y2 - y1), "bottom": (y2 - height) / (y2 - y1)}
    return {edge: max(0.0, share) for edge, share in beyond.items()}


def reading(
    face: Face, doubt: str | None, probabilities: np.ndarray, readable: float | None, limits: Limits
) -> Reading:
    """What may be said of a face, from its (7,) probabilities and how readable the classifier found it."""
    best = int(np.argmax(probabilities))
    is_covered = readable is not None and limits.readable_below is not None and readable < limits.readable_below
    reason = doubt or (COVERED if is_covered else UNDECIDED if probabilities[best] < limits.unsure_below else None)
    expression = UNSURE if reason else EMOTIONS[best]
    return Reading(face.box_xyxy, face.score, tuple(map(float, probabilities)), expression, reason)


def largest_first(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: face.box_xyxy[1] - face.box_xyxy[3])
