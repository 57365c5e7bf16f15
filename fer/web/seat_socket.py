"""The seat's socket: one WebSocket of each student's page.

The page sends presses and the like (seat_texts.py), and where its own device reads the face, what that saw (seat_messages.py).
The server says what changes (seat_news.py). Once a second it reads what a class has in common, once for each lesson, whoever
changed it and in whatever process; what is in the seats it needs not read. A page that is told nothing costs nothing.
Who has no seat yet, because joining is closed, has a socket that says when it is open.
"""

import asyncio
import logging
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fer import languages
from fer.lesson.monitor import Monitor
from fer.lesson.processes import CAME_BY
from fer.lesson.seats import ClassFull, Seat
from fer.records import ON_SERVER, Lesson, Student
from fer.store.errors import StoreError
from fer.store.polls import Poll
from fer.vision.eye import Limits
from fer.web.camera_state import camera_state
from fer.web.own_picture import own_picture
from fer.web.seat_connection import BROKE_A_RULE, ELSEWHERE, NOT_HERE, TRY_AGAIN, Connection
from fer.web.seat_messages import BadMessage, read_numbers
from fer.web.seat_news import Known, News, known, of_class, own
from fer.web.seat_reports import observed
from fer.web.seat_texts import Ask, Camera, Hand, Press, Say, Second, ShowPicture, Text, Vote, carry_out, read_text

SHARED, WAITS = "shared", "waits"  # how a page says that it has a camera for the server, or waits for a place for it
LOOK_S = 1.0
CHANGES = {Say: ["word"], Vote: ["vote"], Hand: [], Ask: ["mine"], Second: ["seconded"]}  # of what a student has said
OF_CLASS = (Hand, Ask, Second)  # which all see at once

log = logging.getLogger(__name__)


class NotYetHere(Exception):
    """The lesson's own process does not answer, and is not known to be dead. A page that was sent away would load again, and
    a camera that it holds would be off."""


