"""The students of a lesson that may show them: a table for the screen, and a summary of the lesson in numbers.

DataFrame in, DataFrame out; no clock and no database. Times are Unix seconds, shares lie in 0..1, and empty input gives
empty output of the same columns and types.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Set
from typing import Any

import pandas as pd

from fer.insight.class_now import newest_frames
from fer.insight.wording import NOTHING, percent
from fer.records import EMOTIONS, GONE, LABELS, STATES

LEFT, REMOVED, NOT_STARTED, NO_CAMERA = "left", "removed", "not started", "no camera"
NOW_S = 2.0  # "now" on screen: students are analysed about twice a second


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
    for row in newest_frames(recent, now, gone_after_s).sort_values("face").itertuples(index=False):
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


def by_name(name: str) -> str:
    """A sorting key that puts É beside E, as people expect, and ignores case."""
    return unicodedata.normalize("NFKD", name).casefold()


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
        return LEFT if pd.isna(student.removed_at) else REMOVED
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
    # Stable: equal counts keep the order of LABELS.
    most = sorted(counts, key=lambda label: counts[label], reverse=True)[:3]
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
