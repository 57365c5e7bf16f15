"""The first thing on a live page: what is urgent, with its reason and what to do, or the class in one quiet line.

Its place has the same height in both cases, so that nothing moves under the teacher's hand.
"""

import html
import time

import streamlit as st

from fer.insight.class_now import Look
from fer.insight.headline import Headline
from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.store.journal import DISMISSED, DONE, LoggedAlert
from fer.web import guards, own_files

LEAST_BETWEEN_S = 10.0  # between two announcements to a screen reader


def first_line(running: Monitor, lesson: Lesson, look: Look, age: str = "", with_buttons: bool = True) -> None:
    """What is urgent or else the class in words, the lesson's clock, and the buttons of an alert that stands."""
    urgent = look.urgent
    alert = urgent.alert if urgent else None
    with st.container(key="urgent", horizontal=True, vertical_alignment="center", gap="medium"):
        below = " · ".join(filter(None, (look.headline.coverage, look.headline.why, age)))
        if urgent:
            above = f"{look.headline.text} · " if look.now else ""
            st.html(
                f'<div class="headline urgent"><span class="icon" aria-hidden="true">warning</span>'
                f'<b>{html.escape(urgent.reason)}</b><span class="action">{html.escape(urgent.action)}</span>'
                f"<small>{html.escape(above + below)}</small></div>",
                width="stretch",
            )
        else:
            st.html(line(look.headline, below, "calm"), width="stretch")
        if with_buttons:
            with st.container(horizontal=True, width="content", key="urgent-answer"):  # always there: nothing may move
                if alert:
                    _button(running, lesson, alert, _("Done"), DONE)
                    _button(running, lesson, alert, _("Dismiss"), DISMISSED)
        said = f"{urgent.reason}. {urgent.action}" if urgent else f"{look.headline.text}. {look.headline.coverage}"
        st.html(
            (clock(lesson, look.known.at) if with_buttons else "")
            + f'<div class="only-read" role="status">{html.escape(announced(lesson.id, said))}</div>'
            f'<span hidden data-alert="{alert.id if alert else ""}" data-said="{html.escape(said)}"></span>'
            f"{own_files.script('alert.js')}",
            unsafe_allow_javascript=True,
            width="content",
        )


def _button(running: Monitor, lesson: Lesson, alert: LoggedAlert, label: str, outcome: str) -> None:
    given = (running, lesson, alert, outcome)
    st.button(label, key=f"{outcome}-{alert.id}", on_click=close, args=given)


def line(said: Headline, below: str, look: str = "") -> str:
    """HTML of the class in words."""
    classes = " ".join(filter(None, ("headline", look, "faded" if said.faded else "")))
    return f'<div class="{classes}"><b>{html.escape(said.text)}</b><small>{html.escape(below)}</small></div>'


def clock(lesson: Lesson, at: float) -> str:
    """HTML of how long the lesson has been going on."""
    minutes, seconds = divmod(int(max(0.0, at - lesson.started_at)), 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    below = _("lesson time")
    return f'<div class="lesson-clock">{shown}<small>{below}</small></div>'


def announced(lesson_id: int, said: str) -> str:
    """What a screen reader reads: ``said``, but not before ``LEAST_BETWEEN_S`` have gone since it was told something else."""
    key, now = f"announced-{lesson_id}", time.monotonic()
    last, told_at = st.session_state.get(key, ("", -LEAST_BETWEEN_S))
    if said != last and now - told_at >= LEAST_BETWEEN_S:
        st.session_state[key] = last, told_at = said, now
    return last


@guards.says_store_errors
def close(running: Monitor, lesson: Lesson, alert: LoggedAlert, outcome: str) -> None:
    if guards.may_see(lesson):
        running.journal.close_alert(alert.id, outcome, time.time())
        running.looks.look_again(lesson.id)


def wanted() -> None:
    """How an alert calls beside the page: two boxes that this browser keeps."""
    boxes = "".join(
        f'<label><input type="checkbox" data-alert-by="{by}"> {text}</label>'
        for by, text in (("sound", _("A sound")), ("notification", _("A notification of the browser")))
    )
    st.html(f'<div class="alert-by">{boxes}</div>')
