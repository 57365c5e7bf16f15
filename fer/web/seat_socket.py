"""The seat's socket: one WebSocket of each student, in lessons whose faces are read on the students' devices.

The page sends what its device saw, and presses (seat_messages.py). The server says what changes: that the lesson is over or
the student out of it. Once a second it reads that, once for each lesson, whoever changed it and in whatever process.
"""

import asyncio
import logging
import time
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fer.lesson.engine import rows
from fer.lesson.monitor import Monitor
from fer.lesson.processes import CAME_BY
from fer.lesson.seats import Seat
from fer.records import ON_DEVICE, PER_STUDENT, STEP_S, Lesson, Observation, Status, Student
from fer.store.errors import StoreError
from fer.vision.eye import Limits
from fer.web.seat_messages import (
    BadMessage,
    Look,
    Said,
    State,
    StepOfStudent,
    read_numbers,
    read_text,
)

# Codes with which the server closes a socket; seat.js knows them.
NOT_HERE, ELSEWHERE, BROKE_A_RULE, TRY_AGAIN = 4001, 4002, 4003, 4004
LOOK_S = 1.0
MOST_PER_S, BURST = 3.0, 12  # messages
SLOW_S = 5.0  # for a page that takes nothing any more
NOWHERE = (0.0, 0.0, 1.0, 1.0)  # in a class-only lesson no device says where a face is, and nothing would keep it

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Connection:
    """One open page. ``told`` is what it knows."""

    socket: WebSocket
    lesson: Lesson
    student: Student
    seat: Seat
    told: dict[str, Any] = field(default_factory=dict)
    left: float = BURST  # messages it may send at once
    left_at: float = field(default_factory=time.monotonic)
    steps: set[tuple[int, int]] = field(default_factory=set)  # the step and the face of what came for the newest step

    def take(self) -> None:
        """Counts a message; raises ``BadMessage`` where too many come."""
        now = time.monotonic()
        self.left, self.left_at = min(BURST, self.left + (now - self.left_at) * MOST_PER_S), now
        if self.left < 1:
            raise BadMessage(f"A page may send {MOST_PER_S:g} messages a second. Received: more")
        self.left -= 1

    async def tell(self, **news: Any) -> None:
        """Sends what it does not know yet."""
        news = {name: value for name, value in news.items() if name not in self.told or self.told[name] != value}
        if not news:
            return
        self.told |= news
        try:
            async with asyncio.timeout(SLOW_S):
                await self.socket.send_json(news)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):  # it is closed, or as good as that
            await self.close(TRY_AGAIN)

    async def close(self, code: int) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code)


