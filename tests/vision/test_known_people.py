"""People through the whole line: enrolled from photos, recognised, unknown, deleted; and photos that will not do."""

import json
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.config import Settings, SettingsError
from fer.records import CLASS_ONLY, PER_STUDENT
from fer.store.people import ConsentRecord, FaceVector, NameTaken, NoConsent
from fer.store.store import Store
from fer.vision import identity, known_people
from fer.vision.detector import load_detector
from fer.vision.known_people import FILE, Checked, KnownPeople
from tests.faces_of_people import needs_orl, photos
from tests.scenes import YUNET, astronaut_bgr

pytestmark = needs_orl
T0 = 1_700_000_000.0
AGREED = ConsentRecord("Berta", T0, "en", "I agree.", "JP", "pictures")
ENROLLED, STRANGERS = range(1, 21), range(21, 41)


def settings(folder, **more):
    return Settings(data_dir=folder, identity=True, detector_file=YUNET, **more)


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "TREES", 20)  # quicker
    store = Store(f"sqlite:///{tmp_path / 'lessons.db'}")
    yield KnownPeople(store, settings(tmp_path))
    store.close()


def enrol(people, *numbers, consent=AGREED, **more):
    for number in numbers:
        people.enrol(f"Person {number}", consent, people.check(photos(number, range(1, 6)), **more))


def named(people, number, which=(6, 7, 8, 9, 10)):
    """The names that photos of a person get."""
    detector, found = load_detector("yunet", YUNET), []
    for _, picture in photos(number, which):
        found += people.names(picture, [detector.search_still(picture)[0].box_xyxy])
    return [one and one.name for one in found]


def test_twenty_people_are_known_and_twenty_others_are_not(people):
    enrol(people, *ENROLLED, is_somebody_else=True)
    assert people.learn().startswith("20 people with ")
    known = {number: named(people, number, (6, 7, 8)) for number in ENROLLED}
    right = [name == f"Person {number}" for number, names in known.items() for name in names]
    wrong = [name for number, names in known.items() for name in names if name not in (None, f"Person {number}")]
    strangers = [name for number in STRANGERS for name in named(people, number, (1, 2))]
    assert np.mean(right) > 0.6 and len(wrong) <= 1
    assert np.mean([name is not None for name in strangers]) <= 0.05


def test_who_was_deleted_is_unknown_and_in_no_byte(people, tmp_path):
    enrol(people, 12, 7, 9)
    people.learn()
    person = people.store.person_named("Person 7")
    vectors = [face.vector for face in people.store.faces_of(person.id)]
    assert named(people, 7, (7,)) == ["Person 7"] and holds(tmp_path, vectors)
    people.delete(person.id)
    assert named(people, 7, (7,)) == [None] and named(people, 9, (9,)) == ["Person 9"]
    until = time.monotonic() + 10
    while holds(tmp_path, vectors) and time.monotonic() < until:
        time.sleep(0.05)
    assert not holds(tmp_path, vectors)


def holds(folder, vectors):
    """Whether one of the vectors is in a file of the folder, or in what the trained file unpacks to."""
    import joblib

    content = b"".join(path.read_bytes() for path in folder.iterdir())
    trained = joblib.load(folder / FILE).vectors
    return any(one.tobytes() in content or (trained == one).all(1).any() for one in vectors)


def test_who_is_deleted_elsewhere_while_it_learns_is_in_no_file(people, tmp_path, monkeypatch):
    enrol(people, 12, 7, 9)
    person = people.store.person_named("Person 7")
    vectors = [face.vector for face in people.store.faces_of(person.id)]
    real = known_people.trained_people.save

    def save(*what):
        real(*what)
        people.store.delete_person(person.id)  # as another process would, which has no file to delete yet

    monkeypatch.setattr(known_people.trained_people, "save", save)
    people.learn()
    assert not (known_people.trained_people.load(tmp_path / FILE, people._state).vectors == vectors[0]).all(1).any()


