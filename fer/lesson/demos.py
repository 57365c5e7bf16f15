"""Demo lessons: a class of made-up students, in which a teacher tries everything. No picture and no person is in it.

They go the way of all lessons, so what is shown, released and exported of them is what a class would give. A demo deletes
itself an hour after it was opened.
"""

import logging
import secrets
import time
from dataclasses import dataclass, field

import numpy as np

from fer.config import Settings
from fer.insight.stored_words import EXERCISE, NEW_TOPIC
from fer.languages import N_, _
from fer.lesson import demo_class
from fer.lesson.auth import hash_token
from fer.lesson.background import Repeating
from fer.lesson.lessons import Lessons
from fer.lesson.seats import Seats
from fer.lesson.writer import Writer
from fer.records import PRESENCE, STEP_S, Alert, Coverage, Face, Lesson, Observation, Status
from fer.store.journal import DONE, Journal
from fer.store.polls import WORD
from fer.store.store import Store
from fer.vision.eye import Limits, reading

TITLE = N_("Demo lesson (made-up students)")
BEFORE_S = 600  # so much of the lesson has passed already, so that its charts are full
BEFORE_STEP_S = 2.5
KEPT_S = 3600.0
TICK_S = 1.0
SECONDS = 7  # made-up students who want to know what another one asked
LOOK_S = 60.0  # how often old demos are looked for
PICTURE_BGR = np.zeros((1, 1, 3), np.uint8)
FACE = Face((110.0, 60.0, 210.0, 180.0), 1.0)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Demo:
    """One that runs. ``is_joined``: somebody real has shared a camera; ``said``: the button each student pressed last, by
    place; ``answered``: who did, by poll."""

    lesson: Lesson
    student_ids: list[int]
    is_joined: bool = False
    said: dict[int, str | None] = field(default_factory=dict)
    answered: set[tuple[int, int]] = field(default_factory=set)


