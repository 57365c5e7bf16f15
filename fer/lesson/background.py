"""What goes on beside the pages: a thread of its own, from ``start`` to ``stop``."""

import threading


class Background:
    """``_run`` is what the thread does, until ``_stopping`` is set."""

    def __init__(self, name: str):
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits for what it is at."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        raise NotImplementedError


class Repeating(Background):
    """Does ``_again`` every ``every_s`` seconds. What fails is told by ``_tell``, once until it works again."""

    def __init__(self, name: str, every_s: float):
        super().__init__(name)
        self._every_s, self._fails = every_s, False

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._again()
                self._fails = False
            except Exception as error:  # a StoreError mostly; the next time may work
                if not self._fails:
                    self._tell(error)
                self._fails = True

    def _again(self) -> None:
        raise NotImplementedError

    def _tell(self, error: Exception) -> None:
        raise NotImplementedError
