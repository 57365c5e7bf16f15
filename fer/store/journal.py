"""The lesson's journal: moments, alerts, and what students press; with polls, hands and questions, which have files of
their own. SQL over ``Store.transaction``.

Presses come out as numbers per word, never with who pressed, and of a class-only lesson only where enough
students did (``release.least_answers``). Times are Unix seconds. What lies after "now" was
written while the clock was ahead; it holds nobody back and counts for nothing until its time has come.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func

from fer.languages import _
from fer.names import one_line
from fer.privacy.release import LEAST_ANSWERS, least_answers
from fer.records import CLASS_ONLY, Alert, Lesson
from fer.store.hands import Hands
from fer.store.minutes import minute_of, per_minute
from fer.store.polls import Polls
from fer.store.questions import Questions
from fer.store.schema import ALERT_SETTINGS, ALERTS, FEEDBACK, HANDS, LESSONS, MOMENTS, POLLS, QUESTIONS, VOTES

WORDS = ("lost", "got it", "slower")
COUNTS_FOR_S = 180.0  # a pressed button counts for so long, or until another is pressed
LEAST_BETWEEN_S = 1.0  # two presses of one student within it count as one, the second
LONGEST_MOMENT = 60
DONE, DISMISSED, ENDED = "done", "dismissed", "ended"  # the last: by itself, when its reason had gone


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """An alert as it stands in the log; open until ``closed_at`` is set."""

    id: int
    at: float
    kind: str
    change: float
    closed_at: float | None
    outcome: str | None


class Journal(Polls, Hands, Questions):
    """What is written about a lesson beside the expressions, in the same database."""

    # Moments

    def mark(self, lesson_id: int, text: str, at: float) -> None:
        """Notes a moment of an open lesson; raises ValueError for text that is no short line."""
        text = one_line(text, LONGEST_MOMENT, _("The moment's text"))
        with self._store.transaction() as connection:
            connection.execute(MOMENTS.insert().values(lesson_id=lesson_id, at=at, text=text))

    def moments(self, lesson_id: int) -> pd.DataFrame:
        """Oldest first: at, text."""
        query = sa.select(MOMENTS.c.at, MOMENTS.c.text).where(MOMENTS.c.lesson_id == lesson_id).order_by(MOMENTS.c.at)
        return self._store.frame(query, at="float64", text="str")

    # Alerts

    def threshold(self, lesson_id: int) -> float | None:
        """How large a change must be to raise an alert, 0 to 1."""
        query = sa.select(ALERT_SETTINGS.c.threshold).where(ALERT_SETTINGS.c.lesson_id == lesson_id)
        with self._store.transaction() as connection:
            return connection.scalar(query)

    def set_threshold(self, lesson_id: int, threshold: float) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"The threshold of alerts must be above 0 and at most 1. Received: {threshold!r}")
        with self._store.transaction() as connection:
            connection.execute(ALERT_SETTINGS.delete().where(ALERT_SETTINGS.c.lesson_id == lesson_id))
            connection.execute(ALERT_SETTINGS.insert().values(lesson_id=lesson_id, threshold=threshold))

    def log_alert(self, lesson_id: int, alert: Alert, at: float, apart_s: float = 0.0) -> bool:
        """Logs it, unless the lesson had one of its kind, or one as strong, within ``apart_s`` (another process, a restart).
        Whether it did."""
        with self._store.transaction() as connection:
            # The lesson's row is locked first, so that two processes look one after the other.
            connection.execute(LESSONS.update().where(LESSONS.c.id == lesson_id).values(title=LESSONS.c.title))
            recent = (ALERTS.c.lesson_id == lesson_id, ALERTS.c.at > at - apart_s, ALERTS.c.at <= at)
            holds_back = sa.or_(ALERTS.c.kind == alert.kind, ALERTS.c.change >= alert.change)
            if connection.scalar(sa.select(ALERTS.c.id).where(*recent, holds_back).limit(1)) is not None:
                return False
            connection.execute(ALERTS.insert().values(lesson_id=lesson_id, at=at, kind=alert.kind, change=alert.change))
            return True

    def alerts(self, lesson_id: int) -> list[LoggedAlert]:
        """Oldest first."""
        wanted = ALERTS.c["id", "at", "kind", "change", "closed_at", "outcome"]
        with self._store.transaction() as connection:
            rows = connection.execute(sa.select(*wanted).where(ALERTS.c.lesson_id == lesson_id).order_by(ALERTS.c.at))
            return [LoggedAlert(*row) for row in rows]

    def close_alert(self, alert_id: int, outcome: str, at: float) -> None:
        """Notes what the teacher did, or that its reason has gone; the first answer stays."""
        if outcome not in (DONE, DISMISSED, ENDED):
            raise ValueError(f"An alert ends as {DONE}, {DISMISSED} or {ENDED}. Received: {outcome!r}")
        with self._store.transaction() as connection:
            connection.execute(
                ALERTS.update()
                .where(ALERTS.c.id == alert_id, ALERTS.c.closed_at.is_(None))
                .values(outcome=outcome, closed_at=at)
            )

    # The buttons

    def say(self, lesson_id: int, student_id: int, word: str, at: float) -> None:
        """A pressed button. What was pressed within ``LEAST_BETWEEN_S`` before it, it takes the place of."""
        if word not in WORDS:
            raise ValueError(f"A student can say {', '.join(WORDS)}. Received: {word!r}")
        just_now = (FEEDBACK.c.student_id == student_id, FEEDBACK.c.at > at - LEAST_BETWEEN_S, FEEDBACK.c.at <= at)
        with self._store.transaction() as connection:
            if not connection.execute(FEEDBACK.update().where(*just_now).values(word=word)).rowcount:
                connection.execute(
                    FEEDBACK.insert().values(lesson_id=lesson_id, student_id=student_id, word=word, at=at)
                )

    def my_word(self, student_id: int, now: float) -> str | None:
        """What this student says now."""
        query = (
            sa.select(FEEDBACK.c.word)
            .where(FEEDBACK.c.student_id == student_id, FEEDBACK.c.at > now - COUNTS_FOR_S, FEEDBACK.c.at <= now)
            .order_by(FEEDBACK.c.id.desc())
            .limit(1)
        )
        with self._store.transaction() as connection:
            return connection.scalar(query)

    def said_now(self, lesson: Lesson, now: float, present: Collection[int]) -> dict[str, int] | None:
        """How many students of those ``present`` say each word now: their newest press of ``COUNTS_FOR_S``.

        Of a class-only lesson whoever has left counts on, or a figure that falls with a student's name would show what
        they said; None where too few have pressed to say."""
        newest = sa.select(func.max(FEEDBACK.c.id)).where(
            FEEDBACK.c.lesson_id == lesson.id, FEEDBACK.c.at > now - COUNTS_FOR_S, FEEDBACK.c.at <= now
        )
        if lesson.view != CLASS_ONLY:
            newest = newest.where(FEEDBACK.c.student_id.in_(present))
        newest = newest.group_by(FEEDBACK.c.student_id)
        query = sa.select(FEEDBACK.c.word, func.count()).where(FEEDBACK.c.id.in_(newest)).group_by(FEEDBACK.c.word)
        with self._store.transaction() as connection:
            found = dict(tuple(row) for row in connection.execute(query))
        if 0 < sum(found.values()) < least_answers(lesson.view):
            return None
        return {word: found.get(word, 0) for word in WORDS}

    def said(self, lesson: Lesson) -> pd.DataFrame:
        """Presses per minute and word over the lesson: time (the minute's start), word, n (presses).

        Of a class-only lesson only minutes in which enough students pressed."""
        minute = minute_of(FEEDBACK.c.at)
        query = per_minute(FEEDBACK, minute, lesson.id, least_answers(lesson.view), FEEDBACK.c.word)
        return self._store.frame(query, time="int64", word="str", n="int64")

    def course_counts(self, course: str) -> pd.DataFrame:
        """Over each whole lesson of a course: lesson_id, word (of ``WORDS``, or "alerts"), n (presses, alerts); no presses
        of a class-only lesson in which too few students pressed."""
        of = FEEDBACK.alias()
        students = sa.select(func.count(of.c.student_id.distinct())).where(of.c.lesson_id == LESSONS.c.id)
        pressed = (
            sa.select(FEEDBACK.c.lesson_id, FEEDBACK.c.word, func.count())
            .where(sa.or_(LESSONS.c.view != CLASS_ONLY, students.scalar_subquery() >= LEAST_ANSWERS))
            .group_by(FEEDBACK.c.lesson_id, FEEDBACK.c.word)
        )
        raised = sa.select(ALERTS.c.lesson_id, sa.literal("alerts"), func.count()).group_by(ALERTS.c.lesson_id)
        query = sa.union_all(*(query.join(LESSONS).where(LESSONS.c.course == course) for query in (pressed, raised)))
        return self._store.frame(query, lesson_id="int64", word="str", n="int64")

    def of_student(self, student_id: int) -> pd.DataFrame:
        """What one student pressed, answered and asked, oldest first: at, what (button, hand, poll, question), question
        (of a poll), answer (of a poll; the button's word, the question's text)."""

        def said(what: str, table: sa.Table, at: sa.ColumnElement, text: sa.ColumnElement) -> sa.Select:
            return sa.select(at, sa.literal(what), sa.literal(""), text).where(table.c.student_id == student_id)

        chosen = (
            sa.select(VOTES.c.at, POLLS.c.question, POLLS.c.choices, VOTES.c.choice, VOTES.c.word)
            .join(POLLS, POLLS.c.id == VOTES.c.poll_id)
            .where(VOTES.c.student_id == student_id)
        )
        queries = (
            said("button", FEEDBACK, FEEDBACK.c.at, FEEDBACK.c.word),
            said("hand", HANDS, HANDS.c.raised_at, sa.literal("")),
            said("question", QUESTIONS, QUESTIONS.c.at, QUESTIONS.c.text),
        )
        rows = [tuple(row) for query in queries for row in self._store.rows(query)]
        rows += [
            (at, "poll", question, word or json.loads(choices)[choice])
            for at, question, choices, choice, word in self._store.rows(chosen)
        ]
        return pd.DataFrame(sorted(rows), columns=["at", "what", "question", "answer"])
