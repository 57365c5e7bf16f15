"""Polls: what can be asked and answered, what comes out, and polls that were prepared."""

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY
from fer.store import polls
from fer.store.polls import ONE, SEVERAL, WORD, Draft, Result, draft
from tests.store.rows import students


def asked(journal, lesson, *args, **kwargs):
    journal.ask(lesson.id, draft(*args, **kwargs), 1.0)
    return journal.open_poll_of(lesson.id)


def test_a_student_changes_their_answer(journal, lesson, ana, ben):
    journal.open_poll(lesson.id, "Clear?", ["Yes", " No ", ""], 1.0)
    poll = journal.open_poll_of(lesson.id)
    assert journal.my_vote(poll, ana.id) is None and journal.result(lesson, poll) == Result(0, (("Yes", 0), ("No", 0)))
    for student, choice in ((ana, 0), (ben, 0), (ana, 1)):
        journal.vote(poll, student.id, choice, 2.0)
    result = journal.result(lesson, poll)
    assert result == Result(2, (("Yes", 1), ("No", 1))) and result.share(1) == 0.5
    assert journal.my_vote(poll, ana.id) == 1
    for wrong in (2, -1, [0, 1], [], "Yes"):
        with pytest.raises(ValueError, match="must be one of the poll's 2. Received: "):
            journal.vote(poll, ana.id, wrong, 4.0)
    journal.open_poll(lesson.id, "Next?", ["A", "B"], 5.0)
    with pytest.raises(ValueError, match="This poll is closed"):
        journal.vote(poll, ana.id, 0, 6.0)
    assert [one.closed_at for one in journal.polls(lesson.id)] == [5.0, None] and journal.my_vote(poll, ana.id) == 1


def test_several_choices_count_a_student_once(journal, lesson, ana, ben):
    poll = asked(journal, lesson, "Which are prime?", ["2", "4", "5"], SEVERAL, correct=[0, 2])
    assert poll.correct == (0, 2)
    journal.vote(poll, ana.id, [2, 0, 2], 2.0)
    journal.vote(poll, ben.id, [0], 2.0)
    assert journal.result(lesson, poll) == Result(2, (("2", 2), ("4", 0), ("5", 1)))
    assert journal.my_vote(poll, ana.id) == (0, 2)
    assert journal.of_student(ana.id)["answer"].tolist() == ["2", "5"]
    journal.vote(poll, ana.id, [], 3.0)
    assert journal.result(lesson, poll).answered == 1 and journal.my_vote(poll, ana.id) is None


def test_words_that_look_the_same_are_one(journal, fresh_store, lesson):
    poll = asked(journal, lesson, "What do plants make?", kind=WORD)
    words = ["Sugar", "sugar ", "oxygen", "ѕugar", "oxygen", "=rude()"]
    for student, word in zip(students(fresh_store, lesson, 6), words, strict=True):
        journal.vote(poll, student, word, 2.0)
    assert journal.my_vote(poll, student) == "=rude()"
    result = journal.result(lesson, poll)
    assert result.answered == 6 and [n for _, n in result.answers] == [3, 2, 1]
    assert result.answers[1:] == (("oxygen", 2), ("=rude()", 1))
    journal.remove_word(poll, "=RUDE()")
    assert journal.result(lesson, poll).answers[1:] == (("oxygen", 2),)
    for wrong in ("x" * 31, "\u3164", 0, [0]):
        with pytest.raises(ValueError, match="must"):
            journal.vote(poll, student, wrong, 3.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("", ["Yes", "No"]), "The question must have 1 to 140 characters.$"),
        (("Clear?", ["Yes"]), "A poll needs 2 to 5 answers. Received: 1"),
        (("Clear?", list("ABCDEF")), "A poll needs 2 to 5 answers. Received: 6"),
        (("Clear?", ["Yes", "yes"]), "The answers of a poll must differ. Received: Yes, yes"),
        (("Clear?", ["YES", "УЕЅ"]), "The answers of a poll must differ"),
        (("Clear?", ["Yes", "\u3164"]), "An answer must have 1 to"),
        (("Clear?", ["Yes", "x" * 41]), "An answer must have 1 to 40 characters. Received: 41"),
        (("Clear?", ["Yes", "No"], "essay"), "A poll asks for one, several, word. Received: 'essay'"),
        (("Clear?", ["Yes", "No"], ONE, [0, 1]), "The correct answer must be one of the answers.*Received: 2 marked"),
        (("Clear?", ["Yes", "No", ""], SEVERAL, [2]), "The correct answer must be .*Received: 1 marked as correct"),
    ],
)
def test_what_nobody_could_answer_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        draft(*given)


