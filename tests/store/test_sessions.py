"""Who is signed in."""

import pytest

from fer.records import Teacher
from fer.store.sessions import NOT_BY_ACCOUNT
from tests.store.rows import T0


def test_a_session_lasts_until_it_expires_or_is_deleted(fresh_store):
    fresh_store.add_session("one", T0, T0 + 10)
    fresh_store.add_session("two", T0, T0 + 10)
    assert fresh_store.has_session("one", T0) and not fresh_store.has_session("one", T0 + 10)
    assert not fresh_store.has_session("three", T0)
    fresh_store.delete_sessions(["one", "four"])
    assert not fresh_store.has_session("one", T0) and fresh_store.has_session("two", T0)
    fresh_store.add_session("three", T0 + 20, T0 + 30)
    assert not fresh_store.has_session("two", T0)


def test_who_is_signed_in(fresh_store):
    ana = fresh_store.teacher_signs_in("account", "ana@x.org", False, T0)
    fresh_store.add_session("hers", T0, T0 + 10, ana.id)
    fresh_store.add_session("by password", T0, T0 + 10)
    assert fresh_store.signed_in(["hers", "made up"], T0) == ana
    assert fresh_store.signed_in(["by password"], T0) == NOT_BY_ACCOUNT and NOT_BY_ACCOUNT.is_admin
    assert fresh_store.signed_in(["made up"], T0) is None and fresh_store.signed_in(["hers"], T0 + 10) is None
    fresh_store.teacher_signs_in("account", "ana@y.org", True, T0 + 1)  # another name and role by now
    assert fresh_store.signed_in(["hers"], T0) == Teacher(ana.id, "ana@y.org", True)
    fresh_store.sign_teacher_out("another account")
    assert fresh_store.signed_in(["hers"], T0) is not None
    fresh_store.sign_teacher_out("account")
    assert fresh_store.signed_in(["hers"], T0) is None and fresh_store.signed_in(["by password"], T0) is not None


@pytest.mark.parametrize(
    ("teacher", "owner_id", "may"),
    [
        (Teacher(1, "", False), 1, True),
        (Teacher(1, "", False), 2, False),
        (Teacher(1, "", False), None, False),
        (Teacher(1, "", True), 2, True),
        (Teacher(1, "", True), None, True),
        (NOT_BY_ACCOUNT, 1, True),
        (Teacher(None, "", False), None, False),
    ],
)
def test_what_a_teacher_may_see(teacher, owner_id, may):
    assert teacher.may_see(owner_id) is may
