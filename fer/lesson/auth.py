"""Who is who: the teacher's sign-in, and the one-time tickets that turn into cookies.

A browser gets a cookie only by opening ``/signin?ticket=...`` (fer/web/routes.py); a ticket works once. Cookies hold
random tokens, and the store holds only their hashes.
"""

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, replace

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from fer.store.store import Store

TICKET_S = 60.0
TEACHER_SESSION_S = 14 * 24 * 3600.0
LONGEST_DELAY_S = 30.0
FORGOTTEN_S = 3600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a ticket is good for: a cookie with this name and value, then this page."""

    cookie: str
    value: str
    page: str


class TooManyFailures(Exception):
    """A password was tried too soon after wrong ones; ``wait_s`` says for how long to wait."""

    def __init__(self, wait_s: float):
        super().__init__(f"Too many wrong passwords. Try again in {wait_s:.0f} seconds.")
        self.wait_s = wait_s


def hash_token(token: str) -> str:
    """SHA-256 hex of a random token; a slow hash is for passwords, which people choose."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tickets:
    """One-time tickets, in memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, tuple[Grant, float]] = {}

    def issue(self, grant: Grant, valid_s: float = TICKET_S) -> str:
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            now = time.monotonic()
            self._grants = {key: kept for key, kept in self._grants.items() if kept[1] > now}
            self._grants[hash_token(ticket)] = (grant, now + valid_s)
        return ticket

    def redeem(self, ticket: str) -> Grant | None:
        """What the ticket grants, the first time and in time; else None."""
        with self._lock:
            grant, until = self._grants.pop(hash_token(ticket), (None, 0.0))
        return grant if until > time.monotonic() else None


class TeacherSignIn:
    """Password and sessions of the teacher. Without a password only a ticket signs in."""

    def __init__(self, store: Store, tickets: Tickets, password: str, port: int):
        self._store, self._tickets = store, tickets
        self.cookie = f"fer_teacher_{port}"  # cookies ignore the port, so two servers of one machine need two names
        self._hasher = PasswordHasher()
        self._hash = self._hasher.hash(password) if password else ""
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}  # per client: how many, and until when it must wait

    @property
    def has_password(self) -> bool:
        return bool(self._hash)

    def check_password(self, password: str, client: str) -> bool:
        """Whether it is right. After a wrong one this client (its address) must wait 1, 2, 4 ... 30 s; raises
        TooManyFailures. Others need not wait, so nobody can lock the teacher out."""
        with self._lock:
            now = time.monotonic()
            failures, locked_until = self._failures.get(client, (0, now))
            if locked_until > now:
                raise TooManyFailures(locked_until - now)
            try:
                right = self.has_password and self._hasher.verify(self._hash, password)
            except VerifyMismatchError:
                right = False
            recent = {
                who: kept for who, kept in self._failures.items() if kept[1] > now - FORGOTTEN_S and who != client
            }
            self._failures = (
                recent if right else recent | {client: (failures + 1, now + min(2**failures, LONGEST_DELAY_S))}
            )
            return right

    def ticket(self, valid_s: float) -> str:
        """A ticket that signs one browser in as the teacher."""
        return self._tickets.issue(Grant(self.cookie, "", "/dashboard"), valid_s)

    def redeem(self, ticket: str) -> Grant | None:
        """What a ticket grants, a student's too; a teacher's session begins only now, so unused tickets leave nothing
        behind."""
        grant = self._tickets.redeem(ticket)
        if grant is not None and grant.cookie == self.cookie:
            grant = replace(grant, value=self.new_session())
        return grant

    def new_session(self) -> str:
        """The token of a new session; its hash is kept, so sessions outlive a restart."""
        token = secrets.token_urlsafe(32)
        now = time.time()
        self._store.add_session(hash_token(token), now, now + TEACHER_SESSION_S)
        return token

    def is_session(self, token: str) -> bool:
        return bool(token) and self._store.has_session(hash_token(token), time.time())

    def end_session(self, token: str) -> None:
        self._store.delete_session(hash_token(token))
