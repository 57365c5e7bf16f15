"""A lesson may be for school accounts only: its secret, by which each has one seat."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("lessons", sa.Column("account_key", sa.String))
