"""A student's place in a lesson whose faces are read on the students' devices: one part of the page, which device/src/seat.js
fills. It needs no run of the page's script: whatever changes there goes over the seat's socket."""

import html
import json
from typing import Any

import streamlit as st

from fer.lesson.monitor import Monitor
from fer.records import COVERED, CUT_OFF, PER_STUDENT, STEP_S, TOO_SMALL, TURNED, Lesson, Student
from fer.store.journal import WORDS
from fer.vision.browser_net import NotForBrowsers
from fer.web import camera_state, device_files, own_files
from fer.web.camera_help import camera_help
from fer.web.expression_words import expression_words
from fer.web.language import _
from fer.web.student_desk import label_of

UNREAD = (
    (TOO_SMALL, ""),
    (TURNED, ""),
    (COVERED, ""),
    *((CUT_OFF, edge) for edge in ("left", "right", "top", "bottom")),
)
STYLE = """<style>
.seat {display: flex; flex-direction: column; gap: .8rem}
.seat :is(p, h3) {margin: 0; padding: 0}
.seat .state {border-radius: .5rem; padding: .75rem 1rem; background: light-dark(#E8F1FB, #172B42)}
.seat .state[data-level=success] {background: light-dark(#E7F5EA, #15301C)}
.seat .state[data-level=warning] {background: light-dark(#FFF6DB, #3A3210)}
.seat .row {display: flex; flex-wrap: wrap; gap: .6rem}
.seat button {min-height: 44px; padding: .3rem 1rem; border-radius: .5rem; border: 1px solid light-dark(#C8CBD3, #4A4E5A);
  background: transparent; color: inherit; font: inherit; cursor: pointer}
.seat button:hover {border-color: light-dark(#0072B2, #56B4E9)}
.seat button:focus-visible {outline: 3px solid light-dark(#0072B2, #56B4E9); outline-offset: 2px}
.seat button.first, .seat button[aria-pressed=true] {background: light-dark(#0072B2, #56B4E9); border-color: transparent;
  color: light-dark(#FFF, #0E1117)}
.seat .row [aria-pressed]::after {content: "✓"; margin-left: .4rem; visibility: hidden}
.seat .row [aria-pressed=true]::after {visibility: visible}
.seat .hint {opacity: .8; font-size: .9rem}
.seat details summary {line-height: 44px; cursor: pointer}
.seat .own {display: grid; grid-template-columns: minmax(0, 320px) minmax(12rem, 1fr); gap: 1rem; align-items: start}
@media (max-width: 600px) {.seat .own {grid-template-columns: 1fr}}
.seat .own .picture {position: relative}
.seat video {display: block; width: 100%; border-radius: .5rem; transform: scaleX(-1); background: #000}
.seat .box {position: absolute; border: 2px solid #50C800; border-radius: 2px; pointer-events: none}
.seat .bars {display: grid; grid-template-columns: auto 1fr auto; gap: .15rem .6rem; align-items: center; font-size: .9rem}
.seat .bars span:nth-child(3n) {text-align: right; font-variant-numeric: tabular-nums}
.seat .bar {height: .6rem; border-radius: .3rem; background: light-dark(#0072B2, #56B4E9)}
.seat [hidden] {display: none !important}
</style>"""


def show(running: Monitor, lesson: Lesson, student: Student, with_camera: bool) -> None:
    """The whole of it, with or without a camera."""
    told = html.escape(json.dumps(said(running, lesson, student, with_camera)))
    script = f'<script src="{device_files.built(device_files.SEAT).address}"></script>'
    with st.container(key="seat"):
        st.html(f"<div data-seat='{told}'></div>{STYLE}{script}", unsafe_allow_javascript=True)
    if with_camera:
        st.html(camera_help() + own_files.script("camera.js"), unsafe_allow_javascript=True)


def said(running: Monitor, lesson: Lesson, student: Student, with_camera: bool) -> dict[str, Any]:
    """What the page's part is told."""
    files: dict[str, str] = {}
    if with_camera:
        try:
            files = device_files.addresses(running)
        except NotForBrowsers:  # the model was changed for one that browsers cannot run, after a restart
            with_camera = False
    classifier = running.recognition.model.classifier if running.recognition else None
    return {
        "lesson": lesson.id,
        "student": student.id,
        "camera": with_camera,
        "files": files,
        "each": lesson.view == PER_STUDENT,
        "several": lesson.several,
        "everyMs": round(1000 / running.settings.frames_per_s),
        "stepS": STEP_S,
        "unsureBelow": running.settings.unsure_below,
        "readableBelow": classifier.readable_below if classifier else None,
        "words": {word: label_of(word) for word in WORDS},
        "labels": list(expression_words().values()),
        "texts": texts(lesson) | states(),
    }


def fetch_early(running: Monitor) -> None:
    """Has the browser load, while the student reads, what it needs to read faces."""
    try:
        files = device_files.addresses(running)
    except NotForBrowsers:
        return
    listed = " ".join(address for name, address in files.items() if name != "wasm")
    st.html(f'<span data-fetch="{listed}"></span>{own_files.script("fetch.js")}', unsafe_allow_javascript=True)


def texts(lesson: Lesson) -> dict[str, str]:
    return {
        "start": _("Start camera"),
        "stop": _("Stop camera"),
        "tell": _("Tell your teacher. The teacher sees how many say it, not who; it counts for 3 minutes."),
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
        "elsewhere": _("You have this lesson open in another window. Go on there, or here:"),
        "here": _("Go on in this window"),
        "away": _("The connection to the server is lost. It is tried again; nothing that you pressed is lost."),
    }


def states() -> dict[str, str]:
    """What a student is told about their camera, by the word that seat.js has for it."""
    return {
        "no camera": _("You are in the lesson. No camera is used."),
        "off": camera_state.not_shared(),
        "loading": _("Your browser gets ready to read your face. That takes a few seconds the first time."),
        "looking": camera_state.looking(),
        "stopped": _("The picture stopped. Stop the camera and start it again."),
        "camera off": camera_state.dark(),
        "another face": camera_state.another_face(),
        "no face": camera_state.no_face(),
        "face": camera_state.faces_seen(1),
        "on its side": camera_state.turned_camera(1),
        "upside down": camera_state.turned_camera(2),
        "undecided": camera_state.undecided(),
    } | {f"{reason} {edge}".strip(): camera_state.unread(reason, edge) for reason, edge in UNREAD}


def problem_of(name: str) -> str:
    """Why a browser cannot read faces, by the word it has put into the address; "" for another word."""
    return {
        "old": _("This browser is too old to read your face on your device."),
        "wrong": _("This browser makes mistakes when it reads the test picture, so it cannot read your face."),
        "slow": _("This device is too slow to read your face."),
        "failed": _("This browser could not load what it needs to read your face."),
    }.get(name, "")