def test_another_process_sees_who_was_deleted(people, tmp_path):
    enrol(people, 12, 7, 9)
    other = KnownPeople(people.store, settings(tmp_path))
    assert named(other, 7, (7,)) == ["Person 7"]
    people.delete(people.store.person_named("Person 7").id)
    assert named(other, 7, (7,)) == [None]


def test_a_new_name_needs_no_learning(people, monkeypatch):
    enrol(people, 12, 7)
    people.learn()
    people.store.rename_person(people.store.person_named("Person 7").id, "李雷")
    monkeypatch.setattr(known_people, "People", None)
    assert named(people, 7, (7,)) == ["李雷"]


def test_the_trained_file_is_read_again(people, tmp_path, monkeypatch):
    enrol(people, 12, 7)
    people.learn()
    monkeypatch.setattr(known_people, "People", None)
    assert named(KnownPeople(people.store, settings(tmp_path)), 7, (7,)) == ["Person 7"]


@pytest.mark.parametrize("what", ["file", "card"])
def test_a_damaged_file_is_said_and_learnt_anew(people, tmp_path, caplog, what):
    enrol(people, 12, 7)
    people.learn()
    damaged = tmp_path / FILE if what == "file" else (tmp_path / FILE).with_suffix(".json")
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"123456789")
    again = KnownPeople(people.store, settings(tmp_path))
    assert named(again, 7, (7,)) == ["Person 7"]
    assert "damaged" in caplog.text and "It is learnt anew" in caplog.text
    card = json.loads((tmp_path / FILE).with_suffix(".json").read_text())
    assert known_people.trained_people.file_sha256(tmp_path / FILE) == card["sha256"]


def test_too_few_are_told(people):
    assert "Now: 0" in people.problem()
    enrol(people, 12)
    assert people.learn() == people.problem() != "" and "Now: 1" in people.problem()
    assert named(people, 12, (7,)) == [None]


def test_two_photos_are_too_few(people):
    with pytest.raises(ValueError, match="at least 3 photos. Received: 2 of 2 that can be used"):
        people.enrol("Ana", AGREED, people.check(photos(7, (1, 2))))
    assert people.store.people() == []


def test_faces_of_other_vectors_are_told(people):
    enrol(people, 12)
    faces = [FaceVector(np.ones(128, np.float32), "dlib-1") for _ in range(3)]
    people.store.add_person("Ana", AGREED, faces, T0)
    assert people.problem() == (
        "1 person has faces of other vectors (dlib-1; now hog-1), which cannot be compared: add photos of them again, or "
        "set FER_IDENTITY_VECTORS back."
    )
    enrol(people, 7)
    assert "1 person has faces of other vectors" in people.learn() and named(people, 7, (7,)) == ["Person 7"]


def test_many_people_are_learnt_by_one_model(people, monkeypatch):
    random, many = np.random.default_rng(0), 6
    monkeypatch.setattr(identity, "MOST_FOR_ALL_MODELS", many - 1)
    monkeypatch.setattr(known_people, "MOST_FOR_ALL_MODELS", many - 1)
    for number in range(many):
        centre = random.normal(size=900)
        vectors = centre + random.normal(0, 0.01, (3, 900))
        unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        people.store.add_person(f"P{number}", AGREED, [FaceVector(one, "hog-1") for one in unit], T0)
    assert "By logistic regression alone: of more than 5 people" in people.learn()
    assert people.who([unit[0], None])[0].name == "P5" and people.who([None]) == [None]


def test_nobody_is_named_while_a_lesson_shows_the_class_only(people):
    enrol(people, 12, 7)
    for view, name in ((PER_STUDENT, "Person 7"), (CLASS_ONLY, None)):
        lesson = people.store.create_lesson("Maths", time.time(), view, "JP", "teaching")
        assert named(people, 7, (7,)) == [name] and bool(people.refusal()) == (name is None)
    people.store.end_lesson(lesson.id, time.time())
    assert named(people, 7, (7,)) == ["Person 7"]


