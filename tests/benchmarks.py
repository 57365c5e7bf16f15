"""Benchmarks: what docs/measurements.md says of speed, memory and faults, measured anew and printed as one table.

    make bench                                all but soak and beside, about ten minutes
    python -m tests.benchmarks faults export       some of them
    python -m tests.benchmarks soak                twenty minutes, one line a minute
    PEER_PYTHON=/elsewhere/bin/python python -m tests.benchmarks beside    with `pip install fer==25.10.3` there

Nothing here passes or fails: a slower machine is not a broken one. FER_* settings apply.
"""

import argparse
import itertools
import os
import random
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
from playwright.sync_api import Browser, Page, StorageState

from fer.bench.capacity import JOINS_PER_S, WARM_UP_S, measure_class
from fer.bench.figures import figures, memory_mib
from fer.bench.rig import fresh_monitor, rig_of, served
from fer.config import MODELS_DIR, Settings
from fer.insight.csv_exports import observations_csv
from fer.lesson.camera_budget import camera_fps
from fer.lesson.engine import to_bgr
from fer.lesson.seats import Seat
from fer.records import EMOTIONS, LABELS, PER_STUDENT, Box, Observation, Status
from fer.store.store import Store
from fer.vision import analyze_files
from fer.vision.analyze import analyze, search
from fer.vision.classifier import load_classifier
from fer.vision.detector import Detector, load_detector
from fer.vision.eye import LOOKS, TURNS_EVERY, Limits, Memory, look, remember
from fer.vision.preprocess import crop_face, cut_square, to_batch
from fer.vision.tracks import NEWEST_SHARE, iou
from fer.web.api.keys import new_key
from tests.faces_of_people import ORL
from tests.live import ROOT, WATCH_SHIFTS, Browsers, DemoServer, Server, enrol, join, running, shift, start_lesson
from tests.scenes import astronaut_bgr, empty_room_bgr, write_clip, write_video

CLASSES = (1, 10, 30, 60, 100)
MEASURED_S = 15.0
COMPARED_STUDENTS = 3
FAULT_STUDENTS, FAULTY_STUDENTS, FAULT_S, STALL_S, CLOCK_BACK_S = 30, 3, 8.0, 5.0, 2.0
JOINS, JOINS_AT_ONCE, BROWSER_JOINS = 300, 10, 30
SOAK_STUDENTS, SOAK_MINUTES = 30, 20
LESSON_STUDENTS, SHORT_LESSON_S, LONG_LESSON_S, WEEK_LESSONS, WEEK_LESSON_S = 40, 180, 3 * 3600, 20, 900
TICKS = 20
STUDENT_PAGES = 100
TEACHERS_PAGES, PAGE_WIDTHS = ("dashboard", "lessons", "replay?lesson=1", "models", "pictures"), (1280, 390)
READABLE_LOADS, READ_CAMERAS, LIVE_S = 5, 6, 60
# Milliseconds from opening a page until its headline, and both its charts, are on it.
READABLE = """() => new Promise((done) => {
  let headline = 0;
  const look = () => {
    if (!headline && document.querySelector(".headline")?.textContent) headline = performance.now();
    const charts = document.querySelectorAll("[data-testid=stVegaLiteChart] :is(canvas, svg)").length;
    if (headline && charts > 1) done([headline, performance.now()]); else requestAnimationFrame(look);
  };
  look();
})"""
EYE_ROUNDS = 15
API_PICTURES, API_CLIENTS = 100, 8
BESIDE_PICTURES = 25
RECALL_PX = (20, 24, 28, 32, 40, 60, 100, 200, 500, 1000)
RECALL_HEADS = {(1600, 1200): 30, (4000, 3000): 12, (8160, 6120): 4}  # so many in turn, by the size of the picture
HEAD = 1.7  # side of a pasted head, in heights of its face

Row = tuple[str, str, str]  # what, measured, goal


def capacity() -> Iterator[Row]:
    """Classes of growing size on the line of a real lesson."""
    with fresh_monitor() as monitor:
        for students in CLASSES:
            one = measure_class(monitor, students, MEASURED_S)
            yield (
                f"{students} students: analysed per s, least; age p95",
                f"{one.analysed.min():.2f}; {one.p95_s:.2f} s",
                {60: "2; 1 s", 100: "even"}.get(students, "2"),
            )
            yield (
                f"{students} students: server CPU per student",
                f"{one.server_cores / students:.2%} of a core",
                "1.5 %",
            )


