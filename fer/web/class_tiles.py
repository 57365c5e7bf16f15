"""The class at a glance: a tile for each student where a lesson may show them, else how many are here."""

import html
from urllib.parse import quote

import streamlit as st

from fer.insight.charts import COLOURS
from fer.insight.class_now import TREND_S, Look
from fer.insight.student_tiles import (
    BY_ATTENTION,
    GROUPS,
    HAND_UP,
    ORDERS,
    SEEN,
    Tile,
    in_order,
    sizes,
    tiles,
)
from fer.insight.wording import capital
from fer.languages import N_, _, decimal
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.web import guards

EVERYBODY = N_("everybody")
SPARK_PX = (64, 18)
NEEDS = GROUPS[: GROUPS.index(SEEN) - 1]  # those before "no camera"


@st.fragment(run_every="4s")
@guards.says_store_errors
def glance(running: Monitor, lesson: Lesson) -> None:
    look = running.looks.look(lesson) if guards.may_see(lesson) else None
    if look is None or look.known.students.empty:
        return
    if lesson.has_students:
        everybody(running, look)
    else:
        st.html(how_many(look))


def everybody(running: Monitor, look: Look) -> None:
    known = look.known
    gone_after_s = running.settings.gone_after_s
    hands = {hand.student_id for hand in running.journal.hands(known.lesson.id)}
    all_tiles = tiles(known.students, known.recent, look.trend, known.at, gone_after_s, known.here, hands)
    size = sizes(all_tiles) | {EVERYBODY: len(all_tiles)}
    with st.container(horizontal=True, vertical_alignment="center", key="tile-choices"):
        group = st.segmented_control(
            _("Show"),
            [EVERYBODY, *(one for one in GROUPS if one != SEEN)],
            default=EVERYBODY,
            format_func=lambda one: f"{capital(_(one))} {size[one]:\N{FIGURE SPACE}>2}",
            label_visibility="collapsed",
            key="tile-group",
        )
        st.space("stretch")
        order = st.segmented_control(
            _("Order"), ORDERS, default=BY_ATTENTION, format_func=_, label_visibility="collapsed", key="tile-order"
        )
    shown = in_order(all_tiles, order or BY_ATTENTION, None if group in (None, EVERYBODY) else group)
    items = "".join(map(_tile, shown))
    students, nobody = _("Students"), _("Nobody.")
    st.html(f'<ul class="tiles" aria-label="{students}">{items}</ul>' if shown else f"<p>{nobody}</p>")


def _tile(tile: Tile) -> str:
    needs = "needs" if tile.groups[0] in NEEDS else ""
    away = "" if tile.label else "away"
    colour = f' style="--of: {COLOURS[tile.label]}"' if tile.label else ""
    label = html.escape(_(HAND_UP))
    hand = f'<span class="icon" role="img" aria-label="{label}">front_hand</span> ' if HAND_UP in tile.groups else ""
    name, state = html.escape(tile.name), html.escape(tile.state.rstrip(" %<0123456789"))
    said = html.escape(f"{tile.name}: {', '.join(dict.fromkeys((tile.state, *map(_, tile.groups))))}")
    return (
        f'<li class="{needs} {away}"{colour} title="{said}"><span class="name">{hand}{name}</span>'
        f'<span class="state"><span>{state}</span>{spark(tile.trend)}</span></li>'
    )


def spark(trend: tuple[float | None, ...]) -> str:
    """The trend as a line from negative, below, to positive, above; broken where no face was seen."""
    (width, height), last = SPARK_PX, len(trend) - 1
    points = [
        None if valence is None else f"{place * width / last:.0f} {(1 - valence) * height / 2:.1f}"
        for place, valence in enumerate(trend)
    ]
    path, is_on = "", False
    for point in points:
        path += f"{'L' if is_on else 'M'}{point}" if point else ""
        path += "h1" if point and not is_on else ""  # a step alone would be no line
        is_on = point is not None
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -1 {width} {height + 2}">'
        f'<path d="M0 {height // 2}H{width}" stroke="#999" stroke-width=".6" stroke-dasharray="2 3"/>'
        f'<path d="{path}" fill="none" stroke="#1E84C9" stroke-width="1.8" stroke-linejoin="round"/></svg>'
    )
    lately = next((valence for valence in reversed(trend) if valence is not None), None)
    if lately is None:
        said = _("Last {n} minutes: no face seen").format(n=TREND_S // 60)
    else:
        said = _("Last {n} minutes: valence {valence}").format(n=TREND_S // 60, valence=decimal(lately, 1, signed=True))
    return f'<img width="{width}" height="{height}" src="data:image/svg+xml,{quote(drawn)}" alt="{said}">'


def how_many(look: Look) -> str:
    """HTML of a class in figures that show no one."""
    view = look.view
    of: dict[str, int | None] = {_("here"): view.present}
    if look.known.lesson.has_expressions:
        of[_("visible")] = view.visible
        of[_("not visible")] = None if view.visible is None else max(0, view.present - view.visible)
    of[_("dropped")] = view.dropped
    why, the_class = _("Too few show a face to say"), _("The class")
    too_few = f'<span title="{why}">–</span>'
    items = "".join(f"<li><b>{too_few if n is None else n}</b> {what}</li>" for what, n in of.items())
    return f'<ul class="here" aria-label="{the_class}">{items}</ul>'
