"""What the processes of one database share: tickets, wrong guesses of the password, and single values."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("ticket_hash", sa.String, primary_key=True),
        sa.Column("sealed", sa.String, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("printed_by", sa.String, nullable=False),
    )
    op.create_table(
        "wrong_guesses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("is_stranger", sa.Boolean, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_table(
        "shared",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
