"""From the store's rows to what a teacher reads: the class now, a table of students, a timeline, a summary.

DataFrame in, DataFrame or frozen record out; no clock and no database, so the same input gives the same answer.
Times are Unix seconds, shares lie in 0..1, and empty input gives empty output of the same columns and types.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer.records import EMOTIONS, GONE, LABELS, STATES, STEP_S, Status

ROUND_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
LEFT, NOT_STARTED, NO_CAMERA, NOTHING = "left", "not started", "no camera", "–"
NOW_S = 2.0  # "now" on screen: students are analysed about twice a second


@dataclass(frozen=True, slots=True, eq=False)
class ClassNow:
    """The class at one time. ``visible`` is None where too few are there to say.

    ``shares`` has one row per label in the order of ``LABELS``: label, n (faces), share (of all faces; 0 without
    faces). ``newest_at`` is the newest observation's time and ``age_s`` how old it is, None without observations.
    """

    present: int
    visible: int | None
    faces: int
    shares: pd.DataFrame
    newest_at: float | None
    age_s: float | None


def class_now(recent: pd.DataFrame, students: pd.DataFrame, now: float, gone_after_s: float) -> ClassNow:
    """Counts each present student's newest frame: present is who sent one within ``gone_after_s`` and has not left."""
    here = set(students.loc[students["left_at"].isna(), "student_id"])
    frames = _newest_frames(recent, now, gone_after_s)
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
    """The same of a class-only lesson, from the newest of its released steps (``Store.counts(..., 1)``)."""
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


def student_table(
    recent: pd.DataFrame,
    students: pd.DataFrame,
    student_counts: pd.DataFrame,
    now: float,
    gone_after_s: float,
    present: Set[int] = frozenset(),
) -> pd.DataFrame:
    """The class as text, by name: Student, Now, Over the lesson, Last seen; indexed by student_id.

    ``recent`` must reach back at least ``gone_after_s``; ``present``: students whose page is open, camera or not."""
    frames = defaultdict(list)  # plain tuples: a DataFrame per student takes ten times as long
    for row in _newest_frames(recent, now, gone_after_s).sort_values("face").itertuples(index=False):
        frames[row.student_id].append(row)
    labels = _label_counts(student_counts)
    rows = [
        (
            row.student_id,
            row.name,
            _now_text(row, frames[row.student_id], row.student_id in present),
            _lesson_text(labels.get(row.student_id, {})),
            _ago(row.last_seen_at, now),
        )
        for row in students.itertuples(index=False)
    ]
    rows.sort(key=lambda row: (by_name(row[1]), row[0]))
    table = pd.DataFrame(rows, columns=["student_id", "Student", "Now", "Over the lesson", "Last seen"])
    return table.astype({"student_id": "int64"} | dict.fromkeys(table.columns[1:], "str")).set_index("student_id")


def timeline_step_s(duration_s: float, most: int = 61) -> int:
    """A round number of seconds that cuts ``duration_s``, wherever it starts, into at most ``most`` buckets."""
    if most < 2:
        raise ValueError(f"A timeline needs at least 2 buckets. Received: {most!r}")
    shortest_s = max(duration_s, 0) / (most - 1)  # one bucket less: the first and the last are seldom whole
    hours_s = 3600 * math.ceil(shortest_s / 3600)
    return next((step_s for step_s in ROUND_STEPS_S if step_s >= shortest_s), hours_s)


def timeline(counts: pd.DataFrame, step_s: int) -> pd.DataFrame:
    """Faces over time from ``Store.counts(..., step_s)``: time and until (the bucket's ends, UTC), state, n, share (of
    the bucket's faces). A bucket without faces has no rows."""
    faces = counts[counts["state"].isin(LABELS) & (counts["n"] > 0)].reset_index(drop=True)
    total = faces.groupby("time")["n"].transform("sum").astype("int64")
    return pd.DataFrame(
        {
            "time": pd.to_datetime(faces["time"], unit="s", utc=True),
            "until": pd.to_datetime(faces["time"] + step_s, unit="s", utc=True),
            "state": faces["state"],
            "n": faces["n"],
            "share": (faces["n"] / total).astype("float64"),
        }
    )


