"""A backup made while others write, put back without what was deleted since; into either kind of database."""

import socket
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from fer import cli
from fer.lesson.retention import DAY_S, Retention
from fer.privacy.law import USES
from fer.records import PER_STUDENT, Observation, Status
from fer.store.backup import backup, expire, restore
from fer.store.deletion_log import Deleted, DeletionLog
from fer.store.errors import StoreError
from fer.store.journal import Journal
from fer.store.keys import ApiKey
from fer.store.people import ConsentRecord, FaceVector
from fer.store.probe import probe
from fer.store.schema import METADATA
from fer.store.store import Store
from tests.conftest import POSTGRESQL, empty_database
from tests.live import free_port
from tests.store.test_pictures import PICTURE, READ

T0 = 1_700_000_040.0
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


@pytest.fixture
def log(tmp_path):
    return DeletionLog(tmp_path / "deletions.jsonl")


@pytest.fixture
def url(tmp_path):
    return empty_database(tmp_path / "here")


@pytest.fixture
def store(url, log):
    opened = Store(url, log)
    yield opened
    opened.close()


def fill(store):
    """Two lessons with two students each, and something in every kind of table."""
    for n in range(2):
        lesson = store.create_lesson(f"Maths {n}", T0, PER_STUDENT)
        for name in ("Ana", "Ben"):
            student = store.add_student(lesson.id, name, f"hash {n} {name}", T0)
            seen = Observation(lesson.id, student.id, T0 + 1, Status.FACE, 0, (1, 1, 9, 9), HAPPY, "happy")
            store.append([seen])
            Journal(store).say(lesson.id, student.id, "lost", T0 + 2)
    store.add_key(ApiKey("app", "JP", next(iter(USES)), 5, T0), "hash of a key")
    store.add_session("teacher", T0, T0 + 9e9)


def everything(url):
    """Rows of each table but the sessions, in no order."""
    store = Store(url)
    try:
        tables = [table for table in METADATA.sorted_tables if table.name != "teacher_sessions"]
        return {table.name: sorted(map(repr, store.rows(table.select()))) for table in tables}
    finally:
        store.close()


def test_a_kept_picture_that_was_deleted_stays_deleted(url, store, tmp_path, log):
    first, second = (store.keep_picture(replace(PICTURE, kept_at=T0 + n), b"file", READ) for n in range(2))
    made = backup(url, tmp_path / "backups", T0)
    store.delete_picture(first)
    store.close()
    assert restore(made, url, log) == 1
    again = Store(url)
    assert [one.id for one in again.kept_pictures()] == [second] and again.picture_file(second) == b"file"
    again.close()


def test_who_was_deleted_from_the_people_stays_deleted(url, store, tmp_path, log):
    consent = ConsentRecord("Ana", T0, "en", "I agree.", "JP", "pictures")
    faces = [FaceVector(np.full(9, n, np.float32), "hog-1") for n in range(3)]
    ana, ben = (store.add_person(name, consent, faces, T0 + n) for n, name in enumerate(("Ana", "Ben")))
    made = backup(url, tmp_path / "backups", T0)
    store.delete_person(ana)
    store.delete_faces(ben, [store.faces_of(ben)[0].id])
    store.close()
    assert restore(made, url, log) == 2
    again = Store(url)
    assert [(one.name, one.faces) for one in again.people()] == [("Ben", {"hog-1": 2})]
    again.close()
    assert "Ana" not in log.path.read_text()


def test_a_backup_brings_everything_back(url, store, tmp_path, log):
    fill(store)
    before = everything(url)
    made = backup(url, tmp_path / "backups", T0)
    assert made.name == "lessons-20231114-221400.db" and made.stat().st_mode & 0o077 == 0
    store.create_lesson("After the backup", T0 + 60)
    store.close()
    assert restore(made, url, log) == 0
    assert everything(url) == before
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_who_was_signed_in_signs_in_anew(url, store, tmp_path, log):
    fill(store)
    made = backup(url, tmp_path / "backups", T0)
    store.close()
    restore(made, url, log)
    assert not Store(url).has_session("teacher", T0 + 1)


def test_what_was_deleted_since_is_deleted_again(url, store, tmp_path, log):
    fill(store)
    made = backup(url, tmp_path / "backups", T0)
    first, second = sorted(store.lessons(), key=lambda one: one.id)
    store.delete_lesson(first.id)
    store.delete_student(store.student_by_token("hash 1 Ana").id)
    store.delete_key("app")
    left = everything(url)
    store.close()
    assert restore(made, url, log) == 3
    assert everything(url) == left
    if not POSTGRESQL:
        written = b"".join(path.read_bytes() for path in (tmp_path / "here").iterdir())
        assert b"Maths 0" not in written and b"Maths 1" in written


def test_new_rows_go_on_where_the_backup_s_end(url, store, tmp_path, log):
    fill(store)
    made = backup(url, tmp_path / "backups", T0)
    newest = max(lesson.id for lesson in store.lessons())
    store.close()
    restore(made, url, log)
    opened = Store(url)
    assert opened.create_lesson("New", T0).id > newest
    opened.close()


def test_a_backup_goes_into_the_other_kind_of_database(url, store, tmp_path, log):
    """From SQLite into what the tests run on, and from that into SQLite."""
    fill(store)
    before = everything(url)
    made = backup(url, tmp_path / "backups", T0)
    other = f"sqlite:///{tmp_path / 'other' / 'lessons.db'}"
    restore(made, other, log)
    assert everything(other) == before
    again = backup(other, tmp_path / "others", T0)
    store.close()
    restore(again, url, log)
    assert everything(url) == before


