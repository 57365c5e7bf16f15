"""Face detectors: frame -> list of Face, best first.

YuNet (Wu et al. 2023, doi:10.1007/s11633-023-1423-y) when its file is there, else the Haar cascade of the OpenCV wheel.
"""

import hashlib
import logging
import math
import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from cv2.data import haarcascades

from fer.config import Settings, SettingsError
from fer.records import Box, Face
from fer.vision.preprocess import scaled_box

YUNET_FILE = Settings.detector_file
YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SIDES_PX = (160, 320)  # longest side searched: 1.4 ms finds 98 % of webcam faces, 6 ms the rest
# Of heads pasted into pictures YuNet finds nearly all whose face is 40 to 500 px high, at 32 px nine of ten
# (docs/measurements.md). So a still picture is searched whole, large ones as a copy, and at an eighth of that for larger faces.
# A copy loses the smallest ones: unless it shows large faces only, a large picture is also searched in parts at its own size.
WHOLE_PX, WHOLE_SHARE = 1280, 1 / 4  # longest side of the copy: at least so many px, and this share of the picture's
COARSER, LEAST_COARSE_PX = 8, 64
SMALL_IN_STILL = 0.05  # height of a face, as a share of the longest side, beside which there may be smaller ones
PART_PX, OVERLAP_PX = 1280, 160  # longest side of a part, and how far it reaches into the next
HAAR_STILL_SIDES_PX = (160, 640, 1280)
GROUP_SIDES_PX = (320, 640)  # longest side searched for a group, 11 ms and 31 ms: the larger where faces are small
SMALL_IN_GROUP = 0.075  # height of a small face, as a share of the frame's longest side: 24 px of 320
SAME_FACE_SHARE = 0.5  # of the smaller of two boxes, from which they are one face
NEAR_PX = 64  # side of the square in which a face is looked for where it was; YuNet works in squares of 32
NEAR_HEIGHTS = 1.6  # that side, in heights of the face
SMALLEST_FRAME_PX = 16
MOST_SIZES = 12
LARGEST_SIDE_PX = 10_000

log = logging.getLogger(__name__)


class Detector(Protocol):
    """What finds faces. ``name`` is a key of ``fer.vision.preprocess.SIDE_PER_BOX_HEIGHT``."""

    name: str

    def detect(self, frame_bgr: np.ndarray, near: tuple[Box, ...] = (), everywhere: bool = True) -> list[Face]:
        """Faces of a uint8 BGR frame (h, w, 3), best first; ``near``: the boxes of the frame before. Not
        ``everywhere``: where there was one face, it may look around it only. Safe from several threads."""

    def search_still(self, picture_bgr: np.ndarray, most_px: int | None = None) -> list[Face]:
        """Large and small faces of a picture uint8 BGR (h, w, 3), best first, however long it takes. ``most_px``: its
        longest side is searched no larger than this, which finds no smaller faces in a larger picture."""


