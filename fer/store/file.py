"""SQLite's file: only its owner may read it, it is whole when it is opened, and it stays the one that was opened."""

import contextlib
import logging
import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fer.store.errors import StoreError, told_as_store_error

CHECK_S = 3.0  # about a gigabyte; who has more starts after that all the same

log = logging.getLogger(__name__)


def make_private(folder: Path) -> None:
    """Makes a folder that only its owner may enter, or closes an existing one to others; raises ``StoreError``."""
    _make_folder(folder, f"in {folder}")
    shared = folder.stat().st_mode & stat.S_ISVTX  # such as /tmp
    if shared or any(folder.resolve() in (home, *home.parents) for home in (Path.home(), Path.cwd())):
        log.warning(
            "%s holds other things too, so it stays as open as it is. A folder of its own keeps lessons private.",
            folder,
        )
    else:
        _close_to_others(folder, 0o700)


def _make_folder(folder: Path, place: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The lesson database {place} cannot be used: its folder cannot be created ({error.strerror})."
        ) from error


class DatabaseFile:
    """``path`` is made when it is missing, its folder too; SQLite gives its ``-wal`` and ``-shm`` the same rights."""

    def __init__(self, path: Path):
        self.path = path
        _make_folder(path.parent, str(path))
        with contextlib.suppress(OSError):  # it is there, or it cannot be: then SQLite says why
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._opened: tuple[int, int] | None = None

    def opened(self, engine: sa.Engine) -> None:
        """Looks at it, once; raises ``StoreError`` for a file that is damaged."""
        for path in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
            if path.exists():
                _close_to_others(path, 0o600)
        self._check(engine)
        self._opened = self._identity()

    def is_the_one(self) -> None:
        """Raises ``StoreError`` when it was deleted or replaced since: SQLite would go on writing where nobody finds it."""
        now = self._identity()
        if self._opened is not None and now != self._opened:
            what = "was deleted" if now is None else "was replaced by another file"
            raise StoreError(
                f"The lesson database {self.path} {what} while the server ran, so nothing is read from it or written to it "
                "any more. Put the file back, or restart the server to go on with what is there now."
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _check(self, engine: sa.Engine) -> None:
        until = time.monotonic() + CHECK_S
        with told_as_store_error(str(self.path)), engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(lambda: time.monotonic() > until, 100_000)  # instructions of SQLite's machine
            try:
                found = raw.execute("PRAGMA quick_check(1)").fetchone()[0]
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_INTERRUPT":
                    raise
                log.info("%s is large: only what could be read in %g s was checked for damage.", self.path, CHECK_S)
                return
            finally:
                raw.set_progress_handler(None, 0)
        if found != "ok":
            raise StoreError(
                f"The lesson database {self.path} is damaged: {found.splitlines()[-1]}. Put back a copy of it, or move it away."
            )


def _close_to_others(path: Path, mode: int) -> None:
    if os.name == "nt" or not path.stat().st_mode & 0o077:
        return
    try:
        path.chmod(mode)
        log.warning("Others could read %s; from now on only its owner can.", path)
    except OSError as error:
        log.warning("Others can read %s, and that cannot be changed (%s).", path, error.strerror)
