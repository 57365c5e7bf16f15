"""What the processes of one database share: one-time tickets, wrong guesses of a password, and single values.

A ticket's row holds its hash and what only the ticket itself opens.
"""

import math

import sqlalchemy as sa

from fer.store.database import Database
from fer.store.schema import SHARED, TICKETS, WRONG_GUESSES


class StoredShared(Database):
    def add_ticket(self, ticket_hash: str, sealed: str, now: float, expires_at: float, printed_by: str = "") -> None:
        """Remembers a ticket, and forgets what has expired. One that a terminal prints takes the place of its last one."""
        is_over = TICKETS.c.expires_at < now
        if printed_by:
            is_over |= TICKETS.c.printed_by == printed_by
        with self.transaction() as connection:
            connection.execute(TICKETS.delete().where(is_over))
            connection.execute(
                TICKETS.insert().values(
                    ticket_hash=ticket_hash, sealed=sealed, expires_at=expires_at, printed_by=printed_by
                )
            )

    def take_ticket(self, ticket_hash: str, now: float) -> str | None:
        """What was sealed in a ticket, the first time and in time; else None."""
        taken = (
            TICKETS.delete()
            .where(TICKETS.c.ticket_hash == ticket_hash, TICKETS.c.expires_at > now)
            .returning(TICKETS.c.sealed)
        )
        with self.transaction() as connection:
            return connection.scalar(taken)

    def wrong_guesses(self, since: float, who: str | None = None) -> list[float]:
        """When ``who`` guessed wrongly, or with None all strangers, oldest first."""
        whose = WRONG_GUESSES.c.is_stranger if who is None else WRONG_GUESSES.c.who == who
        query = sa.select(WRONG_GUESSES.c.at).where(whose, WRONG_GUESSES.c.at > since).order_by(WRONG_GUESSES.c.at)
        with self.transaction() as connection:
            return list(connection.scalars(query))

    def add_wrong_guess(self, who: str, is_stranger: bool, at: float) -> None:
        self.execute(WRONG_GUESSES.insert().values(who=who, is_stranger=is_stranger, at=at))

    def forgive(self, who: str) -> None:
        """Counts the wrong guesses of ``who`` no more as theirs; among those of all strangers they stay."""
        self.execute(WRONG_GUESSES.update().where(WRONG_GUESSES.c.who == who).values(who=""))

    def forget_guesses(self, before: float, after: float = math.inf) -> None:
        """Those from before one time or after another."""
        self.execute(WRONG_GUESSES.delete().where((WRONG_GUESSES.c.at < before) | (WRONG_GUESSES.c.at > after)))

    def shared(self, name: str) -> str | None:
        """The value that all processes have under this name."""
        with self.transaction() as connection:
            return connection.scalar(sa.select(SHARED.c.value).where(SHARED.c.name == name))

    def share(self, name: str, value: str) -> None:
        new = self._insert(SHARED).values(name=name, value=value)
        self.execute(new.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def share_first(self, name: str, value: str) -> str:
        """The value that all processes have under this name: this one where there was none yet."""
        self.execute(self._insert(SHARED).values(name=name, value=value).on_conflict_do_nothing())
        return self.shared(name) or value
