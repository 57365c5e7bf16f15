"""What the store's tests write, and how they look at what was written."""

from dataclasses import replace

import pytest

from fer.records import Observation, Status
from tests.conftest import POSTGRESQL

T0 = 1_700_000_040.0  # a full minute
of_sqlite = pytest.mark.skipif(bool(POSTGRESQL), reason="about SQLite's file")
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


def face(student, at, label="happy", number=0, probabilities=HAPPY, box_xyxy=(10.04, 20.06, 50.0, 60.0)):
    return Observation(student.lesson_id, student.id, at, Status.FACE, number, box_xyxy, probabilities, label)


def without_face(student, at, status=Status.NO_FACE):
    return Observation(student.lesson_id, student.id, at, status)


def students(store, lesson, n):
    """The ids of new students of the lesson, named S0, S1, ... where it has names."""
    return [
        store.add_student(lesson.id, f"S{i}" if lesson.has_students else None, f"hash {lesson.id} {i}", 0.0).id
        for i in range(n)
    ]


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


def counted(store, *args, **kwargs):
    """The buckets in which a state was counted, without the probabilities."""
    counts = store.counts(*args, **kwargs)
    return counts.loc[counts["n"] > 0, ["time", "state", "n"]].reset_index(drop=True)


def counted_minutes(store, lesson_id):
    minutes = store.minute_counts(lesson_id)
    return minutes.loc[minutes["n"] > 0].drop(columns="p").reset_index(drop=True)


def noise(student, until=180):
    """Frames of every kind, in steps that fall into other buckets of each size."""
    kinds = [
        face(student, T0, "happy"),
        face(student, T0, "unsure"),
        without_face(student, T0),
        without_face(student, T0, Status.CAMERA_OFF),
    ]
    return [replace(kinds[number * number % 4], observed_at=T0 + number * 0.7) for number in range(int(until / 0.7))]
