"""A lesson's joining can be closed, and a student can be removed from it."""

from alembic import op
from sqlalchemy import Column, Double

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("lessons", Column("joining_closed_at", Double))
    op.add_column("students", Column("removed_at", Double))
