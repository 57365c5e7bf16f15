"""Raised hands: their queue, the name that is there while one is up, and the numbers that are left."""

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY
from tests.store.rows import raw, students


def names(journal, lesson):
    return [hand.name for hand in journal.hands(lesson.id)]


def is_up(journal, lesson, student):
    return student.id in [hand.student_id for hand in journal.hands(lesson.id)]


def test_hands_wait_in_their_order(journal, lesson, ana, ben):
    assert journal.raise_hand(lesson, ben, "", 10.0) and journal.raise_hand(lesson, ana, "", 11.0)
    assert not journal.raise_hand(lesson, ben, "", 20.0)  # it is up already
    assert names(journal, lesson) == ["Ben", "Ana"] and is_up(journal, lesson, ben)
    journal.lower_hand(journal.hands(lesson.id)[0].id, 21.0)
    assert names(journal, lesson) == ["Ana"] and not is_up(journal, lesson, ben)
    journal.lower_my_hand(ana.id, 22.0)
    assert not journal.raise_hand(lesson, ana, "", 12.5)  # a press that came twice
    assert journal.raise_hand(lesson, ana, "", 30.0) and names(journal, lesson) == ["Ana"]
    assert journal.raised(lesson).to_dict("list") == {"time": [0], "n": [3]}


@pytest.mark.parametrize("goes", ["lowered", "leaves", "is removed", "lesson ends"])
def test_a_typed_name_is_kept_while_the_hand_is_up_only(journal, fresh_store, goes):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=CLASS_ONLY)
    student = fresh_store.add_student(lesson.id, None, "hash", 0.0)
    with pytest.raises(ValueError, match="Your name must have 1 to 40 characters.$"):
        journal.raise_hand(lesson, student, " ", 1.0)
    journal.raise_hand(lesson, student, "Zacharias", 1.0)
    assert names(journal, lesson) == ["Zacharias"]
    {
        "lowered": lambda: journal.lower_my_hand(student.id, 2.0),
        "leaves": lambda: fresh_store.set_left(student.id, 2.0),
        "is removed": lambda: fresh_store.set_removed([student.id], 2.0),
        "lesson ends": lambda: fresh_store.end_lesson(lesson.id, 2.0),
    }[goes]()
    assert names(journal, lesson) == []
    assert raw(fresh_store, "SELECT name, lowered_at FROM hands") == [(None, 2.0)]


def test_hands_of_a_class_only_lesson_are_counted_from_five_students_on(journal, fresh_store):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=CLASS_ONLY)
    for n, student_id in enumerate(students(fresh_store, lesson, LEAST_ANSWERS), 1):
        journal.raise_hand(lesson, fresh_store.student(student_id), "Somebody", 60.0)
        assert journal.raised(lesson)["n"].tolist() == ([n] if n == LEAST_ANSWERS else [])
