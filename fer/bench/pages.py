"""Synthetic pages: a process that keeps open what browsers keep open, for measuring the server.

    python -m fer.bench.pages

Each student's page is loaded by Streamlit's protocol and then has the seat's socket, over which it presses buttons,
answers a poll, and in a lesson that is read on the devices sends a face once a second. The teacher's is one dashboard.
Speaks JSON lines: reads a ``Plan``, writes how many pages there are once all are; then, whenever it reads ``"cpu"``, the CPU
seconds it has used, and for ``"seen"`` what they have ``Seen``. Ends with its input. Used by ``fer.bench.rig``.
"""

import asyncio
import json
import logging
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from fer.records import EMOTIONS, Status
from fer.store.journal import WORDS
from fer.web.connections import raise_file_limit
from fer.web.seat_messages import FACE, HEAD, LOOK, PARTS, STATUSES
from fer.web.seat_socket import SHARED

LOOK_S, GREET_S = 1.0, 20.0  # as the page's own
PATIENCE_S = 120.0  # for a page to be there


@dataclass(frozen=True)
class Plan:
    """What is opened. ``students``, ``teacher``: the Cookie header of each page, None for no dashboard."""

    url: str
    code: str
    students: list[str]
    teacher: str | None
    joins_per_s: float
    on_device: bool
    press_every_s: float  # each student a button; 0: never


@dataclass
class Seen:
    """What the pages saw since they were opened. Times in seconds; ``tick_s``: what the dashboard's runs took in all."""

    join_s: list[float] = field(default_factory=list)
    tick_s: float = 0.0
    answers: int = 0  # of the server to presses
    errors: list[str] = field(default_factory=list)


class StreamlitPage:
    """A page of Streamlit's as a browser keeps it: what wants to be drawn again every few seconds is."""

    def __init__(self, plan: Plan, seen: Seen, cookie: str):
        self.plan, self.seen, self.cookie = plan, seen, cookie
        self.is_drawn = asyncio.Event()
        self.run_s = 0.0
        self._script = ""
        self._timers: dict[str, asyncio.Task] = {}
        self._began_at = 0.0

    async def stay(self, page: str, **query: str) -> None:
        """Loads it and keeps it until cancelled."""
        address = f"{in_websocket_form(self.plan.url)}/_stcore/stream"
        headers = {"Cookie": self.cookie}
        async with websockets.connect(
            address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(self.plan.url),
            additional_headers=headers,
            max_size=None,
            open_timeout=PATIENCE_S,
        ) as socket:
            asked = BackMsg()
            asked.rerun_script.query_string, asked.rerun_script.page_name = urlencode(query), page
            asked.rerun_script.context_info.url = f"{self.plan.url}/{page}"
            asked.rerun_script.context_info.timezone = "UTC"
            await socket.send(asked.SerializeToString())
            try:
                async for data in socket:
                    self._take(ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode()), socket)
            finally:
                self._stop_timers(*self._timers)

    def _take(self, message: ForwardMsg, socket: websockets.ClientConnection) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._began_at, self._script = time.monotonic(), message.new_session.page_script_hash
        elif kind == "script_finished":
            self.run_s += time.monotonic() - self._began_at
            self.is_drawn.set()
        elif kind == "stop_auto_rerun":
            self._stop_timers(*message.stop_auto_rerun.fragment_ids)
        elif kind == "auto_rerun" and message.auto_rerun.fragment_id not in self._timers:
            again = message.auto_rerun
            self._timers[again.fragment_id] = asyncio.create_task(
                self._draw_again(socket, again.fragment_id, again.interval)
            )
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            self.seen.errors.append(message.delta.new_element.exception.message)

    async def _draw_again(self, socket: websockets.ClientConnection, fragment: str, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            asked = BackMsg()
            asked.rerun_script.fragment_id, asked.rerun_script.page_script_hash = fragment, self._script
            asked.rerun_script.is_auto_rerun = True
            await socket.send(asked.SerializeToString())

    def _stop_timers(self, *fragments: str) -> None:
        for fragment in fragments:
            if fragment in self._timers:
                self._timers.pop(fragment).cancel()


class Student:
    """A student's page, and the seat's socket that is opened from it."""

    def __init__(self, plan: Plan, seen: Seen, number: int):
        self.plan, self.seen, self.number, self.cookie = plan, seen, number, plan.students[number]
        self.page = StreamlitPage(plan, seen, self.cookie)
        self.is_there = asyncio.Event()
        self._pressed = 0

    async def stay(self) -> None:
        """From when their turn has come."""
        await asyncio.sleep(self.number / self.plan.joins_per_s)
        came_at = time.monotonic()
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self.page.stay("join", code=self.plan.code))
            await self.page.is_drawn.wait()
            parts.create_task(self._sit())
            await self.is_there.wait()
            self.seen.join_s.append(time.monotonic() - came_at)

    async def _sit(self) -> None:
        camera = "" if self.plan.on_device else SHARED
        query = urlencode({"code": self.plan.code, "camera": camera, "language": "en"})
        async with websockets.connect(
            f"{in_websocket_form(self.plan.url)}/seat?{query}",
            origin=websockets.Origin(self.plan.url),
            additional_headers={"Cookie": self.cookie},
            open_timeout=PATIENCE_S,
        ) as socket:
            if not self.plan.on_device:
                await socket.send(json.dumps({"camera": True}))
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._listen(socket))
                parts.create_task(self._every(GREET_S, socket, lambda: "{}"))
                if self.plan.press_every_s:
                    parts.create_task(self._every(self.plan.press_every_s, socket, self._press))
                if self.plan.on_device:
                    parts.create_task(self._every(LOOK_S, socket, lambda: FACE_SEEN))

    async def _listen(self, socket: websockets.ClientConnection) -> None:
        async for text in socket:
            news = json.loads(text)
            self.is_there.set()
            self.seen.answers += "re" in news
            if news.get("out"):
                self.seen.errors.append(f"Student {self.number} was sent out")
            if news.get("poll"):
                await socket.send(json.dumps({"n": self._next(), "vote": news["poll"]["id"], "answer": 0}))

    async def _every(self, seconds: float, socket: websockets.ClientConnection, message: Any) -> None:
        await asyncio.sleep(seconds * (self.number % 100) / 100)  # not all at once
        while True:
            await socket.send(message())
            await asyncio.sleep(seconds)

    def _press(self) -> str:
        n = self._next()
        return json.dumps({"n": n, "say": WORDS[n % len(WORDS)]})

    def _next(self) -> int:
        self._pressed += 1
        return self._pressed


