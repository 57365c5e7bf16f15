"""The class now: all that is known of a lesson at one time, and what every dashboard shows of it.

``fer.lesson.looks`` reads a ``Known`` once a second and writes the alert. What lies between is worked out here, from that
record alone: no clock and no database.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer.config import Settings
from fer.insight.alerts import LOST, Watch, alone, changes, feed, over
from fer.insight.headline import Headline, headline, presence_headline
from fer.insight.signals import Signals, baseline, signals
from fer.insight.urgent import Urgent, urgent
from fer.privacy.release import visible_shown
from fer.records import LABELS, STEP_S, Alert, Lesson, Status
from fer.store.journal import LoggedAlert

BASELINE_STEP_S = 15  # the baseline is worked out from counts of so many seconds
TREND_S, TREND_STEP_S = 300, 15  # how far the students' trends reach back, and in which steps


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of a lesson ``at`` a time (Unix seconds).

    The frames are the store's: ``recent`` and ``students``; ``counts``: of the last ``signals.NOW_S``, second by second;
    ``earlier``: of the whole lesson in steps of ``BASELINE_STEP_S``, or None where it was not read again.
    ``trend``: of the students from some step on, or None likewise and where a lesson does not show them.
    ``here``: students whose page is open or whose frames arrive; ``faces_seen``: how many of them show a face;
    ``showed``: how many have shown one in the last minute.
    ``said``: how many of them say each word, None where too few do to say; ``threshold``: of the lesson's
    ``alerts``, 0 to 1."""

    lesson: Lesson
    at: float
    recent: pd.DataFrame
    students: pd.DataFrame
    counts: pd.DataFrame
    earlier: pd.DataFrame | None
    trend: pd.DataFrame | None
    here: frozenset[int]
    faces_seen: int
    showed: int
    said: dict[str, int] | None
    alerts: tuple[LoggedAlert, ...]
    threshold: float
    settings: Settings


@dataclass(frozen=True, slots=True, eq=False)
class ClassNow:
    """The class at one time. ``visible`` is None where too few are there to say. ``dropped``: students who have not left,
    but are not here either.

    ``shares`` has one row per label in the order of ``LABELS``: label, n (faces), share (of all faces; 0 without
    faces). ``newest_at`` is the newest observation's time and ``age_s`` how old it is, None without observations.
    """

    present: int
    visible: int | None
    faces: int
    shares: pd.DataFrame
    newest_at: float | None
    age_s: float | None
    dropped: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What every dashboard of a lesson shows: what is known, the class, its signals now and before, the students' trends
    (``Store.trend``; None where a lesson does not show them), the headline, and what comes before it."""

    known: Known
    view: ClassNow
    now: Signals | None
    before: Signals | None
    trend: pd.DataFrame | None

    # Worked out for each reader, because they are in the reader's language.

    @property
    def headline(self) -> Headline:
        view = self.view
        if not self.known.lesson.has_expressions:
            return presence_headline(view.present, view.dropped)
        return headline(self.now, self.before, view.present, view.visible, view.age_s, view.dropped)

    @property
    def urgent(self) -> Urgent | None:
        known, view = self.known, self.view
        return urgent(known.alerts, known.at, lost(known), view.present, bool(view.faces))


def work_out(known: Known, last: Look | None = None) -> Look:
    """The look of what is known; ``last``: the one before it, whose baseline and trends go on."""
    view = class_now(known)
    now = signals(known.counts) if view.faces else None
    if known.earlier is not None:
        before = baseline(known.earlier, known.at - BASELINE_STEP_S)  # a step's end, not its start, must lie before now
    else:
        before = last.before if last is not None else None
    return Look(known, view, now, before, trend(known, last))


def trend(known: Known, last: Look | None) -> pd.DataFrame | None:
    """The students' trends: what was read anew, after what is older."""
    before = last.trend if last is not None else None
    if known.trend is None or before is None:
        return known.trend if before is None else before
    if known.trend.empty:
        return before
    older = before[(before["time"] < known.trend["time"].min()) & (before["time"] >= known.at - TREND_S - TREND_STEP_S)]
    return pd.concat([older, known.trend], ignore_index=True)


