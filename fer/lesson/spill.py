"""What still waits to be written when the server stops: kept in a file, which the next start reads.

The usual reason is a full disk, so the room for it is taken while there is some: a file is made at the start, filled in place
at the end, and gets another name then. Of a class-only lesson nothing about single students is ever in it.
"""

import errno
import gzip
import json
import logging
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from fer.records import Coverage, Observation, Status, Step
from fer.store.errors import StoreError

ROOM_BYTES = 12 * 2**20  # 200,000 observations of 60 students took 8.4 MiB

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """``codes``: the join code of each lesson, by which the next start knows it again; ids begin anew in another database."""

    observations: list[Observation]
    steps: list[Step]
    coverage: list[Coverage]
    codes: dict[int, str]

    def of(self, lessons: set[int]) -> "Unwritten":
        return Unwritten(
            [one for one in self.observations if one.lesson_id in lessons],
            [one for one in self.steps if one.lesson_id in lessons],
            [one for one in self.coverage if one.lesson_id in lessons],
            {lesson_id: code for lesson_id, code in self.codes.items() if lesson_id in lessons},
        )


class Spill:
    """One server's file; servers that share a folder differ in their port."""

    def __init__(self, folder: Path, port: int):
        self.kept = folder / f"unwritten-{port}.json.gz"
        self._room = folder / f"unwritten-{port}.room"

    def reserve(self) -> None:
        """Takes the room, unless it is taken or there is none."""
        try:
            if not self._room.exists() or self._room.stat().st_size < ROOM_BYTES:
                with self._open_room() as file:
                    file.write(bytes(ROOM_BYTES))
        except OSError as error:
            self._room.unlink(missing_ok=True)
            log.warning("There is no room for what may have to wait when the server stops: %s.", error.strerror)

    def keep(self, unwritten: Unwritten) -> None:
        """Raises ``OSError`` where it cannot; of more than there is room for, the newer half is kept, or half of that."""
        self.kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            try:
                with self._open_room() as file:
                    file.write(gzip.compress(_lines(unwritten).encode(), compresslevel=1))
                    file.truncate()
                    file.flush()
                    os.fsync(file.fileno())
                break
            except OSError as error:
                if error.errno != errno.ENOSPC or not unwritten.observations:
                    raise
                half = (len(unwritten.observations) + 1) // 2
                log.error("There is no room for all that waits: %d observations are lost.", half)
                unwritten = replace(unwritten, observations=unwritten.observations[half:])
        self._room.replace(self.kept)
        log.warning(
            "%d observations could not be saved. They wait in %s for the next start.",
            len(unwritten.observations),
            self.kept,
        )

    def read(self) -> Unwritten | None:
        """What the last server kept; None when it wrote all there was, or the file is damaged, which is logged."""
        try:
            codes, *lines = gzip.decompress(self.kept.read_bytes()).decode().splitlines()
            unwritten = Unwritten([], [], [], {int(lesson): code for lesson, code in json.loads(codes).items()})
            for line in lines:
                kind, *values = json.loads(line)
                getattr(unwritten, kind).append(_MAKE[kind](*values))
            return unwritten
        except FileNotFoundError:
            return None
        except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, TypeError, KeyError, AttributeError) as error:
            log.error("%s is damaged, so what waited in it is lost: %s", self.kept, error)
            return None
        except OSError as error:
            raise StoreError(
                f"What waits to be saved since the last run cannot be read from {self.kept}: {error.strerror}."
            ) from error

    def forget(self) -> None:
        """To be called when it is written: deletions that come later do not reach this file."""
        self.kept.unlink(missing_ok=True)

    def _open_room(self) -> Any:
        # Opened so, the room stays as large as it is.
        return os.fdopen(os.open(self._room, os.O_WRONLY | os.O_CREAT, 0o600), "wb")


def _lines(unwritten: Unwritten) -> str:
    rows: list[list[Any]] = [["observations", *_values(one)] for one in unwritten.observations]
    for kind, some in (("steps", unwritten.steps), ("coverage", unwritten.coverage)):
        rows += [[kind, *(getattr(one, field.name) for field in fields(one))] for one in some]
    return "\n".join(json.dumps(row) for row in (unwritten.codes, *rows))


def _values(o: Observation) -> list[Any]:
    """Its numbers as they are stored."""
    box = o.box_xyxy and [round(float(edge), 1) for edge in o.box_xyxy]
    probabilities = o.probabilities and [round(float(p), 4) for p in o.probabilities]
    seen = [o.face, box, probabilities, o.label, o.unsure_because, o.role]
    return [o.lesson_id, o.student_id, o.observed_at, o.status.value, *seen]


def _observation(lesson_id: int, student_id: int, observed_at: float, status: str, *rest: Any) -> Observation:
    face, box, probabilities, *said = rest  # an older version said no more than the label
    box, probabilities = box and tuple(box), probabilities and tuple(probabilities)
    return Observation(lesson_id, student_id, observed_at, Status(status), face, box, probabilities, *said)


_MAKE: dict[str, Callable[..., Any]] = {"observations": _observation, "steps": Step, "coverage": Coverage}
