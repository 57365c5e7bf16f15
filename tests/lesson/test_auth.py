import math

import pytest
import sqlalchemy as sa

from fer.lesson.auth import Grant, TeacherSignIn, Tickets, hash_token
from fer.lesson.guesses import GUESSES_S, MOST_GUESSES, TooManyFailures
from fer.store.schema import SESSIONS, TICKETS, WRONG_GUESSES

GRANT = Grant("cookie", "value of a cookie", "/dashboard")


def sign_in_of(store, password, port=8501):
    return TeacherSignIn(store, Tickets(store, port), password, port)


def test_a_ticket_works_once(fresh_store):
    tickets = Tickets(fresh_store, 8501)
    ticket = tickets.issue(GRANT)
    assert tickets.redeem(ticket) == GRANT
    assert tickets.redeem(ticket) is None
    assert tickets.redeem("made up") is None


def test_a_ticket_runs_out(fresh_store, clock):
    tickets = Tickets(fresh_store, 8501)
    ticket, lasting = tickets.issue(GRANT, valid_s=60), tickets.issue(GRANT, valid_s=math.inf)
    clock.now += 61
    assert tickets.redeem(ticket) is None
    assert tickets.redeem(lasting) == GRANT


def everything(store) -> str:
    """All that the database holds of tickets, sessions and guesses."""
    return str([store.rows(sa.select(table)) for table in (TICKETS, SESSIONS, WRONG_GUESSES)])


def test_only_hashes_are_kept(fresh_store):
    ticket, token = Tickets(fresh_store, 8501).issue(GRANT), sign_in_of(fresh_store, "").new_session()
    assert hash_token(ticket) in everything(fresh_store)
    assert not [one for one in (ticket, token, GRANT.value, GRANT.page) if one in everything(fresh_store)]


def test_a_link_in_the_terminal_takes_the_place_of_the_one_before(fresh_store):
    here, other = Tickets(fresh_store, 8501), Tickets(fresh_store, 8502)
    before, beside = here.issue(GRANT, math.inf), other.issue(GRANT, math.inf)
    after = Tickets(fresh_store, 8501).issue(GRANT, math.inf)  # as after a restart
    assert here.redeem(before) is None
    assert here.redeem(after) == here.redeem(beside) == GRANT


def test_processes_share_tickets_and_wrong_guesses(fresh_store, clock):
    here, there = sign_in_of(fresh_store, "correct horse"), sign_in_of(fresh_store, "correct horse", 8502)
    assert there.redeem(here.ticket(60)) is not None
    assert guess(here, "203.0.113.9") is False and guess(there, "203.0.113.9", said="correct horse") is None
    assert "203.0.113.9" not in everything(fresh_store)
    clock.now += 1.01
    assert guess(there, "203.0.113.9", said="correct horse") is True and guess(here, "203.0.113.9") is False


def test_sessions_begin_and_end(fresh_store):
    sign_in = sign_in_of(fresh_store, "")
    token = sign_in.new_session()
    assert sign_in.is_session(token)
    assert not sign_in.is_session("") and not sign_in.is_session("made up")
    sign_in.end_session(token)
    assert not sign_in.is_session(token)


def test_without_a_password_none_is_right(fresh_store):
    sign_in = sign_in_of(fresh_store, "")
    assert not sign_in.has_password
    assert not sign_in.check_password("", "here")


def test_the_password_is_not_kept_in_the_clear(fresh_store):
    sign_in = sign_in_of(fresh_store, "correct horse")
    token = sign_in.new_session()
    assert "correct horse" not in str(vars(sign_in)) and len(sign_in._key) == 64
    assert sign_in._key not in everything(fresh_store) and hash_token(token) not in everything(fresh_store)


@pytest.mark.parametrize(("old", "new"), [("correct horse", "battery staple"), ("", "x"), ("correct horse", "")])
def test_a_changed_password_ends_what_was_got_with_the_old_one(fresh_store, old, new):
    before = sign_in_of(fresh_store, old)
    session, browser = before.new_session(), before.new_browser()
    same, after = sign_in_of(fresh_store, old), sign_in_of(fresh_store, new)
    assert same.is_session(session) and same.is_known_browser(browser)
    assert not after.is_session(session) and not after.is_known_browser(browser)


def test_a_known_browser_is_no_session_nor_the_other_way_round(fresh_store):
    sign_in = sign_in_of(fresh_store, "correct horse")
    session, browser = sign_in.new_session(), sign_in.new_browser()
    assert not sign_in.is_session(browser) and not sign_in.is_known_browser(session)
    assert not sign_in.is_session(f"browser {browser}") and not sign_in.is_known_browser("")


def guess(sign_in, address: str, browser: str = "", said: str = "wrong") -> bool | None:
    """Whether it was right; None where it had to wait."""
    try:
        return sign_in.check_password(said, address, browser)
    except TooManyFailures:
        return None


def test_guesses_from_many_addresses_are_limited_and_do_not_lock_the_teacher_out(fresh_store, clock):
    sign_in = sign_in_of(fresh_store, "correct horse")
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


def test_a_known_browser_has_to_wait_for_its_own_wrong_guesses(fresh_store, clock):
    sign_in = sign_in_of(fresh_store, "correct horse")
    one, other = sign_in.new_browser(), sign_in.new_browser()
    assert guess(sign_in, "", one) is False and guess(sign_in, "", one) is None and guess(sign_in, "", other) is False


def test_where_no_address_is_known_nobody_waits_for_another(fresh_store, clock):
    sign_in = sign_in_of(fresh_store, "correct horse")
    assert [guess(sign_in, "") for _ in range(5)] == [False] * 5
    assert guess(sign_in, "", said="correct horse") is True
    assert [guess(sign_in, "2001:db8::1"), guess(sign_in, "2001:db8::2")] == [False, None]  # one subscriber
