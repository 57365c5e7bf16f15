"""Who is who: the teacher's sign-in, and the one-time tickets that turn into cookies.

A browser gets a cookie only by opening ``/signin?ticket=...`` (fer/web/routes.py); a ticket works once. Cookies hold
random tokens, and the store holds only their hashes.
"""

import hashlib
import json
import math
import secrets
import socket
import time
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, replace

from argon2.low_level import Type, hash_secret_raw
from cryptography.fernet import Fernet

from fer.lesson.guesses import Guesses
from fer.lesson.per_address import household
from fer.records import Teacher
from fer.store.store import Store

TICKET_S = 60.0
TEACHER_SESSION_S = 14 * 24 * 3600.0
BROWSER_S = 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a ticket is good for: a cookie with this name and value, then this page."""

    cookie: str
    value: str
    page: str


def key_of(password: str) -> str:
    """A slow hash of a password, because people choose it, and the same after a restart, for what hangs on it."""
    return hash_secret_raw(password.encode(), b"live class monitor", 3, 65536, 4, 32, Type.ID).hex()


def hash_token(token: str) -> str:
    """SHA-256 hex of a random token; a slow hash is for passwords, which people choose."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tickets:
    """One-time tickets, good in every process of the database. One without an end is the terminal's: it takes the place
    of the one that this server printed there before."""

    def __init__(self, store: Store, port: int) -> None:
        self._store, self._terminal = store, f"{socket.gethostname()}:{port}"

    def issue(self, grant: Grant, valid_s: float = TICKET_S) -> str:
        ticket, now = secrets.token_urlsafe(24), time.time()
        sealed = _seal_of(ticket).encrypt(json.dumps(asdict(grant)).encode()).decode()
        printed_by = self._terminal if valid_s == math.inf else ""
        self._store.add_ticket(hash_token(ticket), sealed, now, now + valid_s, printed_by)
        return ticket

    def redeem(self, ticket: str) -> Grant | None:
        """What the ticket grants, the first time and in time; else None."""
        sealed = self._store.take_ticket(hash_token(ticket), time.time())
        return Grant(**json.loads(_seal_of(ticket).decrypt(sealed))) if sealed else None


def _seal_of(ticket: str) -> Fernet:
    """Opens what a ticket grants, a student's token for one: who reads the database has no ticket."""
    return Fernet(urlsafe_b64encode(hashlib.sha256(f"seal {ticket}".encode()).digest()))


class TeacherSignIn:
    """Password and sessions of teachers. Without a password only a ticket, or a school account, signs in.

    What a browser holds is good for the password it was got with: a changed one ends every session. A session of a
    school account is good for ``roles``, the words of the settings that say who is what."""

    def __init__(self, store: Store, tickets: Tickets, password: str, mark: int | str, roles: str = ""):
        self._store, self._tickets, self._roles = store, tickets, roles
        # Settings.cookie_mark
        self.cookie, self.browser_cookie = f"fer_teacher_{mark}", f"fer_browser_{mark}"
        self._key = key_of(password) if password else ""
        self._guesses = Guesses(store)

    @property
    def has_password(self) -> bool:
        return bool(self._key)

    def check_password(self, password: str, address: str, browser: str = "") -> bool:
        """Whether it is right; ``TooManyFailures`` where too many wrong ones came before (guesses.py). ``address``: of
        the network, "" where it is not known; ``browser``: the cookie of one that has signed in before."""
        is_stranger = not self.is_known_browser(browser)
        known_by = household(address) if is_stranger else browser
        who = self._hash("guesser", known_by) if known_by else ""  # no address is stored
        with self._guesses.alone():
            self._guesses.check(who, is_stranger)
            is_right = self.has_password and secrets.compare_digest(key_of(password), self._key)
            self._guesses.note(who, is_stranger, is_right)
        return is_right

    def new_browser(self) -> str:
        """The token of a browser that has signed in with the password, for a year."""
        return self._remember("browser", BROWSER_S)

    def is_known_browser(self, token: str) -> bool:
        return bool(token) and self._store.has_session(self._hash("browser", token), time.time())

    def ticket(self, valid_s: float, page: str = "/dashboard") -> str:
        """A ticket that signs one browser in as the teacher, and opens a page there."""
        return self._tickets.issue(Grant(self.cookie, "", page), valid_s)

    def redeem(self, ticket: str) -> Grant | None:
        """What a ticket grants, a student's too; a teacher's session begins only now, so unused tickets leave nothing
        behind."""
        grant = self._tickets.redeem(ticket)
        if grant is not None and grant.cookie == self.cookie:
            grant = replace(grant, value=self.new_session())
        return grant

    def new_session(self, for_s: float = TEACHER_SESSION_S) -> str:
        """The token of a new session; its hash is kept, so sessions outlive a restart."""
        return self._remember("session", for_s)

    def new_school_session(self, teacher: Teacher, for_s: float) -> str:
        """The token of a new session of somebody with a school account."""
        return self._remember(self._of_school, for_s, teacher.id)

    def teacher(self, token: str) -> Teacher | None:
        """Who is signed in with it."""
        return self._store.signed_in(self._sessions(token), time.time()) if token else None

    def is_session(self, token: str) -> bool:
        return self.teacher(token) is not None

    def end_session(self, token: str) -> None:
        self._store.delete_sessions(self._sessions(token))

    @property
    def _of_school(self) -> str:
        return f"school session {self._roles}"

    def _sessions(self, token: str) -> list[str]:
        return [self._hash(what, token) for what in ("session", self._of_school)]

    def _remember(self, what: str, for_s: float, teacher_id: int | None = None) -> str:
        token = secrets.token_urlsafe(32)
        now = time.time()
        self._store.add_session(self._hash(what, token), now, now + for_s, teacher_id)
        return token

    def _hash(self, what: str, token: str) -> str:
        """What is stored of a token: one made with another password, or for another use, has another."""
        return hash_token(f"{what} {self._key} {token}")
