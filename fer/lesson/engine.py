"""The engine: one thread that turns the newest frame of every seat into observations, tick by tick.

Each tick detects faces frame by frame, classifies all of them in one batch, smooths per face and hands them to the
writer. What is classified of a face is in turns the face and its mirror image. Smoothing averages them, so the second
view is free. An error with one frame never stops a tick: it is counted, logged the first time, and shown to the
teacher.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fer.config import Settings
from fer.lesson.seats import Seat, Seats
from fer.lesson.writer import Writer
from fer.records import EMOTIONS, UNSURE, Box, Observation, Status
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector
from fer.vision.preprocess import crop_face
from fer.vision.tracks import smooth

BLACK_BELOW = 24  # a switched-off camera sends black frames; VP8 leaves a little noise in them
LOOKS = 4  # of so many, one searches the whole frame, where a second person may have come
PACE_TICKS = 8  # the rate shown is the mean of so many ticks

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One frame on its way through a tick: the faces found in it and their (48, 48) crops."""

    seat: Seat
    frame_bgr: np.ndarray
    arrived_at: float  # time.monotonic's
    observed_at: float  # the same, Unix seconds
    status: Status
    boxes: list[Box] = field(default_factory=list)
    crops: list[np.ndarray] = field(default_factory=list)


class Engine:
    """``start`` it once; ``stop`` waits for the tick in hand. ``problem`` is a sentence while something fails."""

    def __init__(self, seats: Seats, detector: Detector, classifier: Classifier, writer: Writer, settings: Settings):
        self.seats, self.detector, self.classifier, self.writer = seats, detector, classifier, writer
        self.settings = settings
        self.errors = 0
        self.problem = ""
        self._began_at: deque[float] = deque(maxlen=PACE_TICKS)  # monotonic
        self._logged: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

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

    def tick(self) -> None:
        """Analyse every unseen frame and hand on what was seen."""
        errors_before = self.errors
        taken = [(seat, *unseen) for seat in self.seats.all() if (unseen := seat.take())]
        analyses = [a for seat, *frame in taken if (a := self._look(seat, *frame)) is not None]
        self.writer.put(self._classify(analyses))
        if self.errors == errors_before:
            self.problem = ""

    def _look(self, seat: Seat, frame: Any, arrived_at: float, observed_at: float) -> Analysis | None:
        try:
            frame_bgr = to_bgr(frame)
            if arrived_at - seat.analysed_at > self.settings.gone_after_s:
                seat.tracks = ()  # who comes back is not averaged with who went
            if frame_bgr.max() < BLACK_BELOW:
                return Analysis(seat, frame_bgr, arrived_at, observed_at, Status.CAMERA_OFF)
            boxes = [
                f.box_xyxy
                for f in self.detector.detect(
                    frame_bgr, tuple(t.box_xyxy for t in seat.tracks), everywhere=seat.analysed % LOOKS == 0
                )
            ]
            if not boxes:
                return Analysis(seat, frame_bgr, arrived_at, observed_at, Status.NO_FACE)
            crops = [crop_face(frame_bgr, box, self.detector.name) for box in boxes]
            if seat.analysed % 2:
                crops = [crop[:, ::-1] for crop in crops]
            return Analysis(seat, frame_bgr, arrived_at, observed_at, Status.FACE, boxes, crops)
        except Exception as error:  # whatever one student sends, the others go on
            self._note("The face detector failed on a frame", error)
            return None

    def _classify(self, analyses: list[Analysis]) -> list[Observation]:
        crops = [crop for analysis in analyses for crop in analysis.crops]
        try:
            probabilities = self.classifier.predict(np.stack(crops)) if crops else np.zeros((0, len(EMOTIONS)))
        except Exception as error:  # faces of this tick are lost, presence of the others is not
            self._note("The expression classifier failed", error)
            analyses = [a for a in analyses if a.status is not Status.FACE]
            probabilities = np.zeros((0, len(EMOTIONS)))
        observations: list[Observation] = []
        start = 0
        for analysis in analyses:
            end = start + len(analysis.boxes)
            seat = analysis.seat
            seat.tracks = smooth(seat.tracks, analysis.boxes, probabilities[start:end])
            start = end
            seen = self._observe(analysis)
            seat.note(analysis.frame_bgr, seen, analysis.arrived_at)
            observations.extend(seen)
        return observations

    def _observe(self, analysis: Analysis) -> tuple[Observation, ...]:
        seat, at = analysis.seat, analysis.observed_at
        if analysis.status is not Status.FACE:
            return (Observation(seat.lesson_id, seat.student_id, at, analysis.status),)
        return tuple(
            Observation(
                seat.lesson_id,
                seat.student_id,
                at,
                Status.FACE,
                face,
                track.box_xyxy,
                tuple(map(float, track.probabilities)),
                label_of(track.probabilities, self.settings.unsure_below),
            )
            for face, track in enumerate(seat.tracks)
        )

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


def label_of(probabilities: np.ndarray, unsure_below: float) -> str:
    """The likeliest emotion, or ``unsure`` when even that is less likely than ``unsure_below``."""
    best = int(np.argmax(probabilities))
    return EMOTIONS[best] if probabilities[best] >= unsure_below else UNSURE
