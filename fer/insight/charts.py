"""The dashboard's charts: DataFrame -> Altair chart, one fixed colour per expression, as wide as their place."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from fer.insight.wording import percent
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
SHARE_COLOURS = {"positive": COLOURS["happy"], "neutral": COLOURS["neutral"], "negative": COLOURS["sad"]}
CLOCK = "timeFormat(datum.value, timeFormat(datum.value, '%S') == '00' ? '%H:%M' : '%H:%M:%S')"
TEXT_COLOUR = "#808080"  # readable on light and on dark; a mark's text does not follow the page's theme
MARK_COLOUR = "#222222"  # on the bars, which keep their colours in the dark
SHARES_HEIGHT_PX = 250
FACE_HEIGHT_PX, FACE_ROW_PX = 190, 28  # bars of one face; its row in a video
TIMELINE_HEIGHT_PX = 340
COURSE_HEIGHT_PX = 280
CONFUSION_HEIGHT_PX = 420
CURVE_HEIGHT_PX = 260
LINE_COLOURS = ["#0072B2", "#E69F00"]
MARK_ROWS, MARK_ROW_PX = 3, 17  # of the words over the timeline


def shares_data(shares: pd.DataFrame) -> pd.DataFrame:
    """``ClassNow.shares`` with the percentages the chart writes: label, n, share, text."""
    return shares.assign(text=[percent(share) for share in shares["share"]])


def shares_chart(shares: pd.DataFrame) -> alt.LayerChart:
    """Bars of ``ClassNow.shares``, always in the same order and to the same scale, with their percentages."""
    return _bars(shares, [("label", "expression"), ("text", "share"), ("n", "faces")], SHARES_HEIGHT_PX)


def probabilities_chart(probabilities: Sequence[float]) -> alt.LayerChart:
    """Bars of one face's seven probabilities, in the order of ``EMOTIONS``."""
    shares = pd.DataFrame({"label": EMOTIONS, "share": probabilities})
    return _bars(shares, [("label", "expression"), ("text", "probability")], FACE_HEIGHT_PX)


def _bars(shares: pd.DataFrame, told: list[tuple[str, str]], height_px: int) -> alt.LayerChart:
    base = alt.Chart(shares_data(shares)).encode(
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1.15])),  # room for "100 %" after a full bar
        y=alt.Y("label:N", sort=list(LABELS), title=None, axis=alt.Axis(ticks=False, domain=False, labelFontSize=13)),
        tooltip=[alt.Tooltip(name, title=title) for name, title in told],
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=alt.Color("label:N", scale=_colour_scale(), legend=None))
    text = base.mark_text(align="left", dx=5, fontSize=13, color=TEXT_COLOUR).encode(text="text:N")
    return (bars + text).properties(width="container", height=height_px, background="transparent")


def face_times_chart(times: pd.DataFrame) -> alt.Chart:
    """A row for each face of a video (``video_figures.face_times``), coloured by its expression; a gap where it was not
    seen."""
    return (
        alt.Chart(times)
        .mark_bar(binSpacing=0, height=FACE_ROW_PX - 6)
        .encode(
            x=alt.X("time_s:Q", title="seconds", axis=alt.Axis(grid=False)),
            x2="until_s:Q",
            y=alt.Y("face:O", title="face", axis=alt.Axis(ticks=False, domain=False, labelFontSize=13)),
            color=alt.Color(
                "expression:N",
                scale=_colour_scale(),
                legend=alt.Legend(title=None, orient="top", columns=4, symbolType="square", offset=8),
            ),
            tooltip=[
                "face:O",
                alt.Tooltip("time_s:Q", title="seconds", format=".1f"),
                "expression:N",
                alt.Tooltip("share:Q", title="likeliest", format=".0%"),
            ],
        )
        .properties(width="container", height=alt.Step(FACE_ROW_PX), background="transparent")
    )


def timeline_data(timeline: pd.DataFrame) -> pd.DataFrame:
    """``timeline.faces_over_time`` as small as the chart allows: time, until, state, n, share, order."""
    return timeline[["time", "until", "state"]].assign(
        n=timeline["n"].astype("int32"),
        share=timeline["share"].astype("float32"),
        order=timeline["state"].map(LABELS.index).astype("int8"),
    )


