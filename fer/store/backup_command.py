"""Back the lessons up, while the server runs:

    python -m fer backup [--to FOLDER]

A backup holds what the database holds, so it is to be kept as safely, and it expires: this command deletes those in its
folder that are older than FER_KEEP_DAYS, and the running server those in FER_DATA_DIR/backups.
"""

import argparse
import sys
import time
from pathlib import Path

from fer.config import Settings, SettingsError
from fer.store.backup import backup, expire
from fer.store.errors import StoreError


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fer backup", description="Copy the database while the server runs."
    )
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: FER_DATA_DIR/backups")
    args = parser.parse_args(argv)
    try:
        settings = Settings.from_env()
        folder = args.to or settings.backups
        print(backup(settings.url, folder, time.time()))
        for old in expire(folder, settings.keep_days, time.time()):
            print(f"Deleted {old.name}: older than {settings.keep_days} days (FER_KEEP_DAYS).", file=sys.stderr)
    except (SettingsError, StoreError, OSError) as error:
        sys.exit(f"No backup was made. {error}")
