"""From a frame and a face box to the 48x48 grey picture that every model sees.

Training, evaluation and the live line use this module and nothing else, so they cannot disagree.
"""

import cv2
import numpy as np

from fer.records import Box

FACE_SIZE = 48

# Measured on 714 FER-2013 faces: their picture is the square around the detector's box with this side.
SIDE_PER_BOX_HEIGHT = {"yunet": 0.98, "haar": 1.03}


def to_grey(image: np.ndarray) -> np.ndarray:
    """uint8 grey (h, w) from grey (h, w), (h, w, 1), BGR (h, w, 3) or BGRA (h, w, 4)."""
    if image.ndim == 2:
        return image
    if image.ndim == 3 and image.shape[2] in (1, 3, 4):
        if image.shape[2] == 1:
            return image[:, :, 0]
        code = cv2.COLOR_BGR2GRAY if image.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
        return cv2.cvtColor(image, code)
    raise ValueError(f"An image must have shape (h, w) or (h, w, 1, 3 or 4). Received: shape {image.shape}")


def resize_face(grey: np.ndarray) -> np.ndarray:
    """uint8 (48, 48) from any grey picture; area averaging when shrinking, as FER-2013 was made."""
    if grey.shape == (FACE_SIZE, FACE_SIZE):
        return grey
    shrinking = min(grey.shape) > FACE_SIZE
    return cv2.resize(grey, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)


def crop_face(frame_bgr: np.ndarray, box_xyxy: Box, detector: str) -> np.ndarray:
    """The face as FER-2013 frames it, uint8 (48, 48); the frame's edge pixels are repeated beyond its border.

    ``detector`` is a key of ``SIDE_PER_BOX_HEIGHT``: detectors draw boxes of different height around one face.
    """
    square, _, _ = cut_square(frame_bgr, box_xyxy, SIDE_PER_BOX_HEIGHT[detector])
    return resize_face(to_grey(square))


def cut_square(frame_bgr: np.ndarray, box_xyxy: Box, heights: float) -> tuple[np.ndarray, int, int]:
    """The square around a box, its side that many heights of the box, and where it lies in the frame: its left and top
    edge. The frame's edge pixels are repeated beyond its border."""
    x1, y1, x2, y2 = box_xyxy
    side = max(1.0, (y2 - y1) * heights)
    exact_left, exact_top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    left, right = round(exact_left), round(exact_left + side)
    top, bottom = round(exact_top), round(exact_top + side)
    height, width = frame_bgr.shape[:2]
    if left >= 0 and right <= width and top >= 0 and bottom <= height:  # almost always, and three times as fast
        return frame_bgr[top:bottom, left:right], left, top
    columns = np.clip(np.arange(left, right), 0, width - 1)
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    inside = frame_bgr[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return inside[np.ix_(rows - rows[0], columns - columns[0])], left, top


def scaled_box(box_xyxy: Box, factor: float) -> Box:
    """Where a box lies in the picture scaled by ``factor``."""
    x1, y1, x2, y2 = box_xyxy
    return x1 * factor, y1 * factor, x2 * factor, y2 * factor


def shrunk(picture: np.ndarray, side_px: int) -> tuple[np.ndarray, float]:
    """The picture with its longest side at most ``side_px``, itself where it is no larger, and the factor (at most 1)."""
    scale = min(1.0, side_px / max(picture.shape[:2]))
    if scale == 1:
        return picture, scale
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale


def to_batch(faces: list[np.ndarray] | np.ndarray) -> np.ndarray:
    """float32 (n, 48, 48, 1), values 0 to 255, from n grey uint8 (48, 48) faces; n = 0 works.

    The models scale the pixels themselves, so nothing else can scale them differently.
    """
    return np.asarray(faces, np.float32).reshape(-1, FACE_SIZE, FACE_SIZE, 1)
