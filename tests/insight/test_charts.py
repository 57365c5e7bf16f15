"""The charts: one fixed colour and place per expression, readable for colour-blind eyes, on light and on dark."""

import itertools

import numpy as np
import pandas as pd
import pytest

from fer.insight.charts import (
    COLOURS,
    MEANS,
    PLAYHEAD,
    TIMES,
    confusion_chart,
    course_chart,
    curve_chart,
    means_chart,
    means_data,
    means_spec,
    moments_data,
    numbered,
    replay_spec,
    timeline_chart,
    timeline_data,
    timeline_spec,
)
from fer.insight.signals import Signals
from fer.insight.timeline import faces_over_time, means_over_time
from fer.records import EMOTIONS, LABELS

LIGHT, DARK = "#FFFFFF", "#0E1117"  # Streamlit's pages
# Full loss of one cone, for linear RGB: Machado, Oliveira & Fernandes, "A physiologically-based model for simulation of
# color vision deficiency" (2009).
EYES = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
NOW = Signals((0.0, 0.0, 0.0, 0.8, 0.2, 0.0, 0.0), 0.1, 10)
COUNTS = pd.DataFrame(
    {"time": [1_700_000_040] * 2 + [1_700_000_070], "state": ["happy", "unsure", "sad"], "n": [3, 1, 2]}
)


