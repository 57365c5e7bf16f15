"""Which processes share the database, which of them are alive, and which one each lesson is in."""

import sqlalchemy as sa
from sqlalchemy import func

from fer.store.database import Database
from fer.store.schema import LESSONS, PLACES, PROCESSES


class StoredProcesses(Database):
    def greet(self, process: str, now: float) -> None:
        """Notes that a process is alive."""
        new = self._insert(PROCESSES).values(name=process, seen_at=now)
        self.execute(new.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now}))

    def part(self, process: str) -> None:
        """Notes that a process has ended, so that nobody waits for it."""
        self.execute(PROCESSES.delete().where(PROCESSES.c.name == process))

    def quietest(self, alive_since: float) -> str | None:
        """Of the processes that are alive the one with the fewest open lessons."""
        is_open = sa.and_(PLACES.c.process == PROCESSES.c.name, LESSONS.c.ended_at.is_(None))
        lessons = sa.select(func.count()).select_from(PLACES.join(LESSONS)).where(is_open).scalar_subquery()
        query = (
            sa.select(PROCESSES.c.name)
            .where(PROCESSES.c.seen_at > alive_since)
            .order_by(lessons, PROCESSES.c.name)
            .limit(1)
        )
        with self.transaction() as connection:
            return connection.scalar(query)

    def process_of(self, lesson_id: int) -> str | None:
        with self.transaction() as connection:
            return connection.scalar(sa.select(PLACES.c.process).where(PLACES.c.lesson_id == lesson_id))

    def take_lesson(self, lesson_id: int, process: str) -> str:
        """Puts a lesson into a process where it is in none yet; the process it is in."""
        new = self._insert(PLACES).values(lesson_id=lesson_id, process=process)
        self.execute(new.on_conflict_do_nothing())
        return self.process_of(lesson_id) or process

    def take_over(self, lesson_id: int, process: str, alive_since: float) -> str:
        """Puts a lesson into this process where the one it is in is dead; the process it is in."""
        alive = sa.select(PROCESSES.c.name).where(PROCESSES.c.seen_at > alive_since)
        self.execute(
            PLACES.update()
            .where(PLACES.c.lesson_id == lesson_id, PLACES.c.process.not_in(alive))
            .values(process=process)
        )
        return self.process_of(lesson_id) or process

    def lessons_in(self, process: str) -> set[int]:
        """The lessons that are in a process, those that have ended, too."""
        query = sa.select(PLACES.c.lesson_id).where(PLACES.c.process == process)
        with self.transaction() as connection:
            return set(connection.scalars(query))
