"""From rows to what a teacher reads. Rows come from plain lists here; test_store holds the store's columns to them."""

import math

import pandas as pd
import pytest

from fer.insight.aggregate import (
    class_now,
    coverage_at,
    percent,
    student_summary,
    student_table,
    timeline,
    timeline_step_s,
)
from fer.records import EMOTIONS, LABELS, STATES

NOW, GONE_AFTER_S = 1_700_000_100.0, 5.0
RECENT = {
    "student_id": "int64",
    "observed_at": "float64",
    "status": "str",
    "face": "int64",
    "label": "str",
    "state": "str",
    "confidence": "float64",
}
STUDENTS = {
    "student_id": "int64",
    "name": "str",
    "joined_at": "float64",
    "left_at": "float64",
    "last_seen_at": "float64",
}
STUDENT_COUNTS = {"student_id": "int64", "state": "str", "n": "int64"}
COUNTS = {"time": "int64", "state": "str", "n": "int64"}
ANA, BEN, CEM, DAN, EVE = 1, 2, 3, 4, 5


def frame(columns, rows=()):
    return pd.DataFrame(list(rows), columns=list(columns)).astype(columns)


def seen(student_id, ago_s, state, number=0, confidence=0.824):
    if state in LABELS:
        return student_id, NOW - ago_s, "face", number, state, state, confidence
    return student_id, NOW - ago_s, state, 0, None, state, None


def joined(*students):
    """Students as (id, name, left seconds ago or None, last seen seconds ago or None)."""
    return frame(
        STUDENTS,
        [
            (student_id, name, NOW - 600, None if left is None else NOW - left, None if last is None else NOW - last)
            for student_id, name, left, last in students
        ],
    )


CLASS = joined(
    (ANA, "Ana", None, 1), (BEN, "Ben", None, 1), (CEM, "Cem", None, 8), (DAN, "Dan", 2, 3), (EVE, "Eve", None, None)
)
OBSERVED = frame(
    RECENT,
    [
        seen(ANA, 4, "sad"),
        seen(ANA, 1, "happy"),
        seen(BEN, 2, "neutral"),
        seen(BEN, 1, "no face"),
        seen(CEM, 8, "fear"),
        seen(DAN, 3, "angry"),
    ],
)


