"""Whether something that comes and goes in a moving picture is really so: it must be so for half a second, and stays so
until it has not been for half a second."""

HOLD_S = 0.5


class Held:
    """``note`` each look. Times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self.is_so = False
        self._other_since: float | None = None  # since when the looks have said the opposite

    def note(self, is_so: bool, at_s: float) -> bool:
        """What one look saw; whether it holds now."""
        if is_so == self.is_so:
            self._other_since = None
        elif self._other_since is None:
            self._other_since = at_s
        elif at_s - self._other_since >= HOLD_S:
            self.is_so, self._other_since = is_so, None
        return self.is_so
