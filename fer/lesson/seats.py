"""Seats: one slot per student that holds the newest frame only.

Camera callbacks write on the WebRTC event loop, the engine reads on its own thread. A frame that was not analysed in
time is overwritten, so overload lowers the rate and never queues. All ages are by the monotonic clock: a clock that is set
right must not make anybody come or go.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from fer.records import Observation, Status
from fer.vision.eye import Memory

MIRROR = 0  # the "lesson" of those who look into the mirror (mirrors.py); a lesson's id is larger
SILENT_S = 2.0  # a connection without a frame for so long has no claim to its seat any more
HELD_S = 30.0  # without a sign of life for so long a place is given to another student when the class is full
WAITING_S = 15.0  # who tried within this time still waits for a place
PAGE_S = 75.0  # an open page in the background greets once a minute: browsers slow such pages down
FACE_S = 60.0  # who has shown no face for so long is no face among which another could hide
SHOWN_S = 3.0  # a page that shows the picture asks for it again within this time
NEVER = -math.inf


class ClassFull(Exception):
    """This machine looks at no more cameras."""


class Here(NamedTuple):
    """A lesson's students who are present, how many of their faces are seen, and how many have shown one in ``FACE_S``."""

    students: frozenset[int]
    faces: int
    showed: int


@dataclass(frozen=True, slots=True)
class Help:
    """What would help the student to be seen: the quarter turns to the left that put the picture upright, and the edge of
    the upright picture (left, right, top or bottom) over which the face reaches, or ""."""

    turns: int = 0
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen of one student last; with the frame only while that student has it shown. Lives in memory only."""

    frame_bgr: np.ndarray | None
    observations: tuple[Observation, ...]
    help: Help = Help()


class Seat:
    """One student's slot. ``memory`` belongs to the engine; pages read ``last``. Times are ``time.monotonic``'s.

    A seat takes one of the cameras' places by its first frame, if ``has_room`` says so then; a page that only is open
    takes none. ``refused``: a frame came and there was no place."""

    def __init__(self, lesson_id: int, student_id: int, has_room: Callable[["Seat"], bool] = lambda _: True):
        self.lesson_id, self.student_id = lesson_id, student_id
        self.has_place = self.refused = False
        self._has_room = has_room
        self.several = False  # or several students sit before this camera, and all faces count
        self.has_camera = True  # or the student is there without one
        self.places = 1  # that it takes while it is held
        self.last: Picture | None = None
        self.reported: Status | None = None  # what the student's own device saw last, where that looks
        self.memory = Memory()
        self.analysed_at = NEVER  # when the frame arrived that was analysed last
        self.face_at = NEVER  # when the last frame with a face arrived
        self.arrived_at = NEVER
        self.page_at = time.monotonic()  # when the student's page was last known to be open
        self.is_hung_up = False
        self.shown_at = NEVER  # when it last asked for the picture
        self.received = self.analysed = 0  # frames
        self._lock = threading.Lock()
        self._unseen: tuple[Any, float, float] | None = None
        self._connections = 0
        self._closed = False

    def connect(self) -> Callable[[Any], None]:
        """A callback that puts frames here. The connection that delivered its first frame last has the seat; when it
        falls silent (a second tab was closed, say), one that still delivers gets it back."""
        number = None

        def put(frame: Any) -> None:
            nonlocal number
            with self._lock:
                now = time.monotonic()
                # A first frame, or one after the holder fell silent, takes the seat.
                if number is None or (number < self._connections and now - self.arrived_at > SILENT_S):
                    self._connections += 1
                    number = self._connections
                if number == self._connections and not self._closed:
                    if not self.is_held(now) and not self._has_room(self):
                        return
                    self.received += 1
                    self.arrived_at = now
                    self._unseen = (frame, now, time.time())

        return put

    def greet(self) -> None:
        """The student's page is open, with or without a camera."""
        self.page_at, self.is_hung_up = time.monotonic(), False

    def is_held(self, now: float) -> bool:
        """Whether it takes one of the cameras' places."""
        return self.has_place and now - max(self.page_at, self.arrived_at) < HELD_S

    def is_present(self, now: float, gone_after_s: float) -> bool:
        """With or without a camera: frames arrive, or the page is open. Who has said nothing since the last frame is gone
        with it: an open page is asked then (seat_socket.py)."""
        was_closed = self.is_hung_up or self.page_at < self.arrived_at
        return now - max(self.page_at, self.arrived_at) < (gone_after_s if was_closed else PAGE_S)

    def shows_face(self, now: float, gone_after_s: float) -> bool:
        """Whether the newest look, if it is new enough, saw a face."""
        status = self.reported or (self.last.observations[0].status if self.last else None)
        return status is Status.FACE and now - self.analysed_at < gone_after_s

    def close(self) -> None:
        """No frame is taken any more, and no picture stays."""
        with self._lock:
            self._closed = True
            self._unseen = self.last = self.reported = None

    def take(self) -> tuple[Any, float, float] | None:
        """The unseen frame, when it arrived, and that in Unix seconds, once. Called at every tick, so a picture that is no
        longer shown goes then, too."""
        with self._lock:
            unseen, self._unseen = self._unseen, None
            if self.last is not None and self.last.frame_bgr is not None and not self._is_shown():
                self.last = replace(self.last, frame_bgr=None)
        return unseen

    def note(
        self,
        frame_bgr: np.ndarray,
        observations: tuple[Observation, ...],
        arrived_at: float,
        help: Help = Help(),
    ) -> None:
        """What the analysis of a frame saw."""
        with self._lock:
            if not self._closed:
                self.last = Picture(frame_bgr if self._is_shown() else None, observations, help)
                self.analysed, self.analysed_at = self.analysed + 1, arrived_at
                if observations[0].status is Status.FACE:
                    self.face_at = arrived_at

    def report(self, status: Status) -> bool:
        """What the student's own device saw: no picture comes. Whether it is taken: not of who is out."""
        with self._lock:
            if not self._closed:
                self.greet()
                self.reported, self.analysed = status, self.analysed + 1
                self.arrived_at = self.analysed_at = time.monotonic()
            return not self._closed

    def hang_up(self) -> None:
        """The page's socket was closed: unless it comes back soon, the student is gone."""
        self.page_at, self.is_hung_up = time.monotonic(), True

    def show(self) -> Picture | None:
        """The last picture with its frame, for this student's own eyes; frames are kept once somebody asks."""
        self.shown_at, last = time.monotonic(), self.last
        return last if last is not None and last.frame_bgr is not None else None

    def _is_shown(self) -> bool:
        return time.monotonic() - self.shown_at < SHOWN_S