def eye() -> Iterator[Row]:
    """What it costs to know that a face can be read: looks with the eye and without it, in turns in one thread.

    Compared are rounds, each with one question for the way up, by this thread's own CPU time. Which of the two comes first
    changes from look to look, because the second finds the frame in the cache. So neighbours slow both alike."""
    cv2.setNumThreads(1)
    settings = Settings.from_env()
    detector = load_detector(settings.detector, settings.detector_file)
    classifier = load_classifier(MODELS_DIR, settings.model)
    frames = [np.roll(astronaut_bgr(), shift, 1) for shift in (0, 2, 4, 2, 0, -2, -4, -2)]
    memory, near, mean = Memory(), tuple[Box, ...](), np.zeros(len(EMOTIONS))
    limits = Limits(settings.unsure_below, classifier.readable_below)

    def without(number: int, frame: np.ndarray) -> tuple[tuple[float, ...], str]:
        """What a look did before there was an eye: find the face, read it, average it with the look before, name it."""
        nonlocal near, mean
        frame.max()  # whether the camera is off was seen by its brightest pixel
        near = tuple(face.box_xyxy for face in detector.detect(frame, near, everywhere=number % LOOKS == 0))
        fresh = classifier.read(np.stack([crop_face(frame, box, detector.name) for box in near])).probabilities[0]
        mean = NEWEST_SHARE * fresh + (1 - NEWEST_SHARE) * mean
        return tuple(map(float, mean)), EMOTIONS[int(mean.argmax())]

    def with_eye(_: int, frame: np.ndarray) -> None:
        sight = look(frame, detector, memory)
        judged = classifier.read(np.stack([one.crop for one in sight.seen]))
        remember(memory, sight, judged.probabilities, judged.readable, limits)

    def cpu_s(way: Callable[[int, np.ndarray], object], number: int) -> float:
        began_at = time.thread_time()
        way(number, frames[number % len(frames)])
        return time.thread_time() - began_at

    cpu_s(without, 0)
    yield "a student's first look, when four turns are tried", f"{cpu_s(with_eye, 0) * 1000:.1f} ms CPU", ""
    ways, rounds = (without, with_eye), np.zeros((EYE_ROUNDS, 2))
    for row in range(EYE_ROUNDS):
        for number in range(1 + row * TURNS_EVERY, 1 + (row + 1) * TURNS_EVERY):
            for which in (0, 1) if number % 2 else (1, 0):
                rounds[row, which] += cpu_s(ways[which], number)
    plain_ms, seeing_ms = np.median(rounds, axis=0) / TURNS_EVERY * 1000
    more, low, high = (np.quantile(rounds[:, 1] / rounds[:, 0] - 1, share) for share in (0.5, 0.25, 0.75))
    yield (
        f"a look without the eye, and with it: median of {EYE_ROUNDS} rounds of {TURNS_EVERY} pairs, and quartiles",
        f"{plain_ms:.2f} and {seeing_ms:.2f} ms CPU: {more:+.1%} ({low:+.1%} to {high:+.1%})",
        "+3 %",
    )


def compare() -> Iterator[Row]:
    """The usual pattern beside this one: a detector and Keras' predict in every student's frame callback."""
    with fresh_monitor() as monitor:
        ours = measure_class(monitor, COMPARED_STUDENTS, MEASURED_S)
        import keras

        model = keras.models.load_model(MODELS_DIR / f"{monitor.recognition.model.card.name}.keras", compile=False)
        stopping = threading.Event()

        def callbacks(seat: Seat) -> None:
            detector = load_detector(monitor.settings.detector, monitor.settings.detector_file)
            while not stopping.wait(0.005):
                if unseen := seat.take():
                    frame = to_bgr(unseen[0])
                    for face in detector.detect(frame):
                        model.predict(to_batch([crop_face(frame, face.box_xyxy, detector.name)]), verbose=0)
                    seat.analysed += 1

        with rig_of(monitor) as rig:
            monitor.recognition.engine.stop()
            group = rig.connect(COMPARED_STUDENTS, monitor.settings.camera_fps)
            for seat in group.seats:
                threading.Thread(target=callbacks, args=(seat,), daemon=True).start()
            time.sleep(WARM_UP_S)
            theirs = rig.measure(group, MEASURED_S)
            stopping.set()
    for what, one in (("this line", ours), ("every callback with Keras", theirs)):
        yield (
            f"{what}: CPU per student",
            f"{one.server_cores / one.students:.1%} of a core, {one.analysed.mean():.2f} analysed/s",
            "",
        )
    yield "CPU per student, Keras callbacks / this line", f"{theirs.server_cores / ours.server_cores:.1f}", "10"


