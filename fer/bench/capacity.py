"""Measure how many students this machine holds.

    python -m fer capacity --students 1 10 30 60 100    one column per class
    python -m fer capacity --find                       the largest class that is served in time
    python -m fer capacity --students 60 --mirrors 2    a class, and two who look into the mirror beside it

Synthetic students (fer.bench.synthetic: a drawn, moving face; VP8 over real DTLS and SRTP) stream from a process of
their own through the seats, engine and store of a lesson. That process shares the machine's cores, so on a small
machine the figures are a lower bound. The drawn face costs what a real one costs; its expression means nothing.

``--json OUT`` also writes them as a list, one object per class: ``Figures.as_json``.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from fer.config import ROOT, Settings, SettingsError
from fer.insight.wording import NOTHING
from fer.lesson.camera_budget import camera_fps
from fer.lesson.mirrors import FRAME_PX, FRAMES_PER_S, PLACES, Mirror
from fer.lesson.monitor import Monitor
from fer.lesson.recognition import Recognition
from fer.lesson.seats import Seat
from fer.records import PER_STUDENT, Lesson
from fer.vision.cards import CardError

WARM_UP_S = 5.0
ANSWER_S = 30.0
LEAST_ANALYSED_PER_S, LONGEST_AGE_S = 1.5, 1.0  # what --find asks for: every student, and 95 of 100 observations
FIND_STEP = 5
T = TypeVar("T")
AGES = {"age_p50_s": 50, "age_p95_s": 95, "age_p99_s": 99}  # percentiles


@dataclass(frozen=True)
class Reading:
    """What had happened up to one moment; two of them make a measurement."""

    at: float
    cpu_s: float
    received: tuple[int, ...]
    analysed: tuple[int, ...]
    written: int
    errors: int
    generator_cpu_s: float = 0.0


@dataclass(frozen=True)
class Figures:
    """A measurement. Rates are frames per second and student, or mirror, ages in seconds, CPU in cores."""

    students: int
    received: np.ndarray
    analysed: np.ndarray
    ages_s: np.ndarray
    server_cores: float
    generator_cores: float
    memory_mib: float
    threads: int
    rows: int
    replaced: int
    errors: int
    mirror_looks: np.ndarray

    def percentiles_s(self) -> list[float]:
        """The ages of ``AGES``."""
        return np.percentile(self.ages_s, list(AGES.values())).tolist()

    @property
    def p95_s(self) -> float:
        return self.percentiles_s()[1]

    def in_time(self) -> bool:
        return bool(self.analysed.min() >= LEAST_ANALYSED_PER_S and self.p95_s <= LONGEST_AGE_S)

    def rows_of_table(self) -> list[tuple[str, str]]:
        return [
            ("students", str(self.students)),
            ("received per s and student, least / median", least_and_median(self.received)),
            ("analysed per s and student, least / median", least_and_median(self.analysed)),
            (
                "age, arrival to row, p50 / p95 / p99, s",
                " / ".join(f"{age:.2f}" for age in self.percentiles_s()),
            ),
            ("server CPU, % of a core", f"{self.server_cores:.0%}".rstrip("%")),
            ("server CPU per student, %", f"{self.server_cores / self.students:.2%}".rstrip("%")),
            ("generator CPU, % of a core", f"{self.generator_cores:.0%}".rstrip("%")),
            ("memory, MiB", f"{self.memory_mib:.0f}"),
            ("threads", str(self.threads)),
            ("rows written", str(self.rows)),
            ("frames replaced unseen", str(self.replaced)),
            ("errors", str(self.errors)),
            ("looks per s and mirror, least / median", least_and_median(self.mirror_looks)),
        ]

    def as_json(self) -> dict[str, int | float | bool | None]:
        """The same under names that stay; ages are None where no row was written."""
        ages_s = dict.fromkeys(AGES) if np.isnan(self.p95_s) else dict(zip(AGES, self.percentiles_s(), strict=True))
        return {
            "students": self.students,
            "received_min_per_s": float(self.received.min()),
            "received_median_per_s": float(np.median(self.received)),
            "analysed_min_per_s": float(self.analysed.min()),
            "analysed_median_per_s": float(np.median(self.analysed)),
            **ages_s,
            "server_percent_of_core": 100 * self.server_cores,
            "server_percent_of_core_per_student": 100 * self.server_cores / self.students,
            "generator_percent_of_core": 100 * self.generator_cores,
            "memory_mib": self.memory_mib,
            "threads": self.threads,
            "rows": self.rows,
            "replaced": self.replaced,
            "errors": self.errors,
            "mirrors": len(self.mirror_looks),
            "mirror_looks_min_per_s": float(self.mirror_looks.min()) if len(self.mirror_looks) else None,
            "in_time": self.in_time(),
        }


def least_and_median(rates: np.ndarray) -> str:
    return f"{rates.min():.2f} / {np.median(rates):.2f}" if len(rates) else NOTHING


class Group:
    """Synthetic students of one process, connected to seats; made by ``Rig.connect``."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.stdin, self.stdout = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
        self.seats: list[Seat] = []
        self.connections: list[RTCPeerConnection] = []
        self.sinks: list = []

    async def ask(self, said: str | None = None) -> Any:
        """What the process writes next, after it was told something."""
        if said is not None:
            self.stdin.write(json.dumps(said).encode() + b"\n")
        line = await asyncio.wait_for(self.stdout.readline(), ANSWER_S)
        if not line:
            raise RuntimeError(f"The synthetic students ended early, with exit status {await self.process.wait()}")
        return json.loads(line)


