"""The teacher's live view of one open lesson."""

import streamlit as st

from fer.languages import _
from fer.lesson.demos import deleted_at
from fer.records import Lesson
from fer.web import (
    board,
    class_tiles,
    dashboard_parts,
    guards,
    homes,
    lesson_start,
    links,
    poll_parts,
    said_parts,
    screen,
    who_may_join,
)

guards.require_teacher()


def main() -> None:
    running = guards.running()
    lesson = pick()
    if lesson is None:
        with screen.whole("start"):
            lesson_start.form(running)
            poll_parts.prepare(running)
        return
    homes.stay(running, lesson, "dashboard", lesson=str(lesson.id))
    view = st.query_params.get("view")
    if view in ("compact", "board"):
        one_view(running, view, lesson)
        return
    header(running, lesson)
    dashboard_parts.live(running, lesson)
    dashboard_parts.tools_on_a_phone()
    class_tiles.glance(running, lesson)
    dashboard_parts.tools(running, lesson)
    class_says(running, lesson)
    if not running.lessons.uses_cameras(lesson):
        return
    now, over_time = st.columns([2, 3], gap="large")
    with now:
        dashboard_parts.expressions_now(running, lesson)
    with over_time:
        dashboard_parts.timeline(running, lesson)
    screen.model_note(guards.running())


def one_view(running, view: str, lesson: Lesson) -> None:
    """A window of its own: for the projector, or for a corner of the screen."""
    if view == "board":
        board.page(running, lesson)
        return
    st.html(dashboard_parts.COMPACT_STYLE)
    dashboard_parts.compact(running, lesson)
    said_parts.compact(running, lesson)


def class_says(running, lesson: Lesson) -> None:
    """Polls, hands and questions, in a place of their own."""
    polls, said = st.columns(2, gap="large")
    with polls:
        poll_parts.asking(running, lesson)
        poll_parts.newest(running, lesson)
        poll_parts.earlier(running, lesson)
    with said:
        said_parts.said(running, lesson)


def pick() -> Lesson | None:
    """The open lesson to see: the one in the address, an own one, or for an admin one that is chosen from those of others."""
    me, names = guards.require_teacher(), guards.teachers_names()
    lessons = [lesson for lesson in guards.lessons() if lesson.is_open]
    lessons.sort(key=lambda one: one.owner_id != me.id)
    in_address = {str(one.id): place for place, one in enumerate(lessons)}.get(st.query_params.get("lesson", ""))
    if in_address is not None and "view" in st.query_params:
        return lessons[in_address]
    has_own = bool(lessons) and lessons[0].owner_id == me.id
    if has_own and len(lessons) == 1:
        return lessons[0]
    if not lessons:
        return None
    chosen = st.selectbox(
        _("Lesson"),
        lessons,
        index=0 if in_address is None and has_own else in_address,
        placeholder=_("Open lessons of other teachers"),
        format_func=lambda one: " · ".join(filter(None, (one.title, one.code, names.get(one.owner_id)))),
    )
    if chosen is not None:
        st.query_params["lesson"] = str(chosen.id)
    return chosen


def header(running, lesson: Lesson) -> None:
    if lesson.is_demo:
        demo_note(lesson)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson-header"):
        st.subheader(screen.plain(lesson.title), width="content")
        st.space("stretch")
        invite = _("Invite: **{code}**").format(code=lesson.code) if lesson.may_be_joined else _("Joining is closed")
        with st.popover(invite, icon=":material/qr_code:"):
            links.invitation(lesson)
        board.open_links(lesson)
        who_may_join.close_or_open(running, lesson)
        if st.button(_("New lesson"), icon=":material/add:"):
            new_lesson(running)
        if st.button(_("End lesson"), icon=":material/stop_circle:"):
            confirm_end(running, lesson)


def demo_note(lesson: Lesson) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="demo-note"):
        st.badge(_("Demo"), icon=":material/science:", color="violet")
        st.markdown(
            _("The students are made up. Try everything; it deletes itself at {time}.").format(
                time=screen.clock(deleted_at(lesson))
            ),
            width="content",
        )
        st.space("stretch")
        if lesson.may_be_joined:
            st.link_button(
                _("Be a student yourself"),
                f"{links.base_url()}/join?code={lesson.code}",
                icon=":material/open_in_new:",
                help=_(
                    "Opens a student's page in a second window. Your camera then joins the made-up ones. "
                    "In private only: nobody may be taught with a demo."
                ),
            )


@st.dialog(_("Start another lesson"))
@guards.says_store_errors
def new_lesson(running) -> None:
    guards.require_teacher()  # a dialog runs by itself, without the page's guard
    lesson_start.fields(running)


@st.dialog(_("End the lesson?"))
@guards.says_store_errors
def confirm_end(running, lesson: Lesson) -> None:
    guards.require_teacher()
    st.markdown(f"**{screen.plain(lesson.title)}** · {lesson.code}")
    st.write(_("Cameras stop and the join code no longer works. What was counted stays and can be exported."))
    if st.button(_("End lesson"), type="primary"):
        running.lessons.end(lesson)
        st.switch_page("pages/lessons.py", query_params={"lesson": str(lesson.id)})


main()
