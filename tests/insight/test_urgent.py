"""What comes before all else on the dashboard."""

from fer.insight.urgent import urgent
from fer.store.journal import COUNTS_FOR_S, LoggedAlert

NOW = 1_000.0


def alert(kind="negative", change=0.22, outcome=None, closed_ago_s=0.0, number=1):
    return LoggedAlert(number, NOW - 60, kind, change, None if outcome is None else NOW - closed_ago_s, outcome)


def said(*alerts, lost=0, present=6, is_seen=True):
    found = urgent(alerts, NOW, lost, present, is_seen)
    return found and (found.reason, found.alert and found.alert.id)


def test_a_third_that_is_lost_is_the_headline():
    assert said(lost=2) == ("2 of 6 are lost", None) and said(lost=2, present=7) is None
    assert said(lost=1, present=1) is None  # one is no reason to interrupt
    assert said(alert("lost"), lost=2, present=10) == ("2 of 10 are lost", 1)  # fewer, and the alert stands
    assert said(alert("lost"), alert(number=2), lost=4) == ("4 of 6 are lost", 1)  # before a guess about faces
    assert said(lost=5, present=4) == ("5 of 5 are lost", None)  # who has left counts on in a class-only lesson


def test_an_alert_that_stands_is_the_headline_with_its_reason_first():
    found = urgent([alert(), alert("concentration", 0.3, number=2)], NOW, 0, 6, True)
    assert found.reason == "The concentration index is lower than before in this lesson (−30 points)."
    assert found.action == "Try a quick poll or a short break." and found.alert.id == 2
    assert said(alert(outcome="ended")) is None


def test_nothing_stands_when_nobody_is_visible_or_here():
    assert said(alert(), is_seen=False) is None and said(alert("lost"), lost=4, present=0) is None
    assert said(alert("lost"), lost=4, is_seen=False) == ("4 of 6 are lost", 1)  # needs no face


def test_what_the_teacher_has_answered_stays_quiet_as_long_as_presses_count():
    answered = alert("lost", outcome="done", closed_ago_s=COUNTS_FOR_S - 1)
    assert said(answered, lost=4) is None
    assert said(alert("lost", outcome="done", closed_ago_s=COUNTS_FOR_S), lost=4) == ("4 of 6 are lost", None)
    assert said(alert("lost", outcome="ended"), lost=4) == ("4 of 6 are lost", None)
