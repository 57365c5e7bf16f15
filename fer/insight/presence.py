"""Who is here: a list from pictures of a group, with who is missing and which faces are unknown.

A photo of a person held before the camera counts as that person, so this is not for attendance that counts.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from fer.insight.csv_exports import safe_cell
from fer.languages import N_
from fer.records import Box, Identity

HERE, UNKNOWN, MISSING = N_("here"), N_("unknown"), N_("missing")
COLUMNS = ("name", "state", "similarity", "picture", "x", "y", "width", "height")
WARNING = N_(
    "It can be fooled: a photo of a person held before the camera counts as that person. Not for attendance that counts."
)

SeenFace = tuple[str, Box, Identity | None]  # the picture's name, where, and who
Row = dict[str, Any]


def presence(faces: Iterable[SeenFace], everybody: Iterable[str]) -> list[Row]:
    """A row of ``COLUMNS`` for each of ``everybody``, by name: here with the face most similar to them, or missing; then
    one for each unknown face."""
    faces = list(faces)
    best: dict[str, SeenFace] = {}
    for face in sorted((one for one in faces if one[2]), key=_similarity):
        best[face[2].name] = face  # type: ignore[union-attr]
    here = [_row(name, HERE, best[name]) for name in sorted(best, key=str.casefold)]
    missing = [{"name": name, "state": MISSING} for name in sorted(set(everybody) - set(best), key=str.casefold)]
    unknown = [_row("", UNKNOWN, face) for face in faces if face[2] is None]
    return [*here, *missing, *unknown]


def presence_csv(rows: list[Row]) -> str:
    file = io.StringIO()
    table = csv.DictWriter(file, COLUMNS)
    table.writeheader()
    table.writerows(row | {name: safe_cell(row[name]) for name in ("name", "picture") if name in row} for row in rows)
    return file.getvalue()


def _similarity(face: SeenFace) -> float:
    return face[2].similarity if face[2] else -1.0


def _row(name: str, state: str, face: SeenFace) -> Row:
    picture, (x1, y1, x2, y2), _ = face
    similarity = round(_similarity(face), 3) if state == HERE else None
    where = dict(zip(COLUMNS[4:], (round(one, 1) for one in (x1, y1, x2 - x1, y2 - y1)), strict=True))
    return {"name": name, "state": state, "similarity": similarity, "picture": picture, **where}
