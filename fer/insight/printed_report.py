"""A lesson on one printed page: self-contained HTML with a timeline drawn as SVG, and the peaks found in a lesson."""

import html
import math
from datetime import tzinfo
from functools import partial

import pandas as pd

from fer.insight import wording
from fer.insight.alerts import KINDS
from fer.insight.charts import COLOURS
from fer.insight.said_words import SAID, answer_words, answered, question_line
from fer.insight.signals import Signals, signals, signals_over_time
from fer.insight.stored_words import in_readers_words
from fer.insight.timeline import faces_over_time, timeline_step_s
from fer.insight.wording import TOO_FEW_ANSWERS, percent
from fer.languages import N_, _, current
from fer.records import LABELS, Lesson
from fer.store.journal import DISMISSED, DONE, ENDED, Journal, LoggedAlert
from fer.store.polls import Poll, Result
from fer.store.store import Store

PEAKS = {
    "happy": N_("most happy of the lesson"),
    "surprise": N_("most surprise of the lesson"),
    "negative": N_("most negative of the lesson"),
    "concentration": N_("highest concentration index of the lesson"),
}
PEAK_STEP_S = 15  # as in the replay, so that both name the same times
LEAST_PEAK = 0.05  # above the lesson's mean; less is not a peak
MOST_ROWS = 12  # of moments and alerts: more do not fit on the page
MOST_TICKS = 9
FLAG_ROWS, FLAG_WIDTH = 3, 14
WIDTH, HEIGHT = 680, 150
GUESSES = N_(
    "Not for marks, attendance or discipline: an expression is a guess about a face, and guesses err. "
    "It does not say what anybody thought, felt or learnt."
)
OUTCOMES = {None: N_("not answered"), DONE: N_("done"), DISMISSED: N_("dismissed"), ENDED: N_("ended by itself")}
STYLE = """@page {size: A4; margin: 14mm} body {font: 10.5pt/1.4 system-ui, sans-serif; color: #111; background: #fff;
max-width: 182mm; margin: 0 auto} h1 {font-size: 17pt; margin: 0; overflow-wrap: anywhere} h2 {font-size: 11.5pt;
margin: 4mm 0 1mm} p, ul, ol {margin: 0 0 2mm} ul, ol {padding-left: 6mm} svg {width: 100%; height: auto}
li {overflow-wrap: anywhere} .key span {margin-right: 4mm; white-space: nowrap}
.key i {display: inline-block; width: 9px; height: 9px; margin-right: 4px}
.small {font-size: 8.5pt; color: #444} i {-webkit-print-color-adjust: exact; print-color-adjust: exact}
dl {display: grid; grid-template-columns: max-content 1fr; gap: 0 4mm; margin: 2mm 0} dt {color: #444} dd {margin: 0;
overflow-wrap: anywhere} table {border-collapse: collapse; margin: 0 0 2mm} th {font-weight: 400; text-align: left}
th, td {padding: 0 6mm 0 0; vertical-align: top} td {text-align: right} [scope=col] {color: #444}
table {break-inside: avoid}
#print {float: right; font: inherit; min-height: 44px; padding: 0 16px; cursor: pointer} @media print {#print {display: none}}
@media screen {body {padding: 16px}}"""
PRINT = '<script src="../own/print.js"></script>'


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
            found.append((float(table["time"][top]), _(words)))
    return sorted(found)


