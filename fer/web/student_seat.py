"""A student's place in a lesson: one part of the page, which device/src/seat.js fills. It needs no run of the page's script:
whatever changes there goes over the seat's socket (seat_socket.py)."""

import html
import json
from typing import Any

import streamlit as st

from fer.insight.said_words import SAID
from fer.lesson.monitor import Monitor
from fer.names import LONGEST_NAME
from fer.records import PER_STUDENT, STEP_S, Lesson, Student
from fer.store.polls import LONGEST_WORD
from fer.store.questions import LONGEST_ASKED
from fer.vision.browser_net import NotForBrowsers
from fer.web import camera_state, device_files, language, own_files, poll_bars, screen, seat_texts
from fer.web.camera_help import camera_help
from fer.web.expression_words import expression_words
from fer.web.language import _
from fer.web.seat_socket import WAITS

DEVICE, JOINING = "device", "joining closed"  # beside SHARED and WAITS
STYLE = """<style>
.seat, .seat .part {display: flex; flex-direction: column; gap: .8rem}
.seat :is(p, h3) {margin: 0; padding: 0; overflow-wrap: anywhere}
.seat .state {border-radius: .5rem; padding: .75rem 1rem; background: light-dark(#E8F1FB, #172B42)}
.seat .state[data-level=success] {background: light-dark(#E7F5EA, #15301C)}
.seat .state[data-level=warning] {background: light-dark(#FFF6DB, #3A3210)}
.seat .state[data-level=error] {background: light-dark(#FDECEA, #3B1A18)}
.seat .row {display: flex; flex-wrap: wrap; gap: .6rem; align-items: end}
.seat button {min-height: 44px; padding: .3rem 1rem; border-radius: .5rem; border: 1px solid light-dark(#C8CBD3, #4A4E5A);
  background: transparent; color: inherit; font: inherit; cursor: pointer; overflow-wrap: anywhere}
.seat button:hover {border-color: light-dark(#0072B2, #56B4E9)}
.seat :is(button, input, summary):focus-visible {outline: 3px solid light-dark(#0072B2, #56B4E9); outline-offset: 2px}
.seat button.first, .seat button[aria-pressed=true] {background: light-dark(#0072B2, #56B4E9); border-color: transparent;
  color: light-dark(#FFF, #0E1117)}
/* The tick has its place beforehand, so that nothing moves under the hand. */
.seat [aria-pressed]::after {content: "✓"; margin-left: .4rem; visibility: hidden}
.seat [aria-pressed=true]::after {visibility: visible}
.seat .hint {opacity: .8; font-size: .9rem}
.seat .card {border: 1px solid light-dark(#C8CBD3, #4A4E5A); border-radius: .5rem; padding: 1rem; display: flex;
  flex-direction: column; gap: .8rem}
.seat .refused {border-left: .3rem solid #C62828; padding-left: .7rem}
.seat label {flex: 1 1 14rem; display: flex; flex-direction: column; gap: .25rem; font-size: .9rem}
.seat input {min-height: 44px; padding: .3rem .75rem; border-radius: .5rem; border: 1px solid light-dark(#8A8F9C, #767B88);
  background: transparent; color: inherit; font: inherit; font-size: 1rem; width: 100%; box-sizing: border-box}
.seat .asked {display: flex; gap: .6rem; align-items: center; justify-content: space-between}
.seat .asked button {flex: none; max-width: 50%}
.seat details summary {line-height: 44px; cursor: pointer}
.seat .own {display: grid; grid-template-columns: minmax(0, 320px) minmax(12rem, 1fr); gap: 1rem; align-items: start}
@media (max-width: 600px) {.seat .own {grid-template-columns: 1fr}}
.seat .own .picture {position: relative}
.seat :is(video, .own img) {display: block; width: 100%; max-width: 320px; border-radius: .5rem}
.seat video {transform: scaleX(-1); background: #000}
.seat .box {position: absolute; border: 2px solid #50C800; border-radius: 2px; pointer-events: none}
.seat .bars {display: grid; grid-template-columns: auto 1fr auto; gap: .15rem .6rem; align-items: center; font-size: .9rem}
.seat .bars span:nth-child(3n) {text-align: right; font-variant-numeric: tabular-nums}
.seat .bar {height: .6rem; border-radius: .3rem; background: light-dark(#0072B2, #56B4E9)}
.seat [hidden] {display: none !important}
/* Streamlit's own word on a lost connection is in English, and lies over what works without it. */
body:has([data-seat]) > .stDialog {display: none}
</style>"""


def show(running: Monitor, lesson: Lesson, student: Student, camera: str) -> None:
    """The place of somebody who has joined. ``camera``: ``DEVICE``, ``SHARED`` or ``WAITS``, "" for none."""
    files: dict[str, str] = {}
    if camera == DEVICE:
        try:
            files = device_files.addresses(running)
        except NotForBrowsers:  # the model was changed for one that browsers cannot run, after a restart
            camera = ""
    said: dict[str, Any] = {
        "student": student.id,
        "camera": camera,
        "words": {word: _(text) for word, text in SAID.items()},
        "isNamed": student.name is not None,
        "longest": {"word": LONGEST_WORD, "name": LONGEST_NAME, "question": LONGEST_ASKED},
        "texts": camera_state.sentences() | texts() | of_answers(student),
    }
    if camera == DEVICE:
        said |= of_device(running, lesson) | {"files": files}
        said["texts"] |= texts_of_device(lesson)
    _part(lesson, said)
    if camera == DEVICE:
        st.html(camera_help() + own_files.script("camera.js"), unsafe_allow_javascript=True)


