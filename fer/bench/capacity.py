"""Measure how many students this machine holds.

    python -m fer capacity --students 1 10 30 60 100            one column per class
    python -m fer capacity --students 1000 --read device        their faces are read on their devices
    python -m fer capacity --find                               the largest class that is served in time
    python -m fer capacity --students 60 --mirrors 2            a class, and two who look into the mirror beside it

Whole students: each has the page of a lesson open, presses a button once a minute and answers a poll, and has a camera
(fer.bench.synthetic: a drawn, moving face; VP8 over real DTLS and SRTP) or a device that sends what it has read; and a
teacher's dashboard is open (fer.bench.pages). They go through the pages, seats, engine and store of a lesson. Their
processes share the machine's cores, so on a small machine the figures are a lower bound. The drawn face costs what a
real one costs; its expression means nothing.

``--json OUT`` also writes them as a list, one object per class: ``Figures.as_json``.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fer.bench.figures import Figures
from fer.bench.rig import Group, fresh_monitor, recognition_of, rig_of, served
from fer.config import SettingsError
from fer.lesson.camera_budget import camera_fps, drawn_face
from fer.lesson.mirrors import PLACES
from fer.lesson.monitor import Monitor
from fer.records import ON_DEVICE, ON_SERVER, READ_ON
from fer.store.polls import draft
from fer.vision.cards import CardError
from fer.vision.preprocess import crop_face

WARM_UP_S = 5.0
FIND_STEP = 5
JOINS_PER_S = 8.0  # a school of a thousand in two minutes
REFERENCE_LOOKS = 200


@dataclass(frozen=True)
class Pages:
    """That students have pages, by whose address they come, how many a second, and where their faces are read."""

    url: str
    read_on: str = ON_SERVER
    joins_per_s: float = JOINS_PER_S


def measure_class(
    monitor: Monitor, students: int, seconds: float, mirrors: int = 0, pages: Pages | None = None
) -> Figures:
    """A lesson of its own with ``students`` students, and ``mirrors`` cameras in the mirror beside it, measured for
    ``seconds`` after a warm-up. ``pages``: None for cameras alone."""
    read_on = pages.read_on if pages else ON_SERVER
    reference = reference_ms(monitor)
    opened: Group | None = None
    with rig_of(monitor, read_on) as rig:
        if pages is not None and read_on == ON_DEVICE:
            group = opened = rig.open_pages(pages.url, [rig.open_seat() for _ in range(students)], pages.joins_per_s)
        else:
            fps = camera_fps(students + PLACES * mirrors, monitor.settings.camera_fps, monitor.settings.frames_per_s)
            group = rig.connect(students, fps)
            if pages is not None:
                opened = rig.open_pages(pages.url, group.seats, pages.joins_per_s)
        beside = rig.look_into_the_mirror(mirrors) if mirrors else None
        monitor.journal.ask(rig.lesson.id, draft("Is this clear?", ["Yes", "Not yet"]), time.time())
        time.sleep(WARM_UP_S)
        return replace(rig.measure(group, seconds, beside, opened), reference_ms=reference)


def reference_ms(monitor: Monitor) -> float:
    """A face found and classified in one thread, the mean of many."""
    recognition, frame = recognition_of(monitor), drawn_face()
    began_at = time.perf_counter()
    for _ in range(REFERENCE_LOOKS):
        box = recognition.detector.detect(frame)[0].box_xyxy
        recognition.model.classifier.predict(np.stack([crop_face(frame, box, recognition.detector.name)]))
    return 1000 * (time.perf_counter() - began_at) / REFERENCE_LOOKS


def table(
    monitor: Monitor, classes: list[int], seconds: float, mirrors: int = 0, pages: Pages | None = None
) -> list[Figures]:
    """Prints a column per class."""
    measured = []
    for students in classes:
        measured.append(measure_class(monitor, students, seconds, mirrors, pages))
        print(f"measured {students}", file=sys.stderr)
    for rows in zip(*(one.rows_of_table() for one in measured), strict=True):
        print(f"| {rows[0][0]} | {' | '.join(figure for _, figure in rows)} |")
        if rows[0][0] == "students":
            print("|---" * (len(rows) + 1) + "|")
    return measured


def find(monitor: Monitor, seconds: float, pages: Pages | None = None) -> tuple[int, list[Figures]]:
    """The largest class, to a step of five, of whom everyone is analysed often enough and in time; and all it
    measured."""
    measured = []

    def holds(students: int) -> bool:
        one = measure_class(monitor, students, seconds, pages=pages)
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
    parser.add_argument("--read", choices=READ_ON, default=ON_SERVER, help="where faces are read (server)")
    parser.add_argument(
        "--joins-per-s",
        type=float,
        default=JOINS_PER_S,
        metavar="N",
        help=f"students who come a second ({JOINS_PER_S:g})",
    )
    parser.add_argument("--find", action="store_true", help="look for the largest class instead")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the figures here")
    args = parser.parse_args(argv)
    if min(*args.students, args.seconds, args.joins_per_s) <= 0:
        parser.error(
            "--students, --seconds and --joins-per-s must be positive. "
            f"Received: {args.students}, {args.seconds:g} and {args.joins_per_s:g}"
        )
    if args.json and (args.json.is_dir() or not args.json.parent.is_dir()):  # said now, not after all is measured
        parser.error(f"--json must name a file in a folder that is there. Received: {args.json}")
    try:
        with fresh_monitor() as monitor, served(monitor) as url:
            if args.read == ON_DEVICE and (why_not := recognition_of(monitor).why_not_on_devices()):
                raise SettingsError(f"Faces cannot be read on devices: {why_not}.")
            pages = Pages(url, args.read, args.joins_per_s)
            if args.find:
                most, measured = find(monitor, args.seconds, pages)
                print(f"\nThis machine holds {most} students.")
            else:
                measured = table(monitor, args.students, args.seconds, args.mirrors, pages)
    except (SettingsError, CardError) as error:
        sys.exit(str(error))
    if args.json:
        args.json.write_text(json.dumps([one.as_json() for one in measured], indent=2) + "\n", encoding="utf-8")
