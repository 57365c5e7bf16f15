"""Polls on the dashboard: asking by one click or in one's own words, what the class answers, and the earlier ones.

The form stands in the page, so that it covers nothing, and closes when the class is asked.
"""

import time

import streamlit as st

from fer.insight.said_words import answered
from fer.insight.stored_words import QUICK, in_readers_words
from fer.languages import N_, _
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.store.polls import (
    LONGEST_CHOICE,
    LONGEST_QUESTION,
    MOST_CHOICES,
    ONE,
    SEVERAL,
    WORD,
    Draft,
    Poll,
    draft,
)
from fer.web import guards, screen
from fer.web.poll_bars import show_bars

KINDS = {ONE: N_("One answer"), SEVERAL: N_("Several answers"), WORD: N_("A word")}
FORM = "poll form"  # whether it is open


@st.fragment
@guards.says_store_errors
def asking(running: Monitor, lesson: Lesson) -> None:
    """The questions that take one click, and the form for others."""
    if not guards.may_see(lesson):
        st.rerun(scope="app")
    st.markdown(_("**Ask the class**"))
    with st.container(horizontal=True):
        for label, quick in QUICK.items():
            if st.button(
                _(label),
                key=f"quick-{label}",
                help=_("Asks the class: {question}").format(question=in_readers_words(quick.question)),
            ):
                ask(running, lesson, quick)
        is_open = bool(st.session_state.get(FORM))
        icon = ":material/close:" if is_open else ":material/ballot:"
        label = _("Close the form") if is_open else _("Ask a question")
        st.button(label, icon=icon, key="poll-form", on_click=_open_form, args=(not is_open,))
    if is_open:
        with st.container(border=True):
            with st.container():
                _saved(running, lesson)
            asked = _form(running, _("Ask the class"))
            if asked is not None:
                ask(running, lesson, asked)


def prepare(running: Monitor) -> None:
    """The same before a lesson: polls are saved, to be asked in it."""
    with st.expander(_("Prepare questions for your lessons"), icon=":material/ballot:"), screen.narrow():
        _saved(running, None)
        _form(running, None)


def ask(running: Monitor, lesson: Lesson, asked: Draft) -> None:
    running.journal.ask(lesson.id, asked, time.time())
    st.session_state[FORM] = False
    st.rerun()


def _open_form(is_open: bool) -> None:
    st.session_state[FORM] = is_open


def _form(running: Monitor, ask_label: str | None) -> Draft | None:
    """What is to be asked now, if anything; saves what is to be kept."""
    kind = st.segmented_control(
        _("Students give"),
        list(KINDS),
        default=ONE,
        required=True,
        format_func=lambda one: _(KINDS[one]),
        key="poll kind",
    )
    with st.form("poll", border=False):
        question = st.text_input(_("Question"), max_chars=LONGEST_QUESTION, placeholder=_("Is this clear?"))
        choices, correct = ([], []) if kind == WORD else _choices()
        with st.container(horizontal=True):
            is_asked = ask_label is not None and st.form_submit_button(ask_label, type="primary")
            is_saved = st.form_submit_button(_("Save for later"), icon=":material/bookmark:")
    if not is_asked and not is_saved:
        return None
    try:
        typed = draft(question, choices, kind, correct)
        if is_saved:
            running.journal.save_poll(typed, time.time(), guards.require_teacher().id)
            st.toast(_("Saved. You can ask it in any lesson."))
    except ValueError as error:
        st.error(str(error))
        return None
    return typed if is_asked else None


def _choices() -> tuple[list[str], list[int]]:
    """The answers and which of them are marked as correct."""
    choices, correct = [], []
    for place in range(MOST_CHOICES):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choices.append(st.text_input(_("Answer {place}").format(place=place + 1), max_chars=LONGEST_CHOICE))
            if st.checkbox(_("Correct"), key=f"correct-{place}", help=_(CORRECT_HELP) if place == 0 else None):
                correct.append(place)
    return choices, correct


