"""What a teacher asks for, from the seven probabilities: a few signals, now and before.

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
LEAST_COVERAGE = 0.5  # share of those present below which a few faces would speak for all


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


def baseline(counts: pd.DataFrame, now: float) -> Signals | None:
    """This class's own signals over the lesson so far, up to ``BEFORE_NOW_S`` before ``now``; None while that is shorter
    than ``LEAST_BASELINE_S``."""
    before = counts[counts["time"] <= now - BEFORE_NOW_S]
    if before.empty or before["time"].max() - before["time"].min() < LEAST_BASELINE_S:
        return None
    return signals(before)
