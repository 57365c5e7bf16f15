"""Which teachers are signed in."""

import sqlalchemy as sa

from fer.store.database import Database
from fer.store.schema import SESSIONS


class StoredSessions(Database):
    def add_session(self, token_hash: str, now: float, expires_at: float) -> None:
        """Remembers a signed-in teacher until ``expires_at``, never the token itself. Forgets what has expired."""
        self.execute(SESSIONS.delete().where(SESSIONS.c.expires_at < now))
        self.execute(SESSIONS.insert().values(token_hash=token_hash, expires_at=expires_at))

    def has_session(self, token_hash: str, now: float) -> bool:
        query = sa.select(SESSIONS.c.token_hash).where(SESSIONS.c.token_hash == token_hash, SESSIONS.c.expires_at > now)
        with self.transaction() as connection:
            return connection.scalar(query) is not None

    def delete_session(self, token_hash: str) -> None:
        self.execute(SESSIONS.delete().where(SESSIONS.c.token_hash == token_hash))
