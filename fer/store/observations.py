"""What was observed: rows that are only ever added, and counts that keep a dashboard's query small."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import BigInteger, func

from fer.records import EMOTIONS, PER_STUDENT, STUDENT, Coverage, Observation, Step
from fer.store.database import Database
from fer.store.schema import (
    CORNERS,
    COUNTED_STEPS_S,
    COUNTS,
    COVERAGE,
    LESSONS,
    OBSERVATIONS,
    PROBABILITIES,
    STUDENT_COUNTS,
    STUDENTS,
)

ROWS_AT_ONCE = 500
CLOCK_CAME_BACK_S = 60.0  # a student who was seen so much later than now was seen while the clock was ahead
_IN_TIME = tuple(OBSERVATIONS.c["observed_at", "student_id", "face"])
_SEEN = (
    STUDENTS.update()
    .values(last_seen_at=sa.bindparam("seen_at"))
    .where(
        STUDENTS.c.id == sa.bindparam("who"),
        STUDENTS.c.lesson_id.in_(
            sa.select(LESSONS.c.id).where(
                LESSONS.c.view == PER_STUDENT,
                func.coalesce(LESSONS.c.ended_at, sa.bindparam("seen_at")) >= sa.bindparam("seen_at"),
            )
        ),
        sa.or_(
            STUDENTS.c.last_seen_at.is_(None),
            STUDENTS.c.last_seen_at < sa.bindparam("seen_at"),
            STUDENTS.c.last_seen_at > sa.bindparam("seen_at") + CLOCK_CAME_BACK_S,
        ),
    )
)

TAKE_OUT = (
    COUNTS.update()
    .values(n=COUNTS.c.n - sa.bindparam("less"), p=COUNTS.c.p - sa.bindparam("less_p"))
    .where(
        COUNTS.c.lesson_id == sa.bindparam("lesson"),
        COUNTS.c.step_s == sa.bindparam("step"),
        COUNTS.c.start == sa.bindparam("since"),
        COUNTS.c.state == sa.bindparam("of"),
    )
)


class StoredObservations(Database):
    def append(
        self, observations: Sequence[Observation], steps: Sequence[Step] = (), coverage: Sequence[Coverage] = ()
    ) -> None:
        """Writes the observations and everything counted from them, what was released of class-only lessons, and who
        was there, in one transaction: all of it or nothing.

        Left out is what is about students or lessons that were deleted meanwhile, what was seen after the lesson's end (which
        another process may have noted), and observations of students whose lesson does not show them singly."""
        with self.transaction() as connection:
            self._append(connection, observations)
            about = {step.lesson_id for step in steps} | {one.lesson_id for one in coverage}
            ends = _ends(connection, about) if about else {}
            steps = [step for step in steps if step.start < ends.get(step.lesson_id, 0)]
            coverage = [one for one in coverage if one.start < ends.get(one.lesson_id, 0)]
            if steps:
                _take_back(connection, steps)
                connection.execute(self._add_up(COUNTS, "n", "p"), _step_buckets(steps))
            if coverage:
                new = self._insert(COVERAGE)
                newest = {name: new.excluded[name] for name in ("present", "visible")}
                connection.execute(
                    new.on_conflict_do_update(index_elements=list(COVERAGE.primary_key), set_=newest),
                    [asdict(one) for one in coverage],
                )

    def _append(self, connection: sa.Connection, observations: Sequence[Observation]) -> None:
        if not observations:
            return
        seen = {o.student_id: o.observed_at for o in sorted(observations, key=lambda o: o.observed_at)}
        # A write first: it locks, so that nobody of who is known is deleted before the rest is written.
        connection.execute(_SEEN, [{"who": who, "seen_at": seen[who]} for who in sorted(seen)])
        of_known = (
            sa.select(STUDENTS.c.id, LESSONS.c.ended_at)
            .join(LESSONS, LESSONS.c.id == STUDENTS.c.lesson_id)
            .where(STUDENTS.c.id.in_(seen), LESSONS.c.view == PER_STUDENT)
        )
        ends = {student_id: _end(ended_at) for student_id, ended_at in connection.execute(of_known)}
        observations = [o for o in observations if o.observed_at <= ends.get(o.student_id, 0)]
        if not observations:
            return
        connection.execute(OBSERVATIONS.insert(), [_row(o) for o in observations])
        counted = [o for o in observations if o.role == STUDENT]
        states = sorted(Counter((o.student_id, o.state) for o in counted).items())
        connection.execute(self._add_up(COUNTS, "n", "p"), _buckets(counted))
        connection.execute(
            self._add_up(STUDENT_COUNTS, "n"),
            [{"student_id": student_id, "state": state, "n": n} for (student_id, state), n in states],
        )

    def recent(self, lesson_id: int, since: float, until: float = math.inf) -> pd.DataFrame:
        """Observations of students newer than ``since`` and not newer than ``until``, oldest first: student_id,
        observed_at, status, face, label, state, confidence (the probability of the likeliest emotion; NaN without a
        face). Its cost does not grow with the lesson."""
        likeliest = self._greatest(*OBSERVATIONS.c[PROBABILITIES])
        query = (
            sa.select(*OBSERVATIONS.c["student_id", "observed_at", "status", "face", "label"], likeliest)
            .where(
                OBSERVATIONS.c.lesson_id == lesson_id,
                OBSERVATIONS.c.role == STUDENT,
                OBSERVATIONS.c.observed_at > since,
                OBSERVATIONS.c.observed_at <= until,
            )
            .order_by(*_IN_TIME)
        )
        frame = self.frame(
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

    def trend(self, lesson_id: int, step_s: int, since: float, until: float) -> pd.DataFrame:
        """Each student's mean valence (p of happy, less those of angry, disgust, fear and sad) per step of ``step_s``
        seconds that begins in [since, until): student_id, time (the step's start), valence. Steps without a face have no
        row."""
        seen = OBSERVATIONS.c
        start = bucket(sa.cast(func.floor(seen.observed_at), BigInteger), step_s)
        valence = func.avg(seen.p_happy - seen.p_angry - seen.p_disgust - seen.p_fear - seen.p_sad)
        query = (
            sa.select(seen.student_id, start, valence)
            .where(
                seen.lesson_id == lesson_id,
                seen.role == STUDENT,
                seen.label.is_not(None),
                seen.observed_at >= since,
                seen.observed_at < until,
            )
            .group_by(seen.student_id, start)
            .order_by(start, seen.student_id)
        )
        return self.frame(query, student_id="int64", time="int64", valence="float64")

    def counts(
        self, lesson_id: int, step_s: int, since: float | None = None, until: float | None = None
    ) -> pd.DataFrame:
        """Observations per bucket of ``step_s`` seconds and state: time (the bucket's start), state, n, and p (the sum
        of the probability of that state's emotion over all faces of the bucket).

        ``since`` leaves out the buckets before the one it falls into, ``until`` those that begin at it or later."""
        if step_s < 1:
            raise ValueError(f"step_s must be at least one second. Received: {step_s!r}")
        start = bucket(COUNTS.c.start, step_s)
        counted_step_s = next(counted for counted in COUNTED_STEPS_S if step_s % counted == 0)
        query = sa.select(start, COUNTS.c.state, func.sum(COUNTS.c.n), func.sum(COUNTS.c.p)).where(
            COUNTS.c.lesson_id == lesson_id, COUNTS.c.step_s == counted_step_s
        )
        if since is not None:
            query = query.where(COUNTS.c.start >= int(since // step_s) * step_s)
        if until is not None:
            query = query.where(COUNTS.c.start < until)
        query = query.group_by(start, COUNTS.c.state).order_by(start, COUNTS.c.state)
        return self.frame(query, time="int64", state="str", n="int64", p="float64")

    def coverage(self, lesson_id: int, since: float = 0.0) -> pd.DataFrame:
        """Who was there, step by step: time (the step's start), present, visible (students with a face that is seen;
        NaN where too few are there to say)."""
        query = (
            sa.select(*COVERAGE.c["start", "present", "visible"])
            .where(COVERAGE.c.lesson_id == lesson_id, COVERAGE.c.start >= since)
            .order_by(COVERAGE.c.start)
        )
        return self.frame(query, time="int64", present="int64", visible="float64")

    def course_counts(self, course: str) -> pd.DataFrame:
        """Over each whole lesson of a course: lesson_id, state, n and p as in ``counts``. Added up from the minutes."""
        query = (
            sa.select(COUNTS.c.lesson_id, COUNTS.c.state, func.sum(COUNTS.c.n), func.sum(COUNTS.c.p))
            .where(COUNTS.c.lesson_id.in_(_of_course(course)), COUNTS.c.step_s == max(COUNTED_STEPS_S))
            .group_by(COUNTS.c.lesson_id, COUNTS.c.state)
        )
        return self.frame(query, lesson_id="int64", state="str", n="int64", p="float64")

    def course_coverage(self, course: str) -> pd.DataFrame:
        """Over each whole lesson of a course: lesson_id, present and visible (students, summed over the steps of which
        both may be said)."""
        query = (
            sa.select(COVERAGE.c.lesson_id, func.sum(COVERAGE.c.present), func.sum(COVERAGE.c.visible))
            .where(COVERAGE.c.lesson_id.in_(_of_course(course)), COVERAGE.c.visible.is_not(None))
            .group_by(COVERAGE.c.lesson_id)
        )
        return self.frame(query, lesson_id="int64", present="int64", visible="int64")

    def student_counts(self, lesson_id: int) -> pd.DataFrame:
        """Observations per student and state over the lesson: student_id, state, n."""
        query = (
            sa.select(*STUDENT_COUNTS.c)
            .join(STUDENTS)
            .where(STUDENTS.c.lesson_id == lesson_id)
            .order_by(STUDENT_COUNTS.c.student_id, STUDENT_COUNTS.c.state)
        )
        return self.frame(query, student_id="int64", state="str", n="int64")

    def minute_counts(self, lesson_id: int) -> pd.DataFrame:
        """Observations per minute and state: time (the minute's start), state, n, and students (how many sent frames
        in that minute, whatever their state). Reads the whole lesson: for the export, not for a live page."""
        # First, so that the second query knows every minute of a lesson that goes on.
        counts = self.counts(lesson_id, 60)
        minute = bucket(sa.cast(func.floor(OBSERVATIONS.c.observed_at), BigInteger), 60)
        query = (
            sa.select(minute, func.count(OBSERVATIONS.c.student_id.distinct()))
            .where(OBSERVATIONS.c.lesson_id == lesson_id)
            .group_by(minute)
        )
        students = self.frame(query, time="int64", students="int64").set_index("time")["students"]
        return counts.assign(students=counts["time"].map(students).fillna(0).astype("int64"))

    def observation_count(self, lesson_id: int) -> int:
        with self.transaction() as connection:
            return connection.scalar(sa.select(func.count()).where(OBSERVATIONS.c.lesson_id == lesson_id)) or 0

    def observation_rows(self, lesson_id: int, student_id: int | None = None) -> Iterator[sa.Row]:
        """Every observation, of one student or of all, in the order of time, student and face, read in chunks however
        long the lesson is. A chunk is a transaction of its own: a reader who is slow keeps nobody else waiting.

        A row has observed_at, name, status, face, label, the ``PROBABILITIES``, the ``CORNERS``, role, unsure_because,
        read_on, in this order, and its place."""
        seen = OBSERVATIONS.c
        place = (*_IN_TIME, seen.id)
        query = (
            sa.select(
                seen.observed_at,
                STUDENTS.c.name,
                *seen["status", "face", "label", *PROBABILITIES, *CORNERS, "role", "unsure_because"],
                STUDENTS.c.read_on,
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
        while rows := self.rows(chunk):
            yield from rows
            chunk = query.where(
                sa.tuple_(*place) > (rows[-1].observed_at, rows[-1].student_id, rows[-1].face, rows[-1].id)
            )
            del rows  # before the next are read

    def _add_up(self, table: sa.Table, *sums: str) -> sa.Insert:
        new = self._insert(table)
        return new.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: table.c[name] + new.excluded[name] for name in sums}
        )


def _ends(connection: sa.Connection, lessons: set[int]) -> dict[int, float]:
    """When these lessons ended, those that are there; one that goes on ends some time."""
    found = connection.execute(sa.select(LESSONS.c.id, LESSONS.c.ended_at).where(LESSONS.c.id.in_(lessons)))
    return {lesson_id: _end(ended_at) for lesson_id, ended_at in found}


def _end(ended_at: float | None) -> float:
    return math.inf if ended_at is None else ended_at


def _of_course(course: str) -> sa.Select:
    return sa.select(LESSONS.c.id).where(LESSONS.c.course == course)  # as a join it made SQLite read every lesson


def bucket(second: sa.ColumnElement[int], step_s: int) -> sa.Label[int]:
    """The start of the step that a second falls into."""
    return (second - second % step_s).label("bucket")


def _buckets(observations: Sequence[Observation]) -> list[dict]:
    """Rows for the counts, of every size; sorted, so that two processes that write the same lock them in one order."""
    n: dict[tuple, int] = defaultdict(int)
    p: dict[tuple, float] = defaultdict(float)
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


def _take_back(connection: sa.Connection, steps: Sequence[Step]) -> None:
    """Takes out of the counts what was released before for the same seconds: the clock came back, and they come again."""
    for lesson_id, start in {(step.lesson_id, step.start) for step in steps}:
        query = sa.select(*COUNTS.c["state", "n", "p"]).where(
            COUNTS.c.lesson_id == lesson_id, COUNTS.c.step_s == 1, COUNTS.c.start == start
        )
        for state, n, p in connection.execute(query).all():
            less = {"lesson": lesson_id, "of": state, "less": n, "less_p": p}
            buckets = [less | {"step": step_s, "since": start // step_s * step_s} for step_s in COUNTED_STEPS_S]
            connection.execute(TAKE_OUT, buckets)


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
        "unsure_because": o.unsure_because,
        "role": o.role,
        **dict(zip(PROBABILITIES, probabilities, strict=True)),
        **dict(zip(CORNERS, corners, strict=True)),
    }
