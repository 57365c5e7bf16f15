"""What stands in front of Streamlit: by which address one comes in, how often, and to which of Streamlit's own paths.

Streamlit asks another host for this machine's address, on the event loop, before it refuses a foreign Origin; where
that host is out of reach, ten such WebSockets froze every page for 10 s. So they are refused here.
"""

import logging
import re
from collections import Counter
from ipaddress import ip_address, ip_network

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fer.config import Settings
from fer.lesson.auth import TeacherSignIn
from fer.lesson.per_address import PerAddress, TooMany, household
from fer.store.errors import StoreError
from fer.web.headers import SecurityHeaders

STREAMLITS_OWN = "/_stcore/"
OPEN = {"/_stcore/health", "/_stcore/host-config", "/_stcore/stream"}  # what a page needs of it
UPLOAD = "/_stcore/upload_file/"
HERE = {"localhost", "127.0.0.1", "[::1]"}
LONGEST_SHOWN = 100  # of what was received, which is not ours

log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that goes no further: its answer's status, and a sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class FrontDoor:
    """ASGI middleware around everything the server answers.

    ``most_sockets``: WebSockets at a time, of all addresses; ``upload_bytes``: the largest file a signed-in teacher may
    send, 0 while no page takes files."""

    def __init__(
        self, app: ASGIApp, settings: Settings, sign_in: TeacherSignIn, most_sockets: int, upload_bytes: int = 0
    ):
        self.app, self.sign_in, self.most_sockets, self.upload_bytes = app, sign_in, most_sockets, upload_bytes
        self.public_url = settings.public_url
        self.public_host = bare(settings.public_origin.partition("://")[2])
        self.with_headers = SecurityHeaders(settings.frame_ancestors)
        self.proxies = [ip_network(proxy) for proxy in settings.trusted_proxies]
        self.most_per_address = settings.sockets_per_address
        self.new_sockets = PerAddress("connections", settings.sockets_per_address)
        self.sockets: Counter[str] = Counter()  # open ones, per address; those of unknown ones under ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = self.with_headers(send)
        scope["client"] = self.known(scope["client"])
        request = HTTPConnection(scope)
        try:
            self.check_host(request)
            self.check_origin(request)
            await self.check_path(request)
            if scope["type"] == "websocket":
                await self.check_sockets(request)
        except Refused as refused:
            log.warning("Refused with %d: %s", refused.status, refused)
            await PlainTextResponse(f"{refused}\n", refused.status)(scope, receive, send)
            return
        if scope["type"] == "http":
            await self.app(scope, receive, send)
        else:
            await self.hold_socket(scope, receive, send)

    def known(self, client: tuple[str, int] | None) -> tuple[str, int] | None:
        """The client, or None where the address is only a proxy's, so that nothing is counted on all behind it."""
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return None
        if address is None or address.is_loopback or any(address in proxy for proxy in self.proxies):
            return None
        return client

    def check_host(self, request: HTTPConnection) -> None:
        """With FER_PUBLIC_URL: its host, this machine's name for itself, and the address the request came to."""
        host = request.headers.get("host")
        if host is None or not self.public_host:  # no browser leaves it out
            return
        came_to = (request.scope["server"] or ("", 0))[0]
        allowed = HERE | {name(self.public_host), came_to, f"[{came_to}]"}
        if name(bare(host)) not in allowed:
            raise Refused(
                403,
                f"This server is at {self.public_url} (FER_PUBLIC_URL) and answers for no other host. A proxy in front "
                f"must pass the Host header on. Received: {host[:LONGEST_SHOWN]!r}",
            )

    def check_origin(self, request: HTTPConnection) -> None:
        """A page of another site may not ask for anything. Same host and port: "localhost:3000" is another site."""
        origin = request.headers.get("origin")
        if origin is None:
            return
        host = bare(request.headers.get("host", ""))
        came_from = bare(origin.partition("://")[2])
        if not came_from or came_from not in (host, self.public_host):
            raise Refused(
                403,
                f"Pages of another site may not connect to this server, which is {host[:LONGEST_SHOWN]!r} here. A "
                "proxy in front must pass the Host header on, or FER_PUBLIC_URL must be the address people open. "
                f"Received: Origin {origin[:LONGEST_SHOWN]!r}",
            )

    async def check_path(self, request: HTTPConnection) -> None:
        path = request.scope["path"]
        if path.startswith(UPLOAD):
            await self.check_upload(request)
        elif path.startswith(STREAMLITS_OWN) and path not in OPEN:
            raise Refused(404, f"There is nothing here. Received: {path[:LONGEST_SHOWN]!r}")

    async def check_upload(self, request: HTTPConnection) -> None:
        """Streamlit keeps what anybody sends; this lets in a signed-in teacher only, with a file that says its size."""
        if not self.upload_bytes or not await self.is_teacher(request):
            raise Refused(403, "No file can be sent here.")
        if request.scope.get("method") == "DELETE":  # takes a file away again
            return
        size = request.headers.get("content-length", "")
        if not size.isdecimal() or int(size) > self.upload_bytes:
            raise Refused(413, f"A file may have {self.upload_bytes} bytes at most. Received: {size!r}")

    async def check_sockets(self, request: HTTPConnection) -> None:
        """The limits do not hold for the teacher: who else could see that a class is flooded?"""
        full = self.is_full_for(self.counted_as(request.scope))
        if full is not None and not await self.is_teacher(request):
            raise full

    def is_full_for(self, who: str) -> Refused | None:
        if self.sockets.total() >= self.most_sockets:
            return Refused(503, "The server is full. Try again in a minute.")
        if who and self.sockets[who] >= self.most_per_address:
            return Refused(429, "Too many connections from this network. Close other windows of this page.")
        try:
            self.new_sockets.take(who)
        except TooMany as error:
            return Refused(429, str(error))
        return None

    def counted_as(self, scope: Scope) -> str:
        return household(scope["client"][0]) if scope["client"] else ""

    async def is_teacher(self, request: HTTPConnection) -> bool:
        try:
            return await run_in_threadpool(self.sign_in.is_session, request.cookies.get(self.sign_in.cookie, ""))
        except StoreError:
            return False

    async def hold_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = self.counted_as(scope)
        self.sockets[who] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.sockets[who] -= 1
            if not self.sockets[who]:
                del self.sockets[who]


def bare(netloc: str) -> str:
    """Host and port as browsers write them: in lower case, without the port that goes without saying."""
    return re.sub(r":(80|443)$", "", netloc.lower())


def name(netloc: str) -> str:
    """The host without its port."""
    return re.sub(r":\d+$", "", netloc)