def student_summary(students: pd.DataFrame, student_counts: pd.DataFrame) -> pd.DataFrame:
    """The lesson per student, by name: student, joined_at, left_at, last_seen_at, observations, faces, then a count
    per state, then "<label> share" of that student's faces (NaN without faces)."""
    counts = _wide(student_counts).reindex(students["student_id"], fill_value=0)
    faces = counts[list(LABELS)].sum(axis=1)
    shares = counts[list(LABELS)].div(faces.where(faces > 0), axis=0).add_suffix(" share").astype("float64")
    who = students.rename(columns={"name": "student"}).set_index("student_id")[
        ["student", "joined_at", "left_at", "last_seen_at"]
    ]
    summary = who.assign(observations=counts.sum(axis=1), faces=faces).join([counts, shares])
    return summary.sort_values("student", key=lambda names: names.map(by_name), kind="stable").reset_index(drop=True)


def coverage_at(coverage: pd.DataFrame, since: float, until: float) -> tuple[int, int | None] | None:
    """Present and visible students (None where too few were there to say) at the last step of ``Store.coverage`` that
    began in [since, until); None where nobody was there."""
    steps = coverage[(coverage["time"] >= since) & (coverage["time"] < until)]
    if steps.empty:
        return None
    last = steps.loc[steps["time"].idxmax()]
    return int(last["present"]), None if pd.isna(last["visible"]) else int(last["visible"])


def by_name(name: str) -> str:
    """A sorting key that puts É beside E, as people expect, and ignores case."""
    return unicodedata.normalize("NFKD", name).casefold()


def percent(share: float) -> str:
    """A share as a person reads it: "82 %", and "<1 %" for what would round to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _newest_frames(recent: pd.DataFrame, now: float, gone_after_s: float) -> pd.DataFrame:
    """Each student's newest frame, if it is new enough; one frame has a row per face."""
    newest_at: dict[int, float] = {}
    rows = list(zip(recent["student_id"].tolist(), recent["observed_at"].tolist(), strict=True))
    for student_id, at in rows:  # a quarter of the time of a groupby, every second
        newest_at[student_id] = max(at, newest_at.get(student_id, at))
    is_newest = [at == newest_at[student_id] and at >= now - gone_after_s for student_id, at in rows]
    return recent[np.array(is_newest, dtype=bool)]


def _label_counts(student_counts: pd.DataFrame) -> dict[int, dict[str, int]]:
    """Faces per label of every student, in the order of ``LABELS``."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(LABELS, 0))
    for student_id, state, n in zip(
        *(student_counts[name].tolist() for name in ("student_id", "state", "n")), strict=True
    ):
        if state in LABELS:
            found[student_id][state] += n
    return found


def _wide(student_counts: pd.DataFrame) -> pd.DataFrame:
    """One row per student_id, one column per state, 0 where nothing was counted."""
    wide = student_counts.pivot_table(index="student_id", columns="state", values="n", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=list(STATES), fill_value=0).astype("int64")
    return wide.rename_axis(columns=None)


def _now_text(student: Any, frame: list, is_present: bool) -> str:
    if pd.notna(student.left_at):
        return LEFT
    if not frame and is_present:
        return NO_CAMERA
    if not frame:
        return NOT_STARTED if pd.isna(student.last_seen_at) else GONE
    if len(frame) > 1:
        return f"{len(frame)} faces: {', '.join(face.label for face in frame)}"
    [one] = frame
    return f"{one.state} {percent(one.confidence)}" if one.state in EMOTIONS else one.state


def _lesson_text(counts: dict[str, int]) -> str:
    faces = sum(counts.values())
    most = sorted(counts, key=lambda label: counts[label], reverse=True)[
        :3
    ]  # stable: equal counts keep the order of LABELS
    return " · ".join(f"{label} {percent(counts[label] / faces)}" for label in most if counts[label]) or NOTHING


def _ago(seen_at: float, now: float) -> str:
    if pd.isna(seen_at):
        return "never"
    age_s = now - seen_at
    if age_s < NOW_S:
        return "now"
    if age_s < 60:
        return f"{int(age_s)} s ago"
    return f"{int(age_s // 60)} min ago" if age_s < 3600 else f"{int(age_s // 3600)} h ago"
