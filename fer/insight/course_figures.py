"""The lessons of one course beside each other, one row each."""

from collections.abc import Iterable
from datetime import tzinfo

import pandas as pd

from fer.insight.signals import signals
from fer.insight.wording import clock
from fer.languages import N_


def course_figures(
    lessons: pd.DataFrame, counts: pd.DataFrame, coverage: pd.DataFrame, said: pd.DataFrame
) -> pd.DataFrame:
    """The lessons of one course, oldest first: lesson_id, title, started_at, ended_at, students; coverage (visible of present
    students); positive, neutral, negative, valence, concentration; lost, slower (presses), alerts.

    ``lessons``: rows of ``Store.lesson_summaries``; the others from the ``course_...`` of store and journal. What was never
    seen is NaN, not 0: coverage where nobody may be counted, the signals of a lesson without any face."""
    of_lesson = {lesson_id: signals(rows) for lesson_id, rows in counts.groupby("lesson_id")}
    names = ["positive", "neutral", "negative", "valence", "concentration"]
    table = lessons[["lesson_id", "title", "started_at", "ended_at", "students"]].sort_values(
        ["started_at", "lesson_id"]
    )
    seen = coverage.set_index("lesson_id")
    table["coverage"] = table["lesson_id"].map(seen["visible"] / seen["present"]).astype("float64")
    for name in names:
        values = {lesson_id: getattr(one, name) for lesson_id, one in of_lesson.items() if one is not None}
        table[name] = table["lesson_id"].map(values).astype("float64")
    for word in ("lost", "slower", "alerts"):
        n = said[said["word"] == word].set_index("lesson_id")["n"]
        table[word] = table["lesson_id"].map(n).fillna(0).astype("int64")
    return table.reset_index(drop=True)


def places(started_at: Iterable[float], zone: tzinfo) -> list[str]:
    """What tells lessons apart on a chart: the date, of one day's lessons the time too, and a number if need be."""
    starts = list(started_at)
    days = [clock(at, zone, N_("%d %b %y")) for at in starts]
    named = [
        clock(at, zone, N_("%d %b %y, %H:%M")) if days.count(day) > 1 else day
        for at, day in zip(starts, days, strict=True)
    ]
    return [
        f"{name} ({named[:place].count(name) + 1})" if named.count(name) > 1 else name
        for place, name in enumerate(named)
    ]
