"""A lesson on one printed page: self-contained HTML with a timeline drawn as SVG, and the peaks found in a lesson."""

import html
from collections.abc import Callable

import pandas as pd

from fer.insight.alerts import KINDS
from fer.insight.charts import COLOURS
from fer.insight.signals import Signals, signals, signals_over_time
from fer.insight.timeline import faces_over_time, timeline_step_s
from fer.insight.wording import TOO_FEW_ANSWERS, percent
from fer.records import LABELS, Lesson
from fer.store.journal import Journal
from fer.store.store import Store

PEAKS = {
    "happy": "most happy",
    "surprise": "most surprise",
    "negative": "most negative",
    "concentration": "highest concentration index",
}
PEAK_STEP_S = 15  # as in the replay, so that both name the same times
LEAST_PEAK = 0.05  # above the lesson's mean; less is not a peak
MOST_ROWS = 12  # of moments and alerts, and of answers: more do not fit on the page
WIDTH, HEIGHT = 680, 150
GUESSES = (
    '<p class="small">Not for marks, attendance or discipline: an expression is a guess about a face, and guesses err. '
    "It does not say what anybody thought, felt or learnt.</p>"
)
STYLE = """@page {size: A4; margin: 14mm} body {font: 10.5pt/1.4 system-ui, sans-serif; color: #111; background: #fff;
max-width: 182mm; margin: 0 auto} h1 {font-size: 17pt; margin: 0; overflow-wrap: anywhere} h2 {font-size: 11.5pt;
margin: 4mm 0 1mm} p, ul, ol {margin: 0 0 2mm} ul, ol {padding-left: 6mm} svg {width: 100%; height: auto}
li {overflow-wrap: anywhere} .key span {margin-right: 4mm; white-space: nowrap}
.key i {display: inline-block; width: 9px; height: 9px; margin-right: 4px}
.small {font-size: 8.5pt; color: #444} i {-webkit-print-color-adjust: exact; print-color-adjust: exact}
@media screen {body {padding: 16px}}"""


def peaks(counts: pd.DataFrame) -> list[tuple[float, str]]:
    """The steps in which a signal stood out most from the lesson's mean: time (the step's start) and a name such as
    "most surprise of the lesson", in order of time. At least three steps are needed for one to stand out."""
    table = signals_over_time(counts)
    if len(table) < 3:
        return []
    table["happy"] = table["positive"]
    found = []
    for name, words in PEAKS.items():
        top = table[name].idxmax()
        if table[name][top] - table[name].mean() >= LEAST_PEAK:
            found.append((float(table["time"][top]), f"{words} of the lesson"))
    return sorted(found)


def handout(store: Store, journal: Journal, lesson: Lesson, until: float, clock: Callable[[float], str]) -> str:
    """The page as HTML without a script and without anything from the network; ``until``: Unix seconds, the lesson's
    end or now; ``clock`` turns a Unix time into the reader's."""
    step_s = max(5, timeline_step_s(until - lesson.started_at))
    counts = store.counts(lesson.id, step_s)
    marks = [(row.at, row.text) for row in journal.moments(lesson.id).itertuples()]
    marks += [
        (alert.at, f"Alert: {KINDS[alert.kind][0]} ({alert.outcome or 'not answered'})")
        for alert in journal.alerts(lesson.id)
    ]
    expressions = [
        "<h2>Expressions over the lesson</h2>",
        _svg(faces_over_time(counts, step_s), sorted(marks), lesson.started_at, until, clock),
        _key(),
        _signals(signals(counts)),
        _list("What stood out", [f"{clock(at)}: {what}" for at, what in peaks(store.counts(lesson.id, PEAK_STEP_S))]),
    ]
    parts = [
        f"<h1>{html.escape(lesson.title)}</h1>",
        "<p><b>A demo: these students are made up.</b></p>" if lesson.is_demo else "",
        f"<p>{clock(lesson.started_at)} to {clock(until)} · {len(store.students(lesson.id))} students joined</p>",
        *(expressions if lesson.has_expressions else ["<p>No face was looked at in this lesson.</p>"]),
        _list("Moments and alerts", [f"{clock(at)}: {what}" for at, what in sorted(marks)]),
        _list("What students answered", _said(journal, lesson)),
        GUESSES if lesson.has_expressions else "",
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(lesson.title)}</title><style>{STYLE}</style><body>{''.join(parts)}</body></html>"
    )