def test_a_confirmed_face_is_learnt_where_that_was_agreed_to(people):
    enrol(people, 12)
    enrol(people, 7, consent=replace(AGREED, learns_more=True))
    vector = people.check(photos(7, (9,)), is_somebody_else=True).faces[0].vector
    with pytest.raises(NoConsent):
        people.confirm(vector, people.store.person_named("Person 12"))
    people.confirm(vector, people.store.person_named("Person 7"))
    assert [one.came_from for one in people.store.faces_of(people.store.person_named("Person 7").id)][-1] == "confirmed"
    assert people.who([vector])[0].similarity == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_small_picture_only_where_that_was_agreed_to(people, keeps):
    enrol(people, 7, consent=replace(AGREED, keeps_thumbnails=keeps))
    for face in people.store.faces_of(people.store.person_named("Person 7").id):
        assert (face.thumbnail is not None) == keeps
        if keeps:
            assert cv2.imdecode(np.frombuffer(face.thumbnail, np.uint8), cv2.IMREAD_COLOR).shape == (96, 96, 3)


# Photos that will not do


def two_faces():
    return np.hstack([astronaut_bgr(), astronaut_bgr()])


def crowd():
    return np.vstack([two_faces()] * 3)


def blurred():
    return cv2.GaussianBlur(astronaut_bgr(), (0, 0), 9)


def tiny():
    return cv2.copyMakeBorder(cv2.resize(astronaut_bgr(), (96, 72)), 90, 90, 90, 90, cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (lambda: np.full((240, 320, 3), 90, np.uint8), "a.jpg: no face is seen"),
        (two_faces, "a.jpg: 2 faces are seen. Take a photo with one person"),
        (crowd, "a.jpg: 6 faces are seen. Take a photo with one person"),
        (blurred, "a.jpg: the face is blurred. Take a sharper photo"),
        (tiny, "a.jpg: the face is too small, "),
    ],
)
def test_a_photo_that_will_not_do_is_said_in_words(people, picture, said):
    checked = people.check([("a.jpg", picture())])
    assert checked.faces == [] and checked.problems[0].startswith(said)


def test_a_face_that_is_turned_away(people):
    checked = people.check(photos(1, (3,)))  # a profile, nearly
    assert checked.problems == ["3.pgm: the face is turned away. Take a photo from the front"]


def test_a_photo_lying_on_its_side_is_turned(people):
    [(name, picture)] = photos(7, (1,))
    [upright], [turned] = (people.check([(name, one)]).faces for one in (picture, cv2.rotate(picture, 0)))
    assert upright.vector @ turned.vector > 0.99


def test_the_same_photo_twice(people):
    [(_, picture)] = photos(7, (1,))
    checked = people.check([("a.png", picture), ("b.png", picture.copy())])
    assert len(checked.faces) == 1 and checked.problems == ["b.png: this photo is there already"]
    enrol(people, 7)
    for name in ("Person 7", "PERSON 7"):
        assert people.check([("c.png", picture)], name).problems == ["c.png: this photo is there already"]


def test_the_same_face_under_another_name(people):
    enrol(people, 7)
    again = photos(7, (1, 2))
    assert people.check(again, "Ana").problems[0] == "1.pgm: this face looks like Person 7, who is enrolled already"
    assert len(people.check(again, "Ana", is_somebody_else=True).faces) == 2  # a twin


def test_the_same_name_twice(people):
    enrol(people, 7)
    with pytest.raises(NameTaken):
        people.enrol("person 7", AGREED, Checked(people.check(photos(9, (1, 2, 3))).faces, []))


@pytest.mark.parametrize("missing", ["sklearn", "joblib"])
def test_what_is_missing_is_named(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(known_people, "NEEDED", (missing + "_not_there",))
    with pytest.raises(SettingsError, match="scikit-learn is not installed.*train/requirements.txt"):
        KnownPeople(None, settings(tmp_path))


def test_without_yunet_it_does_not_start(tmp_path):
    with pytest.raises(SettingsError, match="nothing.onnx is not there"):
        KnownPeople(None, replace(settings(tmp_path), detector_file=Path("nothing.onnx")))
