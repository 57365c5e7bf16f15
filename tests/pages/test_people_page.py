"""The page People without a browser: its guard, enrolling with a consent, changing and deleting."""

import io
from dataclasses import replace

import cv2
import pytest

from fer.config import Settings
from fer.languages import LANGUAGES
from fer.privacy.law import ARTICLE_9
from fer.records import CLASS_ONLY
from fer.store.people import ConsentRecord
from fer.vision import identity
from fer.vision.known_people import KnownPeople
from fer.web import people_parts, picture_parts
from tests.faces_of_people import needs_orl, photo, photos
from tests.pages.test_pages import box, show, sign_in, texts
from tests.scenes import YUNET

AGREED = ConsentRecord("Berta", 1_700_000_000.0, "en", "I agree.", "JP", "pictures", keeps_thumbnails=True)


def test_strangers_see_only_the_sign_in(running):
    running.store.add_person("Secret name", AGREED, [], 0.0)
    app = show("pages/people.py")
    assert [title.value for title in app.title] == ["Teacher sign-in"] and "Secret" not in texts(app)


def test_switched_off_it_says_how_to_switch_it_on(running):
    sign_in(running)
    app = show("pages/people.py")
    assert "FER_IDENTITY=on" in texts(app) and ARTICLE_9 in texts(app) and not app.button


@pytest.fixture
def people(running, monkeypatch, tmp_path):
    """Of a monitor whose teacher is signed in."""
    sign_in(running)
    monkeypatch.setattr(identity, "TREES", 20)  # quicker
    running.people = KnownPeople(running.store, Settings(data_dir=tmp_path, identity=True, detector_file=YUNET))
    return running.people


@pytest.fixture
def uploads(monkeypatch):
    """What the page's uploader holds: AppTest has none."""
    held = []
    monkeypatch.setattr(people_parts, "pick_photos", lambda key: (list(held), "photo"))
    return held


def enrol_by_store(people, *persons):
    for person in persons:
        people.enrol(f"Person {person}", AGREED, people.check(photos(person, range(1, 6))))
    people.learn()


def opened(view):
    app = show("pages/people.py")
    app.segmented_control(key="people-view").set_value(view).run()
    assert not app.exception
    return app


def text_box(app, label):
    [found] = [one for one in app.text_input if one.label.startswith(label)]
    return found


def press(app, label):
    [found] = [one for one in app.button if one.label == label]
    found.click().run()
    assert not app.exception


def fill(app, name="李雷", who="Berta Quill", agrees=True):
    text_box(app, "Name").set_value(name)
    text_box(app, "Who agrees").set_value(who)
    [country] = [one for one in app.selectbox if one.label == "Country where they live"]
    country.set_value("JP").run()
    if agrees:
        agree(app)


def agree(app):
    [box] = [one for one in app.checkbox if "agree, for myself" in one.label or one.key.startswith("agreed-")]
    box.check().run()


@needs_orl
def test_enrolling_with_a_consent(people, uploads):
    uploads += photos(7, (1, 2, 3, 4))
    app = opened("Enrol somebody")
    fill(app)
    press(app, "Enrol")
    assert app.success[0].value.startswith("李雷 is enrolled with 4 photos")
    [person] = people.store.people()
    consent = person.consent
    assert (person.name, consent.agreed_by, consent.country, consent.purpose) == (
        "李雷",
        "Berta Quill",
        "JP",
        "pictures",
    )
    assert "biometric data (GDPR, Art. 9)" in consent.words and not consent.learns_more
    assert text_box(app, "Name").value == ""  # ready for the next


@needs_orl
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_in_the_language_of_who_agrees(people, uploads, language):
    uploads += photos(7, (1, 2, 3))
    app = opened("Enrol somebody")
    [box] = [one for one in app.selectbox if one.label == "Language of the words"]
    box.set_value(language).run()
    fill(app)
    press(app, "Enrol")
    [person] = people.store.people()
    assert person.consent.language == language
    assert any(word in person.consent.words for word in ("GDPR", "DSGVO", "RGPD"))


