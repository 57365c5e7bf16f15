"""Polls, hands and questions on the pages: of the teacher, of a student, on the board, afterwards."""

import re
import time

import pytest

from fer.privacy.release import LEAST_ANSWERS
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE
from fer.store.polls import ONE, WORD, Draft
from tests.pages.test_pages import button, htmls, place, show, show_mine, sign_in, sit, texts
from tests.store.rows import students


def labels(app):
    return [one.label for one in app.button]


def field(app, label):
    return next(one for one in app.text_input if one.label == label)


@pytest.fixture
def lesson(running):
    sign_in(running)
    return running.lessons.start("Mathematics", PRESENCE)


def test_one_click_asks_the_class(running, lesson):
    sit(running, lesson, None)
    show("pages/join.py", code=lesson.code)
    app = show("pages/dashboard.py")
    button(app, "Yes / No").click().run()
    poll = running.journal.open_poll_of(lesson.id)
    assert (poll.question, poll.choices) == ("Yes or no?", ("Yes", "No")) and "0 of 1 answered" in texts(app)
    button(app, "Ready?").click().run()
    assert [one.closed_at is None for one in running.journal.polls(lesson.id)] == [False, True]
    shown = place(app.main, app.button("release-2"))
    button(app, "Close the poll").click().run()
    assert running.journal.open_poll_of(lesson.id) is None and "Close the poll" not in labels(app)
    assert place(app.main, app.button("release-2")) == shown
    next(one for one in app.button if one.label == "Ask it again").click().run()
    assert running.journal.open_poll_of(lesson.id).question == "Are you ready?"


def test_a_question_of_one_s_own_closes_the_form(running, lesson):
    app = show("pages/dashboard.py")
    button(app, "Ask a question").click().run()
    button(app, "Ask the class").click().run()
    assert "The question must have" in app.error[0].value and "Close the form" in labels(app)
    field(app, "Question").set_value("2 + *2*?")
    field(app, "Answer 1").set_value("5")
    field(app, "Answer 3").set_value("<b>4</b>")
    app.checkbox[2].check()
    button(app, "Ask the class").click().run()
    poll = running.journal.open_poll_of(lesson.id)
    assert (poll.choices, poll.correct, poll.kind) == (("5", "<b>4</b>"), (1,), ONE)
    assert "Ask a question" in labels(app) and "Answer 1" not in texts(app) and "2 \\+ \\*2\\*?" in texts(app)
    assert "&lt;b&gt;4&lt;/b&gt; ✓" in htmls(app) and "<b>4" not in htmls(app)


def test_questions_are_prepared_before_the_lesson_and_asked_in_it(running):
    sign_in(running)
    app = show("pages/dashboard.py")
    app.get("button_group")[0].set_value(WORD)
    app.run()
    field(app, "Question").set_value("What is it?")
    button(app, "Save for later").click().run()
    assert [one.draft for one in running.journal.saved_polls()] == [Draft("What is it?", kind=WORD)]
    lesson = running.lessons.start("Mathematics", PRESENCE)
    app = show("pages/dashboard.py")
    button(app, "Ask a question").click().run()
    saved = next(one for one in app.selectbox if one.label == "Saved questions")
    saved.set_value(running.journal.saved_polls()[0]).run()
    button(app, "Ask this one").click().run()
    assert running.journal.open_poll_of(lesson.id).kind == WORD
    button(app, "Ask a question").click().run()
    app.selectbox[0].set_value(running.journal.saved_polls()[0]).run()
    button(app, "Delete it").click().run()
    assert running.journal.saved_polls() == []


def test_a_hand_waits_until_it_is_called(running, lesson):
    student = sit(running, lesson, None)
    running.journal.raise_hand(lesson, student, "Ana *B*", time.time())
    teacher = show("pages/dashboard.py")
    assert "Ana \\*B\\*" in texts(teacher)
    button(teacher, "Called").click().run()
    assert running.journal.hands(lesson.id) == [] and "Ana" not in texts(teacher.run())


def test_a_named_student_s_hand_is_on_their_tile(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson, "Ben")
    show("pages/join.py", code=lesson.code)
    running.journal.raise_hand(lesson, student, "", time.time())
    teacher = show("pages/dashboard.py")
    assert "1\\. **Ben** · now" in texts(teacher) and "front_hand" in htmls(teacher)