class SeatSockets:
    """All of this process's. Used on the event loop only."""

    def __init__(self, running: Monitor):
        self.running = running
        self.route = WebSocketRoute("/seat", self.serve)
        self._of: dict[int, dict[int, Connection]] = {}  # lesson -> student -> the newest page
        self._watch: asyncio.Task | None = None

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            connection = await run_in_threadpool(self._connection, socket)
        except StoreError:
            await socket.close(TRY_AGAIN)
            return
        if connection is None:
            await socket.close(NOT_HERE)
            return
        await self._hold(connection)

    def _connection(self, socket: WebSocket) -> Connection | None:
        """For the student whose seat cookie came; None where they have no seat here, or it needs no socket."""
        running = self.running
        lesson = running.store.lesson_by_number(socket.query_params.get("lesson", ""))
        if lesson is None or not lesson.is_open or "origin" not in socket.headers:
            return None
        if running.processes.home(lesson.id, socket.headers.get(CAME_BY, "")) != running.processes.name:
            return None
        student = running.students.of_lesson(lesson, socket.cookies.get(running.students.cookie(lesson.id), ""))
        if student is None or student.left_at is not None or student.read_on != ON_DEVICE:
            return None
        return Connection(socket, lesson, student, running.seats.open(lesson.id, student.id, has_camera=False))

    async def _hold(self, mine: Connection) -> None:
        pages = self._of.setdefault(mine.lesson.id, {})
        earlier, pages[mine.student.id] = pages.get(mine.student.id), mine
        if earlier is not None:
            await earlier.close(ELSEWHERE)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_all())
        try:
            await self._greet(mine)
            while True:
                await self._take(mine, await mine.socket.receive())
        except WebSocketDisconnect:
            pass
        except BadMessage as error:
            log.warning("A student's page broke a rule and was disconnected. %s", error)
            await mine.close(BROKE_A_RULE)
        except StoreError:
            await mine.close(TRY_AGAIN)
        finally:
            if pages.get(mine.student.id) is mine:
                del pages[mine.student.id]
                mine.seat.hang_up()
            if not pages and self._of.get(mine.lesson.id) is pages:
                del self._of[mine.lesson.id]

    async def _greet(self, mine: Connection) -> None:
        await self._look_at(mine.lesson.id, [mine])
        await mine.tell(now=time.time(), **await run_in_threadpool(self._own, mine))

    def _own(self, mine: Connection) -> dict[str, Any]:
        """What this student says."""
        return {"word": self.running.journal.my_word(mine.student.id, time.time())}

    async def _take(self, mine: Connection, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        mine.take()
        data, text = message.get("bytes"), message.get("text")
        if data is not None:
            seen = observed(read_numbers(data), mine, self._limits(), time.time())
            self.running.writer.put(seen)
            return
        asked = read_text(text or "")
        mine.seat.greet()
        if isinstance(asked, Said):
            await run_in_threadpool(self._press, mine, asked)
        if isinstance(asked, Said) or mine.told.get("word"):  # which counts for some minutes only
            mine.told.pop("word", None)  # an answer to every press
            await mine.tell(**await run_in_threadpool(self._own, mine))

    def _limits(self) -> Limits:
        recognition = self.running.recognition
        below = recognition.model.classifier.readable_below if recognition else None
        return Limits(self.running.settings.unsure_below, below)

    def _press(self, mine: Connection, asked: Said) -> None:
        if self.running.students.is_in(mine.student):
            self.running.journal.say(mine.lesson.id, mine.student.id, asked.word, time.time())

    async def _watch_all(self) -> None:
        """Ends when no page is open any more."""
        while self._of:
            for lesson_id, pages in list(self._of.items()):
                try:
                    await self._look_at(lesson_id, list(pages.values()))
                except StoreError as error:
                    log.debug("A lesson cannot be read: %s", error)
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, lesson_id: int, pages: list[Connection]) -> None:
        """Reads a lesson and tells these pages what is new to them."""
        lesson, inside = await run_in_threadpool(self._read, lesson_id)
        is_open = lesson is not None and lesson.is_open and self.running.processes.is_here(lesson_id)
        for one in pages:
            await one.tell(out=not is_open or one.student.id not in inside)

    def _read(self, lesson_id: int) -> tuple[Lesson | None, set[int]]:
        return self.running.store.lesson(lesson_id), self.running.store.in_lesson(lesson_id)


def observed(message: Look | StepOfStudent | State, mine: Connection, limits: Limits, now: float) -> list[Observation]:
    """The observations in a message, at the server's time; none where the student is out. Raises ``BadMessage`` for what is
    not for this lesson: in a class-only lesson a device sends no single looks."""
    lesson, student = mine.lesson, mine.student
    if not student.with_camera or isinstance(message, Look) != (lesson.view == PER_STUDENT):
        raise BadMessage(f"This student sends no such message. Received: {type(message).__name__}")
    if isinstance(message, StepOfStudent):
        return _of_step(message, mine, now)
    if not mine.seat.report(message.status) or isinstance(message, State):
        return []
    return list(rows(mine.seat, now, message.status, [one.reading(limits) for one in message.faces]))


def _of_step(message: StepOfStudent, mine: Connection, now: float) -> list[Observation]:
    """Of the step that has just ended, as the server's clock says; once for each face."""
    start = int(now - STEP_S / 2) // STEP_S * STEP_S
    mine.steps = {one for one in mine.steps if one[0] == start}
    if (start, message.face) in mine.steps or not mine.seat.report(Status.FACE):
        return []
    mine.steps.add((start, message.face))
    at, face = start + STEP_S / 2, message.face
    return [
        Observation(
            mine.lesson.id, mine.student.id, at, Status.FACE, face, NOWHERE, message.probabilities, message.label
        )
    ]
