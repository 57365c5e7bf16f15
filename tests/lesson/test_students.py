"""Who is in a lesson: joining that is closed, and students who are removed."""

import pytest

from fer.records import CLASS_ONLY, PER_STUDENT
from fer.store.lessons import JoiningClosed


@pytest.fixture
def lesson(running):
    return running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")


def join(running, lesson, name="Ana"):
    grant = running.sign_in.redeem(running.students.join(lesson, name))
    return running.students.of_lesson(lesson, grant.value), grant.value


def test_closed_joining_lets_nobody_else_in_and_keeps_who_is_in(running, lesson):
    ana, token = join(running, lesson)
    running.lessons.set_joining(lesson, is_open=False)
    assert running.store.lesson(lesson.id).is_open and not running.store.lesson(lesson.id).may_be_joined
    with pytest.raises(JoiningClosed):
        running.students.join(lesson, "Ben")
    running.students.leave(ana)
    running.students.come_back(ana)
    assert running.students.is_in(ana) and running.students.of_lesson(lesson, token) == ana
    running.lessons.set_joining(lesson, is_open=True)
    assert join(running, lesson, "Ben")[0].name == "Ben"
    running.lessons.end(lesson)
    assert not running.store.lesson(lesson.id).may_be_joined


def test_who_is_removed_stays_out_until_the_teacher_lets_them_back(running, lesson):
    ana, token = join(running, lesson)
    ben, _ = join(running, lesson, "Ben")
    put = running.seats.open(lesson.id, ana.id).connect()
    put("frame")
    seat = running.seats.all()[0]
    running.students.remove([ana.id])
    put("late")
    assert running.seats.all() == [] and seat.take() is None and running.seats.held() == 0
    running.students.come_back(ana)
    stored = running.students.of_lesson(lesson, token)
    assert stored.id == ana.id and stored.removed_at is not None and not running.students.is_in(ana)
    running.students.leave(ana)
    assert running.students.of_lesson(lesson, token) == stored
    assert running.students.is_in(ben)
    running.students.let_back([ana.id])
    assert running.students.of_lesson(lesson, token) == ana


def test_what_was_counted_of_a_removed_student_stays_and_they_can_delete_it(running, lesson):
    ana, token = join(running, lesson)
    running.students.remove([ana.id])
    assert running.store.students(lesson.id)["name"].tolist() == ["Ana"]
    running.students.delete(running.students.of_token(token))
    assert running.store.students(lesson.id).empty


def test_removing_in_a_class_only_lesson(running):
    lesson = running.lessons.start("Mathematics", CLASS_ONLY, "JP", "teaching")
    first, last = (join(running, lesson, None)[0] for _ in range(2))
    running.students.remove([last.id])
    assert running.students.is_in(first) and not running.students.is_in(last)
