"""Whose face an observation shows and why it is unsure, and whether several students sit before one camera."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("observations", sa.Column("role", sa.String, nullable=False, server_default="student"))
    op.add_column("observations", sa.Column("unsure_because", sa.String))
    op.add_column("lessons", sa.Column("several", sa.Boolean, nullable=False, server_default=sa.false()))
