"""The dashboard's charts: DataFrame -> Altair chart, one fixed colour per expression, as wide as their place."""

import math
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any, TypeVar

import altair as alt
import pandas as pd

from fer.insight.signals import Signals
from fer.insight.wording import percent
from fer.languages import N_, _, current
from fer.records import EMOTIONS, LABELS

# Okabe & Ito (2008) without their yellow and black, which vanish on a light or a dark page; a quiet sage for neutral,
# the commonest, and grey for unsure. A test keeps every pair apart for colour-blind eyes and all off both backgrounds.
COLOURS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "neutral": "#B0C0B0",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "unsure": "#666666",
}
SHARE_COLOURS = {
    N_("positive"): COLOURS["happy"],
    N_("neutral"): COLOURS["neutral"],
    N_("negative"): COLOURS["sad"],
}
CLOCK = "timeFormat(datum.value, timeFormat(datum.value, '%S') == '00' ? '%H:%M' : '%H:%M:%S')"
# Streamlit's own colours of a chart's text have 3.7 : 1 on a light page; no grey has 4.5 : 1 on light and on dark.
GREY = "#808080"
TEXT_COLOURS = {False: "#4A4F5C", True: "#C9CDD6"}  # on dark?
MARK_COLOUR = "#222222"  # on the bars, which keep their colours in the dark
SHARES_HEIGHT_PX = 250
FACE_HEIGHT_PX, FACE_ROW_PX = 190, 28  # bars of one face; its row in a video
TIMELINE_HEIGHT_PX = 340
COURSE_HEIGHT_PX = 280
CONFUSION_HEIGHT_PX = 420
CURVE_HEIGHT_PX = 260
LINE_COLOURS = ["#0072B2", "#E69F00"]
FLAG_PX, FLAGS_IN_A_ROW = 18, 16  # of the numbers over the timeline; nearer ones share a flag
MEANS, FACES = N_("mean probability"), N_("share of faces")  # what a timeline is of

# Columns of a legend; a phone cuts off the fourth where words are long.
FEWER_IF_NARROW = alt.ExprRef("width < 400 ? 3 : 4")

C = TypeVar("C", alt.Chart, alt.LayerChart)


def means_data(now: Signals) -> pd.DataFrame:
    """The mean probabilities with the percentages the chart writes: label, share, text."""
    return _with_text(_shares(now.emotions))


def means_chart(now: Signals, on_dark: bool = False) -> alt.LayerChart:
    """Bars of the class's mean probabilities, always in the same order and to the same scale, with their percentages."""
    return _bars(
        _shares(now.emotions), [("label", _("expression")), ("text", _(MEANS))], SHARES_HEIGHT_PX, on_dark
    ).properties(description=_("Expressions now: the mean probability of each"))


def probabilities_chart(probabilities: Sequence[float]) -> alt.LayerChart:
    """Bars of one face's seven probabilities, in the order of ``EMOTIONS``."""
    return _bars(_shares(probabilities), [("label", _("expression")), ("text", _("probability"))], FACE_HEIGHT_PX, None)


def _shares(probabilities: Sequence[float]) -> pd.DataFrame:
    """Seven probabilities with their names in the reader's language: label, share."""
    return pd.DataFrame({"label": [_(name) for name in EMOTIONS], "share": probabilities})


def _bars(shares: pd.DataFrame, told: list[tuple[str, str]], height_px: int, on_dark: bool | None) -> alt.LayerChart:
    base = alt.Chart(_with_text(shares)).encode(
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1.15])),  # room for "100 %" after a full bar
        y=alt.Y(
            "label:N",
            sort=[_(label) for label in LABELS],
            title=None,
            axis=alt.Axis(ticks=False, domain=False, labelFontSize=13),
        ),
        tooltip=[alt.Tooltip(name, title=title) for name, title in told],
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=alt.Color("label:N", scale=_colour_scale(), legend=None))
    text = base.mark_text(
        align="left", dx=5, fontSize=13, color=GREY if on_dark is None else TEXT_COLOURS[on_dark]
    ).encode(text="text:N")
    return readable((bars + text).properties(width="container", height=height_px, background="transparent"), on_dark)


