"""What a video shows over its time: which expression each face has when, and where one stands out."""

import pandas as pd

from fer.records import EMOTIONS

STANDS_OUT = 0.5  # share of the probability that lies on other expressions than is usual for the face
APART_S = 2.0  # moments of one face
MOST_MOMENTS = 6


def face_times(faces: pd.DataFrame, every_s: float) -> pd.DataFrame:
    """Of the rows of a video (``face_tables.FER``): face, time_s, until_s, expression, share of the expression, for each
    face that was seen at least twice, or for all where none was."""
    seen = faces.dropna(subset=["face"])
    often = seen.groupby("face")["time_s"].transform("size") > 1
    seen = seen[often] if often.any() else seen
    likely = seen[list(EMOTIONS)].astype("float64").max(axis=1)
    return pd.DataFrame(
        {
            "face": seen["face"].astype("int64"),
            "time_s": seen["time_s"],
            "until_s": seen["time_s"] + every_s,
            "expression": seen["expression"],
            "share": likely,
        }
    ).reset_index(drop=True)


def moments(faces: pd.DataFrame) -> pd.DataFrame:
    """Where a face that can be read looks least as it usually does, the strongest first: face, time_s, expression, change.

    ``change`` is the half of the sum of differences between its probabilities and the median of all its looks (0 to 1)."""
    readable = faces[faces["face"].notna() & faces["unsure_because"].isna()]
    p = readable[list(EMOTIONS)].astype("float64")
    usual = p.groupby(readable["face"]).transform("median")
    change = ((p - usual).abs().sum(axis=1) / 2).rename("change")
    found: list[dict] = []
    for row in readable.assign(change=change).sort_values("change", ascending=False).itertuples():
        near = any(one["face"] == row.face and abs(one["time_s"] - row.time_s) < APART_S for one in found)
        if row.change >= STANDS_OUT and not near and len(found) < MOST_MOMENTS:
            found.append({name: getattr(row, name) for name in ("face", "time_s", "expression", "change")})
    return pd.DataFrame(found, columns=["face", "time_s", "expression", "change"])
