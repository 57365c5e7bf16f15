"""What a student is told before they join, in their language.

The texts are Markdown and stand here in English; the other languages are catalogues in fer/locale. A sentence that is
changed here must be translated anew, or a test fails: nobody agrees to something out of date.
"""

from dataclasses import dataclass
from gettext import NullTranslations

from fer import languages
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE


@dataclass(frozen=True, slots=True)
class Consent:
    """What happens, what the student agrees to, and what they read when they have not agreed."""

    title: str
    text: str
    agree: str
    missing: str


def consent(view: str, language: str, keep_days: int, least_visible: int) -> Consent:
    """For a lesson of this view, in one of ``LANGUAGES``."""
    _ = languages.catalogue(language).gettext
    points = _points(languages.catalogue(language), view, keep_days)
    return Consent(
        _("What is stored about you") if view == PRESENCE else _("What happens to your picture"),
        "\n".join(f"- {point.format(keep_days=keep_days, least_visible=least_visible)}" for point in points),
        _("I have read this and want to join.")
        if view == PRESENCE
        else _("I have read this and agree to share my camera in this lesson."),
        _("Tick the box to agree, or close this page to stay out. Nothing has been stored about you."),
    )


def _points(texts: NullTranslations, view: str, keep_days: int) -> list[str]:
    _ = texts.gettext
    camera = [
        _(
            "Your camera picture goes to the school's server. It is looked at there about twice a second and then "
            "thrown away: **no picture or video is stored**."
        ),
        _(
            "The server guesses how your **expression** looks (such as neutral or happy). It does not know what you "
            "think or feel."
        ),
    ]
    stored = {
        CLASS_ONLY: _(
            "What is stored: figures of the whole class, when at least {least_visible} faces are visible. **Nothing "
            "about your face, and no name, is stored**, and nobody sees your expression, not even your teacher."
        ),
        PER_STUDENT: _(
            "What is stored: your name, when you were there, where in the picture your face was, and how your "
            "expression looked. Your teacher sees it by name, live and afterwards. Other students do not."
        ),
        PRESENCE: _(
            "This lesson uses no camera and looks at no face. What is stored: when you joined, without a name."
        ),
    }
    return [
        *([] if view == PRESENCE else camera),
        stored[view],
        _("What you say by button or answer in a poll is stored too. Your teacher sees how many say it, not who."),
        texts.ngettext(
            "How long: {keep_days} day after the lesson, then all of it is deleted. You can see what is stored about "
            "you, and delete it, at any time during the lesson and after it.",
            "How long: {keep_days} days after the lesson, then all of it is deleted. You can see what is stored about "
            "you, and delete it, at any time during the lesson and after it.",
            keep_days,
        ),
        _("You can leave at any time. It has no consequence for marks or attendance.")
        if view == PRESENCE
        else _("You can stop the camera or leave at any time. It has no consequence for marks or attendance."),
    ]
