"""The students of a lesson that may show them, at a glance: a tile each, who needs attention first. Pure.

A tile does not say who is lost: students are told that only their number is seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer.insight.class_now import TREND_S, TREND_STEP_S, newest_frames
from fer.insight.student_table import by_name
from fer.insight.wording import percent
from fer.languages import N_, _
from fer.records import EMOTIONS, Status

LATELY_STEPS = 4  # a minute
NEGATIVE = -0.25  # a mean valence of that minute below it
# What a tile can be counted and chosen by, in the order of attention; the last two need none.
HAND_UP, DROPPED, NO_FACE, NEGATIVE_LATELY, NO_CAMERA, SEEN, LEFT = (
    N_("hand up"),
    N_("dropped"),
    N_("no face"),
    N_("negative for a minute"),
    N_("no camera"),
    N_("seen"),
    N_("left"),
)
GROUPS = (HAND_UP, DROPPED, NO_FACE, NEGATIVE_LATELY, NO_CAMERA, SEEN, LEFT)
BY_ATTENTION, BY_NAME, BY_JOINING = N_("Needs me"), N_("Name"), N_("Joined")
ORDERS = (BY_ATTENTION, BY_NAME, BY_JOINING)


@dataclass(frozen=True, slots=True)
class Tile:
    """``state``: in words; ``label``: of the expression that gives the colour, None without a face. ``trend``: the mean
    valence of each ``TREND_STEP_S``, oldest first, None where no face was seen. ``groups``: of ``GROUPS``, one at least."""

    student_id: int
    name: str
    state: str
    label: str | None
    trend: tuple[float | None, ...]
    groups: tuple[str, ...]


def tiles(
    students: pd.DataFrame,
    recent: pd.DataFrame,
    trend: pd.DataFrame,
    at: float,
    gone_after_s: float,
    here: Set[int] = frozenset(),
    hands: Set[int] = frozenset(),
) -> list[Tile]:
    """As they joined. ``recent``, ``students`` and ``trend``: the store's; ``here``: students whose page is open, camera or
    not; ``hands``: who has raised theirs."""
    frames = defaultdict(list)  # plain tuples: a DataFrame per student takes ten times as long
    for row in newest_frames(recent, at, gone_after_s).itertuples(index=False):
        frames[row.student_id].append(row)
    lines = _lines(trend, at)
    found = []
    for row in students.itertuples(index=False):
        line = lines.get(row.student_id, (None,) * (TREND_S // TREND_STEP_S))
        state, label, group = _now(row, sorted(frames[row.student_id], key=_face), row.student_id in here)
        group = NEGATIVE_LATELY if group == SEEN and _is_negative(line) else group
        groups = (HAND_UP, group) if row.student_id in hands else (group,)
        found.append(Tile(row.student_id, row.name, state, label, line, groups))
    return found


def sizes(of: Iterable[Tile]) -> dict[str, int]:
    """How many students are in each of ``GROUPS``."""
    groups = [group for tile in of for group in tile.groups]
    return {group: groups.count(group) for group in GROUPS}


def in_order(of: Iterable[Tile], order: str, group: str | None = None) -> list[Tile]:
    """Those of a group, or all, in one of ``ORDERS``."""
    chosen = [tile for tile in of if group is None or group in tile.groups]
    if order == BY_JOINING:
        return chosen
    attention = GROUPS.index if order == BY_ATTENTION else lambda _: 0
    return sorted(chosen, key=lambda tile: (attention(tile.groups[0]), by_name(tile.name), tile.student_id))


def _face(frame: Any) -> int:
    return frame.face


def _lines(trend: pd.DataFrame, at: float) -> dict[int, tuple[float | None, ...]]:
    """By student; the last step is the one that ``at`` falls into."""
    steps = TREND_S // TREND_STEP_S
    first = int(at) // TREND_STEP_S * TREND_STEP_S - (steps - 1) * TREND_STEP_S
    lines: dict[int, list[float | None]] = defaultdict(lambda: [None] * steps)
    for student_id, time, valence in zip(
        *(trend[name].tolist() for name in ("student_id", "time", "valence")), strict=True
    ):
        place = (time - first) // TREND_STEP_S
        if 0 <= place < steps:
            lines[student_id][place] = valence
    return {student_id: tuple(line) for student_id, line in lines.items()}


def _is_negative(line: tuple[float | None, ...]) -> bool:
    lately = [valence for valence in line[-LATELY_STEPS:] if valence is not None]
    return len(lately) >= LATELY_STEPS - 1 and sum(lately) / len(lately) <= NEGATIVE


def _now(student: Any, frame: list, is_here: bool) -> tuple[str, str | None, str]:
    """State, label and group of a student with their newest frame, which has a row per face."""
    if pd.notna(student.left_at):
        return (_("left") if pd.isna(student.removed_at) else _("removed")), None, LEFT
    if not frame:
        group = NO_CAMERA if is_here else DROPPED
        return _(group), None, group
    first = frame[0]
    if first.status != Status.FACE.value:
        return _(first.status), None, NO_FACE
    if len(frame) > 1:
        faces = ", ".join(_(face.label) for face in frame)
        return _("{n} faces: {expressions}").format(n=len(frame), expressions=faces), first.label, SEEN
    shown = f"{_(first.label)} {percent(first.confidence)}" if first.label in EMOTIONS else _(first.label)
    return shown, first.label, SEEN
