"""What students ask in words, and who else wants to know it.

The class sees a question without a name; the teacher sees the name where the lesson has names. How many second one comes
out of a class-only lesson only where enough do. Times are Unix seconds.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import func

from fer.names import one_line
from fer.privacy.release import least_answers
from fer.records import Lesson
from fer.store.lessons import lock_student
from fer.store.schema import QUESTIONS, SECONDS, STUDENTS
from fer.store.store import Store

LONGEST_ASKED = 200
LEAST_BETWEEN_QUESTIONS_S = 15.0  # between two of one student
MOST_QUESTIONS = 20  # of one student in a lesson


class TooManyQuestions(Exception):
    """A student asked again at once, or has asked ``MOST_QUESTIONS`` times."""


@dataclass(frozen=True, slots=True)
class Question:
    """``seconds``: how many others want to know it, None where too few do to say. ``name``: None where the lesson has none."""

    id: int
    at: float
    text: str
    name: str | None
    seconds: int | None
    answered_at: float | None
    hidden_at: float | None

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.hidden_at is None


class Questions:
    """The side of the journal on which students ask."""

    _store: Store

    def ask_in_words(self, lesson_id: int, student_id: int, text: str, at: float, key: str | None = None) -> None:
        """``key``: the page's own name for the question; one with the same is asked once, however often it is sent.

        Raises ValueError for text that is no short line, and ``TooManyQuestions``."""
        text = one_line(text, LONGEST_ASKED, "A question")
        asked = sa.select(QUESTIONS.c.at, QUESTIONS.c.key).where(QUESTIONS.c.student_id == student_id)
        with self._store.transaction() as connection:
            lock_student(connection, student_id)
            earlier = connection.execute(asked).all()
            if key is not None and any(one.key == key for one in earlier):
                return
            if len(earlier) >= MOST_QUESTIONS or any(0 <= at - one.at < LEAST_BETWEEN_QUESTIONS_S for one in earlier):
                raise TooManyQuestions
            values = {"lesson_id": lesson_id, "student_id": student_id, "at": at, "text": text, "key": key}
            connection.execute(QUESTIONS.insert().values(values))

    def questions(self, lesson: Lesson) -> list[Question]:
        """The most wanted first, then the oldest. Of a class-only lesson those that few second are as one that nobody does."""
        seconds = sa.select(func.count()).where(SECONDS.c.question_id == QUESTIONS.c.id).scalar_subquery()
        query = (
            sa.select(
                *QUESTIONS.c["id", "at", "text"], STUDENTS.c.name, seconds, *QUESTIONS.c["answered_at", "hidden_at"]
            )
            .join(STUDENTS, STUDENTS.c.id == QUESTIONS.c.student_id)
            .where(QUESTIONS.c.lesson_id == lesson.id)
            .order_by(QUESTIONS.c.id)
        )
        least = least_answers(lesson.view)
        found = [
            Question(one, at, text, name, None if 0 < n < least else n, answered, hidden)
            for one, at, text, name, n, answered, hidden in self._store.rows(query)
        ]
        return sorted(found, key=lambda question: -(question.seconds or 0))

    def second(self, question_id: int, student_id: int, at: float, wants: bool = True) -> None:
        """A student wants to know it, too, or not any more. Not one's own, nor one that is no longer open."""
        mine = (SECONDS.c.question_id == question_id, SECONDS.c.student_id == student_id)
        open_to_me = (
            sa.select(QUESTIONS.c.lesson_id)
            .join(STUDENTS, STUDENTS.c.lesson_id == QUESTIONS.c.lesson_id)
            .where(
                QUESTIONS.c.id == question_id,
                QUESTIONS.c.student_id != student_id,
                QUESTIONS.c.answered_at.is_(None),
                QUESTIONS.c.hidden_at.is_(None),
                STUDENTS.c.id == student_id,
            )
        )
        with self._store.transaction() as connection:
            lock_student(connection, student_id)
            lesson_id = connection.scalar(open_to_me)
            if lesson_id is None:
                return
            connection.execute(SECONDS.delete().where(*mine))
            if wants:
                connection.execute(
                    SECONDS.insert().values(question_id=question_id, student_id=student_id, lesson_id=lesson_id, at=at)
                )

    def seconded_by(self, student_id: int) -> set[int]:
        """The questions that a student seconds."""
        query = sa.select(SECONDS.c.question_id).where(SECONDS.c.student_id == student_id)
        return {row[0] for row in self._store.rows(query)}

    def asked_by(self, student_id: int) -> set[int]:
        """The questions of a student's own."""
        query = sa.select(QUESTIONS.c.id).where(QUESTIONS.c.student_id == student_id)
        return {row[0] for row in self._store.rows(query)}

    def mark_answered(self, question_id: int, at: float | None) -> None:
        """Notes that the teacher has answered it, or with None that it is open again."""
        self._set(question_id, answered_at=at)

    def hide(self, question_id: int, at: float | None) -> None:
        """Nobody but the teacher sees it from now on; with None, the class does again."""
        self._set(question_id, hidden_at=at)

    def _set(self, question_id: int, **values: float | None) -> None:
        self._store.execute(QUESTIONS.update().where(QUESTIONS.c.id == question_id).values(**values))