CORRECT_HELP = N_("For a quiz question. Students see it with the results, when you show them.")


def _saved(running: Monitor, lesson: Lesson | None) -> None:
    """Polls that were prepared, to ask or to delete."""
    saved = running.journal.saved_polls(guards.require_teacher().id)
    if not saved:
        return
    chosen = st.selectbox(
        _("Saved questions"),
        saved,
        index=None,
        format_func=lambda one: "{} ({})".format(one.draft.question, ", ".join(one.draft.choices) or _("a word")),
        placeholder=_("{n} saved").format(n=len(saved)),
        key="saved polls",
    )
    if chosen is None:
        return
    with st.container(horizontal=True):
        if lesson is not None and st.button(_("Ask this one"), type="primary", key="ask-saved"):
            ask(running, lesson, chosen.draft)
        if st.button(_("Delete it"), icon=":material/delete:", key="delete-saved"):
            running.journal.delete_saved_poll(chosen.id)
            st.rerun()


@st.fragment(run_every="2s")
@guards.says_store_errors
def newest(running: Monitor, lesson: Lesson) -> None:
    """The poll that is open, or else the one that was asked last."""
    if not guards.may_see(lesson):
        st.rerun(scope="app")
    polls = running.journal.polls(lesson.id)
    if polls:
        with st.container(border=True, key="poll-now"):
            shown(running, lesson, polls[-1], running.looks.look(lesson).view.present)
            _buttons(running, lesson, polls[-1])


def earlier(running: Monitor, lesson: Lesson) -> None:
    """The lesson's polls before the newest."""
    polls = running.journal.polls(lesson.id)[:-1]
    if not polls:
        return
    with st.expander(_("Earlier questions ({n})").format(n=len(polls))):
        for poll in reversed(polls):
            shown(running, lesson, poll)
            _buttons(running, lesson, poll)


def shown(running: Monitor, lesson: Lesson, poll: Poll, present: int = 0) -> None:
    """``present``: of how many an open one is awaited."""
    result, is_open = running.journal.result(lesson, poll), poll.closed_at is None
    state = (_("asked {time}") if is_open else _("asked {time}, closed")).format(time=screen.clock(poll.opened_at))
    st.markdown(
        f"**{screen.plain(in_readers_words(poll.question))}**  \n{answered(result, present if is_open else 0)} · {state}"
    )
    if result is not None:
        with screen.narrow():
            show_bars(poll, result, in_readers_words)


def _buttons(running: Monitor, lesson: Lesson, poll: Poll) -> None:
    journal, now = running.journal, time.time()
    with st.container(horizontal=True):
        close, release, again, word = (st.empty() for _ in range(4))  # places: a button stays in its own
    if poll.closed_at is None and close.button(_("Close the poll"), key=f"close-{poll.id}"):
        journal.close_poll(lesson.id, now)
        st.rerun()
    label = _("Show the results to students") if poll.released_at is None else _("Hide the results from students")
    if release.button(label, key=f"release-{poll.id}", icon=":material/visibility:"):
        journal.release_poll(poll.id, now if poll.released_at is None else None)
        st.rerun()
    if poll.closed_at is not None and again.button(_("Ask it again"), key=f"again-{poll.id}"):
        ask(running, lesson, poll.draft)
    result = journal.result(lesson, poll) if poll.kind == WORD else None
    if result is not None and result.answers:
        with word.popover(_("Remove a word")):
            _remove_a_word(running, poll, [answer for answer, _ in result.answers])


def _remove_a_word(running: Monitor, poll: Poll, words: list[str]) -> None:
    word = st.pills(_("It disappears for everybody"), words, key=f"word-{poll.id}", format_func=screen.plain)
    if word and st.button(_("Remove it"), key=f"remove-{poll.id}", type="primary"):
        running.journal.remove_word(poll, word)
        st.rerun()
