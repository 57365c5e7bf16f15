"""Measure how many students this machine holds.

    python -m fer.capacity --students 30 --seconds 30

Streams synthetic students (a drawn, moving face; VP8 over real DTLS and SRTP on this machine) from a process of their own
through the seats, engine and store of a lesson, and prints what held. The generator shares the machine's cores, so on a small
machine the figures are a lower bound. The drawn face costs what a real one costs; its expression means nothing.
"""

import argparse
import asyncio
import fractions
import logging
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from fer.config import Settings
from fer.monitor import Monitor
from fer.seats import Seat

WIDTH, HEIGHT = 320, 240
CLIP_FRAMES = 50
WARM_UP_S = 5.0
ANSWER_S = 30.0


@dataclass(frozen=True)
class Reading:
    """What had happened up to one moment; two of them make a measurement."""

    at: float
    cpu_s: float
    threads: int
    received: tuple[int, ...]
    analysed: tuple[int, ...]


# The students: one process that sends


def drawn_face(shift_px: float) -> np.ndarray:
    """uint8 BGR (240, 320, 3): a face that YuNet and Haar find, moved sideways."""
    picture = np.full((HEIGHT, WIDTH, 3), (120, 110, 100), np.uint8)
    x, y = round(WIDTH / 2 + shift_px), HEIGHT // 2
    cv2.ellipse(picture, (x, y - 20), (52, 62), 0, 180, 360, (30, 35, 45), -1)
    cv2.ellipse(picture, (x, y), (45, 60), 0, 0, 360, (150, 180, 225), -1)
    for eye_x in (x - 18, x + 18):
        cv2.ellipse(picture, (eye_x, y - 12), (9, 5), 0, 0, 360, (240, 240, 240), -1)
        cv2.circle(picture, (eye_x, y - 12), 4, (40, 30, 20), -1)
        cv2.ellipse(picture, (eye_x, y - 22), (11, 3), 0, 180, 360, (40, 45, 60), 3)
    cv2.ellipse(picture, (x, y + 13), (7, 3), 0, 0, 180, (110, 140, 185), 2)
    cv2.ellipse(picture, (x, y + 32), (17, 6), 0, 0, 180, (80, 80, 180), 4)
    return cv2.GaussianBlur(picture, (5, 5), 0)


