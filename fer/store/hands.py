"""Raised hands: the only thing a student says with their name, whatever the lesson shows.

Where a lesson has no names, who raises a hand types one; it is stored while the hand is up and no longer. Afterwards
only numbers come out, and of a class-only lesson only where enough students raised theirs. Times are Unix seconds.
"""

from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func

from fer.names import LONGEST_NAME, one_line
from fer.privacy.release import least_answers
from fer.records import Lesson, Student
from fer.store.lessons import lock_student
from fer.store.minutes import minute_of, per_minute
from fer.store.schema import HANDS, STUDENTS
from fer.store.store import Store

LEAST_BETWEEN_HANDS_S = 2.0  # between two of one student


@dataclass(frozen=True, slots=True)
class Hand:
    """A raised hand and whose it is."""

    id: int
    student_id: int
    name: str
    raised_at: float


class Hands:
    """The side of the journal on which hands go up."""

    _store: Store

    def raise_hand(self, lesson: Lesson, student: Student, name: str, at: float) -> bool:
        """Whether it was taken: a second one within ``LEAST_BETWEEN_HANDS_S`` is not, nor one that is up already.

        ``name``: where the lesson has none of the student; raises ValueError for one that is no short line."""
        typed = None if student.name else one_line(name, LONGEST_NAME, "Your name")
        mine = HANDS.c.student_id == student.id
        lately = sa.and_(HANDS.c.raised_at > at - LEAST_BETWEEN_HANDS_S, HANDS.c.raised_at <= at)
        held = sa.select(HANDS.c.id).where(mine, sa.or_(HANDS.c.lowered_at.is_(None), lately)).limit(1)
        with self._store.transaction() as connection:
            lock_student(connection, student.id)  # so that two windows of one student raise one hand
            if connection.scalar(held) is not None:
                return False
            connection.execute(
                HANDS.insert().values(lesson_id=lesson.id, student_id=student.id, raised_at=at, name=typed)
            )
            return True

    def hands(self, lesson_id: int) -> list[Hand]:
        """Those that are up now; the first to go up first."""
        name = func.coalesce(HANDS.c.name, STUDENTS.c.name)
        query = (
            sa.select(HANDS.c.id, HANDS.c.student_id, name, HANDS.c.raised_at)
            .join(STUDENTS, STUDENTS.c.id == HANDS.c.student_id)
            .where(HANDS.c.lesson_id == lesson_id, HANDS.c.lowered_at.is_(None))
            .order_by(HANDS.c.id)
        )
        return [Hand(*row) for row in self._store.rows(query)]

    def lower_hand(self, hand_id: int, at: float) -> None:
        """As the teacher does who has called the student."""
        self._store.lower_hands(HANDS.c.id == hand_id, at)

    def lower_my_hand(self, student_id: int, at: float) -> None:
        self._store.lower_hands(HANDS.c.student_id == student_id, at)

    def raised(self, lesson: Lesson) -> pd.DataFrame:
        """Hands per minute over the lesson: time (the minute's start), n. Of a class-only lesson only minutes in which
        enough students raised one."""
        minute = minute_of(HANDS.c.raised_at)
        query = per_minute(HANDS, minute, lesson.id, least_answers(lesson.view))
        return self._store.frame(query, time="int64", n="int64")
