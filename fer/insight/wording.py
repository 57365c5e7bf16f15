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
