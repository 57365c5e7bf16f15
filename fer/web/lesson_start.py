"""Starting a lesson: its title, what it shows, and where expressions are shown, the country and the purpose."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer.insight.student_table import by_name
from fer.languages import N_, _
from fer.lesson.lessons import LONGEST_TITLE
from fer.lesson.monitor import Monitor
from fer.privacy import law
from fer.records import CLASS_ONLY, ON_DEVICE, ON_SERVER, PER_STUDENT, PRESENCE
from fer.web import guards, screen

VIEWS = {  # view -> its name, what it means
    CLASS_ONLY: (
        N_("The class only"),
        N_(
            "Expressions of the whole class, from {least_visible} visible faces on. No expression of a "
            "single student is stored or shown."
        ),
    ),
    PER_STUDENT: (N_("Each student too"), N_("Also a table by name, on the dashboard and in the exports.")),
    PRESENCE: (
        N_("No expressions"),
        N_("Who is here, answers and polls. No camera is asked for and no face is looked at."),
    ),
}
SEVERAL_HELP = N_(
    "For classes that share webcams: every face before a camera counts. Otherwise one does: the largest, or the one that "
    "was followed so far. A poster, a television or a person behind counts for nobody."
)
ACCOUNT_HELP = N_(
    "Each account of the school has one seat, so nobody joins twice or from outside. Who they are there is not stored."
)
READ_ON = {  # where faces are read -> its name, what it means
    ON_SERVER: (N_("On this server"), N_("The camera's pictures come here, are looked at and thrown away.")),
    ON_DEVICE: (
        N_("On each student's device"),
        N_("No video leaves it: browsers look at the pictures and send numbers, which a student could make up."),
    ),
}


def form(running: Monitor) -> None:
    with screen.narrow():
        st.title(_("Start a lesson"))
        fields(running)


def fields(running: Monitor) -> None:
    """The form without its title, for a dialog that has one."""
    title = st.text_input(_("Title"), placeholder=_("Mathematics 3b"), max_chars=LONGEST_TITLE)
    course = pick_course(running)
    view, country, purpose, several, needs_account, read_on = PRESENCE, "", "", False, False, ON_SERVER
    if running.recognition is not None:
        view = st.radio(
            _("What it shows"),
            VIEWS,
            format_func=lambda one: _(VIEWS[one][0]),
            captions=[_(text).format(least_visible=running.settings.least_visible) for _name, text in VIEWS.values()],
        )
    with st.container():  # a place of its own: what stands below stays in its place without it
        if view != PRESENCE:
            read_on = where_faces_are_read(running)
            country, purpose = place_and_purpose(running)
            several = st.checkbox(_("Several students at one camera"), help=_(SEVERAL_HELP))
    if running.settings.oidc_students:
        needs_account = st.checkbox(_("Only students with a school account"), value=True, help=_(ACCOUNT_HELP))
    with st.container(horizontal=True):
        if st.button(_("Start the lesson"), type="primary"):
            said = {"course": course, "needs_account": needs_account}
            of_expressions = {"country": country, "purpose": purpose, "several": several, "read_on": read_on}
            begin(running, title, said, view, **of_expressions)
        if st.button(
            _("Try it"),
            icon=":material/science:",
            help=_(
                "Opens a demo lesson with 20 made-up students. Nothing has to be filled in; it deletes itself after "
                "an hour."
            ),
        ):
            open_demo(running, view)
    st.caption(_("Students join with a six-character code. No picture is ever stored."))


def where_faces_are_read(running: Monitor) -> str:
    chosen = st.radio(
        _("Faces are read"),
        READ_ON,
        format_func=lambda one: _(READ_ON[one][0]),
        captions=[_(text) for _name, text in READ_ON.values()],
        index=list(READ_ON).index(running.settings.read),
    )
    why_not = running.recognition.why_not_on_devices() if running.recognition and chosen == ON_DEVICE else ""
    if why_not:
        st.warning(screen.plain(_("Faces cannot be read on the students' devices: {why_not}.").format(why_not=why_not)))
    return chosen


def pick_course(running: Monitor) -> str:
    """An earlier course or a new one; "" for none. No box that takes both: it drops what is typed without Enter."""
    what = _("Lessons of one course can be compared over the weeks.")
    earlier = dict.fromkeys(lesson.course for lesson in guards.lessons() if lesson.course)
    if not earlier:
        return st.text_input(_("Course"), placeholder=_("Optional"), max_chars=LONGEST_TITLE, help=what)
    course = st.selectbox(
        _("Course"),
        [*earlier, ""],
        index=None,
        placeholder=_("Optional"),
        help=what,
        format_func=lambda one: one or _("A new course"),
    )
    return st.text_input(_("Name of the new course"), max_chars=LONGEST_TITLE) if course == "" else course or ""


def place_and_purpose(running: Monitor) -> tuple[str, str]:
    """What the law asks, with the last lesson's answers as a proposal."""
    last = next((lesson for lesson in guards.lessons() if lesson.country), None)
    proposed = (last.country, last.purpose) if last else None
    return ask_place_and_purpose(_("Country of the students"), law.PURPOSES, proposed)


def ask_place_and_purpose(
    whose: str, purposes: dict[str, str], proposed: tuple[str, str] | None, key: str = ""
) -> tuple[str, str]:
    """Two boxes side by side; "" for what is not chosen yet. ``purposes``: with what they are called."""
    kinds = list(purposes)
    where, what_for = st.columns(2)
    country = ask_country(where, whose, proposed[0] if proposed else None, key=f"{key}country")
    purpose = what_for.selectbox(
        _("Purpose"),
        kinds,
        format_func=lambda one: _(purposes[one]),
        placeholder=_("Choose one"),
        index=kinds.index(proposed[1]) if proposed and proposed[1] in kinds else None,
        help=_(
            "Some countries forbid guessing emotions in class and at work. Your answer is kept with what you keep. "
            "This is no legal advice."
        ),
        key=f"{key}purpose",
    )
    return country or "", purpose or ""


def ask_country(
    where: DeltaGenerator,
    whose: str,
    proposed: str | None = None,
    placeholder: str = "",
    key: str | None = None,
) -> str | None:
    """A box with the countries by name; the ISO 3166 code, None for what is not chosen yet."""
    codes = sorted(law.countries(), key=lambda code: by_name(law.country_name(code)))
    return where.selectbox(
        whose,
        codes,
        format_func=law.country_name,
        placeholder=placeholder or _("Choose one"),
        index=codes.index(proposed) if proposed else None,
        key=key,
    )


def begin(running: Monitor, title: str, said: dict[str, Any], view: str, **of_expressions: Any) -> None:
    try:
        lesson = running.lessons.start(title, view, owner_id=guards.require_teacher().id, **said, **of_expressions)
    except law.Forbidden as reason:
        st.error(str(reason))
        st.write(
            _("Without expressions it can be started: you see who is here, and students answer by button and poll.")
        )
        st.button(_("Start it without expressions"), on_click=start_without, args=(running, title, said))
    except ValueError as error:
        st.error(str(error))
    else:
        running.processes.place(lesson.id)
        st.rerun()


@guards.says_store_errors
def start_without(running: Monitor, title: str, said: dict[str, Any]) -> None:
    if (teacher := guards.teacher()) is not None:
        running.processes.place(running.lessons.start(title, PRESENCE, owner_id=teacher.id, **said).id)


def open_demo(running: Monitor, view: str) -> None:
    """A lesson of made-up students, which the dashboard then shows."""
    st.query_params["lesson"] = str(running.demos.open(view, guards.require_teacher().id).id)
    st.rerun()
