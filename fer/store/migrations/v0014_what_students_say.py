"""Raised hands, questions in words, and polls of several choices or of a word, with right answers, saved, released."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Double, ForeignKey, Integer, String

revision = "0014"
down_revision = "0013"


def _lesson(index: bool = False) -> Column:
    return Column("lesson_id", Integer, ForeignKey("lessons.id"), nullable=False, index=index)


def _student(index: bool = False, primary_key: bool = False) -> Column:
    return Column(
        "student_id", Integer, ForeignKey("students.id"), nullable=False, index=index, primary_key=primary_key
    )


def upgrade() -> None:
    op.add_column("polls", Column("kind", String, nullable=False, server_default="one"))
    op.add_column("polls", Column("correct", String, nullable=False, server_default="[]"))
    op.add_column("polls", Column("released_at", Double))
    _votes_with_several_choices()
    op.create_table(
        "saved_polls",
        Column("id", Integer, primary_key=True),
        *(Column(name, String, nullable=False) for name in ("question", "choices", "kind", "correct")),
        Column("saved_at", Double, nullable=False),
        Column("owner_id", Integer, ForeignKey("teachers.id")),
    )
    op.create_table(
        "hands",
        Column("id", Integer, primary_key=True),
        _lesson(index=True),
        _student(index=True),
        Column("raised_at", Double, nullable=False),
        Column("lowered_at", Double),
        Column("name", String),
    )
    op.create_table(
        "questions",
        Column("id", Integer, primary_key=True),
        _lesson(index=True),
        _student(index=True),
        Column("at", Double, nullable=False),
        Column("text", String, nullable=False),
        Column("answered_at", Double),
        Column("hidden_at", Double),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "seconds",
        Column("question_id", Integer, ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True),
        _student(primary_key=True),
        _lesson(),
        Column("at", Double, nullable=False),
    )


def _votes_with_several_choices() -> None:
    """The choice becomes a part of the key, which SQLite cannot change."""
    op.rename_table("votes", "votes_before")
    op.create_table(
        "votes",
        Column("poll_id", Integer, ForeignKey("polls.id"), primary_key=True),
        _student(primary_key=True),
        _lesson(),
        Column("choice", Integer, primary_key=True, autoincrement=False),
        Column("at", Double, nullable=False),
        Column("word", String),
    )
    op.execute(
        sa.text(
            "INSERT INTO votes (poll_id, student_id, lesson_id, choice, at) "
            "SELECT poll_id, student_id, lesson_id, choice, at FROM votes_before"
        )
    )
    op.drop_table("votes_before")
