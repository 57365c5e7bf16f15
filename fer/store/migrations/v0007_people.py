"""People who may be named in pictures: their consent, and the vectors of their faces."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("look", sa.String, nullable=False, unique=True),
        sa.Column("added_at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "consents",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
        sa.Column("agreed_by", sa.String, nullable=False),
        sa.Column("agreed_at", sa.Double, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("learns_more", sa.Boolean, nullable=False),
        sa.Column("keeps_thumbnails", sa.Boolean, nullable=False),
        sa.CheckConstraint("length(agreed_by) > 0 AND length(words) > 0", name="somebody_agreed_to_something"),
    )
    op.create_table(
        "faces",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("consents.person_id"), nullable=False, index=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("came_from", sa.String, nullable=False),
        sa.Column("added_at", sa.Double, nullable=False),
        sa.Column("thumbnail", sa.LargeBinary),
        sqlite_autoincrement=True,
    )
