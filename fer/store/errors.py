"""What goes wrong with the database, in a sentence that names the place and the reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, TimeoutError

_REASONS = {
    "SQLITE_BUSY": "it is locked by another program",
    "SQLITE_CANTOPEN": "no file can be opened or created there",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk reported an error (it may be full)",
    "SQLITE_NOTADB": "the file is not a database",
    "SQLITE_READONLY": "it is not writable",
}


class StoreError(Exception):
    """The database cannot be opened, read or written; the message names the place and the reason."""


@contextmanager
def told_as_store_error(place: str) -> Iterator[None]:
    """What the database refuses comes out as a ``StoreError``."""
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        raise StoreError(f"The lesson database {place} cannot be used: {_reason(error)}.") from error


def _reason(error: DBAPIError | TimeoutError) -> str:
    cause = getattr(error, "orig", None) or error
    kind = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])  # SQLITE_BUSY_SNAPSHOT is SQLITE_BUSY
    return _REASONS.get(kind, str(cause).strip().partition("\n")[0].rstrip("."))
