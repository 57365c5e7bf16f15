"""A lesson over time. Rows come from plain lists here."""

import math

import pandas as pd
import pytest

from fer.insight.timeline import coverage_at, faces_over_time, present_over_time, timeline_step_s
from tests.rows import COUNTS, frame


def test_the_timeline_shows_shares_of_faces_and_leaves_gaps():
    counts = frame(
        COUNTS, [(60, "happy", 3), (60, "unsure", 1), (60, "no face", 50), (75, "camera off", 9), (90, "sad", 2)]
    )
    shown = faces_over_time(counts, 15)
    assert list(shown) == ["time", "until", "state", "n", "share"]
    assert shown[["state", "n", "share"]].values.tolist() == [["happy", 3, 0.75], ["unsure", 1, 0.25], ["sad", 2, 1.0]]
    assert [str(time) for time in shown["time"].unique()] == ["1970-01-01 00:01:00+00:00", "1970-01-01 00:01:30+00:00"]
    assert ((shown["until"] - shown["time"]).dt.total_seconds() == 15).all()


def test_an_empty_timeline_has_the_same_types():
    filled = faces_over_time(frame(COUNTS, [(60, "happy", 3)]), 15)
    for counts in (frame(COUNTS), frame(COUNTS, [(60, "no face", 3)])):
        empty = faces_over_time(counts, 15)
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


def test_coverage_at_a_time_is_the_last_that_was_noted():
    noted = pd.DataFrame({"time": [0, 5, 10], "present": [4, 5, 3], "visible": [4.0, 3.0, math.nan]})
    assert [coverage_at(noted, *span) for span in ((0, 10), (0, 15), (15, 30))] == [(5, 3), (3, None), None]


def test_who_was_there_over_time_is_the_most_of_each_step():
    coverage = pd.DataFrame({"time": [0, 5, 65], "present": [3, 8, 2], "visible": [None] * 3})
    table = present_over_time(coverage, 60)
    assert table["present"].tolist() == [8, 2]
    assert (table["until"] - table["time"]).dt.total_seconds().tolist() == [60, 60]
    assert present_over_time(coverage.iloc[:0], 60).empty
