"""How figures and times are written, on every page and in every report."""

from datetime import datetime, tzinfo

from babel.dates import format_date

from fer.insight.signals import Signals
from fer.languages import N_, _, current, decimal

NOTHING = "–"
TOO_FEW_ANSWERS = N_("shown from 5 answers on, so that they say nothing about one student")


def percent(share: float) -> str:
    """A share as a person reads it: "82 %", and "<1 %" for what would round to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def figures(now: Signals) -> dict[str, str]:
    """The signals as they stand in a sentence, by name."""
    return {
        "positive": percent(now.positive),
        "neutral": percent(now.neutral),
        "negative": percent(now.negative),
        "valence": decimal(now.valence, 2, signed=True),
        "concentration": f"{now.concentration * 100:.0f}",
    }


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def clock(at: float, zone: tzinfo, form: str = "%H:%M") -> str:
    """A Unix time in a time zone, as ``strftime`` writes it in what the reader's language has for ``form``; with the
    zone where a clock shows it twice, in the night in which it is set back: "02:30 CEST"."""
    here = datetime.fromtimestamp(at, zone)
    is_shown_twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    written = here.strftime(_(form))
    return f"{written} {here.tzname()}" if is_shown_twice else written


def day(at: float, zone: tzinfo) -> str:
    """The date of a Unix time in a time zone: "28 November 2026"."""
    language = current()
    return format_date(datetime.fromtimestamp(at, zone), "long", "en_GB" if language == "en" else language)


def moment(at: float, zone: tzinfo, since: float) -> str:
    """A time of a lesson that began at ``since``: with its date where that is another day's."""
    here, began = (datetime.fromtimestamp(one, zone) for one in (at, since))
    return clock(at, zone) if here.date() == began.date() else clock(at, zone, N_("%d %b, %H:%M"))
