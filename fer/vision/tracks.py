"""The same face in the frames before: its probabilities are averaged, and in a video it keeps its number."""

import math
from dataclasses import dataclass, replace

import numpy as np

from fer.records import Box, Face
from fer.vision.cut_off import WHOLE, CutOff

NEWEST_SHARE = 0.5  # exponential moving average: at 2 frames/s a change shows to 75 % after one second
SAME_FACE_IOU = 0.3
UNSEEN_S = 2.0
NEAR_HEIGHTS = 1.0  # so far a face may have moved, and grown, from one look at a video to the next
STUDENT_KEPT, BYSTANDER_KEPT = 60, 240  # looks without sight of them after which a face is forgotten: 30 s and 2 min
TAKES_OVER = 1.4  # times as high as the face that was followed: then it sits before the camera, and the other does not
LEAST_OF_STUDENT = 0.5  # of the student's height: a smaller face that turns up while the student is away is another's


@dataclass(frozen=True, slots=True)
class Track:
    """A face followed over frames: its newest box, its smoothed probabilities (7,) and readability, and whether it is the
    student's. ``unseen``: looks since it was seen; ``first_height``: of its first box."""

    box_xyxy: Box
    probabilities: np.ndarray
    readable: float | None = None
    is_student: bool = True
    cut_off: CutOff = WHOLE
    unseen: int = 0
    first_height: float = 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    overlap = width * height
    return overlap / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap)


def follow(before: tuple[Track, ...], faces: list[Face], several: bool) -> list[tuple[Face, Track | None, bool]]:
    """Each face with its track and whether it is a student's: the student's first, then the largest.

    ``several``: all are students'."""
    boxes = [face.box_xyxy for face in faces]
    same = same_faces(before, boxes)
    student = students_place(before, boxes, same)
    order = sorted(range(len(faces)), key=lambda place: (place != student, -height(boxes[place])))
    return [(faces[place], same[place], several or place == student) for place in order]


def same_faces(before: tuple[Track, ...], boxes: list[Box]) -> list[Track | None]:
    """For each box the track that it goes on; the pairs that overlap most go together first."""
    pairs = [(iou(track.box_xyxy, box), place, track) for place, box in enumerate(boxes) for track in before]
    found: list[Track | None] = [None] * len(boxes)
    for overlap, place, track in sorted(pairs, key=lambda pair: -pair[0]):
        if overlap >= SAME_FACE_IOU and found[place] is None and not any(track is other for other in found):
            found[place] = track
    return found


def students_place(before: tuple[Track, ...], boxes: list[Box], same: list[Track | None]) -> int | None:
    """Which of the boxes is the student's face; None where only others are seen.

    It is the face that was followed so far, and at first the largest. A much larger one takes its place: somebody sat
    down before the camera. While the student is away, who was known as another stays another, unless they come nearer.
    """
    heights = [height(box) for box in boxes]
    followed = [place for place, track in enumerate(same) if track is not None and track.is_student]
    if followed:
        place = max(followed, key=heights.__getitem__)
        largest = max(range(len(boxes)), key=heights.__getitem__)
        return largest if heights[largest] >= TAKES_OVER * heights[place] else place
    least = LEAST_OF_STUDENT * max((height(track.box_xyxy) for track in before if track.is_student), default=0.0)
    may_be = [
        place
        for place, track in enumerate(same)
        if heights[place] >= (least if track is None else TAKES_OVER * track.first_height)
    ]
    return max(may_be, key=heights.__getitem__, default=None)


def go_on(
    before: tuple[Track, ...],
    seen: list[tuple[Box, Track | None, bool, CutOff]],
    probabilities: np.ndarray,
    readable: np.ndarray | None,
) -> tuple[Track, ...]:
    """The tracks after a look: of the faces that were ``seen`` (box, track before, whether a student's, cut off), in this
    order, each averaged with the look before; then of those that were not, as long as they are not forgotten."""
    clear = [None] * len(seen) if readable is None else [float(one) for one in readable]
    tracks = [_next(*one, probabilities[row], clear[row]) for row, one in enumerate(seen)]
    went_on = [track for _, track, _, _ in seen]
    has_student = any(track.is_student for track in tracks)
    for track in before:
        kept = STUDENT_KEPT if track.is_student else BYSTANDER_KEPT
        is_replaced = track.is_student and has_student
        if track.unseen < kept and not is_replaced and not any(track is other for other in went_on):
            tracks.append(replace(track, unseen=track.unseen + 1))
    return tuple(tracks)


def _next(
    box: Box, track: Track | None, is_student: bool, cut: CutOff, fresh: np.ndarray, clear: float | None
) -> Track:
    if track is not None and track.unseen == 0:
        fresh = NEWEST_SHARE * fresh + (1 - NEWEST_SHARE) * track.probabilities
        if clear is not None and track.readable is not None:
            clear = NEWEST_SHARE * clear + (1 - NEWEST_SHARE) * track.readable
    first_height = track.first_height if track is not None and track.is_student == is_student else height(box)
    return Track(box, fresh, clear, is_student, cut, 0, first_height)


def height(box: Box) -> float:
    return box[3] - box[1]


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
