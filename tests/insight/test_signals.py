"""Signals from counts only."""

import pytest

from fer.insight import signals as of
from fer.insight.signals import baseline, signals, signals_over_time
from fer.records import EMOTIONS
from tests.rows import counts, one


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


def test_the_baseline_ends_before_now_and_needs_a_minute():
    steps = [(time, 5, 0, {"neutral": 1.0}) for time in range(0, 65, 5)] + [(90, 5, 0, {"sad": 1.0})]
    assert baseline(counts(*steps), 100).neutral == 1
    assert baseline(counts(*steps), 80) is None
