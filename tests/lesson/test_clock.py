"""The clock was an hour ahead, and comes back in the middle of a lesson: everything goes on at once, and nothing is lost."""

import time

import pytest

from fer.config import Settings
from fer.insight.alerts import APART_S, Watch, feed
from fer.lesson.looks import Looks
from fer.lesson.retention import CHECK_EVERY_S, DAY_S, Retention
from fer.lesson.seats import Seats
from fer.lesson.spill import Spill
from fer.lesson.writer import Writer
from fer.privacy.release import GONE_S, Releases
from fer.records import CLASS_ONLY, PER_STUDENT, STEP_S, Alert, Coverage, Observation, Status, Step
from fer.store.journal import COUNTS_FOR_S, Journal, LoggedAlert

T0 = 1_700_000_040.0
AHEAD_S = 3600.0
GONE_AFTER_S = 5.0
NO_FACE = Observation(1, 7, 0.0, Status.NO_FACE)


@pytest.fixture
def clock(monkeypatch):
    """``clock.ahead_s`` is how wrong it is; time passes by ``clock.tick``, for the monotonic clock, too."""

    class Clock:
        ahead_s, now = AHEAD_S, T0

        def tick(self, seconds):
            self.now += seconds

    made = Clock()
    monkeypatch.setattr(time, "time", lambda: made.now + made.ahead_s)
    monkeypatch.setattr(time, "monotonic", lambda: made.now - T0 + 5000)
    return made


def face(student_id, at, lesson_id=1, label="happy"):
    return Observation(
        lesson_id, student_id, at, Status.FACE, 0, (0.0,) * 4, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), label
    )


def test_nobody_comes_or_goes_and_a_frame_has_the_time_that_is_right_now(clock):
    seats = Seats(most=1)
    seat = seats.open(1, 7)
    put = seat.connect()
    put("ahead")
    assert seat.take()[2] == T0 + AHEAD_S
    clock.ahead_s = 0
    clock.tick(1)
    assert seats.here(1, GONE_AFTER_S)[0] == {7} and seats.held() == 1
    put("right")
    assert seat.take()[0::2] == ("right", T0 + 1)
    assert seat.show() is None
    seat.note("right", (NO_FACE,), time.monotonic())
    assert seat.show() is not None
    clock.tick(GONE_AFTER_S + 80)
    assert seats.here(1, GONE_AFTER_S) == (set(), 0, 0) and seats.held() == 0


@pytest.mark.parametrize("ahead_s", [AHEAD_S, 17.0, 30 * DAY_S])
def test_a_class_only_lesson_goes_on_releasing(ahead_s):
    releases, steps = Releases(least_visible=3), []

    def seconds(begin, end):
        for now in range(int(begin), int(end)):
            releases.add(face(student, now) for student in (1, 2, 3))
            steps.extend(releases.due(now + 0.5))

    seconds(T0 + ahead_s, T0 + ahead_s + 60)
    assert len(steps) == 11
    seconds(T0 + 60, T0 + 120)
    assert [step.start for step in steps[11:]] == [T0 + 60 + STEP_S * n for n in range(11)]  # from the next step on


def test_who_was_seen_while_it_was_ahead_still_leaves_after_a_minute():
    releases = Releases(least_visible=3)
    releases.add(face(student, T0 + AHEAD_S) for student in range(1, 7))
    assert sum(releases.due(T0 + AHEAD_S + 10)[0].n.values()) == 6
    shown = []
    for now in range(int(T0), int(T0) + GONE_S + 20):
        releases.add(face(student, now) for student in (1, 2, 3))
        shown += [sum(step.n.values()) for step in releases.due(now)]
    assert set(shown[:10]) == {6} and shown[-1] == 3


def test_steps_that_come_again_replace_and_do_not_add_up(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0, view=CLASS_ONLY)
    start = int(T0) // 60 * 60
    first, second = {"happy": 6, "sad": 2}, {"happy": 5, "neutral": 1}
    for n in (first, second):
        fresh_store.append([], [Step(lesson.id, start, n, {"happy": float(n["happy"])})])
    for step_s in (1, 15, 60):
        counts = fresh_store.counts(lesson.id, step_s)
        shown = {row.state: row.n for row in counts.itertuples() if row.n}
        assert shown == second and counts["p"].sum() == pytest.approx(5)


