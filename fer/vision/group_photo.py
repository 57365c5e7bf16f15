"""The group photo: a picture that takes itself when everybody shows an expression. No camera and no clock are in here.

Every look goes to ``GroupPhoto.see``. When every face that is waited for has shown the expression for half a second, it
counts down and then collects frames for a second. Of those in which everybody shows it, ``best`` chooses one.
"""

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from fer.records import COVERED, CUT_OFF, EMOTIONS, TOO_SMALL, TURNED, Box, Reading
from fer.vision.held import HOLD_S, Held

UNREADABLE = (TOO_SMALL, CUT_OFF, TURNED, COVERED)  # whoever is undecided can still smile
UNREADABLE_S = 3.0  # so long a face that cannot be read is waited for
COUNTDOWN_S = 3.0
BURST_S, MOST_FRAMES = 1.0, 10
AS_SURE = 0.05  # frames whose least sure face is so near to the best are chosen among by sharpness
SHARPNESS_PX = (
    96  # side to which a face is scaled before it is measured, so that a large one is not blurred by its size
)
MOST_FACES = 50

WAITING, COUNTING, TAKEN = "waiting", "counting", "taken"
Numbered = list[tuple[int, Reading]]  # the faces of a look, each with the number that stays with it


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the burst, uint8 BGR (h, w, 3): how sure the least sure face is (0 to 1), how sharp the least sharp."""

    picture_bgr: np.ndarray
    faces: Numbered
    least_sure: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: ``stage``, numbers of the faces that are waited for and of those of them that are not there yet, how
    many more faces must come into the picture, those that were left out, why others cannot be read, and while it counts
    down the seconds that are left, rounded up."""

    stage: str = WAITING
    awaited: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    more: int = 0
    left_out: tuple[int, ...] = ()
    unreadable: dict[int, str] = field(default_factory=dict)
    count: int = 0


@dataclass(slots=True)
class Known:
    """What is known of one face."""

    seen_at: float
    shows: Held = field(default_factory=Held)
    unreadable_since: float | None = None
    reason: str = ""

    def is_unreadable(self, at_s: float) -> bool:
        return self.unreadable_since is not None and at_s - self.unreadable_since >= UNREADABLE_S


class GroupPhoto:
    """One picture to be taken of at least ``least`` faces that all show ``expression``. ``taken`` is the picture."""

    def __init__(self, expression: str, least: int):
        if expression not in EMOTIONS:
            raise ValueError(f"The expression must be one of {', '.join(EMOTIONS)}. Received: {expression!r}")
        if not 1 <= least <= MOST_FACES:
            raise ValueError(f"A group photo needs at least 1 to {MOST_FACES} faces. Received: {least}")
        self.expression, self.least = expression, least
        self.taken: Frame | None = None
        self._known: dict[int, Known] = {}
        self._left_out: set[int] = set()
        self._broken = Held()  # while it counts down: somebody does not show it any more
        self._counting_since: float | None = None
        self._burst: list[Frame] = []

    def leave_out(self, number: int) -> None:
        """Does not wait for this face, or does so again."""
        self._left_out ^= {number}

    def again(self) -> None:
        """Takes another picture; who was left out stays so."""
        self.taken, self._known = None, {}

    def see(self, picture_bgr: np.ndarray, faces: Numbered, at_s: float) -> Progress:
        """The next frame, its faces, and when it was taken."""
        if self.taken is not None:
            return Progress(TAKEN)
        self._note(faces, at_s)
        now = self._progress(at_s)
        is_ready = bool(now.awaited) and not now.missing and not now.more
        if self._counting_since is None:
            if not is_ready:
                return now
            self._counting_since, self._broken = at_s, Held()
        left_s = self._counting_since + COUNTDOWN_S - at_s
        if left_s > 0:
            if not self._broken.note(not is_ready, at_s):
                return replace(now, stage=COUNTING, count=math.ceil(left_s))
        else:
            self._collect(picture_bgr, faces, now)
            if left_s > -BURST_S and len(self._burst) < MOST_FRAMES:
                return replace(now, stage=COUNTING)
            self.taken = best(self._burst)
        self._counting_since, self._burst = None, []
        return now if self.taken is None else Progress(TAKEN)

    def _note(self, faces: Numbered, at_s: float) -> None:
        for number, reading in faces:
            known = self._known.setdefault(number, Known(at_s))
            known.seen_at = at_s
            known.shows.note(reading.expression == self.expression, at_s)
            if reading.unsure_because not in UNREADABLE:
                known.unreadable_since = None
            else:
                known.reason = reading.unsure_because
                known.unreadable_since = at_s if known.unreadable_since is None else known.unreadable_since
        self._known = {number: known for number, known in self._known.items() if at_s - known.seen_at < HOLD_S}

    def _progress(self, at_s: float) -> Progress:
        left_out = tuple(number for number in self._known if number in self._left_out)
        waited_for = {number: known for number, known in self._known.items() if number not in self._left_out}
        unreadable = {number: known.reason for number, known in waited_for.items() if known.is_unreadable(at_s)}
        awaited = tuple(sorted(number for number in waited_for if number not in unreadable))
        missing = tuple(number for number in awaited if not self._known[number].shows.is_so)
        more = max(0, self.least - len(self._known))
        return Progress(WAITING, awaited, missing, more, left_out, unreadable)

    def _collect(self, picture_bgr: np.ndarray, faces: Numbered, now: Progress) -> None:
        """Keeps a frame in which everybody who is waited for is seen and shows the expression, newcomers too."""
        watched = [(number, reading) for number, reading in faces if number not in {*now.left_out, *now.unreadable}]
        shows = [reading.expression == self.expression for _, reading in watched]
        if shows and all(shows) and set(now.awaited) <= {number for number, _ in watched} and len(faces) >= self.least:
            wanted = EMOTIONS.index(self.expression)
            least_sure = min(reading.probabilities[wanted] for _, reading in watched)
            sharp = min(sharpness(picture_bgr, reading.box_xyxy) for _, reading in watched)
            self._burst.append(Frame(picture_bgr, faces, least_sure, sharp))


def best(burst: list[Frame]) -> Frame | None:
    """Of the largest frames, those whose least sure face is about the surest; of them the sharpest. None of none."""
    largest = max((frame.picture_bgr.size for frame in burst), default=0)
    large = [frame for frame in burst if frame.picture_bgr.size == largest]
    surest = max((frame.least_sure for frame in large), default=0.0)
    sure = [frame for frame in large if frame.least_sure >= surest - AS_SURE]
    return max(sure, key=lambda frame: frame.sharpness, default=None)


def sharpness(picture_bgr: np.ndarray, box_xyxy: Box) -> float:
    """How sharp the face in a box is: the variance of its Laplacian (Pech-Pacheco et al. 2000,
    doi:10.1109/ICPR.2000.903548); 0 for one outside of the picture."""
    x1, y1, x2, y2 = (max(0, round(edge)) for edge in box_xyxy)
    face = picture_bgr[y1:y2, x1:x2]
    if not face.size:
        return 0.0
    grey = cv2.resize(
        cv2.cvtColor(face, cv2.COLOR_BGR2GRAY), (SHARPNESS_PX, SHARPNESS_PX), interpolation=cv2.INTER_AREA
    )
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
