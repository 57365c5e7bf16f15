"""What the privacy page says of attacks on class-only lessons is what they do."""

import re

import pytest

from fer.config import ROOT
from tests.privacy.attacks import (
    guess,
    latecomer,
    one_among_four,
    rate,
    sums_of_changing_faces,
    sums_of_steps,
    with_noise,
)

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("attack", "row", "trials"),
    [
        (one_among_four, "four made-up ones", 300),
        (latecomer, "two made-up ones", 300),
        (sums_of_steps, "sums of steps", 12),
        (sums_of_changing_faces, "such sums", 12),
        (guess, "guessing \\*neutral", 300),
    ],
)
def test_an_attack_is_right_as_often_as_the_page_says(attack, row, trials):
    said = int(re.search(rf"{row}[^|]*\| (\d+) %", PAGE).group(1)) / 100
    found = rate(attack, trials, seed=1)
    print(f"{attack.__name__}: {found:.0%}")
    assert found == pytest.approx(said, abs=0.1)


@pytest.mark.parametrize("percent", [0, 20, 50])
def test_noise_costs_what_the_page_says(percent):
    row = re.search(rf"^\| {percent} % \| (\d+) % \| .*?, ([\d.]+), .*points \|$", PAGE, re.M)
    found_out, error = with_noise(percent / 100, 20, 300, seed=1)
    assert found_out == pytest.approx(int(row.group(1)) / 100, abs=0.1)
    assert 100 * error == pytest.approx(float(row.group(2)), abs=1)
