"""A lesson as CSV, piece by piece: observations, minutes, students, coverage, moments with alerts, and answers.

UTF-8 with a byte order mark: without it Excel shows "José" as "JosÃ©", and pandas and LibreOffice skip it.
Times are ISO 8601 in UTC with milliseconds.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice

import pandas as pd

from fer.insight.student_table import student_summary
from fer.records import EMOTIONS, LABELS, STATES, Lesson, Status
from fer.store.journal import Journal
from fer.store.polls import Poll, Result
from fer.store.schema import CORNERS
from fer.store.store import Store

BYTE_ORDER_MARK = "\ufeff".encode()
LINES_AT_ONCE = 500
MADE_UP = "made-up students"  # in every line of a demo
# What spreadsheets take for a formula, in half and full width, also after blanks and invisible characters. A cell
# begins at the start of the text, but also after ; or a tab or a line break where a spreadsheet splits at those.
_INVISIBLE = r"[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
_FORMULA = re.compile(rf"(?:^|(?<=[;\t\r\n]))(?={_INVISIBLE}*[=+\-@＝＋－＠])|^(?=[\t\r\n])")


def observations_csv(store: Store, lesson: Lesson, student_id: int | None = None) -> Iterator[bytes]:
    """One line per observation, of one student or of all, in the order of time, student and face; a line without a face
    leaves its cells empty."""
    head = ("time", "student", "status", "face", "label", *EMOTIONS, *CORNERS, "role", "unsure_because", "read_on")
    cells = lru_cache(safe_cell)  # a name comes up thousands of times
    lines = (
        (_time(observed_at), cells(name), status, face if status == Status.FACE else None, *rest)
        for observed_at, name, status, face, *rest, _, _ in store.observation_rows(lesson.id, student_id)
    )
    return _of_lesson(lesson, head, lines)


def minutes_csv(store: Store, lesson: Lesson) -> Iterator[bytes]:
    """One line per minute with any observation: the students who sent frames, the faces, then a count per state.

    Of a class-only lesson: the most students who were present, and faces counted once in 5 s in released steps."""
    minutes = store.minute_counts(lesson.id) if lesson.has_students else _released_minutes(store, lesson)
    wide = minutes.pivot(index=["time", "students"], columns="state", values="n").reindex(columns=list(STATES))
    wide = wide.fillna(0).astype("int64").sort_index()
    faces = wide[list(LABELS)].sum(axis=1)
    lines = (
        (_time(time), students, faces[time, students], *counts, lesson.read_on)
        for (time, students), *counts in wide.itertuples(name=None)
    )
    return _of_lesson(lesson, ("time", "students", "faces", *STATES, "read_on"), lines)


def _released_minutes(store: Store, lesson: Lesson) -> pd.DataFrame:
    counts, coverage = store.counts(lesson.id, 60), store.coverage(lesson.id)
    present = coverage.groupby(coverage["time"] // 60 * 60)["present"].max()
    return counts.assign(students=counts["time"].map(present).fillna(0).astype("int64"))


def coverage_csv(store: Store, lesson: Lesson) -> Iterator[bytes]:
    """One line per step of 5 s in which anybody was there: the students present, and whose face was seen; empty where
    too few were there to say."""
    return _of_lesson(
        lesson,
        ("time", "present", "visible"),
        ((_time(row.time), row.present, _number(row.visible)) for row in store.coverage(lesson.id).itertuples()),
    )


def students_csv(store: Store, lesson: Lesson) -> Iterator[bytes]:
    """One line per student, by name: ``student_table.student_summary`` with readable times, shares with four decimals."""
    summary = student_summary(store.students(lesson.id), store.student_counts(lesson.id))
    lines = (
        (
            safe_cell(student),
            _time(joined_at),
            _time(left_at),
            _time(last_seen_at),
            *(_number(value) for value in numbers),
        )
        for student, joined_at, left_at, last_seen_at, *numbers in summary.itertuples(index=False, name=None)
    )
    return _of_lesson(lesson, summary.columns, lines)


def moments_csv(store: Store, lesson: Lesson) -> Iterator[bytes]:
    """One line per moment and alert, in order of time: what the teacher marked, what was alerted, what it led to."""
    journal = Journal(store)
    lines: list[tuple] = [
        (row.at, "moment", safe_cell(row.text), None, None, None) for row in journal.moments(lesson.id).itertuples()
    ]
    lines += [
        (alert.at, "alert", alert.kind, round(alert.change, 4), alert.outcome, alert.closed_at)
        for alert in journal.alerts(lesson.id)
    ]
    return _of_lesson(
        lesson,
        ("time", "what", "text", "change", "outcome", "closed"),
        ((_time(at), *rest, _time(closed_at)) for at, *rest, closed_at in sorted(lines, key=lambda line: line[0])),
    )


def answers_csv(store: Store, lesson: Lesson) -> Iterator[bytes]:
    """What students said, as numbers: presses of each button and raised hands per minute, the answers of each poll with
    the students who answered it (``of``), and questions that are not hidden, with how many others second them. Of a
    class-only lesson no number of fewer than 5 students."""
    journal = Journal(store)
    lines = [(_time(row.time), "button", "", row.word, row.n) for row in journal.said(lesson).itertuples()]
    lines += [(_time(row.time), "hand", "", "", row.n) for row in journal.raised(lesson).itertuples()]
    lines += [line for poll in journal.polls(lesson.id) for line in _poll_lines(poll, journal.result(lesson, poll))]
    lines += [
        (_time(one.at), "question", safe_cell(one.text), "answered" if one.answered_at else "", one.seconds)
        for one in journal.questions(lesson)
        if one.hidden_at is None
    ]
    head = ("time", "what", "question", "answer", "n", "of", "correct")
    return _of_lesson(lesson, head, [(*line, *[""] * (len(head) - len(line))) for line in lines])


def _poll_lines(poll: Poll, result: Result | None) -> Iterator[tuple]:
    """One line per answer; without numbers where too few have answered to say."""
    answers = result.answers if result else [(choice, "") for choice in poll.choices or ("",)]
    for place, (answer, n) in enumerate(answers):
        correct = ("yes" if place in poll.correct else "no") if poll.correct else ""
        answered = result.answered if result else ""
        yield _time(poll.opened_at), "poll", safe_cell(poll.question), safe_cell(answer), n, answered, correct


def audit_csv(store: Store) -> Iterator[bytes]:
    """One line per row of the audit log, the newest first. A lesson is its number."""
    return _csv(
        ("time", "who", "what", "lesson", "of"),
        (
            (_time(row.at), safe_cell(row.who), row.done, row.lesson or None, safe_cell(row.about))
            for row in store.actions().itertuples()
        ),
    )


REPORTS = {
    "observations": observations_csv,
    "minutes": minutes_csv,
    "students": students_csv,
    "coverage": coverage_csv,
    "moments": moments_csv,
    "answers": answers_csv,
}
OF_STUDENTS = ("observations", "students")  # not of lessons that show only the class


def kinds(lesson: Lesson) -> list[str]:
    """The reports this lesson has."""
    expressions = ("minutes",) if lesson.has_expressions else ()
    of_students = OF_STUDENTS if lesson.has_students else ()
    return [kind for kind in REPORTS if kind in (*of_students, *expressions, "coverage", "moments", "answers")]


class Progress:
    """How far the exports are that are being written now, by lesson."""

    def __init__(self) -> None:
        self._written: dict[int, list[int]] = {}  # lesson_id -> lines written, lines in all

    def follow(self, lesson_id: int, parts: Iterator[bytes], lines: int) -> Iterator[bytes]:
        """The same parts, counted; an export that is broken off is forgotten like one that is done."""
        state = self._written[lesson_id] = [0, lines]
        try:
            for part in parts:
                state[0] += part.count(b"\n")
                yield part
        finally:
            if self._written.get(lesson_id) is state:
                del self._written[lesson_id]

    def share(self, lesson_id: int) -> float | None:
        """0 to 1; None when nothing of the lesson is being exported."""
        state = self._written.get(lesson_id)
        return None if state is None else min(1.0, state[0] / max(state[1], 1))


def file_name(lesson: Lesson, kind: str) -> str:
    """A name that any system takes, such as ``lesson-ABC234-observations.csv``."""
    if kind not in REPORTS:
        raise ValueError(f"kind must be one of {', '.join(REPORTS)}. Received: {kind!r}")
    code = re.sub(r"[^A-Za-z0-9]", "", lesson.code)
    return f"{'demo' if lesson.is_demo else 'lesson'}-{code}-{kind}.csv"


def safe_cell(text: str) -> str:
    """The text with a ' before anything that a spreadsheet would run as a formula."""
    return _FORMULA.sub("'", text)


def _of_lesson(lesson: Lesson, head: Iterable[str], lines: Iterable[Iterable]) -> Iterator[bytes]:
    return _csv((*head, "demo"), ((*line, MADE_UP) for line in lines)) if lesson.is_demo else _csv(head, lines)


def _csv(head: Iterable[str], lines: Iterable[Iterable]) -> Iterator[bytes]:
    buffer, lines, begin = io.StringIO(newline=""), chain([head], lines), BYTE_ORDER_MARK
    writer = csv.writer(buffer)
    while part := list(islice(lines, LINES_AT_ONCE)):
        writer.writerows(part)
        yield begin + buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        begin = b""


def _time(unix_s: float | None) -> str | None:
    if unix_s is None or math.isnan(unix_s):
        return None
    second, micros = divmod(round(unix_s * 1e6), 1_000_000)
    return f"{_second(second)}.{micros // 1000:03}Z"


@lru_cache
def _second(unix_s: int) -> str:
    """To the second; formatting a time anew for every line was a third of an export."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat().removesuffix("+00:00")


def _number(value: float) -> float | None:
    """A count as it is, a share with four decimals, nothing where there is no share."""
    return None if math.isnan(value) else round(value, 4)
