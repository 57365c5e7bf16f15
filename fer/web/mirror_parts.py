"""What the mirror's page is made of: the glass and the faces' cards, which mirror.js fills, and the state of the camera."""

import html
import json
import time

import streamlit as st

from fer.insight.charts import COLOURS
from fer.lesson.mirrors import Mirror, MirrorClosed, Visitor
from fer.lesson.monitor import Monitor
from fer.lesson.seats import ClassFull, Seat
from fer.records import EMOTIONS
from fer.vision.group_photo import Frame
from fer.web import guards, own_files
from fer.web.camera import stop_camera
from fer.web.camera_state import camera_state, sentences
from fer.web.expression_words import expression_words, reason_words
from fer.web.language import _

STYLE = """<style>
.mirror {position: relative; border-radius: .5rem; overflow: hidden; background: #111; aspect-ratio: 16 / 9; display: none}
.mirror.is-on {display: block}
.mirror video, .mirror canvas {position: absolute; inset: 0; width: 100%; height: 100%}
.mirror video {object-fit: contain}
.mirror.is-mirrored video {transform: scaleX(-1)}
.mirror canvas {touch-action: manipulation}
.mirror .says {position: absolute; left: 0; right: 0; bottom: 0; padding: .5rem .75rem; font-size: 1.05rem; color: #FFF;
  background: rgba(0, 0, 0, .65)}
.mirror .says:empty, .mirror .count:empty {display: none}
.mirror .count {position: absolute; inset: 0; display: grid; place-items: center; font: 700 min(9rem, 30vw) system-ui;
  color: #FFF; text-shadow: 0 0 .6rem #000; pointer-events: none}
.mirror .greeting {position: absolute; left: 0; right: 0; bottom: 18%; text-align: center; font: 700 min(3rem, 9vw) system-ui;
  color: #FFF; text-shadow: 0 0 .5rem #000, 0 0 .2rem #000; pointer-events: none; opacity: 0; transition: opacity .4s}
.mirror .greeting.is-shown {opacity: 1}
.face-cards {display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: .75rem}
.face-card {border: 1px solid rgba(128, 128, 128, .4); border-radius: .5rem; padding: .6rem .75rem}
.face-card header {display: flex; gap: .5rem; align-items: center; min-height: 44px}
.face-card h4 {flex: 1; margin: 0; padding: 0; font-size: 1.05rem}
.face-card canvas {width: 64px; height: 64px; border-radius: .4rem}
.face-card button {border: 1px solid rgba(128, 128, 128, .6); border-radius: .5rem; background: none; color: inherit;
  padding: 0 .6rem; font: inherit; font-size: .9rem; cursor: pointer}
.face-card dl {display: grid; grid-template-columns: max-content 1fr 2.6rem; gap: .15rem .5rem; margin: 0; padding: 0;
  font-size: .9rem}
.face-card dt, .face-card dd {margin: 0}
.face-card .bar {align-self: center; height: .7rem; border-radius: .2rem; background: rgba(128, 128, 128, .2)}
.face-card .bar i {display: block; height: 100%; border-radius: .2rem; transition: width .15s}
.face-card .share {text-align: right; font-variant-numeric: tabular-nums}
.group-photo img {display: block; width: 100%; border-radius: .5rem; margin-bottom: .5rem}
.group-photo a.save {display: inline-flex; align-items: center; min-height: 44px; padding: 0 1rem; border-radius: .5rem;
  text-decoration: none; background: light-dark(#0072B2, #56B4E9); color: light-dark(#FFF, #0E1117)}
/* A camera that is started before camera.js watches it would not be seen in the glass. */
iframe[title*=webrtc]:not([data-is-watched]) {visibility: hidden}
.stMain:has(.group-photo) .mirror {display: none}
</style>"""


def glass(mirror: Mirror, visitor: Visitor) -> None:
    """The visitor's own video with what is said of it; it is there while their camera is on."""
    greeting = mirror.greeting
    data = {
        "token": visitor.token,
        "words": json.dumps(words()),
        "greeting": greeting.text if greeting else "",
        "sound": str(greeting is not None and greeting.sound).lower(),
    }
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    st.html(
        f'{STYLE}<div class="mirror" {attributes}></div>{own_files.script("mirror.js")}', unsafe_allow_javascript=True
    )


def cards(kind: str) -> None:
    """Where the bars of each face go, ``live`` or of the ``photo``."""
    st.html(f'<div class="face-cards {kind}-cards"></div>')


def words() -> dict[str, object]:
    """What mirror.js writes; it fills in {n}, {all}, {faces} and {reason}."""
    labels = expression_words()
    return {
        "expressions": [labels[name] for name in EMOTIONS],
        "colours": [COLOURS[name] for name in EMOTIONS],
        "labels": labels,
        "reasons": reason_words(),
        "face": _("Face {n}"),
        "faces": _("Faces {faces}"),
        "more": _("Faces still missing in the picture: {n}."),
        "waiting": _("Waiting for: {n} of {all} ({faces})."),
        "nobody": _("There is no face to wait for."),
        "unreadable": _("{face} cannot be read ({reason}) and is not waited for."),
        "leftOut": _("Left out: {faces}."),
        "hold": _("Hold it!"),
        "leaveOut": _("Leave out"),
        "waitFor": _("Wait for it"),
        "save": _("Download the picture"),
    }


@st.fragment(run_every="5s")
@guards.says_store_errors
def wait_for_place(running: Monitor, visitor: Visitor) -> None:
    try:
        visitor.seat()
    except ClassFull:
        st.warning(
            _(
                "**No place is free.** This server cannot look at more cameras now, and lessons go first. Leave this page "
                "open: it goes on as soon as a place is free."
            ),
            icon=":material/hourglass_top:",
        )
    except MirrorClosed:
        st.rerun(scope="app")
    else:
        st.rerun(scope="app")


@st.fragment(run_every="1s")
@guards.says_store_errors
def state_line(running: Monitor, visitor: Visitor, seat: Seat, started: bool, picture: Frame | None) -> None:
    """What the server sees, every second. Draws the page anew when the mirror was closed, and when the group photo is
    another than ``picture``, which the page shows."""
    since = st.session_state.setdefault(f"mirror since {started}", time.monotonic())
    seat.greet()
    if visitor.has_left or seat.refused or visitor.picture is not picture:
        if visitor.has_left or seat.refused:
            stop_camera(visitor.number)
        st.rerun(scope="app")
    level, *names = camera_state(seat, started, since, time.monotonic(), running.settings.gone_after_s)
    if level != "success":  # else it is seen in the glass
        getattr(st, level)(" ".join(sentences()[name] for name in names), icon=":material/videocam:")
