"""Observations: what is written is counted, what fails leaves nothing, and a page's query stays small."""

import sqlite3

import pytest
import sqlalchemy as sa

from fer.records import EMOTIONS, LABELS, PER_STUDENT, STATES, Coverage, Observation, Status, Step
from fer.store.errors import StoreError
from fer.store.schema import COUNTED_STEPS_S
from tests.store.rows import HAPPY, T0, counted, counted_minutes, everything, face, of_sqlite, raw, without_face


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
        "student",
        None,
    )
    assert raw(fresh_store, "SELECT * FROM observations")[2] == (
        3,
        lesson.id,
        ben.id,
        T0 + 0.6,
        "no face",
        0,
        *[None] * 12,
        "student",
        None,
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
    assert (
        recent
        == "SEARCH observations USING INDEX observations_by_time (lesson_id=? AND observed_at>? AND observed_at<?)"
    )
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
    read = fresh_store.frame

    def read_then_append(query, **dtypes):
        frame = read(query, **dtypes)
        fresh_store.append([face(ana, T0 + 60 * (fresh_store.observation_count(lesson.id)))])
        return frame

    monkeypatch.setattr(fresh_store, "frame", read_then_append)
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
    monkeypatch.setattr("fer.store.observations.ROWS_AT_ONCE", 2)
    fresh_store.append([face(student, T0, number=number) for student in (ben, ana) for number in range(5)])
    rows = [(row.name, row.face) for row in fresh_store.observation_rows(lesson.id)]
    assert rows == [(name, number) for name in ("Ana", "Ben") for number in range(5)]
    assert len(list(fresh_store.observation_rows(lesson.id, ben.id))) == 5


def test_readers_who_stop_reading_keep_nobody_waiting(fresh_store, lesson, ana):
    fresh_store.append([face(ana, T0 + second) for second in range(2000)])
    slow = [fresh_store.observation_rows(lesson.id) for _ in range(20)]  # more than the pool has connections
    assert [next(rows).observed_at for rows in slow] == [T0] * 20
    assert fresh_store.lessons() == [lesson]


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


def test_every_state_can_be_stored(fresh_store, lesson, ana):
    fresh_store.append(
        [face(ana, T0, label) for label in LABELS]
        + [without_face(ana, T0, status) for status in (Status.NO_FACE, Status.CAMERA_OFF)]
    )
    assert set(fresh_store.student_counts(lesson.id)["state"]) == set(STATES) and len(EMOTIONS) == 7


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


def test_what_was_seen_after_the_end_is_left_out(fresh_store, lesson, ana):
    """Another process ended the lesson; what was seen before may still come."""
    other = fresh_store.create_lesson("Class", T0)
    for one in (lesson, other):
        fresh_store.end_lesson(one.id, T0 + 10)
    fresh_store.append(
        [face(ana, T0 + second) for second in (1, 9.9, 10.1, 20)],
        [Step(other.id, int(T0) + second, {"happy": 3}, {"happy": 2.5}) for second in (5, 10, 15)],
        [Coverage(one.id, int(T0) + second, 3, 3) for second in (5, 10) for one in (lesson, other)],
    )
    assert [row.observed_at for row in fresh_store.observation_rows(lesson.id)] == [T0 + 1, T0 + 9.9]
    assert fresh_store.counts(lesson.id, 60)["n"].sum() >= 2 and fresh_store.counts(other.id, 5)["n"].tolist() == [3]
    assert [len(fresh_store.coverage(one.id)) for one in (lesson, other)] == [1, 1]
    fresh_store.append([face(ana, T0 + 30)])
    assert fresh_store.students(lesson.id)["last_seen_at"].isna().tolist() == [True]
    fresh_store.append([face(ana, T0 + 9.95)])
    assert fresh_store.students(lesson.id)["last_seen_at"].tolist() == [T0 + 9.95]
