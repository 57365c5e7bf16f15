"""A picture with the faces marked in it, and small copies."""

from dataclasses import replace

import cv2
import numpy as np

from fer.records import EMOTIONS, Reading
from fer.vision.preprocess import scaled_box, shrunk

DARK, LIGHT = (30, 30, 30), (255, 255, 255)
JPEG_QUALITY = 92


def annotated(picture_bgr: np.ndarray, readings: list[Reading], numbers: list[int] | None = None) -> np.ndarray:
    """A copy with a box round each face, its number, and its expression with the probability, or why it is unsure."""
    marked = picture_bgr.copy()
    size = max(1.0, max(marked.shape[:2]) / 900)
    for number, one in zip(numbers or range(len(readings)), readings, strict=True):
        x1, y1, x2, y2 = (round(edge) for edge in one.box_xyxy)
        for colour, width in ((DARK, 3), (LIGHT, 1)):  # seen on any background
            cv2.rectangle(marked, (x1, y1), (x2, y2), colour, round(width * size))
        likely = max(zip(one.probabilities, EMOTIONS, strict=True))[0]
        text = f"{number} " + (
            f"unsure: {one.unsure_because}" if one.unsure_because else f"{one.expression} {likely:.0%}"
        )
        write(marked, text, (x1, y1), size)
    return marked


def write(picture_bgr: np.ndarray, text: str, corner_xy: tuple[int, int], size: float) -> None:
    """Light on dark, above the corner or where there is room."""
    font, scale, width = cv2.FONT_HERSHEY_SIMPLEX, 0.5 * size, max(1, round(size))
    (wide, high), below = cv2.getTextSize(text, font, scale, width)
    left = max(0, min(corner_xy[0], picture_bgr.shape[1] - wide))
    foot = max(high + below, corner_xy[1]) - below
    cv2.rectangle(picture_bgr, (left, foot - high), (left + wide, foot + below), DARK, cv2.FILLED)
    cv2.putText(picture_bgr, text, (left, foot), font, scale, LIGHT, width, cv2.LINE_AA)


def small(picture_bgr: np.ndarray, readings: list[Reading], side_px: int) -> tuple[np.ndarray, list[Reading]]:
    """A copy whose longer side is at most ``side_px``, and its readings."""
    copy, scale = shrunk(picture_bgr, side_px)
    return copy, [replace(one, box_xyxy=scaled_box(one.box_xyxy, scale)) for one in readings]


def as_jpeg(picture_bgr: np.ndarray, quality: int = JPEG_QUALITY) -> bytes:
    return cv2.imencode(".jpg", picture_bgr, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()
