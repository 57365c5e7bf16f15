"""Lessons and their students: who may join what, under which name."""

import re
import secrets
from collections.abc import Collection
from itertools import chain, count
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func

from fer.names import look
from fer.records import CLASS_ONLY, ON_SERVER, READ_ON, VIEWS, Lesson, Student
from fer.store.database import Database
from fer.store.schema import HANDS, LESSONS, STUDENTS

# Without 0 O 1 I L, which look alike, and without vowels, so that no code spells a word.
CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
_NEWEST_FIRST = (LESSONS.c.started_at.desc(), LESSONS.c.id.desc())


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """The code that somebody typed in any case, with spaces and dashes."""
    return re.sub(r"[\W_]", "", text).upper()


class JoiningClosed(Exception):
    """The teacher lets nobody else in."""


class StoredLessons(Database):
    def create_lesson(
        self,
        title: str,
        now: float,
        view: str = CLASS_ONLY,
        country: str = "",
        purpose: str = "",
        course: str = "",
        several: bool = False,
        owner_id: int | None = None,
        is_demo: bool = False,
        account_key: str | None = None,
        read_on: str = ON_SERVER,
    ) -> Lesson:
        """A new open lesson with a join code that no other lesson has or had."""
        if view not in VIEWS:
            raise ValueError(f"A lesson's view must be one of {', '.join(VIEWS)}. Received: {view!r}")
        if read_on not in READ_ON:
            raise ValueError(f"Faces are read on one of {', '.join(READ_ON)}. Received: {read_on!r}")
        said: dict[str, Any] = {
            "title": title,
            "started_at": now,
            "view": view,
            "country": country,
            "purpose": purpose,
            "course": course,
            "several": several,
            "owner_id": owner_id,
            "is_demo": is_demo,
            "account_key": account_key,
            "read_on": read_on,
        }
        while True:
            code = new_code()
            new = self._insert(LESSONS).values(code=code, **said)
            with self.transaction() as connection:
                lesson_id = connection.scalar(
                    new.on_conflict_do_nothing(index_elements=["code"]).returning(LESSONS.c.id)
                )
            if lesson_id is not None:
                return Lesson(lesson_id, code, ended_at=None, **said)

    def end_lesson(self, lesson_id: int, now: float) -> None:
        """Ends an open lesson; one that has ended keeps its end. No seat leads to an account from now on."""
        ended = {"ended_at": now, "account_key": None}
        self.execute(LESSONS.update().where(LESSONS.c.id == lesson_id, LESSONS.c.ended_at.is_(None)).values(ended))
        self.lower_hands(HANDS.c.lesson_id == lesson_id, now)

    def set_joining_closed(self, lesson_id: int, closed_at: float | None) -> None:
        """Notes that nobody else may join, or with None that students may join again."""
        self.execute(LESSONS.update().where(LESSONS.c.id == lesson_id).values(joining_closed_at=closed_at))

    def started_by(self, lesson_id: int, now: float) -> None:
        """A lesson that was started while the clock was ahead started now at the latest."""
        self.execute(
            LESSONS.update().where(LESSONS.c.id == lesson_id, LESSONS.c.started_at > now).values(started_at=now)
        )

    def lesson(self, lesson_id: int) -> Lesson | None:
        return next(iter(self._lessons(LESSONS.c.id == lesson_id)), None)

    def lesson_by_code(self, code: str) -> Lesson | None:
        """The lesson of a join code as people type it: in any case, with spaces and dashes."""
        return next(iter(self._lessons(LESSONS.c.code == typed_code(code))), None)

    def lesson_by_number(self, number: str) -> Lesson | None:
        """The lesson whose id stands in an address, where anything may stand."""
        return next((lesson for lesson in self.lessons() if str(lesson.id) == number), None)

    def lessons(self) -> list[Lesson]:
        """All lessons, newest first."""
        return self._lessons()

    def open_lessons(self) -> list[Lesson]:
        return self._lessons(LESSONS.c.ended_at.is_(None))

    def lesson_summaries(self) -> pd.DataFrame:
        """One row per lesson, newest first: lesson_id, title, started_at, ended_at, students (who joined)."""
        students = sa.select(func.count()).where(STUDENTS.c.lesson_id == LESSONS.c.id).scalar_subquery()
        query = sa.select(*LESSONS.c["id", "title", "started_at", "ended_at"], students).order_by(*_NEWEST_FIRST)
        return self.frame(
            query, lesson_id="int64", title="str", started_at="float64", ended_at="float64", students="int64"
        )

    def add_student(
        self, lesson_id: int, name: str | None, token_hash: str, now: float, with_camera: bool = True
    ) -> Student:
        """A new student of an open lesson; a name that looks like a taken one becomes "Ana (2)". Who has this token already
        stays who they are.

        ``JoiningClosed`` where nobody else may join; ``ValueError`` where there is no open lesson, for a name in a
        lesson that does not show single students, and for none in one that does."""
        lesson = self.lesson(lesson_id)
        if lesson is None or not lesson.is_open:
            raise ValueError(
                f"This lesson has ended or does not exist, so nobody can join it. Received: lesson {lesson_id!r}"
            )
        if not lesson.may_be_joined:
            raise JoiningClosed
        if (name is not None) != lesson.has_students or (name is not None and not name.strip()):
            raise ValueError(
                "A student needs a name where a lesson shows single students, and has none elsewhere. "
                f"Received: {name!r}"
            )
        same_lesson = sa.select(STUDENTS.c.name).where(STUDENTS.c.lesson_id == lesson_id)
        with self.transaction() as connection:
            mine = sa.and_(STUDENTS.c.lesson_id == lesson_id, STUDENTS.c.token_hash == token_hash)
            if (same := _student(connection, mine)) is not None:
                return same
            while True:  # again when another student took the name between the two statements
                free = name and _free_name(name, set(map(look, connection.scalars(same_lesson))))
                new = (
                    self._insert(STUDENTS)
                    .values(
                        lesson_id=lesson_id,
                        name=free,
                        token_hash=token_hash,
                        joined_at=now,
                        with_camera=with_camera,
                        read_on=lesson.read_on,
                    )
                    .on_conflict_do_nothing(index_elements=["lesson_id", "name"])
                    .returning(STUDENTS.c.id)
                )
                student_id = connection.scalar(new)
                if student_id is not None:
                    return Student(student_id, lesson_id, free, now, None, None, with_camera, lesson.read_on)

    def student(self, student_id: int) -> Student | None:
        return self._student(STUDENTS.c.id == student_id)

    def student_by_token(self, token_hash: str) -> Student | None:
        return self._student(STUDENTS.c.token_hash == token_hash)

    def set_left(self, student_id: int, left_at: float | None) -> None:
        """Notes that a student has left of their own accord, or with None that they are back; not of one who was
        removed."""
        mine = (STUDENTS.c.id == student_id, STUDENTS.c.removed_at.is_(None))
        self.execute(STUDENTS.update().where(*mine).values(left_at=left_at))
        if left_at is not None:
            self.lower_hands(HANDS.c.student_id == student_id, left_at)

    def set_removed(self, student_ids: Collection[int], removed_at: float | None) -> None:
        """Notes that the teacher has removed students, or with None that they may be in the lesson again."""
        these = STUDENTS.c.id.in_(student_ids)
        self.execute(STUDENTS.update().where(these).values(left_at=removed_at, removed_at=removed_at))
        if removed_at is not None:
            self.lower_hands(HANDS.c.student_id.in_(student_ids), removed_at)

    def lower_hands(self, whose: sa.ColumnElement[bool], at: float) -> None:
        """Takes hands down, of ``schema.HANDS``; the names that were typed for it are deleted, out of the files too."""
        self.execute(HANDS.update().where(whose, HANDS.c.lowered_at.is_(None)).values(lowered_at=at, name=None))
        self.erase()

    def set_with_camera(self, student_id: int, with_camera: bool) -> None:
        """Notes whether a student agreed to share a camera."""
        self.execute(STUDENTS.update().where(STUDENTS.c.id == student_id).values(with_camera=with_camera))

    def set_read_on(self, student_id: int, read_on: str) -> None:
        """Notes where a student agreed to have their face read."""
        self.execute(STUDENTS.update().where(STUDENTS.c.id == student_id).values(read_on=read_on))

    def in_lesson(self, lesson_id: int) -> dict[int, tuple[bool, str]]:
        """The students who are in a lesson, as far as is stored: who have neither left nor been removed; each with
        ``with_camera`` and ``read_on``."""
        wanted = sa.select(*STUDENTS.c["id", "with_camera", "read_on"])
        rows = self.rows(wanted.where(STUDENTS.c.lesson_id == lesson_id, STUDENTS.c.left_at.is_(None)))
        return {one: (with_camera, read_on) for one, with_camera, read_on in rows}

    def students(self, lesson_id: int) -> pd.DataFrame:
        """A lesson's students as they joined: student_id, name, joined_at, left_at, last_seen_at, removed_at."""
        query = (
            sa.select(*STUDENTS.c["id", "name", "joined_at", "left_at", "last_seen_at", "removed_at"])
            .where(STUDENTS.c.lesson_id == lesson_id)
            .order_by(STUDENTS.c.id)
        )
        times = dict.fromkeys(("joined_at", "left_at", "last_seen_at", "removed_at"), "float64")
        return self.frame(query, student_id="int64", name="str", **times)

    def _lessons(self, *conditions: sa.ColumnElement) -> list[Lesson]:
        return [Lesson(*row) for row in self.rows(sa.select(*LESSONS.c).where(*conditions).order_by(*_NEWEST_FIRST))]

    def _student(self, condition: sa.ColumnElement) -> Student | None:
        with self.transaction() as connection:
            return _student(connection, condition)


def lock_student(connection: sa.Connection, student_id: int) -> None:
    """No other transaction writes what is a student's until this one ends: by a write that changes nothing."""
    connection.execute(STUDENTS.update().where(STUDENTS.c.id == student_id).values(name=STUDENTS.c.name))


def _student(connection: sa.Connection, condition: sa.ColumnElement) -> Student | None:
    wanted = STUDENTS.c["id", "lesson_id", "name", "joined_at", "left_at", "removed_at", "with_camera", "read_on"]
    row = connection.execute(sa.select(*wanted).where(condition)).first()
    return Student(*row) if row else None


def _free_name(name: str, taken: set[str]) -> str:
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    return next(free for free in names if look(free) not in taken)
