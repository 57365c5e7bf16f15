"""The store: what is written is there after a restart, what fails leaves nothing, and a page's query stays small."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from fer.records import EMOTIONS, LABELS, PER_STUDENT, STATES, Coverage, Observation, Status, Step
from fer.store import store
from fer.store.schema import COUNTED_STEPS_S, METADATA
from fer.store.store import CODE_ALPHABET, Store, StoreError
from tests.conftest import POSTGRESQL

T0 = 1_700_000_040.0  # a full minute
of_sqlite = pytest.mark.skipif(bool(POSTGRESQL), reason="about SQLite's file")
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


def face(student, at, label="happy", number=0, probabilities=HAPPY, box_xyxy=(10.04, 20.06, 50.0, 60.0)):
    return Observation(student.lesson_id, student.id, at, Status.FACE, number, box_xyxy, probabilities, label)


def without_face(student, at, status=Status.NO_FACE):
    return Observation(student.lesson_id, student.id, at, status)


def raw(store, sql):
    """What the database says to SQL of our own."""
    with store.transaction() as connection:
        answer = connection.exec_driver_sql(sql)
        return [tuple(row) for row in answer] if answer.returns_rows else []


def everything(store):
    return {
        table: sorted(raw(store, f"SELECT * FROM {table}"), key=str)
        for table in ("lessons", "students", "observations", "counts", "student_counts", "teacher_sessions")
    }


@pytest.fixture
def lesson(fresh_store):
    return fresh_store.create_lesson("Maths", T0, view=PER_STUDENT)


@pytest.fixture
def ana(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ana", "hash-ana", T0)


@pytest.fixture
def ben(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ben", "hash-ben", T0 + 1)


# Lessons and students


def test_a_lesson_from_start_to_end(fresh_store):
    lesson = fresh_store.create_lesson("Maths 3b", T0, view=PER_STUDENT)
    assert lesson.title == "Maths 3b" and lesson.started_at == T0 and lesson.is_open
    assert fresh_store.lesson(lesson.id) == lesson
    fresh_store.end_lesson(lesson.id, T0 + 60)
    fresh_store.end_lesson(lesson.id, T0 + 99)
    assert fresh_store.lesson(lesson.id).ended_at == T0 + 60
    assert fresh_store.lesson(lesson.id + 1) is None


def test_join_codes_are_easy_to_read_and_never_repeat(fresh_store, monkeypatch):
    assert not set(CODE_ALPHABET) & set("0O1ILAEU")
    first = fresh_store.create_lesson("a", T0, view=PER_STUDENT)
    assert len(first.code) == 6 and set(first.code) <= set(CODE_ALPHABET)
    fresh_store.end_lesson(first.id, T0)  # a code of the past must not lead to a lesson of today
    drawn = iter([*first.code, *"BCDFGH"])
    monkeypatch.setattr("fer.store.store.secrets.choice", lambda alphabet: next(drawn))
    assert fresh_store.create_lesson("b", T0, view=PER_STUDENT).code == "BCDFGH"


def test_a_code_is_found_as_people_type_it(fresh_store, lesson):
    code = lesson.code
    for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} ", f"{code[:2]} {code[2:4]}–{code[4:]}\n"):
        assert fresh_store.lesson_by_code(typed) == lesson
    for typed in ("", "-", code[:5], code + "2", "%", "______"):
        assert fresh_store.lesson_by_code(typed) is None


def test_lessons_are_listed_newest_first(fresh_store):
    titles = [
        fresh_store.create_lesson(title, at, view=PER_STUDENT).title
        for title, at in (("old", T0), ("new", T0 + 9), ("mid", T0 + 5))
    ]
    assert titles == ["old", "new", "mid"]
    assert [lesson.title for lesson in fresh_store.lessons()] == ["new", "mid", "old"]


def test_summaries_count_students(fresh_store, lesson, ana, ben):
    empty = fresh_store.create_lesson("Empty", T0 + 5, view=PER_STUDENT)
    fresh_store.end_lesson(lesson.id, T0 + 60)
    summaries = fresh_store.lesson_summaries()
    assert summaries.to_dict("records")[1] == {
        "lesson_id": lesson.id,
        "title": "Maths",
        "started_at": T0,
        "ended_at": T0 + 60,
        "students": 2,
    }
    assert summaries.iloc[0][["lesson_id", "students"]].tolist() == [empty.id, 0]
    assert summaries["ended_at"].isna().tolist() == [True, False]


def test_a_name_that_is_taken_gets_a_number(fresh_store, lesson):
    given = ["Ana", "Ana", "ana", "Ana (2)", "Ben"]
    names = [fresh_store.add_student(lesson.id, name, f"hash-{n}", T0).name for n, name in enumerate(given)]
    assert names == ["Ana", "Ana (2)", "ana (3)", "Ana (2) (2)", "Ben"]
    other = fresh_store.create_lesson("Other", T0, view=PER_STUDENT)
    assert fresh_store.add_student(other.id, "Ana", "hash-other", T0).name == "Ana"


def test_many_students_of_one_name_join_at_once(fresh_store, lesson):
    def join(number):
        for turn in range(5):
            fresh_store.add_student(lesson.id, "Ana", f"hash-{number}-{turn}", T0)

    threads = [threading.Thread(target=join, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fresh_store.students(lesson.id)["name"]) == sorted(["Ana", *(f"Ana ({n})" for n in range(2, 21))])


def test_only_an_open_lesson_takes_students(fresh_store, lesson):
    with pytest.raises(ValueError, match="has ended or does not exist, so nobody can join it. Received: lesson 99"):
        fresh_store.add_student(99, "Ana", "hash", T0)
    with pytest.raises(ValueError, match="needs a name .* Received: ' '"):
        fresh_store.add_student(lesson.id, " ", "hash", T0)
    fresh_store.end_lesson(lesson.id, T0)
    with pytest.raises(ValueError, match="has ended"):
        fresh_store.add_student(lesson.id, "Ana", "hash", T0)
    assert fresh_store.students(lesson.id).empty


def test_a_student_is_found_by_token_and_can_leave_and_come_back(fresh_store, lesson, ana, ben):
    assert fresh_store.student_by_token("hash-ana") == fresh_store.student(ana.id) == ana
    assert fresh_store.student_by_token("hash") is None and fresh_store.student(99) is None
    fresh_store.set_left(ana.id, T0 + 30)
    assert fresh_store.student(ana.id).left_at == T0 + 30 and fresh_store.student(ben.id) == ben
    fresh_store.set_left(ana.id, None)
    assert fresh_store.student(ana.id) == ana


@pytest.mark.parametrize(
    "name", ["=1+1", 'O\'Neil "Bob"; DROP TABLE students', "二年B組", "👩‍🎓", "أحمد", "a\nb", "%_"]
)
def test_any_name_comes_back_as_it_went_in(fresh_store, lesson, name):
    fresh_store.add_student(lesson.id, name, "hash", T0)
    assert fresh_store.students(lesson.id)["name"].tolist() == [name]


def test_two_students_never_share_a_token(fresh_store, lesson, ana):
    with pytest.raises(StoreError):
        fresh_store.add_student(lesson.id, "Ben", "hash-ana", T0)
    assert fresh_store.students(lesson.id)["name"].tolist() == ["Ana"]


# Observations


def counted(store, *args, **kwargs):
    """The buckets in which a state was counted, without the probabilities."""
    counts = store.counts(*args, **kwargs)
    return counts.loc[counts["n"] > 0, ["time", "state", "n"]].reset_index(drop=True)


def counted_minutes(store, lesson_id):
    minutes = store.minute_counts(lesson_id)
    return minutes.loc[minutes["n"] > 0].drop(columns="p").reset_index(drop=True)


def test_counts_carry_the_sum_of_every_probability(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0, probabilities=(0.1, 0, 0, 0.7, 0.2, 0, 0)), face(ana, T0 + 0.5)])
    fresh_store.append([face(ana, T0 + 0.6, "unsure"), without_face(ana, T0 + 0.7)])
    for step_s in COUNTED_STEPS_S:
        p = fresh_store.counts(lesson.id, step_s).set_index("state")["p"]
        assert p.sum() == pytest.approx(3) and p.get("unsure") == p.get("no face") == 0 and p["angry"] >= 0.1


def test_append_writes_the_observation_and_everything_counted_from_it(fresh_store, lesson, ana, ben):
    third = (0.33333333, 0.66666667, 0, 0, 0, 0, 0)
    fresh_store.append(
        [face(ana, T0 + 0.5, probabilities=third), face(ana, T0 + 0.5, "unsure", 1), without_face(ben, T0 + 0.6)]
    )
    fresh_store.append([face(ana, T0 + 0.9), without_face(ben, T0 + 61, Status.CAMERA_OFF)])
    assert raw(fresh_store, "SELECT * FROM observations")[0] == (
        1,
        lesson.id,
        ana.id,
        T0 + 0.5,
        "face",
        0,
        "happy",
        0.3333,
        0.6667,
        0,
        0,
        0,
        0,
        0,
        10.0,
        20.1,
        50.0,
        60.0,
    )
    assert raw(fresh_store, "SELECT * FROM observations")[2] == (
        3,
        lesson.id,
        ben.id,
        T0 + 0.6,
        "no face",
        0,
        *[None] * 12,
    )
    for step_s in COUNTED_STEPS_S:
        assert counted(fresh_store, lesson.id, step_s).values.tolist() == [
            [T0, "happy", 2],
            [T0, "no face", 1],
            [T0, "unsure", 1],
            [(T0 + 61) // step_s * step_s, "camera off", 1],
        ]
    assert fresh_store.student_counts(lesson.id).values.tolist() == [
        [ana.id, "happy", 2],
        [ana.id, "unsure", 1],
        [ben.id, "camera off", 1],
        [ben.id, "no face", 1],
    ]
    assert fresh_store.students(lesson.id)["last_seen_at"].tolist() == [T0 + 0.9, T0 + 61]
    assert fresh_store.observation_count(lesson.id) == 5


def test_last_seen_never_goes_back(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0 + 9), face(ana, T0 + 8)])
    fresh_store.append([face(ana, T0 + 2)])
    assert fresh_store.students(lesson.id)["last_seen_at"].tolist() == [T0 + 9]


def test_append_of_nothing_is_nothing(fresh_store, lesson):
    before = everything(fresh_store)
    fresh_store.append([])
    assert everything(fresh_store) == before


@of_sqlite
@pytest.mark.parametrize(
    ("table", "event"), [("counts", "INSERT"), ("student_counts", "INSERT"), ("students", "UPDATE")]
)
def test_a_failed_append_leaves_nothing_behind(fresh_store, lesson, ana, table, event):
    fresh_store.append([face(ana, T0)])
    before = everything(fresh_store)
    raw(fresh_store, f"CREATE TRIGGER boom BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'boom'); END")
    with pytest.raises(StoreError, match="cannot be used: boom"):
        fresh_store.append([face(ana, T0 + 1), face(ana, T0 + 2)])
    assert everything(fresh_store) == before
    raw(fresh_store, "DROP TRIGGER boom")
    fresh_store.append([face(ana, T0 + 1)])
    assert fresh_store.observation_count(lesson.id) == 2


def test_an_unknown_lesson_is_refused_with_the_whole_batch(fresh_store, lesson, ana):
    stranger = Observation(99, ana.id, T0, Status.NO_FACE)
    with pytest.raises(StoreError, match="(?i)foreign key"):
        fresh_store.append([face(ana, T0), stranger])
    assert fresh_store.observation_count(lesson.id) == 0 and counted(fresh_store, lesson.id, 1).empty


def test_recent_is_what_is_newer_in_this_lesson(fresh_store, lesson, ana, ben):
    other = fresh_store.add_student(fresh_store.create_lesson("Other", T0, view=PER_STUDENT).id, "Cem", "hash-cem", T0)
    fresh_store.append([face(ana, T0), face(ben, T0 + 2, "unsure"), without_face(ana, T0 + 1), face(other, T0 + 2)])
    recent = fresh_store.recent(lesson.id, T0)
    assert list(recent) == ["student_id", "observed_at", "status", "face", "label", "state", "confidence"]
    assert recent[["student_id", "observed_at", "status", "face", "state"]].values.tolist() == [
        [ana.id, T0 + 1, "no face", 0, "no face"],
        [ben.id, T0 + 2, "face", 0, "unsure"],
    ]
    assert recent["label"].isna().tolist() == recent["confidence"].isna().tolist() == [True, False]
    assert recent["confidence"].iloc[1] == 0.82


@of_sqlite
def test_a_page_reads_recent_rows_and_counts_through_an_index(fresh_store, lesson):
    asked = []
    sa.event.listen(
        fresh_store._engine,
        "before_cursor_execute",
        lambda connection, cursor, sql, values, *_: asked.append((sql, values)),
    )
    fresh_store.recent(lesson.id, T0)
    counted(fresh_store, lesson.id, 5, T0)
    list(fresh_store.observation_rows(lesson.id))
    plans = []
    connection = sqlite3.connect(fresh_store.place)
    for sql, values in asked:
        plans.append(" | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)))
    connection.close()
    recent, counts, export = plans
    assert recent == "SEARCH observations USING INDEX observations_by_time (lesson_id=? AND observed_at>?)"
    assert counts.startswith("SEARCH counts USING PRIMARY KEY (lesson_id=? AND step_s=? AND start>?)")
    assert "USING INDEX observations_by_time (lesson_id=?)" in export and "TEMP B-TREE" not in export


@pytest.mark.parametrize("step_s", [1, 2, 5, 10, 15, 30, 60, 120, 300, 3600])
def test_counts_of_any_step_add_up_the_same(fresh_store, lesson, ana, step_s):
    times = [T0 + second * 7.3 for second in range(60)]
    fresh_store.append([face(ana, at, LABELS[number % 3]) for number, at in enumerate(times)])
    expected = {}
    for number, at in enumerate(times):
        key = (int(at // step_s * step_s), LABELS[number % 3])
        expected[key] = expected.get(key, 0) + 1
    counts = counted(fresh_store, lesson.id, step_s)
    assert {(row.time, row.state): row.n for row in counts.itertuples()} == expected
    late = counted(fresh_store, lesson.id, step_s, since=T0 + 100.5)
    assert late.equals(counts[counts["time"] >= (T0 + 100) // step_s * step_s].reset_index(drop=True))


def test_a_step_is_at_least_a_second(fresh_store, lesson):
    with pytest.raises(ValueError, match="step_s must be .* Received: 0"):
        counted(fresh_store, lesson.id, 0)


def test_minutes_count_the_students_who_were_there(fresh_store, lesson, ana, ben):
    fresh_store.append([face(ana, T0), face(ana, T0 + 59.99), without_face(ben, T0 + 30), face(ana, T0 + 180)])
    assert counted_minutes(fresh_store, lesson.id).values.tolist() == [
        [T0, "happy", 2, 2],
        [T0, "no face", 1, 2],
        [T0 + 180, "happy", 1, 1],
    ]


def test_minutes_can_be_read_while_the_lesson_goes_on(fresh_store, lesson, ana, monkeypatch):
    """The export makes two queries, and the engine may open a new minute in between."""
    fresh_store.append([face(ana, T0)])
    read = fresh_store._frame

    def read_then_append(query, **dtypes):
        frame = read(query, **dtypes)
        fresh_store.append([face(ana, T0 + 60 * (fresh_store.observation_count(lesson.id)))])
        return frame

    monkeypatch.setattr(fresh_store, "_frame", read_then_append)
    assert counted_minutes(fresh_store, lesson.id).values.tolist() == [[T0, "happy", 1, 1]]


def test_rows_stream_in_the_order_of_time_student_and_face(fresh_store, lesson, ana, ben):
    fresh_store.append(
        [face(ben, T0 + 1), face(ana, T0 + 1, "sad", 1), face(ana, T0 + 1, "fear", 0), without_face(ben, T0)]
    )
    rows = list(fresh_store.observation_rows(lesson.id))
    assert [tuple(row[:5]) for row in rows] == [
        (T0, "Ben", "no face", 0, None),
        (T0 + 1, "Ana", "face", 0, "fear"),
        (T0 + 1, "Ana", "face", 1, "sad"),
        (T0 + 1, "Ben", "face", 0, "happy"),
    ]
    assert tuple(rows[3][5:16]) == (*HAPPY, 10.0, 20.1, 50.0, 60.0)
    assert tuple(rows[0][5:16]) == (None,) * 11


def test_a_long_lesson_streams_whole_while_it_grows(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0 + second) for second in range(2500)])
    rows = fresh_store.observation_rows(lesson.id)
    first = next(rows)
    fresh_store.append([face(ana, T0 + 5000)])
    assert first.observed_at == T0 and len(list(rows)) == 2500
    assert fresh_store.observation_count(lesson.id) == 2501


def test_rows_of_one_moment_are_not_lost_between_two_chunks(fresh_store, lesson, ana, ben, monkeypatch):
    monkeypatch.setattr("fer.store.store.ROWS_AT_ONCE", 2)
    fresh_store.append([face(student, T0, number=number) for student in (ben, ana) for number in range(5)])
    rows = [(row.name, row.face) for row in fresh_store.observation_rows(lesson.id)]
    assert rows == [(name, number) for name in ("Ana", "Ben") for number in range(5)]
    assert len(list(fresh_store.observation_rows(lesson.id, ben.id))) == 5


def test_readers_who_stop_reading_keep_nobody_waiting(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0 + second) for second in range(2000)])
    slow = [fresh_store.observation_rows(lesson.id) for _ in range(20)]  # more than the pool has connections
    assert [next(rows).observed_at for rows in slow] == [T0] * 20
    assert fresh_store.lessons() == [lesson]


def test_what_is_about_a_deleted_lesson_stops_nothing_else(fresh_store, lesson, ana):
    deleted = fresh_store.create_lesson("Deleted", T0)
    fresh_store.delete_lesson(deleted.id)
    fresh_store.append(
        [face(ana, T0)],
        [Step(deleted.id, int(T0), {"happy": 5}, {"happy": 4.0})],
        [Coverage(one.id, int(T0), 5, 5) for one in (deleted, lesson)],
    )
    assert fresh_store.observation_count(lesson.id) == 1 and len(fresh_store.coverage(lesson.id)) == 1
    assert fresh_store.coverage(deleted.id).empty and counted(fresh_store, deleted.id, 1).empty


def test_an_empty_lesson_gives_empty_frames_of_the_same_types(fresh_store, lesson, ana):
    def frames():
        return [
            fresh_store.recent(lesson.id, 0),
            counted(fresh_store, lesson.id, 5),
            fresh_store.student_counts(lesson.id),
            counted_minutes(fresh_store, lesson.id),
        ]

    empty = frames()
    fresh_store.append([face(ana, T0)])
    for without, filled in zip(empty, frames(), strict=True):
        assert without.empty and len(filled) == 1
        assert without.dtypes.to_dict() == filled.dtypes.to_dict()
    assert list(fresh_store.observation_rows(99)) == [] and fresh_store.observation_count(99) == 0


# Teacher sessions


def test_a_session_lasts_until_it_expires_or_is_deleted(fresh_store):
    fresh_store.add_session("one", T0, T0 + 10)
    fresh_store.add_session("two", T0, T0 + 10)
    assert fresh_store.has_session("one", T0) and not fresh_store.has_session("one", T0 + 10)
    assert not fresh_store.has_session("three", T0)
    fresh_store.delete_session("one")
    assert not fresh_store.has_session("one", T0) and fresh_store.has_session("two", T0)
    fresh_store.add_session("three", T0 + 20, T0 + 30)
    assert not fresh_store.has_session("two", T0)


# Threads, restarts and broken places


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


def test_every_state_can_be_stored(fresh_store, lesson, ana):
    fresh_store.append(
        [face(ana, T0, label) for label in LABELS]
        + [without_face(ana, T0, status) for status in (Status.NO_FACE, Status.CAMERA_OFF)]
    )
    assert set(fresh_store.student_counts(lesson.id)["state"]) == set(STATES) and len(EMOTIONS) == 7


# Deleting


def noise(student, until=180):
    """Frames of every kind, in steps that fall into other buckets of each size."""
    kinds = [
        face(student, T0, "happy"),
        face(student, T0, "unsure"),
        without_face(student, T0),
        without_face(student, T0, Status.CAMERA_OFF),
    ]
    return [replace(kinds[number * number % 4], observed_at=T0 + number * 0.7) for number in range(int(until / 0.7))]


def test_after_a_student_is_deleted_the_lesson_is_as_if_they_had_never_been_there(fresh_store, lesson, ana, ben):
    fresh_store.append(noise(ben))
    without_ana = {table: rows for table, rows in everything(fresh_store).items() if table != "students"}
    fresh_store.append(noise(ana, 200))
    fresh_store.delete_student(ana.id)
    left = {table: rows for table, rows in everything(fresh_store).items() if table != "students"}
    for counts in (left["counts"], without_ana["counts"]):  # sums of probabilities are floats
        counts[:] = [(*bucket, round(p, 6)) for *bucket, p in counts]
    assert left == without_ana
    assert [student[0] for student in everything(fresh_store)["students"]] == [ben.id]
    assert fresh_store.student(ana.id) is None
    fresh_store.delete_student(ana.id)  # a second click


def test_what_is_still_to_be_written_of_a_deleted_student_is_left_out(fresh_store, lesson, ana, ben):
    fresh_store.delete_student(ana.id)
    fresh_store.append([face(ana, T0), face(ben, T0)])
    fresh_store.append([face(ana, T0 + 1)])
    assert fresh_store.observation_count(lesson.id) == 1
    assert list(counted(fresh_store, lesson.id, 60)["n"]) == [1]


def test_what_is_written_while_a_student_is_deleted_is_left_out(fresh_store, lesson, ana, monkeypatch):
    fresh_store.append([face(ana, T0)])
    with ThreadPoolExecutor(1) as engine:
        take_out, appends = store._take_out_probabilities, []

        def append_then_take_out(*args):
            if not appends:
                appends.append(engine.submit(fresh_store.append, [face(ana, T0 + 1)]))
                wait(appends, timeout=0.5)  # it cannot end before the deletion has
            take_out(*args)

        monkeypatch.setattr(store, "_take_out_probabilities", append_then_take_out)
        fresh_store.delete_student(ana.id)
        appends[0].result()
    assert fresh_store.observation_count(lesson.id) == 0
    assert counted(fresh_store, lesson.id, 60).empty


def test_a_deleted_lesson_leaves_no_row(fresh_store, lesson):
    student = fresh_store.add_student(lesson.id, "Zacharias Quill", "hash-z", T0)
    fresh_store.append(noise(student))
    kept = fresh_store.create_lesson("Kept", T0, view=PER_STUDENT)
    fresh_store.append([face(fresh_store.add_student(kept.id, "Kim", "hash-kim", T0), T0)])
    before = {table: len(rows) for table, rows in everything(fresh_store).items()}
    assert min(count for table, count in before.items() if table != "teacher_sessions") > 0
    fresh_store.delete_lesson(lesson.id)
    for table in METADATA.tables.values():
        left = raw(fresh_store, f"SELECT * FROM {table.name}")
        lessons = [dict(zip(table.c.keys(), row, strict=True)).get("lesson_id", kept.id) for row in left]
        assert set(lessons) <= {kept.id}, table.name
    assert [one.id for one in fresh_store.lessons()] == [kept.id] and len(everything(fresh_store)["students"]) == 1


@of_sqlite
def test_a_deleted_lesson_leaves_no_byte_of_a_name_in_the_file(fresh_store, lesson):
    kept = fresh_store.create_lesson("Kept", T0, view=PER_STUDENT)
    for where, name in ((lesson, "Zacharias Quill"), (kept, "Kim")):
        fresh_store.add_student(where.id, name, f"hash-{name}", T0)
    fresh_store.delete_lesson(lesson.id)
    raw(fresh_store, "PRAGMA wal_checkpoint(TRUNCATE)")
    written = Path(fresh_store.place).read_bytes()
    assert b"Zacharias Quill" not in written and b"Kim" in written


def test_lessons_that_are_over_since(fresh_store):
    ended, open_and_seen, open_and_empty = (
        fresh_store.create_lesson(title, T0, view=PER_STUDENT) for title in ("a", "b", "c")
    )
    fresh_store.end_lesson(ended.id, T0 + 100)
    fresh_store.append([without_face(fresh_store.add_student(open_and_seen.id, "Ana", "hash", T0), T0 + 200)])
    assert fresh_store.lessons_before(T0) == []
    assert fresh_store.lessons_before(T0 + 50) == [open_and_empty.id]
    assert sorted(fresh_store.lessons_before(T0 + 150)) == [ended.id, open_and_empty.id]
    assert len(fresh_store.lessons_before(T0 + 201)) == 3


def test_the_rows_of_one_student(fresh_store, lesson, ana, ben):
    fresh_store.append([face(ana, T0), face(ben, T0), face(ana, T0 + 1)])
    assert [row.observed_at for row in fresh_store.observation_rows(lesson.id, ana.id)] == [T0, T0 + 1]


def test_a_class_only_lesson_takes_steps_and_no_observation_and_no_name(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    student = fresh_store.add_student(lesson.id, None, "hash", T0)
    assert student.name is None and fresh_store.students(lesson.id)["name"].isna().all()
    with pytest.raises(ValueError, match="has none elsewhere. Received: 'Ana'"):
        fresh_store.add_student(lesson.id, "Ana", "hash-2", T0)
    start = int(T0) // 60 * 60
    fresh_store.append(
        [Observation(lesson.id, student.id, T0, Status.FACE, 0, (0.0,) * 4, (1.0, *(0.0,) * 6), "angry")],
        [Step(lesson.id, start + offset, {"happy": 4, "unsure": 1}, {"happy": 3.5, "sad": 1.5}) for offset in (0, 5)],
        [Coverage(lesson.id, start, 6, 5), Coverage(lesson.id, start + 5, 3, None)],
    )
    assert fresh_store.observation_count(lesson.id) == 0 and fresh_store.student_counts(lesson.id).empty
    assert fresh_store.counts(lesson.id, 60).to_dict("list") == {
        "time": [start] * 3,
        "state": ["happy", "sad", "unsure"],
        "n": [8, 0, 2],
        "p": [7.0, 3.0, 0.0],
    }
    assert fresh_store.counts(lesson.id, 5, start + 5)["n"].tolist() == [4, 0, 1]
    coverage = fresh_store.coverage(lesson.id)
    assert (
        coverage["present"].tolist() == [6, 3]
        and coverage["visible"].tolist()[0] == 5
        and coverage["visible"].isna()[1]
    )
    fresh_store.delete_lesson(lesson.id)
    assert fresh_store.coverage(lesson.id).empty and fresh_store.counts(lesson.id, 60).empty


def test_a_view_nobody_knows(fresh_store):
    with pytest.raises(ValueError, match="one of class, student, presence. Received: 'all'"):
        fresh_store.create_lesson("Maths", T0, "all")


def test_the_id_of_a_deleted_lesson_does_not_come_back(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    fresh_store.delete_lesson(lesson.id)
    assert fresh_store.create_lesson("Physics", T0).id != lesson.id
