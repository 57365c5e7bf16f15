"""What a teacher asks for, from the seven probabilities: a few signals, their change in this class, and one line in words.

All of it is computed from the class's counts (``Store.counts``: time, state, n, p) and never from one student. ``p`` is the
sum of the probability of that state's emotion over the counted faces. No clock and no database.
"""

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

from fer.records import EMOTIONS, LABELS, UNSURE

NEGATIVE = ("angry", "disgust", "fear", "sad")
# From the concentration index of Sharma et al. (2019), arXiv:1909.12913, without its gaze part. Taken from the open
# implementation CaedenZ/distractionModel, which says that it follows their weights. It has none for disgust; ours is its
# lowest. Nobody showed that these weights measure learning.
CONCENTRATION_WEIGHTS = {
    "angry": 0.25,
    "disgust": 0.25,
    "fear": 0.3,
    "happy": 0.6,
    "neutral": 0.9,
    "sad": 0.3,
    "surprise": 0.6,
}
NOW_S = 15  # "now" is the mean of so many seconds
BEFORE_NOW_S = 30  # the baseline ends so long before now
LEAST_BASELINE_S = 60  # a shorter baseline says nothing yet
NOTABLE = 0.08  # a smaller change of a mean probability is not worth a word
MOSTLY, ALSO = (
    0.5,
    0.25,
)  # least mean probability of the expression a line calls "mostly", and of one it names beside it
LEAST_COVERAGE = 0.5
MOST_UNSURE = 0.4
OLD_S = 30.0


@dataclass(frozen=True, slots=True)
class Signals:
    """Means over the counted faces. ``emotions``: mean probability per emotion, in the order of ``EMOTIONS``.

    ``unsure``: share of the faces without a likely expression. ``faces``: how many were counted (over time, so not students).
    """

    emotions: tuple[float, ...]
    unsure: float
    faces: int

    def of(self, *names: str) -> float:
        """The mean probability of these emotions together, 0 to 1."""
        return sum(self.emotions[EMOTIONS.index(name)] for name in names)

    @property
    def positive(self) -> float:
        """p(happy), 0 to 1. Surprise is neither positive nor negative."""
        return self.of("happy")

    @property
    def neutral(self) -> float:
        """p(neutral), 0 to 1."""
        return self.of("neutral")

    @property
    def negative(self) -> float:
        """p(angry) + p(disgust) + p(fear) + p(sad), 0 to 1."""
        return self.of(*NEGATIVE)

    @property
    def valence(self) -> float:
        """positive - negative, -1 to 1."""
        return self.positive - self.negative

    @property
    def concentration(self) -> float:
        """Sum of ``CONCENTRATION_WEIGHTS`` x mean probability, divided by the largest weight, 0 to 1: 1 when all are neutral.

        Computed from expressions only, where its source also looks at the eyes. No measurement of attention or learning."""
        weighted = sum(weight * self.of(name) for name, weight in CONCENTRATION_WEIGHTS.items())
        return weighted / max(CONCENTRATION_WEIGHTS.values())


def signals(counts: pd.DataFrame) -> Signals | None:
    """The signals over all of these counts; None without a face."""
    n: dict[str, int] = defaultdict(int)
    p: dict[str, float] = defaultdict(float)
    for state, count, mass in zip(*(counts[name].tolist() for name in ("state", "n", "p")), strict=True):
        n[state] += count
        p[state] += mass
    faces, mass = sum(n[label] for label in LABELS), sum(p[name] for name in EMOTIONS)
    if not faces or mass <= 0:
        return None
    # By their own sum: stored p are rounded, and the means must still add up to 1.
    return Signals(tuple(p[name] / mass for name in EMOTIONS), n[UNSURE] / faces, faces)


def signals_over_time(counts: pd.DataFrame) -> pd.DataFrame:
    """The signals of each step: time, positive, neutral, negative, surprise, valence, concentration. Steps without faces
    have no row."""
    rows = [
        (time, one.positive, one.neutral, one.negative, one.of("surprise"), one.valence, one.concentration)
        for time, step in counts.groupby("time")
        if (one := signals(step)) is not None
    ]
    names = ["time", "positive", "neutral", "negative", "surprise", "valence", "concentration"]
    return pd.DataFrame(rows, columns=names).astype({"time": "int64"} | dict.fromkeys(names[1:], "float64"))


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


def baseline(counts: pd.DataFrame, now: float) -> Signals | None:
    """This class's own signals over the lesson so far, up to ``BEFORE_NOW_S`` before ``now``; None while that is shorter
    than ``LEAST_BASELINE_S``."""
    before = counts[counts["time"] <= now - BEFORE_NOW_S]
    if before.empty or before["time"].max() - before["time"].min() < LEAST_BASELINE_S:
        return None
    return signals(before)


@dataclass(frozen=True, slots=True)
class Line:
    """The class in words. ``faded``: do not trust it much, and ``why`` says the reason; "" where it is not faded."""

    text: str
    coverage: str
    faded: bool
    why: str


def line(now: Signals | None, before: Signals | None, present: int, visible: int | None, age_s: float | None) -> Line:
    """The class now against its own baseline, such as "Mostly neutral, more sad than before".

    ``visible``: students with a face that is seen; None where too few are there to say. ``age_s``: of the newest counts."""
    coverage = f"{present} present" if visible is None else f"{visible} of {present} visible"
    if not present:
        return Line("Waiting for students", "", True, "")
    if now is None or visible == 0:
        return Line(
            "No expression to show",
            coverage,
            True,
            "no face is visible" if visible == 0 else "not enough faces were seen in the last seconds",
        )
    text = ", ".join(filter(None, (_mostly(now), _change(now, before))))
    why = _doubts(now, present, visible, age_s)
    return Line(text, coverage, bool(why), why)


def presence_line(present: int) -> Line:
    """The class in words where no expression is computed."""
    return Line(
        f"{present} {'student is' if present == 1 else 'students are'} here" if present else "Waiting for students",
        "no expressions in this lesson" if present else "",
        not present,
        "",
    )


def _mostly(now: Signals) -> str:
    first, second = sorted(EMOTIONS, key=now.of, reverse=True)[:2]
    if now.of(first) >= MOSTLY:
        return f"Mostly {first}"
    return f"Mixed, {first} and {second}" if now.of(second) >= ALSO else f"Mixed, {first} the most"


def _change(now: Signals, before: Signals | None) -> str:
    if before is None:
        return ""
    change = {name: now.of(name) - before.of(name) for name in EMOTIONS}
    more = sorted((name for name in EMOTIONS if change[name] >= NOTABLE), key=lambda name: -change[name])[:2]
    if more:
        return f"more {' and '.join(more)} than before"
    less = min(EMOTIONS, key=lambda name: change[name])
    return f"less {less} than before" if change[less] <= -NOTABLE else "as before"


def _doubts(now: Signals, present: int, visible: int | None, age_s: float | None) -> str:
    doubts = []
    if visible is not None and visible < LEAST_COVERAGE * present:
        doubts.append("fewer than half are visible")
    if now.unsure > MOST_UNSURE:
        doubts.append("many faces are unsure")
    if age_s is not None and age_s > OLD_S:
        doubts.append(f"the newest figures are {age_s:.0f} s old")
    return " and ".join(doubts)
