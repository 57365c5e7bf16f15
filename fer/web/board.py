"""The board: what a projector shows the class. How to join, large, and the open question with its results.

Nothing of it says how a face looks, unless the teacher turns that on. Results stand here when the students may see them.
"""

import html

import segno
import streamlit as st

from fer.insight.said_words import answered
from fer.insight.stored_words import in_readers_words
from fer.languages import N_, _
from fer.lesson.monitor import Monitor
from fer.lesson.shown_to_class import ShownToClass, shown_to_class
from fer.records import Lesson
from fer.store.polls import SEVERAL, WORD, Poll
from fer.web import dashboard_parts, guards, links
from fer.web.poll_bars import bars

FACES, QUESTIONS = "board-faces", "board-questions"  # what the teacher turned on
MOST_QUESTIONS_SHOWN = 5
HOW = {SEVERAL: N_("Choose all that fit."), WORD: N_("Answer with a word.")}
STYLE = """<style>
.stMainBlockContainer {padding: 1rem 2rem !important; max-width: none}
[data-testid="stHeader"], [data-testid="stToolbar"], .st-key-menu {display: none}
.board {display: grid; grid-template-columns: minmax(12rem, 24vw) minmax(0, 1fr); gap: 3vw; align-items: start}
.board.alone {grid-template-columns: minmax(0, 1fr); justify-items: center; text-align: center}
.board .join img {width: 100%; max-width: 62vh; border-radius: 8px; display: block; margin: 0 auto}
.board.alone .join img {width: min(55vh, 90vw)}
.board .code {font: 700 clamp(2rem, 4vw, 5rem)/1.15 ui-monospace, monospace; letter-spacing: .08em; margin-top: .2em;
              text-align: center}
.board.alone .code {font-size: clamp(3rem, 9vw, 8rem)}
.board .link {font-size: clamp(1rem, 1.4vw, 1.6rem); overflow-wrap: anywhere; text-align: center}
.board h1 {font-size: clamp(2rem, 4.4vw, 5rem); line-height: 1.15; margin: 0 0 .4em; padding: 0; overflow-wrap: anywhere}
.board .answers {font-size: clamp(1.4rem, 2.6vw, 3rem)}
.board :is(ul, dl, li, p) {overflow-wrap: anywhere; margin: .2em 0; font-size: inherit !important}
.board .said {font-size: clamp(1.1rem, 1.7vw, 2rem); margin-top: 1em}
@media (max-width: 640px) {.board {grid-template-columns: minmax(0, 1fr)} .board .join img {max-width: 40vh}}
</style>"""


def page(running: Monitor, lesson: Lesson) -> None:
    st.html(STYLE)
    shown(running, lesson)
    with st.popover(_("On this board"), icon=":material/tune:", type="tertiary"):
        st.toggle(_("The class's expressions"), key=FACES, disabled=not running.lessons.uses_cameras(lesson))
        st.toggle(_("Questions of students"), key=QUESTIONS)


@st.fragment(run_every="1s")
@guards.says_store_errors
def shown(running: Monitor, lesson: Lesson) -> None:
    if dashboard_parts.is_over(running, lesson):
        st.rerun(scope="app")
    now, look = shown_to_class(running.journal, lesson), running.looks.look(lesson)
    main = asked(running, lesson, now, look.view.present) + questions(now)
    alone = "" if main else " alone"
    st.html(f'<div class="board{alone}"><div class="join">{join(lesson)}</div><div>{main}</div></div>')
    if st.session_state.get(FACES):
        dashboard_parts.headline(look.headline)


def join(lesson: Lesson) -> str:
    if not lesson.may_be_joined:
        said = _("Joining is closed.")
        return f'<div class="link">{said}</div>'
    link = f"{links.base_url()}/join?code={lesson.code}"
    qr = segno.make(link, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    where = html.escape(link.removeprefix("https://").removeprefix("http://").partition("?")[0])
    alt = _("QR code of the link to join")
    return f'<img src="{qr}" alt="{alt}"><div class="code">{lesson.code}</div><div class="link">{where}</div>'


def asked(running: Monitor, lesson: Lesson, now: ShownToClass, present: int) -> str:
    """The open question, or else the one whose results are shown."""
    poll = now.poll or now.released
    if poll is None:
        return ""
    below = (now.result and bars(poll, now.result, in_readers_words)) if poll == now.released else choices(poll)
    said = answered(running.journal.result(lesson, poll), present if poll.closed_at is None else 0)
    question = html.escape(in_readers_words(poll.question))
    return f'<h1>{question}</h1><div class="answers">{below or ""}</div><div class="said">{said}</div>'


def choices(poll: Poll) -> str:
    items = "".join(f"<li>{html.escape(in_readers_words(choice))}</li>" for choice in poll.choices)
    return f"<p>{_(HOW[poll.kind]) if poll.kind in HOW else ''}</p>" + (f"<ul>{items}</ul>" if items else "")


def questions(now: ShownToClass) -> str:
    """What students ask in words, where the teacher turned that on; without names."""
    if not st.session_state.get(QUESTIONS) or not now.questions:
        return ""
    items = "".join(
        f"<li>{html.escape(one.text)}{f' <b>+{one.seconds}</b>' if one.seconds else ''}</li>"
        for one in now.questions[:MOST_QUESTIONS_SHOWN]
    )
    above = _("Questions")
    return f'<div class="said"><b>{above}</b><ul>{items}</ul></div>'


def open_links(lesson: Lesson) -> None:
    """To the board and to the small window, each in a window of its own."""
    for label, view, icon, help in (
        (_("Board"), "board", "tv", _("For the projector: how to join, the open question and its results")),
        (_("Small window"), "compact", "picture_in_picture", _("For a corner of your screen")),
    ):
        st.link_button(label, f"dashboard?view={view}&lesson={lesson.id}", icon=f":material/{icon}:", help=help)
