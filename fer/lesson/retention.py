"""Lessons delete themselves: some days after they are over, every row of them goes; backups and kept pictures go when they
are as old.

Two looks, a day apart, must agree. So a clock that is a month ahead for some hours deletes nothing: the first look notes the
lesson, and when the clock comes back the note goes. Of several processes of one database, one at a time looks.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from fer.lesson.background import Background
from fer.store.backup import expire
from fer.store.errors import StoreError
from fer.store.store import Store

DAY_S = 24 * 3600.0
CHECK_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class Retention(Background):
    """Looks when it starts and every hour after; ``delete`` is called with the id of each lesson that goes; ``backups``:
    the folder whose files expire."""

    def __init__(self, store: Store, keep_days: int, delete: Callable[[int], None], backups: Path | None = None):
        self.store, self.keep_days, self.delete, self.backups = store, keep_days, delete, backups
        self.ran_at = 0.0  # when it last succeeded, Unix seconds
        super().__init__("retention")

    def _run(self) -> None:
        while True:
            try:
                with self.store.alone_or_not("forget lessons") as is_mine:
                    if is_mine:
                        self.forget(time.time())
                self.forget_backups(time.time())
                self.store.forget_actions(time.time() - self.keep_days * DAY_S)
                self.store.forget_teachers(time.time() - self.keep_days * DAY_S)
                self.ran_at = time.time()
            except (StoreError, OSError) as error:  # tried again in an hour
                log.error("Old lessons could not be deleted: %s", error)
            if self._stopping.wait(CHECK_EVERY_S):
                return

    def forget(self, now: float) -> None:
        """Deletes the lessons that have been over for longer than ``keep_days``, and were found to be so a day ago; and
        the pictures that were kept for as long."""
        keep_s = self.keep_days * DAY_S
        for lesson_id in self.store.overdue(now - keep_s, now - DAY_S):
            self.delete(lesson_id)
            log.info("Deleted lesson %d, which was over for %d days.", lesson_id, self.keep_days)
        for picture_id in self.store.overdue_pictures(now - keep_s, now - DAY_S):
            self.store.delete_picture(picture_id)
            log.info("Deleted picture %d, which was kept for %d days.", picture_id, self.keep_days)
        # A day and an hour ahead of its time, so that it goes in time.
        soon = now - max(keep_s - DAY_S - CHECK_EVERY_S, CHECK_EVERY_S)
        self.store.note_overdue(soon, now)
        self.store.note_overdue_pictures(soon, now)

    def forget_backups(self, now: float) -> None:
        """Deletes the backups that are older than ``keep_days``, and the notes of what was deleted that none of them has."""
        if self.backups is None:
            return
        for path in expire(self.backups, self.keep_days, now):
            log.info("Deleted the backup %s, which was %d days old.", path.name, self.keep_days)
        if self.store.deletion_log is not None:  # a day more, because a backup may be put back on its last day
            self.store.deletion_log.forget(now - (self.keep_days + 1) * DAY_S)

    def deleted_at(self, over_at: float) -> float:
        """When a lesson that was over, or a picture that was kept, at this time is deleted, Unix seconds."""
        return over_at + self.keep_days * DAY_S