class SeatSockets:
    """All of this process's. Used on the event loop only."""

    def __init__(self, running: Monitor):
        self.running = running
        self.route = WebSocketRoute("/seat", self.serve)
        self._of: dict[int, dict[int, Connection]] = {}  # lesson -> student -> the newest page
        self._known: dict[int, tuple[float, Known | None]] = {}  # lesson -> when it was read, and what
        self._fps: float = running.settings.camera_fps  # to be asked of each camera; counted once for all pages
        self._watch: asyncio.Task | None = None

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            found = await run_in_threadpool(self._connection, socket)
            if isinstance(found, Connection):
                await self._hold(found)
            elif found is None:
                await socket.close(NOT_HERE)
            else:
                await self._wait_for_joining(socket, found)
        except (StoreError, NotYetHere):
            await socket.close(TRY_AGAIN)

    def _connection(self, socket: WebSocket) -> Connection | Lesson | None:
        """For the student whose seat cookie came; the lesson itself for who has no seat in it, None where there is none."""
        running, query = self.running, socket.query_params
        lesson = running.store.lesson_by_code(query.get("code", ""))
        if lesson is None or not lesson.is_open or "origin" not in socket.headers:
            return None
        came_by = socket.headers.get(CAME_BY, "")
        home = running.processes.home(lesson.id, came_by)
        if running.processes.is_silent(home, came_by):
            raise NotYetHere
        if home != running.processes.name:
            return None
        student = running.students.of_lesson(lesson, socket.cookies.get(running.students.cookie(lesson.id), ""))
        if student is None:
            return lesson
        if student.left_at is not None:
            return None
        camera, language = query.get("camera", ""), languages.choose(query.get("language", ""))
        seat = self._seat(lesson, student, camera in (SHARED, WAITS))
        return Connection(socket, lesson, student, seat, language, waits=camera == WAITS)

    def _seat(self, lesson: Lesson, student: Student, wants_camera: bool) -> Seat:
        """Where there is no place for their camera, ``Seat.has_camera`` says so."""
        may_share = student.with_camera and student.read_on == ON_SERVER and self.running.lessons.uses_cameras(lesson)
        try:
            return self.running.seats.open(lesson.id, student.id, has_camera=wants_camera and may_share)
        except ClassFull:
            return self.running.seats.open(lesson.id, student.id, has_camera=False)

    async def _wait_for_joining(self, socket: WebSocket, lesson: Lesson | None) -> None:
        """Says when joining is open, or the lesson over. Who waits has nothing to say."""
        while lesson is not None and lesson.is_open and not lesson.may_be_joined:
            try:
                message = await asyncio.wait_for(socket.receive(), LOOK_S)
            except TimeoutError:
                lesson = await run_in_threadpool(self.running.store.lesson, lesson.id)
                continue
            if message["type"] == "websocket.receive":
                await socket.close(BROKE_A_RULE)
            return
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.send_json({"out": True})
            await socket.close(NOT_HERE)

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
                self._known.pop(mine.lesson.id, None)

    # What the page says

    async def _take(self, mine: Connection, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        mine.take()
        data, text = message.get("bytes"), message.get("text")
        if data is not None:
            seen = observed(read_numbers(data), mine, self._limits(), time.time())
            self.running.writer.put(seen)
            return
        mine.seat.greet()
        await self._do(mine, read_text(text or ""))

    def _limits(self) -> Limits:
        recognition = self.running.recognition
        below = recognition.model.classifier.readable_below if recognition else None
        return Limits(self.running.settings.unsure_below, below)

    async def _do(self, mine: Connection, asked: Text) -> None:
        if isinstance(asked, Camera):
            mine.is_started, mine.since = asked.is_on, time.monotonic()
            await mine.tell(**self._of_camera(mine))
        elif isinstance(asked, ShowPicture):
            mine.shows_picture, mine.picture = asked.is_wanted, None
        elif isinstance(asked, Press):
            await mine.tell(**await run_in_threadpool(self._answer, mine, asked))
        elif mine.told.get("word"):  # which counts for some minutes only
            await mine.tell(**await run_in_threadpool(own, self.running, mine.student.id, None, "word"))

    def _answer(self, mine: Connection, press: Press) -> News:
        """What is so after a press; ``re``: its number, and why it was refused."""
        poll = self._open_poll(mine.lesson.id)
        refusal = carry_out(self.running, mine.lesson, mine.student, poll, press, time.time())
        news: News = {"re": [press.n, refusal]}
        if isinstance(press, OF_CLASS):
            now = self._read(mine.lesson.id)
            news |= self._of_page(mine, now, of_class(now, mine.language))
        if changed := CHANGES[type(press)]:
            news |= own(self.running, mine.student.id, poll, *changed)
        return news

    # What it is told

    async def _greet(self, mine: Connection) -> None:
        read_at, now = self._known.get(mine.lesson.id, (-LOOK_S, None))
        if time.monotonic() - read_at > LOOK_S:
            now = await run_in_threadpool(self._read, mine.lesson.id)
        said = await run_in_threadpool(own, self.running, mine.student.id, self._open_poll(mine.lesson.id))
        news = self._of_page(mine, now, of_class(now, mine.language))
        await mine.tell(now=time.time(), **said, **news)

    async def _watch_all(self) -> None:
        """Ends when no page is open any more."""
        while self._of:
            self._fps = self.running.camera_fps()
            for lesson_id, pages in list(self._of.items()):
                try:
                    await self._look_at(lesson_id, list(pages.values()))
                except StoreError as error:
                    log.debug("A lesson cannot be read: %s", error)
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, lesson_id: int, pages: list[Connection]) -> None:
        """Reads a lesson and tells these pages what is new to them. The first that a page hears is its greeting, by which it
        knows what has arrived of what it said."""
        now = await run_in_threadpool(self._read, lesson_id)
        pages = [one for one in pages if "now" in one.told]
        shared = {language: of_class(now, language) for language in {one.language for one in pages}}
        for one in pages:
            await one.tell(**self._of_page(one, now, shared[one.language]))
            if one.shows_picture:
                await self._show_picture(one)

    def _read(self, lesson_id: int) -> Known | None:
        now = known(self.running, lesson_id)
        self._known[lesson_id] = time.monotonic(), now
        return now

    def _open_poll(self, lesson_id: int) -> Poll | None:
        _, now = self._known.get(lesson_id, (0.0, None))
        return now.shown.poll if now else None

    def _of_page(self, one: Connection, now: Known | None, shared: News) -> News:
        """What is so for a page; ``out``: it has to be loaded again."""
        if now is None or now.inside.get(one.student.id) != (one.student.with_camera, one.student.read_on):
            return {"out": True}
        place = now.hands.index(one.student.id) + 1 if one.student.id in now.hands else 0
        return {"out": self._is_out_of_place(one), "hand": place} | shared | self._of_camera(one)

    def _is_out_of_place(self, one: Connection) -> bool:
        """Whether a camera has lost its place, or who waited finds one."""
        if not one.waits:
            return one.seat.refused
        return self._seat(one.lesson, one.student, wants_camera=True).has_camera

    def _of_camera(self, one: Connection) -> News:
        monotonic, settings, seat = time.monotonic(), self.running.settings, one.seat
        news: News = {}
        if monotonic - settings.gone_after_s / 2 > seat.arrived_at > seat.page_at:
            news["there"] = seat.arrived_at  # to be answered by a greeting
        if one.is_started is not None:
            news["state"] = camera_state(seat, one.is_started, one.since, monotonic, settings.gone_after_s)
            news["fps"] = self._fps
        return news

    async def _show_picture(self, one: Connection) -> None:
        picture = one.seat.show()
        if picture is not None and picture.frame_bgr is not None and picture is not one.picture:
            one.picture = picture
            await one.send(await run_in_threadpool(own_picture, picture.frame_bgr, picture.observations))