class Demos(Repeating):
    """One per process; ``start`` starts the thread that moves all demos of it."""

    def __init__(
        self, store: Store, journal: Journal, seats: Seats, writer: Writer, lessons: Lessons, settings: Settings
    ):
        self.store, self.journal, self.seats, self.writer, self.lessons = store, journal, seats, writer, lessons
        self.settings = settings
        self._running: dict[int, Demo] = {}
        self._looked_at = -LOOK_S
        super().__init__("demos", TICK_S)

    def start(self) -> None:
        if not self.settings.database_url:  # else another process may run them
            for lesson in self.store.lessons():
                if lesson.is_demo and lesson.is_open and lesson.id not in self._running:
                    self.lessons.end(lesson)
        super().start()

    def _again(self) -> None:
        self.tick(time.time())

    def _tell(self, error: Exception) -> None:
        log.error("The demo lesson stands still (tried again; not logged again): %s", error)

    def open(self, view: str, owner_id: int | None = None) -> Lesson:
        """A demo of ten minutes so far, of a teacher. Without an answer about the country: in a demo nobody is taught."""
        now = time.time()
        began_at = now - BEFORE_S
        lesson = self.store.create_lesson(
            _(TITLE), began_at, view, purpose="" if view == PRESENCE else "private", owner_id=owner_id, is_demo=True
        )
        names = demo_class.NAMES if lesson.has_students else (None,) * demo_class.STUDENTS
        ids = [
            self.store.add_student(lesson.id, name, hash_token(secrets.token_urlsafe()), began_at + 2 * place).id
            for place, name in enumerate(names)
        ]
        demo = Demo(lesson, ids)
        self._write_past(demo, now)
        self.move(demo, now)
        self._running[lesson.id] = demo
        return lesson

    def tick(self, now: float) -> None:
        """Moves every demo that is open, and deletes those that are older than an hour."""
        for lesson_id, demo in list(self._running.items()):
            stored = self.store.lesson(lesson_id)
            if stored is None or not stored.is_open:
                del self._running[lesson_id]
            else:
                self.move(demo, now)
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            for lesson in self.store.lessons():
                if lesson.is_demo and now >= deleted_at(lesson):
                    self.lessons.delete(lesson.id)

    def move(self, demo: Demo, now: float) -> None:
        """One second of the class: who is there, what is seen, pressed and answered."""
        at_s = now - demo.lesson.started_at
        for place, student_id in enumerate(demo.student_ids):
            if not demo_class.is_here(place, at_s):
                self.seats.close(student_id)
        demo.is_joined = demo.is_joined or self._somebody_joined(demo)
        seen = self._observations(demo, now)
        arrived_at = time.monotonic()
        for place, student_id in enumerate(demo.student_ids):
            if demo_class.is_here(place, at_s):
                seat = self.seats.open(demo.lesson.id, student_id, has_camera=False)
                if place in seen:
                    seat.note(PICTURE_BGR, (seen[place],), arrived_at)
        self.writer.put(list(seen.values()))
        self._say(demo, now)
        self._answer(demo, now)

    def _somebody_joined(self, demo: Demo) -> bool:
        now, gone_after_s = time.monotonic(), self.settings.gone_after_s
        return any(
            seat.shows_face(now, gone_after_s)
            for seat in self.seats.of_lesson(demo.lesson.id)
            if seat.student_id not in demo.student_ids
        )

    def _observations(self, demo: Demo, at: float) -> dict[int, Observation]:
        """What would be seen of each student with a camera, by place."""
        if not demo.lesson.has_expressions:
            return {}
        at_s = at - demo.lesson.started_at
        of_all = demo_class.probabilities(at_s)
        return {
            place: self._observation(demo.lesson.id, student_id, at, of_all[place], demo_class.shows_face(place, at_s))
            for place, student_id in enumerate(demo.student_ids)
            if demo_class.has_camera(place, demo.is_joined) and demo_class.is_here(place, at_s)
        }

    def _observation(self, lesson_id: int, student_id: int, at: float, of: np.ndarray, has_face: bool) -> Observation:
        if not has_face:
            return Observation(lesson_id, student_id, at, Status.NO_FACE)
        read = reading(FACE, None, of, None, Limits(self.settings.unsure_below))
        return Observation(
            lesson_id,
            student_id,
            at,
            Status.FACE,
            0,
            read.box_xyxy,
            read.probabilities,
            read.expression,
            unsure_because=read.unsure_because,
        )

    def _say(self, demo: Demo, at: float) -> None:
        at_s = at - demo.lesson.started_at
        for place, student_id in enumerate(demo.student_ids):
            word = demo_class.says(place, at_s) if demo_class.is_here(place, at_s) else None
            if word and word != demo.said.get(place):
                self.journal.say(demo.lesson.id, student_id, word, at)
            demo.said[place] = word

    def _answer(self, demo: Demo, at: float) -> None:
        poll = self.journal.open_poll_of(demo.lesson.id)
        if poll is None:
            return
        for place, student_id in enumerate(demo.student_ids):
            answers = poll.choices or demo_class.WORDS
            choice = demo_class.answers(place, poll.id, len(answers), at - poll.opened_at)
            if choice is not None and (poll.id, place) not in demo.answered:
                self.journal.vote(poll, student_id, answers[choice] if poll.kind == WORD else choice, at)
                demo.answered.add((poll.id, place))

    def _write_past(self, demo: Demo, now: float) -> None:
        """The lesson before it was opened."""
        lesson_id, began_at, journal = demo.lesson.id, demo.lesson.started_at, self.journal
        seen_at = np.arange(began_at, now - TICK_S, BEFORE_STEP_S)
        self.writer.put([seen for at in seen_at for seen in self._observations(demo, at).values()])
        steps = range(int(began_at) // STEP_S * STEP_S, int(now) - STEP_S, STEP_S)
        self.store.append([], [], [self._covered(demo, start) for start in steps])
        for at_s in range(BEFORE_S):
            self._say(demo, began_at + at_s)
        journal.mark(lesson_id, NEW_TOPIC, began_at + 20)
        journal.log_alert(lesson_id, Alert("lost", 0.4), began_at + 190)
        journal.close_alert(journal.alerts(lesson_id)[0].id, DONE, began_at + 215)
        journal.mark(lesson_id, EXERCISE, began_at + 340)
        journal.open_poll(lesson_id, "Is this clear?", ["Yes", "Partly", "No"], began_at + 450)
        self._answer(demo, began_at + 490)
        journal.close_poll(lesson_id, began_at + 500)
        self._ask(demo, now)

    def _ask(self, demo: Demo, now: float) -> None:
        """A question that most want to know, and a raised hand, for the teacher to answer."""
        asks, raises, *others = demo.student_ids
        self.journal.ask_in_words(demo.lesson.id, asks, demo_class.QUESTION, now - 60)
        [question] = self.journal.questions(demo.lesson)
        for student_id in others[:SECONDS]:
            self.journal.second(question.id, student_id, now - 30)
        if (student := self.store.student(raises)) is not None:
            self.journal.raise_hand(demo.lesson, student, demo_class.NAME, now - 20)

    def _covered(self, demo: Demo, start: int) -> Coverage:
        at_s = start - demo.lesson.started_at
        here = [place for place in range(demo_class.STUDENTS) if demo_class.is_here(place, at_s)]
        faces = sum(
            demo_class.has_camera(place, demo.is_joined) and demo_class.shows_face(place, at_s) for place in here
        )
        return Coverage(demo.lesson.id, start, len(here), faces if demo.lesson.has_expressions else None)


def deleted_at(lesson: Lesson) -> float:
    """When a demo deletes itself, Unix seconds."""
    return lesson.started_at + BEFORE_S + KEPT_S
