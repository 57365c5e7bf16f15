"""What is deleted is in no byte of the data folder any more: the whole file, the log and the log's index are searched."""

import random
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from fer.records import EMOTIONS, PER_STUDENT, Coverage, Observation, Status
from fer.store import erase
from fer.store.journal import Journal
from fer.store.store import Store
from tests.store.rows import T0, of_sqlite

pytestmark = of_sqlite
places = (tenths / 10 for tenths in count(10_001) if tenths % 10)  # each once; whole numbers are written in another way


def a_lesson(store, students=4, ticks=40, seed=1, at=T0):
    """A lesson whose students were seen at times and places that nobody else had: each id -> what to search for."""
    dice, journal = random.Random(seed), Journal(store)
    lesson = store.create_lesson("Maths", at, PER_STUDENT)
    there = [
        store.add_student(lesson.id, f"Zacharias {n} of {seed}", f"secret {n} of {seed}", at) for n in range(students)
    ]
    traces = {
        one.id: {f"Zacharias {n} of {seed}".encode(), f"secret {n} of {seed}".encode()} for n, one in enumerate(there)
    }
    for tick in range(0, ticks, 10):
        rows = [seen(student, at + tick + n + dice.random() / 2, dice) for n in range(10) for student in there]
        store.append(rows)
        for row in rows:
            numbers = (row.observed_at, *(round(corner, 1) for corner in row.box_xyxy))
            traces[row.student_id] |= {struct.pack(">d", number) for number in numbers}
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], at)
    for student in there:
        journal.vote(journal.open_poll_of(lesson.id), student.id, 0, at + dice.random())
        journal.say(lesson.id, student.id, "lost", at + dice.random())
        journal.ask_in_words(lesson.id, student.id, f"Why {student.name}?", at)
        journal.raise_hand(lesson, student, "", at)
    return lesson, traces


def seen(student, at, dice):
    shares = [dice.random() for _ in EMOTIONS]
    x1, y1, x2, y2 = (next(places) for _ in range(4))
    box = (x1, y1, 100_000 + x2, 100_000 + y2)
    return Observation(
        student.lesson_id, student.id, at, Status.FACE, 0, box, tuple(one / sum(shares) for one in shares), "happy"
    )


def found(store, traces):
    """Which of these bytes are anywhere in the data folder."""
    written = b""
    for path in Path(store.place).parent.iterdir():
        with suppress(FileNotFoundError):  # the log goes with the last connection
            written += path.read_bytes()
    return {trace for trace in traces if trace in written}


