"""The audit log: who signed in, exported, deleted or changed something. A row names no student: a lesson is its number, a
person who was named in pictures theirs, so that nothing is left here of what was deleted."""

from enum import StrEnum

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func

from fer.records import Lesson, Teacher
from fer.store.database import Database
from fer.store.schema import AUDIT, LESSONS, TEACHERS

SERVER, COMMAND_LINE, SOMEBODY = "the server", "the command line", "somebody"  # who, where it is no teacher


class Done(StrEnum):
    SIGNED_IN = "signed in"
    REFUSED = "refused"
    SIGNED_OUT = "signed out"  # another one
    EXPORTED = "exported"
    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"


class StoredAudit(Database):
    def note_action(self, who: Teacher | str, done: Done, about: str, now: float, lesson: Lesson | None = None) -> None:
        teacher_id, name = (who.id, who.name) if isinstance(who, Teacher) else (None, who)
        said = {"at": now, "teacher_id": teacher_id, "who": "" if teacher_id else name, "done": done, "about": about}
        self.execute(AUDIT.insert().values(**said, lesson=lesson.id if lesson else None))

    def actions(self) -> pd.DataFrame:
        """All of them, the newest first: at, who, done, about, lesson (its id, 0 for none), title (while it exists)."""
        query = (
            sa.select(
                AUDIT.c.at,
                func.coalesce(TEACHERS.c.name, AUDIT.c.who),
                *AUDIT.c["done", "about"],
                func.coalesce(AUDIT.c.lesson, 0),
                func.coalesce(LESSONS.c.title, ""),
            )
            .select_from(AUDIT.outerjoin(TEACHERS).outerjoin(LESSONS, LESSONS.c.id == AUDIT.c.lesson))
            .order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc())
        )
        return self.frame(query, at="float64", who="str", done="str", about="str", lesson="int64", title="str")

    def note_settings(self, in_force: str, now: float) -> None:
        """Notes what a server starts with, where that is not what the last one started with."""
        of_server = sa.select(AUDIT.c.about).where(AUDIT.c.who == SERVER).order_by(AUDIT.c.id.desc()).limit(1)
        if [row[0] for row in self.rows(of_server)] != [in_force]:
            self.note_action(SERVER, Done.CHANGED, in_force, now)

    def forget_actions(self, before: float) -> None:
        self.execute(AUDIT.delete().where(AUDIT.c.at < before))
