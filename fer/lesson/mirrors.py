"""The mirror: who looks into it sees their own faces read, many times a second. Nothing of it is stored.

One thread looks at the newest frame of every visitor in turn. It stands back for the lesson: its threads go first, and
while a camera of a lesson is on, it rests as long as it has worked. A visitor's camera takes ``PLACES`` of the cameras'
places, because it costs as much.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from fer.lesson.engine import Analysis, help_of, observe, to_bgr
from fer.lesson.reader import stand_back
from fer.lesson.recognition import Recognition
from fer.lesson.seats import MIRROR, PAGE_S, Seat, Seats
from fer.privacy.law import check_use
from fer.store.lessons import new_code, typed_code
from fer.vision.analyze import Namer
from fer.vision.cards import Card
from fer.vision.greeting import Greeter, Greeting
from fer.vision.group_photo import Frame, GroupPhoto, Numbered, Progress
from fer.vision.mirror_eye import MirrorEye
from fer.vision.turns import turned, turned_back

FRAME_PX, FRAMES_PER_S = (1280, 720), 12  # asked of a visitor's camera
PLACES = 20  # measured: a mirror takes 0.19 of a core, a student 0.009
REST_S = 0.01  # between looks for new frames

log = logging.getLogger(__name__)


class MirrorClosed(Exception):
    """The teacher lets nobody look into a mirror, or not into this one."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror that is open: the code in its link, what the teacher answered, which model looks, what it says to whom it
    sees, and whose it is (a teacher's id, or None: an admin's)."""

    code: str
    country: str
    purpose: str
    card: Card
    greeting: Greeting | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a visitor is shown of one frame. ``number`` counts their looks, ``greeted`` how often they were greeted."""

    number: int
    size_wh: tuple[int, int]
    faces: Numbered
    photo: Progress | None
    greeted: int


class Visitor:
    """Who looks into the mirror with one camera. ``token`` is known to their page only."""

    def __init__(self, number: int, seats: Seats, eye: MirrorEye, greeting: Greeting | None):
        self.number, self.token = number, secrets.token_urlsafe(32)
        self.last: Look | None = None
        self.has_left = False
        self.kept_until: float | None = None  # the group photo that is there, Unix seconds
        self._seats, self._eye = seats, eye
        self._greeter = Greeter(greeting) if greeting else None
        self._photo: GroupPhoto | None = None
        self._lock = threading.Lock()
        self._page_at = time.monotonic()
        self._seat: Seat | None = None

    def seat(self) -> Seat:
        """Where their frames go. Raises ``ClassFull`` where no place is free, and ``MirrorClosed`` when they have left."""
        if self.has_left:
            raise MirrorClosed
        self._page_at = time.monotonic()
        self._seat = self._seats.open(MIRROR, self.number, places=PLACES)
        return self._seat

    def leave(self) -> None:
        """No frame is taken any more, and no picture stays."""
        self.has_left = True
        self._seats.close(self.number)
        with self._lock:
            self._photo = self.last = None

    def is_gone(self) -> bool:
        seen_at = max(self._page_at, self._seat.page_at, self._seat.arrived_at) if self._seat else self._page_at
        return time.monotonic() - seen_at > PAGE_S

    @property
    def is_waiting(self) -> bool:
        """Whether a group photo is to be taken."""
        photo = self._photo
        return photo is not None and photo.taken is None

    @property
    def picture(self) -> Frame | None:
        """The group photo, once it is taken."""
        photo = self._photo
        return photo.taken if photo is not None else None

    def wait_for(self, expression: str, least: int) -> None:
        """Takes a group photo as soon as ``least`` faces or more show it."""
        with self._lock:
            self._photo, self.kept_until = GroupPhoto(expression, least), None

    def again(self) -> None:
        with self._lock:
            self.kept_until = None
            if self._photo is not None:
                self._photo.again()

    def no_photo(self) -> None:
        """Waits for none any more, and throws the one that was taken away; one that was kept stays kept."""
        with self._lock:
            self._photo, self.kept_until = None, None

    def leave_out(self, face: int) -> None:
        with self._lock:
            if self._photo is not None:
                self._photo.leave_out(face)

    def look(self) -> None:
        """Looks at the frame that came last, if it is a new one."""
        unseen = self._seat.take() if self._seat else None
        if self._seat is None or unseen is None:
            return
        frame, arrived_at, observed_at = unseen
        frame_bgr = to_bgr(frame)
        sight, faces = self._eye.look(frame_bgr, arrived_at)
        analysis = Analysis(self._seat, frame_bgr, arrived_at, observed_at, sight)
        self._seat.note(frame_bgr, observe(analysis, [one for _, one in faces]), arrived_at, help_of(sight))
        picture_bgr, size_hw = turned(frame_bgr, sight.turns), frame_bgr.shape[:2]
        before = self.last or Look(0, (0, 0), [], None, 0)
        greets = self._greeter is not None and self._greeter.see(faces, arrived_at)
        with self._lock:
            photo = self._photo.see(picture_bgr, faces, arrived_at) if self._photo else None
            shown = [
                (number, replace(one, box_xyxy=turned_back(one.box_xyxy, sight.turns, size_hw)))
                for number, one in faces
            ]
            if not self.has_left:
                self.last = Look(before.number + 1, (size_hw[1], size_hw[0]), shown, photo, before.greeted + greets)