def _with_text(shares: pd.DataFrame) -> pd.DataFrame:
    return shares.assign(text=[percent(share) for share in shares["share"]])


def face_times_chart(times: pd.DataFrame) -> alt.Chart:
    """A row for each face of a video (``video_figures.face_times``), coloured by its expression; a gap where it was not
    seen."""
    return (
        alt.Chart(times.assign(expression=times["expression"].map(_)))
        .mark_bar(binSpacing=0, height=FACE_ROW_PX - 6)
        .encode(
            x=alt.X("time_s:Q", title=_("seconds"), axis=alt.Axis(grid=False)),
            x2="until_s:Q",
            y=alt.Y("face:O", title=_("face"), axis=alt.Axis(ticks=False, domain=False, labelFontSize=13)),
            color=alt.Color(
                "expression:N",
                scale=_colour_scale(),
                legend=alt.Legend(title=None, orient="top", columns=FEWER_IF_NARROW, symbolType="square", offset=8),
            ),
            tooltip=[
                alt.Tooltip("face:O", title=_("face")),
                alt.Tooltip("time_s:Q", title=_("seconds"), format=".1f"),
                alt.Tooltip("expression:N", title=_("expression")),
                alt.Tooltip("share:Q", title=_("likeliest"), format=".0%"),
            ],
        )
        .properties(width="container", height=alt.Step(FACE_ROW_PX), background="transparent")
    )


def timeline_data(timeline: pd.DataFrame, window: tuple[float, float] | None = None) -> pd.DataFrame:
    """``timeline.faces_over_time`` as small as the chart allows: time, until, state, n, share, order.

    ``window`` (Unix seconds): the axis has these ends, whatever was seen. They are rows of nothing, because a chart whose
    data alone is new is not drawn from the start."""
    rows = timeline[["time", "until", "state"]].assign(
        n=timeline["n"].astype("int32"),
        share=timeline["share"].astype("float32"),
        order=timeline["state"].map(LABELS.index).astype("int8"),
        state=timeline["state"].map(_),
    )
    if window is None:
        return rows
    ends = pd.to_datetime(pd.Series(window), unit="s", utc=True)
    nothing = pd.DataFrame({"time": ends, "until": ends, "state": _(LABELS[0]), "n": 0, "share": 0.0, "order": 0})
    return pd.concat([rows, nothing.astype(rows.dtypes.to_dict())], ignore_index=True)


