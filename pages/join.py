"""The student's page: join a lesson, agree, share the camera, and see at all times what the server sees."""

import streamlit as st

from fer.lesson.seats import ClassFull
from fer.records import ON_DEVICE, Lesson, Student
from fer.web import guards, homes, joining, language, links, screen, student_seat
from fer.web.camera import camera, says_it_failed, stop_camera
from fer.web.language import _
from fer.web.seat_socket import SHARED, WAITS


def main() -> None:
    running = guards.running()
    with screen.centred():
        language.picker()
        lesson = find_lesson(running)
        homes.stay(running, lesson, "join", code=lesson.code)
        student = running.students.of_lesson(lesson, guards.cookie(running.students.cookie(lesson.id)))
        if not lesson.is_open:
            if student is not None:
                stop_camera(student.id)
            st.info(_("This lesson has ended. Your camera is no longer used; you can close this page."))
            if student is not None:
                links.my_data_link(student)
        elif student is not None and student.removed_at is not None:
            removed(lesson, student)
        elif lesson.is_demo and not guards.may_see(lesson):
            of_a_demo()
        elif student is None or st.session_state.get("someone else"):
            if lesson.may_be_joined:
                joining.welcome(running, lesson)
            else:
                student_seat.wait_for_joining(lesson)
        elif student.left_at is not None:
            goodbye(running, lesson, student)
        else:
            desk(running, lesson, student)


def find_lesson(running) -> Lesson:
    """The lesson of the code in the address; asks for one, and again after a wrong one."""
    code = st.query_params.get("code", "")
    lesson = running.store.lesson_by_code(code) if code else None
    if lesson is not None:
        return lesson
    st.title(_("Join a lesson"))
    if code:
        st.error(_("There is no lesson with this join code. Check the six characters with your teacher."))
    joining.ask_code(_("Join code"), _("Your teacher shows it on the screen."))
    return None


def of_a_demo() -> None:
    """Beside made-up students nobody is hidden in the class, and no law was asked for: only the teacher's own face is seen."""
    st.info(_("This is a demo lesson. It can be joined only in a browser in which the teacher is signed in."))


def removed(lesson: Lesson, student: Student) -> None:
    stop_camera(student.id)
    st.subheader(screen.heading(lesson, student))
    st.warning(
        _("**Your teacher has removed you from this lesson.** No camera is used, and nothing more of you is stored."),
        icon=":material/person_remove:",
    )
    links.my_data_link(student)


def goodbye(running, lesson: Lesson, student: Student) -> None:
    stop_camera(student.id)
    st.success(_("You have left the lesson. No camera is used."))
    with st.container(horizontal=True):
        again = _("Join again as {name}").format(name=screen.plain(student.name)) if student.name else _("Join again")
        if st.button(again, type="primary"):
            running.students.come_back(student)
            st.rerun()
        links.my_data_link(student)
        if st.button(_("I am someone else")):
            if lesson.needs_account:
                guards.redirect(joining.account_address(lesson))
            st.session_state["someone else"] = True
            st.rerun()


def desk(running, lesson: Lesson, student: Student) -> None:
    st.subheader(screen.heading(lesson, student))
    has_cameras = running.lessons.uses_cameras(lesson)
    wants_camera = has_cameras and student.with_camera
    problem = student_seat.problem_of(st.query_params.get(joining.CANNOT, "")) if student.read_on == ON_DEVICE else ""
    is_asked = wants_camera and bool(problem)
    if is_asked:
        joining.ask_for_server(running, lesson, student, problem)
    ask_for_https = _("Ask your teacher for the https:// address of this lesson and open that one.")
    if not wants_camera or is_asked or links.camera_is_refused(ask_for_https):
        without_camera(running, lesson, student)
    elif student.read_on == ON_DEVICE:
        running.seats.open(lesson.id, student.id, has_camera=False)
        student_seat.show(running, lesson, student, student_seat.DEVICE)
    elif says_it_failed(student.id):
        without_camera(running, lesson, student)
    else:
        share_camera(running, lesson, student)
    with st.container(horizontal=True):
        if st.button(_("Leave the lesson"), icon=":material/logout:"):
            stop_camera(student.id)
            running.students.leave(student)
            st.rerun()
        links.my_data_link(student)
        if wants_camera and not is_asked and st.button(_("Go on without a camera"), icon=":material/videocam_off:"):
            running.students.use_camera(student, False)
            st.rerun()
    if has_cameras and not student.with_camera:
        joining.ask_for_camera(running, lesson, student)


def without_camera(running, lesson: Lesson, student: Student) -> None:
    stop_camera(student.id)
    running.seats.open(lesson.id, student.id, has_camera=False)
    student_seat.show(running, lesson, student, camera="")


def share_camera(running, lesson: Lesson, student: Student) -> None:
    try:
        seat = running.seats.open(lesson.id, student.id)
    except ClassFull:
        stop_camera(student.id)
        student_seat.show(running, lesson, student, WAITS)
        return
    seat.several = lesson.several
    with st.container(gap="xxsmall"):
        student_seat.camera_is_on(camera(seat, running.settings, running.camera_fps()))
    student_seat.show(running, lesson, student, SHARED)


main()
