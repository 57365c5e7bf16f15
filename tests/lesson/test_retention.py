import time
from contextlib import nullcontext
from dataclasses import replace

from fer.lesson.retention import DAY_S, Retention
from fer.records import CLASS_ONLY, PER_STUDENT, Coverage, Observation, Status
from tests.store.test_pictures import PICTURE, READ

T0, NEVER = 1_700_000_040.0, 2_000_000_000.0


def lesson_of(store, ended_at):
    lesson = store.create_lesson("Maths", T0, view=PER_STUDENT)
    student = store.add_student(lesson.id, "Ana", f"hash-{lesson.id}", T0)
    store.append([Observation(lesson.id, student.id, T0, Status.NO_FACE)])
    store.end_lesson(lesson.id, ended_at)
    return lesson


def test_a_lesson_goes_when_its_days_are_over_and_not_before(fresh_store):
    first, second = lesson_of(fresh_store, T0 + 60), lesson_of(fresh_store, T0 + DAY_S)
    retention = Retention(fresh_store, keep_days=30, delete=fresh_store.delete_lesson)
    goes_at = retention.deleted_at(T0 + 60)
    retention.forget(goes_at - DAY_S - 1)
    retention.forget(goes_at - 1)
    assert len(fresh_store.lessons()) == 2
    retention.forget(goes_at + 1)
    assert [lesson.id for lesson in fresh_store.lessons()] == [second.id]
    assert fresh_store.observation_count(first.id) == 0 and fresh_store.observation_count(second.id) == 1


def test_a_kept_picture_goes_when_its_days_are_over_and_not_before(fresh_store):
    retention = Retention(fresh_store, keep_days=30, delete=fresh_store.delete_lesson)
    first, second = (fresh_store.keep_picture(replace(PICTURE, kept_at=at), b"", READ) for at in (T0, T0 + DAY_S))
    goes_at = retention.deleted_at(T0)
    retention.forget(goes_at - DAY_S - 1)
    retention.forget(goes_at - 1)
    assert [one.id for one in fresh_store.kept_pictures()] == [second, first]
    retention.forget(goes_at + 1)
    assert [one.id for one in fresh_store.kept_pictures()] == [second]


def test_a_lesson_that_nobody_ended_counts_from_the_last_student_who_was_there(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0, view=CLASS_ONLY)
    fresh_store.add_student(lesson.id, None, "hash", T0 + 10)
    assert over_before(fresh_store, T0 + 10) == [] and over_before(fresh_store, T0 + 11) == [lesson.id]
    fresh_store.append([], [], [Coverage(lesson.id, int(T0) + DAY_S, 1, None)])
    assert over_before(fresh_store, T0 + DAY_S) == [] and over_before(fresh_store, T0 + DAY_S + 1) == [lesson.id]
    empty = fresh_store.create_lesson("Empty", T0 + 3 * DAY_S)
    assert over_before(fresh_store, T0 + 4 * DAY_S) == [lesson.id, empty.id]


def over_before(store, before):
    store.note_overdue(before, NEVER)
    return store.overdue(before, NEVER)


def test_it_looks_as_soon_as_it_starts_and_no_other_process_is_at_it(fresh_store, monkeypatch):
    lesson_of(fresh_store, T0)
    fresh_store.note_overdue(T0 + DAY_S, T0 + DAY_S)
    with monkeypatch.context() as while_another:
        while_another.setattr(fresh_store, "alone_or_not", lambda _: nullcontext(False))
        look_once(Retention(fresh_store, keep_days=1, delete=fresh_store.delete_lesson))
    assert len(fresh_store.lessons()) == 1
    look_once(Retention(fresh_store, keep_days=1, delete=fresh_store.delete_lesson))
    assert fresh_store.lessons() == []


def look_once(retention):
    retention.start()
    deadline = time.monotonic() + 5
    while not retention.ran_at and time.monotonic() < deadline:
        time.sleep(0.02)
    retention.stop()
