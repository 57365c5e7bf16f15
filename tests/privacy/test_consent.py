import re

import pytest

from fer.privacy.consent import TEXTS, consent
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, VIEWS


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_says_everything(language):
    assert TEXTS[language].keys() == TEXTS["en"].keys()
    for key, text in TEXTS[language].items():
        assert text and sorted(re.findall(r"{.*?}", text)) == sorted(re.findall(r"{.*?}", TEXTS["en"][key])), key


def test_the_reader_s_language_or_english():
    assert "Kamera" in consent(CLASS_ONLY, "de-AT", 30, 5).text
    assert consent(CLASS_ONLY, "pt-BR", 30, 5) == consent(CLASS_ONLY, "", 30, 5) == consent(CLASS_ONLY, "en", 30, 5)


@pytest.mark.parametrize("view", VIEWS)
def test_each_kind_of_lesson_says_what_it_stores(view):
    text = consent(view, "en", 12, 7).text
    assert "12 days" in text and "{" not in text and ("camera picture" in text) == (view != PRESENCE)
    assert ("no name, is stored" in text, "by name" in text, "uses no camera" in text) == (
        view == CLASS_ONLY,
        view == PER_STUDENT,
        view == PRESENCE,
    )
    assert ("7 faces" in text) == (view == CLASS_ONLY)
