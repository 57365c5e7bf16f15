"""Whether a student agreed to share a camera: who takes part without one is never asked for it by accident."""

from alembic import op
from sqlalchemy import Boolean, Column, true

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("students", Column("with_camera", Boolean, nullable=False, server_default=true()))
