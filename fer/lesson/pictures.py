"""Pictures and videos that a teacher drops on a page: looked at in a thread, one file after the other, and in memory only.

A ``Work`` belongs to the page that holds it. When the page is gone, so is everything of it that was not kept
(``fer.lesson.kept_pictures``).
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from weakref import WeakValueDictionary

from fer.languages import _, current, reading
from fer.lesson.reader import PICTURE_BYTES, Reader, UnknownModel, stand_back
from fer.privacy import law
from fer.records import Reading
from fer.vision import video
from fer.vision.analyze import PictureError, decode
from fer.vision.analyze_files import Eye, Seen, looks
from fer.vision.annotate import annotated, as_jpeg, small
from fer.vision.face_tables import Row, fer_rows
from fer.vision.known_people import KnownPeople, SeenFace

MOST_SECONDS = 600.0  # of a video
SHOWN_PX, FRAME_PX = 1280, 640  # longer side of what is shown of a picture, and of each look at a video
LEFT_S = 150.0  # a page in a hidden window asks once a minute

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it came. ``id`` tells two of one name apart."""

    id: str
    name: str
    content: bytes = field(repr=False)

    @property
    def is_video(self) -> bool:
        return Path(self.name).suffix.lower() in video.SUFFIXES


@dataclass(frozen=True, slots=True)
class Look:
    """One picture, or one moment of a video: its faces with their numbers, and a small copy (JPEG) with them marked."""

    shown: bytes = field(repr=False)
    readings: list[Reading]
    numbers: list[int] | None = None
    time_s: float | None = None


@dataclass(slots=True)
class Result:
    """What was seen in a file; ``error`` says why it was not looked at to its end. ``faces``: those of a picture, once it was
    asked who they are. ``kept_at``: when it was kept, Unix seconds."""

    given: Given
    model: str = ""
    version: str = ""
    width: int = 0
    height: int = 0
    looks: list[Look] = field(default_factory=list)
    error: str = ""
    faces: list[SeenFace] | None = field(default=None, repr=False)
    kept_at: float | None = None

    def rows(self) -> list[Row]:
        """The rows that the command analyze writes."""
        model = f"{self.model} {self.version}"
        return [
            row
            for look in self.looks
            for row in fer_rows(self.given.name, look.readings, model, look.time_s, look.numbers)
        ]


@dataclass(eq=False)
class Work:
    """Files of one page. ``token`` is part of the addresses of its pictures and tables; ``owner_id``: of the teacher whose
    they are."""

    given: list[Given]
    country: str
    purpose: str
    model: str | None = None
    every_s: float = 0.5
    results: list[Result] = field(default_factory=list)
    share: float = 0.0  # of the bytes
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    asked_at: float = field(default_factory=time.monotonic)
    is_cancelled: bool = False
    owner_id: int | None = None
    language: str = field(default_factory=current)  # of the page
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        return not self.ended.is_set()

    @property
    def now(self) -> str:
        """The name of the file that is looked at."""
        return self.results[-1].given.name if self.results else ""

    def rows(self) -> list[Row]:
        return [row for result in self.results for row in result.rows()]

    def done(self) -> dict[str, Result]:
        """What was looked at to its end, by the id of the file."""
        over = self.results[:-1] if self.is_running else self.results
        return {one.given.id: one for one in over if not one.error}

    def ask(self) -> None:
        """Says that the page is still there."""
        self.asked_at = time.monotonic()

    def cancel(self) -> None:
        """What is done stays."""
        self.is_cancelled = True


