"""The student's page: join a lesson, agree, share the camera, and see at all times what the server sees."""

import time

import streamlit as st

from fer import ui
from fer.camera import camera, stop_camera
from fer.records import Lesson, Status, Student
from fer.seats import Seat

NO_FRAME_HINT_AFTER_S = 12
STOPPING_S = 3  # frames on their way when Stop was pressed have arrived by then

PRIVACY = """
- Your camera picture goes to the school's server. It is looked at there about twice a second and then thrown away:
  **no picture or video is stored**.
- What is stored: your name, when you were there, and how your **expression** looked (such as neutral or happy).
  An expression is a guess about a face. It does not say what you think or feel.
- Who sees it: your teacher, live and afterwards as a table. Other students do not.
- You can stop the camera or leave at any time.
"""


def main() -> None:
    running = ui.running()
    with ui.narrow():
        lesson = find_lesson(running)
        student = running.student_of(lesson, ui.cookie(running.seat_cookie(lesson)))
        if not lesson.is_open:
            if student is not None:
                stop_camera(student.id)
            st.info("This lesson has ended. Your camera is no longer used; you can close this page.")
        elif student is None or st.session_state.get("someone else"):
            welcome(running, lesson)
        elif student.left_at is not None:
            goodbye(running, student)
        else:
            share_camera(running, lesson, student)


def find_lesson(running) -> Lesson:
    """The lesson of the code in the address; asks for one, and again after a wrong one."""
    code = st.query_params.get("code", "")
    lesson = running.store.lesson_by_code(code) if code else None
    if lesson is not None:
        return lesson
    st.title("Join a lesson")
    if code:
        st.error("There is no lesson with this join code. Check the six characters with your teacher.")
    with st.form("code"):
        typed = st.text_input("Join code", placeholder="ABC234", help="Your teacher shows it on the screen.")
        if st.form_submit_button("Continue", type="primary"):
            st.query_params["code"] = typed
            st.rerun()
    st.stop()


def welcome(running, lesson: Lesson) -> None:
    st.title(ui.plain(lesson.title))
    st.subheader("What happens to your picture")
    st.markdown(PRIVACY)
    with st.form("join"):
        name = st.text_input("Your name", max_chars=40, autocomplete="name")
        agreed = st.checkbox("I have read this and agree to share my camera in this lesson.")
        if st.form_submit_button("Join", type="primary"):
            if not agreed:
                st.error("Tick the box to agree, or close this page to stay out. Nothing has been stored about you.")
                return
            try:
                ticket = st.session_state.get("ticket") or running.join(lesson, name)
            except ValueError as error:
                st.error(str(error))
                return
            st.session_state["ticket"] = ticket  # a second click on Join must not make a second student
            ui.redirect(f"/signin?ticket={ticket}")


def goodbye(running, student: Student) -> None:
    stop_camera(student.id)
    st.success("You have left the lesson. Your camera is off.")
    with st.container(horizontal=True):
        if st.button(f"Join again as {ui.plain(student.name)}", type="primary"):
            running.come_back(student)
            st.rerun()
        if st.button("I am someone else"):
            st.session_state["someone else"] = True
            st.rerun()


def share_camera(running, lesson: Lesson, student: Student) -> None:
    st.subheader(ui.plain(f"{lesson.title} · {student.name}"))
    if ui.has_no_camera(st.context.url or ""):
        st.error("Your browser does not give the camera to this page, because its address starts with http://. "
                 "Ask your teacher for the https:// address of this lesson and open that one.")
    seat = running.seats.open(lesson.id, student.id)
    started = camera(seat, running.settings)
    state_line(running, student, seat, started, time.time())
    if st.button("Leave the lesson", icon=":material/logout:"):
        stop_camera(student.id)
        running.leave(student)
        st.rerun()


@st.fragment(run_every="1s")
@ui.says_store_errors
def state_line(running, student: Student, seat: Seat, started: bool, since: float) -> None:
    """What the server sees of this student, every second; a run of the page when the lesson ends or another tab left it."""
    if not running.store.lesson(student.lesson_id).is_open or running.store.student(student.id).left_at is not None:
        st.rerun(scope="app")
    now, arrived_at, last = time.time(), seat.arrived_at, seat.last
    if not started:
        st.info("Your camera is not shared. Press **Start camera** and allow it in the browser.",
                icon=":material/videocam_off:")
        if arrived_at is not None and now - running.settings.gone_after_s < arrived_at > since + STOPPING_S:
            st.caption("Another window of yours is sharing it.")
        return
    if arrived_at is None or now - arrived_at > running.settings.gone_after_s:
        if arrived_at is not None and arrived_at > since:
            st.warning("The picture stopped arriving. If it does not come back, stop the camera and start it again.",
                       icon=":material/sync_problem:")
        elif now - since > NO_FRAME_HINT_AFTER_S:
            st.error("No picture reaches the server. A firewall may be in the way: try another network, or tell "
                     "your teacher that this server needs a TURN server (README: FER_ICE_SERVERS).")
        else:
            st.info("Connecting …", icon=":material/sync:")
        return
    if last is None:
        st.info("Camera on. Looking for your face …", icon=":material/videocam:")
    elif last.observations[0].status is Status.CAMERA_OFF:
        st.warning("Connected, but the picture is black: the camera is covered or switched off.",
                   icon=":material/videocam_off:")
    elif last.observations[0].status is Status.NO_FACE:
        st.warning("Camera on, but **no face is seen**. Sit in front of it, with light on your face.",
                   icon=":material/videocam:")
    else:
        faces = len(last.observations)
        st.success("Camera on, **your face is seen**." if faces == 1 else f"Camera on, **{faces} faces are seen**.",
                   icon=":material/videocam:")
    if st.toggle("Show me the last picture the server analysed") and last is not None:
        ui.show_picture(last)


main()
