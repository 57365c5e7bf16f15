"""How figures are written, on every page and in every report."""

NOTHING = "–"
TOO_FEW_ANSWERS = "shown from 5 answers on, so that they say nothing about one student"


def percent(share: float) -> str:
    """A share as a person reads it: "82 %", and "<1 %" for what would round to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")
