import pytest

from fer.lesson.guesses import FORGOTTEN_S, GUESSES_S, LONGEST_DELAY_S, MOST_GUESSES, Guesses, TooManyFailures


def wrong(counted: Guesses, who: str, is_stranger: bool = False) -> None:
    counted.check(who, is_stranger)
    counted.note(who, is_stranger, False)


def test_each_wrong_guess_doubles_the_wait_up_to_a_limit(fresh_store, clock):
    counted = Guesses(fresh_store)
    for wait_s in (1, 2, 4, 8, 16, LONGEST_DELAY_S, LONGEST_DELAY_S):
        wrong(counted, "here")
        with pytest.raises(TooManyFailures, match=rf"Too many wrong passwords\. Try again in {wait_s:.0f} seconds\."):
            counted.check("here", False)
        clock.now += wait_s + 0.01
    counted.note("here", False, True)
    wrong(counted, "here")
    with pytest.raises(TooManyFailures, match="in 1 seconds"):
        counted.check("here", False)


def test_others_need_not_wait_and_old_guesses_are_forgotten(fresh_store, clock):
    counted = Guesses(fresh_store)
    wrong(counted, "here")
    wrong(counted, "there")
    clock.now += FORGOTTEN_S + 10
    wrong(counted, "elsewhere")
    assert not fresh_store.wrong_guesses(0, "here") and not fresh_store.wrong_guesses(0, "there")


def test_strangers_share_so_many_guesses_in_ten_minutes(fresh_store, clock, caplog):
    counted = Guesses(fresh_store)
    for n in range(MOST_GUESSES):
        clock.now += 1
        wrong(counted, f"10.0.0.{n}", is_stranger=True)
    with pytest.raises(TooManyFailures, match="by whomever") as raised:
        counted.check("10.0.1.1", True)
    assert raised.value.wait_s == GUESSES_S - MOST_GUESSES + 1
    assert "30 wrong passwords in 10 minutes" in caplog.text
    counted.check("a known browser", False)
    clock.now += raised.value.wait_s + 0.01
    wrong(counted, "10.0.1.1", is_stranger=True)
    with pytest.raises(TooManyFailures):
        counted.check("10.0.1.2", True)
