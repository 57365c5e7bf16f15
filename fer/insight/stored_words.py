"""Words that are stored in English and that everybody reads in their own language: the questions that a teacher asks by one
click or a demo asks, and the moments that are marked by one click."""

from fer.languages import N_, _
from fer.store.polls import Draft

QUICK = {
    N_("Yes / No"): Draft("Yes or no?", ("Yes", "No")),
    N_("1 to 5"): Draft("From 1 to 5?", ("1", "2", "3", "4", "5")),
    N_("Ready?"): Draft("Are you ready?", ("Ready", "Not yet")),
}
NEW_TOPIC, EXERCISE = N_("New topic"), N_("Exercise")


def in_readers_words(text: str) -> str:
    """A poll's question or answer, or a moment; what the teacher wrote stays as it is."""
    known = {
        "Yes or no?": _("Yes or no?"),
        "Is this clear?": _("Is this clear?"),  # a demo's
        "Yes": _("Yes"),
        "Partly": _("Partly"),
        "No": _("No"),
        "From 1 to 5?": _("From 1 to 5?"),
        "Are you ready?": _("Are you ready?"),
        "Ready": _("Ready"),
        "Not yet": _("Not yet"),
        NEW_TOPIC: _(NEW_TOPIC),
        EXERCISE: _(EXERCISE),
    }
    return known.get(text, text)
