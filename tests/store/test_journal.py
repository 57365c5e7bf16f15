"""The journal: moments, alerts, polls and answers, as numbers."""

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY, PER_STUDENT, Alert
from fer.store.journal import COUNTS_FOR_S, DISMISSED, DONE, Journal


@pytest.fixture
def lesson(fresh_store):
    return fresh_store.create_lesson("Mathematics", 0.0, view=PER_STUDENT)


@pytest.fixture
def journal(fresh_store):
    return Journal(fresh_store)


def students(store, lesson, n):
    return [
        store.add_student(lesson.id, f"S{i}" if lesson.has_students else None, f"hash {lesson.id} {i}", 0.0).id
        for i in range(n)
    ]


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


def test_a_student_changes_their_answer(journal, fresh_store, lesson):
    ana, ben = students(fresh_store, lesson, 2)
    journal.open_poll(lesson.id, "Clear?", ["Yes", " No ", ""], 1.0)
    poll = journal.open_poll_of(lesson.id)
    journal.vote(poll, ana, 0, 2.0)
    journal.vote(poll, ben, 0, 2.0)
    journal.vote(poll, ana, 1, 3.0)
    assert poll.choices == ("Yes", "No") and journal.votes(lesson, poll) == [1, 1]
    assert journal.my_vote(poll, ana) == 1
    with pytest.raises(ValueError, match="Received: 2"):
        journal.vote(poll, ana, 2, 4.0)
    journal.open_poll(lesson.id, "Next?", ["A", "B"], 5.0)
    with pytest.raises(ValueError, match="This poll is closed"):
        journal.vote(poll, ana, 0, 6.0)
    assert [one.closed_at for one in journal.polls(lesson.id)] == [5.0, None]


@pytest.mark.parametrize(
    ("question", "choices", "message"),
    [
        ("", ["Yes", "No"], "The question must have 1 to 140 characters. Received: 0"),
        ("Clear?", ["Yes"], "A poll needs 2 to 5 answers. Received: 1"),
        ("Clear?", list("ABCDEF"), "A poll needs 2 to 5 answers. Received: 6"),
        ("Clear?", ["Yes", "yes"], "The answers of a poll must differ. Received: Yes, yes"),
        ("Clear?", ["YES", "УЕЅ"], "The answers of a poll must differ"),
        ("Clear?", ["Yes", "\u3164"], "An answer must have 1 to"),
        ("Clear?", ["Yes", "x" * 41], "An answer must have 1 to 40 characters. Received: 41"),
    ],
)
def test_a_bad_poll_is_refused_and_the_open_one_stays(journal, lesson, question, choices, message):
    journal.open_poll(lesson.id, "First?", ["A", "B"], 0.0)
    with pytest.raises(ValueError, match=message):
        journal.open_poll(lesson.id, question, choices, 1.0)
    assert journal.open_poll_of(lesson.id).question == "First?"


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
    assert journal.of_student(ana).values.tolist() == [[100.0, "", "got it"]]


def test_a_student_reads_what_they_said_and_deleting_them_deletes_it(fresh_store, journal, lesson):
    ana, ben = students(fresh_store, lesson, 2)
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], 10.0)
    poll = journal.open_poll_of(lesson.id)
    journal.vote(poll, ana, 1, 20.0)
    journal.say(lesson.id, ana, "lost", 15.0)
    journal.say(lesson.id, ben, "got it", 16.0)
    assert journal.of_student(ana).values.tolist() == [[15.0, "", "lost"], [20.0, "Clear?", "No"]]
    fresh_store.delete_student(ana)
    assert journal.of_student(ana).empty and journal.votes(lesson, poll) == [0, 0]
    assert journal.said_now(lesson, 20.0, {ana, ben}) == {"lost": 0, "got it": 1, "slower": 0}


def test_answers_of_a_class_only_lesson_are_shown_from_five_students_on(fresh_store, journal):
    lesson = fresh_store.create_lesson("Maths", 0.0, course="7b", view=CLASS_ONLY)
    answering = students(fresh_store, lesson, LEAST_ANSWERS)
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], 1.0)
    poll = journal.open_poll_of(lesson.id)
    assert journal.votes(lesson, poll) == [0, 0] and sum(journal.said_now(lesson, 61.0, set()).values()) == 0
    for n, student in enumerate(answering, 1):
        for second in range(3):  # who presses often is one student still
            journal.say(lesson.id, student, "lost", 61.0 + n + 2 * second)
        journal.vote(poll, student, 1, 61.0)
        if n < LEAST_ANSWERS:
            assert journal.votes(lesson, poll) is None and journal.said_now(lesson, 90.0, answering) is None
            assert journal.said(lesson).empty and journal.course_counts("7b").empty
    assert journal.votes(lesson, poll) == [0, LEAST_ANSWERS]
    assert journal.said(lesson).to_dict("list") == {"time": [60], "word": ["lost"], "n": [3 * LEAST_ANSWERS]}
    assert journal.course_counts("7b").values.tolist() == [[lesson.id, "lost", 3 * LEAST_ANSWERS]]
    assert journal.said_now(lesson, 90.0, set())["lost"] == LEAST_ANSWERS  # also when all have left
