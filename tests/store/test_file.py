"""SQLite's file: who may read it, whether it is whole, and whether it is still the one that was opened."""

import logging
import os
import shutil
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from fer.records import PER_STUDENT
from fer.store import file
from fer.store.errors import StoreError
from fer.store.file import make_private
from fer.store.store import Store
from tests.store.rows import T0, of_sqlite, without_face

pytestmark = of_sqlite
on_unix = pytest.mark.skipif(os.name == "nt", reason="rights as Unix has them")


@pytest.fixture(autouse=True)
def _open_to_all():
    """As most servers are set up; a test must not depend on who runs it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


@on_unix
def test_only_its_owner_reads_a_new_database(tmp_path):
    place = tmp_path / "data" / "lessons.db"
    store = Store(f"sqlite:///{place}")
    lesson = store.create_lesson("Maths", T0)
    assert {path.name: oct(rights(path)) for path in place.parent.iterdir()} == {
        "lessons.db": "0o600",
        "lessons.db-wal": "0o600",
        "lessons.db-shm": "0o600",
    }
    assert rights(place.parent) == 0o700
    store.delete_lesson(lesson.id)
    store.close()
    assert rights(place) == 0o600


@on_unix
def test_an_existing_one_is_closed_to_others_and_that_is_said(tmp_path, caplog):
    place = tmp_path / "lessons.db"
    first = Store(f"sqlite:///{place}")  # and left open: the log and its index are there
    first.create_lesson("Maths", T0)
    files = sorted(tmp_path.iterdir())
    for path in files:
        path.chmod(0o644)
    Store(f"sqlite:///{place}").close()
    assert [rights(path) for path in files] == [0o600] * 3
    assert set(caplog.messages) == {f"Others could read {path}; from now on only its owner can." for path in files}
    caplog.clear()
    Store(f"sqlite:///{place}").close()
    assert caplog.messages == []
    first.close()


@on_unix
def test_a_data_folder_is_closed_to_others(tmp_path, caplog):
    folder = tmp_path / "data"
    make_private(folder)
    assert rights(folder) == 0o700 and caplog.messages == []
    folder.chmod(0o755)
    make_private(folder)
    assert rights(folder) == 0o700 and "Others could read" in caplog.text


@on_unix
@pytest.mark.parametrize("which", ["current", "above", "home", "shared"])
def test_a_folder_that_others_need_stays_open(tmp_path, caplog, monkeypatch, which):
    folder = tmp_path / "data"
    (folder / "below").mkdir(parents=True)
    folder.chmod(0o1777 if which == "shared" else 0o755)
    if which in ("current", "above"):
        monkeypatch.chdir(folder / "below" if which == "above" else folder)
    monkeypatch.setattr(Path, "home", lambda: folder if which == "home" else tmp_path / "me")
    before = rights(folder)
    make_private(folder)
    assert rights(folder) == before and "A folder of its own keeps lessons private" in caplog.text


# The one that was opened


@pytest.fixture
def opened(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'lessons.db'}")
    lesson = store.create_lesson("Maths", T0, PER_STUDENT)
    student = store.add_student(lesson.id, "Ana", "hash", T0)
    yield store, student, tmp_path / "lessons.db"
    store.close()


def test_a_deleted_file_is_noticed_and_one_that_is_put_back_goes_on(opened):
    store, student, place = opened
    place.rename(place.with_name("away"))
    for use in (store.lessons, lambda: store.append([without_face(student, T0)])):
        with pytest.raises(
            StoreError, match=f"The lesson database {place} was deleted while the server ran, so nothing"
        ):
            use()
    place.with_name("away").rename(place)
    store.append([without_face(student, T0)])
    assert store.observation_count(student.lesson_id) == 1


def test_a_replaced_file_is_noticed(opened):
    store, student, place = opened
    shutil.copy(place, place.with_name("copy"))
    copied = sqlite3.connect(place.with_name("copy"))
    copied.execute("PRAGMA user_version=1")  # one that would be written anew
    copied.close()
    place.with_name("copy").replace(place)
    before = place.read_bytes()
    with pytest.raises(StoreError, match=f"{place} was replaced by another file while .* restart the server"):
        store.append([without_face(student, T0)])
    store._engine.dispose()  # so that the next connection opens what is there now
    store.erase()
    time.sleep(0.5)
    assert place.read_bytes() == before


# Damage


def damage(place, pages):
    with place.open("r+b") as written:
        for page in pages:
            written.seek(page * 4096)
            written.write(b"\xff" * 4096)


@pytest.fixture
def closed(opened):
    store, student, place = opened
    store.append([without_face(student, T0 + second) for second in range(3000)])
    store.close()
    return place


@pytest.mark.parametrize("pages", [[1], [5, 6, 7], range(20, 40)])
def test_a_damaged_file_is_said_at_the_start_and_stays_as_it_is(closed, pages):
    damage(closed, pages)
    before = closed.read_bytes()
    with pytest.raises(
        StoreError,
        match=rf"^The lesson database {closed} (is damaged: .*error.* Put back|cannot be used: the file is damaged)",
    ):
        Store(f"sqlite:///{closed}")
    assert closed.read_bytes() == before


def test_a_file_that_was_cut_off_is_said(closed):
    closed.write_bytes(closed.read_bytes()[:100_000])
    with pytest.raises(StoreError, match="damaged"):
        Store(f"sqlite:///{closed}")


def test_a_large_file_is_looked_at_for_a_short_time_only(closed, monkeypatch, caplog):
    monkeypatch.setattr(file, "CHECK_S", -1.0)
    with caplog.at_level(logging.INFO):
        Store(f"sqlite:///{closed}").close()
    assert "is large: only what could be read in -1 s was checked for damage." in caplog.text