def faults() -> Iterator[Row]:
    """What 30 students feel of what happens to others: the least rate of any of them, against before."""
    with fresh_monitor() as monitor, rig_of(monitor) as rig:
        fps = camera_fps(FAULT_STUDENTS, monitor.settings.camera_fps, monitor.settings.frames_per_s)
        good = rig.connect(FAULT_STUDENTS, fps)
        time.sleep(WARM_UP_S)
        usual = rig.measure(good, FAULT_S).analysed.min()
        seats = list(good.seats)

        def felt(what: str, fail: Callable[[], None]) -> Row:
            before = rig.read(good)
            fail()
            time.sleep(max(0.0, FAULT_S - (time.monotonic() - before.at)))
            least = figures(before, rig.read(good), []).analysed.min()
            time.sleep(1)  # the last rows are written
            lost = sum(seat.analysed for seat in seats) - monitor.writer.written
            return what, f"{least / usual:.0%} of the usual rate, {lost} observations lost", "50 %, 0"

        killed = rig.connect(FAULTY_STUDENTS, fps)
        seats += killed.seats
        yield felt(f"{FAULTY_STUDENTS} of {FAULT_STUDENTS} browsers killed", killed.process.kill)
        silent = rig.connect(FAULTY_STUDENTS, fps)
        seats += silent.seats
        yield felt(f"{FAULTY_STUDENTS} clients stop answering", lambda: silent.process.send_signal(signal.SIGSTOP))
        yield felt(f"{FAULTY_STUDENTS} clients send garbage", lambda: rig.connect(FAULTY_STUDENTS, fps, garbage=True))
        yield felt(f"the database stalls for {STALL_S:.0f} s", lambda: stall(monitor.store.place))
        yield felt(f"the clock goes back by {CLOCK_BACK_S:.0f} s", set_clock_back)


def flood() -> Iterator[Row]:
    """What 30 students feel while 8 clients ask the API's reader for pictures without a pause."""
    file = cv2.imencode(".jpg", cv2.resize(astronaut_bgr(), (640, 480)))[1].tobytes()
    with fresh_monitor() as monitor, rig_of(monitor) as rig:
        fps = camera_fps(FAULT_STUDENTS, monitor.settings.camera_fps, monitor.settings.frames_per_s)
        group = rig.connect(FAULT_STUDENTS, fps)
        reader, ended = monitor.reader, threading.Event()
        time.sleep(WARM_UP_S)

        def ask(_: int) -> None:
            while not ended.is_set():
                reader.pool.submit(reader.look, file, "image", None, False).result()

        measured = {"alone": rig.measure(group, FAULT_S)}
        with ThreadPoolExecutor(API_CLIENTS) as clients:
            clients.map(ask, range(API_CLIENTS))
            measured["while the API is flooded"] = rig.measure(group, FAULT_S)
            ended.set()
    for what, one in measured.items():
        yield (
            f"{FAULT_STUDENTS} students {what}: analysed per s, least; age p95",
            f"{one.analysed.min():.2f}; {one.p95_s:.2f} s",
            "1.5; 1 s",
        )


def stall(database: str) -> None:
    """Another program holds the database's write lock."""
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(STALL_S)
    other.rollback()
    other.close()


def set_clock_back() -> None:
    clock = time.time
    time.time = lambda: clock() - CLOCK_BACK_S


