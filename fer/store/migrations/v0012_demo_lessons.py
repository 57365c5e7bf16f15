"""Which lessons are demos, with made-up students."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("lessons", sa.Column("is_demo", sa.Boolean, nullable=False, server_default=sa.false()))
