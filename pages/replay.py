"""One lesson afterwards: its timeline with moments and alerts, what stood out, and the class at any time of it."""

import streamlit as st

from fer.insight import charts
from fer.insight.printed_report import peaks
from fer.insight.signals import signals
from fer.insight.timeline import faces_over_time, timeline_step_s
from fer.records import STEP_S, Lesson
from fer.store.journal import WORDS
from fer.web import dashboard_parts, guards, links, poll_parts, replay_player, said_parts, screen

guards.require_teacher()


def main() -> None:
    running = guards.running()
    lesson = guards.lesson(st.query_params.get("lesson", ""))
    if lesson is None:
        st.info("There is no such lesson. The menu's Lessons shows all.")
        return
    st.title(screen.plain(lesson.title))
    st.caption(f"{screen.clock(lesson.started_at, '%d %b %Y, %H:%M')} · {screen.duration(lesson)}")
    counts = running.store.counts(lesson.id, replay_player.COUNTED_S)
    if signals(counts) is None:
        st.info("No face was seen in this lesson." if lesson.has_expressions else "This lesson had no expressions.")
        happenings(running, lesson)
    else:
        expressions(running, lesson, counts)
        replay_player.player(running, lesson, counts)
    answers(running, lesson)
    if lesson.has_students:
        dashboard_parts.students_over_the_lesson(running, lesson)
    links.review_links(lesson, with_replay=False)


def expressions(running, lesson: Lesson, counts) -> None:
    step_s = max(STEP_S, timeline_step_s(counts["time"].max() + replay_player.COUNTED_S - lesson.started_at))
    faces = faces_over_time(running.store.counts(lesson.id, step_s), step_s)
    st.altair_chart(
        charts.timeline_chart(faces, dashboard_parts.moments_and_alerts(running, lesson)), key=f"replay-{lesson.id}"
    )
    stood_out = peaks(counts)
    if stood_out:
        st.markdown("**What stood out**\n" + "\n".join(f"- {screen.clock(at)}: {what}" for at, what in stood_out))


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
        st.markdown(f"**Hands raised** · {hands}")
    if len(said):
        presses = said.groupby("word")["n"].sum()
        st.markdown(
            "**Buttons pressed** · "
            + " · ".join(f"{said_parts.WORDS[word]} **{presses.get(word, 0)}**" for word in WORDS)
        )
        with st.expander("Minute by minute"):
            minutes = (
                said.pivot(index="time", columns="word", values="n").reindex(columns=list(WORDS)).fillna(0).astype(int)
            )
            minutes.insert(0, "Time", [screen.clock(at) for at in minutes.index])
            st.dataframe(minutes.rename(columns=said_parts.WORDS), hide_index=True)
    for poll in running.journal.polls(lesson.id):
        poll_parts.shown(running, lesson, poll)
    asked = [question for question in running.journal.questions(lesson) if question.hidden_at is None]
    if asked:
        st.markdown("**Questions of students**\n" + "\n".join(f"- {said_parts.question_text(one)}" for one in asked))


main()
