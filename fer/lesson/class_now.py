"""The class now, worked out once a second per lesson however many dashboards look, and the alerts that follow from it."""

import logging
import threading
import time
from dataclasses import dataclass, replace

import pandas as pd

from fer.config import Settings
from fer.insight.aggregate import ClassNow, class_now, class_released
from fer.insight.alerts import APART_S as ALERTS_APART_S
from fer.insight.alerts import DEFAULT_THRESHOLD, Watch, alone, changes, feed
from fer.insight.signals import NOW_S, Line, Signals, baseline, line, presence_line, signals
from fer.lesson.seats import Seats
from fer.privacy.release import visible_shown
from fer.records import Lesson
from fer.store.journal import Journal
from fer.store.store import Store

FRESH_S = 0.9
BASELINE_S = 15.0  # the baseline is read again so often
BASELINE_STEP_S = 15
EVERY_S = 5.0  # each lesson is looked at so often where no dashboard is open

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What every dashboard of a lesson shows: the class, its signals now and before, the line, and what students say.

    ``recent`` and ``students``: the rows it was worked out from."""

    at: float
    recent: pd.DataFrame
    students: pd.DataFrame
    view: ClassNow
    now: Signals | None
    before: Signals | None
    line: Line
    said: dict[str, int]


class Live:
    """Safe to share between threads. Each look judges the alerts; a thread of its own looks where no dashboard does."""

    def __init__(self, store: Store, journal: Journal, seats: Seats, settings: Settings):
        self.store, self.journal, self.seats, self.settings = store, journal, seats, settings
        self._lock = threading.Lock()
        self._looks: dict[int, Look] = {}
        self._watches: dict[int, Watch] = {}
        self._baselines: dict[int, tuple[float, Signals | None]] = {}
        self._fails = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                self.look_at_all()
                self._fails = False
            except Exception as error:  # a StoreError mostly; the next look may work
                if not self._fails:
                    log.error("Alerts cannot be judged (tried again; not logged again until it works)", exc_info=error)
                self._fails = True

    def look_at_all(self) -> None:
        """Looks at every open lesson in which anybody is; costs nothing for the others."""
        for lesson_id in sorted({seat.lesson_id for seat in self.seats.all()}):
            present, _ = self.seats.here(lesson_id, time.time(), self.settings.gone_after_s)
            lesson = self.store.lesson(lesson_id) if present else None
            if lesson is not None and lesson.is_open:
                self.look(lesson)

    def look(self, lesson: Lesson) -> Look:
        """The class now, at most ``FRESH_S`` old."""
        with self._lock:
            last = self._looks.get(lesson.id)
            if last is not None and 0 <= time.time() - last.at < FRESH_S:
                return last
            look = self._looks[lesson.id] = self._work_out(lesson, time.time())
            self._judge(lesson.id, look)
            return look

    def forget(self, lesson_id: int) -> None:
        with self._lock:
            for kept in (self._looks, self._watches, self._baselines):
                kept.pop(lesson_id, None)

    def _work_out(self, lesson: Lesson, at: float) -> Look:
        gone_after_s = self.settings.gone_after_s
        recent = self.store.recent(lesson.id, at - gone_after_s)
        students = self.store.students(lesson.id)
        counts = self.store.counts(lesson.id, 1, at - NOW_S)
        present, visible = self.seats.here(lesson.id, at, gone_after_s)
        here = {seat.student_id for seat in self.seats.present(lesson.id, at, gone_after_s)}
        if lesson.has_students:
            view = class_now(recent, students, at, gone_after_s)
            view = replace(view, present=max(present, view.present))  # who has no camera is there, too
        else:
            view = class_released(
                counts, present, visible_shown(lesson.view, present, visible, self.settings.least_visible), at
            )
        now = signals(counts) if view.faces else None
        before = self._baseline(lesson, at)
        said = (
            line(now, before, view.present, view.visible, view.age_s)
            if lesson.has_expressions
            else presence_line(view.present)
        )
        return Look(at, recent, students, view, now, before, said, self.journal.said_now(lesson.id, at, here))

    def _baseline(self, lesson: Lesson, at: float) -> Signals | None:
        read_at, found = self._baselines.get(lesson.id, (0.0, None))
        if at - read_at >= BASELINE_S:
            counts = self.store.counts(lesson.id, BASELINE_STEP_S)
            found = baseline(counts, at - BASELINE_STEP_S)  # a step's end, not its start, must lie before now
            self._baselines[lesson.id] = at, found
        return found

    def _judge(self, lesson_id: int, look: Look) -> None:
        watch = self._watches.get(lesson_id)
        if watch is None:  # after a restart: what was said already
            watch = Watch(last_at=max((alert.at for alert in self.journal.alerts(lesson_id)), default=None))
        values = changes(look.now, look.before, look.view.present, look.view.visible, look.said["lost"])
        self._watches[lesson_id], alert = feed(
            watch,
            look.at,
            values,
            self.journal.threshold(lesson_id) or DEFAULT_THRESHOLD,
            alone(look.view.present, look.view.visible, look.view.faces),
        )
        if alert is not None:
            self.journal.log_alert(lesson_id, alert, look.at, apart_s=ALERTS_APART_S)
