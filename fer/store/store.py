"""The database: lessons, students, append-only observations, and counts that keep a dashboard's query small.

All SQL of the project is here. SQLite in WAL mode by default (the engine's thread appends while page threads read),
PostgreSQL by URL. Times are Unix seconds. Whatever the database refuses comes out as ``StoreError``.
"""

import re
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain, count
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import BigInteger, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from fer.records import CLASS_ONLY, EMOTIONS, PER_STUDENT, VIEWS, Coverage, Lesson, Observation, Step, Student
from fer.store.errors import StoreError, told_as_store_error
from fer.store.migrate import bring_up_to_date
from fer.store.schema import (
    CORNERS,
    COUNTED_STEPS_S,
    COUNTS,
    COVERAGE,
    LESSONS,
    METADATA,
    OBSERVATIONS,
    PROBABILITIES,
    SESSIONS,
    STUDENT_COUNTS,
    STUDENTS,
)

# Without 0 O 1 I L, which look alike, and without vowels, so that no code spells a word.
CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
ROWS_AT_ONCE = 1000
LEAST_P = 5e-5  # what is left of a sum of probabilities with four decimals when all of them are taken out
_NEWEST_FIRST = (LESSONS.c.started_at.desc(), LESSONS.c.id.desc())
_IN_TIME = tuple(OBSERVATIONS.c["observed_at", "student_id", "face"])
_SEEN = (
    STUDENTS.update()
    .values(last_seen_at=sa.bindparam("seen_at"))
    .where(
        STUDENTS.c.id == sa.bindparam("who"),
        STUDENTS.c.lesson_id.in_(sa.select(LESSONS.c.id).where(LESSONS.c.view == PER_STUDENT)),
        sa.or_(STUDENTS.c.last_seen_at.is_(None), STUDENTS.c.last_seen_at < sa.bindparam("seen_at")),
    )
)
_TAKE_OUT = (
    COUNTS.update()
    .values(n=COUNTS.c.n - sa.bindparam("less"), p=COUNTS.c.p - sa.bindparam("less_p"))
    .where(
        COUNTS.c.lesson_id == sa.bindparam("lesson"),
        COUNTS.c.step_s == sa.bindparam("step"),
        COUNTS.c.start == sa.bindparam("since"),
        COUNTS.c.state == sa.bindparam("of"),
    )
)
_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # dialects with INSERT .. ON CONFLICT
BUSY_S = 5  # how long a lock of another program is waited for
_PRAGMAS = (
    "synchronous=NORMAL",
    f"busy_timeout={BUSY_S * 1000}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten in the file
)


