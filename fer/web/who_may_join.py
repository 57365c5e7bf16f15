"""Who may be in a lesson: the teacher closes joining and opens it again, removes students and lets them back in."""

import pandas as pd
import streamlit as st

from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.web import guards, screen

NEWEST = 10  # of who joined last, in a lesson without names


def close_or_open(running: Monitor, lesson: Lesson) -> None:
    """One button: nobody else can join, or students can join again."""
    if lesson.may_be_joined:
        st.button(
            _("Close joining"),
            icon=":material/lock:",
            help=_("Nobody else can join. Who is in the lesson stays in it."),
            on_click=_set_joining,
            args=(running, lesson, False),
        )
    else:
        st.button(
            _("Open joining"),
            icon=":material/lock_open:",
            help=_("Joining is closed. After this, students can join again."),
            type="primary",
            on_click=_set_joining,
            args=(running, lesson, True),
        )


@guards.says_store_errors
def _set_joining(running: Monitor, lesson: Lesson, is_open: bool) -> None:
    if guards.may_see(lesson):
        running.lessons.set_joining(lesson, is_open)


def remove(running: Monitor, lesson: Lesson) -> None:
    """Asks whom; also lets back in who was removed."""
    st.dialog(_("Remove a student"))(_remove)(running, lesson)


@guards.says_store_errors
def _remove(running: Monitor, lesson: Lesson) -> None:
    guards.require_teacher()  # a dialog runs by itself, without the page's guard
    students = running.store.students(lesson.id)
    is_removed = students["removed_at"].notna()
    chosen = (_by_name if lesson.has_students else _by_joining)(students[~is_removed])
    st.caption(
        _(
            "They are told so, and their camera stops. They cannot come back with the browser they joined with. "
            "Close joining if they should not join as somebody else. What was counted of them stays."
        )
    )
    if st.button(_("Remove"), type="primary", disabled=not chosen):
        running.students.remove(chosen)
        st.rerun()
    if is_removed.any():
        _let_back(running, lesson, students[is_removed])


def _by_name(students: pd.DataFrame) -> list[int]:
    names = dict(zip(students["student_id"], students["name"], strict=True))
    who = st.selectbox(_("Student"), names, index=None, format_func=lambda one: names[one], placeholder=_("Choose one"))
    return [] if who is None else [who]


def _by_joining(students: pd.DataFrame) -> list[int]:
    """Nobody has a name here, so it is the last who joined."""
    newest = students.sort_values(["joined_at", "student_id"], ascending=False).head(NEWEST)
    joined = [screen.clock(at, "%H:%M:%S") for at in newest["joined_at"]]
    n = st.selectbox(
        _("Who joined last"),
        range(1, len(newest) + 1),
        index=None,
        format_func=lambda n: (
            _("1 student, who joined at {time}").format(time=joined[0])
            if n == 1
            else _("{n} students, from {time} on").format(n=n, time=joined[n - 1])
        ),
        placeholder=_("Choose how many"),
        help=_("This lesson has no names, so students can be removed only by when they joined."),
    )
    return newest["student_id"].tolist()[: n or 0]


def _let_back(running: Monitor, lesson: Lesson, removed: pd.DataFrame) -> None:
    st.divider()
    who = ", ".join(map(screen.plain, removed["name"])) if lesson.has_students else str(len(removed))
    st.markdown(_("**Removed** · {who}").format(who=who))
    if st.button(_("Let them back in")):
        running.students.let_back(removed["student_id"].tolist())
        st.rerun()
