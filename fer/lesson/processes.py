"""Several processes on one database: a lesson is in one of them, and in another as soon as that one is dead.

Where a lesson is stands in the database, and not in a hash of its code: so it stays where it went when the dead process
comes back, and no lesson is ever in two. A proxy reaches each process by its name, as the first part of the path, and
whichever lives where that one does not answer (deploy/nginx.conf). It says by ``CAME_BY`` which name was asked for.
"""

import logging
import time
from collections.abc import Callable

from fer.config import Settings
from fer.lesson.background import Repeating
from fer.store.errors import StoreError
from fer.store.store import Store

CAME_BY = "X-Process"
GREETS_EVERY_S = 0.5
DEAD_AFTER_S = 2.0  # without a greeting

log = logging.getLogger(__name__)


class Processes(Repeating):
    """This process among those of the database. One without a name (FER_PROCESS) is alone, and has every lesson.

    ``lost`` is called with a lesson that another process has taken."""

    def __init__(self, store: Store, settings: Settings, lost: Callable[[int], None], follow: Callable[[], None]):
        self.store, self.name, self._lost, self._follow = store, settings.process, lost, follow
        self._here: set[int] = set()
        super().__init__("processes", GREETS_EVERY_S)

    def start(self) -> None:
        if self.name:
            self.store.greet(self.name, time.time())
            super().start()

    def stop(self) -> None:
        has_greeted = self._thread.is_alive()
        super().stop()
        if has_greeted:
            try:
                self.store.part(self.name)
            except StoreError as error:
                log.warning("The other processes find out by themselves that this one ends: %s", error)

    def place(self, lesson_id: int) -> None:
        """Puts a new lesson where the fewest are."""
        if self.name:
            self.store.take_lesson(lesson_id, self.store.quietest(time.time() - DEAD_AFTER_S) or self.name)

    def home(self, lesson_id: int, came_by: str) -> str:
        """The name of the process that a lesson is in; ``came_by``: the one that the browser asked for, "" for none.

        This process takes a lesson that is nowhere, and one of a dead process that the proxy could not reach either."""
        if not self.name:
            return ""
        home = self.store.process_of(lesson_id) or self.store.take_lesson(lesson_id, self.name)
        if self.is_silent(home, came_by):
            home = self.store.take_over(lesson_id, self.name, time.time() - DEAD_AFTER_S)
            if home == self.name:
                log.warning("Lesson %d goes on here: process %s does not answer any more.", lesson_id, came_by)
        if home == self.name:
            self._here.add(lesson_id)
        return home

    def is_silent(self, home: str, came_by: str) -> bool:
        """Whether a lesson is in the process that the browser asked for and that did not answer."""
        return home == came_by != self.name

    def is_here(self, lesson_id: int) -> bool:
        """Whether the lesson is in this process, half a second ago at most."""
        return not self.name or lesson_id in self._here

    def greet(self) -> None:
        """Says that this process is alive, and finds out what has changed."""
        self.store.greet(self.name, time.time())
        known = set(self._here)
        stored = self.store.lessons_in(self.name)
        for lesson_id in known - stored:
            self._here.discard(lesson_id)
            self._lost(lesson_id)
        self._here |= stored
        self._follow()

    def _again(self) -> None:
        self.greet()

    def _tell(self, error: Exception) -> None:  # a process that does not greet counts as dead
        log.error("This process cannot say that it is alive (not logged again)", exc_info=error)
