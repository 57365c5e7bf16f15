"""Seats: one slot per student that holds the newest frame only.

Camera callbacks write on the WebRTC event loop, the engine reads on its own thread. A frame that was not analysed in time
is overwritten, so overload lowers the rate and never queues.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer.records import Observation
from fer.tracks import Track

SILENT_S = 2.0  # a connection without a frame for so long has no claim to its seat any more


@dataclass(frozen=True, slots=True)
class Picture:
    """The last analysed frame of one student, for that student's own eyes; lives in memory only."""

    frame_bgr: np.ndarray
    observations: tuple[Observation, ...]


class Seat:
    """One student's slot. ``last``, ``tracks`` and ``analysed`` (``_at``) belong to the engine; pages read ``last``."""

    def __init__(self, lesson_id: int, student_id: int):
        self.lesson_id, self.student_id = lesson_id, student_id
        self.last: Picture | None = None
        self.tracks: tuple[Track, ...] = ()
        self.analysed_at = 0.0
        self.arrived_at: float | None = None
        self.received = self.analysed = 0  # frames
        self._lock = threading.Lock()
        self._unseen: tuple[Any, float] | None = None
        self._connections = 0
        self._closed = False

    def connect(self) -> Callable[[Any], None]:
        """A callback that puts frames here. The connection that delivered its first frame last has the seat; when it falls
        silent (a second tab was closed, say), one that still delivers gets it back."""
        number = None

        def put(frame: Any) -> None:
            nonlocal number
            with self._lock:
                now = time.time()
                # A first frame, or one after the holder fell silent, takes the seat.
                if number is None or (number < self._connections and now - (self.arrived_at or 0) > SILENT_S):
                    self._connections += 1
                    number = self._connections
                if number == self._connections and not self._closed:
                    self.received += 1
                    self.arrived_at = now
                    self._unseen = (frame, now)
        return put

    def close(self) -> None:
        """No frame is taken any more, and no picture stays."""
        with self._lock:
            self._closed = True
            self._unseen = self.last = None

    def take(self) -> tuple[Any, float] | None:
        """The unseen frame and when it arrived (Unix seconds), once."""
        with self._lock:
            unseen, self._unseen = self._unseen, None
        return unseen


class Seats:
    """All seats of the process, by student."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seats: dict[int, Seat] = {}

    def open(self, lesson_id: int, student_id: int) -> Seat:
        """The student's seat, made if it is not there: who comes back finds the same one."""
        with self._lock:
            return self._seats.setdefault(student_id, Seat(lesson_id, student_id))

    def close(self, student_id: int) -> None:
        with self._lock:
            seat = self._seats.pop(student_id, None)
        if seat is not None:
            seat.close()

    def close_lesson(self, lesson_id: int) -> None:
        for seat in self.all():
            if seat.lesson_id == lesson_id:
                self.close(seat.student_id)

    def all(self) -> list[Seat]:
        with self._lock:
            return list(self._seats.values())