def wait_for_joining(lesson: Lesson) -> None:
    """For who comes while the teacher lets nobody else in."""
    st.title(screen.plain(lesson.title))
    _part(lesson, {"student": 0, "camera": JOINING, "texts": texts()})


def camera_is_on(is_on: bool) -> None:
    """Tells the part whether the camera beside it, which Streamlit shows, was started."""
    st.html(f'<span data-camera="{"on" if is_on else "off"}"></span>')


def _part(lesson: Lesson, said: dict[str, Any]) -> None:
    """What the part is told; where it changes, the part begins anew."""
    told = html.escape(json.dumps({"code": lesson.code, "language": language.current()} | said))
    own_camera = "data-own-camera" if said["camera"] == DEVICE else ""
    script = f'<script src="{device_files.built(device_files.SEAT).address}"></script>'
    with st.container(key="seat"):
        st.html(
            f"<div data-seat='{told}' {own_camera}></div>{STYLE}{poll_bars.STYLE}{script}", unsafe_allow_javascript=True
        )


def of_device(running: Monitor, lesson: Lesson) -> dict[str, Any]:
    """What a device needs to know that reads its student's face."""
    classifier = running.recognition.model.classifier if running.recognition else None
    return {
        "each": lesson.view == PER_STUDENT,
        "several": lesson.several,
        "everyMs": round(1000 / running.settings.frames_per_s),
        "stepS": STEP_S,
        "unsureBelow": running.settings.unsure_below,
        "readableBelow": classifier.readable_below if classifier else None,
        "labels": list(expression_words().values()),
    }


def fetch_early(running: Monitor) -> None:
    """Has the browser load, while the student reads, what it needs to read faces."""
    try:
        files = device_files.addresses(running)
    except NotForBrowsers:
        return
    listed = " ".join(address for name, address in files.items() if name != "wasm")
    st.html(f'<span data-fetch="{listed}"></span>{own_files.script("fetch.js")}', unsafe_allow_javascript=True)


def texts() -> dict[str, str]:
    """By the names that the part's JavaScript has for them."""
    return {
        "tell": _("Tell your teacher. The teacher sees how many say it, not who; it counts for 3 minutes."),
        "elsewhere": _("You have this lesson open in another window. Go on there, or here:"),
        "here": _("Go on in this window"),
        "away": _("The connection to the server is lost. It is tried again; nothing that you pressed is lost."),
        "picture": _("Show me the last picture the server analysed"),
        "picture shown": _("Your last analysed picture"),
        "teacher's own": _(
            "**Somebody joined this lesson in your teacher's browser.** Who knows how some of a class look can work out "
            "how the others do. Ask your teacher, or go on without a camera."
        ),
        WAITS: _(
            "**The class is full.** This server cannot look at more cameras. Leave this page open: it gets you in "
            "as soon as a place is free. Tell your teacher that you are waiting."
        ),
        JOINING: _(
            "**Joining is closed.** Your teacher lets nobody else in at the moment. Leave this page open: it goes on as "
            "soon as joining is open again."
        ),
    }


def of_answers(student: Student) -> dict[str, str]:
    """Texts of polls, hands and questions."""
    return {
        "all that fit": _("Choose all that fit."),
        "your answer": _("Your answer"),
        "a word": _("A word"),
        "send": _("Send"),
        "answered": _("You answered: {word}"),
        "raise": _("Raise my hand"),
        "lower": _("Take my hand down"),
        "hand": _("Your teacher sees your name while your hand is up."),
        "hand up": _("Your hand is up, as number {place}."),
        "hand's name": _("Your name, for the raised hand"),
        "question": _("Your question to the teacher and the class"),
        "who asks": _("Your teacher sees your name with it, the class does not.")
        if student.name
        else _("Nobody sees that it is yours."),
        "ask": _("Ask"),
        "mine": _("Your question"),
        "second": _("I want to know, too"),
        seat_texts.TOO_SOON: _("You have just asked. Wait a moment before you ask again, or raise your hand."),
        seat_texts.NO_QUESTION: _("Type a question, in 1 to {longest} characters.").format(longest=LONGEST_ASKED),
        seat_texts.NO_NAME: _("Type your name, in 1 to {longest} characters.").format(longest=LONGEST_NAME),
        seat_texts.NO_ANSWER: _("Type an answer, in 1 to {longest} characters.").format(longest=LONGEST_WORD),
        seat_texts.CLOSED: _("This poll is closed, so your answer was not counted."),
    }


def texts_of_device(lesson: Lesson) -> dict[str, str]:
    return {
        "start": _("Start camera"),
        "stop": _("Stop camera"),
        "own": _("Show me my picture and what is sent"),
        "all": _(
            "These numbers, and where in the picture your face is, are all that leaves your device. The picture stays on it."
        )
        if lesson.has_students
        else _(
            "Every five seconds the mean of these numbers leaves your device, and nothing else of your face. The picture "
            "stays on it."
        ),
        "nothing": _("Nothing about your face is sent now."),
        "loading": _("Your browser gets ready to read your face. That takes a few seconds the first time."),
        "stopped": _("The picture stopped. Stop the camera and start it again."),
    }


def problem_of(name: str) -> str:
    """Why a browser cannot read faces, by the word it has put into the address; "" for another word."""
    return {
        "old": _("This browser is too old to read your face on your device."),
        "wrong": _("This browser makes mistakes when it reads the test picture, so it cannot read your face."),
        "slow": _("This device is too slow to read your face."),
        "failed": _("This browser could not load what it needs to read your face."),
    }.get(name, "")
