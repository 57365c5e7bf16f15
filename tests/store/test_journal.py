"""The journal: moments, alerts, buttons, and what one student said."""

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY, Alert
from fer.store.journal import COUNTS_FOR_S, DISMISSED, DONE
from tests.store.rows import students


def test_moments_in_their_order(journal, lesson):
    journal.mark(lesson.id, "Exercise", 20.0)
    journal.mark(lesson.id, " New\n topic ", 10.0)
    assert journal.moments(lesson.id).to_dict("list") == {"at": [10.0, 20.0], "text": ["New topic", "Exercise"]}
    with pytest.raises(ValueError, match="The moment's text must have 1 to 60 characters. Received: 61"):
        journal.mark(lesson.id, "x" * 61, 0.0)


def test_two_windows_log_one_alert(journal, lesson):
    assert journal.log_alert(lesson.id, Alert("lost", 0.5), 100.0, apart_s=300.0)
    assert not journal.log_alert(lesson.id, Alert("lost", 0.5), 100.5, apart_s=300.0)
    assert not journal.log_alert(lesson.id, Alert("negative", 0.4), 101.0, apart_s=300.0)  # another, but weaker
    assert journal.log_alert(lesson.id, Alert("negative", 0.2), 400.0, apart_s=300.0)
    assert journal.log_alert(lesson.id, Alert("lost", 0.3), 401.0, apart_s=300.0)
    first, second, _ = journal.alerts(lesson.id)
    journal.close_alert(first.id, DONE, 130.0)
    journal.close_alert(first.id, DISMISSED, 140.0)
    closed = journal.alerts(lesson.id)[0]
    assert (closed.outcome, closed.closed_at) == (DONE, 130.0) and second.closed_at is None
    with pytest.raises(ValueError, match="Received: 'maybe'"):
        journal.close_alert(second.id, "maybe", 0.0)


def test_the_threshold_belongs_to_the_lesson(journal, lesson):
    assert journal.threshold(lesson.id) is None
    journal.set_threshold(lesson.id, 0.05)
    journal.set_threshold(lesson.id, 0.3)
    assert journal.threshold(lesson.id) == 0.3
    with pytest.raises(ValueError, match="Received: 0"):
        journal.set_threshold(lesson.id, 0)


def test_the_newest_word_counts_for_a_while(journal, fresh_store, lesson):
    ana, ben, cem = students(fresh_store, lesson, 3)
    for one in (ana, ben, cem):
        journal.say(lesson.id, one, "lost", 100.0)
    journal.say(lesson.id, ana, "got it", 110.0)
    assert journal.said_now(lesson, 120.0, {ana, ben}) == {
        "lost": 1,
        "got it": 1,
        "slower": 0,
    }  # cem has closed the page
    assert journal.said_now(lesson, 120.0, set()) == {"lost": 0, "got it": 0, "slower": 0}
    assert journal.my_word(ana, 120.0) == "got it" and journal.my_word(ana, 110.0 + COUNTS_FOR_S) is None
    assert journal.said_now(lesson, 100.0 + COUNTS_FOR_S, {ana, ben}) == {"lost": 0, "got it": 1, "slower": 0}
    assert journal.said(lesson).to_dict("list") == {"time": [60, 60], "word": ["got it", "lost"], "n": [1, 3]}
    with pytest.raises(ValueError, match="Received: 'hello'"):
        journal.say(lesson.id, ana, "hello", 200.0)


def test_of_two_presses_at_once_the_second_counts(journal, fresh_store, lesson):
    ana, ben = students(fresh_store, lesson, 2)
    journal.say(lesson.id, ben, "lost", 100.0)
    for word, at in (("lost", 100.0), ("slower", 100.5), ("got it", 100.9)):
        journal.say(lesson.id, ana, word, at)
    assert journal.my_word(ana, 101.0) == "got it" and journal.my_word(ben, 101.0) == "lost"
    assert journal.of_student(ana).values.tolist() == [[100.0, "button", "", "got it"]]


def test_a_student_reads_what_they_said_and_deleting_them_deletes_it(fresh_store, journal, lesson):
    ana, ben = students(fresh_store, lesson, 2)
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], 10.0)
    poll = journal.open_poll_of(lesson.id)
    journal.vote(poll, ana, 1, 20.0)
    journal.say(lesson.id, ana, "lost", 15.0)
    journal.say(lesson.id, ben, "got it", 16.0)
    journal.raise_hand(lesson, fresh_store.student(ana), "", 21.0)
    journal.ask_in_words(lesson.id, ana, "Why?", 22.0)
    assert journal.of_student(ana).values.tolist() == [
        [15.0, "button", "", "lost"],
        [20.0, "poll", "Clear?", "No"],
        [21.0, "hand", "", ""],
        [22.0, "question", "", "Why?"],
    ]
    fresh_store.delete_student(ana)
    assert journal.of_student(ana).empty and journal.result(lesson, poll).answered == 0
    assert journal.hands(lesson.id) == [] == journal.questions(lesson)
    assert journal.said_now(lesson, 20.0, {ana, ben}) == {"lost": 0, "got it": 1, "slower": 0}


def test_answers_of_a_class_only_lesson_are_shown_from_five_students_on(fresh_store, journal):
    lesson = fresh_store.create_lesson("Maths", 0.0, course="7b", view=CLASS_ONLY)
    answering = students(fresh_store, lesson, LEAST_ANSWERS)
    assert sum(journal.said_now(lesson, 61.0, set()).values()) == 0
    for n, student in enumerate(answering, 1):
        for second in range(3):  # who presses often is one student still
            journal.say(lesson.id, student, "lost", 61.0 + n + 2 * second)
        if n < LEAST_ANSWERS:
            assert journal.said_now(lesson, 90.0, answering) is None
            assert journal.said(lesson).empty and journal.course_counts("7b").empty
    assert journal.said(lesson).to_dict("list") == {"time": [60], "word": ["lost"], "n": [3 * LEAST_ANSWERS]}
    assert journal.course_counts("7b").values.tolist() == [[lesson.id, "lost", 3 * LEAST_ANSWERS]]
    assert journal.said_now(lesson, 90.0, set())["lost"] == LEAST_ANSWERS  # also when all have left