def _svg(faces: pd.DataFrame, marks: list, since: float, until: float, clock: Callable[[float], str]) -> str:
    """Stacked bars of the shares, with numbered lines for the first marks."""
    if faces.empty:
        return "<p>No face was seen in this lesson.</p>"
    span = max(until - since, 1.0)

    def x(at: float) -> float:
        return round(min(max((at - since) / span, 0), 1) * WIDTH, 1)

    drawn = []
    for (start, end), bucket in faces.groupby(["time", "until"]):
        left, top = x(start.timestamp()), 0.0
        width = max(x(end.timestamp()) - left, 1)
        for label, share in sorted(
            zip(bucket["state"], bucket["share"], strict=True), key=lambda pair: LABELS.index(pair[0])
        ):
            drawn.append(
                f'<rect x="{left}" y="{HEIGHT - (top + share) * HEIGHT:.1f}" width="{width:.1f}" '
                f'height="{share * HEIGHT:.1f}" fill="{COLOURS[label]}"/>'
            )
            top += share
    for number, (at, _) in enumerate(marks[:MOST_ROWS], 1):
        drawn.append(
            f'<path d="M{x(at)} 0V{HEIGHT + 4}" stroke="#111" stroke-dasharray="4 3"/>'
            f'<text x="{x(at)}" y="{HEIGHT + 15}" font-size="11" text-anchor="middle">{number}</text>'
        )
    ends = (
        f'<text x="0" y="{HEIGHT + 28}" font-size="11">{clock(since)}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 28}" font-size="11" text-anchor="end">{clock(until)}</text>'
    )
    return (
        f'<svg viewBox="-6 0 {WIDTH + 12} {HEIGHT + 32}" role="img" aria-label="Shares of expressions over the lesson">'
        f"{''.join(drawn)}{ends}</svg>"
    )


def _key() -> str:
    return (
        '<p class="key small">'
        + "".join(f'<span><i style="background:{colour}"></i>{label}</span>' for label, colour in COLOURS.items())
        + "</p>"
    )


def _signals(found: Signals | None) -> str:
    if found is None:
        return ""
    return (
        f"<p>Over the lesson: positive {percent(found.positive)}, neutral {percent(found.neutral)}, negative "
        f"{percent(found.negative)}; valence {found.valence:+.2f}; concentration index {found.concentration * 100:.0f} "
        "of 100 (from expressions only, no measurement of learning).</p>"
    ).replace("valence -", "valence −")


def _said(journal: Journal, lesson: Lesson) -> list[str]:
    presses = journal.said(lesson).groupby("word")["n"].sum()
    lines = [f"Buttons pressed: {', '.join(f'{word} {n}' for word, n in presses.items())}"] if len(presses) else []
    for poll in journal.polls(lesson.id):
        votes = journal.votes(lesson, poll)
        given = ", ".join(f"{choice} {n}" for choice, n in zip(poll.choices, votes or [], strict=False))
        lines.append(f"{poll.question} {given or TOO_FEW_ANSWERS}")
    return lines


def _list(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    tag = "ol" if title.startswith("Moments") else "ul"
    more = f"<li>and {len(lines) - MOST_ROWS} more in the CSV</li>" if len(lines) > MOST_ROWS else ""
    rows = "".join(f"<li>{html.escape(line)}</li>" for line in lines[:MOST_ROWS])
    return f"<h2>{title}</h2><{tag}>{rows}{more}</{tag}>"
