"""Pictures that somebody chose to keep, and what models saw in them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Double, nullable=False),
        sa.Column("owner_id", sa.Integer, sa.ForeignKey("teachers.id")),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("overdue_at", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "picture_reads",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("picture_id", sa.Integer, sa.ForeignKey("pictures.id"), nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("faces", sa.String, nullable=False),
        sa.Column("read_at", sa.Double, nullable=False),
        sa.UniqueConstraint("picture_id", "model", "version"),
    )
