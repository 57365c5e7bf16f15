"""How figures and times are written, on every page and in every report."""

from datetime import datetime, tzinfo

NOTHING = "–"
TOO_FEW_ANSWERS = "shown from 5 answers on, so that they say nothing about one student"


def percent(share: float) -> str:
    """A share as a person reads it: "82 %", and "<1 %" for what would round to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def clock(at: float, zone: tzinfo, form: str = "%H:%M") -> str:
    """A Unix time in a time zone, as ``strftime`` writes it; with the zone where a clock shows it twice, in the night in
    which it is set back: "02:30 CEST"."""
    here = datetime.fromtimestamp(at, zone)
    is_shown_twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return f"{here:{form}} {here.tzname()}" if is_shown_twice else f"{here:{form}}"


def day(at: float, zone: tzinfo) -> str:
    """The date of a Unix time in a time zone: "28 November 2026"."""
    here = datetime.fromtimestamp(at, zone)
    return f"{here.day} {here:%B %Y}"


def moment(at: float, zone: tzinfo, since: float) -> str:
    """A time of a lesson that began at ``since``: with its date where that is another day's."""
    here, began = (datetime.fromtimestamp(one, zone) for one in (at, since))
    return clock(at, zone) if here.date() == began.date() else f"{here.day} {here:%b}, {clock(at, zone)}"
