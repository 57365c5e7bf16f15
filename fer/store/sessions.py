"""Which teachers are signed in, and who has signed in with a school account."""

from collections.abc import Collection

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func

from fer.records import Teacher
from fer.store.database import Database
from fer.store.schema import API_KEYS, AUDIT, LESSONS, PICTURES, SAVED_POLLS, SESSIONS, TEACHERS

NOT_BY_ACCOUNT = Teacher(None, "password or printed link", True)


class StoredSessions(Database):
    def add_session(self, token_hash: str, now: float, expires_at: float, teacher_id: int | None = None) -> None:
        """Remembers a signed-in teacher until ``expires_at``, never the token itself. Forgets what has expired."""
        self.execute(SESSIONS.delete().where(SESSIONS.c.expires_at < now))
        self.execute(SESSIONS.insert().values(token_hash=token_hash, expires_at=expires_at, teacher_id=teacher_id))

    def signed_in(self, token_hashes: Collection[str], now: float) -> Teacher | None:
        """Who has one of these sessions."""
        query = (
            sa.select(*TEACHERS.c["id", "name", "is_admin"])
            .select_from(SESSIONS.outerjoin(TEACHERS))
            .where(SESSIONS.c.token_hash.in_(token_hashes), SESSIONS.c.expires_at > now)
        )
        found = self.rows(query)
        return None if not found else NOT_BY_ACCOUNT if found[0].id is None else Teacher(*found[0])

    def has_session(self, token_hash: str, now: float) -> bool:
        query = sa.select(SESSIONS.c.token_hash).where(SESSIONS.c.token_hash == token_hash, SESSIONS.c.expires_at > now)
        with self.transaction() as connection:
            return connection.scalar(query) is not None

    def delete_sessions(self, token_hashes: Collection[str]) -> None:
        self.execute(SESSIONS.delete().where(SESSIONS.c.token_hash.in_(token_hashes)))

    def teacher_signs_in(self, account: str, name: str, is_admin: bool, now: float) -> Teacher:
        """Who has this account, under the name and with the role that the provider says now."""
        said = {"name": name, "is_admin": is_admin, "signed_in_at": now}
        new = self._insert(TEACHERS).values(account=account, **said)
        with self.transaction() as connection:
            upsert = new.on_conflict_do_update(index_elements=["account"], set_=said).returning(TEACHERS.c.id)
            return Teacher(connection.scalar(upsert), name, is_admin)

    def set_admin(self, account: str, is_admin: bool) -> None:
        """The role of who is signed in already."""
        self.execute(TEACHERS.update().where(TEACHERS.c.account == account).values(is_admin=is_admin))

    def sign_teacher_out(self, account: str) -> bool:
        """Ends all sessions of an account, in whatever browser; whether there was one."""
        mine = sa.select(TEACHERS.c.id).where(TEACHERS.c.account == account)
        with self.transaction() as connection:
            return connection.execute(SESSIONS.delete().where(SESSIONS.c.teacher_id.in_(mine))).rowcount > 0

    def teachers(self) -> pd.DataFrame:
        """Who has signed in with a school account, by name: teacher_id, account, name, is_admin, signed_in_at, lessons."""
        lessons = sa.select(func.count()).where(LESSONS.c.owner_id == TEACHERS.c.id).scalar_subquery()
        query = sa.select(*TEACHERS.c["id", "account", "name", "is_admin", "signed_in_at"], lessons)
        return self.frame(
            query.order_by(TEACHERS.c.name, TEACHERS.c.id),
            teacher_id="int64",
            account="str",
            name="str",
            is_admin="bool",
            signed_in_at="float64",
            lessons="int64",
        )

    def forget_teachers(self, before: float) -> None:
        """Deletes those who have not signed in since, to whom nothing belongs but saved polls, and of whom the audit log says
        nothing."""
        named = [
            sa.select(column).where(column.is_not(None))
            for column in (LESSONS.c.owner_id, API_KEYS.c.owner_id, PICTURES.c.owner_id, AUDIT.c.teacher_id)
        ]
        gone = sa.and_(TEACHERS.c.signed_in_at < before, *(TEACHERS.c.id.not_in(ids) for ids in named))
        with self.transaction() as connection:
            ids = list(connection.scalars(sa.select(TEACHERS.c.id).where(gone)))
            connection.execute(SESSIONS.delete().where(SESSIONS.c.teacher_id.in_(ids)))
            connection.execute(SAVED_POLLS.delete().where(SAVED_POLLS.c.owner_id.in_(ids)))
            connection.execute(TEACHERS.delete().where(TEACHERS.c.id.in_(ids)))
