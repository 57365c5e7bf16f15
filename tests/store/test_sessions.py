"""Who is signed in."""

from tests.store.rows import T0


def test_a_session_lasts_until_it_expires_or_is_deleted(fresh_store):
    fresh_store.add_session("one", T0, T0 + 10)
    fresh_store.add_session("two", T0, T0 + 10)
    assert fresh_store.has_session("one", T0) and not fresh_store.has_session("one", T0 + 10)
    assert not fresh_store.has_session("three", T0)
    fresh_store.delete_session("one")
    assert not fresh_store.has_session("one", T0) and fresh_store.has_session("two", T0)
    fresh_store.add_session("three", T0 + 20, T0 + 30)
    assert not fresh_store.has_session("two", T0)
