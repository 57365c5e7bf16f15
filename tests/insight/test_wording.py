from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fer.insight.wording import clock, percent


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.824, "82 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2026-10-25T00:30", "02:30 CEST"),
        ("2026-10-25T01:30", "02:30 CET"),
        ("2026-10-25T02:00", "03:00"),
        ("2026-03-29T01:00", "03:00"),  # an hour that is left out shows nothing twice
        ("2026-06-01T10:05", "12:05"),
    ],
)
def test_a_time_that_clocks_show_twice_names_its_zone(utc, shown):
    assert clock(datetime.fromisoformat(f"{utc}+00:00").timestamp(), ZoneInfo("Europe/Berlin")) == shown
