import logging
import threading
import time

from fer.records import Observation, Status
from fer.store import StoreError
from fer.writer import Writer


class FakeStore:
    """Refuses while ``full``; waits while ``stalled`` is not set."""

    def __init__(self):
        self.commits, self.full = [], False
        self.stalled = threading.Event()
        self.stalled.set()

    def append(self, observations):
        self.stalled.wait()
        if self.full:
            raise StoreError("the disk is full")
        self.commits.append(list(observations))


def seen(student_id):
    return Observation(1, student_id, time.time(), Status.NO_FACE)


def test_what_waits_is_written_in_one_transaction():
    writer = Writer(FakeStore())
    writer.put([seen(1)])
    writer.put([seen(2), seen(3)])
    assert writer.write()
    assert [[o.student_id for o in commit] for commit in writer.store.commits] == [[1, 2, 3]]
    assert writer.written == len(writer.ages_s) == 3 and 0 <= max(writer.ages_s) < 5


def test_a_store_that_cannot_write_loses_nothing_and_logs_once(caplog):
    writer = Writer(FakeStore())
    writer.store.full = True
    with caplog.at_level(logging.ERROR):
        for student_id in (1, 2):
            writer.put([seen(student_id)])
            assert not writer.write()
    assert writer.problem == "2 observations are waiting to be saved: the disk is full" and writer.errors == 2
    assert caplog.text.count("cannot be saved") == 1
    writer.store.full = False
    writer.put([seen(3)])
    assert writer.write() and writer.problem == ""
    assert [[o.student_id for o in commit] for commit in writer.store.commits] == [[1, 2, 3]]


def test_only_the_oldest_of_too_many_are_dropped(monkeypatch):
    monkeypatch.setattr("fer.writer.MOST_WAITING", 2)
    writer = Writer(FakeStore())
    writer.store.full = True
    for student_id in (1, 2, 3):
        writer.put([seen(student_id)])
        writer.write()
    writer.store.full = False
    writer.write()
    assert [o.student_id for o in writer.store.commits[0]] == [2, 3]


def test_putting_never_waits_for_a_store_that_stalls():
    writer = Writer(FakeStore())
    writer.store.stalled.clear()
    writer.start()
    writer.put([seen(1)])
    put = threading.Thread(target=writer.put, args=([seen(2)],))
    put.start()
    put.join(5)
    assert not put.is_alive() and not writer.store.commits
    writer.store.stalled.set()
    writer.stop()
    assert [o.student_id for commit in writer.store.commits for o in commit] == [1, 2]


def test_stopping_writes_what_waits():
    writer = Writer(FakeStore())
    writer.start()
    writer.put([seen(1)])
    writer.stop()
    assert [o.student_id for commit in writer.store.commits for o in commit] == [1]
