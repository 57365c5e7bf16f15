"""Where the faces of a lesson are read, and those of a student who cannot do it there."""

from alembic import op
from sqlalchemy import Column, String

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for table in ("lessons", "students"):
        op.add_column(table, Column("read_on", String, nullable=False, server_default="server"))