class Rig:
    """A lesson and the event loop on which its synthetic students are received, as real ones are."""

    def __init__(self, monitor: Monitor):
        self.monitor, self.engine = monitor, recognition_of(monitor).engine
        self.lesson: Lesson = monitor.lessons.start("Capacity", PER_STUDENT, "JP", "teaching")
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
        command = [
            "-m",
            "fer.bench.synthetic",
            "--students",
            str(students),
            "--fps",
            str(fps),
            *how,
        ]
        group = Group(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                cwd=ROOT,
                limit=2**20,
                start_new_session=True,  # Ctrl-C reaches this process only; that one ends with its input
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        )
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
        number = time.monotonic_ns()
        student = self.monitor.store.add_student(self.lesson.id, f"Student {number}", f"capacity-{number}", time.time())
        return self.monitor.seats.open(self.lesson.id, student.id)

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
            tuple(seat.received for seat in group.seats),
            tuple(seat.analysed for seat in group.seats),
            self.monitor.writer.written,
            self.engine.errors + self.monitor.writer.errors,
        )

    def measure(self, group: Group, seconds: float, mirrors: Group | None = None) -> Figures:
        self.monitor.writer.ages_s.clear()
        before, seen_before = self._read_all(group, mirrors)
        time.sleep(seconds)
        after, seen = self._read_all(group, mirrors)
        looks = np.subtract(seen, seen_before) / (after.at - before.at)
        return replace(figures(before, after, list(self.monitor.writer.ages_s)), mirror_looks=looks)

    def _read_all(self, group: Group, mirrors: Group | None) -> tuple[Reading, list[int]]:
        """What had happened, and how often each mirror had been looked into."""
        reading = replace(self.read(group), generator_cpu_s=self.run(group.ask("cpu")))
        return reading, [seat.analysed for seat in mirrors.seats] if mirrors else []


def open_visitors_seat(monitor: Monitor, mirror: Mirror) -> Seat:
    return monitor.mirrors.enter(mirror).seat()