class YuNetDetector:
    """YuNet on the frame at 160 px, and at 320 px when that shows no face; if asked, first around the last face."""

    name = "yunet"

    def __init__(self, path: Path = YUNET_FILE):
        self._path = path
        self._of_size: dict[tuple[int, int], cv2.FaceDetectorYN] = {}  # the one that was used last stands last
        self._large = self._network((640, 480))
        self._lock = threading.Lock()  # two searches of one network at a time end the process

    def detect(self, frame_bgr: np.ndarray, near: tuple[Box, ...] = (), everywhere: bool = True) -> list[Face]:
        """As ``Detector`` says; around the face of before it takes half the time and sees no other face."""
        with self._lock:
            return self._detect(frame_bgr, near, everywhere)

    def _detect(self, frame_bgr: np.ndarray, near: tuple[Box, ...], everywhere: bool) -> list[Face]:
        if len(near) == 1 and not everywhere:
            faces = self._search_near(frame_bgr, near[0])
            if faces:
                return faces
        for small, scale in shrunken(frame_bgr):
            faces = self._search_whole(small, scale)
            if faces:
                return faces
        return []

    def search_still(self, picture_bgr: np.ndarray, most_px: int | None = None) -> list[Face]:
        longest = max(picture_bgr.shape[:2])
        side = min(longest, most_px or max(WHOLE_PX, round(longest * WHOLE_SHARE)))
        with self._lock:
            copies = shrunken(picture_bgr, (max(LEAST_COARSE_PX, side // COARSER), side))
            found = without_doubles([self._search_whole(*copy) for copy in copies])
            if longest == side or most_px or are_large(found, longest):
                return found
            parts = product(*map(stretches, picture_bgr.shape[:2]))
            return without_doubles([found, *(self._search_part(picture_bgr, *part) for part in parts)])

    def _search_part(self, picture_bgr: np.ndarray, rows: slice, columns: slice) -> list[Face]:
        part = picture_bgr[rows, columns]
        self._large.setInputSize(part.shape[1::-1])
        found = search(self._large, part)
        return best_first([(x + columns.start, y + rows.start, *rest) for x, y, *rest in found], 1.0)

    def _search_whole(self, small_bgr: np.ndarray, scale: float) -> list[Face]:
        height, width = small_bgr.shape[:2]
        if max(height, width) <= SIDES_PX[-1]:
            return best_first(search(self._ready((width, height)), small_bgr), scale)
        self._large.setInputSize((width, height))
        return best_first(search(self._large, small_bgr), scale)

    def _ready(self, size: tuple[int, int]) -> cv2.FaceDetectorYN:
        """A network for pictures of this width and height. To set another size costs as much as half a search (measured),
        so each size that comes again has its own; one takes 2 MB."""
        net = self._of_size.pop(size, None) or self._network(size)
        self._of_size[size] = net
        if len(self._of_size) > MOST_SIZES:
            del self._of_size[next(iter(self._of_size))]
        return net

    def _network(self, size: tuple[int, int]) -> cv2.FaceDetectorYN:
        return cv2.FaceDetectorYN.create(str(self._path), "", size, score_threshold=0.7, nms_threshold=0.3)

    def _search_near(self, frame_bgr: np.ndarray, box: Box) -> list[Face]:
        """In the square around it."""
        side = NEAR_HEIGHTS * (box[3] - box[1])
        left, top = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
        scale = NEAR_PX / side
        part = cv2.warpAffine(
            frame_bgr, np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]), (NEAR_PX, NEAR_PX)
        )
        rows = [
            (x + left * scale, y + top * scale, *rest) for x, y, *rest in search(self._ready((NEAR_PX, NEAR_PX)), part)
        ]
        return best_first(rows, scale)


class HaarDetector:
    """The Viola-Jones cascade; where it loses a face it had (``near``), it looks there again with more patience."""

    name = "haar"

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(haarcascades + "haarcascade_frontalface_default.xml")

    def detect(self, frame_bgr: np.ndarray, near: tuple[Box, ...] = (), everywhere: bool = True) -> list[Face]:
        """As ``Detector`` says, always ``everywhere``."""
        for small, scale in shrunken(frame_bgr):
            faces = best_first(self._search(small, 1.1, 5), scale)
            if faces:
                return faces
        return best_first([row for box in near for row in self._search_near(frame_bgr, box)], 1.0)

    def search_still(self, picture_bgr: np.ndarray, most_px: int | None = None) -> list[Face]:
        copies = shrunken(picture_bgr, HAAR_STILL_SIDES_PX)
        return without_doubles([best_first(self._search(small, 1.1, 5), scale) for small, scale in copies])

    def _search(self, image_bgr: np.ndarray, step: float, neighbours: int) -> list[tuple[float, ...]]:
        grey = cv2.equalizeHist(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY))
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey, step, neighbours, minSize=(20, 20), outputRejectLevels=True
        )
        return [(*box, weight) for box, weight in zip(boxes, weights, strict=True)]

    def _search_near(self, frame_bgr: np.ndarray, box: Box) -> list[tuple[float, ...]]:
        margin = (box[3] - box[1]) * 0.4
        left, top = max(0, int(box[0] - margin)), max(0, int(box[1] - margin))
        around = frame_bgr[top : int(box[3] + margin), left : int(box[2] + margin)]
        if min(around.shape[:2], default=0) < SMALLEST_FRAME_PX:
            return []
        scale = min(1.0, SIDES_PX[0] / max(around.shape[:2]))
        small = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return [
            (x / scale + left, y / scale + top, w / scale, h / scale, score)
            for x, y, w, h, score in self._search(small, 1.05, 3)
        ]


