"""Looks at everything a school's server needs, before students come:

    python -m fer doctor

A line for each: settings, ports, certificate, TURN, database, disk, open files, clock. Its exit status is 1 where
something will not work. It takes the same environment as ``python -m fer serve`` and may be run beside it.
"""

import argparse
import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aioice
from aioice.stun import TransactionError
from aioice.turn import create_turn_endpoint
from aiortc.rtcicetransport import parse_stun_turn_uri

from fer.config import Settings, SettingsError
from fer.store.errors import StoreError
from fer.store.probe import probe
from fer.web.connections import A_SCHOOL, FILES_OF_A_STUDENT, KEPT_FILES, raise_file_limit
from fer.web.ice import server_ice_servers, turn_servers, urls_of

OK, NOTE, BAD = "ok", "note", "BAD"
WAIT_S = 5.0
A_DAY_S = 24 * 3600.0
LEAST_CERTIFICATE_DAYS = 14
LEAST_DISK_MB = 1000  # an hour of 1,000 students is 1 GB in a lesson that shows each (142 bytes a row)
MOST_CLOCK_OFF_S = 5.0


@dataclass(frozen=True)
class Finding:
    level: str
    about: str
    sentence: str


def web_address(settings: Settings) -> Finding:
    """Whether students can use their camera at the address they open."""
    url = urlsplit(settings.public_url)
    if not settings.public_url:
        return Finding(NOTE, "address", "FER_PUBLIC_URL is not set: join links have the address that the teacher uses.")
    if url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1"):
        return Finding(
            BAD, "address", f"Browsers give no camera to {settings.public_url}: it must begin with https://."
        )
    return Finding(OK, "address", f"Students open {settings.public_url}.")


def web_port(settings: Settings) -> Finding:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104  (all addresses of this machine)
    try:
        with socket.create_server((settings.host, settings.port)):
            return Finding(OK, "port", f"TCP {settings.port} is free.")
    except OSError as error:
        if answers(f"http://{host}:{settings.port}"):
            return Finding(OK, "port", f"The server answers on TCP {settings.port}.")
        return Finding(
            BAD, "port", f"TCP {settings.port} cannot be used, and no Live Class Monitor is there ({error})."
        )


def answers(base: str) -> bool:
    """Whether this program is there: other web servers, and Streamlit itself, answer anything with something."""
    try:
        with urllib.request.urlopen(f"{base}/_stcore/health", timeout=WAIT_S) as answer:  # noqa: S310  (http or https)
            return answer.read(10) == b"ok"
    except (OSError, ValueError):
        return False


def certificate(settings: Settings) -> Iterator[Finding]:
    """Of FER_PUBLIC_URL, as a browser judges it; and whether this server is behind it."""
    url = urlsplit(settings.public_url)
    if url.scheme != "https" or not url.hostname:
        return
    try:
        raw = socket.create_connection((url.hostname, url.port or 443), timeout=WAIT_S)
        with ssl.create_default_context().wrap_socket(raw, server_hostname=url.hostname) as secure:
            until = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except OSError as error:
        yield Finding(BAD, "certificate", f"A browser would not trust {settings.public_url}: {error}.")
        return
    days = int((until - time.time()) / A_DAY_S)
    level = OK if days >= LEAST_CERTIFICATE_DAYS else NOTE
    yield Finding(level, "certificate", f"Good for {days} more days.")
    if not answers(settings.public_url):
        yield Finding(BAD, "proxy", f"{settings.public_url} does not lead to this server, or it is not started.")


def udp_ports(settings: Settings) -> Finding:
    """A student takes one UDP port for each network address of this machine."""
    if not settings.udp_ports:
        return Finding(NOTE, "UDP", "FER_UDP_PORTS is not set: a firewall must let all UDP ports from 1024 on through.")
    first, last = settings.udp_ports[0], settings.udp_ports[-1]
    free = sum(is_free(port) for port in settings.udp_ports)
    addresses = len(aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True)) or 1
    students = len(settings.udp_ports) // addresses
    sentence = f"{first}-{last}: {free} are free, room for {students} cameras ({addresses} network addresses here)."
    return Finding(OK if free and students >= settings.most_students else BAD, "UDP", sentence)


