"""Everything one process holds, put together once: settings, store, seats, models, engine, sign-in."""

import logging
import secrets
import threading
import time
from dataclasses import replace

import cv2

from fer.config import MODELS_DIR, Settings
from fer.insight.csv_exports import Progress
from fer.lesson.auth import Grant, TeacherSignIn, Tickets, hash_token
from fer.lesson.camera_budget import camera_fps, load_warnings, most_students
from fer.lesson.class_now import Live
from fer.lesson.engine import Engine
from fer.lesson.retention import Retention
from fer.lesson.seats import Seats
from fer.lesson.writer import Writer
from fer.privacy.law import check
from fer.records import CLASS_ONLY, PRESENCE, Lesson, Student, one_line
from fer.store.journal import Journal
from fer.store.store import Store
from fer.vision.cards import load_card
from fer.vision.classifier import load_classifier
from fer.vision.detector import load_detector

LONGEST_NAME = 40
LONGEST_TITLE = 80

log = logging.getLogger(__name__)


class Monitor:
    """One per process. Making it opens the store and loads the models; ``start`` runs the engine.

    Where expressions are switched off there is no detector, no classifier and no engine."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.store = Store(settings.url)
        self.seats = Seats(settings.most_students or None)
        self.writer = Writer(self.store, self.seats, settings)
        self.engine: Engine | None = None
        self._choosing = threading.Lock()  # no lesson starts while its model is chosen
        if settings.expressions:
            self._load_models()
        self.retention = Retention(self.store, settings.keep_days, self.delete_lesson)
        self.journal = Journal(self.store)
        self.live = Live(self.store, self.journal, self.seats, settings)
        self.exports = Progress()
        self.tickets = Tickets()
        self.sign_in = TeacherSignIn(self.store, settings.teacher_password)

    def _load_models(self) -> None:
        settings = self.settings
        self.classifier = load_classifier(MODELS_DIR, settings.model)
        self.card = load_card(MODELS_DIR / f"{settings.model.removesuffix('.keras')}.json")
        self.detector = load_detector(settings.detector, settings.detector_file)
        cv2.setNumThreads(1)  # frames of 160 px gain nothing from more, and the web server needs the cores
        self.seats.most = self.seats.most or most_students(self.detector, self.classifier)
        self.engine = Engine(self.seats, self.detector, self.classifier, self.writer, settings)

    def start(self) -> None:
        self.retention.start()
        self.writer.start()
        self.live.start()
        if self.engine is None:
            log.info("Expressions are switched off: no face is looked at.")
            return
        self.engine.start()
        log.info(
            "Face detector: %s. Classifier: %s. At most %d cameras at a time.",
            self.detector.name,
            self.classifier.name,
            self.seats.most,
        )

    def stop(self) -> None:
        if self.engine is not None:
            self.engine.stop()
        self.live.stop()
        self.writer.stop()
        self.retention.stop()
        self.store.close()

    @property
    def problem(self) -> str:
        """A sentence while something fails, for the teacher."""
        return (self.engine.problem if self.engine else "") or self.writer.problem

    def camera_fps(self) -> float:
        """What to ask of each camera while the class is as large as it is."""
        return camera_fps(self.seats.held(), self.settings.camera_fps, self.settings.frames_per_s)

    def load_warnings(self, age_s: float | None) -> list[str]:
        """What a teacher must know about the machine; ``age_s``: of the newest picture."""
        if self.engine is None:
            return []
        return load_warnings(self.engine.rate, self.settings.frames_per_s, age_s, self.seats.waiting(), self.seats.most)

    # The teacher

    def teacher_cookie(self) -> str:
        """Cookies ignore the port, so two servers of one machine need two names."""
        return f"fer_teacher_{self.settings.port}"

    def teacher_ticket(self, valid_s: float) -> str:
        """A ticket that signs one browser in as the teacher."""
        return self.tickets.issue(Grant(self.teacher_cookie(), "", "/dashboard"), valid_s)

    def redeem(self, ticket: str) -> Grant | None:
        """What the ticket grants; a teacher's session begins only now, so unused tickets leave nothing behind."""
        grant = self.tickets.redeem(ticket)
        if grant is not None and grant.cookie == self.teacher_cookie():
            grant = replace(grant, value=self.sign_in.new_session())
        return grant

    def start_lesson(
        self, title: str, view: str = CLASS_ONLY, country: str = "", purpose: str = "", course: str = ""
    ) -> Lesson:
        """Raises ValueError for what is missing, and ``law.Forbidden`` where expressions are banned."""
        title = one_line(title, LONGEST_TITLE, "The lesson's title")
        course = one_line(course, LONGEST_TITLE, "The course's name") if course.strip() else ""
        if view == PRESENCE:
            return self.store.create_lesson(title, time.time(), view, course=course)
        if self.engine is None:
            raise ValueError(
                "This server computes no expressions (FER_EXPRESSIONS=off), so a lesson has presence and answers only. "
                f"Received: {view}"
            )
        check(country, purpose)
        with self._choosing:
            return self.store.create_lesson(title, time.time(), view, country, purpose, course)

    def uses_cameras(self, lesson: Lesson) -> bool:
        return lesson.has_expressions and self.engine is not None

    def served_lessons(self) -> list[Lesson]:
        """The open lessons in which faces are looked at."""
        return [lesson for lesson in self.store.lessons() if lesson.is_open and self.uses_cameras(lesson)]

    def use_model(self, name: str) -> None:
        """Serves the lessons that start from now on, until the server ends, with ``models/<name>.json``.

        Raises ``CardError``, and ValueError while a lesson is open: a lesson has one model from its start to its end."""
        if self.engine is None:
            raise ValueError(
                f"This server computes no expressions (FER_EXPRESSIONS=off), so no model serves. Received: {name!r}"
            )
        card, classifier = load_card(MODELS_DIR / f"{name}.json"), load_classifier(MODELS_DIR, name)
        most = self.settings.most_students or most_students(self.detector, classifier)  # a slower one holds fewer
        with self._choosing:
            held = [lesson.title for lesson in self.served_lessons()]
            if held:
                raise ValueError(
                    f"A lesson keeps its model until it has ended. Received: {name!r} while {held[0]!r} is open"
                )
            self.card = card
            self.classifier = self.engine.classifier = classifier
            self.seats.most = most
        log.info("Classifier: %s. At most %d cameras at a time.", name, most)

    def end_lesson(self, lesson: Lesson) -> None:
        """No frame is taken from now on; what was observed stays."""
        now = time.time()
        self.store.end_lesson(lesson.id, now)
        self.journal.close_poll(lesson.id, now)
        self.seats.close_lesson(lesson.id)
        self.writer.forget_lesson(lesson.id)
        self.live.forget(lesson.id)

    def delete_lesson(self, lesson_id: int) -> None:
        """Every row of it; cameras that are still on find no lesson any more."""
        self.seats.close_lesson(lesson_id)
        self.writer.forget_lesson(lesson_id)
        self.store.delete_lesson(lesson_id)
        self.live.forget(lesson_id)

    # The student

    def seat_cookie(self, lesson_id: int) -> str:
        return f"fer_seat_{self.settings.port}_{lesson_id}"

    def join(self, lesson: Lesson, name: str | None) -> str:
        """A new student in an open lesson; the ticket that gives their browser its seat cookie."""
        token = secrets.token_urlsafe(32)
        name = one_line(name, LONGEST_NAME, "Your name") if lesson.has_students else None
        self.store.add_student(lesson.id, name, hash_token(token), time.time())
        return self.tickets.issue(Grant(self.seat_cookie(lesson.id), token, f"/join?code={lesson.code}"))

    def student_of(self, lesson: Lesson, token: str) -> Student | None:
        """The student of this lesson whose seat cookie this is."""
        student = self.student_of_token(token)
        return student if student is not None and student.lesson_id == lesson.id else None

    def leave(self, student: Student) -> None:
        self.seats.close(student.id)
        self.store.set_left(student.id, time.time())

    def come_back(self, student: Student) -> None:
        self.store.set_left(student.id, None)

    def student_of_token(self, token: str) -> Student | None:
        """The student whose seat cookie or own link this is, in whatever lesson."""
        return self.store.student_by_token(hash_token(token)) if token else None

    def delete_student(self, student: Student) -> None:
        """Every row of them, and what they added to the lesson's counts."""
        self.seats.close(student.id)
        self.writer.forget_student(student.id)
        self.store.delete_student(student.id)


_monitor: Monitor | None = None


def use(monitor: Monitor | None) -> None:
    """Make this the process's monitor; the pages find it with ``current``."""
    global _monitor
    _monitor = monitor


def current() -> Monitor | None:
    return _monitor
