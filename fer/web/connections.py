"""How many connections the server holds, and that those who only sit there make room for those who ask for something.

uvicorn alone has neither: a connection that sends nothing stays for ever, and when no file is left to open, nobody gets
in any more.
"""

import asyncio
import logging
import sys

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_FILES = 65_536  # asked for; macOS refuses "unlimited"
# Streamlit keeps up to 128 pages that were left, of 3 files each; the rest is the database and the models.
KEPT_FILES = 512
FILES_OF_A_SOCKET = 6  # a page's takes 4, as Streamlit makes an event loop for each; 2 are for those who have a camera
FILES_OF_A_STUDENT = 16  # with a camera, after a reload
A_SCHOOL = 1000  # students
SILENT_S = 15.0  # a connection may take this long to ask for something
SPARE = 64  # above the most, to say that the server is full

log = logging.getLogger(__name__)


def raise_file_limit() -> int:
    """As many open files as this user may have, at most MOST_FILES; how many that is."""
    if sys.platform == "win32":  # which has no such limit
        return MOST_FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def most_sockets(files: int) -> int:
    """WebSockets at a time for so many open files; a warning where a school of two per student needs more."""
    most = (files - KEPT_FILES) // FILES_OF_A_SOCKET
    if most < 2 * A_SCHOOL:
        log.warning(
            "This process may open %d files, which is room for about %d students with a camera. "
            "For more: ulimit -n, or LimitNOFILE in the unit of the service.",
            files,
            (files - KEPT_FILES) // FILES_OF_A_STUDENT,
        )
    return most


def bounded(most: int) -> type[H11Protocol]:
    """uvicorn's HTTP connection, of which there are at most ``most``: beyond that, each new one ends the one that has
    waited longest without asking for anything. A request that does not come within SILENT_S ends its connection."""

    class Bounded(H11Protocol):
        silent: "dict[Bounded, None]" = {}  # the longest first
        patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.wait()
            if len(self.connections) <= most:
                return
            longest = next(iter(self.silent))
            if longest is not self:
                longest.give_up()
            elif len(self.connections) > most + SPARE:
                log.warning("More than %d connections, all in use: new ones are refused.", most)
                self.give_up()

        def data_received(self, data: bytes) -> None:
            asked = self.scope
            super().data_received(data)
            if self.scope is not asked:  # a whole request came, or a WebSocket's first
                self.wait_no_more()

        def on_response_complete(self) -> None:
            answered = self.scope
            super().on_response_complete()
            if self.scope is answered and not self.transport.is_closing():  # else the next one was here already
                self.wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self.wait_no_more()
            super().connection_lost(exc)

        def wait(self) -> None:
            self.wait_no_more()
            self.silent[self] = None
            self.patience = self.loop.call_later(SILENT_S, self.give_up)

        def wait_no_more(self) -> None:
            self.silent.pop(self, None)
            if self.patience is not None:
                self.patience.cancel()

        def give_up(self) -> None:
            self.wait_no_more()
            self.connections.discard(self)
            self.transport.abort()

    return Bounded
