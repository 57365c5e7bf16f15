"""How often a password may be guessed. Nobody's wrong guesses keep the teacher out of a browser they have signed in on."""

import logging
import time
from contextlib import AbstractContextManager

from fer.languages import _
from fer.store.store import Store

LONGEST_DELAY_S = 30.0
FORGOTTEN_S = 3600.0
MOST_GUESSES = 30  # wrong ones of all strangers together, in GUESSES_S
GUESSES_S = 600.0

log = logging.getLogger(__name__)


class TooManyFailures(Exception):
    """A password was tried too soon after wrong ones; ``wait_s`` says for how long to wait."""

    def __init__(self, wait_s: float, sentence: str = ""):
        super().__init__((sentence or _("Too many wrong passwords. Try again in {n} seconds.")).format(n=round(wait_s)))
        self.wait_s = wait_s


class Guesses:
    """Wrong guesses: of each who guesses (a network address, or a browser that has signed in before), and of all
    strangers together, who may come from many addresses. All processes of the database count alike. Use it while
    ``alone``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def alone(self) -> AbstractContextManager[None]:
        return self._store.alone("guess the password")

    def check(self, who: str, is_stranger: bool) -> None:
        """Raises TooManyFailures. After a wrong guess, ``who`` must wait 1, 2, 4 ... 30 s; "": unknown, so not counted
        apart. After MOST_GUESSES of all strangers, each must wait."""
        now = time.time()
        # What was noted while the clock was ahead keeps nobody waiting until then.
        self._store.forget_guesses(before=now - FORGOTTEN_S, after=now + LONGEST_DELAY_S)
        mine = self._store.wrong_guesses(now - FORGOTTEN_S, who) if who else []
        locked_until = mine[-1] + min(2 ** (len(mine) - 1), LONGEST_DELAY_S) if mine else now
        if locked_until > now:
            raise TooManyFailures(locked_until - now)
        by_strangers = self._store.wrong_guesses(now - GUESSES_S)[-MOST_GUESSES:] if is_stranger else []
        if len(by_strangers) == MOST_GUESSES:
            log.warning(
                "%d wrong passwords in %.0f minutes: only browsers that have signed in before may try now.",
                MOST_GUESSES,
                GUESSES_S / 60,
            )
            raise TooManyFailures(
                by_strangers[0] + GUESSES_S - now,
                _(
                    "Too many wrong passwords were tried here, by whomever. Try again in {n} seconds, or use a browser in "
                    "which you have signed in before."
                ),
            )

    def note(self, who: str, is_stranger: bool, is_right: bool) -> None:
        if is_right:
            self._store.forgive(who)
        elif who or is_stranger:
            self._store.add_wrong_guess(who, is_stranger, time.time())
