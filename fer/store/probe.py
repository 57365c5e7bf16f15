"""Whether a database answers, for who only wants to know: nothing is made, brought up to date, or written."""

import time
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from fer.store.errors import StoreError, told_as_store_error
from fer.store.migrate import STEPS


@dataclass(frozen=True)
class Probe:
    """What was found. ``version``: of the tables, None for an empty database and for one of 0.1.

    ``clock_off_s``: the clock of the database's server against this machine's, 0 for a file."""

    place: str
    version: str | None
    newest: str
    clock_off_s: float = 0.0
    has_lessons: bool = False  # or could have: the table is there


def probe(url: str) -> Probe:
    """Raises ``StoreError`` where it does not answer."""
    newest = ScriptDirectory(str(STEPS), version_locations=[str(STEPS)]).get_current_head() or ""
    try:
        parsed = sa.make_url(url)
        is_file = parsed.get_backend_name() == "sqlite"
        if is_file and not Path(parsed.database or "").exists():
            return Probe(parsed.database or "", None, newest)
        engine = sa.create_engine(parsed, hide_parameters=True)
    except (NoSuchModuleError, ImportError, ArgumentError, ValueError) as error:
        raise StoreError(f"The database address cannot be used: {error}.") from error
    place = parsed.database if is_file else parsed.render_as_string()
    try:
        with told_as_store_error(str(place)), engine.connect() as connection:
            version = MigrationContext.configure(connection).get_current_revision()
            now = time.time() if is_file else connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
            is_ours = sa.inspect(connection).has_table("lessons")
            return Probe(str(place), version, newest, float(now or 0) - time.time(), is_ours)
    finally:
        engine.dispose()
