"""Look at a video: every so many seconds the faces of one picture, each with a number that stays with the face.

Times are those of the pictures themselves, so variable frame rates need nothing special. Sound is not read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from fer.records import Reading
from fer.vision.analyze import MOST_PIXELS, Namer, PictureError, named, read, search
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector
from fer.vision.tracks import FaceNumbers
from fer.vision.turns import Upright, turned

SUFFIXES = {".mp4", ".m4v", ".mov", ".webm", ".mkv"}
MOST_SECONDS = 4 * 3600.0
SEARCHED_PX = 1280  # longest side at which faces are sought; what a larger one costs: docs/measurements.md
ASKED_EVERY = 8  # looks: of those that show no face, one in so many is turned to seek one
MISSING_S = 2.0  # a video whose pictures end so much before it says it does was cut off
_QUICKTIME = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


@dataclass(frozen=True, slots=True)
class Video:
    """An open video; ``seconds`` is how long it says it is, and ``ends_s`` when its pictures end; 0 where it does not
    say."""

    name: str
    seconds: float
    ends_s: float
    container: av.container.InputContainer
    most_seconds: float


@dataclass(frozen=True, slots=True)
class VideoLook:
    """One picture uint8 BGR (h, w, 3), turned as the container says, its faces, the largest first, and the number of each."""

    frame: int  # of the video, from 0
    time_s: float
    frame_bgr: np.ndarray
    readings: list[Reading]
    numbers: list[int]


@contextmanager
def open_video(source: Path | BinaryIO, name: str, most_seconds: float = MOST_SECONDS) -> Iterator[Video]:
    """MP4, MOV, WebM or MKV; ``name`` is what an error calls it. Raises ``PictureError``."""
    try:
        # Only these formats: FFmpeg knows others that name further files or addresses to read.
        with _opened(source) as file, av.open(file, "r", format=_format(file, name)) as container:
            if not container.streams.video:
                raise PictureError(f"{name}: this video has no picture")
            stream = container.streams.video[0]
            if stream.width * stream.height > MOST_PIXELS:
                raise PictureError(
                    f"{name}: a picture has at most {MOST_PIXELS:,} pixels. Received: {stream.width} x {stream.height}"
                )
            stream.thread_type = "AUTO"
            of_pictures = float((stream.duration or 0) * (stream.time_base or 0))
            seconds = of_pictures or (container.duration or 0) / av.time_base
            if seconds > most_seconds:
                raise PictureError(f"{name}: a video has at most {most_seconds:.0f} s. Received: {seconds:.0f} s")
            ends_s = of_pictures if container.streams.audio else seconds  # sound may go on for longer
            yield Video(name, seconds, ends_s, container, most_seconds)
    except av.FFmpegError as error:
        raise PictureError(f"{name}: the video is damaged or cut off ({error.strerror})") from None
    except OSError as error:
        raise PictureError(f"{name}: the video cannot be read ({error.strerror or error})") from None


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source


def _format(file: BinaryIO, name: str) -> str:
    """What FFmpeg calls the format that the first bytes show."""
    start = file.read(12)
    file.seek(0)
    if not start:
        raise PictureError(f"{name}: the file is empty")
    if start[4:8] in _QUICKTIME:
        return "mov"
    if start.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    raise PictureError(f"{name}: this is no MP4, MOV, WebM or MKV video")


def pictures(video: Video, every_s: float) -> Iterator[tuple[int, float, np.ndarray]]:
    """Number, time and picture of the first frame from each ``every_s`` seconds on, turned as the container says."""
    due_s = Fraction(0)
    for number, time_s, frame in _frames(video):
        if time_s + 1e-6 >= due_s:
            due_s = Fraction(every_s) * (int(time_s / every_s + 1e-6) + 1)
            yield number, time_s, _upright(frame)


def pictures_at(video: Video, times_s: set[float]) -> Iterator[tuple[float, np.ndarray]]:
    """Time and picture of the frames that are shown at these times."""
    for _, time_s, frame in _frames(video):
        if time_s in times_s:
            yield time_s, _upright(frame)


def _upright(frame: av.VideoFrame) -> np.ndarray:
    return turned(frame.to_ndarray(format="bgr24"), frame.rotation // 90 % 4)


def _frames(video: Video) -> Iterator[tuple[int, float, av.VideoFrame]]:
    """Number, time and frame of all that are shown. Raises ``PictureError``, perhaps after some."""
    time_s, first_s = 0.0, None
    for number, frame in enumerate(video.container.decode(video=0)):
        if frame.time is None:
            continue
        first_s = frame.time if first_s is None else first_s
        time_s = frame.time - first_s
        if time_s > video.most_seconds:
            raise PictureError(f"{video.name}: a video has at most {video.most_seconds:.0f} s. Received: more")
        yield number, time_s, frame
    if first_s is None:
        raise PictureError(f"{video.name}: this video has no picture")
    if time_s < video.ends_s - MISSING_S:
        raise PictureError(f"{video.name}: the video is cut off after {time_s:.1f} of {video.ends_s:.1f} s")


def read_video(
    video: Video,
    every_s: float,
    detector: Detector,
    classifier: Classifier,
    unsure_below: float,
    namer: Namer | None = None,
) -> Iterator[VideoLook]:
    """Looks at one picture every ``every_s`` seconds. Raises ``PictureError``, perhaps after some looks.

    A video may have lost its rotation: it is believed to be the way up that its last faces showed."""
    numbers, upright = FaceNumbers(), Upright()
    for look, (number, time_s, frame_bgr) in enumerate(pictures(video, every_s)):
        faces, upright = search(frame_bgr, detector, upright, look % ASKED_EVERY == 0, SEARCHED_PX)
        readings = read(frame_bgr, faces, upright, detector, classifier, unsure_below)
        readings = named(readings, frame_bgr, faces, upright, namer)
        yield VideoLook(number, time_s, frame_bgr, readings, numbers.of([one.box_xyxy for one in readings], time_s))