class GroupDetector:
    """Finds everybody before one camera with another detector: small faces too, when it looks ``everywhere``, or when
    there were some in the frame before."""

    def __init__(self, detector: Detector):
        self._detector = detector
        self.name = detector.name

    def detect(self, frame_bgr: np.ndarray, near: tuple[Box, ...] = (), everywhere: bool = True) -> list[Face]:
        longest = max(frame_bgr.shape[:2])
        are_small = any(y2 - y1 < SMALL_IN_GROUP * longest for _, y1, _, y2 in near)
        side = GROUP_SIDES_PX[1 if everywhere or are_small else 0]
        return [
            Face(scaled_box(face.box_xyxy, 1 / scale), face.score)
            for copy, scale in shrunken(frame_bgr, (side,))
            for face in self.search_still(copy)
        ]

    def search_still(self, picture_bgr: np.ndarray, most_px: int | None = None) -> list[Face]:
        return self._detector.search_still(picture_bgr, most_px)


def search(net: cv2.FaceDetectorYN, image_bgr: np.ndarray) -> list[tuple[float, ...]]:
    """(x, y, width, height, score) of the faces YuNet finds in a picture of the size it was set to."""
    _, rows = net.detect(image_bgr)
    return [] if rows is None else [(*row[:4], row[14]) for row in rows.tolist()]


def shrunken(frame_bgr: np.ndarray, sides_px: tuple[int, ...] = SIDES_PX) -> Iterator[tuple[np.ndarray, float]]:
    """The frame at each of ``sides_px`` that is not larger than itself, with the factor it was scaled by."""
    height, width = frame_bgr.shape[:2]
    last = None
    for side in sides_px:
        scale = min(1.0, side / max(height, width))
        size = (round(width * scale), round(height * scale))
        if min(size) < SMALLEST_FRAME_PX or size == last:
            continue
        last = size
        yield cv2.resize(frame_bgr, size, interpolation=cv2.INTER_AREA), scale


def are_large(faces: list[Face], longest_px: int) -> bool:
    """Whether there are faces in a picture of this longest side, and no small one."""
    heights = [bottom - top for _, top, _, bottom in (face.box_xyxy for face in faces)]
    return min(heights, default=0) >= SMALL_IN_STILL * longest_px


def stretches(length_px: int) -> list[slice]:
    """A length in stretches of one size, of which neighbours overlap by ``OVERLAP_PX``."""
    count = max(1, math.ceil((length_px - OVERLAP_PX) / (PART_PX - OVERLAP_PX)))
    size = math.ceil((length_px + (count - 1) * OVERLAP_PX) / count)
    starts = np.linspace(0, length_px - size, count).round().astype(int).tolist()
    return [slice(start, start + size) for start in starts]


def best_first(rows: list[tuple[float, ...]], scale: float) -> list[Face]:
    """Faces from (x, y, width, height, score) rows of a picture scaled by ``scale``."""
    faces = [
        Face((float(x / scale), float(y / scale), float((x + w) / scale), float((y + h) / scale)), float(score))
        for x, y, w, h, score in rows
        if 0 < w < LARGEST_SIDE_PX and 0 < h < LARGEST_SIDE_PX  # in a picture of a few pixels YuNet sees huge ones
    ]
    return sorted(faces, key=lambda face: -face.score)


def without_doubles(found: list[list[Face]]) -> list[Face]:
    """The faces of several searches of one picture, best first; of those that cover each other, the best."""
    kept: list[Face] = []
    for face in sorted((face for faces in found for face in faces), key=lambda face: -face.score):
        if all(covered_share(face.box_xyxy, other.box_xyxy) < SAME_FACE_SHARE for other in kept):
            kept.append(face)
    return kept


def covered_share(a: Box, b: Box) -> float:
    """How much of the smaller of two boxes lies in the other, 0 to 1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return max(0.0, width) * max(0.0, height) / smaller


def load_detector(choice: str, yunet_file: Path = YUNET_FILE) -> Detector:
    """``yunet``, ``haar`` or ``auto``: YuNet if its file is there and is the pinned one, else Haar."""
    if choice == "haar":
        return HaarDetector()
    problem = yunet_problem(yunet_file)
    if problem is None:
        return YuNetDetector(yunet_file)
    if choice == "yunet":
        raise SettingsError(f"FER_DETECTOR is yunet, but {problem}. `make detector` downloads it")
    log.warning("Using the Haar face detector, which misses more faces: %s. `make detector` downloads YuNet.", problem)
    return HaarDetector()


def yunet_problem(path: Path) -> str | None:
    """Why the YuNet file cannot be used, or None."""
    if not path.is_file():
        return f"{path} is not there"
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return None if found == YUNET_SHA256 else f"{path} is not the pinned file (its sha256 is {found})"
