"""Pages of a lesson are shown by the process that the lesson is in: another one sends the browser there."""

import time
from urllib.parse import urlencode

import streamlit as st

from fer.lesson.monitor import Monitor
from fer.lesson.processes import CAME_BY, DEAD_AFTER_S, GREETS_EVERY_S
from fer.records import Lesson
from fer.web import guards
from fer.web.language import _

ASKS_EVERY = "500ms"  # whether the process that does not answer is dead
SILENT_S = 4 * DEAD_AFTER_S  # before the page says that it waits: long, because a device's camera is off then


def stay(running: Monitor, lesson: Lesson, page: str, /, **query: str) -> None:
    """Goes on where the lesson is in this process. Else the browser goes to the one that it is in, or waits, where that one
    does not answer, until it is known to be dead. Ends the page then. ``query``: how the page knows the lesson."""
    came_by = st.context.headers.get(CAME_BY, "")
    home = home_of(running, lesson, came_by)
    if home == running.processes.name:
        if came_by or not home:
            return
    elif home == came_by:
        wait()
        st.stop()
    address = f"{running.settings.public_path}/{home}/{page}"
    guards.redirect(f"{address}?{urlencode(st.query_params.to_dict() | query)}")


def home_of(running: Monitor, lesson: Lesson, came_by: str) -> str:
    """Waits while the lesson's process does not answer and is not known to be dead. A page that comes back from it draws
    nothing meanwhile, so what it shows stays, and a camera that it holds stays on."""
    until = time.monotonic() + SILENT_S
    home = running.processes.home(lesson.id, came_by)
    while running.processes.is_silent(home, came_by) and time.monotonic() < until:
        time.sleep(GREETS_EVERY_S)
        home = running.processes.home(lesson.id, came_by)
    return home


@st.fragment(run_every=ASKS_EVERY)
def wait() -> None:
    st.caption(_("One moment …"))
    if st.session_state.pop("waited", False):
        st.rerun(scope="app")
    st.session_state["waited"] = True