def a_face() -> bytes:
    """A look that saw one: happy, in the middle of the picture."""
    happy = [PARTS if name == "happy" else 0 for name in EMOTIONS]
    return HEAD.pack(LOOK, STATUSES.index(Status.FACE), 1) + FACE.pack(0, 0, 1000, 800, 1800, 1800, *happy, PARTS)


FACE_SEEN = a_face()


def in_websocket_form(url: str) -> str:
    return urlsplit(url)._replace(scheme="ws").geturl()


async def keep_open(plan: Plan) -> None:
    seen, loop = Seen(), asyncio.get_running_loop()
    students = [Student(plan, seen, number) for number in range(len(plan.students))]
    dashboard = StreamlitPage(plan, seen, plan.teacher or "")
    staying = [student.stay() for student in students]
    waited = [student.is_there for student in students]
    if plan.teacher is not None:
        staying.append(dashboard.stay("dashboard"))
        waited.append(dashboard.is_drawn)
    async with asyncio.TaskGroup() as all_pages:  # which ends when one of them fails
        opened = [all_pages.create_task(one) for one in staying]
        for one in waited:
            await one.wait()
        print(json.dumps(len(waited)), flush=True)
        while asked := await loop.run_in_executor(None, sys.stdin.readline):
            seen.tick_s = dashboard.run_s
            print(json.dumps(time.process_time() if json.loads(asked) == "cpu" else asdict(seen)), flush=True)
        for page in opened:
            page.cancel()


def main() -> None:
    raise_file_limit()
    logging.disable(logging.WARNING)  # Streamlit would say that no page is running
    asyncio.run(keep_open(Plan(**json.loads(sys.stdin.readline()))))


if __name__ == "__main__":
    main()
