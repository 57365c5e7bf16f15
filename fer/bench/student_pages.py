"""Students' pages without a browser: a process that holds them open, for measuring the server.

    python -m fer.bench.student_pages --url http://localhost:8501 --code ABC234 --pages 100 [--presses-per-s 1]

Each page is what the server sees of a browser's: the run of Streamlit's script, its fragments run again when they ask for it,
and the seat's socket. Reads a cookie for each page from its input, a line each, and writes a line when all pages stand;
ends with its input. ``--presses-per-s``: of all together, one after the other.
"""

import argparse
import asyncio
import html
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from fer.config import ROOT

JOIN_APART_S = 0.05
SEAT = re.compile(r"data-seat='(.*?)'")
WORDS = ("lost", "got it", "slower")


class Page:
    """One student's page, open until its tasks are cancelled."""

    def __init__(self, url: str, code: str, cookie: str):
        self.url, self.code, self.cookie = url.replace("http", "ws", 1), code, cookie
        self.origin = url
        self.is_there = asyncio.Event()  # the page was drawn, and the seat's socket has greeted
        self.seat: Any = None
        self.tasks: list[asyncio.Task] = []
        self.fragments: set[str] = set()
        self.pressed = itertools.count(1)

    def connect(self, path: str, **more: Any) -> Any:
        headers = {"Cookie": self.cookie}
        return websockets.connect(f"{self.url}/{path}", additional_headers=headers, origin=self.origin, **more)  # type: ignore[arg-type]

    def begin(self, work: Any) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def show(self) -> None:
        """Streamlit's socket."""
        streamlit: Any = ["streamlit"]
        async with self.connect("_stcore/stream", subprotocols=streamlit, max_size=None) as socket:
            first = BackMsg()
            first.rerun_script.query_string, first.rerun_script.page_name = f"code={self.code}", "join"
            await socket.send(first.SerializeToString())
            while True:
                message = ForwardMsg()
                message.ParseFromString(await socket.recv())
                self.take(socket, message)

    def take(self, socket: Any, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "auto_rerun" and message.auto_rerun.fragment_id not in self.fragments:
            self.fragments.add(message.auto_rerun.fragment_id)
            self.begin(self.run_again(socket, message.auto_rerun.fragment_id, message.auto_rerun.interval))
        elif kind == "delta":
            self.find_seat(message.delta)

    async def run_again(self, socket: Any, fragment: str, every_s: float) -> None:
        again = BackMsg()
        again.rerun_script.fragment_id, again.rerun_script.is_auto_rerun = fragment, True
        while True:
            await asyncio.sleep(every_s)
            await socket.send(again.SerializeToString())

    def find_seat(self, delta: Delta) -> None:
        found = SEAT.search(delta.new_element.html.body)
        if found and self.seat is None:
            told = json.loads(html.unescape(found.group(1)))
            self.seat = asyncio.Event()
            self.begin(self.sit(told))

    async def sit(self, told: dict[str, Any]) -> None:
        """The seat's socket, as device/src/link.js holds it."""
        query = f"code={told['code']}&language={told['language']}&camera={told['camera']}"
        async with self.connect(f"seat?{query}") as self.seat:
            if told["camera"] == "shared":
                await self.seat.send('{"camera": false}')
            async for _ in self.seat:
                self.is_there.set()

    async def press(self) -> None:
        n = next(self.pressed)
        with suppress(websockets.ConnectionClosed):
            await self.seat.send(json.dumps({"n": n, "say": WORDS[n % len(WORDS)]}))


async def hold(url: str, code: str, cookies: list[str], presses_per_s: float) -> None:
    pages = [Page(url, code, cookie) for cookie in cookies]
    for page in pages:
        page.begin(page.show())
        await asyncio.sleep(JOIN_APART_S)
    await asyncio.gather(*(page.is_there.wait() for page in pages))
    print("ready", flush=True)
    pressing = asyncio.create_task(press_in_turn(pages, presses_per_s))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in [pressing, *(task for page in pages for task in page.tasks)]:
        task.cancel()


async def press_in_turn(pages: list[Page], presses_per_s: float) -> None:
    for page in itertools.cycle(pages) if presses_per_s else ():
        await asyncio.sleep(1 / presses_per_s)
        await page.press()


@contextmanager
def held_pages(url: str, code: str, cookies: list[str], presses_per_s: float = 0.0) -> Iterator[None]:
    """Such a process, with all pages open; ``cookies``: of the students, one each."""
    command = [sys.executable, "-m", "fer.bench.student_pages", "--url", url, "--code", code]
    command += ["--pages", str(len(cookies)), "--presses-per-s", str(presses_per_s)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        stdin, stdout = cast(TextIO, process.stdin), cast(TextIO, process.stdout)
        stdin.write("".join(f"{cookie}\n" for cookie in cookies))
        stdin.flush()
        if not stdout.readline():
            raise RuntimeError(f"The pages ended early, with exit status {process.wait()}")
        yield
        stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--presses-per-s", type=float, default=0.0)
    args = parser.parse_args()
    cookies = [sys.stdin.readline().strip() for _ in range(args.pages)]
    asyncio.run(hold(args.url, args.code, cookies, args.presses_per_s))


if __name__ == "__main__":
    main()
