"""What all students of a lesson see alike."""

from fer.lesson.shown_to_class import shown_to_class
from fer.records import CLASS_ONLY, PER_STUDENT
from fer.store.journal import Journal


def shown(journal, lesson):
    now = shown_to_class(journal, lesson)
    return now.poll and now.poll.question, now.released and now.released.question


def test_results_are_shown_once_released_until_the_next_question(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    ana = fresh_store.add_student(lesson.id, "Ana", "hash", 0.0)
    assert shown(journal, lesson) == (None, None)
    journal.open_poll(lesson.id, "First?", ["Yes", "No"], 10.0)
    [first] = journal.polls(lesson.id)
    journal.vote(first, ana.id, 0, 11.0)
    assert shown(journal, lesson) == ("First?", None) and shown_to_class(journal, lesson).result is None
    journal.release_poll(first.id, 12.0)
    assert shown(journal, lesson) == ("First?", "First?") and shown_to_class(journal, lesson).result.answered == 1
    journal.open_poll(lesson.id, "Second?", ["Yes", "No"], 20.0)
    assert shown(journal, lesson) == ("Second?", None)
    journal.close_poll(lesson.id, 30.0)
    assert shown(journal, lesson) == (None, None)
    journal.release_poll(first.id, 31.0)
    assert shown(journal, lesson) == (None, "First?")


def test_of_a_class_only_lesson_no_result_of_few_and_no_hidden_question(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", 0.0, view=CLASS_ONLY)
    student = fresh_store.add_student(lesson.id, None, "hash", 0.0)
    journal.open_poll(lesson.id, "First?", ["Yes", "No"], 10.0)
    [poll] = journal.polls(lesson.id)
    journal.vote(poll, student.id, 0, 11.0)
    journal.release_poll(poll.id, 12.0)
    for at, text in ((100.0, "Why?"), (200.0, "Rude?"), (300.0, "How?")):
        journal.ask_in_words(lesson.id, student.id, text, at)
    why, rude, _ = journal.questions(lesson)
    journal.hide(rude.id, 310.0)
    journal.mark_answered(why.id, 310.0)
    now = shown_to_class(journal, lesson)
    assert now.released == journal.polls(lesson.id)[0] and now.result is None
    assert [question.text for question in now.questions] == ["How?"]
