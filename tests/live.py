"""A real server in its own process and real browsers, for the tests of a whole lesson."""

import os
import queue
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import SystemRandom

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.scenes import YUNET

ROOT = Path(__file__).resolve().parent.parent
START_S = 60
SHOWN_MS = 30_000
BEING_DRAWN = "[data-testid='stApp'][data-test-script-state='running']"
# Whatever moves on a page from now on, without a person having just done something, with how much of the screen it is.
WATCH_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const {value, hadRecentInput, sources} of list.getEntries())
    if (!hadRecentInput)
      shifts.push({value, what: sources.map(({node}) => node?.outerHTML?.slice(0, 200) ?? node?.textContent)});
}).observe({type: "layout-shift"});"""
MOST_SHIFT = 0.1  # of a page that loads
FAKE_MEDIA = (FAKE_CAMERA := "--use-fake-device-for-media-stream", FAKE_CONSENT := "--use-fake-ui-for-media-stream")


def free_port() -> int:
    """One that the system gives to nobody who connects, as it could to any between its asking and its use."""
    while True:
        port = SystemRandom().randrange(10_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Server:
    """``python -m fer serve`` on a free port, with its files under ``folder``."""

    command = (sys.executable, "-m", "fer", "serve")

    def __init__(self, folder: Path, **environ: str):
        self.folder, self.port = folder, free_port()
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.environ = {key: value for key, value in os.environ.items() if not key.startswith("FER_")} | {
            "PORT": str(self.port),
            "FER_HOST": "127.0.0.1",
            "FER_DATA_DIR": str(folder / "data"),
            "TMPDIR": str(folder / "tmp"),
            "HOME": str(folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
        }
        if YUNET.exists():
            self.environ["FER_DETECTOR_FILE"] = str(YUNET)
        self.environ |= environ
        self.port = int(self.environ["PORT"])
        self.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.log: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.ready_line = self.sign_in_link()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.log.append(line)
            self._lines.put(line)

    def wait_for(self, pattern: str) -> str:
        """The next match of ``pattern`` in what the server prints."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                found = re.search(pattern, self._lines.get(timeout=0.2))
            except queue.Empty:
                assert self.process.poll() is None, "".join(self.log)
                continue
            if found:
                return found.group()
        raise AssertionError(f"The server did not print {pattern}: {''.join(self.log)}")

    def sign_in_link(self) -> str:
        """The next printed link, as it is on this machine, whatever FER_PUBLIC_URL says."""
        link = self.wait_for(r"https?://\S+/(signin|dashboard)\S*")
        return self.url + re.sub(r"^https?://[^/]+", "", link)

    def stop(self, how: int = signal.SIGINT) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)

    def query(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(self.folder / "data" / "lessons.db")) as database:
            return database.execute(sql).fetchall()


class DemoServer(Server):
    command = (*Server.command, "--demo")


@contextmanager
def running(folder: Path, **environ: str):
    server = Server(folder, **environ)
    try:
        yield server
    except BaseException:
        print(f"The server's exit status: {server.process.poll()}. Its last lines:", *server.log[-30:], sep="\n")
        raise
    finally:
        server.stop()


class Browsers:
    """Chromium processes, one per person, because a camera clip is chosen per process."""

    def __init__(self):
        if chromium() is None:
            pytest.fail("The browser tests need Chromium: python -m tests.browser")
        self._playwright = sync_playwright().start()
        self._open: list[Browser] = []

    def page(
        self,
        clip: Path | None = None,
        state: dict | None = None,
        size: tuple[int, int] = (1280, 900),
        media: tuple[str, ...] = FAKE_MEDIA,
    ) -> Page:
        """A page in a browser of its own; ``state``: the cookies an earlier one had; ``media``: less than both flags is a
        browser without a camera, or one that denies it."""
        flags = ["--no-sandbox", *media]
        if clip is not None:
            flags.append(f"--use-file-for-fake-video-capture={clip}")
        browser = self._playwright.chromium.launch(executable_path=chromium(), headless=True, args=flags)
        self._open.append(browser)
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, storage_state=state)
        page.set_default_timeout(SHOWN_MS)
        # Before each click: while Streamlit draws a page anew, its old elements stand beside the new ones.
        page.add_locator_handler(page.locator(BEING_DRAWN), lambda: None)
        return page

    def shown(self) -> list[tuple[str, str]]:
        """Address and text of every page that is open."""
        pages = [page for browser in self._open for context in browser.contexts for page in context.pages]
        return [(f"Shown at {page.url}", page.inner_text("body")) for page in pages if not page.is_closed()]

    def close(self) -> None:
        for browser in self._open:
            browser.close()
        self._playwright.stop()


def opened_browsers() -> Iterator[Browsers]:
    """For ``pytest.fixture``, with the scope that is wanted."""
    opened = Browsers()
    yield opened
    opened.close()


def start_lesson(teacher: Page, server: Server, title: str, view: str = "Each student too") -> str:
    """Signs the teacher in by the printed link and starts a lesson; its join code."""
    teacher.goto(server.ready_line)
    return begin_lesson(teacher, title, view)


def begin_lesson(teacher: Page, title: str, view: str = "Each student too", several: bool = False) -> str:
    """Starts a lesson on the dashboard of a teacher who is signed in; ``several``: students at one camera."""
    teacher.get_by_label("Title").fill(title)
    teacher.get_by_text(view, exact=True).click()
    if view != "No expressions":
        choose(teacher, "Country of the students", "Japan")
        choose(teacher, "Purpose", "Teaching, training or work")
    if several:
        teacher.locator("label", has_text="Several students at one camera").click()
    teacher.get_by_role("button", name="Start the lesson").click()
    return teacher.locator(".invite .code").first.inner_text()


def choose(page: Page, box: str, option: str) -> None:
    if page.get_by_role("combobox", name=box).input_value() == option:  # the last answer
        return
    page.get_by_role("combobox", name=box).fill(option)  # a long list has only what is in sight
    page.get_by_role("option", name=option, exact=True).click()


def join(student: Page, server: Server, code: str, name: str | None) -> None:
    """Joins by the link, agrees, and starts the camera."""
    enrol(student, server, code, name)
    start_camera(student)


def enrol(student: Page, server: Server, code: str, name: str | None) -> None:
    """Joins by the link and agrees, up to the page with the camera; ``name``: where the lesson asks for one."""
    student.goto(f"{server.url}/join?code={code}")
    if name is not None:
        student.get_by_label("Your name").fill(name)
    student.locator("label", has_text="I have read this").click()
    student.get_by_role("button", name="Join", exact=True).click()


def start_camera(student: Page) -> None:
    student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").click()
    student.get_by_text("Camera on").first.wait_for()


def shift(page: Page) -> float:
    """How much has moved on a page with ``WATCH_SHIFTS``: no less than its Cumulative Layout Shift."""
    return page.evaluate("shifts.reduce((sum, one) => sum + one.value, 0)")


def headline(page: Page) -> str:
    """The dashboard's headline, with what stands under it."""
    return page.locator(".headline").inner_text()


def wait_until(condition, seconds: float, what: str, page: Page) -> float:
    """How long it took until the condition held."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, (
            f"Not within {seconds} s: {what}. The page: {page.inner_text('body')}"
        )
        page.wait_for_timeout(100)
    return time.monotonic() - started


def shows_picture(page: Page) -> None:
    """Waits for the camera on a page that takes a photo; before, the photo may be black."""
    video = page.locator("video")
    wait_until(lambda: video.evaluate("video => video.currentTime") > 0.5, SHOWN_MS / 1000, "the camera is on", page)