def test_the_class_now_counts_each_present_students_newest_frame():
    view = class_now(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (2, 1, 1)
    assert view.shares["label"].tolist() == list(LABELS)
    assert view.shares["n"].tolist() == [int(label == "happy") for label in LABELS]
    assert (view.newest_at, view.age_s) == (NOW - 1, 1)


def test_every_face_of_a_newest_frame_counts_but_one_student_is_visible_once():
    recent = frame(
        RECENT, [seen(ANA, 1, "happy", 0), seen(ANA, 1, "unsure", 1), seen(BEN, 1, "happy"), seen(ANA, 2, "sad")]
    )
    view = class_now(recent, CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (2, 2, 3)
    shares = dict(zip(view.shares["label"], view.shares["share"], strict=True))
    assert shares["happy"] == pytest.approx(2 / 3) and shares["unsure"] == pytest.approx(1 / 3)
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("state", ["no face", "camera off"])
def test_no_face_and_camera_off_are_present_but_not_an_expression(state):
    view = class_now(frame(RECENT, [seen(ANA, 1, state)]), CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (1, 0, 0)
    assert view.shares[["n", "share"]].to_numpy().sum() == 0


@pytest.mark.parametrize(("ago_s", "present"), [(0, 1), (4.9, 1), (5, 1), (5.1, 0), (-0.5, 1)])
def test_a_student_is_present_until_gone_after_s(ago_s, present):
    view = class_now(frame(RECENT, [seen(ANA, ago_s, "happy")]), CLASS, NOW, GONE_AFTER_S)
    assert view.present == present and view.age_s == pytest.approx(max(0, ago_s), abs=1e-6)


def test_nobody_is_nobody():
    view = class_now(frame(RECENT), joined(), NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces, view.newest_at, view.age_s) == (0, 0, 0, None, None)
    assert view.shares["share"].tolist() == [0.0] * 8
    busy = class_now(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    assert view.shares.dtypes.to_dict() == busy.shares.dtypes.to_dict()


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


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.824, "82 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert percent(share) == text


def test_the_timeline_shows_shares_of_faces_and_leaves_gaps():
    counts = frame(
        COUNTS, [(60, "happy", 3), (60, "unsure", 1), (60, "no face", 50), (75, "camera off", 9), (90, "sad", 2)]
    )
    shown = timeline(counts, 15)
    assert list(shown) == ["time", "until", "state", "n", "share"]
    assert shown[["state", "n", "share"]].values.tolist() == [["happy", 3, 0.75], ["unsure", 1, 0.25], ["sad", 2, 1.0]]
    assert [str(time) for time in shown["time"].unique()] == ["1970-01-01 00:01:00+00:00", "1970-01-01 00:01:30+00:00"]
    assert ((shown["until"] - shown["time"]).dt.total_seconds() == 15).all()


def test_an_empty_timeline_has_the_same_types():
    filled = timeline(frame(COUNTS, [(60, "happy", 3)]), 15)
    for counts in (frame(COUNTS), frame(COUNTS, [(60, "no face", 3)])):
        empty = timeline(counts, 15)
        assert empty.empty and empty.dtypes.to_dict() == filled.dtypes.to_dict()
    assert isinstance(filled["time"].dtype, pd.DatetimeTZDtype)


@pytest.mark.parametrize(
    ("duration_s", "step_s"),
    [
        (0, 1),
        (-5, 1),
        (60, 1),
        (61, 2),
        (90, 2),
        (300, 5),
        (2700, 60),
        (5400, 120),
        (10800, 300),
        (86400, 1800),
        (1e6, 18000),
    ],
)
def test_the_timelines_step_is_round(duration_s, step_s):
    assert timeline_step_s(duration_s) == step_s


@pytest.mark.parametrize("most", [2, 10, 90])
def test_no_timeline_has_more_buckets_than_asked_for(most):
    for duration_s in [0.5, *range(1, 400, 7), 1000.4, 5400, 9999.9, 40000, 1e6]:
        step_s = timeline_step_s(duration_s, most)
        for start in (0.0, 0.9, step_s - 0.1, step_s / 2):
            assert (start + duration_s) // step_s - start // step_s + 1 <= most


def test_a_timeline_of_one_bucket_is_refused():
    with pytest.raises(ValueError, match="at least 2 buckets. Received: 1"):
        timeline_step_s(60, 1)


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
    class_now(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    student_table(OBSERVED, CLASS, frame(STUDENT_COUNTS), NOW, GONE_AFTER_S)
    assert OBSERVED.equals(given[0]) and CLASS.equals(given[1])


def test_columns_are_the_stores(fresh_store):
    """What is typed above by hand is what the store returns."""
    assert fresh_store.recent(1, 0).dtypes.to_dict() == frame(RECENT).dtypes.to_dict()
    assert fresh_store.students(1).dtypes.to_dict() == frame(STUDENTS).dtypes.to_dict()
    assert fresh_store.student_counts(1).dtypes.to_dict() == frame(STUDENT_COUNTS).dtypes.to_dict()
    assert fresh_store.counts(1, 5).drop(columns="p").dtypes.to_dict() == frame(COUNTS).dtypes.to_dict()
    assert len(EMOTIONS) + 1 == len(LABELS)


def test_coverage_at_a_time_is_the_last_that_was_noted():
    noted = pd.DataFrame({"time": [0, 5, 10], "present": [4, 5, 3], "visible": [4.0, 3.0, math.nan]})
    assert [coverage_at(noted, *span) for span in ((0, 10), (0, 15), (15, 30))] == [(5, 3), (3, None), None]
