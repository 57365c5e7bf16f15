"""What waits when the server stops is kept in a file and written by the next server; also when the disk is full."""

import gzip
import logging
import os
import random
import stat
import subprocess
import threading
import time
from contextlib import suppress

import pytest

from fer.config import Settings
from fer.lesson import spill
from fer.lesson.seats import Seats
from fer.lesson.spill import Spill, Unwritten
from fer.lesson.writer import Writer
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Coverage, Observation, Status, Step
from fer.store.errors import StoreError
from fer.store.store import Store

T0 = time.time() - 600
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


@pytest.fixture(autouse=True)
def _little_room(monkeypatch):
    monkeypatch.setattr(spill, "ROOM_BYTES", 200_000)


def face(student, at):
    return Observation(student.lesson_id, student.id, at, Status.FACE, 0, (1.0, 2.0, 3.0, 4.0), HAPPY, "happy")


class Server:
    """A store and its writer; a second one on the same folder is the next start."""

    def __init__(self, folder):
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'lessons.db'}")
        self.spill = Spill(folder, 8501)
        self.writer = Writer(self.store, Seats(), Settings(data_dir=folder, least_visible=3), self.spill)

    def lesson(self, view=PER_STUDENT, students=2):
        lesson = self.store.create_lesson("Maths", T0, view)
        names = ["Ana", "Ben", "Cem", "Dan"] if view == PER_STUDENT else [None] * students
        return lesson, [self.store.add_student(lesson.id, names[n], os.urandom(8).hex(), T0) for n in range(students)]

    def may_not_grow(self):
        """As when the disk is full."""
        with self.store.transaction() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        self.store._engine.dispose()
        real = self.store.append

        def append(*args):
            with self.store.transaction() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            real(*args)

        self.store.append = append

    def may_not_write(self):
        def append(*args):
            raise StoreError("the disk is full")

        self.store.append = append

    def stop(self):
        self.writer.stop()
        self.store.close()


@pytest.fixture
def server(tmp_path):
    return Server(tmp_path)


def settled(server):
    """The next server, once it has written what the last one kept."""
    after = Server(server.folder)
    after.writer.start()
    until = time.monotonic() + 10
    while server.spill.kept.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return after


def kept_text(server):
    return gzip.decompress(server.spill.kept.read_bytes()).decode()


def many(student, n=3000):
    return [face(student, T0 + second / 10) for second in range(n)]


def test_what_waits_at_a_stop_is_written_by_the_next_start(server):
    lesson, (ana, ben) = server.lesson()
    server.writer.start()
    server.may_not_grow()
    rows = many(ana) + [Observation(lesson.id, ben.id, T0, Status.CAMERA_OFF)]
    server.writer.put(rows)
    server.stop()
    assert "3001 observations are waiting to be saved" in server.writer.problem
    assert stat.S_IMODE(server.spill.kept.stat().st_mode) == 0o600
    after = settled(server)
    found = [tuple(row)[:-3] for row in after.store.observation_rows(lesson.id)]
    assert sorted(found, key=str) == sorted(map(stored, rows), key=str)
    after.stop()
    assert not server.spill.kept.exists()
    again = settled(server)
    assert again.store.observation_count(lesson.id) == 3001  # once
    again.stop()


def stored(o):
    name = {1: "Ana", 2: "Ben"}[o.student_id]
    return (
        o.observed_at,
        name,
        o.status.value,
        o.face,
        o.label,
        *(o.probabilities or [None] * 7),
        *(o.box_xyxy or [None] * 4),
        o.role,
        o.unsure_because,
    )


def test_what_was_deleted_meanwhile_is_left_out_and_the_file_goes(server):
    lesson, (ana, ben) = server.lesson()
    other, (cem, _) = server.lesson()
    server.writer.start()
    server.may_not_grow()
    server.writer.put(many(ana) + many(ben) + many(cem))
    server.stop()
    meanwhile = Server(server.folder)  # another server, of another port
    meanwhile.store.delete_student(ana.id)
    meanwhile.store.delete_lesson(other.id)
    meanwhile.store.close()
    after = settled(server)
    assert after.store.observation_count(lesson.id) == 3000 and after.store.observation_count(other.id) == 0
    assert set(after.store.student_counts(lesson.id)["student_id"]) == {ben.id}
    after.stop()
    assert not server.spill.kept.exists()


def test_who_deletes_themselves_while_all_waits_is_not_kept(server):
    _, (ana, ben) = server.lesson()
    server.writer.start()
    server.may_not_write()
    server.writer.put(many(ana) + many(ben, 3))
    until = time.monotonic() + 10
    while not server.writer.problem and time.monotonic() < until:
        time.sleep(0.05)
    server.writer.forget_student(ana.id)
    server.stop()
    lines = kept_text(server).splitlines()
    assert {line.split(", ")[2] for line in lines if "observations" in line} == {str(ben.id)}


def test_of_a_class_only_lesson_only_what_was_released_is_kept(server):
    lesson, students = server.lesson(CLASS_ONLY, students=4)
    server.writer.put([face(student, T0 + second) for second in range(30) for student in students])
    server.writer.put([face(student, time.time()) for student in students])  # not released yet
    server.may_not_write()
    assert not server.writer.write()
    server.writer.put([face(student, time.time()) for student in students])
    server.writer.stop()
    kinds = [line.split('"')[1] for line in kept_text(server).splitlines()[1:]]
    assert set(kinds) == {"steps"} and len(kinds) >= 4
    after = settled(server)
    assert after.store.counts(lesson.id, 60)["n"].sum() > 0 and after.store.observation_count(lesson.id) == 0
    after.stop()


