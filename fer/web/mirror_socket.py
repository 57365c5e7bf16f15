"""The mirror's WebSocket: what each look saw goes to the page that shows it; the page says which faces to leave out.

A page's first message is its visitor's token, so that no address holds it.
"""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fer.lesson.mirrors import Look, Visitor
from fer.lesson.monitor import Monitor
from fer.records import EMOTIONS, Reading

FIRST_MESSAGE_S = 10.0
EVERY_S = 0.03  # between questions whether there is a new look
UNKNOWN = 4404
MOST_DIGITS = 9


def mirror_route(running: Monitor) -> WebSocketRoute:
    """WS /mirror/looks: a message for each look, as ``told`` makes it, until the visitor has left."""

    async def looks(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect, TimeoutError, KeyError):  # KeyError: a message that is no text
            token = await asyncio.wait_for(socket.receive_text(), FIRST_MESSAGE_S)
            visitor = running.mirrors.visitor(token)
            if visitor is None:
                await socket.close(UNKNOWN)
                return
            listening = asyncio.create_task(listen(socket, visitor))
            try:
                await tell(socket, visitor, listening)
            finally:
                listening.cancel()

    return WebSocketRoute("/mirror/looks", looks)


async def listen(socket: WebSocket, visitor: Visitor) -> None:
    """Numbers of faces that are to be left out of the group photo, or waited for again."""
    with suppress(WebSocketDisconnect, KeyError):
        while True:
            said = await socket.receive_text()
            if said.isdecimal() and len(said) <= MOST_DIGITS:
                visitor.leave_out(int(said))


async def tell(socket: WebSocket, visitor: Visitor, listening: "asyncio.Task[None]") -> None:
    told_last = 0
    while not visitor.has_left and not listening.done():
        look = visitor.last
        if look is not None and look.number != told_last:
            told_last = look.number
            await socket.send_json(told(look))
        await asyncio.sleep(EVERY_S)
    if visitor.has_left:
        await socket.close(UNKNOWN)


def told(look: Look) -> dict[str, Any]:
    """A look as JSON: boxes as shares of the picture's sides, probabilities in the order of ``EMOTIONS``."""
    photo = look.photo
    return {
        "size": look.size_wh,
        "faces": [face_told(number, reading, look.size_wh) for number, reading in look.faces],
        "photo": photo
        and {
            "stage": photo.stage,
            "awaited": photo.awaited,
            "missing": photo.missing,
            "more": photo.more,
            "leftOut": photo.left_out,
            "unreadable": photo.unreadable,
            "count": photo.count,
        },
        "greeted": look.greeted,
    }


def face_told(number: int, reading: Reading, size_wh: tuple[int, int]) -> dict[str, Any]:
    """``name`` is of somebody who agreed to be named, else empty."""
    (x1, y1, x2, y2), (width, height) = reading.box_xyxy, size_wh
    return {
        "number": number,
        "name": reading.identity.name if reading.identity else "",
        "box": [round(x1 / width, 4), round(y1 / height, 4), round((x2 - x1) / width, 4), round((y2 - y1) / height, 4)],
        "expression": reading.expression,
        "because": reading.unsure_because,
        "p": [round(reading.probabilities[place], 3) for place in range(len(EMOTIONS))],
    }
