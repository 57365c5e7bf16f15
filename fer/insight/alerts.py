"""Alerts: when a change in the class is worth interrupting a teacher for, what to do then, and when its reason has gone.

A pure state machine, fed with the time, the class's values and the log; no clock and no database. What was said already
comes from the log, so that a reload or a restart repeats nothing.

No alert is about one student: whatever the threshold, a change must be larger than one student alone could cause, so it
takes two at least. In a class of 5 visible students one of them moves every mean by up to 20 points, more than the
default threshold.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from fer.insight.signals import LEAST_COVERAGE, Signals
from fer.insight.wording import percent
from fer.languages import N_, _
from fer.records import Alert
from fer.store.journal import LoggedAlert

DEFAULT_THRESHOLD = 0.15
HOLDS_S = 30.0  # a change must last so long
LOST = "lost"
AT_ONCE = {LOST: 1 / 3}  # so large a change need not last: students have said it themselves
RELEASE = 0.6  # of the threshold: below it the change is over, and only then can it alert again
ROUNDING = 0.005  # of the counted probabilities
APART_S = 300.0  # in so long at most one alert of a kind, and of another kind only a stronger one
LONGEST_GAP_S = 20.0  # after a longer time without values a change starts to count anew, and an alert ends
KINDS = {  # kind -> what changed, what to do
    "negative": (N_("More negative expressions than before in this lesson"), N_("Pause and ask what is going on.")),
    "concentration": (
        N_("The concentration index is lower than before in this lesson"),
        N_("Try a quick poll or a short break."),
    ),
    LOST: (N_("Students say that they are lost"), N_("Repeat the last step.")),
}


@dataclass(frozen=True, slots=True)
class Watch:
    """What the machine remembers. ``since``: per kind, when it went over the threshold; ``judged``: when it had a value
    last. ``spent``: kinds that have alerted and are not over yet. ``fed_at``: the newest values. Unix seconds."""

    since: tuple[tuple[str, float], ...] = ()
    judged: tuple[tuple[str, float], ...] = ()
    spent: frozenset[str] = frozenset()
    fed_at: float | None = None


def changes(
    now: Signals | None, before: Signals | None, present: int, visible: int | None, lost: int
) -> dict[str, float]:
    """How far each kind has changed for the worse, 0 to 1; a kind that cannot be judged is missing.

    Expressions are not judged at low coverage, where a few faces would speak for all; "lost" needs no face."""
    found = {LOST: lost / present} if present else {}
    is_covered = visible is None or (present > 0 and visible >= LEAST_COVERAGE * present)
    if now is not None and before is not None and is_covered:
        found["negative"] = now.negative - before.negative
        found["concentration"] = before.concentration - now.concentration
    return found


def alone(present: int, visible: int | None, faces: int) -> dict[str, float]:
    """How far one student alone can change each kind, 0 to 1; ``faces``: those that the means are of."""
    of_faces = 1 / min((n for n in (present, visible, faces) if n), default=1) + ROUNDING
    return {"negative": of_faces, "concentration": of_faces, LOST: 1 / max(present, 1) + ROUNDING}


def feed(
    watch: Watch,
    at: float,
    values: Mapping[str, float],
    threshold: float,
    alone: Mapping[str, float] = MappingProxyType({}),
    logged: Iterable[LoggedAlert] = (),
) -> tuple[Watch, Alert | None]:
    """The machine after the values of time ``at``, and the alert they raise, if any. What is not larger than ``alone``
    is no change. ``logged``: the lesson's alerts so far."""
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold of alerts must be above 0 and at most 1. Received: {threshold!r}")
    gap = watch.fed_at is None or not 0 <= at - watch.fed_at <= LONGEST_GAP_S  # below 0 the clock came back
    was = {} if gap else dict(watch.since)
    # Between the two limits a change goes on but does not begin, so that a value that trembles raises one alert.
    since = {
        kind: was.get(kind, at)
        for kind, value in values.items()
        if value > alone.get(kind, 0.0) and (value >= threshold or (kind in was and value > RELEASE * threshold))
    }
    # A kind that cannot be judged now has not ended either.
    spent = frozenset(kind for kind in watch.spent if values.get(kind, 1.0) > RELEASE * threshold)
    judged = dict(watch.judged) | dict.fromkeys(values, at)
    watch = replace(watch, since=tuple(since.items()), judged=tuple(judged.items()), spent=spent, fed_at=at)
    due = [
        kind
        for kind, began_at in since.items()
        if kind not in spent
        and (at - began_at >= HOLDS_S or values[kind] >= AT_ONCE.get(kind, math.inf))
        and not is_held_back(Alert(kind, values[kind]), at, logged)
    ]
    if not due:
        return watch, None
    kind = max(due, key=lambda kind: values[kind])
    return replace(watch, spent=spent | {kind}), Alert(kind, values[kind])


def is_held_back(alert: Alert, at: float, logged: Iterable[LoggedAlert]) -> bool:
    """Whether the last ``APART_S`` had one of its kind, or one as strong. ``Journal.log_alert`` has the same rule."""
    recent = (one for one in logged if 0 <= at - one.at < APART_S)
    return any(one.kind == alert.kind or one.change >= alert.change for one in recent)


def over(
    watch: Watch,
    values: Mapping[str, float],
    threshold: float,
    alone: Mapping[str, float],
    logged: Iterable[LoggedAlert],
) -> list[LoggedAlert]:
    """The open alerts whose reason has gone, or can no longer be judged; ``watch``: fed with these ``values``."""
    at, judged = watch.fed_at or 0.0, dict(watch.judged)

    def has_gone(alert: LoggedAlert) -> bool:
        if alert.kind in values:
            return values[alert.kind] <= max(RELEASE * threshold, alone.get(alert.kind, 0.0))
        return at - max(judged.get(alert.kind, alert.at), alert.at) > LONGEST_GAP_S

    return [alert for alert in logged if alert.closed_at is None and has_gone(alert)]


def sentence(kind: str, change: float) -> str:
    """What changed, with its size, such as "... before in this lesson (+22 points)." """
    what = _(KINDS[kind][0])
    sign = "−" if kind == "concentration" else "+"
    return (
        _("{what} ({change} of those present).").format(what=what, change=percent(change))
        if kind == LOST
        else _("{what} ({sign}{change} points).").format(what=what, sign=sign, change=f"{change * 100:.0f}")
    )
