"""When a lesson was first found to be over for too long: it is deleted when it still is a day later."""

from alembic import op
from sqlalchemy import Column, Double, ForeignKey, Integer

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "overdue",
        Column("lesson_id", Integer, ForeignKey("lessons.id"), primary_key=True),
        Column("found_at", Double, nullable=False),
    )