class Mirrors:
    """The mirror of this process, of which one is open at a time. ``recognition`` is None where no faces are read;
    ``namer`` says who people are, where that is switched on."""

    def __init__(self, seats: Seats, recognition: Recognition | None, namer: Namer | None = None):
        self._namer = namer
        self.mirror: Mirror | None = None
        self._seats, self._recognition = seats, recognition
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}
        self._given = 0
        self._new_eye: Callable[[], MirrorEye] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._logged: set[str] = set()

    def open(self, country: str, purpose: str, greeting: Greeting | None = None, owner_id: int | None = None) -> Mirror:
        """In place of one that was open. Raises ValueError for what is missing, ``law.Forbidden`` where it is banned."""
        if self._recognition is None:
            raise ValueError("This server computes no expressions (FER_EXPRESSIONS=off), so it has no mirror.")
        check_use(country, purpose)
        self.close()
        mirror = Mirror(new_code(), country, purpose, self._recognition.model.card, greeting, owner_id)
        stopping = threading.Event()
        with self._lock:
            self.mirror, self._stopping, self._new_eye = mirror, stopping, self._recognition.mirror_eyes(self._namer)
            self._thread = threading.Thread(target=self._run, args=(stopping,), name="mirror", daemon=True)
            self._thread.start()
        return mirror

    def close(self) -> None:
        """Everybody's camera stops, and no picture stays."""
        with self._lock:
            left, thread = list(self._visitors.values()), self._thread
            self.mirror, self._thread, self._visitors = None, None, {}
            self._stopping.set()
        for visitor in left:
            visitor.leave()
        if thread is not None:
            thread.join(timeout=10)

    def of_code(self, code: str) -> Mirror | None:
        """The open mirror, if this is its code as somebody typed it."""
        mirror = self.mirror
        return mirror if mirror is not None and mirror.code == typed_code(code) else None

    def enter(self, mirror: Mirror) -> Visitor:
        """For who has agreed. Raises ``MirrorClosed``."""
        with self._lock:
            if self.mirror is not mirror or self._new_eye is None:
                raise MirrorClosed
            self._given -= 1  # a student's number is larger than 0
            visitor = Visitor(self._given, self._seats, self._new_eye(), mirror.greeting)
            self._visitors[visitor.token] = visitor
        return visitor

    def visitor(self, token: str) -> Visitor | None:
        with self._lock:
            return self._visitors.get(token)

    def leave(self, visitor: Visitor) -> None:
        with self._lock:
            self._visitors.pop(visitor.token, None)
        visitor.leave()

    def visitors(self) -> list[Visitor]:
        with self._lock:
            return list(self._visitors.values())

    def cameras(self) -> int:
        """Cameras that are on."""
        now = time.monotonic()
        return sum(seat.is_held(now) for seat in self._seats.of_mirror())

    def _run(self, stopping: threading.Event) -> None:
        stand_back()
        rest_s = REST_S
        while not stopping.wait(rest_s):
            began_at = time.monotonic()
            for visitor in self.visitors():
                self._look(visitor)
            ended_at = time.monotonic()
            is_lesson = any(seat.is_held(ended_at) for seat in self._seats.all())
            rest_s = max(REST_S, ended_at - began_at if is_lesson else 0.0)

    def _look(self, visitor: Visitor) -> None:
        try:
            visitor.look()
        except Exception as error:  # whatever one visitor sends, the others go on
            if type(error).__name__ not in self._logged:
                log.error("A look into the mirror failed (not logged again)", exc_info=error)
            self._logged.add(type(error).__name__)
        if visitor.is_gone():
            self.leave(visitor)