async def cancel_the_rest() -> None:
    """aiortc's relay waits for ever for a track whose client died."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def figures(before: Reading, after: Reading, ages_s: list[float]) -> Figures:
    elapsed_s = after.at - before.at
    received = np.subtract(after.received, before.received)
    analysed = np.subtract(after.analysed, before.analysed)
    return Figures(
        len(received),
        received / elapsed_s,
        analysed / elapsed_s,
        np.array(ages_s or [np.nan]),
        (after.cpu_s - before.cpu_s) / elapsed_s,
        (after.generator_cpu_s - before.generator_cpu_s) / elapsed_s,
        memory_mib(),
        threading.active_count(),
        after.written - before.written,
        max(0, int((received - analysed).sum())),
        after.errors - before.errors,
        np.zeros(0),
    )


def memory_mib() -> float:
    """What this process occupies now; where the system does not say, the most it ever did."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return pages * resource.getpagesize() / 2**20


def measure_class(monitor: Monitor, students: int, seconds: float, mirrors: int = 0) -> Figures:
    """A lesson of its own with ``students`` students, and ``mirrors`` cameras in the mirror beside it, measured for
    ``seconds`` after a warm-up."""
    places = students + PLACES * mirrors
    with rig_of(monitor) as rig:
        group = rig.connect(students, camera_fps(places, monitor.settings.camera_fps, monitor.settings.frames_per_s))
        beside = rig.look_into_the_mirror(mirrors) if mirrors else None
        time.sleep(WARM_UP_S)
        return rig.measure(group, seconds, beside)


@contextmanager
def rig_of(monitor: Monitor) -> Iterator[Rig]:
    rig = Rig(monitor)
    try:
        yield rig
    finally:
        rig.close()


def table(monitor: Monitor, classes: list[int], seconds: float, mirrors: int = 0) -> list[Figures]:
    """Prints a column per class."""
    measured = []
    for students in classes:
        measured.append(measure_class(monitor, students, seconds, mirrors))
        print(f"measured {students}", file=sys.stderr)
    for rows in zip(*(one.rows_of_table() for one in measured), strict=True):
        print(f"| {rows[0][0]} | {' | '.join(figure for _, figure in rows)} |")
        if rows[0][0] == "students":
            print("|---" * (len(rows) + 1) + "|")
    return measured


def find(monitor: Monitor, seconds: float) -> tuple[int, list[Figures]]:
    """The largest class, to a step of five, of whom everyone is analysed often enough and in time; and all it
    measured."""
    measured = []

    def holds(students: int) -> bool:
        one = measure_class(monitor, students, seconds)
        measured.append(one)
        print(
            f"{students:4} students: {one.analysed.min():.2f} analysed/s at least, "
            f"age p95 {one.p95_s:.2f} s: {'holds' if one.in_time() else 'too many'}",
            flush=True,
        )
        return one.in_time()

    low, high = 0, 8 * FIND_STEP
    while holds(high):
        low, high = high, 2 * high
    while high - low > FIND_STEP:
        middle = (low + high) // (2 * FIND_STEP) * FIND_STEP
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, measured


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


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fer capacity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, nargs="+", default=[10], metavar="N", help="classes to measure (10)")
    parser.add_argument(
        "--seconds", type=float, default=20.0, metavar="S", help=f"measured (20), after {WARM_UP_S:.0f} s of warm-up"
    )
    parser.add_argument(
        "--mirrors", type=int, default=0, metavar="N", help="cameras in the mirror beside the class (0)"
    )
    parser.add_argument("--find", action="store_true", help="look for the largest class instead")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures here")
    args = parser.parse_args(argv)
    if min(args.students) < 1 or args.seconds <= 0:
        parser.error(f"--students and --seconds must be positive. Received: {args.students} and {args.seconds}")
    if args.json and (args.json.is_dir() or not args.json.parent.is_dir()):  # said now, not after all is measured
        parser.error(f"--json must name a file in a folder that is there. Received: {args.json}")
    try:
        with fresh_monitor() as monitor:
            if args.find:
                most, measured = find(monitor, args.seconds)
                print(f"\nThis machine holds {most} students.")
            else:
                measured = table(monitor, args.students, args.seconds, args.mirrors)
    except (SettingsError, CardError) as error:
        sys.exit(str(error))
    if args.json:
        args.json.write_text(json.dumps([one.as_json() for one in measured], indent=2) + "\n", encoding="utf-8")
