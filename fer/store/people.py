"""People who may be named in pictures, and the vectors of their faces. Nobody is stored without their consent: a face
belongs to a consent (a foreign key of the database), and a consent says who agreed to which words."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func

from fer.languages import _
from fer.names import look, one_line
from fer.privacy import law
from fer.store.database import Database
from fer.store.deletion_log import mark_of
from fer.store.erase import count_deletion
from fer.store.schema import CONSENTS, FACES, PEOPLE

LONGEST_NAME = 60
PHOTO, CAMERA, CONFIRMED, IMPORTED = "photo", "camera", "confirmed", "imported"
SOURCES = (PHOTO, CAMERA, CONFIRMED, IMPORTED)  # confirmed: in a picture, by somebody who looked at it


class NoConsent(ValueError):
    """What would be stored is not agreed to; the message says what is missing."""


class NameTaken(ValueError):
    """Another person has this name, or one that looks like it."""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """Who agreed (the person, or who has custody of them), when, to which words, and for what: one of
    ``law.IDENTITY_USES``. ``learns_more``: also to learn from pictures in which they were named; ``keeps_thumbnails``:
    also to small pictures of their face."""

    agreed_by: str
    agreed_at: float
    language: str
    words: str
    country: str
    purpose: str
    learns_more: bool = False
    keeps_thumbnails: bool = False

    def __post_init__(self) -> None:
        if not self.agreed_by.strip() or not self.words.strip():
            raise NoConsent("A consent says who agreed, and to which words. Received: one that lacks it")
        law.check_identity(self.country, self.purpose)

    @property
    def version(self) -> str:
        """Of the words."""
        return sha256(self.words.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class FaceVector:
    """A face as it is stored: a vector float32 (d,), of which version the vectors are, and whence it came, one of
    ``SOURCES``. ``thumbnail``: a JPEG, where that was agreed to. ``id`` is 0 until it is stored."""

    vector: np.ndarray
    version: str
    came_from: str = PHOTO
    thumbnail: bytes | None = None
    id: int = 0
    person_id: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be named. ``faces``: how many are stored, by the version of their vectors."""

    id: int
    name: str
    added_at: float
    consent: ConsentRecord
    faces: dict[str, int]


_AGREED = [CONSENTS.c[name] for name in ConsentRecord.__slots__]