def goes(store, traces, within_s=10.0):
    """Whether they are gone within that time."""
    until = time.monotonic() + within_s
    while found(store, traces):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def a_reader(store):
    """Another program that reads in the middle of a transaction, so that the log must stay."""
    other = sqlite3.connect(store.place, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM observations").fetchone()
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def a_writer(store):
    other = sqlite3.connect(store.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def deletions(store):
    """How many wait for the file to be written anew."""
    connection = sqlite3.connect(store.place)
    [number] = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return number


def done(store, within_s=10.0):
    until = time.monotonic() + within_s
    while deletions(store) and time.monotonic() < until:
        time.sleep(0.05)
    return not deletions(store)


def test_a_deleted_student_is_in_no_byte(fresh_store):
    lesson, traces = a_lesson(fresh_store)
    gone, *stay = traces
    assert found(fresh_store, traces[gone]) == traces[gone]  # so the search finds what is there
    fresh_store.delete_student(gone)
    assert goes(fresh_store, traces[gone])
    for other in stay:
        assert found(fresh_store, traces[other]) >= {trace for trace in traces[other] if b"Zach" in trace}
    assert fresh_store.observation_count(lesson.id) == 40 * len(stay)


@pytest.mark.parametrize("seed", range(3))
def test_copies_that_sqlite_left_in_its_pages_go_too(fresh_store, seed):
    """Half of a class deletes itself, one after the other, and pages of those who stay are joined."""
    _, traces = a_lesson(fresh_store, students=20, ticks=100, seed=seed)
    gone = list(traces)[::2]
    for student_id in gone:
        fresh_store.delete_student(student_id)
    assert goes(fresh_store, set.union(*(traces[student_id] for student_id in gone)))


def test_a_deleted_lesson_is_in_no_byte(fresh_store):
    lesson, traces = a_lesson(fresh_store)
    _, kept = a_lesson(fresh_store, seed=2, at=T0 + 90_000)
    everything = set.union(*traces.values())
    assert found(fresh_store, everything) == everything
    fresh_store.delete_lesson(lesson.id)
    assert goes(fresh_store, everything)
    assert all(found(fresh_store, those) for those in kept.values())


def test_a_reader_puts_it_off_and_stops_nobody(fresh_store):
    _, traces = a_lesson(fresh_store)
    gone, stays = list(traces)[:2]
    with a_reader(fresh_store):
        started = time.monotonic()
        fresh_store.delete_student(gone)
        assert time.monotonic() - started < 2
        assert not goes(fresh_store, traces[gone], within_s=1.5)
        a_lesson(fresh_store, seed=3)  # others go on
        fresh_store.delete_student(stays)  # while the first waits
    assert goes(fresh_store, traces[gone] | traces[stays])


def test_a_writer_puts_it_off(fresh_store):
    _, traces = a_lesson(fresh_store)
    gone = next(iter(traces))
    fresh_store.delete_student(gone)
    with a_writer(fresh_store):
        time.sleep(1)
    assert goes(fresh_store, traces[gone]) and done(fresh_store)


def test_what_a_killed_process_deleted_goes_at_the_next_start(fresh_store):
    _, traces = a_lesson(fresh_store)
    gone = next(iter(traces))
    fresh_store.close()
    code = "import os, sys; from fer.store.store import Store; Store(sys.argv[1]).delete_student(int(sys.argv[2])); os._exit(9)"
    with a_reader(fresh_store):
        killed = subprocess.run([sys.executable, "-c", code, f"sqlite:///{fresh_store.place}", str(gone)], check=False)
        assert killed.returncode == 9 and found(fresh_store, traces[gone])
    again = Store(f"sqlite:///{fresh_store.place}")
    assert goes(again, traces[gone])
    again.close()


def test_a_large_file_is_written_anew_when_nobody_is_there(fresh_store, monkeypatch):
    lesson, traces = a_lesson(fresh_store)
    monkeypatch.setattr(erase, "SMALL_BYTES", 0)
    now = int(time.time())
    fresh_store.append([], coverage=[Coverage(lesson.id, now, 4, 4)])
    gone = next(iter(traces))
    fresh_store.delete_student(gone)
    assert goes(fresh_store, {trace for trace in traces[gone] if b"Zach" in trace}, within_s=2)  # the log does not wait
    time.sleep(1.5)
    assert deletions(fresh_store) == 1
    monkeypatch.setattr(erase, "QUIET_S", -1.0)  # as if ten minutes had passed
    assert done(fresh_store) and goes(fresh_store, traces[gone])


def test_a_lesson_of_the_future_does_not_put_it_off_for_ever(fresh_store):
    """The clock was wrong for a while."""
    lesson, _ = a_lesson(fresh_store)
    with fresh_store.transaction() as connection:
        assert erase._is_quiet(connection)
    fresh_store.append([], coverage=[Coverage(lesson.id, int(time.time()) + 90_000, 4, 4)])
    with fresh_store.transaction() as connection:
        assert erase._is_quiet(connection)
    fresh_store.append([], coverage=[Coverage(lesson.id, int(time.time()) - 30, 4, 4)])
    with fresh_store.transaction() as connection:
        assert not erase._is_quiet(connection)


def test_no_thread_stays_when_all_is_done(fresh_store):
    _, traces = a_lesson(fresh_store)
    fresh_store.delete_student(next(iter(traces)))
    assert done(fresh_store)
    until = time.monotonic() + 10
    while fresh_store._eraser._thread is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert fresh_store._eraser._thread is None
