"""Where expressions may not be computed in class: what a teacher is asked before a lesson, and why it is refused.

Regulation (EU) 2024/1689 (AI Act), Art. 5(1)(f), in force since 2 February 2025, forbids "AI systems to infer emotions
of a natural person in the areas of workplace and education institutions, except where the use of the AI system is
intended to be put in place or into the market for medical or safety reasons". Consent does not lift it. Art. 2(10)
leaves out a purely personal non-professional activity. The Act is of EEA relevance, so the three EEA states outside the
Union are treated alike, and so are Åland (AX) and the outermost regions (Art. 349 TFEU), which have country codes of
their own.
No legal advice: other countries have laws of their own, and schools have rules.
"""

from functools import cache
from importlib.resources import files

EEA = frozenset(
    [
        "AX",
        "GF",
        "GP",
        "MF",
        "MQ",
        "RE",
        "YT",
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
PURPOSES = {
    "teaching": "Teaching, training or work",
    "safety": "Medical or safety reasons",
    "private": "Trying it out in private: nobody is taught",
}
USES = PURPOSES | {"research": "Research: nobody is taught or at work"}  # of pictures and videos, outside of lessons
BANNED = (
    "In {country}, systems that infer emotions in education and at work are forbidden, except for medical or safety "
    "reasons (EU AI Act, Regulation 2024/1689, Art. 5(1)(f), since 2 February 2025). Consent does not change that. "
    "So {what}."
)


class Forbidden(ValueError):
    """The law does not allow expressions here; the message gives the reason."""


@cache
def countries() -> dict[str, str]:
    """ISO 3166 code -> the usual English name, in the order of the names."""
    lines = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return dict(sorted(pairs, key=lambda pair: pair[1]))


def check(country: str, purpose: str) -> None:
    """Raises ``Forbidden`` where a lesson with expressions is banned, ValueError for an answer that is missing."""
    if country not in countries():
        raise ValueError(f"Choose the country where the students are. Received: {country or 'nothing'}")
    if purpose not in PURPOSES:
        raise ValueError(f"Choose what the lesson is for. Received: {purpose or 'nothing'}")
    _check_ban(country, purpose, "this lesson cannot be started with expressions")


def check_use(country: str, purpose: str) -> None:
    """The same for pictures and videos outside of a lesson: ``USES``."""
    if country not in countries():
        raise ValueError(f"Name the country where the people in the pictures are. Received: {country or 'nothing'}")
    if purpose not in USES:
        raise ValueError(f"The purpose must be one of {', '.join(USES)}. Received: {purpose or 'nothing'}")
    _check_ban(country, purpose, "no faces are read for it")


def _check_ban(country: str, purpose: str, what: str) -> None:
    if country in EEA and purpose == "teaching":
        raise Forbidden(BANNED.format(country=countries()[country], what=what))
