"""The language of a page: chosen on it and remembered, or else the browser's. The teacher's pages are English."""

import streamlit as st

from fer import languages
from fer.web import own_files

COOKIE = "fer_language"


def _(text: str) -> str:
    """The text in the page's language. Called with the text itself, because Babel looks for these calls."""
    return languages.catalogue(current()).gettext(text)


def ngettext(one: str, several: str, n: int) -> str:
    """The text for ``n`` of something, in the page's language."""
    return languages.catalogue(current()).ngettext(one, several, n)


def current() -> str:
    return st.session_state.get("language", languages.SOURCE)


def is_for_students() -> bool:
    return st.session_state.get("for students", False)


def settle(for_students: bool) -> None:
    """Settles the page's language before anything is shown. What runs by itself later, such as a fragment, keeps it."""
    st.session_state["for students"] = for_students
    chosen = st.session_state.get("chosen language")
    wanted = chosen or st.context.cookies.get(COOKIE, ""), st.context.headers.get("Accept-Language", "")
    st.session_state["language"] = languages.choose(*wanted) if for_students else languages.SOURCE


def announce() -> None:
    """Tells the browser the page's language, and has it remember a choice."""
    language, chosen = current().replace("_", "-"), st.session_state.get("chosen language", "")
    st.html(
        f'<span data-language="{language}" data-chosen="{chosen}" data-cookie="{COOKIE}"></span>'
        + own_files.script("language.js"),
        unsafe_allow_javascript=True,
    )


def picker() -> None:
    """The languages there are, to choose from."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.segmented_control(
            _("Language"),
            languages.LANGUAGES,
            default=current(),
            required=True,
            format_func=languages.own_name,
            key="language picker",
            on_change=_choose,
            label_visibility="collapsed",
        )


def _choose() -> None:
    st.session_state["chosen language"] = st.session_state["language picker"]
