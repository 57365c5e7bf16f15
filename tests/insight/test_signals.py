"""Signals and the line in words, from counts only."""

import pandas as pd
import pytest

from fer.insight import signals as of
from fer.insight.signals import Signals, baseline, course_figures, line, signals, signals_over_time
from fer.records import EMOTIONS


def counts(*steps):
    """Rows of ``Store.counts``; a step is (time, faces, unsure, {emotion: mean probability})."""
    rows = []
    for time, faces, unsure, means in steps:
        rows += [
            (time, name, faces - unsure if name == max(means, key=means.get) else 0, means.get(name, 0.0) * faces)
            for name in EMOTIONS
        ]
        rows += [(time, "unsure", unsure, 0.0), (time, "no face", 3, 0.0)]
    return pd.DataFrame(rows, columns=["time", "state", "n", "p"])


def one(unsure=0.0, **means):
    rest = {"neutral": 1 - sum(means.values())} if "neutral" not in means else {}
    means = means | rest
    return Signals(tuple(means.get(name, 0.0) for name in EMOTIONS), unsure, 20)


def test_the_formulas():
    found = signals(counts((0, 10, 2, {"happy": 0.2, "neutral": 0.4, "sad": 0.2, "angry": 0.1, "surprise": 0.1})))
    assert found.faces == 10 and found.unsure == pytest.approx(0.2)
    assert found.positive == pytest.approx(0.2) and found.neutral == pytest.approx(0.4)
    assert found.negative == pytest.approx(0.3) and found.valence == pytest.approx(-0.1)
    assert found.concentration == pytest.approx((0.6 * 0.2 + 0.9 * 0.4 + 0.3 * 0.2 + 0.25 * 0.1 + 0.6 * 0.1) / 0.9)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_signals_stay_in_their_range(emotion):
    found = one(**{emotion: 1.0, "neutral": 1.0 if emotion == "neutral" else 0.0})
    assert 0 < found.concentration <= 1 and -1 <= found.valence <= 1
    assert found.positive + found.neutral + found.negative + found.of("surprise") == pytest.approx(1)


def test_every_emotion_has_a_weight_and_neutral_counts_in_full():
    assert set(of.CONCENTRATION_WEIGHTS) == set(EMOTIONS) and one(neutral=1.0).concentration == 1


def test_nothing_comes_from_nothing():
    empty = counts()
    assert signals(empty) is None and signals_over_time(empty).empty and baseline(empty, 100) is None
    assert signals(counts((0, 0, 0, {"happy": 1.0}))) is None


def test_steps_become_rows_and_gaps_stay_gaps():
    table = signals_over_time(counts((0, 4, 0, {"happy": 1.0}), (5, 0, 0, {"happy": 1.0}), (10, 4, 0, {"sad": 1.0})))
    assert list(table["time"]) == [0, 10] and list(table["valence"]) == [1, -1]


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


def test_the_baseline_ends_before_now_and_needs_a_minute():
    steps = [(time, 5, 0, {"neutral": 1.0}) for time in range(0, 65, 5)] + [(90, 5, 0, {"sad": 1.0})]
    assert baseline(counts(*steps), 100).neutral == 1
    assert baseline(counts(*steps), 80) is None


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (one(), None, "Mostly neutral"),
        (one(happy=0.7), None, "Mostly happy"),
        (one(neutral=0.45, happy=0.4, sad=0.15), None, "Mixed, neutral and happy"),
        (one(neutral=0.4, happy=0.2, sad=0.2, angry=0.2), None, "Mixed, neutral the most"),
        (one(sad=0.3), one(sad=0.1), "Mostly neutral, more sad than before"),
        (one(sad=0.3, angry=0.15), one(sad=0.1), "Mostly neutral, more sad and angry than before"),
        (one(sad=0.1, angry=0.35), one(), "Mostly neutral, more angry and sad than before"),
        (one(happy=0.1), one(happy=0.12), "Mostly neutral, as before"),
        (one(happy=0.3, sad=0.05, fear=0.05, angry=0.05), one(happy=0.45), "Mostly neutral, less happy than before"),
    ],
)
def test_the_line(now, before, text):
    found = line(now, before, 30, 24, 1.0)
    assert (found.text, found.coverage, found.faded, found.why) == (text, "24 of 30 visible", False, "")


@pytest.mark.parametrize(
    ("now", "present", "visible", "age_s", "text", "coverage", "why"),
    [
        (one(), 30, 10, 1, "Mostly neutral", "10 of 30 visible", "fewer than half are visible"),
        (one(unsure=0.5), 30, 24, 1, "Mostly neutral", "24 of 30 visible", "many faces are unsure"),
        (one(), 30, None, 45, "Mostly neutral", "30 present", "the newest figures are 45 s old"),
        (
            one(unsure=0.5),
            30,
            10,
            1,
            "Mostly neutral",
            "10 of 30 visible",
            "fewer than half are visible and many faces are unsure",
        ),
        (None, 3, None, None, "No expression to show", "3 present", "not enough faces were seen in the last seconds"),
        (None, 3, 0, 1, "No expression to show", "0 of 3 visible", "no face is visible"),
        (None, 0, 0, None, "Waiting for students", "", ""),
    ],
)
def test_the_line_fades_and_says_why(now, present, visible, age_s, text, coverage, why):
    found = line(now, None, present, visible, age_s)
    assert (found.text, found.coverage, found.faded, found.why) == (text, coverage, True, why)
