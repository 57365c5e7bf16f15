"""The table and the summary of students. Rows come from plain lists here; a test holds the store's columns to them."""

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
)


def table(students=CLASS, counts=()):
    return student_table(students, frame(STUDENT_COUNTS, counts))


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
    shown = table(counts=counts)
    assert list(shown) == ["Student", "Over the lesson"] and shown.index.tolist() == [ANA, BEN, CEM, DAN, EVE]
    assert shown["Over the lesson"].tolist() == ["neutral 61 % · happy 22 % · sad 9 %", "–", "unsure 100 %", "–", "–"]


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
    assert OBSERVED.equals(given[0]) and CLASS.equals(given[1])


def test_columns_are_the_stores(fresh_store):
    """What is typed above by hand is what the store returns."""
    assert fresh_store.recent(1, 0).dtypes.to_dict() == frame(RECENT).dtypes.to_dict()
    assert fresh_store.students(1).dtypes.to_dict() == frame(STUDENTS).dtypes.to_dict()
    assert fresh_store.student_counts(1).dtypes.to_dict() == frame(STUDENT_COUNTS).dtypes.to_dict()
    assert fresh_store.counts(1, 5).drop(columns="p").dtypes.to_dict() == frame(COUNTS).dtypes.to_dict()
    assert len(EMOTIONS) + 1 == len(LABELS)
