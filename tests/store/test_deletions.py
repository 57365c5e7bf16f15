"""What is deleted is gone, from the rows, the counts and the file."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from fer.records import PER_STUDENT, Coverage, Step
from fer.store import deletions
from fer.store.schema import METADATA
from tests.store.rows import T0, counted, everything, face, noise, of_sqlite, raw, without_face


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
        take_out, appends = deletions._take_out_probabilities, []

        def append_then_take_out(*args):
            if not appends:
                appends.append(engine.submit(fresh_store.append, [face(ana, T0 + 1)]))
                wait(appends, timeout=0.5)  # it cannot end before the deletion has
            take_out(*args)

        monkeypatch.setattr(deletions, "_take_out_probabilities", append_then_take_out)
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
    for before, over in (
        (T0, []),
        (T0 + 50, [open_and_empty.id]),
        (T0 + 150, [ended.id, open_and_empty.id]),
        (T0 + 201, [ended.id, open_and_seen.id, open_and_empty.id]),
    ):
        fresh_store.note_overdue(before, T0)
        assert fresh_store.overdue(before, T0) == over and fresh_store.overdue(before, T0 - 1) == []
    fresh_store.note_overdue(T0 + 150, T0)
    assert fresh_store.overdue(T0 + 201, T0) == [ended.id, open_and_empty.id]


def test_the_id_of_a_deleted_lesson_does_not_come_back(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    fresh_store.delete_lesson(lesson.id)
    assert fresh_store.create_lesson("Physics", T0).id != lesson.id
