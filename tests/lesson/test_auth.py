import pytest

from fer.lesson import auth
from fer.lesson.auth import Grant, TeacherSignIn, Tickets, TooManyFailures, hash_token

GRANT = Grant("cookie", "value", "/dashboard")


class FakeStore:
    def __init__(self):
        self.sessions = {}

    def add_session(self, token_hash, now, expires_at):
        self.sessions[token_hash] = expires_at

    def has_session(self, token_hash, now):
        return self.sessions.get(token_hash, 0) > now

    def delete_session(self, token_hash):
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
    assert list(sign_in._store.sessions) == [hash_token(token)]


def test_sessions_begin_and_end():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "", 8501)
    token = sign_in.new_session()
    assert sign_in.is_session(token)
    assert not sign_in.is_session("") and not sign_in.is_session("made up")
    sign_in.end_session(token)
    assert not sign_in.is_session(token)


def test_wrong_passwords_cost_time(clock):
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    assert not sign_in.check_password("wrong", "here")
    with pytest.raises(TooManyFailures, match="Try again in 1 seconds"):
        sign_in.check_password("correct horse", "here")
    assert sign_in.check_password("correct horse", "elsewhere")
    clock.now += 1.01
    assert not sign_in.check_password("", "here")
    clock.now += 1.01
    with pytest.raises(TooManyFailures):
        sign_in.check_password("correct horse", "here")
    clock.now += 1
    assert sign_in.check_password("correct horse", "here")
    assert not sign_in.check_password("wrong", "here")
    clock.now += 1.01
    assert sign_in.check_password("correct horse", "here")


def test_the_wait_is_bounded(clock):
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    sign_in._failures = {"here": (2000, clock.now)}
    for _ in range(2):
        assert not sign_in.check_password("wrong", "here")
        clock.now += auth.LONGEST_DELAY_S - 0.01
        with pytest.raises(TooManyFailures):
            sign_in.check_password("correct horse", "here")
        clock.now += 0.02
    assert sign_in.check_password("correct horse", "here")
    assert sign_in._failures == {}


def test_without_a_password_none_is_right():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "", 8501)
    assert not sign_in.has_password
    assert not sign_in.check_password("", "here")


def test_the_password_is_not_kept_in_the_clear():
    sign_in = TeacherSignIn(FakeStore(), Tickets(), "correct horse", 8501)
    assert "correct horse" not in str(vars(sign_in)) and sign_in._hash.startswith("$argon2id$")
