"""The questions that a teacher asks by one click. Everybody reads them in their own language."""

from fer.languages import N_, _
from fer.store.polls import Draft

QUICK = {
    N_("Yes / No"): Draft("Yes or no?", ("Yes", "No")),
    N_("1 to 5"): Draft("From 1 to 5?", ("1", "2", "3", "4", "5")),
    N_("Ready?"): Draft("Are you ready?", ("Ready", "Not yet")),
}


def in_readers_words(text: str) -> str:
    """A poll's question or answer; what the teacher wrote stays as it is."""
    known = {
        "Yes or no?": _("Yes or no?"),
        "Yes": _("Yes"),
        "No": _("No"),
        "From 1 to 5?": _("From 1 to 5?"),
        "Are you ready?": _("Are you ready?"),
        "Ready": _("Ready"),
        "Not yet": _("Not yet"),
    }
    return known.get(text, text)
