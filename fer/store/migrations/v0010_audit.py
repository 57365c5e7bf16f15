"""Who signed in, exported, deleted or changed something."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("teacher_id", sa.Integer, sa.ForeignKey("teachers.id")),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("done", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("lesson", sa.Integer),
    )
