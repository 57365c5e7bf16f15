import pandas as pd
import pytest

from fer.insight import charts
from fer.insight.video_figures import face_times, moments
from fer.records import EMOTIONS


def video(*seen):
    """Rows of (time, face, expression or None, why unsure)."""
    rows = []
    for time_s, face, expression, *why in seen:
        p = dict.fromkeys(EMOTIONS, 0.02) | {expression: 0.88} if expression in EMOTIONS else {}
        rows.append(
            {"time_s": time_s, "face": face, "expression": expression} | p | {"unsure_because": (why or [None])[0]}
        )
    return pd.DataFrame(rows, columns=["time_s", "face", "expression", "unsure_because", *EMOTIONS])


def test_each_face_has_its_times_and_what_was_seen_once_is_left_out():
    times = face_times(video((0, 0, "happy"), (0, 1, "sad"), (1, 0, "happy"), (2, None, None), (3, 0, "sad")), 0.5)
    assert times[["face", "time_s", "until_s", "expression"]].values.tolist() == [
        [0, 0, 0.5, "happy"],
        [0, 1, 1.5, "happy"],
        [0, 3, 3.5, "sad"],
    ]
    assert times["share"].tolist() == pytest.approx([0.88] * 3)
    assert len(face_times(video((0, 0, "happy")), 0.5)) == 1 and len(face_times(video(), 0.5)) == 0


def test_a_face_stands_out_where_it_looks_as_it_usually_does_not():
    seen = [(t, 0, "neutral") for t in range(10)] + [(t, 1, "happy") for t in range(10)]
    seen[4], seen[5], seen[13] = (4, 0, "surprise"), (5, 0, "surprise"), (3, 1, "unsure", "covered")
    found = moments(video(*seen))
    assert found[["face", "time_s", "expression"]].values.tolist() == [[0, 4, "surprise"]]
    assert found["change"].tolist() == pytest.approx([0.86])
    assert len(moments(video(*[(t, 0, "happy") for t in range(5)]))) == len(moments(video())) == 0


def test_the_charts_have_every_face_and_every_probability():
    times = face_times(video((0, 0, "happy"), (0, 1, "sad"), (1, 0, "happy"), (1, 1, "sad")), 0.5)
    chart = charts.face_times_chart(times).to_dict()
    assert chart["encoding"]["y"]["field"] == "face" and len(next(iter(chart["datasets"].values()))) == 4
    one = charts.probabilities_chart((0.001, 0, 0, 0.9, 0.05, 0.049, 0)).to_dict()
    [rows] = one["datasets"].values()
    assert [row["label"] for row in rows] == list(EMOTIONS) and [row["text"] for row in rows][:4] == [
        "<1 %",
        "0 %",
        "0 %",
        "90 %",
    ]
