"""Everybody's way to delete, on a whole monitor: afterwards no byte in the data folder is about who was deleted."""

import os
import struct
import time

import pytest

from fer.records import PER_STUDENT, Observation, Status

NAME = "Zacharias Quill"
T0 = time.time() - 100 * 86_400  # long over
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


@pytest.fixture
def lesson(running):
    """Of which all that is written is about one student."""
    lesson = running.store.create_lesson("Maths", T0, PER_STUDENT, "CH", "teaching")
    running.students.join(lesson, NAME)
    student = running.store.student(1)
    running.seats.open(lesson.id, student.id)
    running.writer.put([Observation(lesson.id, 1, at, Status.FACE, 0, (0, 0, 9, 9), HAPPY, "happy") for at in times()])
    assert running.writer.write()
    running.journal.say(lesson.id, student.id, "slower", T0 + 100.123)
    running.store.end_lesson(lesson.id, T0 + 200)
    return lesson


def times():
    return [T0 + second + 0.0625 for second in range(60)]


def traces():
    return {NAME.encode(), b"slower", *(struct.pack(">d", number) for number in (*times(), T0 + 100.123))}


def found(running):
    """In the database, its log, the log's index, and whatever else lies in the folder."""
    written = b"".join(path.read_bytes() for path in running.settings.data_dir.rglob("*") if path.is_file())
    return {trace for trace in traces() if trace in written}


@pytest.mark.parametrize("who", ["the student", "the teacher", "time"])
def test_what_is_deleted_is_in_no_byte_of_the_data_folder(running, lesson, who):
    assert found(running) == traces()
    if who == "the student":
        running.students.delete(running.store.student(1))
    elif who == "the teacher":
        running.lessons.delete(lesson.id)
    else:
        for days_ago in (2, 0):  # two looks must agree
            running.retention.forget(time.time() - days_ago * 24 * 3600)
    until = time.monotonic() + 10
    while found(running) and time.monotonic() < until:
        time.sleep(0.1)
    assert found(running) == set()


@pytest.fixture
def open_folder(tmp_path):
    tmp_path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="rights as Unix has them")
def test_only_the_owner_reads_the_data_folder(tmp_path, open_folder, running):
    running.store.create_lesson("Maths", T0)
    paths = [tmp_path, *tmp_path.rglob("*")]
    assert {path.name for path in paths if path.stat().st_mode & 0o077} == set() and len(paths) > 1