def test_a_bad_poll_is_refused_and_the_open_one_stays(journal, lesson):
    journal.open_poll(lesson.id, "First?", ["A", "B"], 0.0)
    with pytest.raises(ValueError, match="Received: 1"):
        journal.open_poll(lesson.id, "Clear?", ["Yes"], 1.0)
    assert journal.open_poll_of(lesson.id).question == "First?"


def test_a_second_click_asks_nothing(journal, lesson):
    for at in (1.0, 1.5, 1.0 + polls.SECOND_CLICK_S):
        journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], at)
    assert [poll.opened_at for poll in journal.polls(lesson.id)] == [1.0, 1.0 + polls.SECOND_CLICK_S]


def test_the_correct_answer_keeps_its_place_where_an_empty_one_is_left_out():
    assert draft("2 + 2?", ["3", "", "4"], ONE, [2]) == Draft("2 + 2?", ("3", "4"), ONE, (1,))


@pytest.mark.parametrize(
    ("kind", "answer", "shown"), [(ONE, 1, ("B", 5)), (SEVERAL, [1], ("B", 5)), (WORD, "ivy", ("ivy", 5))]
)
def test_results_of_a_class_only_lesson_are_shown_from_five_students_on(fresh_store, journal, kind, answer, shown):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=CLASS_ONLY)
    poll = asked(journal, lesson, "Which?", ["A", "B"], kind)
    assert journal.result(lesson, poll).answered == 0
    for n, student in enumerate(students(fresh_store, lesson, LEAST_ANSWERS), 1):
        assert n == 1 or journal.result(lesson, poll) is None
        journal.vote(poll, student, answer, 2.0)
    assert journal.result(lesson, poll).answered == LEAST_ANSWERS and shown in journal.result(lesson, poll).answers


def test_results_are_released_and_taken_back(journal, lesson):
    poll = asked(journal, lesson, "Clear?", ["Yes", "No"])
    assert poll.released_at is None
    journal.release_poll(poll.id, 7.0)
    assert journal.polls(lesson.id)[0].released_at == 7.0
    journal.release_poll(poll.id, None)
    assert journal.polls(lesson.id)[0].released_at is None


def test_polls_are_prepared_for_any_lesson(journal, fresh_store, lesson, monkeypatch):
    first, second = draft("Which?", ["A", "B"], SEVERAL, [1]), draft("A word?", kind=WORD)
    for one in (first, second, first):
        journal.save_poll(one, 1.0)
    assert [saved.draft for saved in journal.saved_polls()] == [second, first]
    journal.ask(lesson.id, journal.saved_polls()[1].draft, 2.0)
    fresh_store.delete_lesson(lesson.id)
    monkeypatch.setattr(polls, "MOST_SAVED", 2)
    with pytest.raises(ValueError, match="At most 2 questions can be saved, so delete one first"):
        journal.save_poll(draft("More?", kind=WORD), 3.0)
    journal.delete_saved_poll(journal.saved_polls()[0].id)
    assert [saved.draft for saved in journal.saved_polls()] == [first]


def test_prepared_polls_are_their_teacher_s(journal, fresh_store):
    teacher = fresh_store.teacher_signs_in("account", "Ana", False, 1.0)
    journal.save_poll(draft("Hers?", kind=WORD), 1.0, teacher.id)
    journal.save_poll(draft("Nobody's?", kind=WORD), 1.0)
    assert [one.draft.question for one in journal.saved_polls(teacher.id)] == ["Hers?"]
    assert [one.draft.question for one in journal.saved_polls()] == ["Nobody's?"]
    fresh_store.forget_teachers(2.0)
    assert journal.saved_polls(teacher.id) == [] and len(journal.saved_polls()) == 1
