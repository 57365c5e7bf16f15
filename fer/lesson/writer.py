"""The writer: one thread between the engine and the store, so that a database that stalls never stops the analysis.

What cannot be written waits and is tried again with what came in the meantime; nothing is lost but the oldest of far
too many. Observations of a class-only lesson end here: only what ``fer.privacy.release`` makes of them is written.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from fer.config import Settings
from fer.lesson.seats import Seats
from fer.privacy.release import Releases, visible_shown
from fer.records import CLASS_ONLY, PER_STUDENT, STEP_S, Coverage, Observation, Step
from fer.store.store import Store

MOST_WAITING = 200_000  # observations: about half an hour of 60 students
LOOK_S = 1.0  # a step may be over although nothing comes in, and what failed is tried again

log = logging.getLogger(__name__)


class Writer:
    """``put`` never waits. ``problem`` is a sentence while writing fails."""

    def __init__(self, store: Store, seats: Seats, settings: Settings):
        self.store, self.seats, self.settings = store, seats, settings
        self.problem = ""
        self.errors = self.written = 0
        self.ages_s: deque[float] = deque(maxlen=10_000)  # from a frame's arrival to its committed row
        self._waiting: list[Observation] = []
        self._releases = Releases(settings.least_visible)
        self._steps: list[Step] = []  # released, not written yet
        self._coverage: list[Coverage] = []
        self._covered = 0  # the start of the last step whose coverage was taken
        self._views: dict[int, str | None] = {}  # lesson -> its view; None: nothing of it is taken any more
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after a last attempt to write what waits."""
        self._stopping.set()
        self._something.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def put(self, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        with self._lock:
            self._waiting.extend(observations)
            del self._waiting[:-MOST_WAITING]
        self._something.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait(LOOK_S)
            self._something.clear()
            if not self.write():
                self._stopping.wait(LOOK_S)
        self.write()

    def forget_student(self, student_id: int) -> None:
        with self._lock:
            self._releases.forget_student(student_id)

    def forget_lesson(self, lesson_id: int) -> None:
        """Takes nothing more of a class-only lesson: a late frame would begin a new panel, which could be compared."""
        with self._lock:
            if self._views.get(lesson_id) != PER_STUDENT:
                self._views[lesson_id] = None
            self._releases.forget_lesson(lesson_id)

    def write(self) -> bool:
        """Everything that waits, in one transaction; whether that worked."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            taken = self._release(taken)
            self._cover(time.time())
            if taken or self._steps or self._coverage:
                self.store.append(taken, self._steps, self._coverage)
                self._steps, self._coverage = [], []
        except Exception as error:  # a StoreError mostly; whatever it is, the observations are kept
            with self._lock:
                self._waiting = (taken + self._waiting)[-MOST_WAITING:]
                waiting = len(self._waiting)
            if not self.problem:
                log.error("Observations cannot be saved (they wait; not logged again until it works)", exc_info=error)
            self.errors += 1
            self.problem = f"{waiting} observations are waiting to be saved: {error}"
            return False
        now = time.time()
        self.ages_s.extend(now - o.observed_at for o in taken)
        self.written += len(taken)
        self.problem = ""
        return True

    def _release(self, observations: list[Observation]) -> list[Observation]:
        """Adds up those of class-only lessons; the others, which are written as they are."""
        views = {lesson_id: self._view(lesson_id) for lesson_id in {o.lesson_id for o in observations}}
        with self._lock:
            self._releases.add(o for o in observations if views[o.lesson_id] == CLASS_ONLY == self._views[o.lesson_id])
            self._steps += self._releases.due(time.time())
        return [o for o in observations if views[o.lesson_id] == PER_STUDENT]

    def _cover(self, now: float) -> None:
        start = int(now) // STEP_S * STEP_S
        if start == self._covered:  # not "at most": while the clock was ahead, a step of later was covered
            return
        for lesson_id in sorted({seat.lesson_id for seat in self.seats.all()}):
            view = self._view(lesson_id)
            here, visible = self.seats.here(lesson_id, self.settings.gone_after_s)
            if view is not None and here:
                shown = visible_shown(view, len(here), visible, self.settings.least_visible)
                self._coverage.append(Coverage(lesson_id, start, len(here), shown))
        self._covered = start

    def _view(self, lesson_id: int) -> str | None:
        if lesson_id not in self._views:
            lesson = self.store.lesson(lesson_id)
            self._views[lesson_id] = lesson.view if lesson else None
        return self._views[lesson_id]
