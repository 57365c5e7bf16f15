"""What a person agrees to before they can be told by their face, and where nobody is named."""

import pytest

from fer.languages import LANGUAGES
from fer.privacy.consent import IdentityTerms, identity_consent, mirror_consent
from fer.privacy.law import ARTICLE_9, IDENTITY_USES, Forbidden, check_identity, check_naming
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Lesson


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", IDENTITY_USES)
@pytest.mark.parametrize("more", [False, True])
def test_every_language_says_everything(language, purpose, more):
    terms = IdentityTerms(purpose, more, more)
    said, english = identity_consent(terms, language), identity_consent(terms, "en")
    assert said.text.count("\n") == english.text.count("\n") == 5 and "{" not in said.text
    assert all((said.title, said.agree, said.missing)) and (said == english) == (language == "en")


def test_it_says_what_is_stored_and_what_for():
    texts = {
        identity_consent(IdentityTerms(purpose, learns, keeps), "en").text
        for purpose in IDENTITY_USES
        for learns in (False, True)
        for keeps in (False, True)
    }
    assert len(texts) == 4 * len(IDENTITY_USES)
    for text in texts:
        assert "biometric data (GDPR, Art. 9)" in text and "take your consent back at any time" in text
        assert "Not for marks, attendance or discipline" in text and "a photo of you can fool it" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mirror_that_names_people_says_so(language):
    plain, names = (mirror_consent("private", language, 30, one).text.splitlines() for one in (False, True))
    [more] = set(names) - set(plain)
    assert set(plain) < set(names) and ("Your face is compared" in more) == (language == "en")


def test_article_9_in_two_sentences():
    assert ARTICLE_9.count(". ") - ARTICLE_9.count("Art. ") == 1


@pytest.mark.parametrize("purpose", IDENTITY_USES)
@pytest.mark.parametrize("country", ["DE", "JP"])
def test_a_purpose_of_its_own(country, purpose):
    check_identity(country, purpose)


@pytest.mark.parametrize(
    ("country", "purpose", "said"),
    [
        ("", "pictures", "country where the people live.$"),
        ("JP", "", "Choose the purpose.$"),
        ("JP", "teaching", "one of pictures, research, private, and not for attendance.*Received: teaching"),
    ],
)
def test_an_answer_that_will_not_do(country, purpose, said):
    with pytest.raises(ValueError, match=said):
        check_identity(country, purpose)


def test_nobody_is_named_while_a_lesson_shows_the_class_only():
    lessons = {view: Lesson(1, "BCD234", "Maths", 0.0, None, view) for view in (CLASS_ONLY, PER_STUDENT, PRESENCE)}
    check_naming([])
    check_naming([lessons[PER_STUDENT], lessons[PRESENCE]])
    with pytest.raises(Forbidden, match="End the lesson first"):
        check_naming([lessons[PER_STUDENT], lessons[CLASS_ONLY]])
