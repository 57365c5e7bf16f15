"""The keys of the API: what is remembered of each. A key itself is never here, only its SHA-256."""

from dataclasses import dataclass

import sqlalchemy as sa

from fer.store.database import Database
from fer.store.schema import API_KEYS

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a key was given for, how many pictures it may ask for in a day (UTC), and when it last did."""

    name: str
    country: str
    purpose: str
    daily_limit: int
    created_at: float
    last_used_at: float | None = None
    owner_id: int | None = None  # the teacher who made it; None: on the command line, or with the password


_FIELDS = [API_KEYS.c[name] for name in ApiKey.__slots__]


class StoredKeys(Database):
    def add_key(self, key: ApiKey, key_hash: str) -> bool:
        """False where a key of this name exists already."""
        values = {name: getattr(key, name) for name in ApiKey.__slots__}
        new = self._insert(API_KEYS).values(**values, key_hash=key_hash, day=0, used=0).on_conflict_do_nothing()
        with self.transaction() as connection:  # PostgreSQL counts no rows of such an insert
            return connection.scalar(new.returning(API_KEYS.c.id)) is not None

    def keys(self) -> list[ApiKey]:
        """All of them, by name."""
        return [ApiKey(*row) for row in self.rows(sa.select(*_FIELDS).order_by(API_KEYS.c.name))]

    def key_of(self, key_hash: str) -> ApiKey | None:
        found = self.rows(sa.select(*_FIELDS).where(API_KEYS.c.key_hash == key_hash))
        return ApiKey(*found[0]) if found else None

    def delete_key(self, name: str) -> bool:
        """False where there is none of this name."""
        for found in self.rows(sa.select(API_KEYS.c.key_hash).where(API_KEYS.c.name == name)):
            self.note_deletion("key", found[0])
            return self.delete_key_of(found[0])
        return False

    def delete_key_of(self, key_hash: str) -> bool:
        """False where there is none."""
        with self.transaction() as connection:
            return connection.execute(API_KEYS.delete().where(API_KEYS.c.key_hash == key_hash)).rowcount == 1

    def use_key(self, key_hash: str, pictures: int, now: float) -> bool:
        """Counts so many pictures on a key's day. False, and nothing is counted, where they would exceed its limit."""
        today = int(now // DAY_S)
        used = sa.case((API_KEYS.c.day == today, API_KEYS.c.used), else_=0) + pictures
        counted = (
            API_KEYS.update()
            .where(API_KEYS.c.key_hash == key_hash, used <= API_KEYS.c.daily_limit)
            .values(used=used, day=today, last_used_at=now)
        )
        with self.transaction() as connection:
            return connection.execute(counted).rowcount == 1
