import pytest

from fer.lesson import auth
from fer.lesson.auth import Grant, TeacherSignIn, Tickets, hash_token
from fer.lesson.guesses import GUESSES_S, MOST_GUESSES, TooManyFailures
from fer.store.sessions import NOT_BY_ACCOUNT

GRANT = Grant("cookie", "value", "/dashboard")


class FakeStore:
    def __init__(self):
        self.sessions = {}

    def add_session(self, token_hash, now, expires_at, teacher_id=None):
        self.sessions[token_hash] = expires_at

    def has_session(self, token_hash, now):
        return self.sessions.get(token_hash, 0) > now

    def signed_in(self, token_hashes, now):
        return NOT_BY_ACCOUNT if any(self.has_session(one, now) for one in token_hashes) else None

    def delete_sessions(self, token_hashes):
        for token_hash in token_hashes:
            self.sessions.pop(token_hash, None)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(auth.time, "monotonic", lambda: Clock.now)
    return Clock


def test_a_ticket_works_once():
    tickets = Tickets()
    ticket = tickets.issue(GRANT)
    assert tickets.redeem(ticket) == GRANT
    assert tickets.redeem(ticket) is None
    assert tickets.redeem("made up") is None


def test_a_ticket_runs_out(clock):
    tickets = Tickets()
    ticket, lasting = tickets.issue(GRANT, valid_s=60), tickets.issue(GRANT, valid_s=float("inf"))
    clock.now += 61
    assert tickets.redeem(ticket) is None
    assert tickets.redeem(lasting) == GRANT


def test_only_hashes_are_kept():
    tickets, sign_in = Tickets(), TeacherSignIn(FakeStore(), Tickets(), "", 8501)
    ticket, token = tickets.issue(GRANT), sign_in.new_session()
    assert ticket not in tickets._grants and hash_token(ticket) in tickets._grants
    assert len(sign_in._store.sessions) == 1 and token not in str(sign_in._store.sessions)


def test_sessions_begin_and_end():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "", 8501)
    token = sign_in.new_session()
    assert sign_in.is_session(token)
    assert not sign_in.is_session("") and not sign_in.is_session("made up")
    sign_in.end_session(token)
    assert not sign_in.is_session(token)


def test_without_a_password_none_is_right():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "", 8501)
    assert not sign_in.has_password
    assert not sign_in.check_password("", "here")


def test_the_password_is_not_kept_in_the_clear():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    token = sign_in.new_session()
    assert "correct horse" not in str(vars(sign_in)) and len(sign_in._key) == 64
    assert sign_in._key not in str(sign_in._store.sessions) and hash_token(token) not in sign_in._store.sessions


@pytest.mark.parametrize(("old", "new"), [("correct horse", "battery staple"), ("", "x"), ("correct horse", "")])
def test_a_changed_password_ends_what_was_got_with_the_old_one(old, new):
    store = FakeStore()
    before = TeacherSignIn(store, Tickets(), old, 8501)
    session, browser = before.new_session(), before.new_browser()
    same, after = TeacherSignIn(store, Tickets(), old, 8501), TeacherSignIn(store, Tickets(), new, 8501)
    assert same.is_session(session) and same.is_known_browser(browser)
    assert not after.is_session(session) and not after.is_known_browser(browser)


def test_a_known_browser_is_no_session_nor_the_other_way_round():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    session, browser = sign_in.new_session(), sign_in.new_browser()
    assert not sign_in.is_session(browser) and not sign_in.is_known_browser(session)
    assert not sign_in.is_session(f"browser {browser}") and not sign_in.is_known_browser("")


def guess(sign_in, address: str, browser: str = "", said: str = "wrong") -> bool | None:
    """Whether it was right; None where it had to wait."""
    try:
        return sign_in.check_password(said, address, browser)
    except TooManyFailures:
        return None


def test_guesses_from_many_addresses_are_limited_and_do_not_lock_the_teacher_out(clock):
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    browser = sign_in.new_browser()
    tried = [guess(sign_in, f"203.0.{n // 250}.{n % 250}") for n in range(300)]
    assert tried.count(False) == MOST_GUESSES and tried.count(None) == 300 - MOST_GUESSES
    assert guess(sign_in, "198.51.100.1", said="correct horse") is None  # right, but a stranger
    assert guess(sign_in, "198.51.100.1", "made up", "correct horse") is None
    assert guess(sign_in, "203.0.0.0", browser) is False  # even from an attacker's address
    clock.now += 1.01
    assert guess(sign_in, "203.0.0.0", browser, "correct horse") is True
    with pytest.raises(TooManyFailures, match=r"Try again in 599 seconds, or use a browser in which you have signed"):
        sign_in.check_password("correct horse", "198.51.100.1")
    clock.now += GUESSES_S
    assert guess(sign_in, "198.51.100.1", said="correct horse") is True


def test_a_known_browser_has_to_wait_for_its_own_wrong_guesses(clock):
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    one, other = sign_in.new_browser(), sign_in.new_browser()
    assert guess(sign_in, "", one) is False and guess(sign_in, "", one) is None and guess(sign_in, "", other) is False


def test_where_no_address_is_known_nobody_waits_for_another(clock):
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    assert [guess(sign_in, "") for _ in range(5)] == [False] * 5
    assert guess(sign_in, "", said="correct horse") is True
    assert [guess(sign_in, "2001:db8::1"), guess(sign_in, "2001:db8::2")] == [False, None]  # one subscriber
