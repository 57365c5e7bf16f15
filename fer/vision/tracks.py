"""The same face in the frames before: its probabilities are averaged, and in a video it keeps its number."""

import math
from dataclasses import dataclass

import numpy as np

from fer.records import Box

NEWEST_SHARE = 0.5  # exponential moving average: at 2 frames/s a change shows to 75 % after one second
SAME_FACE_IOU = 0.3
UNSEEN_S = 2.0
NEAR_HEIGHTS = 1.0  # so far a face may have moved, and grown, from one look at a video to the next


@dataclass(frozen=True, slots=True)
class Track:
    """A face followed over frames: its newest box and its smoothed probabilities (7,)."""

    box_xyxy: Box
    probabilities: np.ndarray


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    overlap = width * height
    return overlap / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap)


def smooth(before: tuple[Track, ...], boxes: list[Box], probabilities: np.ndarray) -> tuple[Track, ...]:
    """One track per box, in the boxes' order; a box goes on with the unclaimed track that overlaps it most."""
    unclaimed = list(before)
    tracks = []
    for box, fresh in zip(boxes, probabilities, strict=True):
        match = max(unclaimed, key=lambda track: iou(track.box_xyxy, box), default=None)
        if match is not None and iou(match.box_xyxy, box) >= SAME_FACE_IOU:
            unclaimed.remove(match)
            fresh = NEWEST_SHARE * fresh + (1 - NEWEST_SHARE) * match.probabilities
        tracks.append(Track(box, fresh))
    return tuple(tracks)


class FaceNumbers:
    """Numbers the faces of a video from 0. A number stays with a face, also while it is unseen for ``UNSEEN_S``."""

    def __init__(self) -> None:
        self._given = 0
        self._last: dict[int, tuple[Box, float]] = {}  # number -> where it was seen last, and when

    def of(self, boxes: list[Box], time_s: float) -> list[int]:
        """The number of each box; the pairs that lie closest go together first."""
        self._last = {number: seen for number, seen in self._last.items() if time_s - seen[1] <= UNSEEN_S}
        pairs = sorted(
            (distance(box, seen[0]), place, number)
            for place, box in enumerate(boxes)
            for number, seen in self._last.items()
        )
        found: dict[int, int] = {}
        for apart, place, number in pairs:
            if apart <= NEAR_HEIGHTS and place not in found and number not in found.values():
                found[place] = number
        for place, box in enumerate(boxes):
            if place not in found:
                found[place] = self._given
                self._given += 1
            self._last[found[place]] = (box, time_s)
        return [found[place] for place in range(len(boxes))]


def distance(a: Box, b: Box) -> float:
    """How far apart two faces are, in their mean height; a difference in height counts too."""
    heights = a[3] - a[1], b[3] - b[1]
    centres = math.hypot((a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2)
    return (centres + abs(heights[0] - heights[1])) * 2 / sum(heights)
