import re

import pytest

from fer.privacy.law import EEA, PURPOSES, Forbidden, check, countries


def test_the_union_and_its_economic_area_by_code():
    assert len(EEA) == 30 + 7 and set(countries()) > EEA
    assert countries()["DE"] == "Germany" and "GB" not in EEA and "CH" not in EEA
    assert list(countries().values()) == sorted(countries().values())


@pytest.mark.parametrize("country", sorted(EEA))
def test_teaching_with_expressions_is_banned_there(country):
    with pytest.raises(
        Forbidden, match=f"^In {re.escape(countries()[country])}, .*Art. 5.1..f., since 2 February 2025"
    ):
        check(country, "teaching")
    check(country, "safety")
    check(country, "private")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_elsewhere_the_answer_is_taken(purpose):
    check("JP", purpose)


@pytest.mark.parametrize(
    ("country", "purpose", "message"),
    [
        ("", "teaching", "the country where the students are.$"),
        ("EU", "teaching", "Received: EU"),
        ("JP", "", "what the lesson is for.$"),
        ("JP", "fun", "Received: fun"),
    ],
)
def test_an_answer_that_is_missing(country, purpose, message):
    with pytest.raises(ValueError, match=message):
        check(country, purpose)