def linear_rgb(colour):
    value = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    xyz = xyz / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, other):
    dark, light = sorted(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("eyes", EYES)
def test_any_two_colours_differ_for_everyone(eyes):
    seen = {label: lab(np.array(EYES[eyes]) @ linear_rgb(colour)) for label, colour in COLOURS.items()}
    for one, other in itertools.combinations(LABELS, 2):
        # CIE76; about 2 is just visible.
        assert np.linalg.norm(seen[one] - seen[other]) > 15, f"{one} looks like {other}"


@pytest.mark.parametrize("page", [LIGHT, DARK])
@pytest.mark.parametrize("label", LABELS)
def test_every_colour_stands_out_from_the_page(label, page):
    assert contrast(COLOURS[label], page) > 1.9


def test_colours_are_in_the_order_of_the_labels():
    assert tuple(COLOURS) == LABELS


def spec(chart):
    """The chart as the browser gets it; Altair validates it on the way."""
    return chart.to_dict()


def rows(chart):
    [data] = spec(chart)["datasets"].values()
    return data


@pytest.mark.parametrize(
    "chart", [means_chart(NOW), timeline_chart(faces_over_time(COUNTS, 30))], ids=["means", "timeline"]
)
def test_a_chart_fills_its_place_on_any_page(chart):
    given = spec(chart)
    assert given["width"] == "container" and given["height"] > 200 and given["background"] == "transparent"
    assert given["description"].startswith("Expressions ")  # its name for a screen reader


@pytest.mark.parametrize(("on_dark", "page"), [(False, LIGHT), (True, DARK)])
def test_the_text_of_a_live_chart_is_readable(on_dark, page):
    for spec in (means_spec(on_dark), timeline_spec(numbered(MARKS, 0, 2e9), on_dark)):
        inks = [*spec["config"]["axis"].values(), *spec["config"]["legend"].values()]
        assert len(inks) == 4 and all(contrast(ink, page) > 7 for ink in inks)
    assert contrast(means_spec(on_dark)["layer"][1]["mark"]["color"], page) > 7


MATRIX = pd.DataFrame(
    {"true": ["happy", "sad"], "said": ["sad", "sad"], "faces": [1, 3], "share": [0.1, 0.9], "text": ["10 %", "90 %"]}
)
CURVES = pd.DataFrame(
    {
        "epoch": [1, 1, 1],
        "figure": ["accuracy", "accuracy", "loss"],
        "faces": ["training faces", "test faces", "test faces"],
        "value": [0.5, 0.4, 1.5],
    }
)


@pytest.mark.parametrize("on_dark", [False, True])
def test_the_confusions_are_in_a_fixed_order_and_readable_on_any_page(on_dark):
    given = spec(confusion_chart(MATRIX, on_dark))
    assert contrast(given["config"]["axis"]["labelColor"], DARK if on_dark else LIGHT) > 4.5
    cells, text = given["layer"]
    assert cells["encoding"]["x"]["sort"] == cells["encoding"]["y"]["sort"] == list(EMOTIONS)
    assert cells["encoding"]["opacity"]["scale"]["domain"] == [
        0,
        1,
    ]  # the same strength for the same share in every model
    assert contrast(text["encoding"]["color"]["value"], DARK if on_dark else LIGHT) > 7


def test_a_curve_shows_its_own_figure_only():
    given = curve_chart(CURVES, "accuracy")
    assert [row["value"] for row in rows(given)] == [0.5, 0.4] and spec(given)["width"] == "container"
    assert spec(given)["encoding"]["color"]["scale"]["domain"] == ["training faces", "test faces"]


def test_means_are_bars_in_a_fixed_order_scale_and_colour():
    bars, text = spec(means_chart(NOW))["layer"]
    assert bars["mark"]["type"] == "bar" and text["mark"]["type"] == "text"
    for layer in (bars, text):
        assert layer["encoding"]["y"]["sort"] == list(LABELS)
        assert layer["encoding"]["x"]["scale"]["domain"] == [0, 1.15]
    assert bars["encoding"]["color"]["scale"] == {"domain": list(COLOURS), "range": list(COLOURS.values())}
    assert [hint["title"] for hint in bars["encoding"]["tooltip"]] == ["expression", "mean probability"]
    texts = ["0 %", "0 %", "0 %", "80 %", "20 %", "0 %", "0 %"]
    assert [(row["label"], row["text"]) for row in rows(means_chart(NOW))] == list(zip(EMOTIONS, texts, strict=True))


def test_the_timeline_is_stacked_bars_from_time_to_time():
    given = spec(timeline_chart(faces_over_time(COUNTS, 30)))
    encoding = given["encoding"]
    assert given["mark"]["type"] == "bar"  # an area would fill the gaps
    assert (encoding["x"]["field"], encoding["x2"]["field"]) == ("time", "until")
    assert encoding["x"]["bin"] == "binned"  # or the bars lie flat and are not stacked
    assert encoding["y"]["stack"] == "zero" and encoding["order"]["field"] == "order"
    assert encoding["color"]["scale"] == {"domain": list(COLOURS), "range": list(COLOURS.values())}
    assert encoding["color"]["legend"]["orient"] == "top"
    drawn = rows(timeline_chart(faces_over_time(COUNTS, 30)))
    assert [(row["state"], row["order"], row["n"]) for row in drawn] == [
        ("happy", 3, 3),
        ("unsure", 7, 1),
        ("sad", 5, 2),
    ]
    assert drawn[0]["time"] == "2023-11-14T22:14:00+00:00" and drawn[0]["until"] == "2023-11-14T22:14:30+00:00"


def test_nothing_to_show_is_an_empty_chart():
    assert rows(timeline_chart(faces_over_time(COUNTS[:0], 30))) == []


MARKS = pd.DataFrame({"time": pd.to_datetime([1_700_000_050], unit="s", utc=True), "what": ["Exercise"]})


@pytest.mark.parametrize(
    ("spec", "chart", "data"),
    [
        (means_spec(False), means_chart(NOW), means_data(NOW)),
        (
            timeline_spec(MARKS[:0], False),
            timeline_chart(faces_over_time(COUNTS, 30), None, MEANS, False),
            timeline_data(faces_over_time(COUNTS, 30)),
        ),
        (
            timeline_spec(numbered(MARKS, 0, 2e9), False),
            timeline_chart(faces_over_time(COUNTS, 30), MARKS, MEANS, False),
            timeline_data(faces_over_time(COUNTS, 30)),
        ),
    ],
    ids=["means", "timeline", "timeline with marks"],
)
def test_a_live_page_draws_the_same_chart_with_data_of_its_own(spec, chart, data):
    def encodings(one):
        return (
            [encoding for layer in one["layer"] for encoding in encodings(layer)]
            if "layer" in one
            else [one["encoding"]]
        )

    given = chart.to_dict()
    assert encodings(spec) == encodings(given) and spec["width"] == given["width"] and spec["height"] == given["height"]
    assert "data" not in spec and "datasets" not in spec
    fields = {
        channel["field"] for channel in encodings(spec)[0].values() if isinstance(channel, dict) and "field" in channel
    }
    assert fields <= set(data.columns)


def test_the_marks_of_a_live_chart_are_its_own():
    bars, *marks = timeline_spec(numbered(MARKS, 0, 2e9), False)["layer"]
    assert "data" not in bars and all(layer["data"]["values"][0]["what"] == "Exercise" for layer in marks)
    later = numbered(MARKS.assign(what="Pause"), 0, 2e9)
    assert timeline_spec(later, False)["layer"][1]["data"]["values"][0]["what"] == "Pause"


def marks(**at):
    return pd.DataFrame({"time": pd.to_datetime(list(at.values()), unit="s", utc=True), "what": list(at)})


def test_marks_are_numbered_flags_that_never_lie_upon_each_other_or_over_the_edge():
    flags = numbered(marks(before=90, topic=100, poll=105, exercise=250, end=399, later=401), 100, 400)
    assert flags["flag"].tolist() == ["2+", "4", "5"]  # "before" is number 1 of the list and out of the window
    assert flags["what"].tolist() == ["topic; poll", "exercise", "end"]
    assert [at.timestamp() for at in flags["time"]] == [100, 250, 399]
    assert [at.timestamp() for at in flags["at"]] == [107.5, 250, 392.5]
    assert numbered(MARKS[:0], 0, 1).empty


def test_the_last_minutes_are_a_fixed_window_whatever_was_seen():
    for seen in (faces_over_time(COUNTS, 30), faces_over_time(COUNTS[:0], 30)):
        data = timeline_data(seen, (1_699_999_800, 1_700_000_100))
        assert [data["time"].min().timestamp(), data["until"].max().timestamp()] == [1_699_999_800, 1_700_000_100]
        assert data["share"].sum() == pytest.approx(len(seen["time"].unique())) and len(data) == len(seen) + 2
        assert data.dtypes.to_dict() == timeline_data(seen).dtypes.to_dict()
    assert timeline_spec(MARKS[:0], False)["encoding"]["x"]["scale"] == {"nice": False}


def test_the_bars_and_the_timeline_are_of_one_measure():
    counts = pd.DataFrame(
        {"time": [0, 0, 0], "state": ["happy", "neutral", "unsure"], "n": [3, 0, 1], "p": [3.0, 1.0, 0.0]}
    )
    means = means_over_time(counts, 5)
    assert means[["state", "share"]].values.tolist() == [["happy", 0.75], ["neutral", 0.25]]
    assert timeline_spec(MARKS[:0], False)["encoding"]["y"]["title"] == MEANS == "mean probability"
    assert timeline_spec(MARKS[:0], False)["encoding"]["color"]["legend"]["values"] == list(EMOTIONS)


def test_a_lesson_without_a_face_is_a_gap_in_the_course():
    figures = pd.DataFrame(
        {
            "started_at": [0.0, 9e5],
            "title": ["First", "Nobody"],
            "positive": [0.2, np.nan],
            "neutral": [0.5, np.nan],
            "negative": [0.3, np.nan],
        }
    )
    spec = course_chart(figures, ["1 Nov, 10:00", "1 Nov, 11:00"]).to_dict()
    [rows] = spec["datasets"].values()
    assert [row["share"] for row in rows] == [0.2, None, 0.5, None, 0.3, None]
    assert spec["encoding"]["y"]["scale"]["domain"] == [0, 1]
    assert spec["encoding"]["x"]["type"] == "nominal" and [row["lesson"][-5:] for row in rows[:2]] == ["10:00", "11:00"]


@pytest.mark.parametrize("has_faces", [True, False])
@pytest.mark.parametrize("marks", [MARKS, MARKS.iloc[:0]])
def test_a_replay_has_a_playhead_that_goes_to_its_times(has_faces, marks):
    spec = replay_spec(numbered(marks, 0, 2e9), has_faces, on_dark=False)
    assert spec["layer"][0]["encoding"]["y"]["field"] == ("share" if has_faces else "present")
    assert any(layer.get("data", {}).get("values") for layer in spec["layer"]) == bool(len(marks))
    [param] = spec["params"]
    assert param["views"] == [spec["layer"][-1]["name"]] and param["select"]["fields"] == ["at"]
    assert [layer["data"]["name"] for layer in spec["layer"][-3:]] == [PLAYHEAD, PLAYHEAD, TIMES]
    assert moments_data([60])["at"].tolist() == [60]
