"""Settings: one frozen dataclass, read once from the environment. A bad value names its key and what was received."""

import difflib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fer.addresses import ice_problem, public_url
from fer.privacy.release import LEAST_CHANGE
from fer.records import ON_SERVER, READ_ON

ROOT = Path(__file__).resolve().parent.parent
MODELS_DIR = ROOT / "models"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names its key and the value received."""


@dataclass(frozen=True)
class Settings:
    """What an operator can choose. ``Settings()`` is the default; ``from_env`` applies ``PORT`` and ``FER_*``. What is
    or holds a secret is in no repr."""

    port: int = 8501
    host: str = "0.0.0.0"  # noqa: S104  (students must reach it)
    public_url: str = ""  # what students open, if it is not the address the teacher sees
    frame_ancestors: str = ""  # sites that may show the pages inside their own
    process: str = ""  # its name among those that share a database
    data_dir: Path = ROOT / "data"
    database_url: str = field(default="", repr=False)  # default: an SQLite file in data_dir
    teacher_password: str = field(default="", repr=False)  # default: a one-time sign-in link in the terminal
    oidc_issuer: str = ""  # where the school's accounts are
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_teachers: str = ""  # who of them is a teacher, and sees their own lessons
    oidc_admins: str = ""  # and who sees all
    oidc_students: str = ""  # who may join a lesson that is for school accounts only
    ice_servers: tuple[dict, ...] = field(default=(), repr=False)  # that browsers and this server ask
    turn_urls: str = ""  # TURN servers, for which browsers are lent a password for some hours
    turn_secret: str = field(default="", repr=False)  # shared with those
    turn_ttl_s: int = 6 * 3600  # how long such a password is good
    udp_ports: range = range(0)  # of this server for pictures; empty: any that is free
    model: str = "resnet"
    detector: str = "auto"
    detector_file: Path = MODELS_DIR / "face_detection_yunet_2023mar.onnx"
    read: str = ON_SERVER  # where faces are read if the teacher does not choose otherwise
    camera_fps: int = 5  # asked of a camera; less in a large class
    frames_per_s: float = 2.0  # analysed, per student
    unsure_below: float = 0.4  # a face whose likeliest emotion is less likely than this is "unsure"
    gone_after_s: float = 5.0
    keep_days: int = 30  # after a lesson is over, until it deletes itself
    expressions: bool = True  # off: no classifier is loaded, and no camera is asked for
    metrics_port: int = 0  # of Prometheus's /metrics; 0: none
    log: str = "text"
    api: bool = True  # off: other programs cannot ask
    identity: bool = False  # on: people who agreed are named in pictures
    identity_vectors: str = "hog"  # by what faces are compared
    least_visible: int = 5  # faces below which a class-only lesson shows nothing
    most_students: int = 0  # cameras at a time; 0: measured when the server starts
    sockets_per_address: int = 2500  # WebSockets at a time, and new ones a minute; a whole school may share an address
    joins_per_address: int = 600  # students who join at once, and as many again each minute
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # whose word for a visitor's address is taken

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Settings from environment variables: ``PORT`` and ``FER_<FIELD>``; raises ``SettingsError``."""
        keys = {"PORT" if f.name == "port" else f"FER_{f.name.upper()}": f.name for f in fields(cls)}
        for key in environ:
            if key.startswith("FER_") and key not in keys:
                by_name = {known.removeprefix("FER_"): known for known in keys}
                near = difflib.get_close_matches(key.removeprefix("FER_"), by_name, n=1)
                hint = f" Did you mean {by_name[near[0]]}?" if near else f" Known: {', '.join(sorted(keys))}"
                raise SettingsError(f"{key} is not a setting.{hint}")
        given = {name: environ[key] for key, name in keys.items() if environ.get(key)}
        made = cls(**{name: _READERS[name](_key(name), text) for name, text in given.items()})
        if bool(made.turn_urls) != bool(made.turn_secret):
            raise SettingsError(
                "FER_TURN_URLS and FER_TURN_SECRET belong together: the secret is the one that the TURN server has, in "
                f"coturn static-auth-secret. Received: {'only the secret' if made.turn_secret else 'no secret'}"
            )
        if made.process and not made.database_url.startswith("postgresql"):
            raise SettingsError(
                "FER_PROCESS is for several processes, which need one PostgreSQL: set FER_DATABASE_URL to "
                f"postgresql://user:password@host/name. Received: {made.process!r} without it"
            )
        oidc = (made.oidc_issuer, made.oidc_client_id, made.oidc_client_secret, made.oidc_teachers)
        if any(oidc) and not all(oidc):
            raise SettingsError(
                "FER_OIDC_ISSUER, FER_OIDC_CLIENT_ID, FER_OIDC_CLIENT_SECRET and FER_OIDC_TEACHERS belong together. "
                f"Received: {sum(map(bool, oidc))} of the four"
            )
        for name in ("oidc_admins", "oidc_students"):
            if (accounts := getattr(made, name)) and not made.oidc_issuer:
                raise SettingsError(
                    f"{_key(name)} needs FER_OIDC_ISSUER, where the accounts are. Received: {accounts!r} alone"
                )
        return made

    def shown(self) -> dict[str, str]:
        """Every setting by the name of its variable, in words; of a secret only whether there is one."""
        values = {one: getattr(self, one.name) for one in fields(self)}
        return {
            _key(one.name): _words(value) if one.repr else "set, not shown" if value else ""
            for one, value in values.items()
        }

    @property
    def changed(self) -> dict[str, str]:
        """The same of what is not its default."""
        default = Settings().shown()
        return {key: value for key, value in self.shown().items() if value != default[key]}

    @property
    def oidc_roles(self) -> str:
        """Everything that says who is a teacher or an admin."""
        return " ".join((self.oidc_issuer, self.oidc_client_id, self.oidc_teachers, "admins", self.oidc_admins))

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'lessons.db'}"

    @property
    def cookie_mark(self) -> str:
        """What two servers of one machine have apart in the names of their cookies, which ignore the port. Processes that
        share a database share cookies."""
        return "shared" if self.process else str(self.port)

    @property
    def deletion_log(self) -> Path:
        """What was deleted, for backups that are put back."""
        return self.data_dir / "deletions.jsonl"

    @property
    def backups(self) -> Path:
        """Folder of the backups that expire by themselves."""
        return self.data_dir / "backups"

    @property
    def own_url(self) -> str:
        """Where the server is: the public address, or else its port on this machine."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def public_origin(self) -> str:
        """What browsers send as the Origin of the public address: scheme, host, and port where it is not the usual."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}" if self.public_url else ""

    @property
    def public_path(self) -> str:
        """The path of the public address: "/monitor", or "" where the server has a host of its own."""
        return urlsplit(self.public_url).path