def test_coverage_goes_on_and_the_newest_word_counts(fresh_store, clock, tmp_path):
    lesson = fresh_store.create_lesson("Maths", T0, view="presence")
    seats = Seats()
    writer = Writer(fresh_store, seats, Settings(), Spill(tmp_path, 8501))
    seats.open(lesson.id, 1, has_camera=False)
    writer.write()
    clock.ahead_s = 0
    for _ in range(3):
        assert writer.write()
        clock.tick(STEP_S)
        seats.open(lesson.id, 1, has_camera=False)
    assert fresh_store.coverage(lesson.id)["time"].tolist() == [T0, T0 + 5, T0 + 10, T0 + AHEAD_S]
    fresh_store.append([], [], [Coverage(lesson.id, int(T0), 9, None)])
    assert fresh_store.coverage(lesson.id)["present"].tolist() == [9, 1, 1, 1]


def test_buttons_work_at_once(fresh_store):
    lesson, journal = fresh_store.create_lesson("Maths", T0, view="presence"), Journal(fresh_store)
    ana = fresh_store.add_student(lesson.id, None, "hash", T0).id
    journal.say(lesson.id, ana, "lost", T0 + AHEAD_S)
    assert journal.my_word(ana, T0) is None and journal.said_now(lesson, T0, {ana})["lost"] == 0
    journal.say(lesson.id, ana, "got it", T0)
    assert journal.my_word(ana, T0 + 1) == "got it" and journal.said_now(lesson, T0 + 1, {ana})["got it"] == 1
    assert journal.my_word(ana, T0 + COUNTS_FOR_S + 1) is None


def test_alerts_come_again_and_hold_no_other_back(fresh_store, clock):
    lesson, journal = fresh_store.create_lesson("Maths", T0, view="presence"), Journal(fresh_store)
    seats = Seats()
    students = [fresh_store.add_student(lesson.id, None, f"hash {n}", T0).id for n in range(4)]
    watching = Looks(fresh_store, journal, seats, Settings())

    def minute():
        for student_id in students:
            journal.say(lesson.id, student_id, "lost", time.time())
        for _ in range(12):
            for student_id in students:
                seats.open(lesson.id, student_id, has_camera=False)
            watching.look_at_all()
            clock.tick(5)

    minute()
    clock.ahead_s = 0
    minute()
    assert [alert.at for alert in journal.alerts(lesson.id)] == [T0 + 60, T0 + AHEAD_S]


def test_after_a_restart_the_alert_before_the_wrong_ones_counts(fresh_store, clock):
    lesson, journal, clock.ahead_s = fresh_store.create_lesson("Maths", T0, view="presence"), Journal(fresh_store), 0
    for at in (T0 - 100, T0 + AHEAD_S):
        journal.log_alert(lesson.id, Alert("lost", 0.5), at)
    seats = Seats()
    students = [fresh_store.add_student(lesson.id, None, f"hash {n}", T0).id for n in range(4)]
    watching = Looks(fresh_store, journal, seats, Settings())
    for _ in range(50):
        for student_id in students:
            seats.open(lesson.id, student_id, has_camera=False)
            journal.say(lesson.id, student_id, "lost", time.time())
        watching.look_at_all()
        clock.tick(5)
    assert [alert.at for alert in journal.alerts(lesson.id)] == [T0 - 100, T0 - 100 + APART_S, T0 + AHEAD_S]


def test_the_alerts_machine_forgets_a_time_that_has_not_come():
    watch = Watch(since=(("negative", T0 + AHEAD_S),), fed_at=T0 + AHEAD_S)
    later, alerts = LoggedAlert(1, T0 + AHEAD_S, "negative", 0.9, None, None), []
    for second in range(0, 40, 10):
        watch, alert = feed(watch, T0 + second, {"negative": 0.5}, 0.15, logged=[later])
        alerts.append(alert)
    assert [alert is not None for alert in alerts] == [False, False, False, True]


