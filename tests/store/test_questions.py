"""Questions in words: who asks, who seconds, what the teacher does with them."""

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY
from fer.store import questions
from fer.store.questions import LEAST_BETWEEN_QUESTIONS_S, TooManyQuestions
from tests.store.rows import students


def test_what_most_want_to_know_comes_first(journal, lesson, ana, ben):
    journal.ask_in_words(lesson.id, ana.id, " Why \n not? ", 1.0)
    journal.ask_in_words(lesson.id, ben.id, "=How?", 2.0)
    first, second = journal.questions(lesson)
    assert (first.text, first.name, first.seconds) == ("Why not?", "Ana", 0)
    journal.second(second.id, ana.id, 3.0)
    journal.second(second.id, ben.id, 3.0)  # one's own
    assert [(one.text, one.seconds) for one in journal.questions(lesson)] == [("=How?", 1), ("Why not?", 0)]
    assert journal.seconded_by(ana.id) == {second.id} == journal.asked_by(ben.id)
    journal.second(second.id, ana.id, 4.0)  # sent again
    assert journal.questions(lesson)[0].seconds == 1
    journal.second(second.id, ana.id, 5.0, wants=False)
    assert journal.questions(lesson)[0].text == "Why not?" and not journal.seconded_by(ana.id)


def test_a_question_that_is_sent_again_is_asked_once(journal, lesson, ana, ben):
    for at in (1.0, 2.0, 100.0):
        journal.ask_in_words(lesson.id, ana.id, "Why?", at, key="a1")
    journal.ask_in_words(lesson.id, ben.id, "Why?", 3.0, key="a1")
    journal.ask_in_words(lesson.id, ana.id, "Why?", 101.0, key="a2")
    assert len(journal.questions(lesson)) == 3


def test_the_teacher_answers_or_hides(journal, fresh_store, lesson, ana, ben):
    journal.ask_in_words(lesson.id, ana.id, "Why?", 1.0)
    [question] = journal.questions(lesson)
    for does in (journal.mark_answered, journal.hide):
        does(question.id, 5.0)
        assert not journal.questions(lesson)[0].is_open
        journal.second(question.id, ben.id, 6.0)
        assert not journal.seconded_by(ben.id)
        does(question.id, None)
        assert journal.questions(lesson)[0].is_open
    other = fresh_store.create_lesson("Other", 0.0)
    stranger = fresh_store.add_student(other.id, None, "hash of a stranger", 0.0)
    journal.second(question.id, stranger.id, 7.0)
    assert journal.questions(lesson)[0].seconds == 0


def test_one_student_cannot_flood_the_class(journal, lesson, ana, ben, monkeypatch):
    journal.ask_in_words(lesson.id, ana.id, "Why?", 100.0)
    with pytest.raises(TooManyQuestions):
        journal.ask_in_words(lesson.id, ana.id, "Why not?", 100.0 + LEAST_BETWEEN_QUESTIONS_S / 2)
    journal.ask_in_words(lesson.id, ben.id, "How?", 100.0)
    journal.ask_in_words(lesson.id, ana.id, "Why not?", 100.0 + LEAST_BETWEEN_QUESTIONS_S)
    monkeypatch.setattr(questions, "MOST_QUESTIONS", 2)
    with pytest.raises(TooManyQuestions):
        journal.ask_in_words(lesson.id, ana.id, "And now?", 1000.0)
    with pytest.raises(ValueError, match="A question must have 1 to 200 characters. Received: 201"):
        journal.ask_in_words(lesson.id, ben.id, "x" * 201, 1000.0)


def test_of_a_class_only_lesson_no_name_and_seconds_from_five_on(journal, fresh_store):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=CLASS_ONLY)
    asks, *others = students(fresh_store, lesson, LEAST_ANSWERS + 1)
    journal.ask_in_words(lesson.id, asks, "Why?", 1.0)
    [question] = journal.questions(lesson)
    assert question.name is None and question.seconds == 0
    for n, other in enumerate(others, 1):
        journal.second(question.id, other, 2.0)
        assert journal.questions(lesson)[0].seconds == (None if n < LEAST_ANSWERS else LEAST_ANSWERS)


def test_deleting_who_asked_deletes_the_question_and_its_seconds(journal, fresh_store, lesson, ana, ben):
    journal.ask_in_words(lesson.id, ana.id, "Why?", 1.0)
    journal.second(journal.questions(lesson)[0].id, ben.id, 2.0)
    fresh_store.delete_student(ana.id)
    assert journal.questions(lesson) == [] and not journal.seconded_by(ben.id)
