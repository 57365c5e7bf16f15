"""A lesson's polls: what is asked, what students answer, and what may be shown of it; and polls that were prepared.

Answers come out as numbers per choice or word, never with who gave them, and of a class-only lesson only where enough
students gave them (``release.least_answers``). Times are Unix seconds.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from fer.languages import _
from fer.names import look, one_line, received
from fer.privacy.release import least_answers
from fer.records import Lesson
from fer.store.schema import POLLS, SAVED_POLLS, VOTES
from fer.store.store import Store

ONE, SEVERAL, WORD = "one", "several", "word"  # one choice, several of them, or a word of the student's own
KINDS = (ONE, SEVERAL, WORD)
LONGEST_QUESTION, LONGEST_CHOICE, LONGEST_WORD = 140, 40, 30
FEWEST_CHOICES, MOST_CHOICES = 2, 5
MOST_SAVED = 200
SECOND_CLICK_S = 2.0

Answer = int | Sequence[int] | str  # the place of a choice from 0, the places of several, or a word


@dataclass(frozen=True, slots=True)
class Draft:
    """What can be asked. ``correct``: the places of the right choices, from 0; none where it is no quiz question."""

    question: str
    choices: tuple[str, ...] = ()
    kind: str = ONE
    correct: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """One question to the class; open until ``closed_at`` is set. Students see the results once ``released_at`` is."""

    id: int
    lesson_id: int
    question: str
    choices: tuple[str, ...]
    opened_at: float
    closed_at: float | None
    kind: str = ONE
    correct: tuple[int, ...] = ()
    released_at: float | None = None

    @property
    def draft(self) -> Draft:
        return Draft(self.question, self.choices, self.kind, self.correct)


@dataclass(frozen=True, slots=True)
class SavedPoll:
    """A poll that was prepared, to be asked in any lesson of its teacher."""

    id: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Result:
    """How many students ``answered``, and how many gave each answer: the choices in their order, or the words, the
    most frequent first."""

    answered: int
    answers: tuple[tuple[str, int], ...]

    def share(self, n: int) -> float:
        """Of those who answered, 0 to 1."""
        return n / max(self.answered, 1)


def draft(question: str, choices: Sequence[str] = (), kind: str = ONE, correct: Sequence[int] = ()) -> Draft:
    """What was typed as a poll; empty choices are left out. ``correct``: places in ``choices``.

    Raises ValueError for a question nobody could answer."""
    if kind not in KINDS:
        raise ValueError(f"A poll asks for {', '.join(KINDS)}. Received: {kind!r}")
    question = one_line(question, LONGEST_QUESTION, _("The question"))
    if kind == WORD:
        return Draft(question, kind=kind)
    kept = [place for place, choice in enumerate(choices) if choice.strip()]
    clean = tuple(one_line(choices[place], LONGEST_CHOICE, _("An answer")) for place in kept)
    if not FEWEST_CHOICES <= len(clean) <= MOST_CHOICES:
        raise ValueError(
            _("A poll needs {fewest} to {most} answers.").format(fewest=FEWEST_CHOICES, most=MOST_CHOICES)
            + received(len(clean))
        )
    if len(set(map(look, clean))) < len(clean):
        raise ValueError(_("The answers of a poll must differ.") + received(", ".join(clean)))
    right = tuple(new for new, place in enumerate(kept) if place in correct)
    if len(right) < len(set(correct)) or (kind == ONE and len(right) > 1):
        raise ValueError(
            _("The correct answer must be one of the answers, and one only where students choose one.")
            + received(_("{n} marked as correct").format(n=len(set(correct))))
        )
    return Draft(question, clean, kind, right)


class Polls:
    """The side of the journal that asks."""

    def __init__(self, store: Store):
        self._store = store

    def open_poll(self, lesson_id: int, question: str, choices: Sequence[str], at: float) -> None:
        """Asks for one of these choices, as ``ask`` does. Raises ValueError for a question nobody could answer."""
        self.ask(lesson_id, draft(question, choices), at)

    def ask(self, lesson_id: int, asked: Draft, at: float) -> None:
        """Asks the class; a poll that was open is closed. A second click on the same question asks nothing."""
        now = self.open_poll_of(lesson_id)
        if now is not None and now.draft == asked and 0 <= at - now.opened_at < SECOND_CLICK_S:
            return
        self.close_poll(lesson_id, at)
        self._store.execute(POLLS.insert().values(lesson_id=lesson_id, opened_at=at, **_columns(asked)))

    def close_poll(self, lesson_id: int, at: float) -> None:
        self._store.execute(
            POLLS.update().where(POLLS.c.lesson_id == lesson_id, POLLS.c.closed_at.is_(None)).values(closed_at=at)
        )

    def release_poll(self, poll_id: int, at: float | None) -> None:
        """Shows the results to the students, or with None no more."""
        self._store.execute(POLLS.update().where(POLLS.c.id == poll_id).values(released_at=at))

    def polls(self, lesson_id: int) -> list[Poll]:
        """Oldest first."""
        wanted = POLLS.c[
            "id", "lesson_id", "question", "choices", "opened_at", "closed_at", "kind", "correct", "released_at"
        ]
        rows = self._store.rows(sa.select(*wanted).where(POLLS.c.lesson_id == lesson_id).order_by(POLLS.c.id))
        return [
            Poll(one, of, question, _read(choices), opened, closed, kind, _read(correct), released)
            for one, of, question, choices, opened, closed, kind, correct, released in rows
        ]

    def open_poll_of(self, lesson_id: int) -> Poll | None:
        return next((poll for poll in reversed(self.polls(lesson_id)) if poll.closed_at is None), None)

    def result(self, lesson: Lesson, poll: Poll) -> Result | None:
        """None where too few have answered to say."""
        rows = self._store.rows(
            sa.select(VOTES.c.student_id, VOTES.c.choice, VOTES.c.word)
            .where(VOTES.c.poll_id == poll.id)
            .order_by(VOTES.c.at)
        )
        answered = len({row.student_id for row in rows})
        if 0 < answered < least_answers(lesson.view):
            return None
        if poll.kind == WORD:
            return Result(answered, _counted([row.word for row in rows]))
        n = Counter(row.choice for row in rows)
        return Result(answered, tuple((choice, n[place]) for place, choice in enumerate(poll.choices)))

    def vote(self, poll: Poll, student_id: int, answer: Answer, at: float) -> None:
        """A student's answer, in place of an earlier one of theirs; no choice at all takes that back.

        Raises ValueError when the poll is closed, or does not ask for such an answer."""
        rows = [
            {"poll_id": poll.id, "student_id": student_id, "lesson_id": poll.lesson_id, "at": at, **one}
            for one in _given(poll, answer)
        ]
        with self._store.transaction() as connection:
            is_open = connection.scalar(sa.select(POLLS.c.closed_at.is_(None)).where(POLLS.c.id == poll.id))
            if not is_open:
                raise ValueError("This poll is closed, so your answer was not counted.")
            connection.execute(VOTES.delete().where(VOTES.c.poll_id == poll.id, VOTES.c.student_id == student_id))
            if rows:
                connection.execute(VOTES.insert(), rows)

    def my_vote(self, poll: Poll, student_id: int) -> Answer | None:
        """What a student has answered, in the form in which ``vote`` takes it; None for nothing."""
        mine = (VOTES.c.poll_id == poll.id, VOTES.c.student_id == student_id)
        rows = self._store.rows(sa.select(VOTES.c.choice, VOTES.c.word).where(*mine).order_by(VOTES.c.choice))
        if not rows:
            return None
        if poll.kind == SEVERAL:
            return tuple(row.choice for row in rows)
        return rows[0].word if poll.kind == WORD else rows[0].choice

    def remove_word(self, poll: Poll, word: str) -> None:
        """Deletes a word that students gave, however they wrote it."""
        of_poll = VOTES.c.poll_id == poll.id
        given = {row.word for row in self._store.rows(sa.select(VOTES.c.word).where(of_poll))}
        alike = [one for one in given if look(one) == look(word)]
        self._store.execute(VOTES.delete().where(of_poll, VOTES.c.word.in_(alike)))

    # Prepared polls

    def save_poll(self, saved: Draft, at: float, owner_id: int | None = None) -> None:
        """Keeps a poll for any lesson of a teacher; one that they saved before is not kept twice. Raises ValueError where
        too many are."""
        kept = self.saved_polls(owner_id)
        if any(one.draft == saved for one in kept):
            return
        if len(kept) >= MOST_SAVED:
            raise ValueError(_("At most {most} questions can be saved, so delete one first.").format(most=MOST_SAVED))
        self._store.execute(SAVED_POLLS.insert().values(saved_at=at, owner_id=owner_id, **_columns(saved)))

    def saved_polls(self, owner_id: int | None = None) -> list[SavedPoll]:
        """A teacher's own, by the question."""
        wanted = SAVED_POLLS.c["id", "question", "choices", "kind", "correct"]
        query = sa.select(*wanted).where(SAVED_POLLS.c.owner_id.is_not_distinct_from(owner_id))
        rows = self._store.rows(query.order_by(SAVED_POLLS.c.question, SAVED_POLLS.c.id))
        return [
            SavedPoll(one, Draft(question, _read(choices), kind, _read(correct)))
            for one, question, choices, kind, correct in rows
        ]

    def delete_saved_poll(self, saved_id: int) -> None:
        self._store.execute(SAVED_POLLS.delete().where(SAVED_POLLS.c.id == saved_id))


