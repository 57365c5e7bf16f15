"""People who may be named: nobody without a consent, which the database itself asks for, and no byte of who was deleted."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from fer.store.errors import StoreError
from fer.store.people import CONFIRMED, ConsentRecord, FaceVector, NameTaken, NoConsent
from fer.store.schema import CONSENTS, FACES, PEOPLE
from tests.store.rows import T0, of_sqlite

AGREED = ConsentRecord("Berta Quill", T0, "en", "I agree to be recognised.", "JP", "pictures")
EVERYTHING = replace(AGREED, learns_more=True, keeps_thumbnails=True)


def a_face(seed, version="hog-1", **more):
    return FaceVector(np.random.default_rng(seed).normal(size=20).astype(np.float32), version, **more)


def test_what_was_stored_comes_back(fresh_store):
    ana = fresh_store.add_person(" Ana  Quill ", AGREED, [a_face(1), a_face(2, "dlib-1")], T0)
    ben = fresh_store.add_person("李雷", EVERYTHING, [a_face(3, thumbnail=b"jpeg", came_from=CONFIRMED)], T0 + 1)
    first, second = fresh_store.people()
    assert (first.id, first.name, first.consent, first.faces) == (ana, "Ana Quill", AGREED, {"hog-1": 1, "dlib-1": 1})
    assert (second.id, second.consent, second.faces) == (ben, EVERYTHING, {"hog-1": 1})
    assert [face.person_id for face in fresh_store.faces("hog-1")] == [ana, ben]
    assert np.array_equal(fresh_store.faces("hog-1")[0].vector, a_face(1).vector)
    [face] = fresh_store.faces_of(ben)
    assert (face.thumbnail, face.came_from) == (b"jpeg", CONFIRMED)
    assert fresh_store.person_named("ANA QUILL") == first


@pytest.mark.parametrize("missing", [{"agreed_by": " "}, {"words": ""}])
def test_a_consent_says_who_agreed_and_to_what(missing):
    with pytest.raises(NoConsent, match="who agreed, and to which words"):
        replace(AGREED, **missing)


@pytest.mark.parametrize(
    ("wrong", "said"), [({"country": "XX"}, "Received: XX"), ({"purpose": "attendance"}, "not for attendance")]
)
def test_a_consent_is_for_a_purpose_that_the_law_knows(wrong, said):
    with pytest.raises(ValueError, match=said):
        replace(AGREED, **wrong)


def test_nobody_is_added_without_a_consent(fresh_store):
    for nothing in (None, {"agreed_by": "Ana"}):
        with pytest.raises(NoConsent, match="without a record of their consent"):
            fresh_store.add_person("Ana", nothing, [a_face(1)], T0)
    with pytest.raises(NoConsent, match="of nobody who agreed"):
        fresh_store.add_faces(7, [a_face(1)], T0)
    assert fresh_store.people() == []


def test_the_database_itself_refuses_a_face_without_a_consent(fresh_store):
    row = {"version": "hog-1", "vector": b"1234", "came_from": "photo", "added_at": T0}
    fresh_store.execute(PEOPLE.insert().values(id=7, name="Ana", look="ana", added_at=T0))
    for person_id in (7, None):
        with pytest.raises(StoreError):
            fresh_store.execute(FACES.insert().values(person_id=person_id, **row))
    empty = {name: getattr(AGREED, name) for name in ConsentRecord.__slots__} | {"agreed_by": ""}
    with pytest.raises(StoreError):
        fresh_store.execute(CONSENTS.insert().values(person_id=7, **empty))


def test_a_consent_cannot_be_taken_away_from_under_a_face(fresh_store):
    ana = fresh_store.add_person("Ana", AGREED, [a_face(1)], T0)
    with pytest.raises(StoreError):
        fresh_store.execute(CONSENTS.delete().where(CONSENTS.c.person_id == ana))


@pytest.mark.parametrize(
    ("face", "said"),
    [
        (a_face(1, came_from=CONFIRMED), "are learnt from"),
        (a_face(1, thumbnail=b"jpeg"), "pictures of their face are kept"),
    ],
)
def test_what_was_not_agreed_to_is_not_stored(fresh_store, face, said):
    with pytest.raises(NoConsent, match=said):
        fresh_store.add_person("Ana", AGREED, [face], T0)
    assert fresh_store.people() == []  # all or nothing
    ana = fresh_store.add_person("Ana", AGREED, [], T0)
    with pytest.raises(NoConsent, match=said):
        fresh_store.add_faces(ana, [a_face(2), face], T0)
    assert fresh_store.faces_of(ana) == []


@pytest.mark.parametrize("other", ["ana", "ＡＮＡ", "Аna"])  # the last A is Cyrillic
def test_names_that_look_the_same_are_one(fresh_store, other):
    fresh_store.add_person("Ana", AGREED, [], T0)
    ben = fresh_store.add_person("Ben", AGREED, [], T0)
    with pytest.raises(NameTaken, match="Choose another name"):
        fresh_store.add_person(other, AGREED, [], T0)
    with pytest.raises(NameTaken):
        fresh_store.rename_person(ben, other)
    fresh_store.rename_person(ben, "BEN")  # one's own
    assert [person.name for person in fresh_store.people()] == ["Ana", "BEN"]


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 61])
def test_what_is_no_name(fresh_store, name):
    with pytest.raises(ValueError, match="A name must have 1 to 60 characters"):
        fresh_store.add_person(name, AGREED, [], T0)


def test_the_state_changes_with_every_face(fresh_store):
    states = {fresh_store.faces_state("hog-1")}
    ana = fresh_store.add_person("Ana", AGREED, [a_face(1), a_face(2)], T0)
    for _ in range(2):
        states.add(fresh_store.faces_state("hog-1"))
        fresh_store.delete_faces(ana, [fresh_store.faces_of(ana)[-1].id])
        states.add(fresh_store.faces_state("hog-1"))
        fresh_store.add_faces(ana, [a_face(3)], T0)
    assert len(states) == 4  # the last is as before: so are the faces


@of_sqlite
@pytest.mark.parametrize("how", ["delete", "rename", "remove faces"])
def test_what_was_deleted_is_in_no_byte(fresh_store, how):
    faces = [a_face(seed, thumbnail=b"thumbnail %d" % seed) for seed in range(4)]
    gone = fresh_store.add_person("Zacharias Quill", EVERYTHING, faces, T0)
    fresh_store.add_person("Ben", AGREED, [a_face(9)], T0)
    name, bytes_of_faces = {b"Zacharias Quill", b"zacharias quill"}, {one.vector.tobytes() for one in faces}
    bytes_of_faces |= {one.thumbnail for one in faces}
    traces = {"delete": name | bytes_of_faces, "rename": name, "remove faces": bytes_of_faces}[how]
    assert found(fresh_store, traces) == traces
    if how == "delete":
        fresh_store.delete_person(gone)
    elif how == "rename":
        fresh_store.rename_person(gone, "Yves")
    else:
        fresh_store.delete_faces(gone, [one.id for one in fresh_store.faces_of(gone)])
    until = time.monotonic() + 10
    while found(fresh_store, traces) and time.monotonic() < until:
        time.sleep(0.05)
    assert found(fresh_store, traces) == set()
    assert found(fresh_store, {a_face(9).vector.tobytes()})
    with fresh_store.transaction() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(PEOPLE)) == (1 if how == "delete" else 2)


def found(store, traces):
    written = b"".join(path.read_bytes() for path in Path(store.place).parent.iterdir())
    return {trace for trace in traces if trace in written}
