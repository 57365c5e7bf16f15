"""Everybody's way to delete, on a whole monitor: afterwards no byte in the data folder is about who was deleted."""

import os
import struct
import time

import pytest

from fer.records import PER_STUDENT, Observation, Reading, Status
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from tests.store.rows import of_sqlite

pytestmark = of_sqlite
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


@pytest.fixture
def picture(running):
    look = KeptLook([Reading((0, 0, 9, 9), 0.7654321, HAPPY, "happy")])
    kept = KeptPicture(f"{NAME}.jpg", b"small picture of Zacharias", T0, "CH", "private")
    return running.store.keep_picture(kept, b"picture of Zacharias " * 5000, KeptRead("m", "1", 9, 9, [look], T0))


def of_picture():
    return {NAME.encode(), b"small picture of", b"picture of Zacharias ", b"0.7654321"}


def times():
    return [T0 + second + 0.0625 for second in range(60)]


def traces():
    return {NAME.encode(), b"slower", *(struct.pack(">d", number) for number in (*times(), T0 + 100.123))}


def found(running, traces):
    """In the database, its log, the log's index, and whatever else lies in the folder."""
    written = b"".join(path.read_bytes() for path in running.settings.data_dir.rglob("*") if path.is_file())
    return {trace for trace in traces if trace in written}


def goes(running, traces):
    """Whether they are gone soon."""
    until = time.monotonic() + 10
    while found(running, traces) and time.monotonic() < until:
        time.sleep(0.1)
    return not found(running, traces)


@pytest.mark.parametrize("who", ["the student", "the teacher", "time"])
def test_what_is_deleted_is_in_no_byte_of_the_data_folder(running, lesson, who):
    assert found(running, traces()) == traces()
    if who == "the student":
        running.students.delete(running.store.student(1))
    elif who == "the teacher":
        running.lessons.delete(lesson.id)
    else:
        time_deletes(running)
    assert goes(running, traces())


def time_deletes(running):
    for days_ago in (2, 0):  # two looks must agree
        running.retention.forget(time.time() - days_ago * 24 * 3600)


@pytest.mark.parametrize("who", ["the teacher", "time"])
def test_a_kept_picture_that_is_deleted_is_in_no_byte_of_the_data_folder(running, picture, who):
    assert found(running, of_picture()) == of_picture()
    if who == "the teacher":
        running.store.delete_picture(picture)
    else:
        time_deletes(running)
    assert goes(running, of_picture())


@pytest.fixture
def open_folder(tmp_path):
    tmp_path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="rights as Unix has them")
def test_only_the_owner_reads_the_data_folder(tmp_path, open_folder, running):
    running.store.create_lesson("Maths", T0)
    paths = [tmp_path, *tmp_path.rglob("*")]
    assert {path.name for path in paths if path.stat().st_mode & 0o077} == set() and len(paths) > 1
