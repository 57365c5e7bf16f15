"""The class in words, and when to doubt it."""

import pytest

from fer.insight.headline import headline, presence_headline
from tests.rows import one


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (one(), None, "Mostly neutral"),
        (one(happy=0.7), None, "Mostly happy"),
        (one(neutral=0.45, happy=0.4, sad=0.15), None, "Mixed, neutral and happy"),
        (one(neutral=0.4, happy=0.2, sad=0.2, angry=0.2), None, "Mixed, neutral the most"),
        (one(sad=0.3), one(sad=0.1), "Mostly neutral, more sad than before"),
        (one(sad=0.3, angry=0.15), one(sad=0.1), "Mostly neutral, more sad and angry than before"),
        (one(sad=0.1, angry=0.35), one(), "Mostly neutral, more angry and sad than before"),
        (one(happy=0.1), one(happy=0.12), "Mostly neutral, as before"),
        (one(), one(sad=0.3), "Mostly neutral, less sad than before"),
        (one(), one(sad=0.07, fear=0.07, angry=0.07), "Mostly neutral, as before"),
        (one(sad=0.2), one(sad=0.6), "Mostly neutral, more neutral than before"),
        (one(happy=0.3, sad=0.05, fear=0.05, angry=0.05), one(happy=0.45), "Mostly neutral, less happy than before"),
    ],
)
def test_the_headline(now, before, text):
    found = headline(now, before, 30, 24, 1.0)
    assert (found.text, found.coverage, found.faded, found.why) == (text, "24 of 30 visible", False, "")


@pytest.mark.parametrize(
    ("now", "present", "visible", "age_s", "text", "coverage", "why"),
    [
        (one(), 30, 10, 1, "Mostly neutral", "10 of 30 visible", "fewer than half are visible"),
        (one(unsure=0.5), 30, 24, 1, "Mostly neutral", "24 of 30 visible", "many faces are unsure"),
        (one(), 30, None, 45, "Mostly neutral", "30 present", "the newest figures are 45 s old"),
        (
            one(unsure=0.5),
            30,
            10,
            1,
            "Mostly neutral",
            "10 of 30 visible",
            "fewer than half are visible and many faces are unsure",
        ),
        (None, 3, None, None, "No expression to show", "3 present", "not enough faces were seen in the last seconds"),
        (None, 3, 0, 1, "No expression to show", "0 of 3 visible", "no face is visible"),
        (None, 0, 0, None, "Waiting for students", "", ""),
    ],
)
def test_the_headline_fades_and_says_why(now, present, visible, age_s, text, coverage, why):
    found = headline(now, None, present, visible, age_s)
    assert (found.text, found.coverage, found.faded, found.why) == (text, coverage, True, why)


def test_who_dropped_stays_in_the_headline():
    assert headline(one(), None, 4, 3, 1.0, 2).coverage == "4 of 6 here, 2 dropped · 3 of 4 visible"
    assert headline(None, None, 0, 0, None, 2).coverage == presence_headline(0, 2).coverage == "0 of 2 here, 2 dropped"
    assert presence_headline(1, 2).coverage == "1 of 3 here, 2 dropped · no expressions in this lesson"
