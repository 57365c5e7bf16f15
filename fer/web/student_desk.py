"""A student's place in a lesson, with or without a camera: what the server sees of them, what they say by button."""

import html
import time

import cv2
import streamlit as st

from fer.lesson.monitor import Monitor
from fer.lesson.seats import ClassFull, Picture, Seat
from fer.lesson.shown_to_class import shown_to_class
from fer.records import STUDENT, Lesson, Student
from fer.store.journal import WORDS
from fer.web import guards, own_files, screen, student_says
from fer.web.camera import ask_for, stop_camera
from fer.web.camera_state import camera_state
from fer.web.language import _

STUDENTS_BGR, BYSTANDERS_BGR = (80, 200, 0), (150, 150, 150)  # of the boxes
ICONS = {"lost": "help", "got it": "thumb_up", "slower": "slow_motion_video"}


@st.fragment(run_every="5s")
@guards.says_store_errors
def wait_for_seat(running: Monitor, student: Student) -> None:
    rerun_if_over(running, student)
    try:
        running.seats.open(student.lesson_id, student.id)
    except ClassFull:
        st.warning(
            _(
                "**The class is full.** This server cannot look at more cameras. Leave this page open: it gets you in "
                "as soon as a place is free. Tell your teacher that you are waiting."
            ),
            icon=":material/hourglass_top:",
        )
    else:
        st.rerun(scope="app")


@st.fragment(run_every="5s")
@guards.says_store_errors
def wait_for_joining(running: Monitor, lesson: Lesson) -> None:
    """For who comes while the teacher lets nobody else in."""
    now_stored = running.store.lesson(lesson.id)
    if now_stored is None or not now_stored.is_open or now_stored.may_be_joined:
        st.rerun(scope="app")
    st.title(screen.plain(lesson.title))
    st.info(
        _(
            "**Joining is closed.** Your teacher lets nobody else in at the moment. Leave this page open: it goes on as "
            "soon as joining is open again."
        ),
        icon=":material/lock:",
    )


@st.fragment(run_every="1s")
@guards.says_store_errors
def state_line(running: Monitor, student: Student, seat: Seat, started: bool, since: float) -> None:
    """What the server sees of this student, every second; ``since``: ``time.monotonic`` when the page was drawn."""
    rerun_if_over(running, student)
    seat.greet()
    if seat.refused:  # the last place went while this page was open
        stop_camera(student.id)
        st.rerun(scope="app")
    if not seat.has_camera:
        st.info(_("You are in the lesson. No camera is used."), icon=":material/how_to_reg:")
        return
    if running.students.has_teachers_own(student.lesson_id):
        st.warning(
            _(
                "**Somebody joined this lesson in your teacher's browser.** Who knows how some of a class look can work out "
                "how the others do. Ask your teacher, or go on without a camera."
            ),
            icon=":material/visibility:",
        )
    ask_for(running.camera_fps())
    level, sentence, icon = camera_state(seat, started, since, time.monotonic(), running.settings.gone_after_s)
    getattr(st, level)(sentence, icon=f":material/{icon}:")
    if started and st.toggle(_("Show me the last picture the server analysed")):
        show_picture(seat.show())


def show_picture(picture: Picture | None) -> None:
    """A student's own last analysed frame with its boxes, mirrored as people know themselves; nothing is stored."""
    if picture is None or picture.frame_bgr is None:
        return
    frame = cv2.flip(picture.frame_bgr, 1)
    width = frame.shape[1]
    for seen in picture.observations:
        if seen.box_xyxy is not None:
            x1, y1, x2, y2 = (round(v) for v in seen.box_xyxy)
            colour = STUDENTS_BGR if seen.role == STUDENT else BYSTANDERS_BGR
            cv2.rectangle(frame, (width - x2, y1), (width - x1, y2), colour, 2)
    # As a data URI: st.image would put the picture behind an address that others could open.
    data = screen.as_data(cv2.imencode(".jpg", frame)[1].tobytes())
    said = html.escape(_("Your last analysed picture"))
    st.html(f'<img src="{data}" alt="{said}" style="width:100%;max-width:320px;border-radius:8px">')


def rerun_if_over(running: Monitor, student: Student) -> None:
    """A run of the whole page when the lesson has ended, or the student left, deleted their data, or chose to take part
    with or without a camera in another tab."""
    lesson, now_stored = running.store.lesson(student.lesson_id), running.store.student(student.id)
    if now_stored is None:
        stop_camera(student.id)
    is_over = lesson is None or not lesson.is_open
    if now_stored != student or is_over or not running.processes.is_here(student.lesson_id):
        st.rerun(scope="app")


@st.fragment(run_every="2s")
@guards.says_store_errors
def answer_buttons(running: Monitor, student: Student, with_words: bool) -> None:
    """Three buttons where no other part of the page has them, the teacher's poll while one is open, a hand and questions.
    Pressed again, they change the answer."""
    lesson = running.store.lesson(student.lesson_id)
    if lesson is None:
        return
    now = shown_to_class(running.journal, lesson)
    with st.container(key="answers"):
        pressed = [word_buttons(running, student)] if with_words else []
        pressed += student_says.poll(running, student, now.poll)
        student_says.released(now)
        pressed += student_says.hand(running, lesson, student)
        pressed += student_says.questions(running, student, now.questions)
        chosen = " ".join(filter(None, pressed))
        st.html(f'<span data-pressed="{chosen}"></span>{own_files.script("pressed.js")}', unsafe_allow_javascript=True)


def word_buttons(running: Monitor, student: Student) -> str:
    """The key of the button that counts now, "" for none."""
    st.caption(_("Tell your teacher. The teacher sees how many say it, not who; it counts for 3 minutes."))
    keys = {word: f"say-{word.replace(' ', '-')}" for word in WORDS}
    with st.container(horizontal=True):
        for word in WORDS:
            icon = f":material/{ICONS[word]}:"
            st.button(label_of(word), icon=icon, key=keys[word], on_click=say, args=(running, student, word))
    return keys.get(running.journal.my_word(student.id, time.time()) or "", "")


def label_of(word: str) -> str:
    """What a student reads for one of ``WORDS``."""
    return {"lost": _("I'm lost"), "got it": _("Got it"), "slower": _("Slower")}[word]


@guards.says_store_errors
def say(running: Monitor, student: Student, word: str) -> None:
    if running.students.is_in(student):  # a page that was left open may still send
        running.journal.say(student.lesson_id, student.id, word, time.time())
