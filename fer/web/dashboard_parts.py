"""The parts of the dashboard: the line, the signals, alerts, charts, students, and the tools below them."""

import html
import math
import time

import pandas as pd
import streamlit as st

from fer.insight import alerts, charts, wording
from fer.insight.alerts import DEFAULT_THRESHOLD
from fer.insight.class_now import Look
from fer.insight.headline import Headline
from fer.insight.signals import NOW_S, Signals
from fer.insight.stored_words import EXERCISE, NEW_TOPIC, in_readers_words
from fer.insight.student_table import student_table
from fer.insight.timeline import means_over_time, timeline_step_s
from fer.languages import N_, _, decimal, ngettext
from fer.lesson.monitor import Monitor
from fer.records import STEP_S, UNSURE, Lesson
from fer.store.journal import LONGEST_MOMENT
from fer.web import guards, lesson_start, links, screen, urgent_parts, who_may_join

LAST_MINUTES_S = 300
LAST_MINUTES, WHOLE_LESSON = N_("Last 5 minutes"), N_("Whole lesson")
SHARES_HELP = N_(
    "Mean probabilities over the visible faces of the last 15 s. Positive is happy; negative is angry, disgust, fear "
    "and sad together. Surprise is neither."
)
VALENCE_HELP = N_("Positive minus negative, from −1 to 1. Below it: the change against this lesson so far.")
CONCENTRATION_HELP = N_(
    "0.9 neutral + 0.6 happy + 0.6 surprise + 0.3 sad + 0.3 fear + 0.25 angry + 0.25 disgust, divided by 0.9. "
    "The weights follow Sharma et al. (2019), arXiv:1909.12913, without the eyes (theirs has none for "
    "disgust). It says how faces look, not how much is learnt."
)
GROUPS_HELP = N_(
    "Students enter and leave these figures in groups of three or more, and who turns away still counts for a while, "
    "so that nobody's coming or going shows anything about them. After each such change the figures pause for a moment. "
    "So there can be fewer or more faces here than are visible."
)
COMPACT_STYLE = """<style>
.stMainBlockContainer {padding: .5rem .75rem !important}
[data-testid="stHeader"], [data-testid="stToolbar"] {display: none}
.headline.urgent {font-size: 1.35rem}
</style>"""


# What is new every second is drawn every second, the rest less often: a page costs the server as long as it is open.


@st.fragment(run_every="1s")
@guards.says_store_errors
def live(running: Monitor, lesson: Lesson) -> None:
    if is_over(running, lesson):
        st.rerun(scope="app")
    look = running.looks.look(lesson)
    if look.known.students.empty:
        links.invitation(lesson)
        see_a_demo(running, lesson)
        return
    with st.container():  # the line below keeps its place when they come and go
        warnings(running, lesson, look)
    urgent_parts.first_line(running, lesson, look, age(lesson, look.view.age_s))
    if lesson.has_expressions:
        signals(look.now, look.before)


def warnings(running: Monitor, lesson: Lesson, look: Look) -> None:
    """What goes wrong in the whole lesson."""
    if running.problem:
        st.warning(
            _("Something fails right now, the lesson goes on. {problem}").format(problem=screen.plain(running.problem))
        )
    for warning in running.load_warnings(look.view.age_s):
        st.warning(warning)
    if running.students.has_teachers_own(lesson.id):
        st.warning(
            _("Somebody joined this lesson in a browser in which a teacher is signed in. All students are told so.")
        )


@st.fragment(run_every="2s")
@guards.says_store_errors
def expressions_now(running: Monitor, lesson: Lesson) -> None:
    look = running.looks.look(lesson) if guards.may_see(lesson) else None
    if look is None or look.known.students.empty:
        return
    n = look.view.faces
    st.markdown(
        ngettext(
            "**Expressions now** · mean probabilities of {n} face, over {seconds} s",
            "**Expressions now** · mean probabilities of {n} faces, over {seconds} s",
            n,
        ).format(n=n, seconds=NOW_S)
        + unsure(look),
        help=None if lesson.has_students else _(GROUPS_HELP),
    )
    if look.now is not None:
        data = charts.means_data(look.now)
        if as_table():
            st.table(data[["label", "text"]].set_index("label").rename(columns={"text": _(charts.MEANS)}))
        else:
            st.container(key="chart-means").vega_lite_chart(data, charts.means_spec(screen.on_dark()), key="means")
    else:
        st.info(what_is_missing(running, look))
        see_a_demo(running, lesson)


def unsure(look: Look) -> str:
    """How many of the faces have no likely expression."""
    shares = look.view.shares
    n = int(shares.loc[shares["label"] == UNSURE, "n"].sum())
    return " · " + _("{n} unsure").format(n=n) if n else ""


def as_table() -> bool:
    """Whether the teacher wants tables instead of charts."""
    return bool(st.session_state.get("as-table"))


