"""Which STUN and TURN servers a student's browser asks and which this server, and by which UDP ports it is reached.

They are not the same. A browser behind a firewall needs TURN, with a password that is lent for some hours. This server
needs to know its own address where it is behind NAT, which STUN tells; a TURN server would only be a detour.
"""

import asyncio
import base64
import errno
import hashlib
import hmac
import random
import secrets
from typing import Any

from fer.config import Settings


def urls_of(server: dict) -> list[str]:
    """The addresses of an entry, which may have one or a list."""
    return [server["urls"]] if isinstance(server["urls"], str) else server["urls"]


def turn_login(secret: str, valid_until: float) -> tuple[str, str]:
    """Username and password that a TURN server with this secret takes until a time in Unix seconds.

    As coturn's use-auth-secret reads them (draft-uberti-behave-turn-rest-00). The rest of the username is random: the
    TURN server's log says nothing of who it was."""
    username = f"{int(valid_until)}:{secrets.token_hex(8)}"
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)  # the scheme's hash, not our choice
    return username, base64.b64encode(digest).decode()


def turn_servers(settings: Settings, now: float) -> list[dict]:
    """The TURN servers of FER_TURN_URLS, with a new password."""
    if not settings.turn_urls:
        return []
    username, password = turn_login(settings.turn_secret, now + settings.turn_ttl_s)
    return [{"urls": settings.turn_urls.split(), "username": username, "credential": password}]


def browser_ice_servers(settings: Settings, now: float) -> list[dict]:
    return [*settings.ice_servers, *turn_servers(settings, now)]


def server_ice_servers(settings: Settings) -> list[dict]:
    """FER_ICE_SERVERS; without any, the first TURN server is asked, which answers STUN as well, where it takes UDP."""
    if settings.ice_servers:
        return list(settings.ice_servers)
    by_udp = [url for url in settings.turn_urls.split() if url.startswith("turn:") and not url.endswith("=tcp")]
    return [{"urls": "stun:" + url.removeprefix("turn:").partition("?")[0]} for url in by_udp[:1]]


def bind_within(loop: asyncio.AbstractEventLoop, ports: range) -> None:
    """From now on, UDP sockets of this loop that may have any port get one of these, so that a firewall can let them
    through. aioice, which makes them, has no setting for it."""
    create = loop.create_datagram_endpoint

    async def create_within(factory: Any, local_addr: Any = None, **more: Any) -> Any:
        if local_addr is None or local_addr[1] != 0:
            return await create(factory, local_addr=local_addr, **more)
        for port in random.sample(ports, len(ports)):
            try:
                return await create(factory, local_addr=(local_addr[0], port), **more)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, f"All UDP ports from {ports[0]} to {ports[-1]} (FER_UDP_PORTS) are in use")

    loop.create_datagram_endpoint = create_within  # type: ignore[method-assign, assignment]
