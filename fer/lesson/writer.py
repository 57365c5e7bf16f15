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
from fer.lesson.spill import Spill, Unwritten
from fer.privacy.release import Releases, visible_shown
from fer.records import CLASS_ONLY, PER_STUDENT, STEP_S, Coverage, Observation, Step
from fer.store.store import Store

MOST_WAITING = 200_000  # observations: about half an hour of 60 students
STOP_S = 10.0  # how long a stop waits for the last attempt
LOOK_S = 1.0  # a step may be over although nothing comes in, and what failed is tried again

log = logging.getLogger(__name__)


class Writer:
    """``put`` never waits. ``problem`` is a sentence while writing fails."""

    def __init__(self, store: Store, seats: Seats, settings: Settings, spill: Spill):
        self.store, self.seats, self.settings, self.spill = store, seats, settings, spill
        self.problem = ""
        self.errors = self.written = 0
        self.ages_s: deque[float] = deque(maxlen=10_000)  # from a frame's arrival to its committed row
        self._waiting: list[Observation] = []
        self._taken: list[Observation] = []  # out of those, and being written
        self._releases = Releases(settings.least_visible)
        self._steps: list[Step] = []  # released, not written yet
        self._coverage: list[Coverage] = []
        self._covered = 0  # the start of the last step whose coverage was taken
        self._views: dict[int, str | None] = {}  # lesson -> its view; None: nothing of it is taken any more
        self._codes: dict[int, str] = {}  # of those lessons
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._take_back()
        if not self.settings.database_url:  # else it is another disk that may be full
            self.spill.reserve()
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after a last attempt to write what waits; what waits after that is kept for the next start."""
        self._stopping.set()
        self._something.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_S)
        self._keep()

    def put(self, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        with self._lock:
            self._waiting.extend(observations)
            del self._waiting[:-MOST_WAITING]
        self._something.set()

    def backlog(self) -> int:
        """How many observations are not written yet."""
        return len(self._waiting) + len(self._taken)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait(LOOK_S)
            self._something.clear()
            if not self.write():
                self._stopping.wait(LOOK_S)
        self.write()

    def _take_back(self) -> None:
        unwritten = self.spill.read()
        if unwritten is None:
            return
        same = {
            lesson_id
            for lesson_id, code in unwritten.codes.items()
            if self._view(lesson_id) and self._codes[lesson_id] == code
        }
        unwritten = unwritten.of(same)
        self._waiting, self._steps, self._coverage = unwritten.observations, unwritten.steps, unwritten.coverage
        log.info("%d observations of the last run are written now.", len(self._waiting))
        self._something.set()

    def _keep(self) -> None:
        with self._lock:
            waiting = [o for o in self._taken + self._waiting if self._views.get(o.lesson_id) == PER_STUDENT]
        if not (waiting or self._steps or self._coverage):
            return
        try:
            self.spill.keep(Unwritten(waiting, self._steps, self._coverage, self._codes))
        except OSError as error:
            log.error("%d observations are lost, because they cannot be kept: %s", len(waiting), error)

    def forget_student(self, student_id: int) -> None:
        with self._lock:
            self._waiting = [o for o in self._waiting if o.student_id != student_id]
            self._releases.forget_student(student_id)

    def forget_lesson(self, lesson_id: int) -> None:
        """Takes nothing more of a class-only lesson: a late frame would begin a new panel, which could be compared."""
        with self._lock:
            if self._views.get(lesson_id) != PER_STUDENT:
                self._views[lesson_id] = None
            self._releases.forget_lesson(lesson_id)

    def hand_over(self, lesson_id: int) -> None:
        """Another process has taken the lesson. It may come back, and then begins as after a restart."""
        with self._lock:
            self._waiting = [o for o in self._waiting if o.lesson_id != lesson_id]
            self._views.pop(lesson_id, None)
            self._releases.forget_lesson(lesson_id)

    def write(self) -> bool:
        """Everything that waits, in one transaction; whether that worked."""
        with self._lock:
            taken, self._waiting = self._waiting, []
            self._taken = taken
        try:
            taken = self._release(taken)
            self._cover(time.time())
            if taken or self._steps or self._coverage:
                self.store.append(taken, self._steps, self._coverage)
                self._steps, self._coverage = [], []
        except Exception as error:  # a StoreError mostly; whatever it is, the observations are kept
            with self._lock:
                self._waiting, self._taken = (taken + self._waiting)[-MOST_WAITING:], []
                waiting = len(self._waiting)
            if not self.problem:
                log.error("Observations cannot be saved (they wait; not logged again until it works)", exc_info=error)
            self.errors += 1
            self.problem = f"{waiting} observations are waiting to be saved: {error}"
            return False
        self._taken = []
        self.spill.forget()
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
            lesson = self.store.lesson(lesson_id)
            if lesson is None or not lesson.is_open:  # another process ended or deleted it
                self.seats.close_lesson(lesson_id)
                self.forget_lesson(lesson_id)
            view = self._view(lesson_id)
            here = self.seats.here(lesson_id, self.settings.gone_after_s)
            if view is not None and here.students:
                shown = visible_shown(view, here.showed, here.faces, self.settings.least_visible)
                self._coverage.append(Coverage(lesson_id, start, len(here.students), shown))
        self._covered = start

    def _view(self, lesson_id: int) -> str | None:
        if lesson_id not in self._views:
            lesson = self.store.lesson(lesson_id)
            self._views[lesson_id] = lesson.view if lesson else None
            self._codes[lesson_id] = lesson.code if lesson else ""
        return self._views[lesson_id]
