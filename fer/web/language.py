"""The language of a page: chosen on it and remembered, or else the browser's."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import streamlit as st
from starlette.requests import Request
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fer import languages
from fer.languages import _ as _
from fer.languages import ngettext as ngettext
from fer.web import own_files

COOKIE = "fer_language"


def current() -> str:
    """The language that the page has settled; a thread of its own has none: English."""
    is_page = get_script_run_ctx(suppress_warning=True) is not None
    return st.session_state.get("language", languages.SOURCE) if is_page else languages.SOURCE


languages.read_in(current)


def of_teacher(request: Request) -> AbstractContextManager[None]:
    """What answers a request, made meanwhile, is in the language of a teacher's browser."""
    wanted = request.cookies.get(COOKIE, ""), request.headers.get("Accept-Language", "")
    return languages.reading(languages.choose(*wanted, among=languages.OF_TEACHERS))


def is_for_students() -> bool:
    return st.session_state.get("for students", False)


def settle(for_students: bool) -> None:
    """Settles the page's language before anything is shown. What runs by itself later, such as a fragment, keeps it."""
    st.session_state["for students"] = for_students
    chosen = st.session_state.get("chosen language")
    wanted = chosen or st.context.cookies.get(COOKIE, ""), st.context.headers.get("Accept-Language", "")
    among = languages.LANGUAGES if for_students else languages.OF_TEACHERS
    st.session_state["language"] = languages.choose(*wanted, among=among)


def announce() -> None:
    """Tells the browser the page's language, and has it remember a choice."""
    language, chosen = current().replace("_", "-"), st.session_state.get("chosen language", "")
    st.html(
        f'<span data-language="{language}" data-chosen="{chosen}" data-cookie="{COOKIE}"></span>'
        + own_files.script("language.js"),
        unsafe_allow_javascript=True,
    )


def picker(among: Sequence[str] = languages.LANGUAGES) -> None:
    """The languages there are, to choose from."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.segmented_control(
            _("Language"),
            among,
            default=current(),
            required=True,
            format_func=languages.own_name,
            key="language picker",
            on_change=lambda: _choose(st.session_state["language picker"]),
            label_visibility="collapsed",
        )


def teachers_picker() -> None:
    """A button for each other language that the teacher's pages have."""
    for other in languages.OF_TEACHERS:
        if other != current():
            name = languages.own_name(other)
            st.button(name, icon=":material/translate:", type="tertiary", on_click=_choose, args=(other,))


def _choose(language: str) -> None:
    st.session_state["chosen language"] = language
