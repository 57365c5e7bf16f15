"""Several processes on one database: which are alive, and which lesson is in which."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("seen_at", sa.Double, nullable=False),
    )
    op.create_table(
        "places",
        sa.Column("lesson_id", sa.Integer, sa.ForeignKey("lessons.id"), primary_key=True, autoincrement=False),
        sa.Column("process", sa.String, nullable=False),
    )