def what_is_missing(running: Monitor, look: Look) -> str:
    """Why no expression is shown yet."""
    if not look.view.present:
        return _("Waiting for students to share their camera.")
    if look.known.lesson.has_students:
        return _("No face is visible yet.")
    least, visible = running.settings.least_visible, look.view.visible
    seen = _("fewer than {n}").format(n=least) if visible is None or visible < least else str(visible)
    return _(
        "Shown when at least {least} faces are visible, and a few seconds late: this lesson shows the "
        "class, never a single student. Now {seen} are visible. Who is here, what students say and "
        "polls can be seen already."
    ).format(least=least, seen=seen)


def see_a_demo(running: Monitor, lesson: Lesson) -> None:
    """For who is alone and wants to see something now."""
    if not lesson.is_demo and st.button(
        _("See a demo class now"),
        icon=":material/science:",
        help=_("Opens a second lesson with made-up students; this one goes on. Choose between them at the top."),
    ):
        lesson_start.open_demo(running, lesson.view)


@st.fragment(run_every="5s")
@guards.says_store_errors
def timeline(running: Monitor, lesson: Lesson) -> None:
    """The expressions over time, with what was marked and alerted."""
    look = running.looks.look(lesson) if guards.may_see(lesson) else None
    if look is None or look.known.students.empty:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        span = st.segmented_control(
            _("Timeline"),
            [LAST_MINUTES, WHOLE_LESSON],
            default=LAST_MINUTES,
            format_func=_,
            label_visibility="collapsed",
        )
        st.toggle(_("Tables"), key="as-table", help=_("The same numbers as tables instead of charts"))
    at = look.known.at
    is_whole = span == WHOLE_LESSON and lesson.started_at < at - LAST_MINUTES_S
    since = lesson.started_at if is_whole else at - LAST_MINUTES_S
    step_s = max(timeline_step_s(at - since), 1 if lesson.has_students else STEP_S)
    window = since // step_s * step_s, math.ceil(at / step_s) * step_s
    means = means_over_time(running.store.counts(lesson.id, step_s, since, at), step_s)
    marks = moments_and_alerts(running, lesson)
    if as_table():
        st.dataframe(timeline_table(means), key="timeline-table")
    else:
        flags = charts.numbered(marks, *window)
        data = charts.timeline_data(means, window)
        spec = charts.timeline_spec(flags, screen.on_dark())
        st.container(key="chart-timeline").vega_lite_chart(data, spec, key="timeline")
    list_of_marks(marks[marks["time"] >= pd.to_datetime(window[0], unit="s", utc=True)])


def timeline_table(means: pd.DataFrame) -> pd.DataFrame:
    """A row per step, a column per expression."""
    wide = means.pivot(index="time", columns="state", values="share").map("{:.0%}".format, na_action="ignore")
    return (
        wide.set_axis([screen.clock(at.timestamp(), "%H:%M:%S") for at in wide.index])
        .rename_axis(_("from"))
        .rename(columns=_)
    )


def list_of_marks(marks: pd.DataFrame) -> None:
    """What the numbers over a timeline stand for: the last of all ``moments_and_alerts``, or all."""
    if len(marks):
        lines = "".join(
            f"<li>{screen.clock(one.time.timestamp())} {html.escape(one.what)}</li>" for one in marks.itertuples()
        )
        name = _("Marks on the timeline")
        st.html(f'<ol start="{marks.index[0] + 1}" class="mark-list" aria-label="{name}">{lines}</ol>')


def students_over_the_lesson(running: Monitor, lesson: Lesson) -> None:
    """The students of a lesson that may show them, afterwards."""
    counts = running.store.student_counts(lesson.id)
    if len(counts):
        screen.table(student_table(running.store.students(lesson.id), counts))


@st.fragment(run_every="1s")
@guards.says_store_errors
def compact(running: Monitor, lesson: Lesson) -> None:
    """For a corner of a shared screen: the line, or what is urgent, and the signals."""
    if is_over(running, lesson):
        st.rerun(scope="app")
    look = running.looks.look(lesson)
    urgent_parts.first_line(running, lesson, look, age(lesson, look.view.age_s), with_buttons=False)
    if lesson.is_demo:
        st.caption(_("A demo: the students are made up."))
    figures(look.now)


def is_over(running: Monitor, lesson: Lesson) -> bool:
    """Whether the teacher signed out, or ended or deleted the lesson, in another window; or another process has it now."""
    stored = running.store.lesson(lesson.id) if guards.may_see(lesson) else None
    return stored is None or not stored.is_open or not running.processes.is_here(lesson.id)


def age(lesson: Lesson, age_s: float | None) -> str:
    """How old what is shown is: the newest picture, or the newest figures where only the class is shown."""
    if age_s is None:
        return ""
    return (
        _("newest picture {age} s ago").format(age=decimal(age_s, 1))
        if lesson.has_students
        else _("figures {age} s old").format(age=f"{age_s:.0f}")
    )


