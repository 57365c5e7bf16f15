"""Brings a database to today's tables when it is opened, by the steps in ``fer/store/migrations``.

Alembic's table ``alembic_version`` says which step a database has reached. One process at a time does this, in one
transaction: a step that fails leaves the database as it was.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import func

from fer.store.erase import count_deletion
from fer.store.errors import StoreError, told_as_store_error
from fer.store.schema import METADATA

STEPS = Path(__file__).parent / "migrations"
BASELINE = "0001"
LOCK = 0x4C434D  # of this program among those who lock things in the same PostgreSQL server
_WAIT_S = 30  # for another process that is migrating

log = logging.getLogger(__name__)


def bring_up_to_date(engine: sa.Engine, place: str) -> None:
    """Makes the tables of an empty database, or today's tables of those of an earlier version.

    Raises ``StoreError`` for a database that is of a newer version, of another program, or damaged."""
    script = ScriptDirectory(str(STEPS), version_locations=[str(STEPS)])
    with told_as_store_error(place), _alone(engine) as connection:
        context = MigrationContext.configure(connection)
        reached = _reached(connection, context, script, place)
        newest = script.get_current_head()
        with Operations.context(context):
            for step in reversed(list(script.iterate_revisions(newest, reached or "base"))):
                step.module.upgrade()
                context.stamp(script, step.revision)
        if reached != newest:
            _check_links(connection, place)
            log.info("The database's tables went from version %s to %s.", reached or "none", newest)
        if lacking := _lacking(connection, METADATA):
            raise StoreError(
                f"The lesson database {place} is damaged: {lacking}. Put back a copy of it, or move it away."
            )


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no second process is in at the same time."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.detach()  # closed at the end, because it follows no foreign keys: tables may be made anew
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAIT_S * 1000}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(func.pg_advisory_xact_lock(LOCK)))
        yield connection
        connection.commit()


def _reached(connection: sa.Connection, context: MigrationContext, script: ScriptDirectory, place: str) -> str | None:
    """The last step this database has taken; None for an empty one."""
    tables = set(sa.inspect(connection).get_table_names())
    if tables and not tables & set(METADATA.tables):
        raise StoreError(
            f"The database {place} belongs to another program (it has {', '.join(sorted(tables)[:5])}). "
            "Set FER_DATA_DIR to another folder, or FER_DATABASE_URL to a database of its own."
        )
    known = {step.revision for step in script.walk_revisions()}
    for reached in context.get_current_heads():
        if reached not in known:
            raise StoreError(
                f"The lesson database {place} was made by a newer version of this program (its tables are of version "
                f"{reached}, this one knows {script.get_current_head()}). Start the newer one, or set FER_DATA_DIR to "
                "another folder."
            )
        return reached
    if not tables:
        return None
    # Made before databases had a version: exactly the baseline's tables, or nothing that can be brought up to date.
    if lacking := _lacking(connection, script.get_revision(BASELINE).module.TABLES):
        raise StoreError(
            f"The lesson database {place} was made by an older version, or is damaged ({lacking}). "
            "Move it away, or set FER_DATA_DIR to another folder."
        )
    context.stamp(script, BASELINE)
    count_deletion(connection)  # what earlier versions deleted is still in the file
    return BASELINE


def _lacking(connection: sa.Connection, wanted: sa.MetaData) -> str:
    """What the database has not of these tables, in words; "" when all is there."""
    inspector = sa.inspect(connection)
    tables = set(inspector.get_table_names())
    for table in wanted.sorted_tables:
        if table.name not in tables:
            return f"it has no {table.name}"
        missing = set(table.c.keys()) - {column["name"] for column in inspector.get_columns(table.name)}
        if missing:
            return f"its {table.name} have no {', '.join(sorted(missing))}"
    return ""


def _check_links(connection: sa.Connection, place: str) -> None:
    """SQLite did not look while the steps ran; PostgreSQL did."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(
            f"The lesson database {place} is damaged: a row belongs to a lesson or student that is not there."
        )