def test_who_was_there_is_kept(server):
    lesson, _ = server.lesson(PRESENCE)
    server.spill.keep(Unwritten([], [], [Coverage(lesson.id, int(T0), 5, None)], {lesson.id: lesson.code}))
    after = settled(server)
    assert after.store.coverage(lesson.id)["present"].tolist() == [5]
    after.stop()


def test_nothing_goes_into_a_lesson_that_only_has_the_same_number(server):
    """The database was replaced by an empty one, whose ids begin at 1 again."""
    lesson, (ana, _) = server.lesson()
    server.spill.keep(
        Unwritten([face(ana, T0)], [Step(lesson.id, int(T0), {"happy": 3}, {})], [], {lesson.id: "ANOTHR"})
    )
    after = settled(server)
    assert after.store.observation_count(lesson.id) == 0 and after.store.counts(lesson.id, 60).empty
    after.stop()
    assert not server.spill.kept.exists()


def test_what_could_not_be_written_again_is_kept_again(server):
    lesson, (ana, _) = server.lesson()
    server.spill.keep(Unwritten(many(ana), [], [], {lesson.id: lesson.code}))
    server.may_not_write()
    server.writer.start()
    server.writer.put([face(ana, time.time())])
    server.writer.write()  # so that the lesson is known
    server.stop()
    after = settled(server)
    assert after.store.observation_count(lesson.id) == 3001
    after.stop()


def test_what_a_database_that_stalls_holds_is_kept(server, monkeypatch):
    lesson, (ana, _) = server.lesson()
    monkeypatch.setattr("fer.lesson.writer.STOP_S", 0.2)
    server.writer.put([face(ana, T0)])
    server.writer.write()
    stalled, real = threading.Event(), server.store.append
    server.store.append = lambda *args: stalled.wait() and real(*args)
    server.writer.start()
    server.writer.put([face(ana, T0 + 1)])
    time.sleep(0.5)
    server.writer.put([face(ana, T0 + 2)])
    server.writer.stop()
    assert kept_text(server).count("observations") == 2
    after = settled(server)
    assert after.store.observation_count(lesson.id) == 3
    after.stop()


@pytest.mark.parametrize(
    "bytes_",
    [b"", b"hello", gzip.compress(b"{}\n[1"), gzip.compress(b'{}\n["steps", 1]')[:-9]],
    ids=["empty", "text", "half a line", "cut off"],  # gzip writes the time, and a test has one name in every process
)
def test_a_damaged_file_is_said_and_goes(server, caplog, bytes_):
    server.spill.kept.write_bytes(bytes_)
    settled(server).stop()
    assert f"{server.spill.kept} is damaged, so what waited in it is lost" in caplog.text
    assert not server.spill.kept.exists()


def test_a_file_that_cannot_be_read_stops_the_start(server):
    server.spill.kept.mkdir()
    with pytest.raises(StoreError, match=f"cannot be read from {server.spill.kept}: Is a directory"):
        server.writer.start()
    server.store.close()


def test_servers_that_share_a_folder_have_files_of_their_own(tmp_path):
    one, other = Spill(tmp_path, 8501), Spill(tmp_path, 8502)
    one.keep(Unwritten([], [Step(1, 5, {"happy": 3}, {"happy": 2.5})], [], {1: "ABCDEF"}))
    assert other.read() is None
    assert one.read() == Unwritten([], [Step(1, 5, {"happy": 3}, {"happy": 2.5})], [], {1: "ABCDEF"})
    one.forget()
    assert one.read() is None and list(tmp_path.iterdir()) == []


def test_the_room_is_taken_once_and_given_to_what_waits(tmp_path, monkeypatch):
    one = Spill(tmp_path, 8501)
    one.reserve()
    one.reserve()
    [room] = tmp_path.iterdir()
    assert room.stat().st_size == 200_000 and stat.S_IMODE(room.stat().st_mode) == 0o600
    place = room.stat().st_ino
    one.keep(Unwritten([], [], [Coverage(1, 5, 3, None)], {1: "ABCDEF"}))
    assert one.kept.stat().st_ino == place and one.kept.stat().st_size < 1000 and not room.exists()


# A disk that is really full


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True).returncode
    ):
        pytest.skip("needs the right to mount a disk of 2 MB")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    with (folder / "other.bin").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass


def test_a_full_disk_loses_nothing_over_a_stop(small_disk):
    before = Server(small_disk)
    lesson, (ana, _) = before.lesson()
    before.writer.start()
    before.writer.put([face(ana, T0)])
    time.sleep(1.5)
    fill(small_disk)
    for row in many(ana):
        before.writer.put([row])
    before.stop()
    assert "the disk is full" in before.writer.problem and before.spill.kept.exists()
    (small_disk / "other.bin").unlink()
    after = settled(before)
    assert after.store.observation_count(lesson.id) == 3001
    after.stop()


def test_of_more_than_there_is_room_for_the_newest_stay(small_disk, caplog):
    server = Server(small_disk)
    lesson, (ana, _) = server.lesson()
    server.spill.reserve()
    fill(small_disk)
    dice = random.Random(1)
    rows = [face(ana, T0 + dice.random()) for _ in range(40_000)]
    with caplog.at_level(logging.ERROR):
        server.spill.keep(Unwritten(rows, [], [], {lesson.id: lesson.code}))
    assert "There is no room for all that waits: 20000 observations are lost" in caplog.text
    kept = server.spill.read().observations
    assert 100 < len(kept) < 40_000 and kept[-1].observed_at == rows[-1].observed_at
    server.store.close()


def test_no_room_is_said(small_disk, caplog):
    fill(small_disk)
    Spill(small_disk, 8501).reserve()
    assert "no room for what may have to wait when the server stops: No space left" in caplog.text
    assert [path.name for path in small_disk.iterdir()] == ["other.bin"]
