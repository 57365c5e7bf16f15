"""The students of a lesson that may show them, afterwards: a table for the screen, and a summary in numbers.

DataFrame in, DataFrame out; no clock and no database. Times are Unix seconds, shares lie in 0..1, and empty input gives
empty output of the same columns and types.
"""

import unicodedata
from collections import defaultdict

import pandas as pd

from fer.insight.wording import NOTHING, percent
from fer.languages import _
from fer.records import LABELS, STATES


def student_table(students: pd.DataFrame, student_counts: pd.DataFrame) -> pd.DataFrame:
    """The class as text, by name: Student, Over the lesson; indexed by student_id."""
    labels = _label_counts(student_counts)
    rows = [
        (row.student_id, row.name, _lesson_text(labels.get(row.student_id, {})))
        for row in students.itertuples(index=False)
    ]
    rows.sort(key=lambda row: (by_name(row[1]), row[0]))
    table = pd.DataFrame(rows, columns=["student_id", _("Student"), _("Over the lesson")])
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


def _lesson_text(counts: dict[str, int]) -> str:
    faces = sum(counts.values())
    # Stable: equal counts keep the order of LABELS.
    most = sorted(counts, key=lambda label: counts[label], reverse=True)[:3]
    return " · ".join(f"{_(label)} {percent(counts[label] / faces)}" for label in most if counts[label]) or NOTHING
