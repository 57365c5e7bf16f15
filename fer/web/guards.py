"""Who may see a page: the teacher's sign-in, and what a page says where it cannot be shown."""

import functools
import html
import time
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from fer import languages
from fer.languages import _
from fer.lesson import monitor
from fer.lesson.guesses import TooManyFailures
from fer.lesson.monitor import Monitor
from fer.records import Lesson, Teacher
from fer.store.audit import Done
from fer.store.errors import StoreError
from fer.web import language, own_files, screen

PASSWORD_TICKET_S = 60.0
P = ParamSpec("P")


def running() -> Monitor:
    """The process's monitor; ends the page with a sentence where the server was started without one."""
    found = monitor.current()
    if found is None:
        st.error(
            _(
                "This page needs its server. Start it with `make run` (or `python -m fer serve`), not with `streamlit run`."
            )
        )
        st.stop()
    return found


def cookie(name: str) -> str:
    return st.context.cookies.get(name, "")


def says_store_errors(function: Callable[P, None]) -> Callable[P, None]:
    """Shows a sentence instead of an error box where the database cannot be used. For what Streamlit runs by itself:
    a page, a fragment, a dialog."""

    @functools.wraps(function)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except StoreError as error:
            detail = "" if language.is_for_students() else screen.plain(str(error))
            st.error(_("The database cannot be used right now, so nothing was changed.") + f" {detail}")

    return shown


def teacher() -> Teacher | None:
    """Who is signed in here."""
    here = running()
    return here.sign_in.teacher(cookie(here.sign_in.cookie))


def is_teacher() -> bool:
    return teacher() is not None


def require_teacher() -> Teacher:
    """The guard of every teacher page: shows the sign-in and nothing else to anyone else."""
    who = teacher()
    if who is None:
        _sign_in_form(running())
        st.stop()
    return who


def require_admin() -> Teacher:
    """The same for what only an admin sees."""
    who = require_teacher()
    if not who.is_admin:
        st.info(_("Only an admin of this server sees this page."))
        st.stop()
    return who


def lessons() -> list[Lesson]:
    """The lessons that the signed-in teacher may see, newest first."""
    return running().lessons.seen_by(require_teacher())


def lesson(number: str) -> Lesson | None:
    """The lesson whose id stands in an address, where the signed-in teacher may see it."""
    return running().lessons.one_seen_by(require_teacher(), number)


def teachers_names() -> dict[int | None, str]:
    """The teachers with school accounts, by id, for an admin; nobody for a teacher, who sees own lessons only."""
    if not require_teacher().is_admin:
        return {}
    teachers = running().store.teachers()
    return dict(zip(teachers["teacher_id"], teachers["name"], strict=True))


def note(done: Done, about: str, lesson: Lesson | None = None) -> None:
    """Writes into the audit log what the signed-in teacher does; before it is done, so that nothing is done unnoted."""
    running().store.note_action(require_teacher(), done, about, time.time(), lesson)


def may_see(one: Lesson) -> bool:
    """Whether somebody is signed in whose lesson it is; for what runs by itself, without the page's guard."""
    who = teacher()
    return who is not None and who.may_see(one.owner_id)


def _sign_in_form(here: Monitor) -> None:
    with screen.narrow():
        language.picker(languages.OF_TEACHERS)
        st.title(_("Teacher sign-in"))
        has_accounts = bool(here.settings.oidc_issuer)
        if has_accounts:
            if st.button(_("Sign in with your school account"), icon=":material/school:", type="primary"):
                redirect("school/login")
            st.caption(_("Or, for who runs the server:"))
        if not here.sign_in.has_password:
            st.write(
                _(
                    "Open the sign-in link printed in the terminal where the server runs. "
                    "It works once; after each use a new one is printed there."
                )
            )
            return
        with st.form("sign-in"):
            password = st.text_input(_("Password"), type="password", autocomplete="current-password")
            if st.form_submit_button(_("Sign in"), type="secondary" if has_accounts else "primary"):
                try:
                    browser = cookie(here.sign_in.browser_cookie)
                    if here.sign_in.check_password(password, st.context.ip_address or "", browser):
                        redirect(f"signin?ticket={here.sign_in.ticket(PASSWORD_TICKET_S)}")
                    st.error(_("That is not the password."))
                except TooManyFailures as error:
                    st.error(str(error))


def teacher_menu(*pages: st.Page) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="menu"):
        for page in pages:
            st.page_link(page)
        st.space("stretch")
        language.teachers_picker()
        if st.button(_("Sign out"), icon=":material/logout:", type="tertiary"):
            here = running()
            here.sign_in.end_session(cookie(here.sign_in.cookie))
            redirect(".")


def redirect(path: str) -> None:
    """Send the browser to an address beside this page by a full page load, which is when cookies are read. Ends the page."""
    st.html(f'<span data-go="{html.escape(path)}"></span>{own_files.script("go.js")}', unsafe_allow_javascript=True)
    st.caption(_("One moment …"))
    st.stop()
