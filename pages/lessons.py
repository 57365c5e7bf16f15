"""Past and open lessons: what happened, and the CSV files."""

import time
from functools import partial

import pandas as pd
import streamlit as st

from fer import aggregate, charts, reports, ui
from fer.records import Lesson

ui.require_teacher()


def main() -> None:
    running = ui.running()
    lessons = running.store.lessons()
    st.title("Lessons")
    if not lessons:
        st.info("No lesson yet.")
        st.page_link("pages/dashboard.py", label="Start a lesson", icon=":material/insights:")
        return
    lesson = pick(running, lessons)
    st.subheader(ui.plain(lesson.title))
    details(running, lesson)


def pick(running, lessons: list[Lesson]) -> Lesson:
    """The lesson whose row is selected, else the one in the address, else the newest."""
    summaries = running.store.lesson_summaries().set_index("lesson_id")
    table = pd.DataFrame({
        "Lesson": [one.title for one in lessons],
        "Started": [ui.clock(one.started_at, "%d %b %Y, %H:%M") for one in lessons],
        "Length": [ui.duration(one) if not one.is_open else f"{ui.duration(one)}, open" for one in lessons],
        "Students": [int(summaries["students"].get(one.id, 0)) for one in lessons],
        "Code": [one.code for one in lessons],
    })
    chosen = st.dataframe(table, hide_index=True, on_select="rerun", selection_mode="single-row",
                          key="lessons", height="auto" if len(table) < 8 else 320)
    rows = chosen["selection"]["rows"]
    if rows:
        return lessons[rows[0]]
    in_address = {str(one.id): one for one in lessons}.get(st.query_params.get("lesson", ""))
    return in_address or lessons[0]


def details(running, lesson: Lesson) -> None:
    counts = running.store.student_counts(lesson.id)
    students = running.store.students(lesson.id)
    if counts.empty:
        st.info("Nothing was observed in this lesson.")
    else:
        step_s = aggregate.timeline_step_s(students["last_seen_at"].max() - lesson.started_at)
        timeline = aggregate.timeline(running.store.counts(lesson.id, step_s), step_s)
        st.altair_chart(charts.timeline_chart(timeline), key=f"timeline-{lesson.id}")
    downloads(running, lesson)
    if len(students):
        table = aggregate.student_table(running.store.recent(lesson.id, time.time()), students, counts, time.time(), 0)
        st.dataframe(table[["Student", "Over the lesson"]], hide_index=True)


def downloads(running, lesson: Lesson) -> None:
    st.markdown("**Export**")
    with st.container(horizontal=True):
        for label, kind in (("Observations", "observations"), ("Per minute", "minutes"), ("Per student", "students")):
            st.download_button(f"{label} (CSV)", partial(write_csv, running, ui.teacher_token(), lesson, kind),
                               reports.file_name(lesson, kind), "text/csv", on_click="ignore",
                               icon=":material/download:", key=f"{kind}-{lesson.id}")
    st.caption("Not for marks, attendance or discipline: an expression is a guess about a face, and guesses err.")


def write_csv(running, token: str, lesson: Lesson, kind: str) -> bytes:
    """Runs on the click, when the teacher may have signed out in another window."""
    if not running.sign_in.is_session(token):
        raise PermissionError("Sign in to download.")
    return b"".join(reports.REPORTS[kind](running.store, lesson))


main()