class Pictures:
    """``find`` is for the addresses; a page holds its own work. Without a ``reader`` nothing new is looked at, and what was
    kept can be opened."""

    def __init__(self, reader: Reader | None):
        self.reader = reader
        self._works: WeakValueDictionary[str, Work] = WeakValueDictionary()

    def start(
        self,
        given: list[Given],
        country: str,
        purpose: str,
        model: str | None = None,
        every_s: float = 0.5,
        before: Work | None = None,
        owner_id: int | None = None,
    ) -> Work:
        """Looks at the files; those that ``before`` has looked at in the same way are taken from it.

        Raises ValueError, also as ``law.Forbidden``, where the law does not allow it here."""
        law.check_use(country, purpose)
        if self.reader is None:
            raise ValueError("This server computes no expressions (FER_EXPRESSIONS=off), so it reads no pictures.")
        work = self._made(Work(given, country, purpose, model, every_s, owner_id=owner_id))
        done = before.done() if before and (before.model, before.every_s) == (model, every_s) else {}
        threading.Thread(target=self._run, args=(work, done, self.reader), name="page's pictures", daemon=True).start()
        return work

    def opened(self, result: Result, country: str, purpose: str, owner_id: int | None) -> Work:
        """What was looked at before, as work that is done."""
        work = self._made(Work([result.given], country, purpose, results=[result], share=1.0, owner_id=owner_id))
        work.ended.set()
        return work

    def find(self, token: str) -> Work | None:
        return self._works.get(token)

    def _made(self, work: Work) -> Work:
        self._works[work.token] = work
        return work

    def _run(self, work: Work, done: dict[str, Result], reader: Reader) -> None:
        stand_back()
        with reading(work.language):
            self._look_at_all(work, done, reader)

    def _look_at_all(self, work: Work, done: dict[str, Result], reader: Reader) -> None:
        total, before = max(1, sum(len(one.content) for one in work.given)), 0
        try:
            for given in work.given:
                if given.id in done:
                    work.results.append(done[given.id])
                else:
                    work.results.append(Result(given))
                    self._look(work, work.results[-1], reader, before / total, len(given.content) / total)
                if work.is_cancelled:
                    return
                before += len(given.content)
                work.share = before / total
        finally:
            work.ended.set()

    def _look(self, work: Work, result: Result, reader: Reader, share: float, part: float) -> None:
        """``part``: of the work, of which ``share`` is done before."""
        given = result.given
        try:
            if not given.is_video and len(given.content) > PICTURE_BYTES:
                raise PictureError(
                    _("{name}: a picture has at most {most} MB").format(name=given.name, most=PICTURE_BYTES // 10**6)
                )
            card, classifier = reader.model(work.model)
            result.model, result.version = card.name, card.version
            eye = Eye(reader.detector, classifier, reader.settings.unsure_below, card, reader.namer)
            seen = looks(BytesIO(given.content), given.name, eye, work.every_s, MOST_SECONDS)
            while (one := self._next(seen, reader)) is not None:
                result.looks.append(look_of(one))
                result.height, result.width = one.picture_bgr.shape[:2]
                work.share = share + part * one.share_done
                if one.share_done < 1 and self._is_left(work):
                    result.error = _("{name}: cancelled, so only what was seen until then is here").format(
                        name=given.name
                    )
                    return
        except (PictureError, UnknownModel) as error:
            result.error = str(error)
        except Exception:  # the last net: the next file is looked at
            log.exception("A file on the page Pictures could not be looked at")
            result.error = f"{given.name}: the server failed. Its log says why."

    def _next(self, seen: Iterator[Seen], reader: Reader) -> Seen | None:
        with reader.turn():
            return next(seen, None)

    def _is_left(self, work: Work) -> bool:
        if time.monotonic() - work.asked_at > LEFT_S:
            work.cancel()
        return work.is_cancelled


def look_of(seen: Seen) -> Look:
    copy, readings = small(seen.picture_bgr, seen.readings, SHOWN_PX if seen.time_s is None else FRAME_PX)
    shown = as_jpeg(annotated(copy, readings, seen.numbers))
    return Look(shown, seen.readings, seen.numbers, seen.time_s)


def marked(result: Result) -> bytes:
    """A picture in its full size with the faces marked, as JPEG."""
    picture = decode(BytesIO(result.given.content), result.given.name)
    return as_jpeg(annotated(picture, result.looks[0].readings))


def name_again(result: Result, people: KnownPeople) -> list[SeenFace]:
    """Who the faces of a picture are by what is learnt now; the result has those names from then on."""
    look = result.looks[0]
    if result.faces is None:
        picture = decode(BytesIO(result.given.content), result.given.name)
        result.faces = people.seen_at(picture, [one.box_xyxy for one in look.readings])
    names = people.who([one.vector for one in result.faces])
    result.faces = [replace(one, identity=name) for one, name in zip(result.faces, names, strict=True)]
    readings = [replace(one, identity=name) for one, name in zip(look.readings, names, strict=True)]
    result.looks[0] = replace(look, readings=readings)
    return result.faces
