"""What a student's page calls a question it sends, so that one that is sent again is asked once."""

from alembic import op
from sqlalchemy import Column, String

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("questions", Column("key", String))
