"""The command line: ``python -m fer COMMAND``, or ``fer COMMAND`` where the project is installed.

A command is a module with ``main(argv)``. It is imported only when it is asked for, so that fetching a file needs no
Streamlit. To add one, add its line to ``COMMANDS``.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches

COMMANDS = {  # name: (its module, what it does)
    "serve": ("fer.web.serve", "start the app"),
    "analyze": ("fer.vision.analyze_files", "read the faces of pictures and videos into a table"),
    "doctor": ("fer.web.doctor", "look at what a school's server needs: ports, certificate, TURN, database, ..."),
    "fetch": ("fer.vision.fetch", "download the face detector once"),
    "backup": ("fer.store.backup_command", "copy the database while the server runs"),
    "restore": ("fer.store.restore_command", "put such a copy back"),
    "keys": ("fer.web.api.keys", "make, list and revoke keys of the API"),
    "identities": ("fer.insight.identities", "enrol people who agreed, and ask who is in a picture"),
    "capacity": ("fer.bench.capacity", "measure how many students this machine holds"),
}
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended
STOPS = signal.SIGINT, signal.SIGTERM


def main(argv: list[str] | None = None) -> None:
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="python -m fer",
        description="Live Class Monitor: the expressions of an online class, live on the teacher's dashboard.",
        epilog="python -m fer COMMAND --help says more of a command.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, (_, what) in COMMANDS.items():
        commands.add_parser(name, help=what, add_help=False)
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        parser.error(unknown(argv[0]))
    command = parser.parse_args(argv[:1]).command
    with ended_at_once():
        module = importlib.import_module(COMMANDS[command][0])
    try:
        module.main(argv[1:])
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@contextmanager
def ended_at_once() -> Iterator[None]:
    """While nothing is open yet: an exception in the midst of imports may be swallowed by what is imported, and a container's
    first process does not even get SIGTERM without a handler."""
    before = {how: signal.signal(how, lambda number, _: os._exit(128 + number)) for how in STOPS}
    yield
    for how, handler in before.items():
        signal.signal(how, handler)


def unknown(name: str) -> str:
    close = get_close_matches(name, COMMANDS, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(COMMANDS)}."
    return f"There is no command {name!r}. {hint}"