def timeline_chart(timeline: pd.DataFrame, marks: pd.DataFrame | None = None) -> alt.Chart | alt.LayerChart:
    """Bars of ``timeline.faces_over_time``, each bucket filled to 100 % of its faces. Bars, because a gap must stay a gap.

    ``marks`` (time, what) become dashed lines with their words."""
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
                axis=alt.Axis(
                    # An expression, because a binned axis takes any format for a number's.
                    grid=False,
                    labelOverlap=True,
                    tickCount=6,
                    labelExpr=CLOCK,
                ),
            ),
            x2="until:T",
            y=alt.Y("n:Q", stack="normalize", title="share of faces", axis=alt.Axis(format="%", tickCount=5)),
            color=alt.Color(
                "state:N",
                scale=_colour_scale(),
                legend=alt.Legend(title=None, orient="top", columns=4, symbolType="square", offset=8),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("time:T", title="from", format="%H:%M:%S"),
                alt.Tooltip("state:N", title="expression"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
                alt.Tooltip("n:Q", title="observations"),
            ],
        )
    )
    chart = bars if marks is None or marks.empty else bars + _marks(marks)
    return chart.properties(width="container", height=TIMELINE_HEIGHT_PX, background="transparent")


def course_chart(figures: pd.DataFrame, names: Sequence[str]) -> alt.Chart:
    """Positive, neutral and negative share of each lesson of ``course_figures.course_figures``, one place each, in the order
    of time; ``names``: of the places, all different. A lesson without a face is a gap in the lines."""
    shares = figures.assign(lesson=names).melt(["lesson", "title"], list(SHARE_COLOURS), "signal", "share")
    scale = alt.Scale(domain=list(SHARE_COLOURS), range=list(SHARE_COLOURS.values()))
    legend = alt.Legend(title=None, orient="top")
    return (
        alt.Chart(shares)
        .mark_line(point=alt.OverlayMarkDef(size=70, filled=True), strokeWidth=2.5)
        .encode(
            x=alt.X(
                "lesson:N",
                sort=None,
                title=None,
                axis=alt.Axis(grid=False, labelOverlap=True, labelAngle=0, labelLimit=90),
            ),
            y=alt.Y(
                "share:Q", title="mean share", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)
            ),
            color=alt.Color("signal:N", scale=scale, legend=legend),
            shape=alt.Shape("signal:N", sort=list(SHARE_COLOURS), legend=legend),
            tooltip=[
                "title:N",
                alt.Tooltip("lesson:N", title="on"),
                "signal:N",
                alt.Tooltip("share:Q", format=".0%"),
            ],
        )
        .properties(width="container", height=COURSE_HEIGHT_PX, background="transparent")
    )


# For pages that draw every few seconds: Altair checks a chart for 30 ms, and only its data is new.


def shares_spec() -> dict:
    """``shares_chart`` without its data, which is ``shares_data``."""
    return deepcopy(_shares_spec())  # Streamlit writes into what it draws


@cache
def _shares_spec() -> dict:
    return _without_data(shares_chart(pd.DataFrame({"label": ["happy"], "n": [1], "share": [1.0]})).to_dict())


def timeline_spec(marks: pd.DataFrame) -> dict:
    """``timeline_chart`` without its data, which is ``timeline_data``, and with its marks."""
    if marks.empty:
        return deepcopy(_timeline_spec(with_marks=False))
    spec = deepcopy(_timeline_spec(with_marks=True))
    values = [{"time": one.time.isoformat(), "what": one.what, "row": one.row} for one in _in_rows(marks).itertuples()]
    bars, *over = spec["layer"]
    return spec | {"layer": [bars, *({**layer, "data": {"values": values}} for layer in over)]}


@cache
def _timeline_spec(with_marks: bool) -> dict:
    at = pd.to_datetime([0], unit="s", utc=True)
    timeline = pd.DataFrame({"time": at, "until": at, "state": ["happy"], "n": [1], "share": [1.0]})
    marks = pd.DataFrame({"time": at, "what": [""]})
    return _without_data(timeline_chart(timeline, marks if with_marks else None).to_dict())


def _without_data(spec: dict) -> dict:
    """The same without its data; layers then draw what is given to the whole."""
    spec = {key: value for key, value in spec.items() if key not in ("data", "datasets")}
    if "layer" in spec:
        spec["layer"] = [_without_data(layer) for layer in spec["layer"]]
    return spec


# For the replay

DRAG, TIMES, PLAYHEAD = "drag", "times", "playhead"  # what is selected, and two sets of data
TAKEN_BY = "pointerdown, [pointerdown, window:pointerup] > pointermove"


