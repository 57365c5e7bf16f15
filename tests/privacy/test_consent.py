import pytest

from fer.languages import LANGUAGES
from fer.privacy.consent import consent
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, VIEWS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_language_says_everything(language, view):
    said, english = consent(view, language, 30, 5), consent(view, "en", 30, 5)
    assert said.text.count("\n") == english.text.count("\n") and "{" not in said.text and "30" in said.text
    assert ("5" in said.text) == (view == CLASS_ONLY) and all((said.title, said.agree, said.missing))
    assert (said == english) == (language == "en")


@pytest.mark.parametrize("view", VIEWS)
def test_each_kind_of_lesson_says_what_it_stores(view):
    text = consent(view, "en", 12, 7).text
    assert "12 days" in text and ("camera picture" in text) == (view != PRESENCE)
    assert ("no name, is stored" in text, "by name" in text, "uses no camera" in text) == (
        view == CLASS_ONLY,
        view == PER_STUDENT,
        view == PRESENCE,
    )
    assert ("7 faces" in text) == (view == CLASS_ONLY)
    assert "1 day after" in consent(view, "en", 1, 7).text
