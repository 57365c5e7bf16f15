"""The writer: one thread between the engine and the store, so that a database that stalls never stops the analysis.

What cannot be written waits and is tried again with what came in the meantime; nothing is lost but the oldest of far too many.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from fer.records import Observation
from fer.store import Store

MOST_WAITING = 200_000  # observations: about half an hour of 60 students
RETRY_S = 1.0

log = logging.getLogger(__name__)


class Writer:
    """``put`` never waits. ``problem`` is a sentence while writing fails."""

    def __init__(self, store: Store):
        self.store = store
        self.problem = ""
        self.errors = self.written = 0
        self.ages_s: deque[float] = deque(maxlen=10_000)  # from a frame's arrival to its committed row
        self._waiting: list[Observation] = []
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after a last attempt to write what waits."""
        self._stopping.set()
        self._something.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def put(self, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        with self._lock:
            self._waiting.extend(observations)
            del self._waiting[:-MOST_WAITING]
        self._something.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait()
            self._something.clear()
            if not self.write():
                self._something.set()
                self._stopping.wait(RETRY_S)
        self.write()

    def write(self) -> bool:
        """Everything that waits, in one transaction; whether that worked."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            self.store.append(taken)
        except Exception as error:  # a StoreError mostly; whatever it is, the observations are kept
            with self._lock:
                self._waiting = (taken + self._waiting)[-MOST_WAITING:]
                waiting = len(self._waiting)
            if not self.problem:
                log.error("Observations cannot be saved (they wait; not logged again until it works)", exc_info=error)
            self.errors += 1
            self.problem = f"{waiting} observations are waiting to be saved: {error}"
            return False
        now = time.time()
        self.ages_s.extend(now - o.observed_at for o in taken)
        self.written += len(taken)
        self.problem = ""
        return True