def joins() -> Iterator[Row]:
    """Students come and go; what they leave behind."""
    with fresh_monitor() as monitor, rig_of(monitor) as rig:

        def round_trip() -> None:
            group = rig.connect(JOINS_AT_ONCE, 5)
            time.sleep(1)
            rig.disconnect(group)

        for _ in range(3):
            round_trip()
        base = held()
        for _ in range(JOINS // JOINS_AT_ONCE):
            round_trip()
        time.sleep(5)  # threads of connections that were closed end
        for (what, before), after in zip(base.items(), held().values(), strict=True):
            yield f"{what} before and after {JOINS} joins and leaves", f"{before:.0f}, {after:.0f}", "within 10 %"


def browser_joins() -> Iterator[Row]:
    """The same with a real browser, so with the pages and streamlit-webrtc."""
    with tempfile.TemporaryDirectory() as folder, closing(Browsers()) as opened, running(Path(folder)) as live:
        clip = write_clip(Path(folder) / "face.mjpeg", astronaut_bgr())
        code = start_lesson(opened.page(), live, "Benchmark")
        browser = opened.page(clip).context.browser

        def round_trip(number: int) -> None:
            context = browser.new_context()
            join(context.new_page(), live, code, f"Student {number}")
            context.pages[0].get_by_role("button", name="Leave the lesson").click()
            context.pages[0].get_by_text("You have left the lesson").wait_for()
            context.close()

        for number in range(3):
            round_trip(number)
        before = held_by(live.process.pid)
        for number in range(3, 3 + BROWSER_JOINS):
            round_trip(number)
        # Streamlit keeps the session of a closed page for two minutes, and drops it when the next one comes.
        time.sleep(130)
        round_trip(3 + BROWSER_JOINS)
        after = held_by(live.process.pid)
        for what in before:
            yield (
                f"{what} of the server before and after {BROWSER_JOINS} joins in a browser",
                f"{before[what]:.0f}, {after[what]:.0f}",
                "within 10 %",
            )


def held_by(pid: int) -> dict[str, float]:
    """What another process has open (Linux)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "open files": len(os.listdir(f"/proc/{pid}/fd")),
        "memory, MiB": int(status["VmRSS"].split()[0]) / 1024,
    }


def held() -> dict[str, float]:
    """What this process has open; sockets are among the files."""
    return {"threads": threading.active_count(), "open files": len(os.listdir("/dev/fd")), "memory, MiB": memory_mib()}


def soak() -> Iterator[Row]:
    """A class for twenty minutes: a machine that holds shows the same line every minute."""
    with fresh_monitor() as monitor, rig_of(monitor) as rig:
        fps = camera_fps(SOAK_STUDENTS, monitor.settings.camera_fps, monitor.settings.frames_per_s)
        group = rig.connect(SOAK_STUDENTS, fps)
        time.sleep(WARM_UP_S)
        for minute in range(1, SOAK_MINUTES + 1):
            one = rig.measure(group, 60.0)
            row = (
                f"minute {minute} with {SOAK_STUDENTS} students",
                f"{one.memory_mib:.0f} MiB, {one.threads} threads, "
                f"{held()['open files']} files, {one.analysed.min():.2f} analysed/s, {one.errors} errors",
                "flat",
            )
            print(*row, sep=" | ", file=sys.stderr, flush=True)
            yield row


def first_observation() -> Iterator[Row]:
    """From the click on Start to a row in the database, in a real browser."""
    with tempfile.TemporaryDirectory() as folder, closing(Browsers()) as opened, running(Path(folder)) as live:
        clip = write_clip(Path(folder) / "face.mjpeg", astronaut_bgr())
        code = start_lesson(opened.page(), live, "Benchmark")
        for attempt in ("first", "second"):
            student = opened.page(clip)
            enrol(student, live, code, f"Student {attempt}")
            button = student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera")
            button.wait_for()
            before, clicked_at = count(live), time.monotonic()
            button.click()
            while count(live) == before:
                time.sleep(0.02)
            yield f"Start to first observation, {attempt} student", f"{time.monotonic() - clicked_at:.1f} s", "3 s"
            student.close()
            time.sleep(3)


def count(live: Server) -> int:
    return live.query("select count(*) from observations")[0][0]


def count_received(page, sizes: list[int]) -> None:
    """Adds to ``sizes`` the length of each message that the page gets by socket."""
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sizes.append(len(data))))


def dashboard() -> Iterator[Row]:
    """One tick of the teacher's page, early and late in a lesson, and with a week of lessons in the database."""
    for what, lesson_s, others in (
        (f"{SHORT_LESSON_S // 60} min", SHORT_LESSON_S, 0),
        (f"{LONG_LESSON_S // 3600} h", LONG_LESSON_S, 0),
        (f"{SHORT_LESSON_S // 60} min and {WEEK_LESSONS} lessons before", SHORT_LESSON_S, WEEK_LESSONS),
    ):
        with tempfile.TemporaryDirectory() as folder, closing(Browsers()) as opened, running(Path(folder)) as live:
            store = Store(f"sqlite:///{Path(folder) / 'data' / 'lessons.db'}")
            for number in range(others):
                write_lesson(store, WEEK_LESSON_S, ended=True, name=f"Week {number}")
            lesson_id, students = write_lesson(store, lesson_s)
            with live_feed(store, lesson_id, students):
                idle = cpu_s(live.process.pid, 10.0) / 10.0
                page, sent = opened.page(), []
                count_received(page, sent)
                page.goto(live.ready_line)
                page.get_by_test_id("stVegaLiteChart").first.wait_for()
                time.sleep(3)
                page.evaluate("1")  # the events that have arrived are counted
                sent.clear()
                began_at = time.monotonic()
                used = cpu_s(live.process.pid, TICKS * 1.0)
                page.evaluate("1")
                elapsed_s = time.monotonic() - began_at
            store.close()
            yield (
                f"dashboard tick, {LESSON_STUDENTS} students, after {what}",
                f"{(used - idle * elapsed_s) / elapsed_s * 1000:.0f} ms CPU, {sum(sent) / elapsed_s / 1000:.1f} kB",
                "40 ms, 30 kB",
            )


def student_pages() -> Iterator[Row]:
    """The pages of a lesson that the server looks at, without their cameras: while nothing happens, and while each student
    presses a button twice a minute."""
    with fresh_monitor() as monitor, served(monitor) as url:
        for what, press_every_s in (("nothing happens", 0.0), ("each presses twice a minute", 30.0)):
            with rig_of(monitor) as rig:
                seats = [rig.open_seat() for _ in range(STUDENT_PAGES)]
                time.sleep(WARM_UP_S)
                idle, before = cpu_s(os.getpid(), MEASURED_S) / MEASURED_S, memory_mib()
                rig.open_pages(url, seats, JOINS_PER_S, press_every_s, with_dashboard=False)
                time.sleep(WARM_UP_S)
                used, memory = cpu_s(os.getpid(), MEASURED_S) / MEASURED_S, memory_mib()
            yield (
                f"a page of {STUDENT_PAGES} students while {what}",
                f"{(used - idle) / STUDENT_PAGES:.3%} of a core, {(memory - before) / STUDENT_PAGES:.2f} MiB",
                "",
            )


def pages() -> Iterator[Row]:
    """What a teacher's pages load and move, each in a browser that has kept nothing, and a minute of the live one."""
    with tempfile.TemporaryDirectory() as folder, closing(Browsers()) as opened:
        live = DemoServer(Path(folder))
        try:
            teacher = opened.page()
            teacher.goto(live.ready_line)
            teacher.locator(".headline").wait_for()
            state, browser = teacher.context.storage_state(), teacher.context.browser
            for path, width in itertools.product(TEACHERS_PAGES, PAGE_WIDTHS):
                page = watched(browser, state, width)
                loaded = count_loaded(page)
                page.goto(f"{live.url}/{path}")
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(3000)
                moved = shift(page)
                yield f"{path} at {width} px: loads, moves", f"{sum(loaded) / 1e6:.1f} MB, {moved:.3f}", "3 MB, 0.1"
                page.context.close()
            teacher.goto("about:blank")
            yield "the demo's dashboard can be read after", readable_s(browser, state, f"{live.url}/dashboard"), "2.5 s"
            page = watched(browser, state, 1280)
            page.goto(f"{live.url}/dashboard")
            page.get_by_test_id("stVegaLiteChart").nth(1).locator("canvas, svg").first.wait_for()
            page.wait_for_timeout(2000)
            page.evaluate("shifts = []")
            blank, pictures_n = blank_charts(page)
            yield f"{LIVE_S} s of it: what moves", f"{shift(page):.3f}", "0"
            yield f"{LIVE_S} s of it: blank charts of {pictures_n} pictures", f"{blank}", "0"
        finally:
            live.stop()
    with tempfile.TemporaryDirectory() as folder, closing(Browsers()) as opened, running(Path(folder)) as live:
        clip, teacher = write_clip(Path(folder) / "face.mjpeg", astronaut_bgr()), opened.page()
        code, cameras = start_lesson(teacher, live, "Benchmark"), opened.page(clip).context.browser
        for number in range(READ_CAMERAS):
            join(cameras.new_context().new_page(), live, code, f"Student {number}")
        state = teacher.context.storage_state()
        took = readable_s(teacher.context.browser, state, f"{live.url}/dashboard")
        yield f"the dashboard with {READ_CAMERAS} cameras can be read after", took, "3 s"


def watched(browser: Browser, state: StorageState, width: int) -> Page:
    page = browser.new_context(storage_state=state, viewport={"width": width, "height": 900}).new_page()
    page.add_init_script(WATCH_SHIFTS)
    return page


def count_loaded(page: Page) -> list[int]:
    """The bytes of each answer to the page from now on, as they came over the network."""
    sizes: list[int] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda answer: sizes.append(int(answer["encodedDataLength"])))
    return sizes


