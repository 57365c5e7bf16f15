"""A course's lessons beside each other."""

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from fer.insight.course_figures import course_figures, places
from tests.rows import counts


def test_what_a_course_never_showed_is_no_zero():
    lessons = pd.DataFrame(
        {
            "lesson_id": [8, 7],
            "title": ["Later", "First"],
            "started_at": [9.0, 5.0],
            "ended_at": [None, 8.0],
            "students": [3, 4],
        }
    )
    of = counts((0, 10, 0, {"happy": 0.6, "sad": 0.4})).assign(lesson_id=7)
    covered = pd.DataFrame({"lesson_id": [7], "present": [40], "visible": [30]})
    said = pd.DataFrame({"lesson_id": [7, 8, 8], "word": ["lost", "got it", "alerts"], "n": [2, 5, 1]})
    table = course_figures(lessons, of, covered, said)
    assert list(table["title"]) == ["First", "Later"] and list(table["coverage"].fillna(-1)) == [0.75, -1]
    assert table[["positive", "neutral", "negative", "valence"]].iloc[0].tolist() == pytest.approx([0.6, 0, 0.4, 0.2])
    assert table.loc[1, ["positive", "neutral", "negative", "valence", "concentration"]].isna().all()
    assert table[["lost", "slower", "alerts"]].to_numpy().tolist() == [[2, 0, 0], [0, 0, 1]]
    assert course_figures(lessons.iloc[:0], of.iloc[:0], covered.iloc[:0], said.iloc[:0]).empty


def test_lessons_of_one_day_are_told_apart():
    hour, day = 3600, 86400
    assert places([0, day, day + hour, day + hour + 20], ZoneInfo("Europe/Berlin")) == [
        "01 Jan 70",
        "02 Jan 70, 01:00",
        "02 Jan 70, 02:00 (1)",
        "02 Jan 70, 02:00 (2)",
    ]
