"""Put a backup back:

    python -m fer restore FILE [--replace]

What was deleted since the backup was made is deleted again. A backup of SQLite can go into PostgreSQL, and the other way.
"""

import argparse
import socket
import sys
from pathlib import Path

from fer.config import Settings, SettingsError
from fer.store.backup import holds_lessons, is_backup, restore
from fer.store.deletion_log import DeletionLog
from fer.store.errors import StoreError


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fer restore", description="Put a backup back. Stop the server first."
    )
    parser.add_argument("file", type=Path, help="that backup printed")
    parser.add_argument("--replace", action="store_true", help="where the database has lessons: they are replaced")
    args = parser.parse_args(argv)
    try:
        settings = Settings.from_env()
        refuse(args.file, settings, args.replace)
        again = restore(args.file, settings.url, DeletionLog(settings.deletion_log))
    except (SettingsError, StoreError) as error:
        sys.exit(f"Nothing was put back. {error}")
    print(f"{args.file} is back. Deleted again, because it was deleted since: {again}. Everybody signs in anew.")


def refuse(file: Path, settings: Settings, replace: bool) -> None:
    """Raises ``StoreError`` where putting it back would do harm."""
    if not file.is_file() or not is_backup(file):
        raise StoreError(f"This is no backup of this program. Received: {str(file)!r}")
    with socket.socket() as one:
        if one.connect_ex(("127.0.0.1", settings.port)) == 0:
            raise StoreError(f"Something answers on port {settings.port}: stop the server first.")
    if holds_lessons(settings.url) and not replace:
        raise StoreError("The database has lessons. Back it up, then say --replace.")
