"""Make, list and revoke the keys of the API.

    python -m fer keys add NAME --country CC --purpose PURPOSE     prints the key, once, on the last line
    python -m fer keys list
    python -m fer keys revoke NAME

The law asks for what and where faces are read (fer/privacy/law.py), so each key says it. The server need not run.
"""

import argparse
import secrets
import sys
import time
from datetime import UTC, datetime

from fer.config import Settings, SettingsError
from fer.lesson.auth import hash_token
from fer.privacy import law
from fer.store.audit import COMMAND_LINE, Done
from fer.store.deletion_log import DeletionLog
from fer.store.errors import StoreError
from fer.store.keys import ApiKey
from fer.store.store import Store

KEY_BYTES = 32  # 256 random bits
PICTURES_A_DAY = 10_000
MOST_PICTURES_A_DAY = 100_000_000
LONGEST_NAME = 60


def new_key(
    store: Store, name: str, country: str, purpose: str, daily_limit: int = PICTURES_A_DAY, owner_id: int | None = None
) -> str:
    """A new key, which is known to nobody afterwards: the store has its hash. Raises ValueError, also as ``Forbidden``."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"A key needs a name of 1 to {LONGEST_NAME} letters. Received: {name[: LONGEST_NAME + 1]!r}")
    if not 1 <= daily_limit <= MOST_PICTURES_A_DAY:
        raise ValueError(f"The daily limit must be from 1 to {MOST_PICTURES_A_DAY} pictures. Received: {daily_limit}")
    law.check_key(country, purpose)
    key = secrets.token_urlsafe(KEY_BYTES)
    if not store.add_key(ApiKey(name, country, purpose, daily_limit, time.time(), owner_id=owner_id), hash_token(key)):
        raise ValueError(f"There is a key {name!r} already. Revoke it, or choose another name.")
    return key


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fer keys", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    add = actions.add_parser("add", help="make a key and print it")
    add.add_argument("name")
    add.add_argument("--country", required=True, metavar="CC", help="where the people in the pictures are, such as JP")
    add.add_argument("--purpose", required=True, choices=law.KEY_USES, help=", ".join(law.KEY_USES))
    add.add_argument(
        "--daily-limit", type=int, default=PICTURES_A_DAY, metavar="N", help="pictures a day (%(default)s)"
    )
    actions.add_parser("list", help="what keys there are")
    actions.add_parser("revoke", help="delete a key; it is refused from then on").add_argument("name")
    args = parser.parse_args(argv)
    try:
        settings = Settings.from_env()
        store = Store(settings.url, DeletionLog(settings.deletion_log))
        if args.action == "add":
            print(new_key(store, args.name, args.country.upper(), args.purpose, args.daily_limit))
        elif args.action == "list":
            print(table(store.keys()))
        elif not store.delete_key(args.name):
            sys.exit(f"There is no key {args.name!r}. python -m fer keys list shows those that exist.")
        if args.action != "list":
            done = Done.ADDED if args.action == "add" else Done.DELETED
            store.note_action(COMMAND_LINE, done, f"key {args.name}", time.time())
        store.close()
    except (SettingsError, StoreError, ValueError) as error:
        sys.exit(str(error))


def table(keys: list[ApiKey]) -> str:
    """A line per key, its columns between tabs."""
    lines = [("name", "country", "purpose", "pictures a day", "made", "last used")]
    lines += [
        (key.name, key.country, key.purpose, str(key.daily_limit), moment(key.created_at), moment(key.last_used_at))
        for key in keys
    ]
    return "\n".join("\t".join(line) for line in lines)


def moment(at: float | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
