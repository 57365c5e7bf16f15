"""What students say, on the dashboard: buttons as numbers, hands in their order, and questions in words."""

import time
from collections.abc import Callable

import streamlit as st

from fer.insight.said_words import SAID, more_want_to_know, poll_line
from fer.insight.stored_words import in_readers_words
from fer.insight.wording import TOO_FEW_ANSWERS
from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.store.hands import Hand
from fer.store.questions import Question
from fer.web import guards, screen

MOST_QUESTIONS_SHOWN = 8


@st.fragment(run_every="2s")
@guards.says_store_errors
def said(running: Monitor, lesson: Lesson) -> None:
    if not guards.may_see(lesson):
        st.rerun(scope="app")
    st.markdown(_("**Students say, in the last 3 minutes**") + f" · {buttons_line(running, lesson)}")
    hands(running, lesson)
    questions(running, lesson)


def buttons_line(running: Monitor, lesson: Lesson) -> str:
    now = running.looks.look(lesson).known.said
    return " · ".join(f"{_(SAID[word])} **{n}**" for word, n in now.items()) if now is not None else _(TOO_FEW_ANSWERS)


def hands(running: Monitor, lesson: Lesson) -> None:
    """Who raised a hand, the first one first. They were told that it names them."""
    up = running.journal.hands(lesson.id)
    if not up:
        return
    st.markdown(":material/front_hand: " + _("**Hands up** · {n}").format(n=len(up)))
    for place, hand in enumerate(up, 1):
        with st.container(horizontal=True, vertical_alignment="center", key=f"hand-row-{hand.id}"):
            st.button(
                _("Called"),
                key=f"hand-{hand.id}",
                on_click=lower,
                args=(running, lesson, hand),
                help=_("Takes the hand down"),
            )
            st.markdown(f"{place}\\. **{screen.plain(hand.name)}** · {since(hand.raised_at)}", width="content")


def since(at: float) -> str:
    minutes = int(max(0.0, time.time() - at) // 60)
    return f"{minutes} min" if minutes else _("now")


@guards.says_store_errors
def lower(running: Monitor, lesson: Lesson, hand: Hand) -> None:
    if guards.may_see(lesson):
        running.journal.lower_hand(hand.id, time.time())


def questions(running: Monitor, lesson: Lesson) -> None:
    """What students ask in words, what most want to know first."""
    journal = running.journal
    asked = journal.questions(lesson)
    waiting = [one for one in asked if one.is_open]
    if waiting:
        st.markdown(":material/chat: " + _("**Questions** · {n}").format(n=len(waiting)))
    for question in waiting[:MOST_QUESTIONS_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"question-row-{question.id}"):
            st.markdown(question_text(question))
            st.button(
                _("Answered"),
                key=f"answered-{question.id}",
                on_click=note,
                args=(lesson, journal.mark_answered, question),
            )
            st.button(
                _("Hide"),
                key=f"hide-{question.id}",
                on_click=note,
                args=(lesson, journal.hide, question),
                help=_("Nobody but you sees it any more"),
            )
    if len(waiting) > MOST_QUESTIONS_SHOWN:
        st.caption(_("and {n} more").format(n=len(waiting) - MOST_QUESTIONS_SHOWN))
    over = [one for one in asked if not one.is_open]
    if over:
        with st.expander(_("Answered and hidden questions"), key=f"over-{lesson.id}"):
            for question in over:
                is_hidden = question.hidden_at is not None
                change = journal.hide if is_hidden else journal.mark_answered
                with st.container(horizontal=True, vertical_alignment="center"):
                    state = _("hidden") if is_hidden else _("answered")
                    st.markdown(f"{question_text(question)} · {state}")
                    key = f"open-{question.id}"
                    st.button(_("Open it again"), key=key, on_click=note, args=(lesson, change, question, False))


def question_text(question: Question) -> str:
    """As Markdown: the question, who asks where that is known, and how many more want to know."""
    said = [screen.plain(question.name)] if question.name else []
    said += [more_want_to_know(question.seconds)] if question.seconds else []
    return " · ".join([f"**{screen.plain(question.text)}**", *said])


@guards.says_store_errors
def note(lesson: Lesson, change: Callable[[int, float | None], None], question: Question, is_set: bool = True) -> None:
    if guards.may_see(lesson):
        change(question.id, time.time() if is_set else None)


@st.fragment(run_every="2s")
@guards.says_store_errors
def compact(running: Monitor, lesson: Lesson) -> None:
    """The same in a small window, to be read only."""
    if not guards.may_see(lesson):
        st.rerun(scope="app")
    st.markdown(_("**Students say**") + f" · {buttons_line(running, lesson)}")
    up = [screen.plain(hand.name) for hand in running.journal.hands(lesson.id)]
    if up:
        st.markdown(f":material/front_hand: **{len(up)}** · {', '.join(up)}")
    poll = running.journal.open_poll_of(lesson.id)
    if poll is not None:
        st.markdown(
            f":material/ballot: {screen.plain(poll_line(poll, running.journal.result(lesson, poll), in_readers_words))}"
        )
    waiting = [one for one in running.journal.questions(lesson) if one.is_open]
    for question in waiting[:3]:
        st.markdown(f":material/chat: {question_text(question)}")