class Store:
    """An open database, safe to share between threads; its folder, file and tables are created when missing.

    Raises ``StoreError`` at once for a place that cannot be written, so that no lesson starts on it.
    """

    def __init__(self, url: str):
        self._engine, self.place = _open(url)
        self._insert = _INSERTS[self._engine.dialect.name]
        self._greatest = func.max if self._engine.dialect.name == "sqlite" else func.greatest  # of several columns
        bring_up_to_date(self._engine, self.place)
        self._execute(SESSIONS.delete().where(sa.false()))  # fails where reading works and writing does not

    def close(self) -> None:
        self._engine.dispose()

    def create_lesson(
        self, title: str, now: float, view: str = CLASS_ONLY, country: str = "", purpose: str = "", course: str = ""
    ) -> Lesson:
        """A new open lesson with a join code that no other lesson has or had."""
        if view not in VIEWS:
            raise ValueError(f"A lesson's view must be one of {', '.join(VIEWS)}. Received: {view!r}")
        said = {
            "title": title,
            "started_at": now,
            "view": view,
            "country": country,
            "purpose": purpose,
            "course": course,
        }
        while True:
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
            new = self._insert(LESSONS).values(code=code, **said)
            with self.transaction() as connection:
                lesson_id = connection.scalar(
                    new.on_conflict_do_nothing(index_elements=["code"]).returning(LESSONS.c.id)
                )
            if lesson_id is not None:
                return Lesson(lesson_id, code, ended_at=None, **said)

    def end_lesson(self, lesson_id: int, now: float) -> None:
        """Ends an open lesson; one that has ended keeps its end."""
        self._execute(
            LESSONS.update().where(LESSONS.c.id == lesson_id, LESSONS.c.ended_at.is_(None)).values(ended_at=now)
        )

    def lesson(self, lesson_id: int) -> Lesson | None:
        return next(iter(self._lessons(LESSONS.c.id == lesson_id)), None)

    def lesson_by_code(self, code: str) -> Lesson | None:
        """The lesson of a join code as people type it: in any case, with spaces and dashes."""
        return next(iter(self._lessons(LESSONS.c.code == re.sub(r"[\W_]", "", code).upper())), None)

    def lesson_by_number(self, number: str) -> Lesson | None:
        """The lesson whose id stands in an address, where anything may stand."""
        return next((lesson for lesson in self.lessons() if str(lesson.id) == number), None)

    def lessons(self) -> list[Lesson]:
        """All lessons, newest first."""
        return self._lessons()

    def lesson_summaries(self) -> pd.DataFrame:
        """One row per lesson, newest first: lesson_id, title, started_at, ended_at, students (who joined)."""
        students = sa.select(func.count()).where(STUDENTS.c.lesson_id == LESSONS.c.id).scalar_subquery()
        query = sa.select(*LESSONS.c["id", "title", "started_at", "ended_at"], students).order_by(*_NEWEST_FIRST)
        return self._frame(
            query, lesson_id="int64", title="str", started_at="float64", ended_at="float64", students="int64"
        )

    def add_student(self, lesson_id: int, name: str | None, token_hash: str, now: float) -> Student:
        """A new student of an open lesson; a name that is taken there becomes "Ana (2)". ``ValueError`` otherwise, and for a
        name in a lesson that does not show single students, or none in one that does."""
        lesson = self.lesson(lesson_id)
        if lesson is None or not lesson.is_open:
            raise ValueError(
                f"This lesson has ended or does not exist, so nobody can join it. Received: lesson {lesson_id!r}"
            )
        if (name is not None) != lesson.has_students or (name is not None and not name.strip()):
            raise ValueError(
                f"A student needs a name where a lesson shows single students, and has none elsewhere. Received: {name!r}"
            )
        same_lesson = sa.select(STUDENTS.c.name).where(STUDENTS.c.lesson_id == lesson_id)
        with self.transaction() as connection:
            while True:  # again when another student took the name between the two statements
                free = name and _free_name(name, {taken.casefold() for taken in connection.scalars(same_lesson)})
                new = (
                    self._insert(STUDENTS)
                    .values(lesson_id=lesson_id, name=free, token_hash=token_hash, joined_at=now)
                    .on_conflict_do_nothing(index_elements=["lesson_id", "name"])
                    .returning(STUDENTS.c.id)
                )
                student_id = connection.scalar(new)
                if student_id is not None:
                    return Student(student_id, lesson_id, free, now, None)

    def student(self, student_id: int) -> Student | None:
        return self._student(STUDENTS.c.id == student_id)

    def student_by_token(self, token_hash: str) -> Student | None:
        return self._student(STUDENTS.c.token_hash == token_hash)

    def set_left(self, student_id: int, left_at: float | None) -> None:
        """Notes that a student has left of their own accord, or with None that they are back."""
        self._execute(STUDENTS.update().where(STUDENTS.c.id == student_id).values(left_at=left_at))

    def students(self, lesson_id: int) -> pd.DataFrame:
        """A lesson's students as they joined: student_id, name, joined_at, left_at, last_seen_at."""
        query = (
            sa.select(*STUDENTS.c["id", "name", "joined_at", "left_at", "last_seen_at"])
            .where(STUDENTS.c.lesson_id == lesson_id)
            .order_by(STUDENTS.c.id)
        )
        return self._frame(
            query, student_id="int64", name="str", joined_at="float64", left_at="float64", last_seen_at="float64"
        )

    def append(
        self, observations: Sequence[Observation], steps: Sequence[Step] = (), coverage: Sequence[Coverage] = ()
    ) -> None:
        """Writes the observations and everything counted from them, what was released of class-only lessons, and who was
        there, in one transaction: all of it or nothing.

        Left out is what is about students or lessons that were deleted meanwhile, and observations of students whose lesson
        does not show them singly."""
        with self.transaction() as connection:
            self._append(connection, observations)
            about = {one.lesson_id for one in (*steps, *coverage)}
            there = set(connection.scalars(sa.select(LESSONS.c.id).where(LESSONS.c.id.in_(about)))) if about else ()
            steps, coverage = ([one for one in some if one.lesson_id in there] for some in (steps, coverage))
            if steps:
                connection.execute(self._add_up(COUNTS, "n", "p"), _step_buckets(steps))
            if coverage:
                connection.execute(self._insert(COVERAGE).on_conflict_do_nothing(), [asdict(one) for one in coverage])

    def _append(self, connection: sa.Connection, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        seen = {o.student_id: o.observed_at for o in sorted(observations, key=lambda o: o.observed_at)}
        # A write first: it locks, so that nobody of who is known is deleted before the rest is written.
        connection.execute(_SEEN, [{"who": who, "seen_at": seen[who]} for who in sorted(seen)])
        known = (
            sa.select(STUDENTS.c.id)
            .join(LESSONS, LESSONS.c.id == STUDENTS.c.lesson_id)
            .where(STUDENTS.c.id.in_(seen), LESSONS.c.view == PER_STUDENT)
        )
        known = set(connection.scalars(known))
        observations = [o for o in observations if o.student_id in known]
        if not observations:
            return
        states = sorted(Counter((o.student_id, o.state) for o in observations).items())
        connection.execute(OBSERVATIONS.insert(), [_row(o) for o in observations])
        connection.execute(self._add_up(COUNTS, "n", "p"), _buckets(observations))
        connection.execute(
            self._add_up(STUDENT_COUNTS, "n"),
            [{"student_id": student_id, "state": state, "n": n} for (student_id, state), n in states],
        )

    def delete_student(self, student_id: int) -> None:
        """Deletes every row of a student, and takes out of the lesson's counts what they added."""
        mine = OBSERVATIONS.c.student_id == student_id
        state = func.coalesce(OBSERVATIONS.c.label, OBSERVATIONS.c.status)
        second = sa.cast(func.floor(OBSERVATIONS.c.observed_at), BigInteger)
        with self.transaction() as connection:
            # A write first: it locks, so that nothing of them is written between what is read here and what is deleted.
            connection.execute(STUDENTS.update().where(STUDENTS.c.id == student_id).values(name=STUDENTS.c.name))
            for step_s in COUNTED_STEPS_S:
                start = _bucket(second, step_s)
                added = connection.execute(
                    sa.select(OBSERVATIONS.c.lesson_id, start, state, func.count())
                    .where(mine)
                    .group_by(OBSERVATIONS.c.lesson_id, start, state)
                ).all()
                if added:
                    connection.execute(
                        _TAKE_OUT,
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

    def delete_lesson(self, lesson_id: int) -> None:
        """Deletes a lesson and every row that belongs to it."""
        with self.transaction() as connection:
            _delete(connection, sa.select(STUDENTS.c.id).where(STUDENTS.c.lesson_id == lesson_id))
            for table in reversed(METADATA.sorted_tables):
                if "lesson_id" in table.c:
                    connection.execute(table.delete().where(table.c.lesson_id == lesson_id))
            connection.execute(LESSONS.delete().where(LESSONS.c.id == lesson_id))

    def lessons_before(self, time: float) -> list[int]:
        """Lessons that ended before; one that nobody ended counts from its last sign of a student."""

        def newest(table: sa.Table, at: sa.ColumnElement) -> sa.ScalarSelect:
            return (
                sa.select(func.coalesce(func.max(at), LESSONS.c.started_at))
                .where(table.c.lesson_id == LESSONS.c.id)
                .correlate(LESSONS)
                .scalar_subquery()
            )

        seen_at = newest(STUDENTS, func.coalesce(STUDENTS.c.last_seen_at, STUDENTS.c.joined_at))
        over_at = func.coalesce(LESSONS.c.ended_at, self._greatest(seen_at, newest(COVERAGE, COVERAGE.c.start)))
        with self.transaction() as connection:
            return list(connection.scalars(sa.select(LESSONS.c.id).where(over_at < time)))

    def recent(self, lesson_id: int, since: float) -> pd.DataFrame:
        """Observations newer than ``since``, oldest first: student_id, observed_at, status, face, label, state,
        confidence (the probability of the likeliest emotion; NaN without a face). Its cost does not grow with the lesson."""
        likeliest = self._greatest(*OBSERVATIONS.c[PROBABILITIES])
        query = (
            sa.select(*OBSERVATIONS.c["student_id", "observed_at", "status", "face", "label"], likeliest)
            .where(OBSERVATIONS.c.lesson_id == lesson_id, OBSERVATIONS.c.observed_at > since)
            .order_by(*_IN_TIME)
        )
        frame = self._frame(
            query,
            student_id="int64",
            observed_at="float64",
            status="str",
            face="int64",
            label="str",
            confidence="float64",
        )
        frame.insert(5, "state", frame["label"].fillna(frame["status"]))
        return frame

    def counts(self, lesson_id: int, step_s: int, since: float | None = None) -> pd.DataFrame:
        """Observations per bucket of ``step_s`` seconds and state: time (the bucket's start), state, n, and p (the sum
        of the probability of that state's emotion over all faces of the bucket).

        ``since`` leaves out the buckets before the one it falls into."""
        if step_s < 1:
            raise ValueError(f"step_s must be at least one second. Received: {step_s!r}")
        start = _bucket(COUNTS.c.start, step_s)
        counted_step_s = next(counted for counted in COUNTED_STEPS_S if step_s % counted == 0)
        query = sa.select(start, COUNTS.c.state, func.sum(COUNTS.c.n), func.sum(COUNTS.c.p)).where(
            COUNTS.c.lesson_id == lesson_id, COUNTS.c.step_s == counted_step_s
        )
        if since is not None:
            query = query.where(COUNTS.c.start >= int(since // step_s) * step_s)
        query = query.group_by(start, COUNTS.c.state).order_by(start, COUNTS.c.state)
        return self._frame(query, time="int64", state="str", n="int64", p="float64")

    def coverage(self, lesson_id: int, since: float = 0.0) -> pd.DataFrame:
        """Who was there, step by step: time (the step's start), present, visible (students with a face that is seen; NaN
        where too few are there to say)."""
        query = (
            sa.select(*COVERAGE.c["start", "present", "visible"])
            .where(COVERAGE.c.lesson_id == lesson_id, COVERAGE.c.start >= since)
            .order_by(COVERAGE.c.start)
        )
        return self._frame(query, time="int64", present="int64", visible="float64")

    def course_counts(self, course: str) -> pd.DataFrame:
        """Over each whole lesson of a course: lesson_id, state, n and p as in ``counts``. Added up from the minutes."""
        query = (
            sa.select(COUNTS.c.lesson_id, COUNTS.c.state, func.sum(COUNTS.c.n), func.sum(COUNTS.c.p))
            .where(COUNTS.c.lesson_id.in_(_of_course(course)), COUNTS.c.step_s == max(COUNTED_STEPS_S))
            .group_by(COUNTS.c.lesson_id, COUNTS.c.state)
        )
        return self._frame(query, lesson_id="int64", state="str", n="int64", p="float64")

    def course_coverage(self, course: str) -> pd.DataFrame:
        """Over each whole lesson of a course: lesson_id, present and visible (students, summed over the steps of which both may
        be said)."""
        query = (
            sa.select(COVERAGE.c.lesson_id, func.sum(COVERAGE.c.present), func.sum(COVERAGE.c.visible))
            .where(COVERAGE.c.lesson_id.in_(_of_course(course)), COVERAGE.c.visible.is_not(None))
            .group_by(COVERAGE.c.lesson_id)
        )
        return self._frame(query, lesson_id="int64", present="int64", visible="int64")

    def student_counts(self, lesson_id: int) -> pd.DataFrame:
        """Observations per student and state over the lesson: student_id, state, n."""
        query = (
            sa.select(*STUDENT_COUNTS.c)
            .join(STUDENTS)
            .where(STUDENTS.c.lesson_id == lesson_id)
            .order_by(STUDENT_COUNTS.c.student_id, STUDENT_COUNTS.c.state)
        )
        return self._frame(query, student_id="int64", state="str", n="int64")

    def minute_counts(self, lesson_id: int) -> pd.DataFrame:
        """Observations per minute and state: time (the minute's start), state, n, and students (how many sent frames
        in that minute, whatever their state). Reads the whole lesson: for the export, not for a live page."""
        counts = self.counts(
            lesson_id, 60
        )  # first, so that the second query knows every minute of a lesson that goes on
        minute = _bucket(sa.cast(func.floor(OBSERVATIONS.c.observed_at), BigInteger), 60)
        query = (
            sa.select(minute, func.count(OBSERVATIONS.c.student_id.distinct()))
            .where(OBSERVATIONS.c.lesson_id == lesson_id)
            .group_by(minute)
        )
        students = self._frame(query, time="int64", students="int64").set_index("time")["students"]
        return counts.assign(students=counts["time"].map(students).fillna(0).astype("int64"))

    def observation_count(self, lesson_id: int) -> int:
        with self.transaction() as connection:
            return connection.scalar(sa.select(func.count()).where(OBSERVATIONS.c.lesson_id == lesson_id))

    def observation_rows(self, lesson_id: int, student_id: int | None = None) -> Iterator[sa.Row]:
        """Every observation, of one student or of all, in the order of time, student and face, read in chunks however
        long the lesson is. A chunk is a transaction of its own: a reader who is slow keeps nobody else waiting.

        A row has observed_at, name, status, face, label, the ``PROBABILITIES``, the ``CORNERS``, in this order, and its place."""
        seen = OBSERVATIONS.c
        place = (*_IN_TIME, seen.id)
        query = (
            sa.select(
                seen.observed_at,
                STUDENTS.c.name,
                *seen["status", "face", "label", *PROBABILITIES, *CORNERS],
                seen.student_id,
                seen.id,
            )
            .join(STUDENTS, STUDENTS.c.id == seen.student_id)
            .where(OBSERVATIONS.c.lesson_id == lesson_id)
            .order_by(*place)
            .limit(ROWS_AT_ONCE)
        )
        if student_id is not None:
            query = query.where(OBSERVATIONS.c.student_id == student_id)
        chunk = query
        while rows := self._rows(chunk):
            yield from rows
            chunk = query.where(
                sa.tuple_(*place) > (rows[-1].observed_at, rows[-1].student_id, rows[-1].face, rows[-1].id)
            )
            del rows  # before the next are read

    def add_session(self, token_hash: str, now: float, expires_at: float) -> None:
        """Remembers a signed-in teacher until ``expires_at``; the token itself is never stored. Forgets what has expired."""
        self._execute(SESSIONS.delete().where(SESSIONS.c.expires_at < now))
        self._execute(SESSIONS.insert().values(token_hash=token_hash, expires_at=expires_at))

    def has_session(self, token_hash: str, now: float) -> bool:
        query = sa.select(SESSIONS.c.token_hash).where(SESSIONS.c.token_hash == token_hash, SESSIONS.c.expires_at > now)
        with self.transaction() as connection:
            return connection.scalar(query) is not None

    def delete_session(self, token_hash: str) -> None:
        self._execute(SESSIONS.delete().where(SESSIONS.c.token_hash == token_hash))

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of it is written or nothing; what the database refuses is a ``StoreError``."""
        with told_as_store_error(self.place), self._engine.begin() as connection:
            yield connection

    def _execute(self, statement: sa.Executable) -> None:
        with self.transaction() as connection:
            connection.execute(statement)

    def _rows(self, query: sa.Select) -> Sequence[sa.Row]:
        with self.transaction() as connection:
            return connection.execute(query).all()

    def _frame(self, query: sa.Select, **dtypes: str) -> pd.DataFrame:
        """The rows of a query under these column names; no rows give the same columns and types."""
        columns = list(zip(*self._rows(query), strict=True)) or [()] * len(dtypes)
        # Column by column: a quarter of the time that rows and astype took on a page that asks every second.
        return pd.DataFrame(
            {
                name: pd.array(column, dtype=dtype) if dtype == "str" else np.array(column, dtype=dtype)
                for (name, dtype), column in zip(dtypes.items(), columns, strict=True)
            }
        )

    def _lessons(self, *conditions: sa.ColumnElement) -> list[Lesson]:
        return [Lesson(*row) for row in self._rows(sa.select(*LESSONS.c).where(*conditions).order_by(*_NEWEST_FIRST))]

    def _student(self, condition: sa.ColumnElement) -> Student | None:
        wanted = STUDENTS.c["id", "lesson_id", "name", "joined_at", "left_at"]
        with self.transaction() as connection:
            row = connection.execute(sa.select(*wanted).where(condition)).first()
        return Student(*row) if row else None

    def _add_up(self, table: sa.Table, *sums: str) -> sa.Insert:
        new = self._insert(table)
        return new.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: table.c[name] + new.excluded[name] for name in sums}
        )


def _open(url: str) -> tuple[sa.Engine, str]:
    """An engine and the place to name in an error: the file, or the URL without its password."""
    try:
        parsed = sa.make_url(url)
        # A server that was started again since a connection's last use is asked first and met with a new one.
        engine = sa.create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"There is no driver for the database {parsed.render_as_string()}: {error}.") from error
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StoreError(
            f"The database address is not an SQLAlchemy URL. Received: {re.sub(':.*@', ':***@', url)!r}"
        ) from error
    if engine.dialect.name not in _INSERTS:
        raise StoreError(f"The database must be SQLite or PostgreSQL. Received: {parsed.render_as_string()}")
    if engine.dialect.name != "sqlite":
        return engine, parsed.render_as_string()
    if parsed.database in (None, "", ":memory:"):
        raise StoreError(f"The database needs a file, because every thread opens it. Received: {url!r}")
    if not parsed.database.startswith("file:"):  # an SQLite URI filename, for those who need one
        _make_folder(Path(parsed.database).parent, parsed.database)
    sa.event.listen(engine, "connect", _set_pragmas)
    return engine, parsed.database


def _make_folder(folder: Path, place: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The lesson database {place} cannot be used: its folder cannot be created ({error.strerror})."
        ) from error


def _set_pragmas(connection, record) -> None:
    _use_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection) -> None:
    """Where two processes switch a new file at once, SQLite refuses one of them, however long it may wait for a lock."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > give_up_at:
                raise
        time.sleep(0.02)


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
        connection.execute(_TAKE_OUT, less)


def _of_course(course: str) -> sa.Select:
    return sa.select(LESSONS.c.id).where(LESSONS.c.course == course)  # as a join it made SQLite read every lesson


def _bucket(second: sa.ColumnElement[int], step_s: int) -> sa.Label[int]:
    return (second - second % step_s).label("bucket")


def _free_name(name: str, taken: set[str]) -> str:
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    return next(free for free in names if free.casefold() not in taken)


def _buckets(observations: Sequence[Observation]) -> list[dict]:
    """Rows for the counts, of every size; sorted, so that two processes that write the same rows lock them in one order."""
    n, p = Counter(), Counter()
    for o in observations:
        for step_s in COUNTED_STEPS_S:
            bucket = (o.lesson_id, step_s, int(o.observed_at) // step_s * step_s)
            n[*bucket, o.state] += 1
            for emotion, probability in zip(EMOTIONS, o.probabilities or (), strict=False):
                p[*bucket, emotion] += round(float(probability), 4)
    names = ("lesson_id", "step_s", "start", "state")
    return [
        dict(zip(names, key, strict=True)) | {"n": n[key], "p": p[key]}
        for key in sorted(n.keys() | p.keys())
        if n[key] or p[key]
    ]


def _step_buckets(steps: Sequence[Step]) -> list[dict]:
    return [
        {
            "lesson_id": step.lesson_id,
            "step_s": step_s,
            "start": step.start // step_s * step_s,
            "state": state,
            "n": step.n.get(state, 0),
            "p": step.p.get(state, 0.0),
        }
        for step in steps
        for step_s in COUNTED_STEPS_S
        for state in sorted(step.n.keys() | step.p.keys())
    ]


def _row(o: Observation) -> dict:
    probabilities = [round(float(p), 4) for p in o.probabilities] if o.probabilities else [None] * len(PROBABILITIES)
    corners = [round(float(edge), 1) for edge in o.box_xyxy] if o.box_xyxy else [None] * len(CORNERS)
    return {
        "lesson_id": o.lesson_id,
        "student_id": o.student_id,
        "observed_at": o.observed_at,
        "status": o.status.value,
        "face": o.face,
        "label": o.label,
        **dict(zip(PROBABILITIES, probabilities, strict=True)),
        **dict(zip(CORNERS, corners, strict=True)),
    }
