"""One open page of a student, as the seat's socket has it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from fer.lesson.seats import Picture, Seat
from fer.records import Lesson, Student
from fer.web.seat_messages import BadMessage
from fer.web.seat_news import News

# Codes with which the server closes a socket; seat.js knows them.
NOT_HERE, ELSEWHERE, BROKE_A_RULE, TRY_AGAIN = 4001, 4002, 4003, 4004
MOST_PER_S, BURST = 3.0, 12  # messages
SLOW_S = 5.0  # for a page that takes nothing any more


@dataclass(eq=False, slots=True)
class Connection:
    """``told`` is what the page knows."""

    socket: WebSocket
    lesson: Lesson
    student: Student
    seat: Seat
    language: str
    waits: bool = False  # for a place for its camera
    is_started: bool | None = None  # its camera for the server; None where it has none, or has not said it yet
    since: float = field(default_factory=time.monotonic)  # when that was said
    picture: Picture | None = None  # which it was shown last
    shows_picture: bool = False
    told: News = field(default_factory=dict)
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
        if news:
            self.told |= news
            await self.send(news)

    async def send(self, message: News | bytes) -> None:
        try:
            async with asyncio.timeout(SLOW_S):
                if isinstance(message, bytes):
                    await self.socket.send_bytes(message)
                else:
                    await self.socket.send_json(message)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):  # it is closed, or as good as that
            await self.close(TRY_AGAIN)

    async def close(self, code: int) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code)
