"""Videos that are being looked at, one after the other. One for which nobody asks any more is cancelled and forgotten."""

import logging
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO

from fer.lesson.reader import Reader, stand_back
from fer.vision.analyze import PictureError
from fer.vision.cards import Card
from fer.vision.classifier import Classifier
from fer.vision.video import Video, VideoLook, open_video, read_video
from fer.web.api.problems import Problem
from fer.web.api.schemas import FaceOut, JobOut, Look, ModelName, Size, Status, VideoAnalysis, VideoFace, VideoIn

FORGOTTEN_S = 60.0  # after it was last asked for
MOST_JOBS = 8  # waiting or running: their videos are in memory
MOST_RESULTS = 64  # beyond, the oldest job is forgotten
MOST_SECONDS = 600.0

log = logging.getLogger(__name__)


@dataclass
class Job:
    """A video with the hash of the key that sent it, and whether it may be told who somebody is."""

    owner: str
    may_name: bool
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    asked_at: float = field(default_factory=time.monotonic)
    status: Status = "waiting"
    progress: float = 0.0
    error: str | None = None
    result: VideoAnalysis | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("waiting", "running")

    def told(self) -> JobOut:
        return JobOut(id=self.id, status=self.status, progress=self.progress, error=self.error, result=self.result)


class Jobs:
    """``forget`` has to be called now and then."""

    def __init__(self, reader: Reader):
        self.reader = reader
        self._thread = ThreadPoolExecutor(1, "videos", initializer=stand_back)
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def stop(self) -> None:
        with self._lock:
            self._jobs.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def add(self, owner: str, file: bytes, options: VideoIn, may_name: bool) -> Job:
        """Raises ``UnknownModel``, and ``Problem`` where too many wait."""
        card, classifier = self.reader.model(options.model)
        job = Job(owner, may_name)
        self.forget()
        with self._lock:
            if sum(one.is_open for one in self._jobs.values()) >= MOST_JOBS:
                raise Problem(503, f"The server has {MOST_JOBS} videos to look at. Try again.", {"Retry-After": "30"})
            if len(self._jobs) >= MOST_RESULTS:
                del self._jobs[next(one.id for one in self._jobs.values() if not one.is_open)]
            self._jobs[job.id] = job
        self._thread.submit(self._run, job, file, options, card, classifier)
        return job

    def get(self, owner: str, job_id: str) -> Job:
        """The job, which is kept for another while. Raises ``Problem`` where this owner has none of that id."""
        self.forget()
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.owner != owner:
                raise Problem(
                    404, f"There is no such job. A job is forgotten {FORGOTTEN_S:.0f} s after the last question."
                )
            job.asked_at = time.monotonic()
            return job

    def cancel(self, owner: str, job_id: str) -> Job:
        job = self.get(owner, job_id)
        with self._lock:
            self._jobs.pop(job_id, None)
            if job.is_open:
                job.status = "cancelled"
        return job

    def forget(self) -> None:
        """Drops what was not asked for; what runs notices."""
        with self._lock:
            since = time.monotonic() - FORGOTTEN_S
            self._jobs = {job.id: job for job in self._jobs.values() if job.asked_at > since}

    def _is_wanted(self, job: Job) -> bool:
        self.forget()
        with self._lock:
            return job.id in self._jobs

    def _run(self, job: Job, file: bytes, options: VideoIn, card: Card, classifier: Classifier) -> None:
        if not self._is_wanted(job):
            return
        job.status = "running"
        try:
            with open_video(BytesIO(file), "video", MOST_SECONDS) as video:
                size, looks = self._looks(job, video, options, classifier)
            job.result = VideoAnalysis(image=size, looks=looks, model=ModelName.of_card(card))
            job.status, job.progress = "done", 1.0
        except Unwanted:
            job.status = "cancelled"
        except PictureError as error:
            job.status, job.error = "failed", str(error)
        except Exception:  # the last net: the thread goes on with the next video
            log.exception("A video of the API could not be looked at")
            job.status, job.error = "failed", "The server failed. Its log says why."

    def _looks(self, job: Job, video: Video, options: VideoIn, classifier: Classifier) -> tuple[Size, list[Look]]:
        """The size of its pictures, and all that was seen. Raises ``PictureError`` and ``Unwanted``."""
        settings, size = self.reader.settings, Size(width=0, height=0)
        namer = self.reader.namer if job.may_name else None
        looks: list[Look] = []
        seen = read_video(video, options.every, self.reader.detector, classifier, settings.unsure_below, namer)
        while True:
            with self.reader.turn():
                one = next(seen, None)
            if one is None:
                return size, looks
            if not self._is_wanted(job):
                raise Unwanted
            size = Size(width=one.frame_bgr.shape[1], height=one.frame_bgr.shape[0])
            looks.append(Look(time_s=one.time_s, faces=faces_of(one, options)))
            job.progress = min(1.0, one.time_s / video.seconds) if video.seconds else 0.0


class Unwanted(Exception):
    """Nobody asks for this job any more."""


def faces_of(look: VideoLook, options: VideoIn) -> list[VideoFace]:
    return [
        VideoFace(face=number, **FaceOut.of(reading).model_dump())
        for number, reading in zip(look.numbers, look.readings, strict=True)
        if reading.score >= options.min_score
    ][: options.limit]