def timeline_chart(
    timeline: pd.DataFrame, marks: pd.DataFrame | None = None, of: str = FACES, on_dark: bool | None = None
) -> alt.Chart | alt.LayerChart:
    """Bars of ``timeline.faces_over_time``, or of ``means_over_time`` with ``of`` MEANS, each bucket filled to 100 %. Bars,
    because a gap must stay a gap. ``marks`` (time, what) become dashed lines with their numbers."""
    # No space between them: 60 gaps leave nothing of the bars on a phone.
    bars = (
        alt.Chart(timeline_data(timeline))
        .mark_bar(binSpacing=0)
        .encode(
            # "binned" keeps the bars upright: without it an x2 makes Vega-Lite lay them flat and not stack them.
            x=alt.X(
                "time:T",
                bin="binned",
                title=None,
                scale=alt.Scale(nice=False),
                axis=alt.Axis(
                    # An expression, because a binned axis takes any format for a number's.
                    grid=False,
                    labelOverlap=True,
                    tickCount=6,
                    labelExpr=CLOCK,
                ),
            ),
            x2="until:T",
            y=alt.Y(
                "share:Q",
                stack="zero",
                title=_(of),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=alt.Color(
                "state:N",
                scale=_colour_scale(),
                legend=alt.Legend(
                    title=None,
                    orient="top",
                    columns=FEWER_IF_NARROW,
                    symbolType="square",
                    offset=8,
                    values=[_(label) for label in (EMOTIONS if of == MEANS else LABELS)],
                ),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("time:T", title=_("from"), format="%H:%M:%S"),
                alt.Tooltip("state:N", title=_("expression")),
                alt.Tooltip("share:Q", title=_(of), format=".0%"),
                alt.Tooltip("n:Q", title=_("observations")),
            ],
        )
    )
    if marks is None or marks.empty or timeline.empty:
        chart = bars
    else:
        window = timeline["time"].min().timestamp(), timeline["until"].max().timestamp()
        chart = bars + _marks(numbered(marks, *window))
    chart = chart.properties(width="container", height=TIMELINE_HEIGHT_PX, background="transparent")
    return readable(
        chart.properties(description=_("Expressions over time: {what} of each").format(what=_(of))), on_dark
    )


def readable(chart: C, on_dark: bool | None) -> C:
    """The same with text of 4.5 : 1 or better; where None says on which page, with Streamlit's."""
    if on_dark is None:
        return chart
    ink = TEXT_COLOURS[on_dark]
    return chart.configure_axis(labelColor=ink, titleColor=ink).configure_legend(labelColor=ink, titleColor=ink)


def course_chart(figures: pd.DataFrame, names: Sequence[str], on_dark: bool | None = None) -> alt.Chart:
    """Positive, neutral and negative share of each lesson of ``course_figures.course_figures``, one place each, in the order
    of time; ``names``: of the places, all different. A lesson without a face is a gap in the lines."""
    shares = figures.assign(lesson=names).melt(["lesson", "title"], list(SHARE_COLOURS), "signal", "share")
    shares["signal"] = shares["signal"].map(_)
    signals = [_(name) for name in SHARE_COLOURS]
    scale = alt.Scale(domain=signals, range=list(SHARE_COLOURS.values()))
    legend = alt.Legend(title=None, orient="top")
    chart = (
        alt.Chart(shares)
        .mark_line(point=alt.OverlayMarkDef(size=70, filled=True), strokeWidth=2.5)
        .encode(
            x=alt.X(
                "lesson:N",
                sort=None,
                title=None,
                # The day above the time, because a phone has no room for both in a line.
                axis=alt.Axis(grid=False, labelOverlap=True, labelAngle=0, labelExpr="split(datum.label, ', ')"),
            ),
            y=alt.Y(
                "share:Q", title=_("mean share"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)
            ),
            color=alt.Color("signal:N", scale=scale, legend=legend),
            shape=alt.Shape("signal:N", sort=signals, legend=legend),
            tooltip=[
                alt.Tooltip("title:N", title=_("lesson")),
                alt.Tooltip("lesson:N", title=_("on")),
                alt.Tooltip("signal:N", title=_("signal")),
                alt.Tooltip("share:Q", title=_("share"), format=".0%"),
            ],
        )
        .properties(width="container", height=COURSE_HEIGHT_PX, background="transparent")
    )
    return readable(chart, on_dark)


# For pages that draw every few seconds: Altair checks a chart for 30 ms, and only its data is new.


def means_spec(on_dark: bool) -> dict:
    """``means_chart`` in the reader's language without its data, which is ``means_data``."""
    return deepcopy(_means_spec(on_dark, current()))  # Streamlit writes into what it draws


@cache
def _means_spec(on_dark: bool, language: str) -> dict:
    return _without_data(means_chart(Signals((0.0,) * len(EMOTIONS), 0.0, 0), on_dark).to_dict())


def timeline_spec(marks: pd.DataFrame, on_dark: bool, of: str = MEANS) -> dict:
    """``timeline_chart`` without its data, which is ``timeline_data``, and with its marks, which are ``numbered``."""
    if marks.empty:
        return deepcopy(_timeline_spec(False, on_dark, of, current()))
    spec = deepcopy(_timeline_spec(True, on_dark, of, current()))
    values = [
        {"time": one.time.isoformat(), "at": one.at.isoformat(), "flag": one.flag, "what": one.what}
        for one in marks.itertuples()
    ]
    bars, *over = spec["layer"]
    return spec | {"layer": [bars, *({**layer, "data": {"values": values}} for layer in over)]}


@cache
def _timeline_spec(with_marks: bool, on_dark: bool, of: str, language: str) -> dict:
    at = pd.to_datetime([0], unit="s", utc=True)
    timeline = pd.DataFrame({"time": at, "until": at, "state": [EMOTIONS[0]], "n": [1], "share": [1.0]})
    marks = pd.DataFrame({"time": at, "what": [""]})
    return _without_data(timeline_chart(timeline, marks if with_marks else None, of, on_dark).to_dict())


def _without_data(spec: dict) -> dict:
    """The same without its data; layers then draw what is given to the whole."""
    spec = {key: value for key, value in spec.items() if key not in ("data", "datasets")}
    if "layer" in spec:
        spec["layer"] = [_without_data(layer) for layer in spec["layer"]]
    return spec


# For the replay

DRAG, TIMES, PLAYHEAD = "drag", "times", "playhead"  # what is selected, and two sets of data
TAKEN_BY = "pointerdown, [pointerdown, window:pointerup] > pointermove"


def replay_spec(marks: pd.DataFrame, has_faces: bool, on_dark: bool) -> dict:
    """A timeline with a playhead that is dragged. Its data is ``timeline_data``, or ``timeline.present_over_time`` where
    there are no faces; ``marks``: ``numbered``; ``datasets``: ``TIMES`` to which it can go and the one of ``PLAYHEAD``,
    each ``moments_data``."""
    spec = timeline_spec(marks, on_dark, FACES)
    over = spec.pop("layer")[1:] if "layer" in spec else []
    bars = _without_data(timeline_spec(marks.iloc[:0], on_dark, FACES)) if has_faces else _present_spec(current())
    x: dict[str, Any] = {"field": "time", "type": "temporal"}
    line = {"data": {"name": PLAYHEAD}, "encoding": {"x": x}}
    layers = [
        {name: part for name, part in bars.items() if name in ("mark", "encoding")},
        *over,
        line | {"mark": {"type": "rule", "color": "white", "strokeWidth": 6}},
        line | {"mark": {"type": "rule", "color": MARK_COLOUR, "strokeWidth": 3}},
        {
            "name": TIMES,
            "data": {"name": TIMES},
            "mark": {"type": "point", "opacity": 0, "cursor": "ew-resize", "tooltip": None},
            "encoding": {"x": x, "y": {"value": TIMELINE_HEIGHT_PX // 2}},
        },
    ]
    select = {"type": "point", "fields": ["at"], "nearest": True, "on": TAKEN_BY, "clear": False, "toggle": False}
    param = {"name": DRAG, "select": select, "views": [TIMES]}
    return {name: part for name, part in bars.items() if name not in ("mark", "encoding")} | {
        "layer": layers,
        "params": [param],
    }


def moments_data(times: Sequence[float]) -> pd.DataFrame:
    """Unix seconds for the chart: at, and time."""
    return pd.DataFrame({"at": times, "time": pd.to_datetime(times, unit="s", utc=True)})


@cache
def _present_spec(language: str) -> dict:
    at = pd.to_datetime([0], unit="s", utc=True)
    chart = (
        alt.Chart(pd.DataFrame({"time": at, "until": at, "present": [1]}))
        .mark_bar(binSpacing=0, color=COLOURS["surprise"])
        .encode(
            x=alt.X("time:T", bin="binned", title=None, axis=alt.Axis(grid=False, labelOverlap=True, labelExpr=CLOCK)),
            x2="until:T",
            y=alt.Y("present:Q", title=_("students here"), axis=alt.Axis(tickMinStep=1)),
            tooltip=[
                alt.Tooltip("time:T", title=_("from"), format="%H:%M:%S"),
                alt.Tooltip("present:Q", title=_("students here")),
            ],
        )
        .properties(width="container", height=TIMELINE_HEIGHT_PX, background="transparent")
    )
    return _without_data(chart.to_dict())


# For the models page


def confusion_chart(confusion: pd.DataFrame, on_dark: bool) -> alt.LayerChart:
    """Heat map of ``figures.confusion``: one row per true expression, as strong as the share of its faces."""
    confusion = confusion.assign(true=confusion["true"].map(_), said=confusion["said"].map(_))
    emotions = [_(name) for name in EMOTIONS]
    base = alt.Chart(confusion).encode(
        x=alt.X(
            "said:N",
            sort=emotions,
            title=_("what the model says"),
            axis=alt.Axis(orient="top", labelAngle=-90, ticks=False, domain=False),
        ),
        y=alt.Y("true:N", sort=emotions, title=_("what the label says"), axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("true:N", title=_("label")),
            alt.Tooltip("said:N", title=_("model")),
            alt.Tooltip("text:N", title=_("share of the label's faces")),
            alt.Tooltip("faces:Q", title=_("faces")),
        ],
    )
    # Less opaque rather than paler: on a dark page a pale cell would stand out as the fullest.
    cells = base.mark_rect(color=LINE_COLOURS[0]).encode(
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None)
    )
    text = base.mark_text(fontSize=12).encode(
        text="text:N",
        color=alt.condition("datum.share > 0.7", alt.value("white"), alt.value("#EEEEEE" if on_dark else MARK_COLOUR)),
    )
    chart = (cells + text).properties(width="container", height=CONFUSION_HEIGHT_PX, background="transparent")
    return readable(chart, on_dark)


def curve_chart(curves: pd.DataFrame, figure: str, on_dark: bool | None = None) -> alt.Chart:
    """Lines of one ``figure`` of ``figures.curves`` over the epochs, one per set of faces."""
    shown = curves[curves["figure"] == figure]
    chart = (
        alt.Chart(shown)
        .mark_line(point=alt.OverlayMarkDef(size=18))
        .encode(
            x=alt.X("epoch:Q", title=_("epoch"), axis=alt.Axis(tickMinStep=1, grid=False)),
            y=alt.Y(
                "value:Q",
                title=None,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=5, format="%" if figure == "accuracy" else ".1f"),
            ),
            color=alt.Color(
                "faces:N",
                sort=None,
                scale=alt.Scale(domain=list(shown["faces"].unique()), range=LINE_COLOURS),
                legend=alt.Legend(title=None, orient="top", offset=8),
            ),
            tooltip=[
                alt.Tooltip("epoch:Q", title=_("epoch")),
                alt.Tooltip("faces:N", title=_("faces")),
                alt.Tooltip("value:Q", title=_("value"), format=".3f"),
            ],
        )
        .properties(width="container", height=CURVE_HEIGHT_PX, background="transparent")
    )
    return readable(chart, on_dark)


def numbered(marks: pd.DataFrame, since: float, until: float) -> pd.DataFrame:
    """Those of the ``marks`` (time, what) that lie in a window (Unix seconds) as flags: time, at (where the flag stands,
    whole within the window), flag (its number, from 1, in the list of all marks; "3+" for several that are too near), what."""
    seconds = [one.timestamp() for one in marks["time"]]
    inset = (until - since) / 40
    rows: list[list] = []
    first = -math.inf
    for number, (at, what) in enumerate(zip(seconds, marks["what"], strict=True), 1):
        if not since <= at <= until:
            continue
        if at - first < (until - since) / FLAGS_IN_A_ROW:
            rows[-1][2:] = [f"{rows[-1][2].rstrip('+')}+", f"{rows[-1][3]}; {what}"]
        else:
            first = at
            rows.append([at, min(max(at, since + inset), until - inset), str(number), what])
    flags = pd.DataFrame(rows, columns=["time", "at", "flag", "what"])
    return flags.assign(**{name: pd.to_datetime(flags[name], unit="s", utc=True) for name in ("time", "at")})


def _marks(marks: pd.DataFrame) -> alt.LayerChart:
    told = [alt.Tooltip("time:T", title=_("time"), format="%H:%M:%S"), alt.Tooltip("what:N", title=_("what"))]
    base = alt.Chart(marks).encode(tooltip=told)
    rule = base.mark_rule(strokeDash=[4, 3], strokeWidth=2, color=MARK_COLOUR).encode(x="time:T")
    # In the chart's own height, because the share's axis ends at 100 %.
    flag = base.encode(x="at:T", y=alt.value(FLAG_PX / 2 + 2))
    disc = flag.mark_circle(size=FLAG_PX**2, color=MARK_COLOUR, opacity=1, stroke="white", strokeWidth=1)
    number = flag.mark_text(color="white", fontSize=11, fontWeight="bold").encode(text="flag:N")
    return alt.LayerChart(layer=[rule, disc, number])


def _colour_scale() -> alt.Scale:
    return alt.Scale(domain=[_(label) for label in COLOURS], range=list(COLOURS.values()))
