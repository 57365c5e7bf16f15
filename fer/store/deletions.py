"""What is deleted: a student with what they added to the counts, or a lesson with everything in it."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, func

from fer.records import EMOTIONS, STUDENT
from fer.store.database import Database
from fer.store.erase import count_deletion
from fer.store.lessons import lock_student
from fer.store.observations import TAKE_OUT, bucket
from fer.store.schema import (
    COUNTED_STEPS_S,
    COUNTS,
    COVERAGE,
    LESSONS,
    METADATA,
    OBSERVATIONS,
    OVERDUE,
    PROBABILITIES,
    STUDENTS,
)

LEAST_P = 5e-5  # what is left of a sum of probabilities with four decimals when all of them are taken out


class Deletions(Database):
    def delete_student(self, student_id: int) -> None:
        """Deletes every row of a student, and takes out of the lesson's counts what they added."""
        self._note(STUDENTS, student_id)
        mine = sa.and_(OBSERVATIONS.c.student_id == student_id, OBSERVATIONS.c.role == STUDENT)  # what was counted
        state = func.coalesce(OBSERVATIONS.c.label, OBSERVATIONS.c.status)
        second = sa.cast(func.floor(OBSERVATIONS.c.observed_at), BigInteger)
        with self.transaction() as connection:
            lock_student(connection, student_id)  # nothing of them is written between what is read and what is deleted
            for step_s in COUNTED_STEPS_S:
                start = bucket(second, step_s)
                added = connection.execute(
                    sa.select(OBSERVATIONS.c.lesson_id, start, state, func.count())
                    .where(mine)
                    .group_by(OBSERVATIONS.c.lesson_id, start, state)
                ).all()
                if added:
                    connection.execute(
                        TAKE_OUT,
                        [
                            {"lesson": lesson_id, "step": step_s, "since": since, "of": of, "less": n, "less_p": 0.0}
                            for lesson_id, since, of, n in added
                        ],
                    )
                _take_out_probabilities(connection, mine, step_s, start)
            lesson = sa.select(STUDENTS.c.lesson_id).where(STUDENTS.c.id == student_id).scalar_subquery()
            connection.execute(
                COUNTS.delete().where(COUNTS.c.lesson_id == lesson, COUNTS.c.n <= 0, COUNTS.c.p < LEAST_P)
            )
            _delete(connection, sa.select(STUDENTS.c.id).where(STUDENTS.c.id == student_id))
            connection.execute(STUDENTS.delete().where(STUDENTS.c.id == student_id))
            count_deletion(connection)
        self.erase()

    def delete_lesson(self, lesson_id: int) -> None:
        """Deletes a lesson and every row that belongs to it."""
        self._note(LESSONS, lesson_id)
        with self.transaction() as connection:
            _delete(connection, sa.select(STUDENTS.c.id).where(STUDENTS.c.lesson_id == lesson_id))
            for table in reversed(METADATA.sorted_tables):
                if "lesson_id" in table.c:
                    connection.execute(table.delete().where(table.c.lesson_id == lesson_id))
            connection.execute(LESSONS.delete().where(LESSONS.c.id == lesson_id))
            count_deletion(connection)
        self.erase()

    def _note(self, table: sa.Table, row_id: int) -> None:
        what, mark = ("lesson", LESSONS.c.code) if table is LESSONS else ("student", STUDENTS.c.token_hash)
        for found in self.rows(sa.select(mark).where(table.c.id == row_id)):
            self.note_deletion(what, found[0])

    def note_overdue(self, before: float, now: float) -> None:
        """Notes the lessons that were over before; forgets those that are so no more, and what was noted later than now:
        in both cases the clock came back. A lesson that nobody ended was over at its last sign of a student."""
        over = sa.select(LESSONS.c.id).where(self._over_at() < before)
        noted = sa.select(OVERDUE.c.lesson_id)
        with self.transaction() as connection:
            connection.execute(
                OVERDUE.delete().where(sa.or_(OVERDUE.c.found_at > now, OVERDUE.c.lesson_id.not_in(over)))
            )
            new = [
                {"lesson_id": one, "found_at": now}
                for one in connection.scalars(over.where(LESSONS.c.id.not_in(noted)))
            ]
            if new:
                connection.execute(self._insert(OVERDUE).on_conflict_do_nothing(), new)

    def overdue(self, before: float, found_before: float) -> list[int]:
        """Lessons that were over before, and were noted as such at ``found_before`` or earlier."""
        query = (
            sa.select(LESSONS.c.id)
            .join(OVERDUE, OVERDUE.c.lesson_id == LESSONS.c.id)
            .where(self._over_at() < before, OVERDUE.c.found_at <= found_before)
            .order_by(LESSONS.c.id)
        )
        with self.transaction() as connection:
            return list(connection.scalars(query))

    def _over_at(self) -> sa.ColumnElement[float]:
        def newest(table: sa.Table, at: sa.ColumnElement) -> sa.ScalarSelect:
            return (
                sa.select(func.coalesce(func.max(at), LESSONS.c.started_at))
                .where(table.c.lesson_id == LESSONS.c.id)
                .correlate(LESSONS)
                .scalar_subquery()
            )

        seen_at = newest(STUDENTS, func.coalesce(STUDENTS.c.last_seen_at, STUDENTS.c.joined_at))
        return func.coalesce(LESSONS.c.ended_at, self._greatest(seen_at, newest(COVERAGE, COVERAGE.c.start)))


def _delete(connection: sa.Connection, students: sa.Select) -> None:
    """Every row that belongs to these students, in whatever table; not the students themselves."""
    for table in reversed(METADATA.sorted_tables):
        if "student_id" in table.c:
            connection.execute(table.delete().where(table.c.student_id.in_(students)))


def _take_out_probabilities(connection: sa.Connection, mine: sa.ColumnElement, step_s: int, start: sa.Label) -> None:
    sums = [func.sum(OBSERVATIONS.c[name]) for name in PROBABILITIES]
    faces = (
        sa.select(OBSERVATIONS.c.lesson_id, start, *sums)
        .where(mine, OBSERVATIONS.c.label.is_not(None))
        .group_by(OBSERVATIONS.c.lesson_id, start)
    )
    less = [
        {"lesson": lesson_id, "step": step_s, "since": since, "of": of, "less": 0, "less_p": p}
        for lesson_id, since, *ps in connection.execute(faces).all()
        for of, p in zip(EMOTIONS, ps, strict=True)
    ]
    if less:
        connection.execute(TAKE_OUT, less)