def encoded_clip(fps: int) -> list[bytes]:
    """A clip of the moving face as VP8 packets, encoded once for all students; every tenth is a key frame."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.bit_rate = fractions.Fraction(1, fps), 300_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "g": "10", "lag-in-frames": "0"}
    packets = []
    for index in range(CLIP_FRAMES):
        pixels = drawn_face(30 * np.sin(2 * np.pi * index / CLIP_FRAMES))
        packets += encoder.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24"))
    return [bytes(packet) for packet in packets + encoder.encode(None)]


class ClipTrack(MediaStreamTrack):
    """Sends the encoded clip for ever at ``fps``, starting with a key frame."""

    kind = "video"

    def __init__(self, clip: list[bytes], fps: int):
        super().__init__()
        self.clip, self.fps, self.sent, self.started_at = clip, fps, 0, 0.0

    async def recv(self) -> av.Packet:
        self.started_at = self.started_at or time.monotonic()
        await asyncio.sleep(max(0.0, self.started_at + self.sent / self.fps - time.monotonic()))
        packet = av.Packet(self.clip[self.sent % len(self.clip)])
        packet.pts, packet.time_base = self.sent, fractions.Fraction(1, self.fps)
        self.sent += 1
        return packet


def send_students(pipe: Connection, students: int, fps: int) -> None:
    """The generator process: connects the students one after the other, then sends until the pipe closes."""

    async def send() -> None:
        clip, connections, loop = encoded_clip(fps), [], asyncio.get_running_loop()
        for _ in range(students):
            connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            connections.append(connection)
            connection.addTrack(ClipTrack(clip, fps))
            await connection.setLocalDescription(await connection.createOffer())
            pipe.send(connection.localDescription.sdp)
            answer = await loop.run_in_executor(None, pipe.recv)
            await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await loop.run_in_executor(None, pipe.recv)
        for connection in connections:
            await connection.close()

    asyncio.run(send())


# The server: this process


async def receive(offer: str, seat: Seat, relay: MediaRelay) -> tuple[RTCPeerConnection, str]:
    """The connection of one student and the answer to the offer, as streamlit-webrtc makes it for a sink."""
    from streamlit_webrtc.sink import VideoSinkTrack  # here, so that the generator's process starts without Streamlit
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sink = VideoSinkTrack(seat.connect())
    connection.add_listener("track", lambda track: sink.addTrack(relay.subscribe(track)))
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    sink.start()
    await connection.setLocalDescription(await connection.createAnswer())
    return connection, connection.localDescription.sdp


def read(seats: list[Seat]) -> Reading:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Reading(time.monotonic(), used.ru_utime + used.ru_stime, threading.active_count(),
                   tuple(seat.received for seat in seats), tuple(seat.analysed for seat in seats))


def measure(monitor: Monitor, students: int, seconds: float) -> list[tuple[str, str]]:
    """Rows of (what, figure) for ``students`` students over ``seconds`` seconds."""
    lesson = monitor.start_lesson("Capacity")
    loop, relay = asyncio.new_event_loop(), MediaRelay()
    threading.Thread(target=loop.run_forever, name="webrtc", daemon=True).start()
    pipe, far_end = multiprocessing.Pipe()
    fps = monitor.settings.camera_fps
    generator = multiprocessing.get_context("spawn").Process(target=send_students, args=(far_end, students, fps))
    generator.start()
    seats, connections = [], []
    try:
        for number in range(students):
            student = monitor.store.add_student(lesson.id, f"Student {number + 1}", f"capacity-{number}", time.time())
            seats.append(monitor.seats.open(lesson.id, student.id))
            if not pipe.poll(ANSWER_S):
                raise RuntimeError(f"The generator made no offer for student {number + 1} within {ANSWER_S:.0f} s")
            future = asyncio.run_coroutine_threadsafe(receive(pipe.recv(), seats[-1], relay), loop)
            connection, answer = future.result(ANSWER_S)
            connections.append(connection)
            pipe.send(answer)
        time.sleep(WARM_UP_S)
        monitor.writer.ages_s.clear()
        before = read(seats)
        time.sleep(seconds)
        after = read(seats)
        ages_s = list(monitor.writer.ages_s)
    finally:
        pipe.send(None)
        for connection in connections:
            asyncio.run_coroutine_threadsafe(connection.close(), loop).result(ANSWER_S)
        generator.join(ANSWER_S)
        loop.call_soon_threadsafe(loop.stop)
    return summary(before, after, ages_s, monitor)


def summary(before: Reading, after: Reading, ages_s: list[float], monitor: Monitor) -> list[tuple[str, str]]:
    elapsed_s = after.at - before.at
    received = np.subtract(after.received, before.received) / elapsed_s
    analysed = np.subtract(after.analysed, before.analysed) / elapsed_s
    p50, p95, p99 = np.percentile(ages_s, (50, 95, 99)) if ages_s else (np.nan,) * 3
    core = (after.cpu_s - before.cpu_s) / elapsed_s
    replaced = max(0, int(((received - analysed) * elapsed_s).sum()))
    return [
        ("students", str(len(received))),
        ("received, frames/s per student", f"{received.min():.2f} least, {np.median(received):.2f} median"),
        ("analysed, frames/s per student", f"{analysed.min():.2f} least, {np.median(analysed):.2f} median"),
        ("age, arrival to committed row", f"{p50:.2f} s p50, {p95:.2f} s p95, {p99:.2f} s p99"),
        ("server CPU", f"{core:.0%} of a core, {core / len(received):.1%} per student"),
        ("memory at its highest", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"),
        ("threads", str(after.threads)),
        ("frames replaced unseen", str(replaced)),
        ("errors", str(monitor.engine.errors + monitor.writer.errors)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20.0, help=f"measured, after {WARM_UP_S:.0f} s of warm-up")
    args = parser.parse_args()
    if args.students < 1 or args.seconds <= 0:
        parser.error(f"--students and --seconds must be positive. Received: {args.students} and {args.seconds}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({key: value for key, value in os.environ.items() if key.startswith("FER_")}
                                     | {"FER_DATA_DIR": str(Path(folder)), "FER_DATABASE_URL": ""})
        monitor = Monitor(settings)
        monitor.start()
        logging.disable(logging.WARNING)  # from here on Streamlit would only say that no page is running
        try:
            rows = measure(monitor, args.students, args.seconds)
        finally:
            monitor.stop()
    print(f"{os.cpu_count()} cores, {monitor.detector.name}, {monitor.classifier.name}")
    for what, figure in rows:
        print(f"{what:32} {figure}")


if __name__ == "__main__":
    main()
