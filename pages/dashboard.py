"""The teacher's live view of one open lesson."""

import time

import streamlit as st

from fer import aggregate, charts, ui
from fer.records import Lesson

ui.require_teacher()

LAST_MINUTES_S = 300


def main() -> None:
    running = ui.running()
    lessons = [lesson for lesson in running.store.lessons() if lesson.is_open]
    if not lessons:
        start_form(running)
        return
    lesson = lessons[0]
    if len(lessons) > 1:
        lesson = st.selectbox("Lesson", lessons, format_func=lambda one: f"{one.title} · {one.code}")
    header(running, lesson)
    live(running, lesson)
    ui.model_note()


def start_form(running) -> None:
    with ui.narrow():
        st.title("Start a lesson")
        with st.form("start"):
            title = st.text_input("Title", placeholder="Mathematics 3b", max_chars=80)
            if st.form_submit_button("Start the lesson", type="primary"):
                try:
                    running.start_lesson(title)
                except ValueError as error:
                    st.error(str(error))
                else:
                    st.rerun()
        st.caption("Students join with a six-character code. No picture is ever stored.")


def header(running, lesson: Lesson) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(ui.plain(lesson.title), width="content")
        st.space("stretch")
        with st.popover(f"Invite: **{lesson.code}**", icon=":material/qr_code:"):
            ui.invitation(lesson)
        if st.button("New lesson", icon=":material/add:"):
            new_lesson(running)
        if st.button("End lesson", icon=":material/stop_circle:"):
            confirm_end(running, lesson)


@st.dialog("Start another lesson")
@ui.says_store_errors
def new_lesson(running) -> None:
    ui.require_teacher()  # a dialog runs by itself, without the page's guard
    start_form(running)


@st.dialog("End the lesson?")
@ui.says_store_errors
def confirm_end(running, lesson: Lesson) -> None:
    ui.require_teacher()
    st.markdown(f"**{ui.plain(lesson.title)}** · {lesson.code}")
    st.write("Cameras stop and the join code no longer works. What was observed stays and can be exported.")
    if st.button("End lesson", type="primary"):
        running.end_lesson(lesson)
        st.switch_page("pages/lessons.py", query_params={"lesson": str(lesson.id)})


@st.fragment(run_every="1s")
@ui.says_store_errors
def live(running, lesson: Lesson) -> None:
    if not ui.is_teacher() or not running.store.lesson(lesson.id).is_open:
        st.rerun(scope="app")  # signed out, or ended, in another window
    now, gone_after_s = time.time(), running.settings.gone_after_s
    recent = running.store.recent(lesson.id, now - gone_after_s)
    students = running.store.students(lesson.id)
    if students.empty:
        ui.invitation(lesson)
        return
    view = aggregate.class_now(recent, students, now, gone_after_s)
    if running.problem:
        st.warning(f"Something fails right now, the lesson goes on. {ui.plain(running.problem)}")

    for warning in running.load_warnings(view.age_s):
        st.warning(warning)

    with st.container(horizontal=True):
        st.metric("Students present", f"{view.present} of {len(students)}", width=190,
                  help="Sending a picture right now, of those who joined.")
        st.metric("Coverage", f"{view.visible} of {view.present}" if view.present else "–", width=130,
                  help="Students with a visible face, of the students present.")
        st.metric("Newest picture", "–" if view.age_s is None else f"{view.age_s:.1f} s ago", width=190,
                  help="How old the newest analysed picture is.")

    shares, timeline = st.columns([2, 3], gap="large")
    with shares:
        st.markdown(f"**Expressions now** · {view.faces} {'face' if view.faces == 1 else 'faces'}")
        if view.faces:
            st.altair_chart(charts.shares_chart(view.shares), key="shares")
        else:
            st.info("No face is visible yet." if view.present else "Waiting for students to share their camera.")
    with timeline:
        span = st.segmented_control("Timeline", ["Last 5 minutes", "Whole lesson"], default="Last 5 minutes",
                                    label_visibility="collapsed")
        since = max(lesson.started_at, now - LAST_MINUTES_S) if span != "Whole lesson" else lesson.started_at
        step_s = aggregate.timeline_step_s(now - since)
        faces = aggregate.timeline(running.store.counts(lesson.id, step_s, since), step_s)
        if len(faces):
            st.altair_chart(charts.timeline_chart(faces), key="timeline")
        else:
            st.caption("No face was seen in this time.")

    table = aggregate.student_table(recent, students, running.store.student_counts(lesson.id), now, gone_after_s)
    st.dataframe(table, hide_index=True, key="students")


main()
