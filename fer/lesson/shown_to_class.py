"""What a lesson shows to all students alike, on their pages and on the board: the open poll, results that the teacher
has released, and the questions that are open. Nothing of it says who."""

from dataclasses import dataclass

from fer.records import Lesson
from fer.store.journal import Journal
from fer.store.polls import Poll, Result
from fer.store.questions import Question


@dataclass(frozen=True, slots=True)
class ShownToClass:
    """``released``: the poll whose results are shown; its ``result`` is None where too few have answered to say."""

    poll: Poll | None
    released: Poll | None
    result: Result | None
    questions: tuple[Question, ...]


def shown_to_class(journal: Journal, lesson: Lesson) -> ShownToClass:
    polls = journal.polls(lesson.id)
    released = newest_released(polls)
    return ShownToClass(
        polls[-1] if polls and polls[-1].closed_at is None else None,
        released,
        journal.result(lesson, released) if released else None,
        tuple(question for question in journal.questions(lesson) if question.is_open),
    )


def newest_released(polls: list[Poll]) -> Poll | None:
    """The poll whose results were released last, until another one is asked after that."""
    since_the_last = [poll for poll in polls if (poll.released_at or 0.0) >= polls[-1].opened_at]
    return max(since_the_last, key=lambda poll: poll.released_at or 0.0, default=None)
