"""What a student does: join a lesson, leave it, come back, and have everything about them deleted; also what is done to
them: the teacher removes a student."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Collection

from fer.config import Settings
from fer.lesson.auth import Grant, Tickets, hash_token
from fer.lesson.per_address import PerAddress
from fer.lesson.seats import Seats
from fer.lesson.writer import Writer
from fer.names import LONGEST_NAME, one_line
from fer.records import CLASS_ONLY, Lesson, Student
from fer.store.store import Store

log = logging.getLogger(__name__)


class NeedsAccount(Exception):
    """Only who signs in with a school account may join."""


class Students:
    """A student is who has the seat cookie of a lesson. Its name holds Settings.cookie_mark."""

    def __init__(self, store: Store, seats: Seats, writer: Writer, tickets: Tickets, settings: Settings):
        self.store, self.seats, self.writer, self.tickets, self.mark = (
            store,
            seats,
            writer,
            tickets,
            settings.cookie_mark,
        )
        self.joins = PerAddress("students joined", settings.joins_per_address)
        self._of_teachers: set[int] = set()  # students who joined in a browser in which a teacher is signed in

    def cookie(self, lesson_id: int) -> str:
        """The name of a lesson's seat cookie."""
        return f"fer_seat_{self.mark}_{lesson_id}"

    def own_cookie(self, lesson_id: int | str) -> str:
        """The name of the cookie of who looks at what is stored of a student, who need not sit in the lesson there."""
        return f"fer_mine_{self.mark}_{lesson_id}"

    def account_cookie(self, lesson_id: int) -> str:
        """The name of the cookie that proves that a seat cookie is of a school account."""
        return f"fer_account_{self.mark}_{lesson_id}"

    def seat_of_account(self, lesson: Lesson, account: str) -> tuple[str, str]:
        """A seat cookie's value, the same whenever this account comes, so that it has one seat; and what proves it."""
        token = _keyed(lesson, f"seat {account}")
        return token, _keyed(lesson, f"proof {token}")

    def is_of_account(self, lesson: Lesson, token: str, proof: str) -> bool:
        """Whether the two were made by ``seat_of_account``."""
        return lesson.needs_account and bool(token) and hmac.compare_digest(_keyed(lesson, f"proof {token}"), proof)

    def join(
        self,
        lesson: Lesson,
        name: str | None,
        address: str | None = None,
        with_camera: bool = True,
        account: tuple[str, str] = ("", ""),
    ) -> str:
        """A new student in an open lesson; the ticket that gives their browser its seat cookie.

        ValueError for a bad name, ``JoiningClosed`` where nobody else may join, ``TooMany`` where too many came from
        the network ``address`` (None: unknown, so not counted). ``with_camera``: whether they agreed to share one.
        ``account``: what ``seat_of_account`` gave, ``NeedsAccount`` where it is missing."""
        token = account[0] if lesson.needs_account else secrets.token_urlsafe(32)
        if lesson.needs_account and not self.is_of_account(lesson, *account):
            raise NeedsAccount
        name = one_line(name or "", LONGEST_NAME, "Your name") if lesson.has_students else None
        self.joins.take(address)
        self.store.add_student(lesson.id, name, hash_token(token), time.time(), with_camera)
        return self.tickets.issue(Grant(self.cookie(lesson.id), token, f"/join?code={lesson.code}"))

    def of_token(self, token: str) -> Student | None:
        """The student whose seat cookie or own link this is, in whatever lesson."""
        return self.store.student_by_token(hash_token(token)) if token else None

    def of_lesson(self, lesson: Lesson, token: str) -> Student | None:
        """The student of this lesson whose seat cookie this is."""
        student = self.of_token(token)
        return student if student is not None and student.lesson_id == lesson.id else None

    def joined_beside_teacher(self, token: str) -> None:
        """The student of this seat cookie joined in a browser in which a teacher is signed in. In a class-only lesson
        that may be a made-up student, beside whom others are given away, so there it is said to all. A demo is joined in
        no other way."""
        student = self.of_token(token)
        lesson = None if student is None else self.store.lesson(student.lesson_id)
        if student is not None and lesson is not None and lesson.view == CLASS_ONLY and not lesson.is_demo:
            self._of_teachers.add(student.id)
            log.warning("A student of lesson %d joined in a teacher's browser.", student.lesson_id)

    def has_teachers_own(self, lesson_id: int) -> bool:
        """Whether who joined so has a seat in the lesson."""
        if not self._of_teachers:
            return False
        return any(seat.lesson_id == lesson_id and seat.student_id in self._of_teachers for seat in self.seats.all())

    def leave(self, student: Student) -> None:
        self.seats.close(student.id)
        self.store.set_left(student.id, time.time())

    def use_camera(self, student: Student, with_camera: bool) -> None:
        """From now on with a camera, which they agreed to, or without one."""
        self.store.set_with_camera(student.id, with_camera)

    def read_on(self, student: Student, place: str) -> None:
        """From now on with a camera whose picture is looked at there, to which they agreed."""
        self.store.set_read_on(student.id, place)
        self.store.set_with_camera(student.id, True)

    def come_back(self, student: Student) -> None:
        self.store.set_left(student.id, None)

    def remove(self, student_ids: Collection[int]) -> None:
        """Out of the lesson; by the browser they joined with they cannot come back."""
        self.store.set_removed(student_ids, time.time())
        for student_id in student_ids:
            self.seats.close(student_id)

    def let_back(self, student_ids: Collection[int]) -> None:
        self.store.set_removed(student_ids, None)

    def is_in(self, student: Student) -> bool:
        """Whether they are still in the lesson, whatever a page of theirs shows."""
        stored = self.store.student(student.id)
        return stored is not None and stored.left_at is None

    def delete(self, student: Student) -> None:
        """Every row of them, and what they added to the lesson's counts."""
        self.seats.close(student.id)
        self.writer.forget_student(student.id)
        self.store.delete_student(student.id)


def _keyed(lesson: Lesson, text: str) -> str:
    return hmac.new((lesson.account_key or "").encode(), text.encode(), hashlib.sha256).hexdigest()
