"""Smoothing per face: the probabilities of a face are averaged with those of the same face in the frames before."""

from dataclasses import dataclass

import numpy as np

from fer.records import Box

NEWEST_SHARE = 0.5  # exponential moving average: at 2 frames/s a change shows to 75 % after one second
SAME_FACE_IOU = 0.3


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
