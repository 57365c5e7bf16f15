"""The body of a request, bounded."""

from collections.abc import AsyncGenerator

from starlette.requests import Request


class TooLong(Exception):
    """More was sent than is taken."""


async def at_most(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in parts; raises ``TooLong`` where it says that it is more, or as soon as it is."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most_bytes:
        raise TooLong
    async for part in request.stream():
        most_bytes -= len(part)
        if most_bytes < 0:
            raise TooLong
        yield part
