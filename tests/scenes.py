"""Pictures and camera clips for the tests: a real face from a package, and FER-2013 faces where they are at hand."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage import data

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
YUNET = SHARED / "face_detection_yunet_2023mar.onnx"
FER2013 = SHARED / "fer2013.zip"
WIDTH, HEIGHT = 320, 240


def astronaut_bgr() -> np.ndarray:
    """uint8 BGR (240, 320, 3) with one face, about 100 px high."""
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    return cv2.resize(whole[0:240, 60:380], (WIDTH, HEIGHT))


def empty_room_bgr() -> np.ndarray:
    """uint8 BGR (240, 320, 3) without a face: a grey gradient."""
    ramp = np.linspace(70, 150, WIDTH, dtype=np.uint8)
    return np.repeat(np.tile(ramp, (HEIGHT, 1))[:, :, None], 3, axis=2)


def pasted_face_bgr(face: np.ndarray, side_px: int = 150) -> np.ndarray:
    """A grey (48, 48) face enlarged into an empty room, uint8 BGR (240, 320, 3)."""
    room = empty_room_bgr()
    large = cv2.cvtColor(cv2.resize(face, (side_px, side_px), interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)
    top, left = (HEIGHT - side_px) // 2, (WIDTH - side_px) // 2
    room[top : top + side_px, left : left + side_px] = large
    return room


def write_clip(path: Path, scene_bgr: np.ndarray, frames: int = 30) -> Path:
    """A clip for Chromium's fake camera (.mjpeg: JPEG files one after the other) in which the scene sways a little."""
    with path.open("wb") as clip:
        for index in range(frames):
            shift = np.float32([[1, 0, 4 * np.sin(2 * np.pi * index / frames)], [0, 1, 0]])
            moved = cv2.warpAffine(scene_bgr, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            clip.write(cv2.imencode(".jpg", moved, (cv2.IMWRITE_JPEG_QUALITY, 92))[1].tobytes())
    return path


def write_video(
    path: Path, frames_bgr: list[np.ndarray], fps: int = 10, times_s: list[float] | None = None, rotation: int = 0
) -> Path:
    """A video whose format its name says; ``times_s`` for a variable frame rate, ``rotation`` in degrees to the left."""
    milliseconds = Fraction(1, 1000)
    with av.open(str(path), "w") as video:
        stream = video.add_stream("libvpx" if path.suffix == ".webm" else "libx264", rate=fps)
        stream.height, stream.width = frames_bgr[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base, stream.time_base = "yuv420p", milliseconds, milliseconds
        if rotation:
            stream.set_display_rotation(rotation)
        for number, picture in enumerate(frames_bgr):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = round(1000 * (times_s[number] if times_s else number / fps))
            frame.time_base = milliseconds
            video.mux(stream.encode(frame))
        video.mux(stream.encode())
    return path
