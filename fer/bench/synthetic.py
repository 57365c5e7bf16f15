"""Synthetic students: a process that sends real encoded video over WebRTC, for measuring the server.

    python -m fer.bench.synthetic --students 30 --fps 5 [--size 320 240]

Speaks JSON lines: writes one WebRTC offer per student and reads the answer to it before the next; then, whenever it
reads ``"cpu"``, writes the CPU seconds it has used. Ends with its input. Used by ``fer.bench.capacity``.
"""

import argparse
import asyncio
import fractions
import json
import os
import sys
import time

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket

from fer.lesson.camera_budget import FRAME_PX, drawn_face

CLIP_FRAMES = 50
BITS_PER_PIXEL_S = 4
GARBAGE_PER_S = 50


def frame_time(fps: float) -> fractions.Fraction:
    """Seconds from frame to frame, as short a fraction as FFmpeg can hold."""
    return 1 / fractions.Fraction(fps).limit_denominator(1000)


def encoded_clip(fps: float, size_px: tuple[int, int] = FRAME_PX) -> list[bytes]:
    """A clip of the moving face as VP8 packets, encoded once for all students; every tenth is a key frame."""
    encoder = av.CodecContext.create("libvpx", "w")
    (encoder.width, encoder.height), encoder.pix_fmt = size_px, "yuv420p"
    encoder.time_base, encoder.bit_rate = frame_time(fps), BITS_PER_PIXEL_S * size_px[0] * size_px[1]
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "g": "10", "lag-in-frames": "0"}
    packets = []
    for index in range(CLIP_FRAMES):
        pixels = cv2.resize(drawn_face(30 * np.sin(2 * np.pi * index / CLIP_FRAMES)), size_px).astype(np.uint8)
        packets += encoder.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24"))
    return [bytes(packet) for packet in packets + encoder.encode(None)]


class ClipTrack(MediaStreamTrack):
    """Sends the encoded clip for ever at ``fps``, starting with a key frame."""

    kind = "video"

    def __init__(self, clip: list[bytes], fps: float):
        super().__init__()
        self.clip, self.fps, self.sent, self.started_at = clip, fps, 0, 0.0

    async def recv(self) -> av.Packet:
        self.started_at = self.started_at or time.monotonic()
        await asyncio.sleep(max(0.0, self.started_at + self.sent / self.fps - time.monotonic()))
        packet = av.Packet(self.clip[self.sent % len(self.clip)])
        packet.pts, packet.time_base = self.sent, frame_time(self.fps)
        self.sent += 1
        return packet


async def send_garbage(connection: RTCPeerConnection) -> None:
    """RTP packets of random bytes between the student's own, properly encrypted, so that they reach the decoder."""
    [sender] = connection.getSenders()
    number = 0
    while True:
        await asyncio.sleep(1 / GARBAGE_PER_S)
        number += 1
        packet = RtpPacket(
            payload_type=97,
            sequence_number=number % 2**16,
            timestamp=number,
            marker=number % 2,
            ssrc=sender._ssrc,
            payload=os.urandom(200),
        )
        try:
            await sender.transport._send_rtp(packet.serialize())
        except ConnectionError:  # not connected yet
            continue


async def send(students: int, fps: float, garbage: bool, size_px: tuple[int, int]) -> None:
    clip, connections, loop = encoded_clip(fps, size_px), [], asyncio.get_running_loop()
    clip = [os.urandom(len(packet)) for packet in clip] if garbage else clip
    noise = []
    for _ in range(students):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        connection.addTrack(ClipTrack(clip, fps))
        await connection.setLocalDescription(await connection.createOffer())
        print(json.dumps(connection.localDescription.sdp), flush=True)
        answer = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        if garbage:
            noise.append(asyncio.create_task(send_garbage(connection)))
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(time.process_time()), flush=True)
    for task in noise:
        task.cancel()
    await asyncio.gather(*(connection.close() for connection in connections))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, required=True)
    parser.add_argument("--fps", type=float, required=True)
    parser.add_argument("--size", type=int, nargs=2, default=FRAME_PX, metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--garbage", action="store_true", help="send random bytes instead of video")
    args = parser.parse_args()
    asyncio.run(send(args.students, args.fps, args.garbage, tuple(args.size)))


if __name__ == "__main__":
    main()
