"""The people who may be named as a CSV, to keep or to bring to another server: a row for each face, with the person's
consent in each. A person without a face has one row. Small pictures are left out."""

import base64
import binascii
import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

import numpy as np

from fer.insight.csv_exports import safe_cell
from fer.names import look
from fer.store.people import IMPORTED, ConsentRecord, FaceVector
from fer.store.store import Store

AGREED = ("agreed_by", "agreed_at", "language", "country", "purpose", "learns_more", "keeps_thumbnails", "words")
COLUMNS = ("name", *AGREED, "vectors", "vector")
YES, NO = "yes", "no"
LONGEST_VECTOR = 10_000  # numbers


class RosterError(ValueError):
    """A roster that cannot be read; the message names the line and what is wrong."""


def export_roster(store: Store, file: TextIO) -> int:
    """How many people were written."""
    table = csv.DictWriter(file, COLUMNS)
    table.writeheader()
    people = store.people()
    for person in people:
        consent = person.consent
        row: dict[str, Any] = {"name": safe_cell(person.name)}
        row |= {column: getattr(consent, column) for column in AGREED}
        row["agreed_by"] = safe_cell(consent.agreed_by)
        row["agreed_at"] = datetime.fromtimestamp(consent.agreed_at, UTC).isoformat()
        row |= {column: YES if row[column] else NO for column in ("learns_more", "keeps_thumbnails")}
        faces = store.faces_of(person.id)
        for face in faces:
            table.writerow(row | {"vectors": face.version, "vector": base64.b64encode(face.vector.tobytes()).decode()})
        if not faces:
            table.writerow(row)
    return len(people)


def read_roster(file: Iterable[str]) -> list[tuple[str, ConsentRecord, list[FaceVector]]]:
    """(name, consent, faces) of each person. Raises ``RosterError``."""
    people: dict[str, tuple[str, ConsentRecord, list[FaceVector]]] = {}
    for line, row in _rows(file):
        try:
            row |= {column: _as_it_was(row[column]) for column in ("name", "agreed_by")}
            consent = _consent(row)
            name, known, faces = people.setdefault(look(row["name"]), (row["name"], consent, []))
            if known != consent:
                raise ValueError(f"{name} has two different consents")
            if row["vector"]:
                faces.append(_face(row))
        except (ValueError, binascii.Error) as error:
            raise RosterError(f"Line {line} of the roster cannot be used: {error}") from error
    return list(people.values())


def import_roster(store: Store, file: Iterable[str], now: float) -> tuple[int, list[str]]:
    """How many people were added, and a sentence for each that was not. Raises ``RosterError`` before anybody is."""
    added, problems = 0, []
    for name, consent, faces in read_roster(file):
        try:
            store.add_person(name, consent, faces, now)
            added += 1
        except ValueError as error:
            problems.append(str(error))
    return added, problems


def _rows(file: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    table = csv.DictReader(file)
    try:
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise RosterError(
                f"A roster has the columns {', '.join(COLUMNS)}. Received: one without {', '.join(missing)}"
            )
        for row in table:
            if None in row.values():
                raise RosterError(f"Line {table.line_num} of the roster ends early")
            yield table.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise RosterError(f"This is no CSV file in UTF-8 ({error})") from error


def _consent(row: dict[str, str]) -> ConsentRecord:
    at = datetime.fromisoformat(row["agreed_at"])
    more, keeps = (_yes_or_no(row[column]) for column in ("learns_more", "keeps_thumbnails"))
    return ConsentRecord(
        agreed_by=row["agreed_by"],
        agreed_at=at.replace(tzinfo=at.tzinfo or UTC).timestamp(),
        language=row["language"],
        words=row["words"],
        country=row["country"],
        purpose=row["purpose"],
        learns_more=more,
        keeps_thumbnails=keeps,
    )


def _as_it_was(text: str) -> str:
    """Without the ' that keeps a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def _yes_or_no(text: str) -> bool:
    if text not in (YES, NO):
        raise ValueError(f"it must be {YES} or {NO}. Received: {text[:20]!r}")
    return text == YES


def _face(row: dict[str, str]) -> FaceVector:
    content = base64.b64decode(row["vector"], validate=True)
    if len(content) % 4 or not 4 <= len(content) <= 4 * LONGEST_VECTOR:
        raise ValueError("its vector is cut off")
    vector = np.frombuffer(content, "<f4")
    if not np.isfinite(vector).all() or not 0.99 < float(np.linalg.norm(vector)) < 1.01:
        raise ValueError("its vector is no vector of a face")
    return FaceVector(vector, row["vectors"], IMPORTED)