def handout(store: Store, journal: Journal, lesson: Lesson, until: float, zone: tzinfo) -> str:
    """The page as HTML with nothing from elsewhere but the Print button's script; ``until``: Unix seconds, the lesson's
    end or now; ``zone``: of the reader."""
    moment = partial(wording.moment, zone=zone, since=lesson.started_at)
    step_s = max(5, timeline_step_s(until - lesson.started_at))
    counts = store.counts(lesson.id, step_s)
    marks = [(row.at, in_readers_words(row.text)) for row in journal.moments(lesson.id).itertuples()]
    marks += [(alert.at, _alert(alert)) for alert in journal.alerts(lesson.id)]
    over_the_lesson, unseen = _("Expressions over the lesson"), _("No face was looked at in this lesson.")
    expressions = [
        f"<h2>{over_the_lesson}</h2>",
        _svg(faces_over_time(counts, step_s), sorted(marks), lesson.started_at, until, zone),
        _key(),
        _signals(signals(counts)),
        _list(
            _("What stood out"), [f"{moment(at)}: {what}" for at, what in peaks(store.counts(lesson.id, PEAK_STEP_S))]
        ),
    ]
    parts = [
        *(expressions if lesson.has_expressions else [f"<p>{unseen}</p>"]),
        _list(_("Moments and alerts"), [f"{moment(at)}: {what}" for at, what in sorted(marks)], "ol"),
        _pressed(journal, lesson),
        *(_poll(poll, journal.result(lesson, poll), moment(poll.opened_at)) for poll in journal.polls(lesson.id)),
        _list(_("What students asked"), [question_line(one) for one in journal.questions(lesson) if not one.hidden_at]),
    ]
    guesses = f'<footer><p class="small">{_(GUESSES)}</p></footer>' if lesson.has_expressions else ""
    return (
        f'<!doctype html><html lang="{current()}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(lesson.title)}</title><style>{STYLE}</style><body>"
        f"{_head(store, lesson, until, zone)}"
        f"<main>{''.join(parts)}</main>{guesses}{PRINT}</body></html>"
    )


def _alert(alert: LoggedAlert) -> str:
    what, outcome = KINDS[alert.kind][0], OUTCOMES[alert.outcome]
    return _("Alert: {what} ({outcome})").format(what=_(what), outcome=_(outcome))


