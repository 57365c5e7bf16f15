"""One lesson afterwards: its timeline with moments and alerts, what stood out, and the class at any time of it."""

import streamlit as st

from fer.insight.said_words import SAID
from fer.insight.signals import signals
from fer.languages import _
from fer.records import Lesson
from fer.store.journal import WORDS
from fer.web import dashboard_parts, guards, links, poll_parts, replay_player, said_parts, screen

guards.require_teacher()


def main() -> None:
    running = guards.running()
    lesson = guards.lesson(st.query_params.get("lesson", ""))
    if lesson is None:
        st.info(_("There is no such lesson. The menu's Lessons shows all."))
        return
    st.title(screen.plain(lesson.title))
    st.caption(f"{screen.clock(lesson.started_at, screen.DAY_AND_TIME)} · {screen.duration(lesson)}")
    counts = running.store.counts(lesson.id, replay_player.COUNTED_S)
    coverage = running.store.coverage(lesson.id)
    if signals(counts) is None:
        st.info(
            _("No face was seen in this lesson.") if lesson.has_expressions else _("This lesson had no expressions.")
        )
    with screen.whole("replay"):
        if signals(counts) is None and coverage.empty:
            happenings(running, lesson)
        else:
            replay_player.player(running, lesson, counts, coverage)
        answers(running, lesson)
        if lesson.has_students:
            dashboard_parts.students_over_the_lesson(running, lesson)
        links.review_links(lesson, with_replay=False)


def happenings(running, lesson: Lesson) -> None:
    """Moments, alerts and polls as a list, where there is no timeline to carry them."""
    marks = dashboard_parts.moments_and_alerts(running, lesson)
    st.markdown(
        "\n".join(f"- {screen.clock(row.time.timestamp())}: {screen.plain(row.what)}" for row in marks.itertuples())
    )


def answers(running, lesson: Lesson) -> None:
    """Buttons, hands, polls and questions, in numbers."""
    said, hands = running.journal.said(lesson), int(running.journal.raised(lesson)["n"].sum())
    if hands:
        st.markdown(_("**Hands raised** · {hands}").format(hands=hands))
    if len(said):
        presses = said.groupby("word")["n"].sum()
        st.markdown(
            _("**Buttons pressed**")
            + " · "
            + " · ".join(f"{_(SAID[word])} **{presses.get(word, 0)}**" for word in WORDS)
        )
        with st.expander(_("Minute by minute")):
            minutes = (
                said.pivot(index="time", columns="word", values="n").reindex(columns=list(WORDS)).fillna(0).astype(int)
            )
            minutes.columns = [_(SAID[word]) for word in WORDS]
            minutes.insert(0, _("Time"), [screen.clock(at) for at in minutes.index])
            screen.table(minutes)
    for poll in running.journal.polls(lesson.id):
        poll_parts.shown(running, lesson, poll)
    asked = [question for question in running.journal.questions(lesson) if question.hidden_at is None]
    if asked:
        st.markdown(
            _("**Questions of students**") + "\n" + "\n".join(f"- {said_parts.question_text(one)}" for one in asked)
        )


main()
