"""A poll's result as bars: for the dashboard, the board and the replay; their look for a student's page, too."""

import html
from collections.abc import Callable

import streamlit as st

from fer.insight.said_words import answer_words, number
from fer.store.polls import Poll, Result

MOST_SHOWN = 12  # words; more do not fit
STYLE = """<style>
.poll-bars {display: grid; grid-template-columns: minmax(0, max-content) minmax(3rem, 1fr) max-content;
            gap: .35em .75em; align-items: center; margin: 0 !important; padding: 0 !important; max-width: 100%}
.poll-bars :is(dt, dd) {margin: 0 !important; padding: 0 !important; font-size: inherit; overflow-wrap: anywhere}
.poll-bars .track {background: rgba(128, 128, 128, .25); border-radius: .3em; height: .9em}
.poll-bars .track i {display: block; height: 100%; border-radius: .3em; background: #0072B2}
.poll-bars .right {font-weight: 650}
.poll-bars .right + dd i {background: #009E73}
.poll-bars .n {font-variant-numeric: tabular-nums; white-space: nowrap}
</style>"""


def bars(poll: Poll, result: Result, in_words: Callable[[str], str] = str) -> str:
    """As HTML: each answer with its number and share; the right ones have a tick. ``in_words``: as the reader reads it."""
    rows = []
    for place, (answer, n) in enumerate(result.answers[:MOST_SHOWN]):
        rows.append(
            f'<dt class="{"right" if place in poll.correct else ""}">'
            f"{html.escape(answer_words(poll, place, in_words(answer)))}</dt>"
            f'<dd class="track"><i style="width: {result.share(n):.1%}"></i></dd>'
            f'<dd class="n">{number(result, n)}</dd>'
        )
    return f'<dl class="poll-bars">{"".join(rows)}</dl>{STYLE}' if rows else ""


def show_bars(poll: Poll, result: Result, in_words: Callable[[str], str] = str) -> None:
    if result.answers:
        st.html(bars(poll, result, in_words))