def _head(store: Store, lesson: Lesson, until: float, zone: tzinfo) -> str:
    teachers = store.teachers().set_index("teacher_id")["name"]
    began = f"{wording.day(lesson.started_at, zone)}, {wording.clock(lesson.started_at, zone)}"
    facts = {
        _("When"): _("{began} to {ended} ({zone})").format(
            began=began, ended=wording.moment(until, zone, lesson.started_at), zone=zone
        ),
        _("Course"): lesson.course,
        _("Teacher"): str(teachers.get(lesson.owner_id, "")),
        _("Students"): _("{n} joined").format(n=len(store.students(lesson.id))),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{html.escape(said)}</dd>" for name, said in facts.items() if said)
    said, label = _("A demo: these students are made up."), _("Print")
    demo = f"<p><b>{said}</b></p>" if lesson.is_demo else ""
    button = f'<button type="button" id="print" hidden>{label}</button>'
    return f"<header>{button}<h1>{html.escape(lesson.title)}</h1>{demo}<dl>{rows}</dl></header>"


def _svg(faces: pd.DataFrame, marks: list, since: float, until: float, zone: tzinfo) -> str:
    """Stacked bars of the shares with both axes, and numbered lines for the first marks."""
    if faces.empty:
        unseen = _("No face was seen in this lesson.")
        return f"<p>{unseen}</p>"
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
    step_s = timeline_step_s(span, MOST_TICKS)
    ticks = [(x(at), wording.clock(at, zone)) for at in range(-int(-since // step_s) * step_s, int(until) + 1, step_s)]
    name = _("Shares of expressions over the lesson, in words below")
    return (
        f'<svg viewBox="-58 -40 {WIDTH + 80} {HEIGHT + 78}" role="img" '
        f'aria-label="{name}"><g font-size="11">'
        f"{''.join(drawn)}{_axes(ticks)}{_flags([x(at) for at, _what in marks[:MOST_ROWS]])}</g></svg>"
    )


def _axes(ticks: list[tuple[float, str]]) -> str:
    shares = "".join(
        f'<path d="M-4 {y}H0" stroke="#111"/><text x="-8" y="{y + 4}" text-anchor="end">{share} %</text>'
        for share, y in ((0, HEIGHT), (50, HEIGHT // 2), (100, 0))
    )
    times = "".join(
        f'<path d="M{x} {HEIGHT}v4" stroke="#111"/><text x="{x}" y="{HEIGHT + 16}" text-anchor="middle">{clock}</text>'
        for x, clock in ticks
    )
    share_of_faces, time = _("share of faces"), _("time")
    return (
        f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="#111"/>{shares}{times}'
        f'<text transform="translate(-46 {HEIGHT // 2}) rotate(-90)" text-anchor="middle">{share_of_faces}</text>'
        f'<text x="{WIDTH // 2}" y="{HEIGHT + 32}" text-anchor="middle">{time}</text>'
    )


def _flags(places: list[float]) -> str:
    """Numbered lines; a number stands above the one before where both would lie upon each other."""
    drawn, ends = "", [-math.inf] * FLAG_ROWS
    for number, x in enumerate(places, 1):
        row = next((row for row, end in enumerate(ends) if x > end), 0)
        ends[row] = x + FLAG_WIDTH
        drawn += (
            f'<path d="M{x} {-3 - 12 * row}V{HEIGHT}" stroke="#111" stroke-dasharray="4 3"/>'
            f'<text x="{x}" y="{-5 - 12 * row}" text-anchor="middle" font-weight="bold">{number}</text>'
        )
    return drawn


def _key() -> str:
    return (
        '<p class="key small">'
        + "".join(f'<span><i style="background:{colour}"></i>{_(label)}</span>' for label, colour in COLOURS.items())
        + "</p>"
    )


def _signals(found: Signals | None) -> str:
    if found is None:
        return ""
    said = _(
        "Over the lesson: positive {positive}, neutral {neutral}, negative {negative}; valence {valence}; "
        "concentration index {concentration} of 100 (from expressions only, no measurement of learning)."
    ).format(**wording.figures(found))
    return f"<p>{said}</p>"


def _pressed(journal: Journal, lesson: Lesson) -> str:
    presses, hands = journal.said(lesson).groupby("word")["n"].sum(), journal.raised(lesson)["n"].sum()
    pressed = [f"{_(SAID[word])} {n}" for word, n in presses.items()]
    pressed += [_("hands raised {n}").format(n=hands)] if hands else []
    head, said = _("Buttons"), _("Pressed in the lesson: {buttons}").format(buttons=", ".join(pressed))
    return f"<h2>{head}</h2><p>{said}</p>" if pressed else ""


def _poll(poll: Poll, result: Result | None, asked: str) -> str:
    """The question with a table of what was answered."""
    head = f"<h2>{asked}: {html.escape(in_readers_words(poll.question))}</h2>"
    if result is None:
        return f"{head}<p>{_(TOO_FEW_ANSWERS)}</p>"
    rows = "".join(
        f'<tr><th scope="row">{html.escape(answer_words(poll, place, in_readers_words(answer)))}</th><td>{n}</td>'
        f"<td>{percent(result.share(n))}</td></tr>"
        for place, (answer, n) in enumerate(result.answers[:MOST_ROWS])
    )
    columns = "".join(f'<th scope="col">{name}</th>' for name in (_("Answer"), _("Students"), _("Share")))
    return f"{head}<table><tr>{columns}</tr>{rows}</table><p>{answered(result, 0)}</p>"


def _list(title: str, lines: list[str], tag: str = "ul") -> str:
    if not lines:
        return ""
    left_out = _("and {n} more in the CSV").format(n=len(lines) - MOST_ROWS)
    more = f"<li>{left_out}</li>" if len(lines) > MOST_ROWS else ""
    rows = "".join(f"<li>{html.escape(line)}</li>" for line in lines[:MOST_ROWS])
    return f"<h2>{title}</h2><{tag}>{rows}{more}</{tag}>"
