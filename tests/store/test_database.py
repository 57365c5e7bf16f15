"""Threads, restarts, and places that cannot be used."""

import sqlite3
import threading
import time
import traceback
from dataclasses import replace

import pytest
import sqlalchemy as sa

from fer.store.errors import StoreError
from fer.store.store import Store
from tests.conftest import POSTGRESQL
from tests.store.rows import T0, counted, everything, face, of_sqlite, raw, without_face


def test_pages_read_while_the_engine_appends(fresh_store, lesson, ana, ben):
    """A reader sees whole ticks only: each has one row per student, and counts never run ahead of a later read."""
    ticks, odd, read = 150, [], []

    def page():
        while len(read) < 400:
            before = counted(fresh_store, lesson.id, 1)["n"].sum()
            recent = fresh_store.recent(lesson.id, T0 - 1)
            after = fresh_store.observation_count(lesson.id)
            read.append(after)
            if len(recent) % 2 or not before <= len(recent) <= after:
                odd.append((before, len(recent), after))
            if after == 2 * ticks:
                return

    pages = [threading.Thread(target=page) for _ in range(2)]
    for thread in pages:
        thread.start()
    for tick in range(ticks):
        fresh_store.append([face(ana, T0 + tick / 2), without_face(ben, T0 + tick / 2)])
    for thread in pages:
        thread.join()
    assert odd == [] and len(set(read)) > 2  # it really read in between
    assert fresh_store.observation_count(lesson.id) == counted(fresh_store, lesson.id, 60)["n"].sum() == 2 * ticks


@of_sqlite
def test_a_lesson_outlives_the_process(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0)])
    fresh_store.add_session("teacher", T0, T0 + 60)
    again = Store(f"sqlite:///{fresh_store.place}")  # without closing the first, as after a crash
    assert again.lesson_by_code(lesson.code) == lesson and again.lesson(lesson.id).is_open
    assert again.student_by_token("hash-ana") == ana and again.has_session("teacher", T0)
    again.append([face(ana, T0 + 0.5)])
    assert counted(again, lesson.id, 1)["n"].tolist() == [2]
    assert again.observation_count(lesson.id) == fresh_store.observation_count(lesson.id) == 2
    again.close()


@of_sqlite
def test_the_file_is_in_wal_mode_with_foreign_keys(fresh_store):
    with fresh_store._engine.connect() as connection:
        answers = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    assert answers == ["wal", 1, 5000, 1]


@pytest.mark.skipif(not POSTGRESQL, reason="needs a PostgreSQL database in FER_TEST_POSTGRESQL")
def test_a_database_server_that_was_started_again_is_met_again(fresh_store, lesson):
    ended = sa.create_engine(POSTGRESQL)
    with ended.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    ended.dispose()
    assert fresh_store.lesson(lesson.id) == lesson


def test_missing_folders_are_made(tmp_path):
    Store(f"sqlite:///{tmp_path / 'a' / 'b' / 'lessons.db'}").close()
    assert (tmp_path / "a" / "b" / "lessons.db").is_file()


def a_folder(tmp_path):
    (tmp_path / "lessons.db").mkdir()
    return f"sqlite:///{tmp_path}/lessons.db"


def below_a_file(tmp_path):
    (tmp_path / "file").write_text("here")
    return f"sqlite:///{tmp_path}/file/lessons.db"


def not_a_database(tmp_path):
    (tmp_path / "lessons.db").write_text("My holiday, page 1. " * 100)
    return f"sqlite:///{tmp_path}/lessons.db"


def read_only(tmp_path):
    Store(f"sqlite:///{tmp_path}/lessons.db").close()
    return f"sqlite:///file:{tmp_path}/lessons.db?mode=ro&uri=true"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (a_folder, "no file can be opened or created there"),
        (below_a_file, "its folder cannot be created"),
        (not_a_database, "the file is not a database"),
        (read_only, "it is not writable"),
    ],
)
def test_a_place_that_cannot_be_used_is_named_with_the_reason(tmp_path, place, reason):
    url = place(tmp_path)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(StoreError, match=rf"^The lesson database .*{tmp_path}.* cannot be used: {reason}.*\.$"):
        Store(url)
    left = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    assert {path: left[path] for path in before} == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("lessons.db", "not an SQLAlchemy URL. Received: 'lessons.db'"),
        ("postgresql:/me:secret@db", "not an SQLAlchemy URL. Received: 'postgresql:\\*\\*\\*@db'"),
        ("postgresql://u:p@ss:w@db/fer", "not an SQLAlchemy URL. Received: 'postgresql:\\*\\*\\*@db/fer'"),
        ("mysql+nosuchdriver://me:secret@db/fer", "no driver for the database"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("nosuchbase://me:secret@db/fer", "no driver for the database nosuchbase://me:\\*\\*\\*@db/fer"),
    ],
)
def test_an_address_that_cannot_be_used(url, said):
    with pytest.raises(StoreError, match=said) as raised:
        Store(url)
    assert "secret" not in str(raised.value)


@of_sqlite
def test_a_full_disk_loses_nothing_that_was_written(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0)])
    before = everything(fresh_store)
    many = [face(ana, T0 + second) for second in range(5000)]
    with fresh_store._engine.connect() as connection:  # the pool gives the same connection to the append
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
    with pytest.raises(StoreError, match="the disk is full"):
        fresh_store.append(many)
    assert everything(fresh_store) == before
    assert raw(fresh_store, "PRAGMA integrity_check") == [("ok",)]
    with fresh_store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    fresh_store.append(many)
    assert fresh_store.observation_count(lesson.id) == 5001


def test_what_an_error_says_is_not_about_students(fresh_store, lesson, ana):
    with pytest.raises(StoreError) as raised:  # the log prints it with all that led to it
        fresh_store.append([replace(face(ana, T0), lesson_id=99)])
    said = "".join(traceback.format_exception(raised.value))
    assert "INSERT INTO observations" in said and "'happy'" not in said and "0.82" not in said


@of_sqlite
def test_a_locked_database_is_waited_for_and_then_named(fresh_store, lesson, ana):
    other = sqlite3.connect(fresh_store.place, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
    started = time.monotonic()
    fresh_store.append([face(ana, T0)])
    assert time.monotonic() - started > 0.2
    other.execute("BEGIN IMMEDIATE")
    with fresh_store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with pytest.raises(StoreError, match="locked by another program"):
        fresh_store.append([face(ana, T0 + 1)])
    other.execute("ROLLBACK")
    other.close()
    fresh_store.append([face(ana, T0 + 1)])
    assert fresh_store.observation_count(lesson.id) == 2
