"""A lesson over time, cut into equal steps. Times are Unix seconds, and empty input gives empty output of the same types."""

import math

import pandas as pd

from fer.records import EMOTIONS, LABELS

ROUND_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def timeline_step_s(duration_s: float, most: int = 61) -> int:
    """A round number of seconds that cuts ``duration_s``, wherever it starts, into at most ``most`` buckets."""
    if most < 2:
        raise ValueError(f"A timeline needs at least 2 buckets. Received: {most!r}")
    shortest_s = max(duration_s, 0) / (most - 1)  # one bucket less: the first and the last are seldom whole
    hours_s = 3600 * math.ceil(shortest_s / 3600)
    return next((step_s for step_s in ROUND_STEPS_S if step_s >= shortest_s), hours_s)


def faces_over_time(counts: pd.DataFrame, step_s: int) -> pd.DataFrame:
    """Faces over time from ``Store.counts(..., step_s)``: time and until (the bucket's ends, UTC), state, n, share (of
    the bucket's faces). A bucket without faces has no rows."""
    faces = counts[counts["state"].isin(LABELS) & (counts["n"] > 0)].reset_index(drop=True)
    return _buckets(faces, step_s, "n")


def means_over_time(counts: pd.DataFrame, step_s: int) -> pd.DataFrame:
    """The same with the mean probabilities of the bucket's faces as shares; n: the faces that have the label."""
    means = counts[counts["state"].isin(EMOTIONS) & (counts["p"] > 0)].reset_index(drop=True)
    return _buckets(means, step_s, "p")


def _buckets(rows: pd.DataFrame, step_s: int, of: str) -> pd.DataFrame:
    total = rows.groupby("time")[of].transform("sum").astype("float64")
    return pd.DataFrame(
        {
            "time": pd.to_datetime(rows["time"], unit="s", utc=True),
            "until": pd.to_datetime(rows["time"] + step_s, unit="s", utc=True),
            "state": rows["state"],
            "n": rows["n"],
            "share": (rows[of] / total).astype("float64"),
        }
    )


def present_over_time(coverage: pd.DataFrame, step_s: int) -> pd.DataFrame:
    """Who was there, from ``Store.coverage``: time and until (the bucket's ends, UTC), present (the most in the bucket)."""
    present = coverage.groupby(coverage["time"] // step_s * step_s)["present"].max()
    starts = present.index.to_numpy()
    time, until = (pd.to_datetime(at, unit="s", utc=True) for at in (starts, starts + step_s))
    return pd.DataFrame({"time": time, "until": until, "present": present.to_numpy()})


def coverage_at(coverage: pd.DataFrame, since: float, until: float) -> tuple[int, int | None] | None:
    """Present and visible students (None where too few were there to say) at the last step of ``Store.coverage`` that
    began in [since, until); None where nobody was there."""
    steps = coverage[(coverage["time"] >= since) & (coverage["time"] < until)]
    if steps.empty:
        return None
    last = steps.loc[steps["time"].idxmax()]
    return int(last["present"]), None if pd.isna(last["visible"]) else int(last["visible"])
