"""What a mirror does when it sees an expression: a text on the screen, a sound, or both. When, is decided here."""

from dataclasses import dataclass

from fer.languages import _
from fer.records import EMOTIONS
from fer.vision.group_photo import Numbered
from fer.vision.held import Held


@dataclass(frozen=True, slots=True)
class Greeting:
    """Shown when somebody shows ``expression``: a ``text`` ("" for none), and whether with a ``sound``."""

    expression: str
    text: str
    sound: bool

    def __post_init__(self) -> None:
        if self.expression not in EMOTIONS:
            raise ValueError(f"The expression must be one of {', '.join(EMOTIONS)}. Received: {self.expression!r}")
        if not (self.text or self.sound):
            raise ValueError(_("A greeting needs a text or a sound."))


class Greeter:
    """Says when to greet: once when somebody has shown the expression for half a second, and again after nobody has."""

    def __init__(self, greeting: Greeting):
        self.greeting = greeting
        self._shown = Held()

    def see(self, faces: Numbered, at_s: float) -> bool:
        was_shown = self._shown.is_so
        is_shown = any(reading.expression == self.greeting.expression for _, reading in faces)
        return self._shown.note(is_shown, at_s) and not was_shown
