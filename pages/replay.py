"""One lesson afterwards: its timeline with moments and alerts, what stood out, and the class at any time of it."""

import streamlit as st

from fer import aggregate, board, charts, ui
from fer.handout import peaks
from fer.journal import WORDS
from fer.records import Lesson
from fer.signals import baseline, line, signals

ui.require_teacher()

LOOK_S = 30  # the slider shows the mean of so many seconds


def main() -> None:
    running = ui.running()
    lesson = {str(one.id): one for one in running.store.lessons()}.get(st.query_params.get("lesson", ""))
    if lesson is None:
        st.info("There is no such lesson. The menu's Lessons shows all.")
        return
    st.title(ui.plain(lesson.title))
    st.caption(f"{ui.clock(lesson.started_at, '%d %b %Y, %H:%M')} · {ui.duration(lesson)}")
    counts = running.store.counts(lesson.id, 15)
    if signals(counts) is None:
        st.info("No face was seen in this lesson.")
    else:
        expressions(running, lesson, counts)
    answers(running, lesson)
    ui.review_links(lesson, with_replay=False)


def expressions(running, lesson: Lesson, counts) -> None:
    step_s = max(5, aggregate.timeline_step_s(counts["time"].max() + 15 - lesson.started_at))
    faces = aggregate.timeline(running.store.counts(lesson.id, step_s), step_s)
    st.altair_chart(charts.timeline_chart(faces, board.moments_and_alerts(running, lesson)), key=f"replay-{lesson.id}")
    stood_out = peaks(counts)
    if stood_out:
        st.markdown("**What stood out**\n" + "\n".join(f"- {ui.clock(at)}: {what}" for at, what in stood_out))
    first, last = int(counts["time"].min()), int(counts["time"].max())
    if last - first < LOOK_S:
        return
    at = st.select_slider("Look at a time", range(first + LOOK_S, last + 16, 15), format_func=lambda at: ui.clock(at, "%H:%M:%S"))
    now = signals(counts[(counts["time"] >= at - LOOK_S) & (counts["time"] < at)])
    before = baseline(counts[counts["time"] < at - LOOK_S], at)
    if now is None:
        st.caption("No face was seen in these seconds.")
        return
    st.markdown(f"**{line(now, before, 1, None, None).text}**")
    board.signals(now, before)


def answers(running, lesson: Lesson) -> None:
    """Buttons and polls, in numbers."""
    presses = running.journal.said(lesson.id).groupby("word")["n"].sum()
    if len(presses):
        st.markdown("**Buttons pressed** · " + " · ".join(f"{board.WORDS[word]} **{presses.get(word, 0)}**" for word in WORDS))
    for poll in running.journal.polls(lesson.id):
        st.markdown(f"**Poll, {ui.clock(poll.opened_at)}** · {ui.plain(poll.question)}")
        board.votes(poll, running.journal.votes(poll))


main()
