"""What a page puts on the screen: text that is safe to show, times in the reader's zone, and the look of it."""

import base64
import re
import time
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer.insight import wording
from fer.languages import N_, _, ngettext
from fer.lesson.demos import deleted_at
from fer.lesson.monitor import Monitor
from fer.records import Lesson, Student

STUDENTS_STYLE = """<style>
/* Fingers find what is 44 px high. */
.stMain :is(button, a[role], a[data-testid], input[type=text], [role=radio]) {min-height: 44px}
.stMain label:has(input[type=checkbox]) {min-height: 44px; align-items: center}
.exports a {min-height: 44px; display: flex; align-items: center}
.stTooltipIcon, .stTooltipIcon button {min-width: 44px; min-height: 44px}
/* Streamlit's hints are in English only, and a heading's own address is of no use here. */
:is([data-testid="InputInstructions"], [data-testid="stHeaderActionElements"]) {display: none}
</style>"""


def students_style() -> None:
    st.html(STUDENTS_STYLE)


def on_dark() -> bool:
    """Whether the reader's page is dark."""
    return st.context.theme.type == "dark"


def narrow() -> DeltaGenerator:
    """A column of reading width on the wide layout."""
    return st.container(width=640)


def centred() -> DeltaGenerator:
    """The same in the middle: a student's whole page."""
    return st.container(horizontal_alignment="center").container(width=640)


def whole(name: str) -> DeltaGenerator:
    """A place whose parts are shown together when all have come, because each would move those below it (look.css)."""
    return st.container(key=f"whole-{name}")


def plain(text: str) -> str:
    """Text of a person, shown as typed: nothing in it is Markdown, HTML, an emoji code or a formula."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&^])", r"\\\1", text)


ROW_PX, MOST_PX = 35, 387  # of a table, which then scrolls in itself


def table(rows: pd.DataFrame, column_config: dict[str, Any] | None = None, **options: Any) -> Any:
    """``st.dataframe`` of rows without an index. Its first column stays in sight where the screen is narrow."""
    first = rows.columns[0]
    options.setdefault("height", min(ROW_PX * (max(len(rows), 1) + 1) + 2, MOST_PX))  # known before the table is drawn
    fixed = (column_config or {}).get(first, st.column_config.Column()) | {"pinned": True}
    return st.dataframe(rows, hide_index=True, column_config={**(column_config or {}), first: fixed}, **options)


def chosen_row(rows: pd.DataFrame, key: str, **options: Any) -> int | None:
    """Shows a table of which one row can be chosen; its place, None for none. ``options``: of ``table``."""
    shown = table(rows, key=key, on_select="rerun", selection_mode="single-row", **options)
    chosen = shown["selection"]["rows"]
    return chosen[0] if chosen and chosen[0] < len(rows) else None  # the selection outlives a row that was deleted


def as_data(jpeg: bytes) -> str:
    """A picture as an address that holds it; one of Streamlit's own would be open to others."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def heading(lesson: Lesson, student: Student) -> str:
    return plain(f"{lesson.title} · {student.name}" if student.name else lesson.title)


def day(at: float) -> str:
    """A Unix time as a date in the page's language and the reader's time zone."""
    return wording.day(at, zone(st.context.timezone or ""))


DAY_AND_TIME = N_("%d %b %Y, %H:%M")  # a form of ``clock``


def clock(at: float, form: str = "%H:%M") -> str:
    """A Unix time in the time zone of the person who looks."""
    return wording.clock(at, zone(st.context.timezone or ""), form)


def zone(name: str) -> tzinfo:
    """The time zone of a browser or an address; UTC for what is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def duration(lesson: Lesson) -> str:
    minutes = int(max(0.0, (lesson.ended_at or time.time()) - lesson.started_at) // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def deletion_note(running: Monitor, lesson: Lesson) -> str:
    """When a lesson deletes itself, as a sentence."""
    if lesson.is_demo:
        return _("All of it deletes itself at {time}.").format(time=clock(deleted_at(lesson)))
    if lesson.ended_at is None:
        days = running.settings.keep_days
        return ngettext(
            "All of it is deleted {n} day after the lesson has ended.",
            "All of it is deleted {n} days after the lesson has ended.",
            days,
        ).format(n=days)
    return _("All of it deletes itself on {day}.").format(day=day(running.retention.deleted_at(lesson.ended_at)))


def model_note(running: Monitor) -> None:
    """Which models look at the class, and how far to trust them."""
    recognition = running.recognition
    if recognition is None:  # no face is looked at
        return
    detector, card = recognition.detector, recognition.model.card
    st.caption(
        _(
            "Faces are found by {detector}. Expressions are guessed by {model}, which agrees with the label on "
            "{accuracy} of FER-2013's test faces. It reads faces, not minds."
        ).format(detector=detector.name, model=card.name, accuracy=wording.percent(card.metrics["accuracy"]))
    )
