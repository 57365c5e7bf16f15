"""What a teacher does with a lesson: start it, choose the model that serves it, end it, delete it."""

import json
import logging
import secrets
import time

from fer.languages import _
from fer.lesson.looks import Looks
from fer.lesson.recognition import Recognition
from fer.lesson.seats import Seats
from fer.lesson.writer import Writer
from fer.names import one_line
from fer.privacy.law import check
from fer.records import CLASS_ONLY, ON_DEVICE, ON_SERVER, PRESENCE, Lesson, Teacher
from fer.store.audit import Done
from fer.store.journal import Journal
from fer.store.store import Store
from fer.vision.cards import CardError

LONGEST_TITLE = 80
CHOSEN = "the model that a teacher chose"  # and the setting it was chosen instead of
CHOOSING = "choose the model"  # no lesson starts meanwhile, in whatever process

log = logging.getLogger(__name__)


class Lessons:
    """``recognition`` is None where this server computes no expressions."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        seats: Seats,
        writer: Writer,
        looks: Looks,
        recognition: Recognition | None,
    ):
        self.store, self.journal, self.seats, self.writer, self.looks = store, journal, seats, writer, looks
        self.recognition = recognition
        self._unfit = ""  # a chosen model that could not be loaded

    def start(
        self,
        title: str,
        view: str = CLASS_ONLY,
        country: str = "",
        purpose: str = "",
        course: str = "",
        several: bool = False,
        owner_id: int | None = None,
        needs_account: bool = False,
        read_on: str = ON_SERVER,
    ) -> Lesson:
        """``owner_id``: of the teacher whose it is; ``needs_account``: only students with school accounts may join.

        Raises ValueError for what is missing or cannot be, and ``law.Forbidden`` where expressions are banned."""
        title = one_line(title, LONGEST_TITLE, _("The lesson's title"))
        course = one_line(course, LONGEST_TITLE, _("The course's name")) if course.strip() else ""
        key = secrets.token_urlsafe(32) if needs_account else None
        if view == PRESENCE:
            return self.store.create_lesson(title, time.time(), view, course=course, owner_id=owner_id, account_key=key)
        if self.recognition is None:
            raise ValueError(
                "This server computes no expressions (FER_EXPRESSIONS=off), so a lesson has presence and answers only. "
                f"Received: {view}"
            )
        check(country, purpose)
        with self.store.alone(CHOOSING):
            why_not = self.recognition.why_not_on_devices() if read_on == ON_DEVICE else ""
            if why_not:
                raise ValueError(_("Faces cannot be read on the students' devices: {why_not}.").format(why_not=why_not))
            return self.store.create_lesson(
                title,
                time.time(),
                view,
                country,
                purpose,
                course,
                several,
                owner_id,
                account_key=key,
                read_on=read_on,
            )

    def seen_by(self, teacher: Teacher) -> list[Lesson]:
        """Newest first. What a page or an address shows of lessons goes through this or the next one."""
        return [lesson for lesson in self.store.lessons() if teacher.may_see(lesson.owner_id)]

    def one_seen_by(self, teacher: Teacher, number: str) -> Lesson | None:
        """The lesson whose id stands in an address; None too where it is another teacher's."""
        lesson = self.store.lesson_by_number(number)
        return lesson if lesson is not None and teacher.may_see(lesson.owner_id) else None

    def uses_cameras(self, lesson: Lesson) -> bool:
        return lesson.has_expressions and self.recognition is not None

    def served(self) -> list[Lesson]:
        """The open lessons in which faces are looked at."""
        return [lesson for lesson in self.store.lessons() if lesson.is_open and self.uses_cameras(lesson)]

    def use_model(self, name: str) -> None:
        """Serves the lessons that start from now on with ``models/<name>.json``: in every process of the database, until
        another is chosen or FER_MODEL changes.

        Raises ``CardError``, and ValueError while a lesson is open: a lesson has one model from its start to its
        end."""
        if self.recognition is None:
            raise ValueError(
                f"This server computes no expressions (FER_EXPRESSIONS=off), so no model serves. Received: {name!r}"
            )
        model = self.recognition.load(name)
        with self.store.alone(CHOOSING):
            held = [lesson.title for lesson in self.served()]
            if held:
                raise ValueError(
                    _("A lesson keeps its model until it has ended, and {lesson} is open.").format(lesson=repr(held[0]))
                )
            self.recognition.serve(model)
            self.store.share(CHOSEN, json.dumps([self.recognition.settings.model, name]))

    def follow_choice(self) -> None:
        """Serves with the model that was chosen before this start, or in another process; raises ``StoreError``."""
        if self.recognition is None:
            return
        instead_of, name = json.loads(self.store.shared(CHOSEN) or "[null, null]")
        if instead_of != self.recognition.settings.model or name in (self.recognition.served(), self._unfit):
            return
        try:
            self.recognition.serve(self.recognition.load(name))
        except CardError as error:
            self._unfit = name
            log.warning("The chosen model cannot serve, so %s does. %s", self.recognition.served(), error)

    def set_joining(self, lesson: Lesson, is_open: bool) -> None:
        """Whether students can join from now on. Who is in the lesson stays in it, and may leave and come back."""
        self.store.set_joining_closed(lesson.id, None if is_open else time.time())

    def end(self, lesson: Lesson) -> None:
        """No frame is taken from now on; what was observed stays."""
        now = time.time()
        self.store.end_lesson(lesson.id, now)
        self.journal.close_poll(lesson.id, now)
        self.seats.close_lesson(lesson.id)
        self.writer.forget_lesson(lesson.id)
        self.looks.forget(lesson.id)

    def hand_over(self, lesson_id: int) -> None:
        """Another process has taken it: no frame is taken here any more, and nothing of it is known."""
        self.seats.close_lesson(lesson_id)
        self.writer.hand_over(lesson_id)
        self.looks.forget(lesson_id)

    def delete(self, lesson_id: int) -> None:
        """Every row of it; cameras that are still on find no lesson any more."""
        self.seats.close_lesson(lesson_id)
        self.writer.forget_lesson(lesson_id)
        self.store.delete_lesson(lesson_id)
        self.looks.forget(lesson_id)

    def delete_by(self, teacher: Teacher, lesson: Lesson) -> None:
        """The same, and the audit log says whose doing it is."""
        self.store.note_action(teacher, Done.DELETED, "", time.time(), lesson)
        self.delete(lesson.id)
