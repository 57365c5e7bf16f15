"""What comes before all else on the dashboard: many are lost, or an alert stands. Pure, as all that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from fer.insight.alerts import AT_ONCE, KINDS, LOST, sentence
from fer.languages import _
from fer.store.journal import COUNTS_FOR_S, DISMISSED, DONE, LoggedAlert

FEWEST_LOST = 2  # one is no reason to interrupt a class


@dataclass(frozen=True, slots=True)
class Urgent:
    """The reason, what to do, and the open alert that a teacher can answer; None where there is none (yet)."""

    reason: str
    action: str
    alert: LoggedAlert | None


def urgent(alerts: Sequence[LoggedAlert], at: float, lost: int, present: int, is_seen: bool) -> Urgent | None:
    """What students say themselves goes first, then the newest alert. ``lost``: how many say so, 0 where too few do to
    say; ``is_seen``: whether any face is; none is no ground for an alert about expressions."""
    if not present:
        return None
    is_open = [alert for alert in alerts if alert.closed_at is None]
    of_lost = next((alert for alert in reversed(is_open) if alert.kind == LOST), None)
    are_many = lost >= AT_ONCE[LOST] * present and not _is_answered(alerts, at)
    if lost >= FEWEST_LOST and (of_lost or are_many):
        return Urgent(
            _("{lost} of {present} are lost").format(lost=lost, present=max(present, lost)), _(KINDS[LOST][1]), of_lost
        )
    alert = next((alert for alert in reversed(is_open) if alert.kind != LOST), None)
    return Urgent(sentence(alert.kind, alert.change), _(KINDS[alert.kind][1]), alert) if alert and is_seen else None


def _is_answered(alerts: Sequence[LoggedAlert], at: float) -> bool:
    """Whether the teacher has just dealt with those who are lost: what they pressed counts on for a while."""
    return any(
        alert.kind == LOST and alert.outcome in (DONE, DISMISSED) and 0 <= at - (alert.closed_at or 0) < COUNTS_FOR_S
        for alert in alerts
    )
