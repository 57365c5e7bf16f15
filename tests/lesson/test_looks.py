"""Alerts come without any dashboard, and once however many look."""

import threading
from types import SimpleNamespace

import pytest

from fer.config import Settings
from fer.lesson import looks
from fer.lesson.looks import Looks
from fer.lesson.seats import Here
from fer.privacy.release import LATE_S, PAUSE_S
from fer.records import CLASS_ONLY, STEP_S, Step
from fer.store.journal import Journal

T0 = 1_700_000_040.0


class FakeSeats:
    """Ten students without cameras in the lessons given."""

    def __init__(self, *lesson_ids):
        self.lesson_ids, self.n = lesson_ids, 10

    def all(self):
        return [SimpleNamespace(lesson_id=lesson_id) for lesson_id in self.lesson_ids for _ in range(10)]

    def present(self, *_):
        return list(self.here()[0])

    def here(self, *_):
        return Here(frozenset(range(1, self.n + 1)), 0, 0)


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=T0)
    monkeypatch.setattr(looks, "time", SimpleNamespace(time=lambda: clock.now, monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def lost(fresh_store):
    """A lesson in which five of ten students have just said that they are lost."""
    lesson, journal = fresh_store.create_lesson("Maths", T0, view="presence"), Journal(fresh_store)
    for number in range(5):
        student = fresh_store.add_student(lesson.id, None, f"hash {number}", T0)
        journal.say(lesson.id, student.id, "lost", T0)
    return SimpleNamespace(lesson=lesson, journal=journal, seats=FakeSeats(lesson.id), store=fresh_store)


def looks_at(lost):
    return Looks(lost.store, lost.journal, lost.seats, Settings())


def test_an_alert_is_logged_while_nobody_looks(lost, clock):
    watching = looks_at(lost)
    for clock.now in (T0 + 5 * tick for tick in range(20)):
        watching.look_at_all()
    assert [(alert.kind, alert.at) for alert in lost.journal.alerts(lost.lesson.id)] == [("lost", T0)]


def test_figures_stay_while_those_of_a_changed_panel_pause(fresh_store, clock):
    lesson = fresh_store.create_lesson("Maths", T0, view=CLASS_ONLY)
    fresh_store.append([], [Step(lesson.id, int(T0), {"happy": 6}, {"happy": 6.0})])
    watching = Looks(fresh_store, Journal(fresh_store), FakeSeats(lesson.id), Settings())
    shown = []
    for clock.now in (T0 + STEP_S, T0 + PAUSE_S + STEP_S + LATE_S, T0 + 2 * PAUSE_S + STEP_S):
        shown.append(watching.look(lesson).view.faces)
    assert shown == [6, 6, 0]


def test_an_alert_ends_by_itself(lost, clock):
    watching = looks_at(lost)
    watching.look_at_all()
    for student_id in range(1, 6):
        lost.journal.say(lost.lesson.id, student_id, "got it", T0 + 20)
    clock.now = T0 + 25
    watching.look_at_all()
    [alert] = lost.journal.alerts(lost.lesson.id)
    assert (alert.outcome, alert.closed_at) == ("ended", T0 + 25)


def test_what_a_teacher_answers_is_in_the_next_look(lost, clock):
    watching = looks_at(lost)
    watching.look(lost.lesson)
    assert watching.look(lost.lesson).known.alerts == ()  # of the same second
    watching.look_again(lost.lesson.id)
    assert [alert.kind for alert in watching.look(lost.lesson).known.alerts] == ["lost"]


def test_an_empty_or_ended_lesson_is_not_looked_at(lost, clock, monkeypatch):
    watching = looks_at(lost)
    monkeypatch.setattr(watching, "look", lambda _: pytest.fail("it was looked at"))
    lost.seats.n = 0
    watching.look_at_all()
    lost.seats.n = 10
    lost.store.end_lesson(lost.lesson.id, T0)
    watching.look_at_all()


@pytest.mark.parametrize("monitors", [1, 2])
def test_two_that_look_at_once_make_one_alert(lost, clock, monitors):
    of = [looks_at(lost) for _ in range(monitors)]
    ready = threading.Barrier(8)

    def look(one):
        ready.wait()
        one.look_at_all()

    threads = [threading.Thread(target=look, args=(of[number % monitors],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost.journal.alerts(lost.lesson.id)) == 1