Reader = Callable[[str, str], Any]  # key and text -> the setting, or SettingsError


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, range):
        return f"{value.start}-{value.stop - 1}" if value else ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _key(name: str) -> str:
    return "PORT" if name == "port" else f"FER_{name.upper()}"


def _number(kind: type[int] | type[float], low: float, high: float) -> Reader:
    def read(key: str, text: str) -> float:
        value: float | None
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise SettingsError(
                f"{key} must be {'a whole' if kind is int else 'a'} number from {low} to {high}. Received: {text!r}"
            )
        return value

    return read


def _on_or_off(key: str, text: str) -> bool:
    return _choice("on", "off")(key, text) == "on"


def _choice(*choices: str) -> Reader:
    def read(key: str, text: str) -> str:
        if text not in choices:
            raise SettingsError(f"{key} must be one of {', '.join(choices)}. Received: {text!r}")
        return text

    return read


def _text(key: str, text: str) -> str:
    return text


def _process(key: str, text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{1,20}", text):
        raise SettingsError(
            f"{key} must be 1 to 20 small letters and digits, such as 1, under which a proxy reaches this process. "
            f"Received: {text!r}"
        )
    return text


def _path(key: str, text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except (ValueError, RuntimeError, OSError) as error:  # a NUL, a home of nobody, a circle of links
        raise SettingsError(f"{key} must be a path ({error}). Received: {text!r}") from error


def _public_url(key: str, text: str) -> str:
    url = public_url(text)
    if url is None:
        raise SettingsError(
            f"{key} must be the full address that people open, such as https://class.example.org or "
            f"https://example.org:8443/monitor, without blanks, user, query or fragment. Received: {text!r}"
        )
    return url


def _issuer(key: str, text: str) -> str:
    url = public_url(text)
    is_safe = url is not None and (url.startswith("https:") or urlsplit(url).hostname in ("localhost", "127.0.0.1"))
    if url is None or not is_safe:
        raise SettingsError(
            f"{key} must be the https address of the school's sign-in, such as https://accounts.google.com. "
            f"Received: {text!r}"
        )
    return url


def _accounts(key: str, text: str) -> str:
    several = text.replace(",", " ").split()
    if not several or not all(re.fullmatch(r"[^@=]*@[^@=]+\.[^@=]+|\w[^=]*=[^=]+", one) for one in several):
        raise SettingsError(
            f"{key} must be addresses, domains or claims, such as ana@school.example.org, @school.example.org or "
            f"roles=teacher, with blanks between them. Received: {text!r}"
        )
    return " ".join(several)


def _sites(key: str, text: str) -> str:
    sites = text.replace(",", " ").split()
    if not all(re.fullmatch(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?", site) for site in sites):
        raise SettingsError(
            f"{key} must be sites such as https://moodle.example.org or https://*.example.org, with blanks between "
            f"them. Received: {text!r}"
        )
    return " ".join(sites)


def _database_url(key: str, text: str) -> str:
    if "://" not in text:
        raise SettingsError(
            f"{key} must be an SQLAlchemy URL such as sqlite:////srv/lessons.db or "
            f"postgresql://user@host/name. Received: {text!r}"
        )
    return text


def _ice_servers(key: str, text: str) -> tuple[dict, ...]:
    try:
        servers = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        servers = None
    if not isinstance(servers, list):
        raise SettingsError(
            f'{key} must be a JSON list such as [{{"urls": "stun:stun.example.org:3478"}}]. Received: {text[:40]!r}'
        )
    for server in servers:
        problem = ice_problem(server)
        if problem:
            raise SettingsError(f"{key} must be {problem}")
    return tuple(servers)


def _turn_urls(key: str, text: str) -> str:
    urls = text.replace(",", " ").split()
    lent = {"username": "lent", "credential": "lent"}
    if not urls or not all(url.startswith("turn") and not ice_problem({"urls": url} | lent) for url in urls):
        raise SettingsError(
            f"{key} must be addresses of TURN servers such as turn:turn.example.org:3478 and "
            f"turns:turn.example.org:5349?transport=tcp, with blanks between them. Received: {text!r}"
        )
    return " ".join(urls)


def _ports(key: str, text: str) -> range:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 1024 <= first <= last <= 65535:
        raise SettingsError(f"{key} must be a range within 1024-65535, such as 50000-50999. Received: {text!r}")
    return range(first, last + 1)


def _networks(key: str, text: str) -> tuple[str, ...]:
    networks = tuple(part.strip() for part in text.split(","))
    try:
        are_good = all(ip_network(network).prefixlen for network in networks)
    except ValueError:
        are_good = False
    if not are_good:
        raise SettingsError(
            f"{key} must be the addresses or networks of your proxies, such as 10.0.0.5 or 10.1.0.0/16, with commas "
            f"between them; not everybody's, or anyone could claim any address. Received: {text!r}"
        )
    return networks


_READERS = {
    "port": _number(int, 1, 65535),
    "host": _text,
    "public_url": _public_url,
    "frame_ancestors": _sites,
    "process": _process,
    "data_dir": _path,
    "database_url": _database_url,
    "teacher_password": _text,
    "oidc_issuer": _issuer,
    "oidc_client_id": _text,
    "oidc_client_secret": _text,
    "oidc_teachers": _accounts,
    "oidc_admins": _accounts,
    "oidc_students": _accounts,
    "ice_servers": _ice_servers,
    "turn_urls": _turn_urls,
    "turn_secret": _text,
    "turn_ttl_s": _number(int, 600, 7 * 24 * 3600),
    "udp_ports": _ports,
    "model": _text,
    "detector": _choice("auto", "yunet", "haar"),
    "detector_file": _path,
    "read": _choice(*READ_ON),
    "camera_fps": _number(int, 1, 30),
    "frames_per_s": _number(float, 0.1, 10),
    "unsure_below": _number(float, 0, 1),
    "gone_after_s": _number(float, 1, 60),
    "keep_days": _number(int, 1, 3650),
    "expressions": _on_or_off,
    "metrics_port": _number(int, 1, 65535),
    "log": _choice("text", "json"),
    "api": _on_or_off,
    "identity": _on_or_off,
    "identity_vectors": _choice("hog", "dlib"),
    "least_visible": _number(int, LEAST_CHANGE, 1000),
    "most_students": _number(int, 0, 10_000),
    "sockets_per_address": _number(int, 10, 100_000),
    "joins_per_address": _number(int, 1, 100_000),
    "trusted_proxies": _networks,
}
