"""Rows as the store returns them, from plain lists."""

import pandas as pd

from fer.insight.signals import Signals
from fer.records import EMOTIONS, LABELS

NOW, GONE_AFTER_S = 1_700_000_100.0, 5.0
RECENT = {
    "student_id": "int64",
    "observed_at": "float64",
    "status": "str",
    "face": "int64",
    "label": "str",
    "state": "str",
    "confidence": "float64",
}
STUDENTS = {
    "student_id": "int64",
    "name": "str",
    "joined_at": "float64",
    "left_at": "float64",
    "last_seen_at": "float64",
    "removed_at": "float64",
}
STUDENT_COUNTS = {"student_id": "int64", "state": "str", "n": "int64"}
COUNTS = {"time": "int64", "state": "str", "n": "int64"}
ANA, BEN, CEM, DAN, EVE = 1, 2, 3, 4, 5


def frame(columns, rows=()):
    return pd.DataFrame(list(rows), columns=list(columns)).astype(columns)


def seen(student_id, ago_s, state, number=0, confidence=0.824):
    if state in LABELS:
        return student_id, NOW - ago_s, "face", number, state, state, confidence
    return student_id, NOW - ago_s, state, 0, None, state, None


def joined(*students):
    """Students as (id, name, left seconds ago or None, last seen seconds ago or None)."""
    return frame(
        STUDENTS,
        [
            (
                student_id,
                name,
                NOW - 600,
                None if left is None else NOW - left,
                None if last is None else NOW - last,
                None,
            )
            for student_id, name, left, last in students
        ],
    )


CLASS = joined(
    (ANA, "Ana", None, 1), (BEN, "Ben", None, 1), (CEM, "Cem", None, 8), (DAN, "Dan", 2, 3), (EVE, "Eve", None, None)
)
OBSERVED = frame(
    RECENT,
    [
        seen(ANA, 4, "sad"),
        seen(ANA, 1, "happy"),
        seen(BEN, 2, "neutral"),
        seen(BEN, 1, "no face"),
        seen(CEM, 8, "fear"),
        seen(DAN, 3, "angry"),
    ],
)


def counts(*steps):
    """Rows of ``Store.counts``; a step is (time, faces, unsure, {emotion: mean probability})."""
    rows = []
    for time, faces, unsure, means in steps:
        rows += [
            (time, name, faces - unsure if name == max(means, key=means.get) else 0, means.get(name, 0.0) * faces)
            for name in EMOTIONS
        ]
        rows += [(time, "unsure", unsure, 0.0), (time, "no face", 3, 0.0)]
    return pd.DataFrame(rows, columns=["time", "state", "n", "p"])


def one(unsure=0.0, **means):
    """Signals with these mean probabilities; the rest is neutral."""
    rest = {"neutral": 1 - sum(means.values())} if "neutral" not in means else {}
    means = means | rest
    return Signals(tuple(means.get(name, 0.0) for name in EMOTIONS), unsure, 20)
