"""What the processes of one database share; two stores of one URL stand for two processes."""

import math

import pytest

from fer.store.store import Store
from tests.conftest import POSTGRESQL, empty_database
from tests.store.rows import T0


@pytest.fixture
def two(tmp_path):
    url = empty_database(tmp_path)
    stores = Store(url), Store(url)
    yield stores
    for store in stores:
        store.close()


def test_a_ticket_is_taken_once_by_whichever(two):
    here, there = two
    here.add_ticket("one", "sealed", T0, T0 + 60)
    here.add_ticket("late", "sealed", T0, T0 + 10)
    assert there.take_ticket("late", T0 + 10) is None
    assert there.take_ticket("one", T0 + 10) == "sealed" and here.take_ticket("one", T0 + 10) is None


def test_of_a_terminal_only_the_last_ticket_is_good(two):
    here, there = two
    here.add_ticket("first", "a", T0, math.inf, "host:1")
    there.add_ticket("beside", "b", T0, math.inf, "host:2")
    here.add_ticket("second", "c", T0, math.inf, "host:1")
    taken = [there.take_ticket(one, T0 + 1e9) for one in ("first", "beside", "second")]
    assert taken == [None, "b", "c"]


def test_guesses_are_counted_together(two):
    here, there = two
    here.add_wrong_guess("ana", True, T0)
    there.add_wrong_guess("ana", False, T0 + 1)
    assert there.wrong_guesses(T0 - 1, "ana") == [T0, T0 + 1] and here.wrong_guesses(T0 - 1) == [T0]
    here.forgive("ana")
    assert there.wrong_guesses(T0 - 1, "ana") == [] and here.wrong_guesses(T0 - 1) == [T0]
    here.add_wrong_guess("ben", True, T0 + 9)
    there.forget_guesses(T0 + 1, T0 + 8)
    assert here.wrong_guesses(0) == []


def test_a_value_is_the_same_for_all(two):
    here, there = two
    assert here.shared("key") is None
    assert here.share_first("key", "one") == there.share_first("key", "other") == "one"
    there.share("key", "two")
    assert here.shared("key") == "two"


def test_one_at_a_time(two):
    here, there = two
    with here.alone("this"):
        with there.alone_or_not("this") as is_free:
            assert is_free is not bool(POSTGRESQL)  # an SQLite file has one process
        with there.alone_or_not("that") as is_free:
            assert is_free
    with there.alone_or_not("this") as is_free:
        assert is_free
