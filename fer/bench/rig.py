"""A real lesson with synthetic students: their cameras, their pages, and a teacher's."""

import asyncio
import json
import logging
import os
import resource
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from fer.bench.figures import Figures, PagesFigures, Reading, figures
from fer.bench.pages import Plan
from fer.config import ROOT, Settings
from fer.lesson import monitor as monitors
from fer.lesson.auth import hash_token
from fer.lesson.mirrors import FRAME_PX, FRAMES_PER_S, Mirror
from fer.lesson.monitor import Monitor
from fer.lesson.recognition import Recognition
from fer.lesson.seats import Seat
from fer.records import ON_DEVICE, ON_SERVER, PER_STUDENT, Lesson
from fer.web.connections import raise_file_limit
from fer.web.serve import bind, front_door, server_config

ANSWER_S = 30.0
PRESS_S = 60.0  # each student presses a button so often
PAGES_S = 120.0  # for the last page to be there, after its turn
T = TypeVar("T")


class Group:
    """A process of synthetic cameras (``Rig.connect``) or pages (``Rig.open_pages``), and the seats of its students."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.stdin, self.stdout = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
        self.seats: list[Seat] = []
        self.connections: list[RTCPeerConnection] = []
        self.sinks: list = []

    async def ask(self, said: object = None, within_s: float = ANSWER_S) -> Any:
        """What the process writes next, after it was told something."""
        if said is not None:
            self.stdin.write(json.dumps(said).encode() + b"\n")
        line = await asyncio.wait_for(self.stdout.readline(), within_s)
        if not line:
            raise RuntimeError(f"The synthetic students ended early, with exit status {await self.process.wait()}")
        return json.loads(line)


class Rig:
    """A lesson and the event loop on which its synthetic students are received, as real ones are."""

    def __init__(self, monitor: Monitor, read_on: str = ON_SERVER):
        self.monitor, self.engine = monitor, recognition_of(monitor).engine
        self.lesson: Lesson = monitor.lessons.start("Capacity", PER_STUDENT, "JP", "teaching", read_on=read_on)
        self.cookies: list[str] = []  # of the students' browsers
        self.groups: list[Group] = []
        self._relay = MediaRelay()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webrtc", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result()

    def connect(self, students: int, fps: float, garbage: bool = False) -> Group:
        return self._add(self._connect(students, fps, self.open_seat, ["--garbage"][:garbage]))

    def look_into_the_mirror(self, mirrors: int) -> Group:
        """Opens the mirror for so many cameras."""
        opened = self.monitor.mirrors.open("JP", "research")
        size = ["--size", *map(str, FRAME_PX)]
        open_seat = partial(open_visitors_seat, self.monitor, opened)
        return self._add(self._connect(mirrors, FRAMES_PER_S, open_seat, size))

    def open_pages(
        self,
        url: str,
        seats: list[Seat],
        joins_per_s: float,
        press_every_s: float = PRESS_S,
        with_dashboard: bool = True,
    ) -> Group:
        """The page of each student so far, and a teacher's dashboard; waits until all are there."""
        sign_in = self.monitor.sign_in
        teacher = f"{sign_in.cookie}={sign_in.new_session()}" if with_dashboard else None
        on_device = self.lesson.read_on == ON_DEVICE
        plan = Plan(url, self.lesson.code, self.cookies, teacher, joins_per_s, on_device, press_every_s)
        return self._add(self._open_pages(plan, seats))

    async def _open_pages(self, plan: Plan, seats: list[Seat]) -> Group:
        group = await started("fer.bench.pages")
        group.seats = seats
        await group.ask(asdict(plan), len(plan.students) / plan.joins_per_s + PAGES_S)
        return group

    def _add(self, connecting: Coroutine[Any, Any, Group]) -> Group:
        group = self.run(connecting)
        self.groups.append(group)
        return group

    def disconnect(self, group: Group) -> None:
        """Ends the process, if it is not dead yet, and takes its students out of the lesson."""
        self.groups.remove(group)
        self.run(self._disconnect(group))
        for seat in group.seats:
            self.monitor.seats.close(seat.student_id)

    def close(self) -> None:
        for group in list(self.groups):
            self.disconnect(group)
        self.monitor.mirrors.close()
        self.monitor.lessons.end(self.lesson)
        self.run(cancel_the_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connect(self, students: int, fps: float, open_seat: Callable[[], Seat], how: list[str]) -> Group:
        group = await started("fer.bench.synthetic", "--students", str(students), "--fps", str(fps), *how)
        offer = await group.ask()
        for number in range(students):
            seat = open_seat()
            answer = await self.receive(group, offer, seat)
            group.seats.append(seat)
            if number + 1 < students:
                offer = await group.ask(answer)
            else:
                group.stdin.write(json.dumps(answer).encode() + b"\n")
        return group

    def open_seat(self) -> Seat:
        """Of another student, who has joined."""
        token, name = secrets.token_urlsafe(32), f"Student {len(self.cookies) + 1}"
        student = self.monitor.store.add_student(self.lesson.id, name, hash_token(token), time.time())
        self.cookies.append(f"{self.monitor.students.cookie(self.lesson.id)}={token}")
        return self.monitor.seats.open(self.lesson.id, student.id, has_camera=self.lesson.read_on != ON_DEVICE)

    async def receive(self, group: Group, offer: str, seat: Seat) -> str:
        """The answer to a student's offer, with a sink as in ``fer.web.camera``."""
        from streamlit_webrtc.sink import VideoSinkTrack  # here, because its import talks of a missing page

        connection, sink = RTCPeerConnection(RTCConfiguration(iceServers=[])), VideoSinkTrack(seat.connect())
        group.connections.append(connection)
        group.sinks.append(sink)
        connection.add_listener("track", lambda track: sink.addTrack(self._relay.subscribe(track)))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        sink.start()
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    async def _disconnect(self, group: Group) -> None:
        if group.process.returncode is None:
            group.process.send_signal(signal.SIGCONT)
            group.stdin.close()
        for connection, sink in zip(group.connections, group.sinks, strict=True):
            sink.stop()
            await connection.close()
        try:
            await asyncio.wait_for(group.process.wait(), ANSWER_S)
        except TimeoutError:
            group.process.kill()

    # Measuring

    def read(self, group: Group) -> Reading:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return Reading(
            time.monotonic(),
            used.ru_utime + used.ru_stime,
            tuple(seat.received or seat.analysed for seat in group.seats),  # a device sends what it has looked at
            tuple(seat.analysed for seat in group.seats),
            self.monitor.writer.written,
            self.engine.errors + self.monitor.writer.errors,
        )

    def measure(
        self, group: Group, seconds: float, mirrors: Group | None = None, pages: Group | None = None
    ) -> Figures:
        """``group``: whose students' rates are measured; their cameras, or their pages where the devices look themselves."""
        self.monitor.writer.ages_s.clear()
        before, looks_before, pages_before = self._read_all(group, mirrors, pages)
        time.sleep(seconds)
        after, looks_after, pages_after = self._read_all(group, mirrors, pages)
        measured = figures(before, after, list(self.monitor.writer.ages_s))
        if pages is not None:
            errors = measured.errors + len(pages_after["errors"]) - len(pages_before["errors"])
            of_pages = figures_of_pages(pages_before, pages_after, after.at - before.at)
            measured = replace(measured, errors=errors, pages=of_pages, read_on=self.lesson.read_on)
        return replace(measured, mirror_looks=np.subtract(looks_after, looks_before) / (after.at - before.at))

    def _read_all(
        self, group: Group, mirrors: Group | None, pages: Group | None
    ) -> tuple[Reading, list[int], dict[str, Any]]:
        """What had happened, how often each mirror had been looked into, and what the pages had seen."""
        generators = {group, pages or group}
        reading = replace(self.read(group), generator_cpu_s=sum(self.run(one.ask("cpu")) for one in generators))
        looks = [seat.analysed for seat in mirrors.seats] if mirrors else []
        return reading, looks, self.run(pages.ask("seen")) if pages else {}


def figures_of_pages(before: dict[str, Any], after: dict[str, Any], elapsed_s: float) -> PagesFigures:
    return PagesFigures(
        float(np.percentile(after["join_s"], 95)),
        1000 * (after["tick_s"] - before["tick_s"]) / elapsed_s,
        after["answers"] - before["answers"],
    )


async def started(module: str, *arguments: str) -> Group:
    return Group(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            cwd=ROOT,
            limit=2**24,
            start_new_session=True,  # Ctrl-C reaches this process only; that one ends with its input
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    )


def open_visitors_seat(monitor: Monitor, mirror: Mirror) -> Seat:
    return monitor.mirrors.enter(mirror).seat()


async def cancel_the_rest() -> None:
    """aiortc's relay waits for ever for a track whose client died."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@contextmanager
def rig_of(monitor: Monitor, read_on: str = ON_SERVER) -> Iterator[Rig]:
    rig = Rig(monitor, read_on)
    try:
        yield rig
    finally:
        rig.close()


def recognition_of(monitor: Monitor) -> Recognition:
    """What is measured."""
    if monitor.recognition is None:
        raise ValueError("The capacity of a monitor without expressions cannot be measured")
    return monitor.recognition


@contextmanager
def fresh_monitor() -> Iterator[Monitor]:
    """A running monitor with an empty database, the settings of the environment, and a word on what it runs on."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env(
            {key: value for key, value in os.environ.items() if key.startswith("FER_")}
            | {"FER_DATA_DIR": folder, "FER_DATABASE_URL": "", "FER_EXPRESSIONS": "on"}
        )
        monitor = Monitor(settings)
        recognition = recognition_of(monitor)
        print(
            f"{os.cpu_count()} cores, {recognition.detector.name}, {recognition.model.classifier.name}; "
            f"at start measured to hold {monitor.seats.most} students\n",
            flush=True,
        )
        monitor.seats.most = None  # what is measured is what happens past it
        monitor.start()
        logging.disable(logging.WARNING)  # from here on Streamlit would only say that no page is running
        try:
            yield monitor
        finally:
            monitor.stop()


@contextmanager
def served(monitor: Monitor) -> Iterator[str]:
    """The pages of a monitor, served from a thread of this process, once in its life; their address."""
    listener, files = bind("127.0.0.1", 0), raise_file_limit()
    monitors.use(monitor)
    server = uvicorn.Server(server_config(monitor, front_door(monitor, files), files))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        monitors.use(None)