class Seats:
    """All seats of the process, by student, and those of mirrors; ``most`` places at a time, None for no limit."""

    def __init__(self, most: int | None = None):
        self.most = most
        self._lock = threading.Lock()
        self._seats: dict[int, Seat] = {}
        self._tried_at: dict[int, float] = {}  # students without a place

    def open(self, lesson_id: int, student_id: int, has_camera: bool = True, places: int = 1) -> Seat:
        """The student's seat, made if it is not there: who comes back finds the same one. Raises ``ClassFull`` where no
        place is free for their camera; the student is then there without one."""
        with self._lock:
            seat = self._seats.setdefault(student_id, Seat(lesson_id, student_id, self._take_place))
            seat.places = places
            has_room = not has_camera or self._is_room_for(seat)
            seat.has_camera, seat.refused = has_camera and has_room, False
        seat.greet()
        if not has_room:
            raise ClassFull
        return seat

    def _take_place(self, seat: Seat) -> bool:
        """For the first frame of a seat that holds no place: whether it has one now."""
        with self._lock:
            seat.has_place = self._is_room_for(seat)
            seat.refused = not seat.has_place
        return seat.has_place

    def _is_room_for(self, seat: Seat) -> bool:
        """Called with the lock. Who finds no room waits from now on."""
        now = time.monotonic()
        held = sum(other.places for other in self._seats.values() if other is not seat and other.is_held(now))
        # What takes several places fits into an empty machine, however small.
        is_room = seat.is_held(now) or self.most is None or held + min(seat.places, self.most or 1) <= self.most
        if is_room:
            self._tried_at.pop(seat.student_id, None)
        else:
            self._tried_at[seat.student_id] = now
        return is_room

    def of_mirror(self) -> list[Seat]:
        return [seat for seat in self._copy() if seat.lesson_id == MIRROR]

    def of_lesson(self, lesson_id: int) -> list[Seat]:
        return [seat for seat in self.all() if seat.lesson_id == lesson_id]

    def present(self, lesson_id: int, gone_after_s: float) -> list[Seat]:
        now = time.monotonic()
        return [seat for seat in self.of_lesson(lesson_id) if seat.is_present(now, gone_after_s)]

    def here(self, lesson_id: int, gone_after_s: float) -> Here:
        now, present = time.monotonic(), self.present(lesson_id, gone_after_s)
        return Here(
            frozenset(seat.student_id for seat in present),
            sum(seat.shows_face(now, gone_after_s) for seat in present),
            sum(now - seat.face_at < FACE_S for seat in present),
        )

    def waiting(self) -> int:
        """Students who want a place and find none."""
        since = time.monotonic() - WAITING_S
        with self._lock:
            return sum(tried_at > since for tried_at in self._tried_at.values())

    def held(self) -> int:
        """Places that are taken."""
        now = time.monotonic()
        return sum(seat.places for seat in self._copy() if seat.is_held(now))

    def close(self, student_id: int) -> None:
        with self._lock:
            seat = self._seats.pop(student_id, None)
        if seat is not None:
            seat.close()

    def close_lesson(self, lesson_id: int) -> None:
        for seat in self.of_lesson(lesson_id):
            self.close(seat.student_id)

    def all(self) -> list[Seat]:
        """Of lessons."""
        return [seat for seat in self._copy() if seat.lesson_id != MIRROR]

    def _copy(self) -> list[Seat]:
        with self._lock:
            return list(self._seats.values())
