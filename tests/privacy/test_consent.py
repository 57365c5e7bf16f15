import pytest

from fer.languages import LANGUAGES
from fer.privacy.consent import Terms, consent
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Lesson

WAYS = [
    (CLASS_ONLY, True, True),
    (CLASS_ONLY, True, False),
    (PER_STUDENT, True, True),
    (PER_STUDENT, True, False),
    (PER_STUDENT, False, False),  # a server that looks at no face
    (PRESENCE, False, False),
]


def terms(view, lesson_has_cameras, with_camera, keep_days=30, least_visible=7):
    return Terms(
        Lesson(1, "BCD234", "Maths", 0.0, None, view), lesson_has_cameras, with_camera, keep_days, least_visible
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
def test_every_language_says_everything(language, way):
    said, english = consent(terms(*way), language), consent(terms(*way), "en")
    assert said.text.count("\n") == english.text.count("\n") and "{" not in said.text and "30" in said.text
    assert ("7" in said.text) == (way == (CLASS_ONLY, True, True)) and all((said.title, said.agree, said.missing))
    assert (said == english) == (language == "en")


@pytest.mark.parametrize(("view", "lesson_has_cameras", "with_camera"), WAYS)
def test_each_way_to_take_part_says_what_is_stored(view, lesson_has_cameras, with_camera):
    said = consent(terms(view, lesson_has_cameras, with_camera, 12), "en")
    text = said.text
    assert "12 days" in text and ("camera picture" in text) == ("share my camera" in said.agree) == with_camera
    assert ("picture" in said.title) == ("stop the camera" in text) == with_camera
    assert ("uses no camera" in text) == (not lesson_has_cameras)
    assert (
        ("no picture of you is taken" in text)
        == ("without a camera" in said.agree)
        == (lesson_has_cameras > with_camera)
    )
    assert ("your name, when you were there, where in the picture" in text) == (view == PER_STUDENT and with_camera)
    assert ("your name, and when you were there" in text) == (view == PER_STUDENT and not with_camera)
    assert ("no name, is stored" in text) == (view == CLASS_ONLY and with_camera)
    assert ("when you joined, without a name" in text) == (view != PER_STUDENT and not with_camera)
    assert "1 day after" in consent(terms(view, lesson_has_cameras, with_camera, 1), "en").text
