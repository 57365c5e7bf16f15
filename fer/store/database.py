"""The database itself: opened by its URL, brought up to date, read and written in transactions.

SQLite in WAL mode by default (the engine's thread appends while page threads read), PostgreSQL by URL. Times are Unix
seconds. Whatever the database refuses comes out as ``StoreError``.
"""

import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from fer.store.deletion_log import DeletionLog
from fer.store.erase import Eraser
from fer.store.errors import StoreError, told_as_store_error
from fer.store.file import DatabaseFile
from fer.store.migrate import LOCK, bring_up_to_date
from fer.store.schema import SESSIONS

_INSERTS: dict[str, Callable[..., Any]] = {  # dialects with INSERT .. ON CONFLICT
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
BUSY_S = 5  # how long a lock of another program is waited for
_PRAGMAS = (
    "synchronous=NORMAL",
    f"busy_timeout={BUSY_S * 1000}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten in the file
)


class Database:
    """An open database, safe to share between threads; its folder, file and tables are created when missing.

    Raises ``StoreError`` at once for a place that cannot be written, so that no lesson starts on it.
    """

    def __init__(self, url: str, deletion_log: DeletionLog | None = None):
        self.deletion_log = deletion_log
        self._engine, self.place, self._file = _open(url)
        self._insert = _INSERTS[self._engine.dialect.name]
        self._greatest = func.max if self._engine.dialect.name == "sqlite" else func.greatest  # of several columns
        self._alone: dict[str, threading.Lock] = {}
        self._eraser = Eraser(self._engine, self._file) if self._file else None
        if self._file is not None:
            self._file.opened(self._engine)
        bring_up_to_date(self._engine, self.place)
        self.execute(SESSIONS.delete().where(sa.false()))  # fails where reading works and writing does not
        self.erase()  # what was deleted before and is not out of the files yet

    def close(self) -> None:
        if self._eraser is not None:
            self._eraser.close()
        self._engine.dispose()

    def erase(self) -> None:
        """Leaves no byte of deleted rows in SQLite's files; to be called after a deletion. docs/privacy.md has PostgreSQL's."""
        if self._eraser is not None:
            self._eraser.erase()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of it is written or nothing; what the database refuses is a ``StoreError``."""
        if self._file is not None:
            self._file.is_the_one()
        with told_as_store_error(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """For reading all of it as it is at one moment, while others write."""
        level = "REPEATABLE READ" if self._engine.dialect.name == "postgresql" else "SERIALIZABLE"
        with told_as_store_error(self.place), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level=level)

    @contextmanager
    def alone(self, doing: str) -> Iterator[None]:
        """Waits until no other thread does the same, nor on PostgreSQL any other process of the database."""
        with self._alone.setdefault(doing, threading.Lock()), self._among_processes("pg_advisory_xact_lock", doing):
            yield

    @contextmanager
    def alone_or_not(self, doing: str) -> Iterator[bool]:
        """The same without waiting: whether nobody else is at it."""
        with self._among_processes("pg_try_advisory_xact_lock", doing) as is_free:
            yield is_free

    @contextmanager
    def _among_processes(self, lock: str, doing: str) -> Iterator[bool]:
        if self._engine.dialect.name != "postgresql":  # several processes need PostgreSQL
            yield True
            return
        with told_as_store_error(self.place):
            connection = self._engine.connect()
        with connection:  # PostgreSQL unlocks at the end of the transaction, and when the process dies
            with told_as_store_error(self.place):
                got = connection.scalar(sa.select(getattr(func, lock)(LOCK, _as_int4(doing))))
            yield got is not False

    def note_deletion(self, what: str, mark: str) -> None:
        """So that a restored backup loses it again; ``mark``: see ``DeletionLog``."""
        if self.deletion_log is not None:
            self.deletion_log.note(what, mark, time.time())

    def execute(self, statement: sa.Executable) -> None:
        with self.transaction() as connection:
            connection.execute(statement)

    def rows(self, query: sa.Select | sa.CompoundSelect) -> Sequence[sa.Row]:
        with self.transaction() as connection:
            return connection.execute(query).all()

    def frame(self, query: sa.Select | sa.CompoundSelect, **dtypes: str) -> pd.DataFrame:
        """The rows of a query under these column names; no rows give the same columns and types."""
        columns = list(zip(*self.rows(query), strict=True)) or [()] * len(dtypes)
        # Column by column: a quarter of the time that rows and astype took on a page that asks every second.
        return pd.DataFrame(
            {
                name: pd.array(column, dtype=dtype) if dtype == "str" else np.array(column, dtype=dtype)
                for (name, dtype), column in zip(dtypes.items(), columns, strict=True)
            }
        )


def _as_int4(text: str) -> sa.ColumnElement[int]:
    """A number that stands for the text, as PostgreSQL's locks want it."""
    return sa.cast(zlib.crc32(text.encode()) - 2**31, sa.Integer)


def _open(url: str) -> tuple[sa.Engine, str, DatabaseFile | None]:
    """An engine, the place to name in an error (the file, or the URL without its password), and SQLite's file."""
    try:
        parsed = sa.make_url(url)
        # A server that was started again since a connection's last use is asked first and met with a new one.
        asks_first = parsed.get_backend_name() != "sqlite"
        # An error's text, which ends in the log, says nothing of students.
        engine = sa.create_engine(parsed, pool_pre_ping=asks_first, hide_parameters=True)
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"There is no driver for the database {parsed.render_as_string()}: {error}.") from error
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StoreError(
            f"The database address is not an SQLAlchemy URL. Received: {re.sub(':.*@', ':***@', url)!r}"
        ) from error
    if engine.dialect.name not in _INSERTS:
        raise StoreError(f"The database must be SQLite or PostgreSQL. Received: {parsed.render_as_string()}")
    if engine.dialect.name != "sqlite":
        return engine, parsed.render_as_string(), None
    if parsed.database in (None, "", ":memory:"):
        raise StoreError(f"The database needs a file, because every thread opens it. Received: {url!r}")
    sa.event.listen(engine, "connect", _set_pragmas)
    path = Path(parsed.database.removeprefix("file:"))  # an SQLite URI filename, for those who need one
    return engine, parsed.database, DatabaseFile(path)


def _set_pragmas(connection: sqlite3.Connection, record: object) -> None:
    _use_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Where two processes switch a new file at once, SQLite refuses one, however long it may wait for a lock."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > give_up_at:
                raise
        time.sleep(0.02)