def is_free(port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        try:
            one.bind(("", port))
        except OSError:
            return False
    return True


def ice(settings: Settings) -> list[Finding]:
    """Each STUN and TURN server, asked as this server and as a student's browser ask it."""

    async def ask() -> list[Finding]:
        urls = [url for server in server_ice_servers(settings) for url in urls_of(server) if url.startswith("stun:")]
        asked = [stun(url) for url in urls]
        for server in [*turn_servers(settings, time.time()), *settings.ice_servers]:
            turns = [url for url in urls_of(server) if url.startswith("turn")]
            asked += [turn(url, server["username"], server["credential"]) for url in turns]
        return list(await asyncio.gather(*asked))

    found = asyncio.run(ask())
    return found or [
        Finding(NOTE, "TURN", "FER_TURN_URLS is not set: who is behind a firewall without UDP has no way.")
    ]


async def stun(url: str) -> Finding:
    where = parse_stun_turn_uri(url)
    connection = aioice.Connection(ice_controlling=True, stun_server=(where["host"], where["port"]))
    try:
        await asyncio.wait_for(connection.gather_candidates(), WAIT_S)
        seen = [one.host for one in connection.local_candidates if one.type == "srflx"]
    except (OSError, TimeoutError, TransactionError):
        seen = []
    finally:
        await connection.close()
    if not seen:
        return Finding(BAD, "STUN", f"{url} does not answer this server: each camera then waits for it.")
    return Finding(OK, "STUN", f"{url} sees this server at {', '.join(sorted(set(seen)))}.")


async def turn(url: str, username: str, password: str) -> Finding:
    where = parse_stun_turn_uri(url)
    address = (where["host"], where["port"])
    secure, by = where["scheme"] == "turns", where["transport"]
    try:
        made = create_turn_endpoint(asyncio.DatagramProtocol, address, username, password, ssl=secure, transport=by)
        transport, _protocol = await asyncio.wait_for(made, WAIT_S)
    except TransactionError as error:
        return Finding(BAD, "TURN", f"{url} refused the login: {error}. Has it FER_TURN_SECRET, and the same time?")
    except (OSError, TimeoutError) as error:
        return Finding(BAD, "TURN", f"{url} cannot be reached: {str(error) or 'it does not answer'}.")
    transport.close()
    return Finding(OK, "TURN", f"{url} let a student in.")


def database(settings: Settings) -> Iterator[Finding]:
    try:
        found = probe(settings.url)
    except StoreError as error:
        yield Finding(BAD, "database", str(error))
        return
    step = "empty" if found.version is None else f"at version {found.version}"
    goes_on = "" if found.version == found.newest else f"; the next start brings it to {found.newest}"
    yield Finding(OK, "database", f"{found.place} answers, {step}{goes_on}.")
    if abs(found.clock_off_s) > MOST_CLOCK_OFF_S:
        yield Finding(BAD, "clock", f"The database's server is {found.clock_off_s:.0f} s off from this machine.")


def disk(settings: Settings) -> Finding:
    there = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    level = OK if free_mb >= LEAST_DISK_MB else BAD
    return Finding(level, "disk", f"{free_mb:,} MB are free in {settings.data_dir}; {LEAST_DISK_MB:,} are needed.")


def open_files(settings: Settings) -> Finding:
    files = raise_file_limit()
    students = (files - KEPT_FILES) // FILES_OF_A_STUDENT
    level = OK if students >= min(settings.most_students or A_SCHOOL, A_SCHOOL) else NOTE
    return Finding(
        level, "open files", f"{files:,} may be open, which is room for {students:,} students with a camera."
    )


def clock(settings: Settings) -> Finding:
    """TURN passwords and sign-ins are good for a time, so both machines must know what time it is."""
    if not Path("/run/systemd/system").exists():
        return Finding(
            NOTE, "clock", f"It says {time.strftime('%F %T %Z')}; whether that is set by the network is not known."
        )
    said = subprocess.run(["timedatectl", "show", "-P", "NTPSynchronized"], capture_output=True, text=True, check=False)  # noqa: S607
    level = OK if said.stdout.strip() == "yes" else BAD
    return Finding(
        level, "clock", "It is set by the network." if level == OK else "It is not set: timedatectl set-ntp true"
    )


CHECKS: tuple[Callable[[Settings], Finding | Iterable[Finding]], ...] = (
    web_address,
    web_port,
    certificate,
    udp_ports,
    ice,
    database,
    disk,
    open_files,
    clock,
)


def findings(settings: Settings) -> Iterator[Finding]:
    yield Finding(OK, "settings", "All can be used.")
    for check in CHECKS:
        found = check(settings)
        yield from [found] if isinstance(found, Finding) else found


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(
        prog="python -m fer doctor",
        description="Look at what a school's server needs: settings, ports, certificate, TURN, database, disk, clock.",
        epilog="It takes the same PORT and FER_* as serve does: docs/settings.md.",
    ).parse_args(argv)
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.exit(f"{BAD:<5} settings      {error}")
    worst = OK
    for found in findings(settings):
        print(f"{found.level:<5} {found.about:<13} {found.sentence}", flush=True)
        worst = BAD if BAD in (found.level, worst) else OK
    sys.exit(1 if worst == BAD else 0)
