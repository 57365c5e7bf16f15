"""What a student says in a lesson besides the buttons: answers to polls, a raised hand, and questions in words."""

import time

import streamlit as st

from fer.lesson.monitor import Monitor
from fer.lesson.shown_to_class import ShownToClass
from fer.names import LONGEST_NAME
from fer.records import Lesson, Student
from fer.store.polls import LONGEST_WORD, SEVERAL, WORD, Answer, Poll
from fer.store.questions import LONGEST_ASKED, Question, TooManyQuestions
from fer.web import guards, screen
from fer.web.language import _, ngettext
from fer.web.poll_bars import show_bars
from fer.web.quick_polls import in_readers_words

MOST_QUESTIONS_SHOWN = 8
TYPED = "question typed"  # kept until it could be asked


def poll(running: Monitor, student: Student, asked: Poll | None) -> list[str]:
    """The open poll, if there is one; the keys of the buttons that are pressed."""
    if asked is None:
        return []
    given = running.journal.my_vote(asked, student.id)
    with st.container(border=True):
        st.markdown(f"**{screen.plain(in_readers_words(asked.question))}**")
        if asked.kind == WORD:
            _word(running, asked, student, given)
            return []
        if asked.kind == SEVERAL:
            st.caption(_("Choose all that fit."))
        chosen = given if isinstance(given, tuple) else () if given is None else (given,)
        keys = [f"vote-{asked.id}-{place}" for place in range(len(asked.choices))]
        with st.container(horizontal=True):
            for place, choice in enumerate(asked.choices):
                answer = tuple(set(chosen) ^ {place}) if asked.kind == SEVERAL else place
                label = screen.plain(in_readers_words(choice))
                st.button(label, key=keys[place], on_click=vote, args=(running, asked, student, answer))
    return [keys[place] for place in chosen]


def _word(running: Monitor, asked: Poll, student: Student, given: Answer | None) -> None:
    with st.form(f"word-{asked.id}", border=False):
        word = st.text_input(_("Your answer"), max_chars=LONGEST_WORD, placeholder=_("A word"))
        if st.form_submit_button(_("Send")):
            vote(running, asked, student, word)
            given = running.journal.my_vote(asked, student.id)
    if given is not None:
        st.caption(_("You answered: {word}").format(word=screen.plain(str(given))))


@guards.says_store_errors
def vote(running: Monitor, asked: Poll, student: Student, answer: Answer) -> None:
    if not running.students.is_in(student):
        return
    try:
        running.journal.vote(asked, student.id, answer, time.time())
    except ValueError:
        is_open = running.journal.open_poll_of(student.lesson_id) == asked
        st.toast(
            _("Type an answer, in 1 to {longest} characters.").format(longest=LONGEST_WORD)
            if is_open
            else _("This poll is closed, so your answer was not counted.")
        )


def released(now: ShownToClass) -> None:
    """The results that the teacher shows."""
    if now.released is None:
        return
    with st.container(border=True):
        if now.released != now.poll:
            st.markdown(f"**{screen.plain(in_readers_words(now.released.question))}**")
        if now.result is None:
            st.caption(_("Too few have answered to show it."))
            return
        show_bars(now.released, now.result, in_readers_words)
        n = now.result.answered
        st.caption(ngettext("{n} student answered.", "{n} students answered.", n).format(n=n))


def hand(running: Monitor, lesson: Lesson, student: Student) -> list[str]:
    """The raised hand, and before that, that it names the student; the key of the button where it is up."""
    up = [one.student_id for one in running.journal.hands(lesson.id)]
    key = "say-hand"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if student.id in up:
            place = up.index(student.id) + 1
            st.button(
                _("Take my hand down"), key=key, icon=":material/front_hand:", on_click=lower, args=(running, student)
            )
            st.caption(_("Your hand is up, as number {place}.").format(place=place))
            return [key]
        if student.name is None:
            st.text_input(
                _("Your name, for the raised hand"), max_chars=LONGEST_NAME, key="hand name", autocomplete="name"
            )
        st.button(
            _("Raise my hand"),
            key=key,
            icon=":material/front_hand:",
            on_click=raise_hand,
            args=(running, lesson, student),
        )
    st.caption(_("Your teacher sees your name while your hand is up."))
    return []


@guards.says_store_errors
def raise_hand(running: Monitor, lesson: Lesson, student: Student) -> None:
    if not running.students.is_in(student):
        return
    try:
        running.journal.raise_hand(lesson, student, st.session_state.get("hand name", ""), time.time())
    except ValueError:
        st.toast(_("Type your name, in 1 to {longest} characters.").format(longest=LONGEST_NAME))


@guards.says_store_errors
def lower(running: Monitor, student: Student) -> None:
    running.journal.lower_my_hand(student.id, time.time())


def questions(running: Monitor, student: Student, asked: tuple[Question, ...]) -> list[str]:
    """A line to ask in, and what the class asks; the keys of what the student wants to know, too."""
    with st.form("question", border=False):
        st.text_input(_("Your question to the teacher and the class"), max_chars=LONGEST_ASKED, key=TYPED)
        st.caption(
            _("Your teacher sees your name with it, the class does not.")
            if student.name
            else _("Nobody sees that it is yours.")
        )
        st.form_submit_button(_("Ask"), on_click=ask, args=(running, student))
    mine, wanted = running.journal.asked_by(student.id), running.journal.seconded_by(student.id)
    for question in asked[:MOST_QUESTIONS_SHOWN]:
        more = f" · +{question.seconds}" if question.seconds else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{screen.plain(question.text)}{more}")
            if question.id in mine:
                st.caption(_("Your question"))
            else:
                key = f"say-too-{question.id}"
                st.button(_("I want to know, too"), key=key, on_click=second, args=(running, student, question))
    return [f"say-too-{one}" for one in wanted]


@guards.says_store_errors
def ask(running: Monitor, student: Student) -> None:
    if not running.students.is_in(student):
        return
    try:
        running.journal.ask_in_words(student.lesson_id, student.id, st.session_state[TYPED], time.time())
        st.session_state[TYPED] = ""
    except TooManyQuestions:
        st.toast(_("You have just asked. Wait a moment before you ask again, or raise your hand."))
    except ValueError:
        st.toast(_("Type a question, in 1 to {longest} characters.").format(longest=LONGEST_ASKED))


@guards.says_store_errors
def second(running: Monitor, student: Student, question: Question) -> None:
    if running.students.is_in(student):
        running.journal.second(question.id, student.id, time.time())
