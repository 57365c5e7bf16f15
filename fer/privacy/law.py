"""Where expressions may not be computed in class: what a teacher is asked before a lesson, and why it is refused.

Regulation (EU) 2024/1689 (AI Act), Art. 5(1)(f), in force since 2 February 2025, forbids "AI systems to infer emotions
of a natural person in the areas of workplace and education institutions, except where the use of the AI system is
intended to be put in place or into the market for medical or safety reasons". Consent does not lift it. Art. 2(10)
leaves out a purely personal non-professional activity. The Act is of EEA relevance, so the three EEA states outside the
Union are treated alike, and so are Åland (AX) and the outermost regions (Art. 349 TFEU), which have country codes of
their own.
Who somebody is, told from their face, is another matter with another law: Regulation (EU) 2016/679 (GDPR), Art. 9(1),
forbids to process "biometric data for the purpose of uniquely identifying a natural person", and Art. 9(2)(a) lets it be
where "the data subject has given explicit consent". So it has purposes and consents of its own.
No legal advice: other countries have laws of their own, and schools have rules.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from babel import Locale

from fer.languages import N_, SOURCE, _, current
from fer.names import received
from fer.records import CLASS_ONLY, Lesson

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
    "teaching": N_("Teaching, training or work"),
    "safety": N_("Medical or safety reasons"),
    "private": N_("Trying it out in private: nobody is taught"),
}
USES = PURPOSES | {
    "research": N_("Research: nobody is taught or at work")
}  # of pictures and videos, outside of lessons
IDENTITY = "identity"
KEY_USES = USES | {
    IDENTITY: N_("Naming people who agreed, in our own pictures: nobody is taught or at work")
}  # of an API key
IDENTITY_USES = {  # for which faces may be told apart
    "pictures": N_("Naming the people in our own pictures and videos"),
    "research": N_("Research"),
    "private": N_("In private: family and friends"),
}
ARTICLE_9 = N_(
    "Numbers by which a face is recognised are biometric data: Art. 9 of the GDPR forbids to use them to tell who "
    "somebody is, unless that person, or who has custody of a child, has agreed explicitly and can take it back. "
    "So nobody is learnt here without a record of who agreed, when, to which words and for what, and whoever takes it "
    "back is deleted at once, from the trained file, too."
)
BANNED = N_(
    "In {country}, systems that infer emotions in education and at work are forbidden, except for medical or safety "
    "reasons (EU AI Act, Regulation 2024/1689, Art. 5(1)(f), since 2 February 2025). Consent does not change that. "
    "{what}"
)


class Forbidden(ValueError):
    """The law does not allow expressions here; the message gives the reason."""


@cache
def countries() -> dict[str, str]:
    """ISO 3166 code -> the usual English name, in the order of the names."""
    lines = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return dict(sorted(pairs, key=lambda pair: pair[1]))


def country_name(code: str) -> str:
    """What the reader calls a country; Babel has no name for a few."""
    language = current()
    return (language != SOURCE and Locale(language).territories.get(code)) or countries()[code]


def check(country: str, purpose: str) -> None:
    """Raises ``Forbidden`` where a lesson with expressions is banned, ValueError for an answer that is missing."""
    if country not in countries():
        raise ValueError(_("Choose the country where the students are.") + received(country))
    if purpose not in PURPOSES:
        raise ValueError(_("Choose what the lesson is for.") + received(purpose))
    _check_ban(country, purpose, _("So this lesson cannot be started with expressions."))


def check_use(country: str, purpose: str) -> None:
    """The same for pictures and videos outside of a lesson: ``USES``."""
    if country not in countries():
        raise ValueError(_("Choose the country where the people in the pictures are.") + received(country))
    if not purpose:
        raise ValueError(_("Choose the purpose."))
    if purpose not in USES:
        raise ValueError(f"The purpose must be one of {', '.join(USES)}. Received: {purpose}")
    _check_ban(country, purpose, _("So no faces are read for it."))


def check_key(country: str, purpose: str) -> None:
    """The same for a key of the API: ``KEY_USES``."""
    check_use(country, "private" if purpose == IDENTITY else purpose)


def may_name(purpose: str) -> bool:
    """Whether a key of the API that was given for this is told who somebody is, where they agreed to that."""
    return purpose == IDENTITY


def check_identity(country: str, purpose: str) -> None:
    """Raises ValueError where it is not said for whom and for what faces are told apart: ``IDENTITY_USES``."""
    if country not in countries():
        raise ValueError(_("Choose the country where the people live.") + received(country))
    if not purpose:
        raise ValueError(_("Choose the purpose."))
    if purpose not in IDENTITY_USES:
        raise ValueError(
            f"Faces are told apart for one of {', '.join(IDENTITY_USES)}, and not for attendance, marks or discipline. "
            f"Received: {purpose}"
        )


def check_naming(open_lessons: Iterable[Lesson]) -> None:
    """Raises ``Forbidden`` while a lesson shows the class only: its students were promised that nobody is singled out."""
    if any(lesson.view == CLASS_ONLY for lesson in open_lessons):
        raise Forbidden(
            _(
                "While a lesson shows the class only, nobody is named in pictures: its students were promised that none of "
                "them is singled out. End the lesson first."
            )
        )


def _check_ban(country: str, purpose: str, what: str) -> None:
    if country in EEA and purpose == "teaching":
        raise Forbidden(_(BANNED).format(country=country_name(country), what=what))
