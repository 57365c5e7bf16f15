"""Takes what was deleted out of SQLite's files, where it stays readable after its rows are gone.

Two places keep it. The write-ahead log has the pages as they were: it is emptied. And a page keeps copies of rows that SQLite
moved to another one (``secure_delete`` overwrites a row only where it lies now): the file is written anew by VACUUM. That takes
14 s a gigabyte and keeps others from writing, so a larger file waits for it until no student is there. SQLite's
``user_version`` counts the deletions that wait, so that they outlive the process.
"""

import logging
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError, TimeoutError

from fer.store.errors import StoreError
from fer.store.file import DatabaseFile
from fer.store.schema import COVERAGE

SMALL_BYTES = 32 * 2**20  # written anew in half a second, also during a lesson
QUIET_S = 600.0  # nobody was there for so long
WAIT_MS = 200  # an attempt waits so long for readers; writers wait with it
RETRY_S = 1.0
LONG_S = 60.0  # after that it is said, and tried more rarely
RARELY_S = 30.0

log = logging.getLogger(__name__)


def count_deletion(connection: sa.Connection) -> None:
    """To be called in the transaction that deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version={_deletions(connection) + 1}")


class Eraser:
    """``erase`` empties the log at once where it can; the rest is done by a thread, which ends when nothing is left to do."""

    def __init__(self, engine: sa.Engine, file: DatabaseFile):
        self._engine, self._file = engine, file
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def erase(self) -> None:
        with self._lock:
            if not self._is_done() and self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """What is not done yet is done after the next start."""
        self._closing.set()
        if (thread := self._thread) is not None:
            thread.join(timeout=10)

    def _run(self) -> None:
        started, said = time.monotonic(), False
        while not self._closing.is_set():
            self._alone(self._write_anew)
            with self._lock:  # so that a deletion either finds this thread at work or starts its own
                if self._is_done():
                    self._thread = None
                    return
            is_long = time.monotonic() - started > LONG_S
            if is_long and not said:
                log.info(
                    "Deleted rows can be found in the files of %s until no lesson goes on and nobody else reads it.",
                    self._file.path,
                )
                said = True
            self._closing.wait(RARELY_S if is_long else RETRY_S)

    def _is_done(self) -> bool:
        """Empties the log; whether that worked, and no deletion waits for more."""
        return self._alone(lambda connection: _empty_log(connection) and not _deletions(connection))

    def _write_anew(self, connection: sa.Connection) -> bool:
        deletions, is_small = _deletions(connection), self._file.path.stat().st_size <= SMALL_BYTES
        if not deletions or not (is_small or _is_quiet(connection)):
            return False
        if is_small:  # else through a file
            connection.exec_driver_sql("PRAGMA temp_store=MEMORY")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if _deletions(connection) == deletions:  # else one came after, and waits for the next time
            connection.exec_driver_sql("PRAGMA user_version=0")
        connection.commit()
        return True

    def _alone(self, do: Callable[[sa.Connection], bool]) -> bool:
        """Does it on a connection of its own, because those of the pool wait longer. What the database refuses, as when the
        disk is full, is tried again; whoever writes next says it."""
        try:
            self._file.is_the_one()
            with self._engine.connect() as connection:
                connection.detach()
                connection.exec_driver_sql(f"PRAGMA busy_timeout={WAIT_MS}")
                return do(connection)
        except (StoreError, DBAPIError, TimeoutError, OSError):
            return False


def _empty_log(connection: sa.Connection) -> bool:
    busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy


def _deletions(connection: sa.Connection) -> int:
    return connection.exec_driver_sql("PRAGMA user_version").scalar_one()


def _is_quiet(connection: sa.Connection) -> bool:
    now = time.time()
    newest = connection.scalar(sa.select(func.max(COVERAGE.c.start)).where(COVERAGE.c.start < now + QUIET_S))
    return newest is None or newest < now - QUIET_S
