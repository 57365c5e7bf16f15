"""What the database knows of a key, and how its day is counted."""

from fer.store.keys import DAY_S, ApiKey
from tests.store.rows import T0

KEY = ApiKey("robot", "JP", "research", daily_limit=3, created_at=T0)


def test_a_key_is_found_by_its_hash_until_it_is_deleted(fresh_store):
    assert fresh_store.add_key(KEY, "hash")
    assert not fresh_store.add_key(KEY, "other hash")
    assert fresh_store.keys() == [KEY]
    assert fresh_store.key_of("hash") == KEY and fresh_store.key_of("other hash") is None
    assert fresh_store.delete_key("robot") and not fresh_store.delete_key("robot")
    assert fresh_store.key_of("hash") is None


def test_a_day_has_its_limit_and_the_next_day_another(fresh_store):
    fresh_store.add_key(KEY, "hash")
    assert fresh_store.use_key("hash", 2, T0)
    assert not fresh_store.use_key("hash", 2, T0 + 1)
    assert fresh_store.use_key("hash", 1, T0 + 2)
    assert not fresh_store.use_key("hash", 1, T0 + 3)
    assert fresh_store.key_of("hash").last_used_at == T0 + 2
    assert fresh_store.use_key("hash", 3, T0 + DAY_S)
    assert not fresh_store.use_key("none", 1, T0)
