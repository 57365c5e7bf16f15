"""Pictures and camera clips for the tests: a real face from a package, and FER-2013 faces where they are at hand."""

import zipfile
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


def fer2013_face(name: str) -> np.ndarray:
    """A face of FER-2013 by its name in the zip, such as "train/happy/fer0000007.webp": grey uint8 (48, 48)."""
    with zipfile.ZipFile(FER2013) as pictures:
        return cv2.imdecode(np.frombuffer(pictures.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)


def group_bgr(faces: list[np.ndarray], side_px: int = 220, size_wh: tuple[int, int] = (1280, 720)) -> np.ndarray:
    """Grey (48, 48) faces enlarged, side by side in rows in an empty room, uint8 BGR."""
    room = cv2.resize(empty_room_bgr(), size_wh)
    in_row = min(len(faces), size_wh[0] // (side_px + 20))
    rows = -(-len(faces) // in_row)
    for place, face in enumerate(faces):
        row, column = divmod(place, in_row)
        left, top = (2 * column + 1) * size_wh[0] // (2 * in_row), (2 * row + 1) * size_wh[1] // (2 * rows)
        left, top = left - side_px // 2, top - side_px // 2
        large = cv2.resize(face, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
        room[top : top + side_px, left : left + side_px] = cv2.cvtColor(large, cv2.COLOR_GRAY2BGR)
    return room


def write_scenes(path: Path, scenes_bgr: list[np.ndarray], frames_each: int) -> Path:
    """A clip for Chromium's fake camera that shows each scene for so many frames, and begins again."""
    with path.open("wb") as clip:
        for scene in scenes_bgr:
            encoded = cv2.imencode(".jpg", scene, (cv2.IMWRITE_JPEG_QUALITY, 92))[1].tobytes()
            for _ in range(frames_each):
                clip.write(encoded)
    return path
