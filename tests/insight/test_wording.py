import pytest

from fer.insight.wording import percent


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.824, "82 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert percent(share) == text
