"""The alerts' state machine: it holds, it lets go, and it does not nag."""

import pytest

from fer.insight.alerts import (
    APART_S,
    DEFAULT_THRESHOLD,
    HOLDS_S,
    KINDS,
    LONGEST_GAP_S,
    Watch,
    alone,
    changes,
    feed,
    over,
    sentence,
)
from fer.insight.signals import Signals
from fer.records import EMOTIONS
from fer.store.journal import LoggedAlert

OVER, BETWEEN, UNDER = {"negative": 0.3}, {"negative": 0.15}, {"negative": 0.0}
THRESHOLD = 0.2


NEW = Watch()


def logged(at, kind="negative", change=0.3, outcome=None):
    return LoggedAlert(1, at, kind, change, None if outcome is None else at + 1, outcome)


def run(*parts, every_s=5, watch=NEW, before=()):
    """Feeds (seconds, values) one after the other; the times of the alerts. ``before``: what the log has already."""
    log, at = list(before), 0
    for seconds, values in parts:
        for _ in range(int(seconds / every_s)):
            watch, alert = feed(watch, at, values, THRESHOLD, logged=log)
            log += [logged(at, alert.kind, alert.change)] if alert else []
            at += every_s
    return [(one.at, one.kind) for one in log[len(before) :]]


def signals(**means):
    return Signals(tuple(means.get(name, 0.0) for name in EMOTIONS), 0.0, 10)


def test_a_change_must_hold():
    assert run((HOLDS_S, OVER), (60, UNDER)) == []
    assert run((HOLDS_S + 5, OVER)) == [(30, "negative")]


def test_a_value_that_trembles_about_the_threshold_goes_on():
    assert run(*[(5, OVER), (5, BETWEEN)] * 4) == [(30, "negative")]
    assert run((60, BETWEEN)) == []


def test_it_alerts_again_only_after_it_was_over():
    assert run((APART_S * 3, OVER)) == [(30, "negative")]
    assert run((APART_S, OVER), (APART_S, UNDER), (60, OVER)) == [(30, "negative"), (630, "negative")]


def test_at_most_one_of_a_kind_in_five_minutes():
    assert run((60, OVER), (100, UNDER), (100, OVER)) == [(30, "negative")]


def test_another_kind_is_held_back_unless_it_is_stronger():
    weaker, stronger = {"concentration": 0.25}, {"concentration": 0.35}
    assert run((60, OVER), (60, OVER | stronger)) == [(30, "negative"), (90, "concentration")]
    assert run((60, OVER), (APART_S, OVER | weaker)) == [(30, "negative"), (30 + APART_S, "concentration")]


def test_a_third_of_the_class_that_is_lost_alerts_at_once():
    assert run((10, {"lost": 0.3}), (10, {"lost": 0.34})) == [(10, "lost")]
    assert run((60, OVER), (10, OVER | {"lost": 0.5})) == [(30, "negative"), (60, "lost")]


def test_what_was_said_before_a_restart_counts():
    assert run((APART_S - 10, OVER), before=[logged(0)]) == []
    assert run((APART_S + 10, OVER), before=[logged(0)]) == [(APART_S, "negative")]


def ended(values, at=100, watch=NEW, alerts=None, of_one=0.0):
    watch, _ = feed(watch, at, values, THRESHOLD)
    open_ones = [logged(50)] if alerts is None else alerts
    return [one.kind for one in over(watch, values, THRESHOLD, dict.fromkeys(KINDS, of_one), open_ones)]


def test_an_alert_ends_when_its_reason_has_gone():
    assert ended(OVER) == ended(BETWEEN) == [] and ended(UNDER) == ["negative"]
    assert ended(BETWEEN, of_one=0.2) == ["negative"]  # one student alone is no reason
    assert ended(UNDER, alerts=[logged(50, outcome="done")]) == []
    assert ended(UNDER | {"lost": 0.5}, alerts=[logged(50, "lost", 0.5), logged(60)]) == ["negative"]


def test_an_alert_that_can_no_longer_be_judged_ends_a_while_later():
    judged, _ = feed(NEW, 100, OVER, THRESHOLD)
    assert ended({}, 100 + LONGEST_GAP_S, judged) == [] and ended({}, 101 + LONGEST_GAP_S, judged) == ["negative"]
    assert ended({}, 60, alerts=[logged(50)]) == []  # after a restart nothing has been judged


def test_a_gap_begins_anew_and_missing_values_end_nothing():
    watch, _ = feed(Watch(), 0, OVER, THRESHOLD)
    watch, alert = feed(watch, 100, OVER, THRESHOLD)
    assert alert is None and watch.since == (("negative", 100),)
    assert run((60, OVER), (APART_S, {}), (60, OVER)) == [(30, "negative")]


@pytest.mark.parametrize("threshold", [0, -1, 1.5])
def test_a_threshold_that_means_nothing_is_refused(threshold):
    with pytest.raises(ValueError, match=f"Received: {threshold}"):
        feed(Watch(), 0, OVER, threshold)


def test_low_coverage_is_quiet_about_expressions_and_not_about_words():
    now, before = signals(sad=0.5, neutral=0.5), signals(neutral=1.0)
    assert changes(now, before, 10, 8, 3) == pytest.approx(
        {"lost": 0.3, "negative": 0.5, "concentration": before.concentration - now.concentration}
    )
    assert changes(now, before, 10, 4, 3) == {"lost": 0.3}
    assert set(changes(now, before, 10, None, 0)) == {"lost", "negative", "concentration"}
    assert changes(now, None, 10, 8, 0) == {"lost": 0.0} and changes(None, None, 0, 0, 2) == {}


def test_each_kind_says_what_changed_and_what_to_do():
    for kind, (_, action) in KINDS.items():
        assert "22" in sentence(kind, 0.22) and action.endswith(".")


@pytest.mark.parametrize("visible", range(1, 10))
@pytest.mark.parametrize(("turned", "is_alert"), [(1, False), (2, True)])
def test_one_student_alone_never_raises_an_alert(visible, turned, is_alert):
    """All are neutral, then so many turn sad, as surely as can be."""
    turned = min(turned, visible)
    sad = turned / visible
    now, before = signals(sad=sad, neutral=1 - sad), signals(neutral=1.0)
    watch, raised = Watch(), []
    for at in range(0, 60, 5):
        watch, alert = feed(
            watch,
            at,
            changes(now, before, visible, visible, turned),
            DEFAULT_THRESHOLD,
            alone(visible, visible, visible),
        )
        raised += [alert] if alert else []
    assert bool(raised) == (is_alert and visible > 1)


def test_two_begin_and_one_goes_on_raises_none():
    watch, few = feed(Watch(), 0, {"negative": 0.4}, DEFAULT_THRESHOLD, alone(5, 5, 5))[0], {"negative": 0.2}
    assert (
        feed(feed(watch, 15, few, DEFAULT_THRESHOLD, alone(5, 5, 5))[0], 31, few, DEFAULT_THRESHOLD, alone(5, 5, 5))[1]
        is None
    )


def test_one_of_a_small_panel_weighs_more_than_one_of_those_who_are_visible():
    assert alone(7, 7, 5)["negative"] == pytest.approx(1 / 5, abs=0.01)
    assert alone(7, None, 0)["negative"] == pytest.approx(1 / 7, abs=0.01)
    assert alone(0, 0, 0)["lost"] >= 1