def readable_s(browser: Browser, state: StorageState, address: str) -> str:
    """From opening to the headline, and to both charts; the medians of some loads in browsers that have kept nothing."""
    took = []
    for _ in range(READABLE_LOADS):
        page = watched(browser, state, 1280)
        page.goto(address, wait_until="commit")
        took.append(page.evaluate(READABLE))
        page.context.close()
    headline_s, charts_s = (statistics.median(one) / 1000 for one in zip(*took, strict=True))
    return f"{headline_s:.1f} s, with its charts {charts_s:.1f} s"


def blank_charts(page: Page) -> tuple[int, int]:
    """Of pictures of both charts for a minute: how many have nothing in them, and how many there were."""
    blank = n = 0
    until = time.monotonic() + LIVE_S
    while time.monotonic() < until:
        for chart in page.get_by_test_id("stVegaLiteChart").all():
            picture = cv2.imdecode(np.frombuffer(chart.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
            n, blank = n + 1, blank + int(picture.std() < 5)
    return blank, n


def write_lesson(store: Store, seconds: int, ended: bool = False, name: str = "Benchmark") -> tuple[int, list[int]]:
    """A lesson until now as 40 students leave it behind: two observations per second and student."""
    began_at = time.time() - seconds
    lesson = store.create_lesson(name, began_at, view=PER_STUDENT)
    students = [
        store.add_student(lesson.id, f"Student {number}", f"{lesson.id}-{number}", began_at).id
        for number in range(LESSON_STUDENTS)
    ]
    for start in range(0, seconds, 300):
        store.append(
            [
                seen(lesson.id, student, began_at + start + half / 2)
                for half in range(2 * min(300, seconds - start))
                for student in students
            ]
        )
    if ended:
        store.end_lesson(lesson.id, time.time())
    return lesson.id, students


def seen(lesson_id: int, student: int, at: float) -> Observation:
    label = LABELS[int(at / 20 + student) % len(LABELS)]
    return Observation(
        lesson_id, student, at, Status.FACE, 0, (100.0, 80.0, 180.0, 190.0), (0.04,) * 6 + (0.76,), label
    )


@contextmanager
def live_feed(store: Store, lesson_id: int, students: list[int]) -> Iterator[None]:
    """The lesson goes on, written from this process so that the server's CPU is the page's."""
    stopping = threading.Event()

    def feed() -> None:
        while not stopping.wait(0.5):
            now = time.time()
            store.append([seen(lesson_id, student, now) for student in students])

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def cpu_s(pid: int, seconds: float) -> float:
    """CPU seconds a process uses in the next so many seconds (Linux)."""

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(seconds)
    return used() - before


def export() -> Iterator[Row]:
    """The observations of a three-hour lesson of 40 students as CSV."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'lessons.db'}")
        lesson_id, _ = write_lesson(store, LONG_LESSON_S, ended=True)
        before_mib, began_at = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.monotonic()
        size = sum(len(part) for part in observations_csv(store, store.lesson(lesson_id)))
        seconds = time.monotonic() - began_at
        more_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mib
        yield (
            f"export of {store.observation_count(lesson_id)} observations ({size / 1e6:.0f} MB)",
            f"{seconds:.1f} s",
            "10 s",
        )
        yield "its extra memory", f"{more_mib:.0f} MiB", "200 MiB"
        store.close()


def pictures() -> Iterator[Row]:
    """One face in 640x480, in this process and by the API, and a minute of 720p video by the command's function."""
    picture = cv2.resize(astronaut_bgr(), (640, 480))
    settings = Settings.from_env()
    eye = analyze_files.load(settings.model)
    yield (
        f"a picture of 640x480, p50, in process ({eye.detector.name})",
        p50_ms(lambda: analyze_one(picture, eye)),
        "25 ms",
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as live,
        asking(live, folder, picture) as ask,
    ):
        yield "the same by the API", p50_ms(ask), "35 ms"
        with ThreadPoolExecutor(API_CLIENTS) as clients:
            began_at = time.perf_counter()
            list(clients.map(ask, range(API_PICTURES)))
            rate = API_PICTURES / (time.perf_counter() - began_at)
        yield f"pictures per second, {API_CLIENTS} clients of the API", f"{rate:.0f}", "60"
    with tempfile.TemporaryDirectory() as folder:
        clip = write_minute(Path(folder) / "clip.mp4", picture)
        began_at = time.perf_counter()
        looks = len(list(analyze_files.looks(clip, clip.name, eye, 0.5)))
        yield f"60 s of 720p video, {looks} looks", f"{time.perf_counter() - began_at:.1f} s", "15 s"


def beside() -> Iterator[Row]:
    """The same in turns with PyPI's fer, in its own environment: PEER_PYTHON. So both meet the same load."""
    picture = cv2.resize(astronaut_bgr(), (640, 480))
    eye = analyze_files.load(Settings.from_env().model)
    with tempfile.TemporaryDirectory() as folder:
        still, clip = Path(folder) / "face.png", Path(folder) / "clip.mp4"
        cv2.imwrite(str(still), picture)
        write_minute(clip, picture)
        command = [os.environ["PEER_PYTHON"], str(ROOT / "train" / "peers" / "fer_speed.py"), str(still), str(clip)]
        with (
            subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as peer,
            running(Path(folder)) as live,
            asking(live, folder, picture) as ask,
        ):
            assert peer.stdout.readline() == "ready\n"
            ours, by_api, theirs = [], [], []
            for number in range(5 + BESIDE_PICTURES):
                times = timed(lambda: analyze_one(picture, eye)), timed(ask), asked_of(peer, "picture")
                if number >= 5:  # warm by then
                    for of, took_s in zip((ours, by_api, theirs), times, strict=True):
                        of.append(took_s)
            for what, took, goal in (
                ("in process", ours, "25 ms"),
                ("by the API", by_api, "35 ms"),
                ("fer", theirs, ""),
            ):
                yield (
                    f"a picture of 640x480, p50 of {len(took)}, {what}",
                    f"{statistics.median(took) * 1000:.0f} ms",
                    goal,
                )
            ratio = statistics.median(theirs) / statistics.median(ours)
            yield "fer / in process", f"{ratio:.1f}", ""
            video = [timed(lambda: list(analyze_files.looks(clip, clip.name, eye, 0.5))), asked_of(peer, "video")]
            yield "60 s of 720p video, 120 looks; fer", f"{video[0]:.1f} s; {video[1]:.1f} s", "15 s"
            peer.stdin.close()


def asked_of(peer: subprocess.Popen, what: str) -> float:
    peer.stdin.write(f"{what}\n")
    peer.stdin.flush()
    return float(peer.stdout.readline())


def timed(work: Callable[[], object]) -> float:
    began_at = time.perf_counter()
    work()
    return time.perf_counter() - began_at


def write_minute(path: Path, picture_bgr: np.ndarray) -> Path:
    """60 s of 720p video whose picture sways."""
    moving = [np.roll(cv2.resize(picture_bgr, (1280, 720)), shift, 1) for shift in range(0, 300, 5)]
    return write_video(path, (moving + moving[::-1]) * 15, fps=30)


@contextmanager
def asking(live: Server, folder: str, picture_bgr: np.ndarray) -> Iterator[Callable[..., None]]:
    """Asks the API for a picture, sent as a JPEG."""
    file = cv2.imencode(".jpg", picture_bgr)[1].tobytes()
    key = new_key(Store(f"sqlite:///{folder}/data/lessons.db"), "benchmark", "JP", "private")
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}) as client:

        def ask(_: int = 0) -> None:
            client.post(f"{live.url}/api/v1/analyze", files={"image": file}).raise_for_status()

        yield ask


