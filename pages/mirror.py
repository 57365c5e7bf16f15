"""The mirror: a visitor agrees, and sees their own faces read live; the group photo is taken here, too."""

import streamlit as st

from fer.lesson.mirrors import FRAME_PX, FRAMES_PER_S, Mirror, MirrorClosed, Visitor
from fer.lesson.monitor import Monitor
from fer.lesson.seats import ClassFull
from fer.privacy.consent import mirror_consent
from fer.vision.group_photo import Frame
from fer.web import group_photo_parts, guards, joining, language, links, mirror_parts, screen
from fer.web.camera import camera, says_it_failed, stop_camera
from fer.web.language import _

TOKEN, AGREED = "mirror visitor", "mirror agreed to"  # the code of the mirror that was agreed to


def main() -> None:
    running = guards.running()
    visitor = running.mirrors.visitor(st.session_state.get(TOKEN, ""))
    with screen.centred() if visitor is None else st.container():
        language.picker()
        mirror = find_mirror(running)
        if visitor is None:
            visitor = enter(running, mirror)
    if visitor is not None:
        look(running, mirror, visitor)


def find_mirror(running):
    """The mirror of the code in the address; asks for one where there is none, and says when it is closed."""
    code = st.query_params.get("code", "")
    mirror = running.mirrors.of_code(code)
    if mirror is not None:
        return mirror
    st.title(_("Mirror"))
    if code and st.session_state.get(AGREED) == code:
        st.info(_("The mirror has been closed. Your camera is no longer used; you can close this page."))
        st.stop()
    if code:
        st.error(_("No mirror is open under this code. Check the six characters with who gave them to you."))
    joining.ask_code(_("Code"))
    return None


def enter(running: Monitor, mirror: Mirror) -> Visitor | None:
    """A visitor for who has agreed in this window, else what is to be read."""
    if st.session_state.get(AGREED) != mirror.code and not agrees(mirror):
        return None
    try:
        visitor = running.mirrors.enter(mirror)
    except MirrorClosed:
        st.rerun()
    st.session_state[TOKEN], st.session_state[AGREED] = visitor.token, mirror.code
    st.query_params["code"] = mirror.code
    st.rerun()
    return None


def agrees(mirror: Mirror) -> bool:
    running = guards.running()
    said = mirror_consent(mirror.purpose, language.current(), running.settings.keep_days, running.people is not None)
    st.title(_("Mirror"))
    st.subheader(said.title)
    st.markdown(said.text)
    with st.form("agree"):
        agreed = st.checkbox(said.agree)
        pressed = st.form_submit_button(_("Look into the mirror"), type="primary")
        if pressed and not agreed:
            st.error(said.missing)
    return pressed and agreed


def look(running: Monitor, mirror: Mirror, visitor: Visitor) -> None:
    picture = visitor.picture
    glass, beside = st.columns([3, 2], gap="medium")
    with glass:
        with st.container():  # always, because what is drawn before the camera must not move it
            if picture is not None:
                group_photo_parts.taken(mirror, visitor, picture)
        mirror_parts.glass(mirror, visitor)
        share_camera(running, visitor, picture)
    with beside:
        if picture is None:
            group_photo_parts.controls(visitor)
        mirror_parts.cards("live" if picture is None else "photo")
        if st.button(_("Leave the mirror"), icon=":material/logout:"):
            stop_camera(visitor.number)
            running.mirrors.leave(visitor)
            st.session_state.pop(AGREED)
            st.rerun()


def share_camera(running: Monitor, visitor: Visitor, picture: Frame | None) -> None:
    if links.camera_is_refused(_("Ask who opened the mirror for its https:// address, and open that one.")):
        return
    if says_it_failed(visitor.number):
        return
    try:
        seat = visitor.seat()
    except ClassFull:
        mirror_parts.wait_for_place(running, visitor)
        return
    goes_on = _("The mirror shows nothing without a camera.")
    with st.container(gap="xxsmall"):
        started = camera(seat, running.settings, FRAMES_PER_S, FRAME_PX, goes_on)
    with st.container(key="camera-state"):
        mirror_parts.state_line(running, visitor, seat, started, picture)


main()