def headline(said: Headline) -> None:
    """The class in words, of any time."""
    st.html(urgent_parts.line(said, " · ".join(filter(None, (said.coverage, said.why)))))


def signals(now: Signals | None, before: Signals | None) -> None:
    """At most three figures, each with its formula behind the question mark."""
    with st.container(horizontal=True, gap="medium", key="signals"):
        if now is None:
            return
        shares = " · ".join(f"{share:.0%}".rstrip("%") for share in (now.positive, now.neutral, now.negative))
        st.metric(_("Positive · neutral · negative"), f"{shares} %", width=230, help=_(SHARES_HELP))
        st.metric(
            _("Valence"),
            decimal(now.valence, 2, signed=True),
            width=130,
            help=_(VALENCE_HELP),
            delta=None if before is None else decimal(now.valence - before.valence, 2, signed=True),
            delta_color="off",
            delta_arrow="off",  # it would come and go
        )
        st.metric(
            _("Concentration index"),
            _("{concentration} of 100").format(concentration=f"{now.concentration * 100:.0f}"),
            width=190,
            help=_(CONCENTRATION_HELP),
            delta=None if before is None else decimal((now.concentration - before.concentration) * 100, 0, signed=True),
            delta_color="off",
            delta_arrow="off",
        )


def figures(now: Signals | None) -> None:
    """The signals in one small line."""
    if now is not None:
        st.caption(
            _(
                "Positive {positive} · neutral {neutral} · negative {negative} · valence {valence} · "
                "concentration index {concentration} of 100"
            ).format(**wording.figures(now))
        )


def tools_on_a_phone() -> None:
    """On a phone what is urgent comes first, and all tools are behind one button."""
    is_open = st.session_state.get("tools-open", False)
    st.container(key="tools-state").html(f'<span class="{"tools-open" if is_open else ""}"></span>')
    label = _("Close the tools") if is_open else _("Tools")
    st.button(label, key="tools-button", icon=":material/build:", on_click=_toggle_tools)


def _toggle_tools() -> None:
    st.session_state["tools-open"] = not st.session_state.get("tools-open", False)


def tools(running: Monitor, lesson: Lesson) -> None:
    """Marking moments, how easily alerts come, and removing students."""
    with st.container(horizontal=True, key="lesson-tools"):
        for text, key in ((NEW_TOPIC, "t"), (EXERCISE, "e")):
            if st.button(
                _(text),
                icon=":material/flag:",
                shortcut=key,
                help=_("Marks this moment on the timeline (key {key})").format(key=key),
            ):
                running.journal.mark(lesson.id, text, time.time())
                st.toast(_("Marked: {text}").format(text=_(text)))
        with st.popover(_("Other moment"), icon=":material/flag:"):
            _own_moment(running, lesson)
        with st.popover(_("Alerts"), icon=":material/notifications:"):
            _threshold(running, lesson)
        if st.button(_("Remove a student"), icon=":material/person_remove:"):
            who_may_join.remove(running, lesson)


def _own_moment(running: Monitor, lesson: Lesson) -> None:
    with st.form("moment", clear_on_submit=True, border=False):
        text = st.text_input(_("What happens now"), max_chars=LONGEST_MOMENT)
        if st.form_submit_button(_("Mark")):
            try:
                running.journal.mark(lesson.id, text, time.time())
            except ValueError as error:
                st.error(str(error))


def _threshold(running: Monitor, lesson: Lesson) -> None:
    now = running.journal.threshold(lesson.id) or DEFAULT_THRESHOLD
    points = st.slider(
        _("Alert when a signal changes by"),
        5,
        50,
        round(now * 100),
        5,
        format=_("%d points"),
        help=_(
            "For 30 s, against this lesson so far; when a third of the class is lost, at once. In 5 minutes one alert of "
            "a kind, or another that is stronger; none about expressions while fewer than half of the class is visible."
        ),
    )
    urgent_parts.wanted()
    if points != round(now * 100):
        running.journal.set_threshold(lesson.id, points / 100)


def moments_and_alerts(running: Monitor, lesson: Lesson) -> pd.DataFrame:
    """Marks for the timeline, and the polls: time (UTC), what."""
    marks = [(row.at, in_readers_words(row.text)) for row in running.journal.moments(lesson.id).itertuples()]
    marks += [
        (alert.at, _("Alert: {kind}").format(kind=_(alerts.KINDS[alert.kind][0])))
        for alert in running.journal.alerts(lesson.id)
    ]
    marks += [
        (poll.opened_at, _("Poll: {question}").format(question=in_readers_words(poll.question)))
        for poll in running.journal.polls(lesson.id)
    ]
    frame = pd.DataFrame(sorted(marks), columns=["time", "what"]).astype({"time": "float64", "what": "str"})
    return frame.assign(time=pd.to_datetime(frame["time"], unit="s", utc=True))
