"""A reverse proxy as a school has one: one address for several programs, each under a path of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def proxy(port: int, path: str, to_port: int, strips: bool) -> Iterator[None]:
    """Passes what is asked for under ``path`` on; ``strips``: without the path. Answers 404 for anything else, as another
    program would."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, address, rest = head.split(" ", 2)
            if not address.startswith(f"{path}/") and address != path:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                if strips:
                    address = address.removeprefix(path) or "/"
                if "upgrade: websocket" not in head.lower():
                    rest = rest.replace("keep-alive", "close")  # so that each head is the first of its connection
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to_port)
                inner_writer.write(f"{method} {address} {rest}".encode("latin-1"))
                await asyncio.gather(passed_on(reader, inner_writer), passed_on(inner_reader, writer))
        writer.close()

    async def listen() -> None:
        nonlocal loop
        async with await asyncio.start_server(serve, "127.0.0.1", port):
            loop = asyncio.get_running_loop()
            listening.set()
            await stopped.wait()

    loop, listening, stopped = None, threading.Event(), asyncio.Event()
    thread = threading.Thread(target=asyncio.run, args=(listen(),), daemon=True)
    thread.start()
    assert listening.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()
