"""The writer: what waits is written, also by the next one, and a class-only lesson leaves no single student."""

import logging
import threading
import time

import pytest

from fer.config import Settings
from fer.lesson.seats import Seats
from fer.lesson.spill import Spill
from fer.lesson.writer import Writer
from fer.records import CLASS_ONLY, PER_STUDENT, Lesson, Observation, Status
from fer.store.errors import StoreError


class FakeStore:
    """Refuses while ``full``; waits while ``stalled`` is not set."""

    def __init__(self):
        self.commits, self.steps, self.coverage, self.full, self.view = [], [], [], False, PER_STUDENT
        self.stalled = threading.Event()
        self.stalled.set()

    def lesson(self, lesson_id):
        return Lesson(lesson_id, "ABC234", "Maths", 0.0, None, view=self.view)

    def append(self, observations, steps=(), coverage=()):
        self.stalled.wait()
        if self.full:
            raise StoreError("the disk is full")
        self.commits.append(list(observations))
        self.steps += steps
        self.coverage += coverage


@pytest.fixture
def writer(tmp_path):
    return Writer(FakeStore(), Seats(), Settings(least_visible=3), Spill(tmp_path, 8501))


def seen(student_id):
    return Observation(1, student_id, time.time(), Status.NO_FACE)


def test_what_waits_is_written_in_one_transaction(writer):
    writer.put([seen(1)])
    writer.put([seen(2), seen(3)])
    assert writer.write()
    assert [[o.student_id for o in commit] for commit in writer.store.commits] == [[1, 2, 3]]
    assert writer.written == len(writer.ages_s) == 3 and 0 <= max(writer.ages_s) < 5


def test_a_store_that_cannot_write_loses_nothing_and_logs_once(writer, caplog):
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


def test_only_the_oldest_of_too_many_are_dropped(writer, monkeypatch):
    monkeypatch.setattr("fer.lesson.writer.MOST_WAITING", 2)
    writer.store.full = True
    for student_id in (1, 2, 3):
        writer.put([seen(student_id)])
        writer.write()
    writer.store.full = False
    writer.write()
    assert [o.student_id for o in writer.store.commits[0]] == [2, 3]


def test_putting_never_waits_for_a_store_that_stalls(writer):
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


def test_stopping_writes_what_waits(writer):
    writer.start()
    writer.put([seen(1)])
    writer.stop()
    assert [o.student_id for commit in writer.store.commits for o in commit] == [1]


def face(student_id, at, lesson_id=1):
    return Observation(
        lesson_id, student_id, at, Status.FACE, 0, (0.0,) * 4, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), "happy"
    )


@pytest.fixture
def class_only(writer):
    writer.store.view = CLASS_ONLY
    return writer


def test_of_a_class_only_lesson_steps_are_written_and_no_observation(class_only):
    at = time.time() - 60
    class_only.put([face(student_id, at) for student_id in (1, 2, 3)])
    class_only.store.full = True
    assert not class_only.write()
    class_only.store.full = False
    assert class_only.write() and class_only.write()
    assert [(step.n, step.start) for step in class_only.store.steps] == [({"happy": 3}, int(at) // 5 * 5)]
    assert sum(class_only.store.commits, []) == []


def test_a_class_only_lesson_that_is_over_releases_nothing_more(class_only):
    at = time.time() - 60
    class_only.put([face(student_id, at) for student_id in (1, 2, 3)])
    class_only.forget_lesson(1)
    class_only.write()
    class_only.put([face(student_id, at + 5) for student_id in (2, 3, 4)])
    class_only.write()
    assert class_only.store.steps == []


def test_the_last_observations_of_another_lesson_are_written_after_its_end(writer):
    writer.put([face(1, time.time())])
    writer.write()
    writer.forget_lesson(1)
    writer.put([face(2, time.time())])
    writer.write()
    assert [o.student_id for commit in writer.store.commits for o in commit] == [1, 2]


def test_who_is_there_is_written_once_in_each_step(class_only):
    now = int(time.time()) // 5 * 5
    for student_id in (1, 2):
        class_only.seats.open(1, student_id)
    class_only._cover(now + 0.1)
    class_only._cover(now + 1.1)
    class_only.seats.open(1, 3)
    class_only._cover(now + 5.1)
    for seat in class_only.seats.all():
        seat.face_at = time.monotonic()
    class_only._cover(now + 10.1)
    covered = [(one.start, one.present, one.visible) for one in class_only._coverage]
    assert covered == [(now, 2, None), (now + 5, 3, None), (now + 10, 3, 0)]  # three open pages hide nobody


def test_a_lesson_that_another_process_ended_takes_nothing_more(writer, monkeypatch):
    now = int(time.time()) // 5 * 5
    seat = writer.seats.open(1, 1)
    put = seat.connect()
    writer._cover(now)
    assert len(writer._coverage) == 1
    ended = Lesson(1, "ABC234", "Maths", 0.0, now + 3.0, view=PER_STUDENT)
    monkeypatch.setattr(writer.store, "lesson", lambda _: ended)
    writer._cover(now + 5)
    put("frame")
    assert writer.seats.all() == [] and seat.take() is None and len(writer._coverage) == 1
