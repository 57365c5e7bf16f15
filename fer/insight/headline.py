"""The dashboard's headline: the class in words, such as "Mostly neutral, more sad than before", and when to doubt it."""

from collections.abc import Iterable
from dataclasses import dataclass

from fer.insight.signals import LEAST_COVERAGE, Signals
from fer.languages import _, ngettext
from fer.records import EMOTIONS

NOTABLE = 0.08  # a smaller change of a mean probability is not worth a word
# Least mean probability of the expression a line calls "mostly", and of one it names beside it.
MOSTLY, ALSO = 0.5, 0.25
NEUTRAL = "neutral"
MOST_UNSURE = 0.4
OLD_S = 30.0


@dataclass(frozen=True, slots=True)
class Headline:
    """The class in words. ``faded``: do not trust it much, and ``why`` says the reason; "" where it is not faded."""

    text: str
    coverage: str
    faded: bool
    why: str


def headline(
    now: Signals | None,
    before: Signals | None,
    present: int,
    visible: int | None,
    age_s: float | None,
    dropped: int = 0,
) -> Headline:
    """The class now against its own baseline, such as "Mostly neutral, more sad than before".

    ``visible``: students with a face that is seen; None where too few are there to say. ``age_s``: of the newest counts.
    ``dropped``: students who are no longer here and have not left."""
    if not present:
        return Headline(_("Waiting for students"), _dropped(present, dropped), True, "")
    seen = (
        _("{present} present").format(present=present)
        if visible is None
        else _("{visible} of {present} visible").format(visible=visible, present=present)
    )
    coverage = " · ".join(filter(None, (_dropped(present, dropped), seen)))
    if now is None or visible == 0:
        return Headline(
            _("No expression to show"),
            coverage,
            True,
            _("no face is visible") if visible == 0 else _("not enough faces were seen in the last seconds"),
        )
    text = ", ".join(filter(None, (_mostly(now), _change(now, before))))
    why = _doubts(now, present, visible, age_s)
    return Headline(text, coverage, bool(why), why)


def presence_headline(present: int, dropped: int = 0) -> Headline:
    """The class in words where no expression is computed."""
    if not present:
        return Headline(_("Waiting for students"), _dropped(present, dropped), True, "")
    text = ngettext("{n} student is here", "{n} students are here", present).format(n=present)
    coverage = " · ".join(filter(None, (_dropped(present, dropped), _("no expressions in this lesson"))))
    return Headline(text, coverage, False, "")


def _dropped(present: int, dropped: int) -> str:
    return (
        _("{present} of {joined} here, {dropped} dropped").format(
            present=present, joined=present + dropped, dropped=dropped
        )
        if dropped
        else ""
    )


def _mostly(now: Signals) -> str:
    first, second = sorted(EMOTIONS, key=now.of, reverse=True)[:2]
    if now.of(first) >= MOSTLY:
        return _("Mostly {first}").format(first=_(first))
    return (
        _("Mixed, {first} and {second}").format(first=_(first), second=_(second))
        if now.of(second) >= ALSO
        else _("Mixed, {first} the most").format(first=_(first))
    )


def _change(now: Signals, before: Signals | None) -> str:
    if before is None:
        return ""
    change = {name: now.of(name) - before.of(name) for name in EMOTIONS}
    more = sorted((name for name in EMOTIONS if change[name] >= NOTABLE), key=lambda name: -change[name])[:2]
    if before.of(NEUTRAL) >= MOSTLY:  # more of the usual is no news
        more = [name for name in more if name != NEUTRAL]
    if more:
        return _("more {expressions} than before").format(expressions=_and(map(_, more)))
    less = min(EMOTIONS, key=lambda name: change[name])
    if change[less] <= -NOTABLE:
        return _("less {expression} than before").format(expression=_(less))
    return _("as before")


def _doubts(now: Signals, present: int, visible: int | None, age_s: float | None) -> str:
    doubts = []
    if visible is not None and visible < LEAST_COVERAGE * present:
        doubts.append(_("fewer than half are visible"))
    if now.unsure > MOST_UNSURE:
        doubts.append(_("many faces are unsure"))
    if age_s is not None and age_s > OLD_S:
        doubts.append(_("the newest figures are {age} s old").format(age=f"{age_s:.0f}"))
    return _and(doubts)


def _and(words: Iterable[str]) -> str:
    between = _("and")
    return f" {between} ".join(words)
