"""The lessons of one course over the weeks: one row each, and their shares over the dates."""

import pandas as pd
import streamlit as st

from fer.insight import charts
from fer.insight.course_figures import course_figures, places
from fer.insight.wording import NOTHING, percent
from fer.languages import _, decimal, ngettext
from fer.records import Lesson
from fer.web import guards, links, screen

guards.require_teacher()

UNSEEN = _("no face seen")
WITHOUT = _("no expressions")


def main() -> None:
    running = guards.running()
    course = st.query_params.get("course", "")
    lessons = {lesson.id: lesson for lesson in guards.lessons() if course and lesson.course == course}
    if not lessons:
        st.info(_("There is no such course. Open Lessons in the menu and choose a lesson; its course is linked there."))
        return
    st.title(screen.plain(course))
    figures = figures_of(running, course, lessons)
    st.caption(ngettext("{n} lesson", "{n} lessons, oldest first", len(figures)).format(n=len(figures)))
    if figures["positive"].notna().any():
        names = places(figures["started_at"], screen.zone(st.context.timezone or ""))
        chart = charts.course_chart(figures, names, screen.on_dark())
        st.container(key="chart-course").altair_chart(chart, key="course")
    else:
        st.info(_("No face was seen in any of these lessons."))
    screen.table(
        table(figures, lessons),
        column_config={
            _("Coverage"): st.column_config.TextColumn(
                help=_("Of the students who were present, how many had a visible face, on average.")
            ),
            _("Concentration"): st.column_config.TextColumn(
                help=_("Index from 0 to 100, from expressions only. No measurement of learning.")
            ),
            _("Replay"): st.column_config.LinkColumn(display_text=_("Open")),
        },
    )
    st.caption(
        _(
            "Means over each whole lesson. Other faces, another light or another seating change them too, so look for what "
            "lasts. Not for marks, attendance or discipline."
        )
    )


def figures_of(running, course: str, lessons: dict[int, Lesson]) -> pd.DataFrame:
    summaries = running.store.lesson_summaries()
    return course_figures(
        summaries[summaries["lesson_id"].isin(lessons)],
        running.store.course_counts(course),
        running.store.course_coverage(course),
        running.journal.course_counts(course),
    )


def table(figures: pd.DataFrame, lessons: dict[int, Lesson]) -> pd.DataFrame:
    """As text: what is missing must not read as a figure."""
    rows = []
    for row in figures.itertuples():
        lesson, seen = lessons[row.lesson_id], pd.notna(row.positive)
        shares = (
            " · ".join(percent(share) for share in (row.positive, row.neutral, row.negative))
            if seen
            else (UNSEEN if lesson.has_expressions else WITHOUT)
        )
        rows.append(
            {
                _("Date"): screen.clock(row.started_at, screen.DAY_AND_TIME),
                _("Lesson"): row.title,
                _("Length"): _("{lesson}, open").format(lesson=screen.duration(lesson))
                if lesson.is_open
                else screen.duration(lesson),
                _("Students"): row.students,
                _("Coverage"): percent(row.coverage) if pd.notna(row.coverage) else NOTHING,
                _("Positive · neutral · negative"): shares,
                _("Valence"): decimal(row.valence, 2, signed=True) if seen else NOTHING,
                _("Concentration"): f"{row.concentration * 100:.0f}" if seen else NOTHING,
                _("I'm lost"): row.lost,
                _("Slower"): row.slower,
                _("Alerts"): row.alerts,
                _("Replay"): f"{links.base_url()}/replay?lesson={row.lesson_id}",
            }
        )
    return pd.DataFrame(rows)


main()
