"""The replay's player: the class at any time of a lesson, one look a second while it plays."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from fer.insight import charts
from fer.insight.headline import headline, presence_headline
from fer.insight.printed_report import PEAK_STEP_S, peaks
from fer.insight.said_words import SAID
from fer.insight.signals import baseline, signals
from fer.insight.timeline import coverage_at, faces_over_time, present_over_time, timeline_step_s
from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.records import STEP_S, Lesson
from fer.web import dashboard_parts, guards, screen

COUNTED_S = PEAK_STEP_S  # the steps of the counts it is given
LOOK_S = 30  # a look is the mean of so many seconds, and the next one is so much later: 30 times as fast as the lesson


def player(running: Monitor, lesson: Lesson, counts: pd.DataFrame, coverage: pd.DataFrame) -> None:
    """``counts``: ``Store.counts(lesson.id, COUNTED_S)``; ``coverage``: ``Store.coverage``. One of both has rows."""
    is_playing = bool(st.session_state.get(f"playing-{lesson.id}"))
    st.fragment(_look, run_every="1s" if is_playing else None)(running, lesson, counts, coverage, is_playing)


def look_times(counts: pd.DataFrame, coverage: pd.DataFrame) -> range:
    """The ends of all looks of a lesson, Unix seconds; one at least."""
    starts = pd.concat([counts["time"], coverage["time"] // COUNTED_S * COUNTED_S])
    first, last = int(starts.min()), int(starts.max()) + COUNTED_S
    return range(min(first + LOOK_S, last), last + 1, COUNTED_S)


@guards.says_store_errors
def _look(running: Monitor, lesson: Lesson, counts: pd.DataFrame, coverage: pd.DataFrame, is_playing: bool) -> None:
    """``is_playing``: whether this runs by itself. That is settled where the page makes the fragment, so the page runs
    again when it changes."""
    if not guards.may_see(lesson):
        st.rerun(scope="app")
    times = look_times(counts, coverage)
    at, playing = f"at-{lesson.id}", f"playing-{lesson.id}"
    plays = bool(st.session_state.get(playing))
    if plays and is_playing:
        st.session_state[at] = min(st.session_state.get(at, times[0]) + LOOK_S, times[-1])
    over_time, beside = st.columns([3, 2], gap="large")
    with over_time:
        with st.container(key="chart-replay"):
            _chart(running, lesson, counts, coverage, times)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
            st.button(
                _("Pause") if plays else _("Play"),
                on_click=_toggle,
                args=(at, playing, times),
                icon=":material/pause:" if plays else ":material/play_arrow:",
                help=_("30 times as fast as the lesson was"),
            )
            until = _slider(times, at)
    with beside:
        _show(running, lesson, counts, coverage, until)
    _stood_out(counts, times, at)
    if plays and until == times[-1]:
        plays = st.session_state[playing] = False
    if plays != is_playing:
        st.rerun(scope="app")


def _chart(running: Monitor, lesson: Lesson, counts: pd.DataFrame, coverage: pd.DataFrame, times: range) -> None:
    """The timeline with the playhead."""
    step_s = max(STEP_S, timeline_step_s(times[-1] - lesson.started_at))
    has_faces, key = signals(counts) is not None, f"replay-{lesson.id}"
    data = (
        charts.timeline_data(faces_over_time(running.store.counts(lesson.id, step_s), step_s))
        if has_faces
        else present_over_time(coverage, step_s)
    )
    marks = dashboard_parts.moments_and_alerts(running, lesson)
    flags = charts.numbered(marks, lesson.started_at, times[-1])
    spec = charts.replay_spec(flags, has_faces, screen.on_dark())
    now = st.session_state.get(f"at-{lesson.id}", times[0])
    spec["datasets"] = {charts.TIMES: charts.moments_data(times), charts.PLAYHEAD: charts.moments_data([now])}
    st.vega_lite_chart(
        data,
        spec,
        key=key,
        on_select=lambda: _dragged(key, f"at-{lesson.id}"),
        selection_mode=charts.DRAG,
        alt=_("Shares of expressions over the lesson; the slider below moves through it")
        if has_faces
        else _("Students who were there over the lesson; the slider below moves through it"),
    )
    dashboard_parts.list_of_marks(marks)


def _dragged(key: str, at: str) -> None:
    for point in st.session_state[key].selection.get(charts.DRAG) or []:
        st.session_state[at] = int(point["at"])


def _stood_out(counts: pd.DataFrame, times: range, at: str) -> None:
    found = peaks(counts)
    if found:
        st.markdown(_("**What stood out**"))
        with st.container(horizontal=True):
            for time, what in found:
                end = min(times, key=lambda one: abs(one - time - COUNTED_S))
                st.button(f"{screen.clock(time)}: {what}", on_click=_go_to, args=(at, end))


def _go_to(at: str, time: int) -> None:
    st.session_state[at] = time


def _toggle(at: str, playing: str, times: range) -> None:
    st.session_state[playing] = not st.session_state.get(playing)
    if st.session_state[playing] and st.session_state.get(at) == times[-1]:
        st.session_state[at] = times[0]


def _slider(times: range, key: str) -> int:
    if len(times) == 1:
        return times[0]
    return st.select_slider(_("Look at a time"), times, key=key, format_func=lambda at: screen.clock(at, "%H:%M:%S"))


def _show(running: Monitor, lesson: Lesson, counts: pd.DataFrame, coverage: pd.DataFrame, until: int) -> None:
    now = signals(counts[(counts["time"] >= until - LOOK_S) & (counts["time"] < until)])
    before = baseline(counts[counts["time"] < until - LOOK_S], until)
    covered = coverage_at(coverage, until - LOOK_S, until)
    if now is None and covered is None:
        st.caption(_("Nobody was there in these seconds."))
    elif covered is not None and not lesson.has_expressions:
        dashboard_parts.headline(presence_headline(covered[0]))
    else:
        said = headline(now, before, *(covered or (1, None)), None)
        dashboard_parts.headline(said if covered else replace(said, coverage=""))
        dashboard_parts.signals(now, before)
    happened = in_this_minute(running, lesson, until)
    st.caption(
        _("In this minute: {happened}").format(happened=" · ".join(map(screen.plain, happened)))
        if happened
        else _("In this minute nothing was marked or answered.")
    )


def in_this_minute(running: Monitor, lesson: Lesson, until: int) -> list[str]:
    """What was marked, alerted, asked and pressed in the minute that a look ends in."""
    minute = (until - 1) // 60 * 60
    journal = running.journal
    said, hands = journal.said(lesson), journal.raised(lesson)
    pressed = [f"{_(SAID[row.word])} ({row.n})" for row in said[said["time"] == minute].itertuples()]
    pressed += [_("Hands raised ({n})").format(n=n) for n in hands.loc[hands["time"] == minute, "n"]]
    pressed += [
        _("Question: {text}").format(text=one.text)
        for one in journal.questions(lesson)
        if one.hidden_at is None and minute <= one.at < minute + 60
    ]
    marks = dashboard_parts.moments_and_alerts(running, lesson)
    return [row.what for row in marks.itertuples() if minute <= row.time.timestamp() < minute + 60] + pressed