def recall() -> Iterator[Row]:
    """Heads of ORL pasted into an empty room: the share whose face is found by its height, and what a search costs."""
    cv2.setNumThreads(1)
    settings = Settings.from_env()
    detector = load_detector(settings.detector, settings.detector_file)
    dice = random.Random(0)
    heads = [head_of(photo, detector) for photo in dice.sample(photos_of_people(), max(RECALL_HEADS.values()))]
    for (width, height), count in RECALL_HEADS.items():
        room = cv2.resize(empty_room_bgr(), (width, height))
        for face_px in (one for one in RECALL_PX if HEAD * one < height):
            found, took_s = 0, 0.0
            for head in heads[:count]:
                picture = room.copy()
                box = paste(picture, head, face_px, dice)
                began_at = time.process_time()
                seen, _ = search(picture, detector)
                took_s += time.process_time() - began_at
                found += any(iou(one.box_xyxy, box) > 0.4 for one in seen)
            yield (
                f"{width}x{height}: faces of {face_px} px that are found; a search",
                f"{found / count:.0%}; {took_s / count * 1000:.0f} ms CPU",
                "",
            )


def photos_of_people() -> list[np.ndarray]:
    with zipfile.ZipFile(ORL) as package:
        names = sorted(name for name in package.namelist() if name.endswith(".pgm") and "._" not in name)
        return [cv2.imdecode(np.frombuffer(package.read(name), np.uint8), cv2.IMREAD_COLOR) for name in names]