def test_a_backup_is_of_one_moment_while_others_write(url, store, tmp_path):
    """Each write is a lesson with a student, in two transactions: in no backup is a student without their lesson."""
    stopping = threading.Event()

    def write():
        n = 0
        while not stopping.is_set():
            lesson = store.create_lesson(f"Lesson {n}", T0)
            store.add_student(lesson.id, None, f"hash {n}", T0)
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(url, tmp_path / "backups", T0 + n) for n in range(3)]
    finally:
        stopping.set()
        writer.join()
    for path in made:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            lessons, students = (
                connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("lessons", "students")
            )
            assert lessons - students in (0, 1)


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite's file is copied as it is")
def test_a_database_of_another_version_is_left_as_it_is(url, store, tmp_path):
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(StoreError, match="back it up with the program that runs on it"):
        backup(url, tmp_path / "backups", T0)
    assert probe(url).version == "0001" and list((tmp_path / "backups").iterdir()) == []


def test_backups_expire(tmp_path, url, store):
    folder = tmp_path / "backups"
    old, new = backup(url, folder, T0), backup(url, folder, T0 + 29 * DAY_S)
    (folder / "lessons-mine.db").touch()
    (folder / "notes.txt").touch()
    assert expire(folder, 30, T0 + 30 * DAY_S) == []
    assert expire(folder, 30, T0 + 30 * DAY_S + 1) == [old]
    assert {path.name for path in folder.iterdir()} == {new.name, "lessons-mine.db", "notes.txt"}


def test_the_server_deletes_what_has_expired_and_the_notes_that_no_backup_needs(tmp_path, url, store, log):
    made = backup(url, tmp_path / "backups", T0)
    log.note("lesson", "ABC234", T0)
    retention = Retention(store, 30, store.delete_lesson, made.parent)
    retention.forget_backups(T0 + 30 * DAY_S + 1)
    assert not made.exists() and [one.mark for one in log] == ["ABC234"]
    retention.forget_backups(T0 + 31 * DAY_S + 1)
    assert list(log) == []


def test_what_another_process_notes_while_old_notes_are_dropped_stays(log, monkeypatch):
    log.note("lesson", "ABC234", T0)
    other = threading.Thread(target=DeletionLog(log.path).note, args=("student", "hash", T0 + 100))
    read = DeletionLog.__iter__

    def read_while_the_other_notes(self):
        noted = list(read(self))
        other.start()
        other.join(timeout=0.2)  # it waits, or has written
        return iter(noted)

    monkeypatch.setattr(DeletionLog, "__iter__", read_while_the_other_notes)
    log.forget(T0 + 50)
    monkeypatch.undo()
    other.join()
    assert [one.mark for one in log] == ["hash"]


def test_a_note_that_a_crash_cut_off_hides_no_other(log):
    log.note("student", "hash", T0)
    with log.path.open("a") as file:
        file.write('{"what": "stu\n[]\n')
    log.note("lesson", "ABC234", T0)
    assert list(log) == [Deleted("student", "hash", 1_700_000_040), Deleted("lesson", "ABC234", 1_700_000_040)]
    assert log.path.stat().st_mode & 0o077 == 0


def test_what_cannot_be_noted_is_not_deleted(store, tmp_path):
    lesson = store.create_lesson("Maths", T0)
    (tmp_path / "file").touch()
    store.deletion_log = DeletionLog(tmp_path / "file" / "deletions.jsonl")
    with pytest.raises(StoreError, match="cannot be written"):
        store.delete_lesson(lesson.id)
    assert store.lesson(lesson.id) is not None


def test_a_damaged_backup_changes_nothing(url, store, tmp_path, log):
    fill(store)
    before = everything(url)
    bad = tmp_path / "lessons-20231114-221400.db"
    bad.write_bytes(backup(url, tmp_path / "backups", T0).read_bytes()[:9000])
    store.close()
    with pytest.raises(StoreError):
        restore(bad, url, log)
    assert everything(url) == before


@pytest.fixture
def commands(tmp_path, monkeypatch, url):
    monkeypatch.setenv("FER_DATA_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.delenv("FER_TEST_POSTGRESQL", raising=False)
    if POSTGRESQL:
        monkeypatch.setenv("FER_DATABASE_URL", url)
    return tmp_path / "here"


def test_the_commands(commands, store, url, capsys):
    fill(store)
    cli.main(["backup"])
    made = capsys.readouterr().out.strip()
    assert made.startswith(str(commands / "backups" / "lessons-"))
    store.delete_lesson(store.lessons()[0].id)
    store.close()
    with pytest.raises(
        SystemExit, match=r"Nothing was put back. The database has lessons. Back it up, then say --replace."
    ):
        cli.main(["restore", made])
    cli.main(["restore", made, "--replace"])
    assert "is back. Deleted again, because it was deleted since: 0." in capsys.readouterr().out
    assert len(everything(url)["lessons"]) == 2  # the test's own log is another than the commands'


def test_no_backup_is_put_back_under_a_running_server(commands, store, url, monkeypatch):
    made = backup(url, commands / "backups", T0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PORT", str(server.getsockname()[1]))
        with pytest.raises(SystemExit, match="stop the server first"):
            cli.main(["restore", str(made)])


def test_what_is_no_backup_is_refused(commands, tmp_path):
    (tmp_path / "x.db").write_text("no database")
    for path in (tmp_path / "x.db", tmp_path / "missing.db"):
        with pytest.raises(SystemExit, match="Nothing was put back"):
            cli.main(["restore", str(path)])
