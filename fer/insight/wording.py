"""How figures are written, on every page and in every report."""

NOTHING = "–"


def percent(share: float) -> str:
    """A share as a person reads it: "82 %", and "<1 %" for what would round to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")
