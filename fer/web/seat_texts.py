"""What a student says over the seat's socket, as JSON of a few hundred bytes, and what is done about it.

Each says what is to be so from then on, and a question has a name of its own. So what is sent again after a lost
connection changes nothing.
"""

import json
import re
from dataclasses import dataclass

from fer.lesson.monitor import Monitor
from fer.records import Lesson, Student
from fer.store.journal import WORDS
from fer.store.polls import MOST_CHOICES, WORD, Answer, Poll
from fer.store.questions import TooManyQuestions
from fer.web.seat_messages import BadMessage

LONGEST_TEXT = 600  # of a message: a question's 200 characters, some of them escaped
LARGEST_NUMBER = 2**31 - 1  # that a database takes
KEY = re.compile(r"[0-9a-z-]{8,36}")

# Why something was refused: names of texts that the page has.
TOO_SOON, NO_QUESTION, NO_NAME, NO_ANSWER, CLOSED = "too soon", "no question", "no name", "no answer", "closed"


@dataclass(frozen=True, slots=True)
class Say:
    """A pressed button, one of ``WORDS``. Of this and the next four the page has the number ``n``, to know what is answered."""

    n: int
    word: str


@dataclass(frozen=True, slots=True)
class Vote:
    n: int
    poll_id: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Hand:
    """``name``: typed, where the lesson has none."""

    n: int
    is_up: bool
    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    n: int
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Second:
    n: int
    question_id: int
    wants: bool


@dataclass(frozen=True, slots=True)
class Camera:
    """Start was pressed in this window, for the server to read the face, or Stop."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class ShowPicture:
    """From now on the last picture that was analysed is wanted, or not any more."""

    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Greeting:
    """The page is still open."""


Press = Say | Vote | Hand | Ask | Second
Text = Press | Camera | ShowPicture | Greeting


def read_text(text: str) -> Text:
    """Raises ``BadMessage``."""
    if len(text) > LONGEST_TEXT:
        raise BadMessage(f"A message may have {LONGEST_TEXT} characters. Received: {len(text)}")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"A message must be JSON. Received: {text!r}") from error
    n = asked.pop("n", None) if isinstance(asked, dict) else None
    made = _other(asked) if n is None else _press(n, asked) if _is_number(n) else None
    if made is None:
        raise BadMessage(f"A message must be a press, a greeting or about the camera. Received: {text!r}")
    return made


def _other(asked: object) -> Text | None:
    match asked:
        case {"camera": bool(is_on), **more} if not more:
            return Camera(is_on)
        case {"show": bool(is_wanted), **more} if not more:
            return ShowPicture(is_wanted)
        case {**more} if not more:
            return Greeting()
    return None


def _press(n: int, asked: dict) -> Press | None:
    match asked:
        case {"say": str(word), **more} if not more and word in WORDS:
            return Say(n, word)
        case {"vote": poll_id, "answer": answer, **more} if not more and _is_number(poll_id) and _is_answer(answer):
            return Vote(n, poll_id, answer)
        case {"hand": bool(is_up), "name": str(name), **more} if not more:
            return Hand(n, is_up, name)
        case {"ask": str(text), "key": str(key), **more} if not more and KEY.fullmatch(key):
            return Ask(n, text, key)
        case {"second": question_id, "wants": bool(wants), **more} if not more and _is_number(question_id):
            return Second(n, question_id, wants)
    return None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_NUMBER


def _is_answer(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_CHOICES and all(map(_is_number, value))
    return isinstance(value, str) or _is_number(value)


def carry_out(
    running: Monitor, lesson: Lesson, student: Student, open_poll: Poll | None, press: Press, at: float
) -> str:
    """Why it was refused, "" where it was not. Of who is no longer in the lesson nothing is taken."""
    if not running.students.is_in(student):
        return ""
    journal = running.journal
    match press:
        case Say():
            journal.say(lesson.id, student.id, press.word, at)
        case Vote():
            return _vote(running, student, open_poll, press, at)
        case Hand(is_up=False):
            journal.lower_my_hand(student.id, at)
        case Hand():
            try:
                journal.raise_hand(lesson, student, press.name, at)
            except ValueError:
                return NO_NAME
        case Ask():
            return _ask(running, lesson, student, press, at)
        case Second():
            journal.second(press.question_id, student.id, at, press.wants)
    return ""


def _vote(running: Monitor, student: Student, open_poll: Poll | None, press: Vote, at: float) -> str:
    if open_poll is None or open_poll.id != press.poll_id:
        return CLOSED
    try:
        running.journal.vote(open_poll, student.id, press.answer, at)
    except ValueError:
        is_word = open_poll.kind == WORD and running.journal.open_poll_of(open_poll.lesson_id) == open_poll
        return NO_ANSWER if is_word else CLOSED
    return ""


def _ask(running: Monitor, lesson: Lesson, student: Student, press: Ask, at: float) -> str:
    try:
        running.journal.ask_in_words(lesson.id, student.id, press.text, at, press.key)
    except TooManyQuestions:
        return TOO_SOON
    except ValueError:
        return NO_QUESTION
    return ""
