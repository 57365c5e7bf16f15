"""The connection check: before a lesson, does a picture get from this browser to this server?

The page is pages/check.py; check.js tries, and says on <html data-check-...> how it went. What it tries against is here:
a WebRTC connection without a camera, and a place that takes bytes so that they can be timed.
"""

import asyncio
import json
import logging
import time

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from fer.config import Settings
from fer.lesson.per_address import PerAddress, TooMany
from fer.web.bodies import TooLong, at_most
from fer.web.ice import browser_ice_servers, server_ice_servers, turn_servers, urls_of

LONGEST_OFFER = 20_000  # bytes; Chrome's for one data channel has 700, and each address of a device adds 100
SPEED_BYTES = 250_000
MOST_AT_A_TIME = 50
KEPT_S = 20.0

log = logging.getLogger(__name__)


class ConnectionCheck:
    """Its routes. A connection is closed after KEPT_S, whatever became of it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.open: set[RTCPeerConnection] = set()
        self.from_address = PerAddress("connection checks", settings.joins_per_address)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/check/servers", self.servers, methods=["GET"]),
            Route("/check/offer", self.offer, methods=["POST"]),
            Route("/check/speed", self.speed, methods=["POST"]),
        ]

    async def servers(self, request: Request) -> Response:
        """GET: the ICE servers to try with, and which of them are TURN servers."""
        now = time.time()
        everyone = browser_ice_servers(self.settings, now)
        relays = [server for server in everyone if any(url.startswith("turn") for url in urls_of(server))]
        direct = [server for server in everyone if server not in relays]
        return JSONResponse({"direct": direct, "relays": relays}, headers={"Cache-Control": "no-store"})

    async def offer(self, request: Request) -> Response:
        """POST: a browser's offer; this server's answer. Nothing is asked of who asks but not to ask too often."""
        try:
            self.from_address.take(request.client.host if request.client else None)
            offer = description(b"".join([part async for part in at_most(request, LONGEST_OFFER)]))
        except TooMany as error:
            return PlainTextResponse(f"{error}\n", status_code=429)
        except TooLong:
            return PlainTextResponse(f"An offer has at most {LONGEST_OFFER} bytes.\n", status_code=413)
        except (ValueError, ClientDisconnect) as error:
            return PlainTextResponse(f"{error}\n", status_code=400)
        if len(self.open) >= MOST_AT_A_TIME:
            return PlainTextResponse("Too many connection checks at once. Try again in a minute.\n", status_code=503)
        return await self.answer(offer)

    async def answer(self, offer: RTCSessionDescription) -> Response:
        connection = RTCPeerConnection(RTCConfiguration([RTCIceServer(**s) for s in server_ice_servers(self.settings)]))
        self.open.add(connection)
        closing = asyncio.create_task(self.close_later(connection))
        try:
            await connection.setRemoteDescription(offer)
            await connection.setLocalDescription(await connection.createAnswer())
        except Exception as error:  # noqa: BLE001  (aiortc raises whatever it meets in what a browser offers)
            closing.cancel()
            await self.close(connection)
            log.warning("A connection check could not be answered: %r", error)
            return PlainTextResponse("This offer cannot be answered.\n", status_code=400)
        said = connection.localDescription
        return JSONResponse({"type": said.type, "sdp": said.sdp})

    async def close_later(self, connection: RTCPeerConnection) -> None:
        await asyncio.sleep(KEPT_S)
        await self.close(connection)

    async def close(self, connection: RTCPeerConnection) -> None:
        self.open.discard(connection)
        await connection.close()

    async def speed(self, request: Request) -> Response:
        """POST: takes SPEED_BYTES at most and keeps none; the browser times it."""
        try:
            async for _part in at_most(request, SPEED_BYTES):
                pass
        except TooLong:
            return PlainTextResponse(f"At most {SPEED_BYTES} bytes are taken.\n", status_code=413)
        except ClientDisconnect:
            pass
        return Response(status_code=204)


def description(body: bytes) -> RTCSessionDescription:
    try:
        said = json.loads(body)
        sdp = said["sdp"] if said["type"] == "offer" else None
    except (ValueError, RecursionError, TypeError, KeyError):
        sdp = None
    if not isinstance(sdp, str):
        raise ValueError('An offer is JSON such as {"type": "offer", "sdp": "..."}.')
    return RTCSessionDescription(sdp, "offer")


def ask_for(settings: Settings, host: str) -> list[str]:
    """What a school's IT must let through, a line each: protocol, host and ports."""
    first, last = (settings.udp_ports[0], settings.udp_ports[-1]) if settings.udp_ports else (1024, 65535)
    lines = [f"UDP {host} {first}-{last}"]
    for server in turn_servers(settings, time.time()) + list(settings.ice_servers):
        lines += [turn_line(url) for url in urls_of(server) if url.startswith("turn")]
    return lines


def turn_line(url: str) -> str:
    """ "TCP turn.example.org 443" of "turns:turn.example.org:443"."""
    scheme, _, rest = url.partition(":")
    address, _, query = rest.partition("?")
    host, _, port = address.partition(":")
    protocol = "TCP" if scheme == "turns" or query.endswith("tcp") else "UDP"
    return f"{protocol} {host} {port or (5349 if scheme == 'turns' else 3478)}"
