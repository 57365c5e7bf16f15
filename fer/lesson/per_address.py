"""How often something may happen per network address, so that one visitor cannot take what is everybody's."""

import threading
import time
from ipaddress import ip_address

MOST_REMEMBERED = 20_000  # addresses; beyond, those that have their full allowance again are forgotten
A_MINUTE_S = 60.0


class TooMany(ValueError):
    """An address did something too often; ``wait_s`` says after how long it may again."""

    def __init__(self, what: str, wait_s: float):
        super().__init__(f"Too many {what} from this network at once. Try again in {max(1, round(wait_s))} s.")
        self.wait_s = wait_s


def household(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, because every subscriber has all that begin with them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return parsed.exploded[:19]


class PerAddress:
    """Counts one kind of event: ``most`` at once, and as many again each minute (a token bucket for each address)."""

    def __init__(self, what: str, most: int):
        self.what, self.most = what, most
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # per address: how many were left, and when

    def take(self, address: str | None) -> None:
        """Counts one, or raises ``TooMany``. An unknown address (None or "") is not counted: many may have it."""
        if not address:
            return
        with self._lock:
            now = time.monotonic()
            if len(self._left) >= MOST_REMEMBERED:
                self._left = {who: kept for who, kept in self._left.items() if now - kept[1] < A_MINUTE_S}
            who = household(address)
            left, at = self._left.get(who, (float(self.most), now))
            left = min(self.most, left + (now - at) * self.most / A_MINUTE_S)
            if left < 1:
                raise TooMany(self.what, (1 - left) * A_MINUTE_S / self.most)
            self._left[who] = (left - 1, now)
