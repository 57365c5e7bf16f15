"""The table and the summary of students. Rows come from plain lists here; a test holds the store's columns to them."""

import math

import pytest

from fer.insight.class_now import class_seen
from fer.insight.student_table import student_summary, student_table
from fer.records import EMOTIONS, LABELS, STATES
from tests.rows import (
    ANA,
    BEN,
    CEM,
    CLASS,
    COUNTS,
    DAN,
    EVE,
    GONE_AFTER_S,
    NOW,
    OBSERVED,
    RECENT,
    STUDENT_COUNTS,
    STUDENTS,
    frame,
    joined,
    seen,
)


def table(recent=(), students=CLASS, counts=()):
    return student_table(frame(RECENT, recent), students, frame(STUDENT_COUNTS, counts), NOW, GONE_AFTER_S)


def test_the_table_is_ready_to_show():
    counts = [
        (ANA, "neutral", 61),
        (ANA, "happy", 22),
        (ANA, "sad", 9),
        (ANA, "fear", 8),
        (ANA, "no face", 400),
        (BEN, "camera off", 7),
        (CEM, "unsure", 3),
    ]
    shown = student_table(OBSERVED, CLASS, frame(STUDENT_COUNTS, counts), NOW, GONE_AFTER_S)
    assert list(shown) == ["Student", "Now", "Over the lesson", "Last seen"]
    assert shown.index.tolist() == [ANA, BEN, CEM, DAN, EVE]
    assert shown.values.tolist() == [
        ["Ana", "happy 82 %", "neutral 61 % · happy 22 % · sad 9 %", "now"],
        ["Ben", "no face", "–", "now"],
        ["Cem", "gone", "unsure 100 %", "8 s ago"],
        ["Dan", "left", "–", "3 s ago"],
        ["Eve", "not started", "–", "never"],
    ]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([seen(ANA, 1, "unsure", confidence=0.39)], "unsure"),
        ([seen(ANA, 1, "camera off")], "camera off"),
        ([seen(ANA, 1, "happy", 1), seen(ANA, 1, "sad", 0)], "2 faces: sad, happy"),
        ([seen(ANA, 1, "happy", n) for n in range(3)], "3 faces: happy, happy, happy"),
        ([seen(ANA, 2, "happy"), seen(ANA, 1, "sad", confidence=1.0)], "sad 100 %"),
        ([seen(ANA, 6, "happy")], "gone"),
        ([], "gone"),
    ],
)
def test_now(rows, text):
    assert table(rows).loc[ANA, "Now"] == text


def test_who_came_back_is_shown_again():
    assert table([seen(DAN, 1, "happy")]).loc[DAN, "Now"] == "left"
    back = CLASS.assign(left_at=math.nan)
    assert table([seen(DAN, 1, "happy")], back).loc[DAN, "Now"] == "happy 82 %"


@pytest.mark.parametrize(
    ("ago_s", "text"),
    [
        (0, "now"),
        (-3, "now"),
        (1.9, "now"),
        (2, "2 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (7300, "2 h ago"),
        (None, "never"),
    ],
)
def test_last_seen(ago_s, text):
    assert table(students=joined((ANA, "Ana", None, ago_s))).loc[ANA, "Last seen"] == text


def test_names_are_sorted_as_people_read_them():
    students = joined(
        (1, "ben", None, 1), (2, "Ana", None, 1), (3, "Élise", None, 1), (4, "ana", None, 1), (5, "Fay", None, 1)
    )
    assert table(students=students)["Student"].tolist() == ["Ana", "ana", "ben", "Élise", "Fay"]


def test_an_empty_class_has_an_empty_table():
    empty = table(students=joined())
    assert empty.empty and empty.dtypes.to_dict() == table().dtypes.to_dict()


def test_the_summary_counts_states_and_shares_of_faces():
    counts = frame(STUDENT_COUNTS, [(BEN, "no face", 4), (ANA, "happy", 3), (ANA, "unsure", 1), (ANA, "no face", 4)])
    summary = student_summary(joined((BEN, "ben", 5, 6), (ANA, "Ana", None, 1), (CEM, "Cem", None, None)), counts)
    assert list(summary) == [
        "student",
        "joined_at",
        "left_at",
        "last_seen_at",
        "observations",
        "faces",
        *STATES,
        *(f"{label} share" for label in LABELS),
    ]
    assert summary[
        ["student", "observations", "faces", "happy", "unsure", "sad", "no face", "camera off"]
    ].values.tolist() == [["Ana", 8, 4, 3, 1, 0, 4, 0], ["ben", 4, 0, 0, 0, 0, 4, 0], ["Cem", 0, 0, 0, 0, 0, 0, 0]]
    assert summary.loc[0, ["happy share", "unsure share", "sad share"]].tolist() == [0.75, 0.25, 0.0]
    assert summary.loc[1:, "happy share"].isna().all()
    assert summary["left_at"].tolist()[1] == NOW - 5


def test_an_empty_summary_has_the_same_types():
    counts = frame(STUDENT_COUNTS, [(ANA, "happy", 3)])
    empty = student_summary(joined(), frame(STUDENT_COUNTS))
    assert empty.empty and empty.dtypes.to_dict() == student_summary(CLASS, counts).dtypes.to_dict()


def test_nothing_that_comes_in_is_changed():
    given = [OBSERVED.copy(), CLASS.copy()]
    class_seen(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    student_table(OBSERVED, CLASS, frame(STUDENT_COUNTS), NOW, GONE_AFTER_S)
    assert OBSERVED.equals(given[0]) and CLASS.equals(given[1])


def test_columns_are_the_stores(fresh_store):
    """What is typed above by hand is what the store returns."""
    assert fresh_store.recent(1, 0).dtypes.to_dict() == frame(RECENT).dtypes.to_dict()
    assert fresh_store.students(1).dtypes.to_dict() == frame(STUDENTS).dtypes.to_dict()
    assert fresh_store.student_counts(1).dtypes.to_dict() == frame(STUDENT_COUNTS).dtypes.to_dict()
    assert fresh_store.counts(1, 5).drop(columns="p").dtypes.to_dict() == frame(COUNTS).dtypes.to_dict()
    assert len(EMOTIONS) + 1 == len(LABELS)
