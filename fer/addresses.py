"""Addresses that an operator writes into the settings, judged before anybody needs them: of the site, of ICE servers."""

import re
from ipaddress import IPv4Address, IPv6Address

LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*\.?")
# Of a path no more than this: it is put together with others, and stands in pages and cookies.
SITE = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\\\s]+)(?::(\d{1,5}))?((?:/[A-Za-z0-9._~-]+)*)/?")
ICE_URL = re.compile(r"(stuns?|turns?):(\[[^\]]*\]|[^:?/@\s]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?")
OF_ICE_SERVER = {"urls", "username", "credential"}


def is_host(text: str) -> bool:
    """Whether it is a name or an IPv4 address."""
    if re.fullmatch(r"[\d.]+", text):
        try:
            return bool(IPv4Address(text))
        except ValueError:
            return False
    return len(text) <= 253 and bool(NAME.fullmatch(text))


def is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535


def public_url(text: str) -> str | None:
    """The address in its shortest form: https://class.example.org/monitor. None for one that no browser could open."""
    found = SITE.fullmatch(text)
    if found is None:
        return None
    scheme, host, port, path = found.groups()
    if not (is_ipv6(host) or is_host(host)) or (port and not is_port(port)) or {".", ".."} & set(path.split("/")):
        return None
    return f"{scheme}://{host.lower()}{f':{port}' if port else ''}{path}"


def is_ipv6(text: str) -> bool:
    """Whether it is an IPv6 address in brackets, as in a URL."""
    try:
        return text.startswith("[") and bool(IPv6Address(text[1:-1]))
    except ValueError:
        return False


def ice_problem(server: object) -> str:
    """What keeps a browser or aiortc from using this entry of a list of ICE servers, as a sentence that begins with
    what it must be; "" for nothing. Names no password."""
    urls = server.get("urls") if isinstance(server, dict) else None
    several = [urls] if isinstance(urls, str) else urls
    if not isinstance(server, dict) or not isinstance(several, list) or not several or set(server) - OF_ICE_SERVER:
        keys = list(server) if isinstance(server, dict) else server
        return f'entries with "urls", and for TURN "username" and "credential". Received: {keys!r}'
    for url in several:
        problem = _url_problem(url)
        if (
            not problem
            and url.startswith("turn")
            and not all(_is_text(server, key) for key in OF_ICE_SERVER - {"urls"})
        ):
            problem = "entries with a username and a credential where they name a TURN server"
        if problem:
            return f"{problem}. Received: {url!r}"
    return ""


def _is_text(server: dict, key: str) -> bool:
    return isinstance(server.get(key), str) and bool(server[key])


def _url_problem(url: object) -> str:
    found = ICE_URL.fullmatch(url) if isinstance(url, str) else None
    if found is None:
        return "addresses such as stun:stun.example.org:3478 or turn:turn.example.org:3478?transport=tcp"
    scheme, host, port, transport = found.groups()
    if host.startswith("["):
        return "names or IPv4 addresses of servers; aiortc reads no IPv6 address, but a name may stand for one"
    if not is_host(host):
        return "names or IPv4 addresses of servers"
    if port is not None and not is_port(port):
        return "addresses with a port from 1 to 65535"
    if transport and scheme.startswith("stun"):
        return "addresses without ?transport= for STUN"
    if scheme == "turns" and transport == "udp":
        return "addresses with TCP for turns:"
    return ""