def _columns(asked: Draft) -> dict[str, str]:
    return {
        "question": asked.question,
        "choices": json.dumps(asked.choices, ensure_ascii=False),
        "kind": asked.kind,
        "correct": json.dumps(asked.correct),
    }


def _read(text: str) -> tuple:
    return tuple(json.loads(text))


def _given(poll: Poll, answer: Answer) -> list[dict[str, int | str | None]]:
    """The rows of an answer: choice, word."""
    if poll.kind == WORD and isinstance(answer, str):
        return [{"choice": 0, "word": one_line(answer, LONGEST_WORD, "Your answer")}]
    places = [answer] if isinstance(answer, int) else answer
    known = range(len(poll.choices))
    fits = poll.kind != WORD and not isinstance(answer, str) and all(place in known for place in places)
    if not fits or (poll.kind == ONE and len(places) != 1):
        raise ValueError(f"The answer must be one of the poll's {len(poll.choices)}. Received: {answer!r}")
    return [{"choice": int(place), "word": None} for place in sorted(set(map(int, places)))]


def _counted(words: list[str]) -> tuple[tuple[str, int], ...]:
    """How many gave each word, however they wrote it; it is shown as most of them did."""
    spelt: dict[str, Counter[str]] = {}
    for word in words:
        spelt.setdefault(look(word), Counter())[word] += 1
    counted = [(of.most_common(1)[0][0], of.total()) for of in spelt.values()]
    return tuple(sorted(counted, key=lambda pair: (-pair[1], look(pair[0]))))
