"""How often a password may be guessed. Nobody's wrong guesses keep the teacher out of a browser they have signed in on."""

import logging
import threading
import time
from collections import deque

LONGEST_DELAY_S = 30.0
FORGOTTEN_S = 3600.0
MOST_GUESSES = 30  # wrong ones of all strangers together, in GUESSES_S
GUESSES_S = 600.0

log = logging.getLogger(__name__)


class TooManyFailures(Exception):
    """A password was tried too soon after wrong ones; ``wait_s`` says for how long to wait."""

    def __init__(self, wait_s: float, sentence: str = "Too many wrong passwords. Try again in {} seconds."):
        super().__init__(sentence.format(round(wait_s)))
        self.wait_s = wait_s


class Guesses:
    """Wrong guesses: of each who guesses (a network address, or a browser that has signed in before), and of all
    strangers together, who may come from many addresses. Use it while holding ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}  # per who: how many, and until when they must wait
        self._by_strangers: deque[float] = deque(maxlen=MOST_GUESSES)  # when

    def check(self, who: str, is_stranger: bool) -> None:
        """Raises TooManyFailures. After a wrong guess, ``who`` must wait 1, 2, 4 ... 30 s; "": unknown, so not counted
        apart. After MOST_GUESSES of all strangers, each must wait."""
        now = time.monotonic()
        _, locked_until = self._failures.get(who, (0, now))
        if locked_until > now:
            raise TooManyFailures(locked_until - now)
        if is_stranger and len(self._by_strangers) == MOST_GUESSES and self._by_strangers[0] > now - GUESSES_S:
            log.warning(
                "%d wrong passwords in %.0f minutes: only browsers that have signed in before may try now.",
                MOST_GUESSES,
                GUESSES_S / 60,
            )
            raise TooManyFailures(
                self._by_strangers[0] + GUESSES_S - now,
                "Too many wrong passwords were tried here, by whomever. Try again in {} seconds, or use a browser in "
                "which you have signed in before.",
            )

    def note(self, who: str, is_stranger: bool, is_right: bool) -> None:
        now = time.monotonic()
        failures, _ = self._failures.pop(who, (0, now))
        self._failures = {one: kept for one, kept in self._failures.items() if kept[1] > now - FORGOTTEN_S}
        if is_right:
            return
        if who:
            self._failures[who] = (failures + 1, now + min(2**failures, LONGEST_DELAY_S))
        if is_stranger:
            self._by_strangers.append(now)