def test_a_question_in_words_is_answered_and_hidden(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    asks, seconds = sit(running, lesson, "Ben"), sit(running, lesson, "Ana")
    running.journal.ask_in_words(lesson.id, asks.id, "Why *not*?", time.time())
    [question] = running.journal.questions(lesson)
    running.journal.second(question.id, seconds.id, time.time())
    sign_in(running)
    teacher = show("pages/dashboard.py")
    assert "**Why \\*not\\*?** · Ben · 1 more wants to know" in texts(teacher)
    button(teacher, "Answered").click().run()
    assert not running.journal.questions(lesson)[0].is_open
    button(teacher, "Open it again").click().run()
    button(teacher, "Hide").click().run()
    assert running.journal.questions(lesson)[0].hidden_at is not None
    assert "Why" not in texts(show("pages/replay.py", lesson=str(lesson.id)))


def test_a_student_reads_what_they_asked(running, lesson):
    student = sit(running, lesson, None)
    running.journal.ask_in_words(lesson.id, student.id, "Why?", time.time())
    running.journal.raise_hand(lesson, student, "Ana", time.time())
    table = show_mine(running, lesson).dataframe[0].value
    assert table[["Question", "Answer"]].values.tolist() == [["Why?", "Your question"], ["", "Raised hand"]]


def board(lesson):
    return show("pages/dashboard.py", view="board", lesson=str(lesson.id))


def test_the_board_has_the_code_the_question_and_released_results(running, lesson):
    other = running.lessons.start("Physics", PRESENCE)
    app = board(lesson)
    assert lesson.code in htmls(app) and other.code not in htmls(app) and "alone" in htmls(app)
    voter = sit(running, lesson, None)
    running.journal.open_poll(lesson.id, "<b>Clear?</b>", ["Yes", "No"], time.time())
    [poll] = running.journal.polls(lesson.id)
    running.journal.vote(poll, voter.id, 0, time.time())
    shown = htmls(app.run())
    assert "&lt;b&gt;Clear?" in shown and "<li>Yes</li>" in shown and "1 answered" in shown and "100 %" not in shown
    running.journal.release_poll(poll.id, time.time())
    assert "1 · 100 %" in htmls(app.run())
    running.journal.ask_in_words(lesson.id, voter.id, "<i>Why?</i>", time.time())
    assert "Why?" not in htmls(app.run())
    next(one for one in app.toggle if one.label == "Questions of students").set_value(True).run()
    assert "&lt;i&gt;Why?" in htmls(app) and "Mostly" not in htmls(app)


def test_of_a_class_only_lesson_no_figure_of_few_on_any_page(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", CLASS_ONLY, "JP", "teaching")
    mine = sit(running, lesson, None)
    for student in [mine.id, *students(running.store, lesson, LEAST_ANSWERS - 2)]:
        running.journal.open_poll_of(lesson.id) or running.journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], 1.0)
        running.journal.vote(running.journal.open_poll_of(lesson.id), student, 0, 2.0)
    running.journal.release_poll(running.journal.polls(lesson.id)[0].id, 3.0)
    pages = [
        show("pages/dashboard.py"),
        show("pages/dashboard.py", view="compact"),
        board(lesson),
        show("pages/replay.py", lesson=str(lesson.id)),
    ]
    for app in pages:
        said = texts(app) + htmls(app)
        assert "Clear?" in said and not re.search(r"\b4 (of|·|answered)", said) and "100 %" not in said
    last = running.store.add_student(lesson.id, None, "hash of the fifth", 1.0)
    running.journal.vote(running.journal.polls(lesson.id)[0], last.id, 0, 4.0)
    assert all("5" in texts(app.run()) + htmls(app) for app in pages)


def test_the_small_window_has_what_students_say(running, lesson):
    student = sit(running, lesson, None)
    running.journal.raise_hand(lesson, student, "Ana", time.time())
    running.journal.ask_in_words(lesson.id, student.id, "Why?", time.time())
    running.journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], time.time())
    app = show("pages/dashboard.py", view="compact")
    for said in ("**1** · Ana", "Why?", "Clear? Yes 0"):
        assert said in texts(app)
    assert not app.button
