"""Copies of the database, made while the server runs, and put back.

A backup is an SQLite file with today's tables, whatever database it came from, so it can also be put into the other kind:
a school that began with SQLite goes on with PostgreSQL.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import func

from fer.store.deletion_log import DeletionLog
from fer.store.errors import StoreError, told_as_store_error
from fer.store.file import make_private
from fer.store.probe import probe
from fer.store.schema import METADATA, PLACES, PROCESSES, SESSIONS, SHARED, TICKETS
from fer.store.store import Store

NAME = "lessons-%Y%m%d-%H%M%S.db"
ROWS_AT_A_TIME = 5000
DAY_S = 24 * 3600.0


def backup(url: str, folder: Path, now: float) -> Path:
    """A new file in the folder: the database as it is at one moment, while others write to it. Raises ``StoreError``."""
    make_private(folder)
    made = folder / datetime.fromtimestamp(now, UTC).strftime(NAME)
    part = made.with_suffix(".part")
    _remove(part)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if sa.make_url(url).get_backend_name() == "sqlite":
            _copy_file(Path(sa.make_url(url).database or ""), part)
        else:
            _of_this_version(url)
            _copy_rows(url, f"sqlite:///{part}")
            _single_file(part)
        os.replace(part, made)
    except OSError as error:
        raise StoreError(f"No backup could be written to {folder}: {error.strerror}.") from error
    finally:
        _remove(part)
    return made


def restore(file: Path, url: str, deletions: DeletionLog) -> int:
    """Makes the database what the backup has, without what was deleted since; how many deletions were made again.

    Nobody is signed in afterwards. No server may run. The backup itself stays as it is; raises ``StoreError``, and then the
    database is what it was."""
    is_file = sa.make_url(url).get_backend_name() == "sqlite"
    target = Path(sa.make_url(url).database or "")
    part = (target if is_file else file).with_suffix(".restored")
    _remove(part)
    try:
        if is_file:
            make_private(target.parent)
        _copy_file(file, part)
        again = _delete_again(part, deletions)
        if is_file:
            with told_as_store_error(str(target)):
                for end in ("-wal", "-shm"):
                    target.with_name(target.name + end).unlink(missing_ok=True)
                os.replace(part, target)
        else:
            _copy_rows(f"sqlite:///{part}", url)
    except OSError as error:
        raise StoreError(f"The backup {file} could not be put back: {error.strerror}.") from error
    finally:
        _remove(part)
    return again


def holds_lessons(url: str) -> bool:
    """Whether there is something that a restore would replace."""
    if not probe(url).has_lessons:
        return False
    store = Store(url)
    try:
        return bool(store.lessons())
    finally:
        store.close()


def expire(folder: Path, keep_days: int, now: float) -> list[Path]:
    """Deletes the backups of a folder that are older; which that were."""
    old = [path for path, made_at in _backups(folder) if made_at < now - keep_days * DAY_S]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _backups(folder: Path) -> Iterator[tuple[Path, float]]:
    for path in sorted(folder.glob("lessons-*.db")):
        with contextlib.suppress(ValueError):
            yield path, datetime.strptime(path.name, NAME).replace(tzinfo=UTC).timestamp()


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's own copy: of one moment, in one file without a log beside it."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as from_,
            contextlib.closing(sqlite3.connect(target)) as to,
        ):
            from_.backup(to)
            to.execute("PRAGMA journal_mode=DELETE")
            found = to.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be copied: {error}.") from error
    if found != "ok":
        raise StoreError(f"{source} is damaged: {found.splitlines()[-1]}.")


def _of_this_version(url: str) -> None:
    """Opening another version's database would bring it up to date, under the feet of a server of that version."""
    found = probe(url)
    if found.version != found.newest:
        raise StoreError(
            f"The tables of {found.place} are of version {found.version}, and this program's of {found.newest}: back it "
            "up with the program that runs on it."
        )


def _single_file(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _remove(path: Path) -> None:
    for one in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        one.unlink(missing_ok=True)


def _copy_rows(source: str, target: str) -> None:
    """All rows of one database into the other, in one transaction on each side; what was there before is gone."""
    from_, to = Store(source), Store(target)
    try:
        with from_.snapshot() as reading, to.transaction() as writing:
            for table in reversed(METADATA.sorted_tables):
                writing.execute(table.delete())
            for table in METADATA.sorted_tables:
                rows = reading.execution_options(yield_per=ROWS_AT_A_TIME).execute(sa.select(table))
                for part in rows.mappings().partitions():
                    writing.execute(table.insert(), [dict(row) for row in part])
                _count_on(writing, table)
    finally:
        from_.close()
        to.close()


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers new rows from where the copied ones end."""
    if connection.dialect.name == "postgresql" and "id" in table.c:
        newest = connection.scalar(sa.select(func.max(table.c.id)))
        if newest is not None:
            connection.execute(sa.select(func.setval(f"{table.name}_id_seq", newest)))


def _delete_again(file: Path, deletions: DeletionLog) -> int:
    """Brings the file's tables up to date, and deletes in it what was deleted after it was made; how much that was."""
    store = Store(f"sqlite:///{file}")
    try:
        for table in (SESSIONS, TICKETS, SHARED, PLACES, PROCESSES):  # who has signed out since stays out
            store.execute(table.delete())
        again = sum(_delete(store, one.what, one.mark) for one in deletions)
        with store.transaction() as connection:
            connection.exec_driver_sql("PRAGMA user_version=0")
    finally:
        store.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("VACUUM")  # no byte of what was deleted
        connection.execute("PRAGMA journal_mode=DELETE")
    return again


def _delete(store: Store, what: str, mark: str) -> bool:
    if what == "student":
        student = store.student_by_token(mark)
        if student is not None:
            store.delete_student(student.id)
        return student is not None
    if what == "key":
        return store.delete_key_of(mark)
    if what in ("person", "face"):
        return store.delete_again(what, mark)
    if what == "picture":
        return store.delete_picture_again(mark)
    lesson = next((one for one in store.lessons() if one.code == mark), None)
    if lesson is not None:
        store.delete_lesson(lesson.id)
    return lesson is not None


def is_backup(file: Path) -> bool:
    """Whether a file is a database of this program."""
    return probe(f"sqlite:///{file}").has_lessons