@needs_orl
@pytest.mark.parametrize(
    ("filled", "numbers", "said"),
    [
        ({"agrees": False}, (1, 2, 3), "Nobody is learnt without this consent"),
        ({"who": " "}, (1, 2, 3), "Nobody is learnt without this consent"),
        ({"name": "\u200b"}, (1, 2, 3), "A name must have 1 to 60 characters"),
        ({"name": "PERSON 12"}, (1, 2, 3), "There is a person called"),
        ({}, (1, 2), "at least 3 photos"),
        ({}, (), "at least 3 photos"),
        ({}, (1, 1, 1, 2), "at least 3 photos"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_stored(people, uploads, filled, numbers, said):
    enrol_by_store(people, 12)
    uploads += photos(7, numbers)
    app = opened("Enrol somebody")
    fill(app, **filled)
    press(app, "Enrol")
    assert said in screen_text(app.error[0].value) and len(people.store.people()) == 1
    assert len(app.warning) == max(0, len(numbers) - len(set(numbers)))  # the same photo twice


def screen_text(markdown):
    return markdown.replace("\\", "")


@needs_orl
def test_words_that_changed_must_be_agreed_to_again(people, uploads):
    uploads += photos(7, (1, 2, 3))
    app = opened("Enrol somebody")
    fill(app)
    [keeps] = [one for one in app.checkbox if one.label.startswith("Also keep")]
    keeps.check().run()
    press(app, "Enrol")
    assert "Nobody is learnt without this consent" in app.error[0].value
    agree(app)
    press(app, "Enrol")
    [person] = people.store.people()
    assert person.consent.keeps_thumbnails and "small picture of your face is stored" in person.consent.words
    assert all(face.thumbnail for face in people.store.faces_of(person.id))


@pytest.fixture
def chosen(people, monkeypatch):
    """The page with the first person chosen."""
    enrol_by_store(people, 12, 7)
    real = people_parts.st.dataframe
    monkeypatch.setattr(
        people_parts.st, "dataframe", lambda *args, **kwargs: real(*args, **kwargs) and {"selection": {"rows": [0]}}
    )
    return people


@needs_orl
def test_rename(chosen, uploads):
    app = opened("Enrolled")
    text_box(app, "Name").set_value("سارة")
    press(app, "Rename")
    assert [one.name for one in chosen.store.people()] == ["Person 7", "سارة"]


@needs_orl
def test_a_name_that_is_taken(chosen, uploads):
    app = opened("Enrolled")
    text_box(app, "Name").set_value("person 7")
    press(app, "Rename")
    assert "Choose another name" in app.error[0].value


@needs_orl
def test_remove_and_add_photos(chosen, uploads):
    uploads += photos(12, (6, 1))
    app = opened("Enrolled")
    app.multiselect[0].set_value([0]).run()
    press(app, "Remove 1 of 5")
    assert chosen.store.person_named("Person 12").faces == {"hog-1": 4}
    app = opened("Enrolled")
    press(app, "Add them")
    assert chosen.store.person_named("Person 12").faces == {"hog-1": 6}  # number 1 had been removed


@needs_orl
def test_delete(chosen, uploads):
    app = opened("Enrolled")
    press(app, "Delete everything of this person")  # opens a dialog, which is tried in a browser
    assert len(chosen.store.people()) == 2


@needs_orl
def test_a_class_only_lesson_is_said(people, running):
    running.store.create_lesson("Maths", 0.0, CLASS_ONLY)
    assert "While a lesson shows the class only" in texts(show("pages/people.py"))


class Upload(io.BytesIO):
    name = file_id = "a.pgm"


@needs_orl
def test_who_is_here(people, monkeypatch):
    enrol_by_store(people, 12, 7)
    monkeypatch.setattr(people_parts.st, "file_uploader", lambda *_, **__: [Upload(photo(7, 7)), Upload(photo(30, 1))])
    app = opened("Who is here")
    table = app.dataframe[0].value
    assert [(row["Name"], row["State"]) for _, row in table.iterrows()] == [
        ("Person 7", "here"),
        ("Person 12", "missing"),
        ("", "unknown"),
    ]
    assert "It can be fooled" in texts(app)
    assert "Nobody who is enrolled has agreed that later pictures are learnt from." in texts(app)


@needs_orl
def test_a_name_is_corrected_where_that_was_agreed_to(people, monkeypatch):
    enrol_by_store(people, 7)
    agreed = replace(AGREED, learns_more=True)
    people.enrol("Ana", agreed, people.check(photos(12, range(1, 6))))
    monkeypatch.setattr(people_parts.st, "file_uploader", lambda *_, **__: [Upload(photo(12, 8)), Upload(photo(30, 1))])
    app = opened("Who is here")
    face, who = app.selectbox
    assert [option.split(" ", 1)[1] for option in face.options] == ["Ana", "unknown"] and who.options == ["Ana"]
    who.set_value("Ana").run()
    press(app, "Learn it")
    ana = people.store.person_named("Ana")
    assert people.store.faces_of(ana.id)[-1].came_from == "confirmed"


@needs_orl
def test_a_roster_that_is_none(people, monkeypatch):
    monkeypatch.setattr(people_parts.st, "file_uploader", lambda *_, **__: Upload(b"\xff\xfe\x00"))
    app = opened("Roster")
    press(app, "Add these people")
    assert app.error[0].value == "This is no CSV file in UTF-8."


@pytest.fixture
def pictures_page(people, monkeypatch):
    """The page Pictures of a teacher who has answered what the law asks."""
    monkeypatch.setattr(picture_parts, "AT_ONCE_S", 20.0)
    app = show("pages/pictures.py")
    for label, answer in (("Country of the people in the pictures", "JP"), ("Purpose", "private")):
        box(app, label).set_value(answer)
    return app.run()


def drop(app, person, number):
    [(_, picture)] = photos(person, (number,))
    large = cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    app.file_uploader[0].set_value([("face.png", cv2.imencode(".png", large)[1].tobytes(), "image/png")]).run()
    assert not app.exception


def names(app):
    [result] = app.session_state["pictures-work"].results
    return [row.get("identity") for row in result.rows()]


@needs_orl
def test_a_name_on_the_page_pictures_is_corrected_and_goes_with_the_person(people, pictures_page, monkeypatch):
    app, learns = pictures_page, replace(AGREED, learns_more=True)
    for person, consent in ((7, AGREED), (12, learns)):
        people.enrol(f"Person {person}", consent, people.check(photos(person, range(1, 6))))
    people.learn()
    drop(app, 7, 7)
    assert "**Face 0** · Person 7 · " in texts(app) and names(app) == ["Person 7"]
    assert box(app, "This is").options == ["Person 12"]  # who agreed that later pictures are learnt from
    press(app, "Keep it")
    box(app, "This is").set_value("Person 12").run()
    press(app, "Learn it")
    seven, twelve = people.store.people_names()
    assert [face.came_from for face in people.store.faces_of(twelve)] == ["photo"] * 5 + ["confirmed"]
    [vector] = [face.vector for face in app.session_state["pictures-work"].results[0].faces]
    assert (people.store.faces_of(twelve)[-1].vector == vector).all()
    assert names(app) == [one and one.name for one in people.who([vector])]  # by what is learnt now
    people.delete(seven)
    app.run()
    assert "Person 7" not in texts(app) and names(app) == [None]
    monkeypatch.setattr(picture_parts.screen, "chosen_row", lambda *_, **__: 0)
    app.segmented_control(key="pictures-view").set_value("Kept").run()
    assert "**Face 0** · " in texts(app) and "Person 7" not in texts(app)


@needs_orl
def test_a_kept_picture_is_asked_anew_who_it_shows(people, pictures_page, monkeypatch):
    app = pictures_page
    drop(app, 7, 7)
    press(app, "Keep it")
    enrol_by_store(people, 7, 12)
    monkeypatch.setattr(picture_parts.screen, "chosen_row", lambda *_, **__: 0)
    app.segmented_control(key="pictures-view").set_value("Kept").run()
    assert "**Face 0** · Person 7 · " in texts(app)
    people.store.create_lesson("Maths", 0.0, CLASS_ONLY)
    app.run()
    assert "Person 7" not in texts(app) and "Right or wrong?" not in texts(app)