def test_what_was_observed_later_is_not_shown_as_now(fresh_store, clock):
    lesson = fresh_store.create_lesson("Maths", T0 + AHEAD_S, view=PER_STUDENT)
    ana = fresh_store.add_student(lesson.id, "Ana", "hash", T0).id
    seats = Seats()
    watching = Looks(fresh_store, Journal(fresh_store), seats, Settings())
    seats.open(lesson.id, ana)
    fresh_store.append([face(ana, T0 + AHEAD_S - 1, lesson.id)])
    assert watching.look(lesson).view.faces == 1
    clock.ahead_s = 0
    look = watching.look(lesson)
    assert (look.view.faces, look.view.age_s, look.now) == (0, None, None)
    assert fresh_store.lesson(lesson.id).started_at == T0
    fresh_store.append([face(ana, T0, lesson.id)])
    clock.tick(1)
    assert watching.look(lesson).view.age_s == 1
    assert fresh_store.students(lesson.id)["last_seen_at"].tolist() == [T0]


def test_released_figures_have_their_age(fresh_store, clock):
    lesson = fresh_store.create_lesson("Maths", T0, view=CLASS_ONLY)
    for start in (T0 - 10, T0 + AHEAD_S):
        fresh_store.append([], [Step(lesson.id, int(start), {"happy": 6}, {"happy": 6.0})])
    clock.ahead_s = 0
    look = Looks(fresh_store, Journal(fresh_store), Seats(), Settings()).look(lesson)
    assert look.view.age_s == 5


@pytest.mark.parametrize("view", [PER_STUDENT, CLASS_ONLY])
def test_a_start_with_a_clock_a_month_ahead_deletes_nothing(fresh_store, view):
    ended, still_open = (fresh_store.create_lesson(title, T0, view=view) for title in ("Ended", "Open"))
    fresh_store.end_lesson(ended.id, T0 + 60)
    retention = Retention(fresh_store, keep_days=30, delete=fresh_store.delete_lesson)
    for hours in range(12):
        retention.forget(T0 + 31 * DAY_S + hours * 3600)
    for hours in range(24 * 30):
        retention.forget(T0 + hours * 3600)
    assert {lesson.id for lesson in fresh_store.lessons()} == {ended.id, still_open.id}
    assert still_open.is_open


def test_a_note_of_the_wrong_month_keeps_no_lesson_longer(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    fresh_store.end_lesson(lesson.id, T0)
    retention = Retention(fresh_store, keep_days=30, delete=fresh_store.delete_lesson)
    retention.forget(T0 + 59 * DAY_S)
    for hours in range(29 * 24, 30 * 24 + 3):
        retention.forget(T0 + hours * 3600)
    assert not fresh_store.lessons()


def test_a_server_that_was_off_for_months_deletes_at_the_second_look(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    fresh_store.end_lesson(lesson.id, T0 + 60)
    retention = Retention(fresh_store, keep_days=30, delete=fresh_store.delete_lesson)
    started_at = T0 + 90 * DAY_S
    retention.forget(started_at)
    retention.forget(started_at + DAY_S - 1)
    assert fresh_store.lessons()
    retention.forget(started_at + 7 * DAY_S)  # it runs once a week
    assert not fresh_store.lessons()


@pytest.mark.parametrize("keep_days", [1, 2, 30])
def test_a_clock_that_is_right_deletes_in_time(fresh_store, keep_days):
    lesson = fresh_store.create_lesson("Maths", T0)
    fresh_store.end_lesson(lesson.id, T0)
    retention = Retention(fresh_store, keep_days=keep_days, delete=fresh_store.delete_lesson)
    now = T0 + 1800
    while fresh_store.lessons():
        retention.forget(now)
        now += CHECK_EVERY_S
    due_at = retention.deleted_at(T0)
    assert due_at < now - CHECK_EVERY_S <= due_at + (2 if keep_days > 1 else 3) * CHECK_EVERY_S
