"""How much of a face lies beyond the picture's edge.

YuNet draws the box of a cut-off face around what is left of it, most of all at the left and top edge: with a third of the
face gone the box reaches beyond the edge by 6 % of its side there. In the square around the face, where the picture's edge
pixels are repeated beyond it, the box is drawn as if the face were whole.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from fer.records import Box
from fer.vision.detector import Detector, covered_share
from fer.vision.preprocess import cut_square

NEAR_AN_EDGE = 0.06  # of its side: who is farther from every edge is whole
SQUARE_PX, SQUARE_HEIGHTS = 128, 1.6  # the square in which the whole face is sought; its side in heights of the box
SAME_FACE = 0.5  # of the smaller box


@dataclass(frozen=True, slots=True)
class CutOff:
    """The edge (left, right, top or bottom) beyond which most of a face lies, and what share of the face that is."""

    edge: str
    share: float


WHOLE = CutOff("", 0.0)


def cut_off(picture_bgr: np.ndarray, box_xyxy: Box, detector: Detector) -> CutOff:
    beyond = overhangs(box_xyxy, picture_bgr.shape[:2])
    edge = max(beyond, key=beyond.__getitem__)
    if beyond[edge] < -NEAR_AN_EDGE:
        return WHOLE
    square, left, top = cut_square(picture_bgr, box_xyxy, SQUARE_HEIGHTS)
    scale = SQUARE_PX / square.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    boxes = [face.box_xyxy for face in detector.detect(cv2.resize(square, (SQUARE_PX, SQUARE_PX), interpolation=how))]
    boxes = [(x1 / scale + left, y1 / scale + top, x2 / scale + left, y2 / scale + top) for x1, y1, x2, y2 in boxes]
    same = [box for box in boxes if covered_share(box, box_xyxy) >= SAME_FACE]
    if not same:
        return CutOff(edge, 1.0)  # no face goes on there
    beyond = overhangs(max(same, key=lambda box: covered_share(box, box_xyxy)), picture_bgr.shape[:2])
    edge = max(beyond, key=beyond.__getitem__)
    return CutOff(edge, max(0.0, beyond[edge]))


def overhangs(box_xyxy: Box, size_hw: tuple[int, int]) -> dict[str, float]:
    """How far a box reaches beyond each edge of a picture, as a share of its side; below 0: how far it is from it."""
    (x1, y1, x2, y2), (height, width) = box_xyxy, size_hw
    beyond = {"left": -x1 / (x2 - x1), "right": (x2 - width) / (x2 - x1)}
    return beyond | {"top": -y1 / (y2 - y1), "bottom": (y2 - height) / (y2 - y1)}
