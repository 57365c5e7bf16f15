"""The engine: one thread that turns the newest frame of every seat into observations, tick by tick.

Each tick looks at every new frame (fer/vision/eye.py), classifies all faces in one batch, averages each with the look
before and hands them to the writer. What is classified of a face is in turns the face and its mirror image; the average is
of both, so the second view is free. An error with one frame never stops a tick: it is counted, logged the first time, and
shown to the teacher.
"""

import logging
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fer.config import Settings
from fer.lesson.background import Background
from fer.lesson.seats import Help, Seat, Seats
from fer.lesson.writer import Writer
from fer.records import CUT_OFF, EMOTIONS, Observation, Reading, Status
from fer.vision.classifier import Classifier, Judged
from fer.vision.detector import Detector
from fer.vision.eye import Limits, Memory, Sight, look, remember
from fer.vision.turns import turned_back

NOTHING = Judged(np.zeros((0, len(EMOTIONS)), np.float32), None)
PACE_TICKS = 8  # the rate shown is the mean of so many ticks

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One frame on its way through a tick, with what was seen in it."""

    seat: Seat
    frame_bgr: np.ndarray
    arrived_at: float  # time.monotonic's
    observed_at: float  # the same, Unix seconds
    sight: Sight


class Engine(Background):
    """``start`` it once; ``stop`` waits for the tick in hand. ``problem`` is a sentence while something fails."""

    def __init__(self, seats: Seats, detector: Detector, classifier: Classifier, writer: Writer, settings: Settings):
        self.seats, self.detector, self.classifier, self.writer = seats, detector, classifier, writer
        self.settings = settings
        self.errors = self.looks = 0
        self.problem = ""
        self._began_at: deque[float] = deque(maxlen=PACE_TICKS)  # monotonic
        self._logged: set[str] = set()
        super().__init__("engine")

    def _run(self) -> None:
        period_s = 1 / self.settings.frames_per_s
        due_at = time.monotonic()
        while not self._stopping.wait(max(0.0, due_at - time.monotonic())):
            self._began_at.append(time.monotonic())
            try:
                self.tick()
            except Exception as error:  # the last net: one bad tick must not end the lesson
                self._note("The analysis failed", error)
            due_at = max(due_at + period_s, time.monotonic())  # to a beat; a tick that overran is not made up for

    @property
    def rate(self) -> float:
        """Analyses per second of each student who sends that many frames: the mean of the last ticks."""
        began_at = list(self._began_at)
        if len(began_at) < 2:
            return self.settings.frames_per_s
        return (len(began_at) - 1) / (began_at[-1] - began_at[0])

    def is_running(self, within_s: float) -> bool:
        """Whether it has begun a tick within these seconds."""
        return bool(self._began_at) and time.monotonic() - self._began_at[-1] <= within_s

    def tick(self) -> None:
        """Analyse every unseen frame and hand on what was seen."""
        errors_before = self.errors
        taken = [(seat, *unseen) for seat in self.seats.all() if (unseen := seat.take())]
        self.looks += len(taken)
        analyses = [a for seat, *frame in taken if (a := self._look(seat, *frame)) is not None]
        self.writer.put(self._classify(analyses))
        if self.errors == errors_before:
            self.problem = ""

    def _look(self, seat: Seat, frame: Any, arrived_at: float, observed_at: float) -> Analysis | None:
        try:
            frame_bgr = to_bgr(frame)
            if arrived_at - seat.analysed_at > self.settings.gone_after_s:
                seat.memory = Memory()  # who comes back is not averaged with who went, and may have moved the camera
            sight = look(frame_bgr, self.detector, seat.memory, seat.several)
            return Analysis(seat, frame_bgr, arrived_at, observed_at, sight)
        except Exception as error:  # whatever one student sends, the others go on
            self._note("The face detector failed on a frame", error)
            return None

    def _classify(self, analyses: list[Analysis]) -> list[Observation]:
        """Of every second frame of a seat the classifier is shown the mirror images."""
        crops = [one.crop[:, :: -1 if a.seat.analysed % 2 else 1] for a in analyses for one in a.sight.seen]
        try:
            judged = self.classifier.read(np.stack(crops)) if crops else NOTHING
        except Exception as error:  # faces of this tick are lost, presence of the others is not
            self._note("The expression classifier failed", error)
            analyses = [a for a in analyses if not a.sight.seen]
            judged = NOTHING
        limits = Limits(self.settings.unsure_below, self.classifier.readable_below)
        observations: list[Observation] = []
        start = 0
        for analysis in analyses:
            rows = slice(start, start + len(analysis.sight.seen))
            start = rows.stop
            readable = None if judged.readable is None else judged.readable[rows]
            readings = remember(analysis.seat.memory, analysis.sight, judged.probabilities[rows], readable, limits)
            seen = observe(analysis, readings)
            analysis.seat.note(analysis.frame_bgr, seen, analysis.arrived_at, help_of(analysis.sight))
            observations.extend(seen)
        return observations

    def _note(self, what: str, error: Exception) -> None:
        """Count an error, show it, and log it in full the first time only."""
        self.errors += 1
        self.problem = f"{what}: {error}"
        kind = f"{what}: {type(error).__name__}"
        if kind not in self._logged:
            self._logged.add(kind)
            log.error("%s (counted from now on, not logged again)", what, exc_info=error)


def to_bgr(frame: Any) -> np.ndarray:
    """uint8 BGR (h, w, 3) from an av.VideoFrame or an array (h, w) or (h, w, 3)."""
    array = frame if isinstance(frame, np.ndarray) else frame.to_ndarray(format="bgr24")
    return np.repeat(array[:, :, None], 3, axis=2) if array.ndim == 2 else array


def observe(analysis: Analysis, readings: list[Reading]) -> tuple[Observation, ...]:
    """The readings of a frame as rows, with the boxes where they lie in the frame as it came."""
    sight, size_hw = analysis.sight, analysis.frame_bgr.shape[:2]
    as_it_came = [replace(one, box_xyxy=turned_back(one.box_xyxy, sight.turns, size_hw)) for one in readings]
    return rows(analysis.seat, analysis.observed_at, sight.status, as_it_came)


def rows(seat: Seat, observed_at: float, status: Status, readings: list[Reading]) -> tuple[Observation, ...]:
    """One look as rows, the student's first. Where no face of a student is seen, that is the first row."""
    about = seat.lesson_id, seat.student_id, observed_at
    first = [] if status is Status.FACE else [Observation(*about, status)]
    return (
        *first,
        *(
            Observation(
                *about,
                Status.FACE,
                face,
                one.box_xyxy,
                one.probabilities,
                one.expression,
                one.unsure_because,
                one.role,
            )
            for face, one in enumerate(readings, start=len(first))
        ),
    )


def help_of(sight: Sight) -> Help:
    """What would help the student to be seen."""
    beyond = sight.seen[0].cut_off.edge if sight.status is Status.FACE and sight.seen[0].doubt == CUT_OFF else ""
    return Help(sight.turns, beyond)
