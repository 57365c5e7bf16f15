import pytest

from fer.config import Settings
from fer.lesson import per_address
from fer.lesson.per_address import PerAddress, TooMany, household


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(per_address.time, "monotonic", lambda: Clock.now)
    return Clock


def taken(counter: PerAddress, address: str | None, tries: int) -> int:
    """How many of so many tries at one moment go through."""
    n = 0
    for _ in range(tries):
        try:
            counter.take(address)
        except TooMany:
            continue
        n += 1
    return n


def test_so_many_at_once_and_as_many_again_each_minute(clock):
    counter = PerAddress("students joined", 60)
    assert taken(counter, "203.0.113.5", 100) == 60
    with pytest.raises(TooMany, match=r"Too many students joined from this network at once\. Try again in 1 s\."):
        counter.take("203.0.113.5")
    clock.now += 10
    assert taken(counter, "203.0.113.5", 100) == 10
    clock.now += 3600
    assert taken(counter, "203.0.113.5", 100) == 60


def test_another_address_has_its_own_and_an_unknown_one_is_not_counted():
    counter = PerAddress("students joined", 1)
    assert taken(counter, "203.0.113.5", 2) == 1
    assert taken(counter, "203.0.113.6", 2) == 1
    assert taken(counter, None, 50) == taken(counter, "", 50) == 50


@pytest.mark.parametrize("of_two_minutes", [1, 60, 120])
def test_the_defaults_admit_a_school_of_1000_behind_one_address_in_two_minutes(clock, of_two_minutes):
    """All at once, in one minute or in two; three WebSockets each: the page, the page
    after joining, and one of the student's own recognition."""
    settings, school = Settings(), "198.51.100.7"
    joins, sockets = (
        PerAddress("students joined", settings.joins_per_address),
        PerAddress("connections", settings.sockets_per_address),
    )
    joined = connected = 0
    for second in range(120):
        clock.now += 1
        n = 1000 // of_two_minutes + (1000 % of_two_minutes > second) if second < of_two_minutes else 0
        joined += taken(joins, school, n)
        connected += taken(sockets, school, 3 * n)
    if of_two_minutes == 1:  # the second half is asked to press Join again
        clock.now += 60
        joined += taken(joins, school, 1000 - joined)
        connected += taken(sockets, school, 3000 - connected)
    assert (joined, connected) == (1000, 3000)


def test_what_is_remembered_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(per_address, "MOST_REMEMBERED", 100)
    counter = PerAddress("connections", 5)
    for n in range(300):
        clock.now += 1
        counter.take(f"10.0.{n // 256}.{n % 256}")
    assert len(counter._left) <= 100


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
        ("2001:db8:1:3::9", "2001:0db8:0001:0003"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address, counts_as):
    assert household(address) == counts_as