def head_of(photo_bgr: np.ndarray, detector: Detector) -> np.ndarray:
    """The square around the head, whose side is ``HEAD`` heights of the face's box."""
    around = cv2.copyMakeBorder(photo_bgr, 60, 60, 60, 60, cv2.BORDER_REPLICATE)
    return cut_square(around, detector.search_still(around)[0].box_xyxy, HEAD)[0]


def paste(picture_bgr: np.ndarray, head_bgr: np.ndarray, face_px: int, dice: random.Random) -> Box:
    """Somewhere, with soft edges; the box of the face, as a square."""
    side = round(HEAD * face_px)
    left, top = dice.randrange(picture_bgr.shape[1] - side), dice.randrange(picture_bgr.shape[0] - side)
    how = cv2.INTER_AREA if side < len(head_bgr) else cv2.INTER_CUBIC
    from_middle = np.hypot(*np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j])[..., None]
    part = picture_bgr[top : top + side, left : left + side]
    share = np.clip((1 - from_middle) / 0.2, 0, 1)
    part[:] = share * cv2.resize(head_bgr, (side, side), interpolation=how) + (1 - share) * part
    margin = (side - face_px) / 2
    return left + margin, top + margin, left + side - margin, top + side - margin


def analyze_one(picture_bgr: np.ndarray, eye: analyze_files.Eye) -> None:
    analyze(picture_bgr, eye.detector, eye.classifier, eye.unsure_below)


def p50_ms(work: Callable[[], None]) -> str:
    """Of API_PICTURES runs, after some that warm it up."""
    took = []
    for _ in range(API_PICTURES + 10):
        began_at = time.perf_counter()
        work()
        took.append(time.perf_counter() - began_at)
    return f"{statistics.median(took[10:]) * 1000:.0f} ms"


BENCHMARKS = {
    each.__name__: each
    for each in (
        capacity,
        eye,
        compare,
        first_observation,
        dashboard,
        student_pages,
        pages,
        pictures,
        beside,
        recall,
        export,
        joins,
        browser_joins,
        faults,
        flood,
        soak,
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="name", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or [name for name in BENCHMARKS if name not in ("soak", "beside")]
    rows = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name]()
    print("| what | measured | goal |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