def replay_spec(marks: pd.DataFrame, has_faces: bool) -> dict:
    """A timeline with a playhead that is dragged. Its data is ``timeline_data``, or ``timeline.present_over_time`` where
    there are no faces; ``datasets``: ``TIMES`` to which it can go and the one of ``PLAYHEAD``, each ``moments_data``."""
    spec = timeline_spec(marks)
    over = spec.pop("layer")[1:] if "layer" in spec else []
    bars = _without_data(timeline_spec(marks.iloc[:0])) if has_faces else _present_spec()
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
def _present_spec() -> dict:
    at = pd.to_datetime([0], unit="s", utc=True)
    chart = (
        alt.Chart(pd.DataFrame({"time": at, "until": at, "present": [1]}))
        .mark_bar(binSpacing=0, color=COLOURS["surprise"])
        .encode(
            x=alt.X("time:T", bin="binned", title=None, axis=alt.Axis(grid=False, labelOverlap=True, labelExpr=CLOCK)),
            x2="until:T",
            y=alt.Y("present:Q", title="students here", axis=alt.Axis(tickMinStep=1)),
            tooltip=[
                alt.Tooltip("time:T", title="from", format="%H:%M:%S"),
                alt.Tooltip("present:Q", title="students here"),
            ],
        )
        .properties(width="container", height=TIMELINE_HEIGHT_PX, background="transparent")
    )
    return _without_data(chart.to_dict())


# For the models page


def confusion_chart(confusion: pd.DataFrame, on_dark: bool) -> alt.LayerChart:
    """Heat map of ``figures.confusion``: one row per true expression, as strong as the share of its faces."""
    base = alt.Chart(confusion).encode(
        x=alt.X(
            "said:N",
            sort=list(EMOTIONS),
            title="what the model says",
            axis=alt.Axis(orient="top", labelAngle=-90, ticks=False, domain=False),
        ),
        y=alt.Y("true:N", sort=list(EMOTIONS), title="what the label says", axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("true:N", title="label"),
            alt.Tooltip("said:N", title="model"),
            alt.Tooltip("text:N", title="share of the label's faces"),
            alt.Tooltip("faces:Q"),
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
    return (cells + text).properties(width="container", height=CONFUSION_HEIGHT_PX, background="transparent")


def curve_chart(curves: pd.DataFrame, figure: str) -> alt.Chart:
    """Lines of one ``figure`` of ``figures.curves`` over the epochs, one per set of faces."""
    shown = curves[curves["figure"] == figure]
    return (
        alt.Chart(shown)
        .mark_line(point=alt.OverlayMarkDef(size=18))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, grid=False)),
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
            tooltip=["epoch:Q", "faces:N", alt.Tooltip("value:Q", title=figure, format=".3f")],
        )
        .properties(width="container", height=CURVE_HEIGHT_PX, background="transparent")
    )


def _marks(marks: pd.DataFrame) -> alt.LayerChart:
    base = alt.Chart(_in_rows(marks)).encode(x="time:T", tooltip=[alt.Tooltip("time:T", format="%H:%M:%S"), "what:N"])
    rule = base.mark_rule(strokeDash=[4, 3], strokeWidth=2, color=MARK_COLOUR)
    # In the chart's own height, because the share's axis ends at 100 %.
    words = [
        base.transform_filter(f"datum.row == {row}").encode(text="what:N", y=alt.value(row * MARK_ROW_PX))
        for row in range(MARK_ROWS)
    ]
    style: dict[str, Any] = {
        "align": "left",
        "baseline": "top",
        "dx": 4,
        "dy": 4,
        "fontSize": 12,
        "fontWeight": "bold",
        "clip": True,
    }
    # Clipped, because a text beyond the edge would squeeze the chart; the halo keeps it readable on any bar.
    halos = [row.mark_text(**style, color="white", stroke="white", strokeWidth=3, strokeOpacity=0.8) for row in words]
    return alt.LayerChart(layer=[rule, *halos, *(row.mark_text(**style, color=MARK_COLOUR) for row in words)])


def _in_rows(marks: pd.DataFrame) -> pd.DataFrame:
    """Neighbours in different rows, so that their words do not lie upon each other."""
    return marks.assign(row=[number % MARK_ROWS for number in range(len(marks))])


def _colour_scale() -> alt.Scale:
    return alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
