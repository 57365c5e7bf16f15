"""Pictures and videos that a teacher chose to keep, and what models saw in them."""

import json
from dataclasses import dataclass

import sqlalchemy as sa

from fer.records import Reading, Teacher
from fer.store.database import Database
from fer.store.deletion_log import mark_of
from fer.store.erase import count_deletion
from fer.store.schema import PICTURE_READS, PICTURES


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What was seen in a picture, or in a video at one time: its faces, and of a video their numbers."""

    readings: list[Reading]
    numbers: list[int] | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class KeptRead:
    """What one model saw, in pixels of a picture of this size."""

    model: str
    version: str
    width: int
    height: int
    looks: list[KeptLook]
    read_at: float


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """Without its file; ``thumbnail`` is a small JPEG. ``country`` and ``purpose``: for which it was read. ``owner_id``: of the
    teacher whose it is, as in ``Lesson``."""

    name: str
    thumbnail: bytes
    kept_at: float
    country: str
    purpose: str
    owner_id: int | None = None
    id: int = 0


_FIELDS = [PICTURES.c[name] for name in KeptPicture.__slots__]


class StoredPictures(Database):
    def keep_picture(self, picture: KeptPicture, content: bytes | None, read: KeptRead) -> int:
        """The id it has from now on; ``content`` is None where the file itself is not kept."""
        values = {name: getattr(picture, name) for name in KeptPicture.__slots__ if name != "id"}
        with self.transaction() as connection:
            new = PICTURES.insert().values(**values, content=content).returning(PICTURES.c.id)
            picture_id = connection.scalars(new).one()
            _add(connection, picture_id, read)
        return picture_id

    def add_read(self, picture_id: int, read: KeptRead) -> bool:
        """In place of what the same model saw before; False where the picture is deleted."""
        same = (PICTURE_READS.c.model == read.model, PICTURE_READS.c.version == read.version)
        with self.transaction() as connection:
            connection.execute(PICTURE_READS.delete().where(PICTURE_READS.c.picture_id == picture_id, *same))
            is_there = connection.scalar(sa.select(PICTURES.c.id).where(PICTURES.c.id == picture_id)) is not None
            if is_there:
                _add(connection, picture_id, read)
        return is_there

    def replace_reads(self, picture_id: int, reads: list[KeptRead]) -> None:
        """These are all that was seen in it from now on; of what is not in them no byte is left."""
        with self.transaction() as connection:
            connection.execute(PICTURE_READS.delete().where(PICTURE_READS.c.picture_id == picture_id))
            if connection.scalar(sa.select(PICTURES.c.id).where(PICTURES.c.id == picture_id)) is not None:
                for read in reads:
                    _add(connection, picture_id, read)
            count_deletion(connection)
        self.erase()

    def kept_pictures(
        self, teacher: Teacher | None = None, part: str = "", first: int = 0, most: int | None = None
    ) -> list[KeptPicture]:
        """The newest first. ``teacher``: only those that they may see; ``part``: only those that have it in their name;
        ``first``: so many are left out before, and at most ``most`` are told."""
        query = sa.select(*_FIELDS).where(*_these(teacher, part)).order_by(PICTURES.c.id.desc())
        return [KeptPicture(*row) for row in self.rows(query.offset(first).limit(most))]

    def count_kept_pictures(self, teacher: Teacher | None = None, part: str = "") -> int:
        return int(self.rows(sa.select(sa.func.count()).select_from(PICTURES).where(*_these(teacher, part)))[0][0])

    def picture_file(self, picture_id: int) -> bytes | None:
        """None where it was not kept, or is deleted."""
        found = self.rows(sa.select(PICTURES.c.content).where(PICTURES.c.id == picture_id))
        return found[0][0] if found else None

    def reads_of(self, picture_id: int) -> list[KeptRead]:
        """What was seen in it, the newest first."""
        columns = PICTURE_READS.c["model", "version", "width", "height", "faces", "read_at"]
        mine = sa.select(*columns).where(PICTURE_READS.c.picture_id == picture_id)
        return [
            KeptRead(model, version, width, height, _looks(faces), read_at)
            for model, version, width, height, faces, read_at in self.rows(mine.order_by(columns.read_at.desc()))
        ]

    def delete_picture(self, picture_id: int) -> None:
        """The picture, its small copy, and all that was seen in it."""
        for _, kept_at in self.rows(sa.select(*PICTURES.c["id", "kept_at"]).where(PICTURES.c.id == picture_id)):
            self.note_deletion("picture", mark_of(picture_id, kept_at))
        with self.transaction() as connection:
            connection.execute(PICTURE_READS.delete().where(PICTURE_READS.c.picture_id == picture_id))
            connection.execute(PICTURES.delete().where(PICTURES.c.id == picture_id))
            count_deletion(connection)
        self.erase()

    def delete_picture_again(self, mark: str) -> bool:
        """Deletes the picture that was noted by this mark; False where there is none."""
        for row in self.rows(sa.select(*PICTURES.c["id", "kept_at"])):
            if mark_of(*row) == mark:
                self.delete_picture(row.id)
                return True
        return False

    def note_overdue_pictures(self, before: float, now: float) -> None:
        """As ``note_overdue`` does it for lessons, of pictures that were kept before."""
        is_over, at = PICTURES.c.kept_at < before, PICTURES.c.overdue_at
        with self.transaction() as connection:
            connection.execute(PICTURES.update().where(sa.or_(at > now, sa.not_(is_over))).values(overdue_at=None))
            connection.execute(PICTURES.update().where(is_over, at.is_(None)).values(overdue_at=now))

    def overdue_pictures(self, before: float, found_before: float) -> list[int]:
        """Pictures that were kept before, and were noted as such at ``found_before`` or earlier."""
        query = sa.select(PICTURES.c.id).where(PICTURES.c.kept_at < before, PICTURES.c.overdue_at <= found_before)
        return [row.id for row in self.rows(query)]


def _these(teacher: Teacher | None, part: str) -> list[sa.ColumnElement[bool]]:
    asked = [PICTURES.c.name.icontains(part, autoescape=True)] if part else []
    return asked if teacher is None or teacher.is_admin else [*asked, PICTURES.c.owner_id == teacher.id]


def _add(connection: sa.Connection, picture_id: int, read: KeptRead) -> None:
    values = {name: getattr(read, name) for name in ("model", "version", "width", "height", "read_at")}
    faces = json.dumps(
        [
            {"time_s": look.time_s, "numbers": look.numbers, "faces": [_told(one) for one in look.readings]}
            for look in read.looks
        ]
    )
    connection.execute(PICTURE_READS.insert().values(picture_id=picture_id, faces=faces, **values))


_TOLD = ("box_xyxy", "score", "probabilities", "expression", "unsure_because")


def _told(reading: Reading) -> dict:
    return {name: getattr(reading, name) for name in _TOLD}


def _looks(faces: str) -> list[KeptLook]:
    return [
        KeptLook(
            [
                Reading(**one | {"box_xyxy": tuple(one["box_xyxy"]), "probabilities": tuple(one["probabilities"])})
                for one in look["faces"]
            ],
            look["numbers"],
            look["time_s"],
        )
        for look in json.loads(faces)
    ]
