"""Past and open lessons: what happened, and the CSV files."""

import pandas as pd
import streamlit as st

from fer.insight import charts
from fer.insight.csv_exports import kinds
from fer.insight.timeline import faces_over_time, timeline_step_s
from fer.languages import _
from fer.privacy.law import PURPOSES, country_name
from fer.records import PRESENCE, STEP_S, Lesson
from fer.web import dashboard_parts, guards, links, screen
from fer.web.lesson_start import VIEWS

guards.require_teacher()

MANY = 8  # lessons, from which on they can be searched
EXPORTS = {
    "observations": _("Observations (CSV)"),
    "minutes": _("Per minute (CSV)"),
    "students": _("Per student (CSV)"),
    "coverage": _("Who was there (CSV)"),
    "moments": _("Moments and alerts (CSV)"),
    "answers": _("Answers (CSV)"),
}


def main() -> None:
    running = guards.running()
    lessons = guards.lessons()
    st.title(_("Lessons"))
    if not lessons:
        st.info(_("No lesson yet."))
        st.page_link("pages/dashboard.py", label=_("Start a lesson"), icon=":material/insights:")
        return
    lesson = next((one for one in lessons if str(one.id) == st.query_params.get("lesson")), lessons[0])
    choose(running, lessons, lesson)
    st.header(screen.plain(lesson.title))
    details(running, lesson)


def choose(running, lessons: list[Lesson], chosen: Lesson) -> None:
    """The lessons that are searched for; a click on a row opens it: the address names it, so Back works."""
    names = guards.teachers_names()
    if len(lessons) >= MANY:
        wanted = st.text_input(
            _("Search"), icon=":material/search:", placeholder=_("Title, course, date, code")
        ).casefold()
        lessons = [one for one in lessons if wanted in " ".join((one.course, *row_of(one, names).values())).casefold()]
        if not lessons:
            st.info(_("No lesson matches."))
            return
    summaries = running.store.lesson_summaries().set_index("lesson_id")
    table = pd.DataFrame([row_of(one, names) for one in lessons])
    table[_("Lesson")] = [f"▸ {one.title}" if one.id == chosen.id else one.title for one in lessons]
    table.insert(3, _("Students"), [int(summaries["students"].get(one.id, 0)) for one in lessons])
    screen.table(
        table,
        key="lessons",
        on_select=lambda: open_row(lessons),
        selection_mode="single-cell",
        alt=_("Your lessons, the newest first"),
    )


def row_of(lesson: Lesson, names: dict[int | None, str]) -> dict[str, str]:
    length = screen.duration(lesson)
    row = {
        _("Lesson"): lesson.title,
        _("Started"): screen.clock(lesson.started_at, screen.DAY_AND_TIME),
        _("Length"): _("{length}, open").format(length=length) if lesson.is_open else length,
        _("Code"): lesson.code,
    }
    return row | {_("Teacher"): names.get(lesson.owner_id, "")} if names else row


def open_row(lessons: list[Lesson]) -> None:
    for row, _column in st.session_state["lessons"].selection.cells[:1]:
        st.query_params["lesson"] = str(lessons[row].id)


def details(running, lesson: Lesson) -> None:
    st.caption(what_it_showed(lesson))
    minutes = running.store.counts(lesson.id, 60)
    if len(minutes):
        step_s = max(
            timeline_step_s(minutes["time"].max() + 60 - lesson.started_at),
            1 if lesson.has_students else STEP_S,
        )
        timeline = faces_over_time(running.store.counts(lesson.id, step_s), step_s)
        if len(timeline):
            marks = dashboard_parts.moments_and_alerts(running, lesson)
            chart = charts.timeline_chart(timeline, marks, on_dark=screen.on_dark())
            st.container(key="chart-lesson").altair_chart(chart, key=f"timeline-{lesson.id}")
            dashboard_parts.list_of_marks(marks)
        else:
            st.info(_("No face was seen in this lesson."))
    elif lesson.has_expressions:
        st.info(
            _("Nothing was observed in this lesson.")
            if lesson.has_students
            else _("Nothing was released in this lesson: there were never enough visible faces to show the class.")
        )
    exports(lesson)
    if lesson.has_students:
        dashboard_parts.students_over_the_lesson(running, lesson)


def what_it_showed(lesson: Lesson) -> str:
    name = _(VIEWS[lesson.view][0])
    if lesson.is_demo:
        return _("Demo: the students are made up · {name}").format(name=name)
    if lesson.view == PRESENCE:
        return name
    return f"{name} · {country_name(lesson.country)} · {_(PURPOSES[lesson.purpose])}" if lesson.country else name


def exports(lesson: Lesson) -> None:
    links.review_links(lesson)
    st.markdown(_("**Export**"))
    links.export_links(lesson, {kind: EXPORTS[kind] for kind in kinds(lesson)})
    progress(guards.running(), lesson)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Delete this lesson"), icon=":material/delete:"):
            confirm_deletion(guards.running(), lesson)
        st.caption(screen.deletion_note(guards.running(), lesson))
    st.caption(_("Not for marks, attendance or discipline: an expression is a guess about a face, and guesses err."))


@st.dialog(_("Delete the lesson?"))
@guards.says_store_errors
def confirm_deletion(running, lesson: Lesson) -> None:
    guards.require_teacher()  # a dialog runs by itself, without the page's guard
    st.markdown(f"**{screen.plain(lesson.title)}** · {lesson.code}")
    st.write(
        _("Everything observed in it is deleted at once and for good, and its cameras stop.")
        if lesson.is_open
        else _("Everything observed in it is deleted at once and for good.")
    )
    if st.button(_("Delete it"), type="primary"):
        running.lessons.delete_by(guards.require_teacher(), lesson)
        st.switch_page("pages/lessons.py")


@st.fragment(run_every="1s")
@guards.says_store_errors
def progress(running, lesson: Lesson) -> None:
    share = running.exports.share(lesson.id) if guards.may_see(lesson) else None
    if share is not None:
        st.progress(share, _("Exporting: {share}").format(share=f"{share:.0%}"))


main()
