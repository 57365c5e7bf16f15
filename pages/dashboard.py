"""The teacher's live view of one open lesson."""

import streamlit as st

from fer.records import Lesson
from fer.web import dashboard_parts, guards, lesson_start, links, screen, who_may_join

guards.require_teacher()


def main() -> None:
    running = guards.running()
    lessons = [lesson for lesson in running.store.lessons() if lesson.is_open]
    if not lessons:
        lesson_start.form(running)
        return
    lesson = lessons[0]
    if len(lessons) > 1:
        lesson = st.selectbox("Lesson", lessons, format_func=lambda one: f"{one.title} · {one.code}")
    if st.query_params.get("view") == "compact":
        st.html(dashboard_parts.COMPACT_STYLE)
        dashboard_parts.compact(running, lesson)
        return
    header(running, lesson)
    dashboard_parts.live(running, lesson)
    dashboard_parts.tools(running, lesson)
    if not running.lessons.uses_cameras(lesson):
        return
    now, over_time = st.columns([2, 3], gap="large")
    with now:
        dashboard_parts.expressions_now(running, lesson)
    with over_time:
        dashboard_parts.timeline(running, lesson)
    if lesson.has_students:
        dashboard_parts.students(running, lesson)
    screen.model_note(guards.running())


def header(running, lesson: Lesson) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(screen.plain(lesson.title), width="content")
        st.space("stretch")
        invite = f"Invite: **{lesson.code}**" if lesson.may_be_joined else "Joining is closed"
        with st.popover(invite, icon=":material/qr_code:"):
            links.invitation(lesson)
        who_may_join.close_or_open(running, lesson)
        if st.button("New lesson", icon=":material/add:"):
            new_lesson(running)
        if st.button("End lesson", icon=":material/stop_circle:"):
            confirm_end(running, lesson)


@st.dialog("Start another lesson")
@guards.says_store_errors
def new_lesson(running) -> None:
    guards.require_teacher()  # a dialog runs by itself, without the page's guard
    lesson_start.fields(running)


@st.dialog("End the lesson?")
@guards.says_store_errors
def confirm_end(running, lesson: Lesson) -> None:
    guards.require_teacher()
    st.markdown(f"**{screen.plain(lesson.title)}** · {lesson.code}")
    st.write("Cameras stop and the join code no longer works. What was counted stays and can be exported.")
    if st.button("End lesson", type="primary"):
        running.lessons.end(lesson)
        st.switch_page("pages/lessons.py", query_params={"lesson": str(lesson.id)})


main()
