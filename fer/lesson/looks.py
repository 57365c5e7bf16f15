"""The way of a lesson through a dashboard's second: read what is known, work it out, judge the alerts, write.

Once a second per lesson, however many dashboards look. A thread looks where no dashboard does, so that alerts come then, too.
"""

import logging
import threading
import time
from dataclasses import dataclass

import pandas as pd

from fer.config import Settings
from fer.insight.alerts import APART_S, DEFAULT_THRESHOLD, Watch
from fer.insight.class_now import BASELINE_STEP_S, TREND_S, TREND_STEP_S, Known, Look, judge, work_out
from fer.insight.signals import NOW_S
from fer.lesson.background import Repeating
from fer.lesson.seats import NEVER, Seats
from fer.privacy.release import PAUSE_S
from fer.records import CLASS_ONLY, Lesson
from fer.store.journal import ENDED, Journal
from fer.store.store import Store

FRESH_S = 0.9
BASELINE_S = 15.0  # the baseline is read again so often
EVERY_S = 5.0  # each lesson is looked at so often where no dashboard is open

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Kept:
    """What is kept of a lesson between two looks."""

    watch: Watch = Watch()
    last: Look | None = None
    looked_at: float = NEVER  # time.monotonic's, as the next
    baseline_at: float = NEVER  # when the baseline was read


class Looks(Repeating):
    """Safe to share between threads."""

    def __init__(self, store: Store, journal: Journal, seats: Seats, settings: Settings):
        self.store, self.journal, self.seats, self.settings = store, journal, seats, settings
        self._lock = threading.Lock()
        self._kept: dict[int, Kept] = {}
        super().__init__("alerts", EVERY_S)

    def _again(self) -> None:
        self.look_at_all()

    def _tell(self, error: Exception) -> None:
        log.error("Alerts cannot be judged (tried again; not logged again until it works)", exc_info=error)

    def look_at_all(self) -> None:
        """Looks at every open lesson in which anybody is; costs nothing for the others."""
        for lesson_id in sorted({seat.lesson_id for seat in self.seats.all()}):
            present = self.seats.present(lesson_id, self.settings.gone_after_s)
            lesson = self.store.lesson(lesson_id) if present else None
            if lesson is not None and lesson.is_open:
                self.look(lesson)

    def look(self, lesson: Lesson) -> Look:
        """The class now, at most ``FRESH_S`` old."""
        with self._lock:
            looked_at, at, kept = time.monotonic(), time.time(), self._kept.get(lesson.id)
            if kept is None or kept.last is None or at < kept.last.known.at:  # the last: the clock came back
                kept = Kept()
            elif looked_at - kept.looked_at < FRESH_S:
                return kept.last
            baseline_at = looked_at if looked_at - kept.baseline_at >= BASELINE_S else kept.baseline_at
            look = work_out(self._read(lesson, at, kept.last, with_earlier=baseline_at == looked_at), kept.last)
            watch, alert, over = judge(kept.watch, look)
            if alert is not None:
                self.journal.log_alert(lesson.id, alert, at, apart_s=APART_S)
            for ended in over:
                self.journal.close_alert(ended.id, ENDED, at)
            if lesson.started_at > at:
                self.store.started_by(lesson.id, at)
            self._kept[lesson.id] = Kept(watch, look, looked_at, baseline_at)
            return look

    def look_again(self, lesson_id: int) -> None:
        """What was written just now is in the next look, however soon that is."""
        with self._lock:
            if lesson_id in self._kept:
                self._kept[lesson_id].looked_at = NEVER

    def forget(self, lesson_id: int) -> None:
        with self._lock:
            self._kept.pop(lesson_id, None)

    def _read(self, lesson: Lesson, at: float, last: Look | None, with_earlier: bool) -> Known:
        """Nothing from after ``at``, where rows lie that were written while the clock was ahead."""
        store, gone_after_s = self.store, self.settings.gone_after_s
        here = self.seats.here(lesson.id, gone_after_s)
        return Known(
            lesson,
            at,
            recent=store.recent(lesson.id, at - gone_after_s, at),
            students=store.students(lesson.id),
            counts=self._counts_now(lesson, at),
            earlier=store.counts(lesson.id, BASELINE_STEP_S, until=at) if with_earlier else None,
            trend=self._read_trend(lesson.id, at, last) if with_earlier and lesson.has_students else None,
            here=here.students,
            faces_seen=here.faces,
            showed=here.showed,
            said=self.journal.said_now(lesson, at, here.students),
            alerts=tuple(alert for alert in self.journal.alerts(lesson.id) if alert.at <= at),
            threshold=self.journal.threshold(lesson.id) or DEFAULT_THRESHOLD,
            settings=self.settings,
        )

    def _counts_now(self, lesson: Lesson, at: float) -> pd.DataFrame:
        """Of the last ``NOW_S``; while the figures of a class-only lesson pause, what came before."""
        counts = self.store.counts(lesson.id, 1, at - NOW_S, at)
        if counts.empty and lesson.view == CLASS_ONLY:
            counts = self.store.counts(lesson.id, 1, at - NOW_S - PAUSE_S, at)
        return counts

    def _read_trend(self, lesson_id: int, at: float, last: Look | None) -> pd.DataFrame:
        """From the step on that was not over yet; all five minutes of a large class would take a tenth of a second."""
        before = last.trend if last is not None else None
        since = at - TREND_S if before is None or before.empty else float(before["time"].max())
        return self.store.trend(lesson_id, TREND_STEP_S, since // TREND_STEP_S * TREND_STEP_S, at)
