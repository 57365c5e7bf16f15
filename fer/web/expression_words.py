"""The expressions, and why a face is unsure, in the page's language."""

from fer.web.language import _


def expression_words() -> dict[str, str]:
    """By label, in the order of ``LABELS``."""
    return {
        "angry": _("angry"),
        "disgust": _("disgust"),
        "fear": _("fear"),
        "happy": _("happy"),
        "neutral": _("neutral"),
        "sad": _("sad"),
        "surprise": _("surprise"),
        "unsure": _("unsure"),
    }


def reason_words() -> dict[str, str]:
    """By reason, in the order of ``REASONS``."""
    return {
        "too small": _("too small"),
        "cut off": _("cut off"),
        "turned": _("turned"),
        "covered": _("covered"),
        "undecided": _("undecided"),
    }