class StoredPeople(Database):
    def people(self) -> list[Person]:
        """All of them, by name."""
        counts: dict[int, dict[str, int]] = {}
        query = sa.select(FACES.c.person_id, FACES.c.version, func.count()).group_by(FACES.c.person_id, FACES.c.version)
        for person_id, version, n in self.rows(query):
            counts.setdefault(person_id, {})[version] = n
        found = self.rows(sa.select(*PEOPLE.c["id", "name", "added_at"], *_AGREED).join(CONSENTS))
        people = [Person(one[0], one[1], one[2], ConsentRecord(*one[3:]), counts.get(one[0], {})) for one in found]
        return sorted(people, key=lambda person: person.name.casefold())

    def people_names(self) -> dict[int, str]:
        return {row.id: row.name for row in self.rows(sa.select(PEOPLE.c.id, PEOPLE.c.name))}

    def person_named(self, name: str) -> Person:
        """Raises ValueError where nobody is called so."""
        for person in self.people():
            if look(person.name) == look(name):
                return person
        raise ValueError(f"Nobody is enrolled under this name. Received: {name!r}")

    def free_name(self, name: str) -> str:
        """The name as it would be stored. Raises ``NameTaken``, and ValueError for what is no name."""
        name = _a_name(name)
        if look(name) in map(look, self.people_names().values()):
            raise _taken(name)
        return name

    def add_person(self, name: str, consent: ConsentRecord, faces: list[FaceVector], now: float) -> int:
        """Their id. Raises ``NoConsent``, ``NameTaken``, and ValueError for what is no name."""
        if not isinstance(consent, ConsentRecord):
            raise NoConsent(f"Nobody is enrolled without a record of their consent. Received: {consent!r}")
        name = _a_name(name)
        new = self._insert(PEOPLE).values(name=name, look=look(name), added_at=now).on_conflict_do_nothing()
        with self.transaction() as connection:
            person_id = connection.scalar(new.returning(PEOPLE.c.id))
            if person_id is None:
                raise _taken(name)
            agreed = {column: getattr(consent, column) for column in ConsentRecord.__slots__}
            connection.execute(CONSENTS.insert().values(person_id=person_id, **agreed))
            _add(connection, person_id, faces, now)
        return person_id

    def add_faces(self, person_id: int, faces: list[FaceVector], now: float) -> None:
        """Raises ``NoConsent`` where the person has not agreed to that, or is not there any more."""
        with self.transaction() as connection:
            _add(connection, person_id, faces, now)

    def faces(self, *versions: str) -> list[FaceVector]:
        """Those whose vectors have one of these versions, without their thumbnails, the oldest first."""
        query = sa.select(*FACES.c["vector", "version", "came_from", "id", "person_id"])
        return [
            FaceVector(np.frombuffer(vector, "<f4"), version, came_from, None, face_id, person_id)
            for vector, version, came_from, face_id, person_id in self.rows(
                query.where(FACES.c.version.in_(versions)).order_by(FACES.c.id)
            )
        ]

    def faces_of(self, person_id: int) -> list[FaceVector]:
        """All of a person, with their thumbnails, the oldest first."""
        query = sa.select(*FACES.c["vector", "version", "came_from", "thumbnail", "id", "person_id"])
        found = self.rows(query.where(FACES.c.person_id == person_id).order_by(FACES.c.id))
        return [FaceVector(np.frombuffer(vector, "<f4"), *rest) for vector, *rest in found]

    def faces_state(self, version: str) -> str:
        """Another text after each face that was added or deleted: ids never come again."""
        [(n, last)] = self.rows(sa.select(func.count(), func.max(FACES.c.id)).where(FACES.c.version == version))
        return f"{version}, {n} to {last or 0}"

    def rename_person(self, person_id: int, name: str) -> None:
        """Raises ``NameTaken``, and ValueError for what is no name."""
        name = _a_name(name)
        with self.transaction() as connection:
            others = sa.select(PEOPLE.c.id).where(PEOPLE.c.look == look(name), PEOPLE.c.id != person_id)
            if connection.scalar(others) is not None:
                raise _taken(name)
            connection.execute(PEOPLE.update().where(PEOPLE.c.id == person_id).values(name=name, look=look(name)))
            count_deletion(connection)  # of the name before
        self.erase()

    def delete_faces(self, person_id: int, face_ids: list[int]) -> None:
        mine = sa.and_(FACES.c.person_id == person_id, FACES.c.id.in_(face_ids))
        for face_id, added_at in self.rows(sa.select(FACES.c.id, FACES.c.added_at).where(mine)):
            self.note_deletion("face", mark_of(face_id, added_at))
        with self.transaction() as connection:
            connection.execute(FACES.delete().where(mine))
            count_deletion(connection)
        self.erase()

    def delete_person(self, person_id: int) -> None:
        """Deletes every row of a person: faces, consent, name."""
        for _id, added_at in self.rows(sa.select(PEOPLE.c.id, PEOPLE.c.added_at).where(PEOPLE.c.id == person_id)):
            self.note_deletion("person", mark_of(person_id, added_at))
        with self.transaction() as connection:
            for table, mine in ((FACES, FACES.c.person_id), (CONSENTS, CONSENTS.c.person_id), (PEOPLE, PEOPLE.c.id)):
                connection.execute(table.delete().where(mine == person_id))
            count_deletion(connection)
        self.erase()

    def delete_again(self, what: str, mark: str) -> bool:
        """Deletes the person or the face that was noted by this mark; False where there is none."""
        table = PEOPLE if what == "person" else FACES
        for row in self.rows(sa.select(table.c.id, table.c.added_at)):
            if mark_of(*row) == mark:
                if what == "person":
                    self.delete_person(row.id)
                else:
                    [(owner,)] = self.rows(sa.select(FACES.c.person_id).where(FACES.c.id == row.id))
                    self.delete_faces(owner, [row.id])
                return True
        return False


def _add(connection: sa.Connection, person_id: int, faces: list[FaceVector], now: float) -> None:
    agreed = connection.execute(sa.select(*_AGREED).where(CONSENTS.c.person_id == person_id)).first()
    if agreed is None:
        raise NoConsent("A face is stored only with a consent of the person. Received: one of nobody who agreed")
    consent = ConsentRecord(*agreed)
    if not consent.learns_more and any(face.came_from == CONFIRMED for face in faces):
        raise NoConsent("This person has not agreed that pictures in which they are named are learnt from.")
    if not consent.keeps_thumbnails and any(face.thumbnail is not None for face in faces):
        raise NoConsent("This person has not agreed that pictures of their face are kept.")
    rows = [
        {
            "person_id": person_id,
            "version": face.version,
            "vector": face.vector.astype("<f4").tobytes(),
            "came_from": face.came_from,
            "thumbnail": face.thumbnail,
            "added_at": now,
        }
        for face in faces
    ]
    if rows:
        connection.execute(FACES.insert(), rows)


def _a_name(name: str) -> str:
    return one_line(name, LONGEST_NAME, _("A name"))


def _taken(name: str) -> NameTaken:
    return NameTaken(
        _("There is a person called {name} already, or one whose name looks like it. Choose another name.").format(
            name=repr(name)
        )
    )
