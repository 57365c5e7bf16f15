"""Teachers with school accounts, and what is whose. What was made before belongs to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "teachers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("signed_in_at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    for table, column in (("lessons", "owner_id"), ("api_keys", "owner_id"), ("teacher_sessions", "teacher_id")):
        # As SQL, because Alembic makes a table of SQLite anew for a column with a foreign key.
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER REFERENCES teachers (id)")
