"""Joining a lesson: what a student reads and agrees to, with a camera or without one."""

import streamlit as st

from fer.lesson.monitor import Monitor
from fer.lesson.per_address import TooMany
from fer.lesson.students import NeedsAccount
from fer.names import LONGEST_NAME
from fer.privacy.consent import Consent, Terms, consent
from fer.records import ON_DEVICE, ON_SERVER, Lesson, Student
from fer.store.lessons import JoiningClosed
from fer.web import guards, language, screen, student_seat
from fer.web.language import _

CANNOT = "cannot"  # in the address, where a browser found that it cannot read faces
OTHER_WAY = "other way to take part"  # chosen in this window, and not agreed to yet


def welcome(running: Monitor, lesson: Lesson) -> None:
    """What is to be read, the form, and the other way to take part."""
    if lesson.needs_account and not running.students.is_of_account(lesson, *account(running, lesson)):
        ask_account(lesson)
        return
    terms = terms_for(running, lesson, with_camera=not st.session_state.get(OTHER_WAY))
    st.title(screen.plain(lesson.title))
    if terms.with_camera and terms.read_on == ON_DEVICE:
        student_seat.fetch_early(running)
    said = read(terms)
    with st.form("join"):
        name = None
        if lesson.has_students:
            name = st.text_input(_("Your name"), max_chars=LONGEST_NAME, autocomplete="name")
        agreed = st.checkbox(said.agree, key=f"agreed {terms.with_camera}")
        label = _("Join without a camera") if terms.lesson_has_cameras and not terms.with_camera else _("Join")
        if st.form_submit_button(label, type="primary"):
            if agreed:
                join(running, terms, name)
            else:
                st.error(said.missing)
    if terms.lesson_has_cameras:
        with_or_without(terms.with_camera)


def account(running: Monitor, lesson: Lesson) -> tuple[str, str]:
    """What this browser got for its school account in this lesson: the seat and its proof."""
    students = running.students
    return guards.cookie(students.cookie(lesson.id)), guards.cookie(students.account_cookie(lesson.id))


def ask_account(lesson: Lesson) -> None:
    """Asks for the school account, without which nobody joins."""
    st.title(screen.plain(lesson.title))
    if "account" in st.query_params:
        st.error(_("That did not work, or this account is none of your school. Try again with your school account."))
    st.write(
        _(
            "Only students of this school can join this lesson. Sign in with your school account; each account has one "
            "seat. Your name and address there are not stored."
        )
    )
    if st.button(_("Sign in with your school account"), type="primary", icon=":material/school:"):
        guards.redirect(account_address(lesson))


def account_address(lesson: Lesson) -> str:
    return f"school/login?lesson={lesson.code}"


def ask_code(label: str, help: str | None = None) -> None:
    """Asks for the code that is missing in the address. Ends the page."""
    with st.form("code"):
        typed = st.text_input(label, placeholder="ABC234", help=help)
        if st.form_submit_button(_("Continue"), type="primary"):
            st.query_params["code"] = typed
            st.rerun()
    st.stop()


def with_or_without(with_camera: bool) -> None:
    """The button for the other way to take part."""
    label = _("Take part without a camera") if with_camera else _("Take part with my camera")
    st.button(label, icon=f":material/videocam{'_off' if with_camera else ''}:", on_click=choose_other_way)


def choose_other_way() -> None:
    st.session_state[OTHER_WAY] = not st.session_state.get(OTHER_WAY)


def ask_for_camera(running: Monitor, lesson: Lesson, student: Student) -> None:
    """For who takes part without a camera: a button, and what is to be read and agreed to before it is asked for."""
    if not st.session_state.get(OTHER_WAY):
        with_or_without(with_camera=False)
        return
    if agreed_to(running, lesson, student.read_on):
        st.session_state.pop(OTHER_WAY)
        running.students.use_camera(student, True)
        st.rerun()
    st.button(_("Stay without a camera"), icon=":material/videocam_off:", on_click=choose_other_way)


def ask_for_server(running: Monitor, lesson: Lesson, student: Student, problem: str) -> None:
    """For who agreed that their own device reads their face, and whose browser cannot: before a picture leaves the device,
    it is said, and asked anew."""
    st.warning(problem, icon=":material/videocam_off:")
    st.write(
        _(
            "You can take part without a camera, or share your camera with the school's server. **Then your picture leaves "
            "your device**, so read this first:"
        )
    )
    if agreed_to(running, lesson, ON_SERVER):
        running.students.read_on(student, ON_SERVER)
        go_on()
    if st.button(_("Go on without a camera"), icon=":material/videocam_off:"):
        running.students.use_camera(student, False)
        go_on()


def go_on() -> None:
    """To the student's place, without what the browser has put into the address."""
    st.query_params.pop(CANNOT, None)
    st.rerun()


def agreed_to(running: Monitor, lesson: Lesson, read_on: str) -> bool:
    """What is to be read before a camera is shared, and whether it was agreed to just now."""
    said = read(terms_for(running, lesson, with_camera=True, read_on=read_on))
    with st.form("camera"):
        agreed = st.checkbox(said.agree)
        is_sent = st.form_submit_button(_("Share my camera"), type="primary")
        if is_sent and not agreed:
            st.error(_("Tick the box to agree, or stay without a camera."))
        return is_sent and agreed


def terms_for(running: Monitor, lesson: Lesson, with_camera: bool, read_on: str = "") -> Terms:
    has_cameras, settings = running.lessons.uses_cameras(lesson), running.settings
    numbers = settings.keep_days, settings.least_visible
    return Terms(lesson, has_cameras, has_cameras and with_camera, *numbers, read_on or lesson.read_on)


def read(terms: Terms) -> Consent:
    """What the student must know, on the page."""
    said = consent(terms, language.current())
    st.subheader(said.title)
    st.markdown(said.text)
    return said


def join(running: Monitor, terms: Terms, name: str | None) -> None:
    """A seat for who agreed, or a sentence that says why not."""
    try:
        ticket = st.session_state.get("ticket") or running.students.join(
            terms.lesson, name, st.context.ip_address, terms.with_camera, account(running, terms.lesson)
        )
    except TooMany as error:
        wait = _("Too many students joined from this network at once. Try again in {seconds} s.")
        st.error(wait.format(seconds=max(1, round(error.wait_s))))
    except (JoiningClosed, NeedsAccount):
        st.rerun()
    except ValueError:
        st.error(_("Type your name, in 1 to {longest} characters.").format(longest=LONGEST_NAME))
    else:
        st.session_state["ticket"] = ticket  # a second click on Join must not make a second student
        guards.redirect(f"signin?ticket={ticket}")
