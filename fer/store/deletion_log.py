"""What was deleted, kept beside the database: a restored backup has it again, and it must go again.

A line holds no name and no number that comes back: of a lesson its join code, of a student and an API key the hash of
their random token, of a person who was named in pictures, of a face and of a kept picture when they were added.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from fer.store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deleted:
    what: str  # lesson, student, key, person, face or picture
    mark: str
    at: float  # Unix seconds


def mark_of(row_id: int, added_at: float) -> str:
    """Of what has no random token: an id comes again after a backup was put back, a time not."""
    return f"{row_id} of {added_at!r}"


def line_of(deleted: Deleted) -> str:
    return json.dumps(asdict(deleted)) + "\n"


class DeletionLog:
    """Several processes may write to one; a lock beside it keeps a line from going into a file that is being replaced."""

    def __init__(self, path: Path):
        self.path = path

    def _locked(self) -> FileLock:
        return FileLock(f"{self.path}.lock", mode=0o600)

    def note(self, what: str, mark: str, now: float) -> None:
        """Before it is deleted, so that nothing is deleted and not noted; raises ``StoreError``."""
        line = line_of(Deleted(what, mark, round(now)))
        try:
            with self._locked():
                file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
                try:
                    os.write(file, line.encode())
                    os.fsync(file)
                finally:
                    os.close(file)
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be written ({error.strerror}), so nothing was deleted: a restored backup would "
                "bring it back."
            ) from error

    def __iter__(self) -> Iterator[Deleted]:
        """Everything that was noted; a line that a crash cut off is left out."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield Deleted(**json.loads(line))
            except (ValueError, TypeError):
                log.warning("A line of %s cannot be read and is left out.", self.path)

    def forget(self, before: float) -> None:
        """Drops what was deleted before: no backup is so old."""
        with self._locked():
            noted = list(self)
            kept = [one for one in noted if one.at >= before]
            if len(kept) == len(noted):
                return
            new = self.path.with_name(f"{self.path.name}.new")
            new.write_text("".join(map(line_of, kept)), "utf-8")
            new.chmod(0o600)
            os.replace(new, self.path)
