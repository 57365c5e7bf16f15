"""What a student's page is told over the seat's socket. What the class has in common is read once for all its pages."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fer import languages
from fer.insight.said_words import number
from fer.insight.stored_words import in_readers_words
from fer.languages import _, ngettext
from fer.lesson.monitor import Monitor
from fer.lesson.shown_to_class import ShownToClass, shown_to_class
from fer.store.polls import Poll
from fer.web.poll_bars import MOST_SHOWN

MOST_QUESTIONS_SHOWN = 8

News = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Of an open lesson: who is in it, with or without a camera and where their faces are read; what all see; and whose
    hands are up, the first to go up first."""

    inside: dict[int, tuple[bool, str]]
    shown: ShownToClass
    hands: list[int]
    has_teachers_own: bool


def known(running: Monitor, lesson_id: int) -> Known | None:
    """None where the lesson is over, or in another process."""
    lesson = running.store.lesson(lesson_id)
    if lesson is None or not lesson.is_open or not running.processes.is_here(lesson_id):
        return None
    return Known(
        running.store.in_lesson(lesson_id),
        shown_to_class(running.journal, lesson),
        [hand.student_id for hand in running.journal.hands(lesson_id)],
        running.students.has_teachers_own(lesson_id),
    )


def of_class(now: Known | None, read_in: str) -> News:
    """What all read in one language; nothing where ``known`` is None."""
    if now is None:
        return {}
    shown = now.shown
    with languages.reading(read_in):
        return {
            "poll": _asked(shown.poll),
            "released": _released(shown),
            "questions": [[one.id, one.text, one.seconds or 0] for one in shown.questions[:MOST_QUESTIONS_SHOWN]],
            "teachersOwn": now.has_teachers_own,
        }


def _asked(poll: Poll | None) -> News | None:
    if poll is None:
        return None
    question, choices = in_readers_words(poll.question), list(map(in_readers_words, poll.choices))
    return {"id": poll.id, "kind": poll.kind, "question": question, "choices": choices}


def _released(shown: ShownToClass) -> News | None:
    """The results that the teacher shows, with their question where it is not the open one."""
    if shown.released is None:
        return None
    poll, result = shown.released, shown.result
    question = None if poll == shown.poll else in_readers_words(poll.question)
    if result is None:
        return {"question": question, "rows": [], "answered": _("Too few have answered to show it.")}
    rows = [
        [in_readers_words(answer), result.share(n), number(result, n), place in poll.correct]
        for place, (answer, n) in enumerate(result.answers[:MOST_SHOWN])
    ]
    n = result.answered
    answered = ngettext("{n} student answered.", "{n} students answered.", n).format(n=n)
    return {"question": question, "rows": rows, "answered": answered}


OWN: dict[str, Callable[[Monitor, int, Poll | None], Any]] = {
    "word": lambda running, student_id, poll: running.journal.my_word(student_id, time.time()),
    "vote": lambda running, student_id, poll: [poll.id, running.journal.my_vote(poll, student_id)] if poll else None,
    "mine": lambda running, student_id, poll: sorted(running.journal.asked_by(student_id)),
    "seconded": lambda running, student_id, poll: sorted(running.journal.seconded_by(student_id)),
}


def own(running: Monitor, student_id: int, open_poll: Poll | None, *names: str) -> News:
    """What a student has said, by the names of ``OWN``."""
    return {name: OWN[name](running, student_id, open_poll) for name in names or OWN}