def judge(watch: Watch, look: Look) -> tuple[Watch, Alert | None, list[LoggedAlert]]:
    """The alerts' machine after this look, the alert it raises, if any, and the open ones whose reason has gone."""
    view, known = look.view, look.known
    values = changes(look.now, look.before, view.present, view.visible, lost(known))
    weight = alone(view.present, view.visible, view.faces)
    watch, alert = feed(watch, known.at, values, known.threshold, weight, known.alerts)
    return watch, alert, over(watch, values, known.threshold, weight, known.alerts)


def lost(known: Known) -> int:
    """How many say that they are; 0 where too few do to say."""
    return (known.said or {}).get(LOST, 0)


def class_now(known: Known) -> ClassNow:
    lesson, present, settings = known.lesson, len(known.here), known.settings
    if lesson.has_students:
        seen = class_seen(known.recent, known.students, known.at, settings.gone_after_s)
        seen = replace(seen, present=max(present, seen.present))  # who has no camera is there, too
    else:
        visible = visible_shown(lesson.view, known.showed, known.faces_seen, settings.least_visible)
        seen = class_released(known.counts, present, visible, known.at)
    joined = int(known.students["left_at"].isna().sum())
    return replace(seen, dropped=max(0, joined - seen.present))


def class_seen(recent: pd.DataFrame, students: pd.DataFrame, now: float, gone_after_s: float) -> ClassNow:
    """Counts each present student's newest frame: present is who sent one within ``gone_after_s`` and has not left."""
    here = set(students.loc[students["left_at"].isna(), "student_id"])
    frames = newest_frames(recent, now, gone_after_s)
    rows = [
        row
        for row in zip(*(frames[name].tolist() for name in ("student_id", "status", "label")), strict=True)
        if row[0] in here
    ]
    faces = [(student_id, label) for student_id, status, label in rows if status == Status.FACE.value]
    newest_at = float(recent["observed_at"].max()) if len(recent) else None
    return _class_now(
        len({row[0] for row in rows}),
        len({student_id for student_id, _ in faces}),
        Counter(label for _, label in faces),
        newest_at,
        now,
    )


def class_released(counts: pd.DataFrame, present: int, visible: int | None, now: float) -> ClassNow:
    """The class of a class-only lesson, from the newest of its released steps (``Store.counts(..., 1)``)."""
    newest = counts[counts["time"] == counts["time"].max()]
    newest_at = float(newest["time"].max()) + STEP_S if len(newest) else None
    return _class_now(present, visible, Counter(dict(zip(newest["state"], newest["n"], strict=True))), newest_at, now)


def _class_now(present: int, visible: int | None, of: Counter, newest_at: float | None, now: float) -> ClassNow:
    n = np.array([of[label] for label in LABELS], dtype="int64")
    faces = int(n.sum())
    shares = pd.DataFrame({"label": pd.Series(LABELS, dtype="str"), "n": n, "share": n / max(faces, 1)})
    return ClassNow(
        present, visible, faces, shares, newest_at, None if newest_at is None else max(0.0, now - newest_at)
    )


def newest_frames(recent: pd.DataFrame, now: float, gone_after_s: float) -> pd.DataFrame:
    """Each student's newest frame, if it is new enough; one frame has a row per face."""
    newest_at: dict[int, float] = {}
    rows = list(zip(recent["student_id"].tolist(), recent["observed_at"].tolist(), strict=True))
    for student_id, at in rows:  # a quarter of the time of a groupby, every second
        newest_at[student_id] = max(at, newest_at.get(student_id, at))
    is_newest = [at == newest_at[student_id] and at >= now - gone_after_s for student_id, at in rows]
    return recent[np.array(is_newest, dtype=bool)]
