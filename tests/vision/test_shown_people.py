"""Whoever is deleted is deleted in kept pictures, too: what was read of their face goes, or the whole picture."""

import cv2
import numpy as np
import pytest

from fer.config import Settings
from fer.records import Reading
from fer.store.people import ConsentRecord
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from fer.store.store import Store
from fer.vision import identity
from fer.vision.detector import load_detector
from fer.vision.known_people import KnownPeople
from fer.vision.shown_people import delete_in, pictures_with
from fer.vision.turns import turned, turned_back
from tests.faces_of_people import needs_orl, photos
from tests.scenes import YUNET, write_video

pytestmark = needs_orl
T0 = 1_700_000_000.0
AGREED = ConsentRecord("Berta", T0, "en", "I agree.", "JP", "pictures")
SURE = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def picture_of(*persons):
    """Their seventh photos side by side."""
    return cv2.hconcat([cv2.resize(photos(person, (7,))[0][1], (276, 336)) for person in persons])


def readings_of(picture_bgr, turns=0):
    found = load_detector("yunet", YUNET).search_still(turned(picture_bgr, turns))
    boxes = sorted(turned_back(one.box_xyxy, turns, picture_bgr.shape[:2]) for one in found)
    return [Reading(box, 0.9, SURE, "happy") for box in boxes]


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "TREES", 20)  # quicker
    store = Store(f"sqlite:///{tmp_path / 'lessons.db'}")
    known = KnownPeople(store, Settings(data_dir=tmp_path, identity=True, detector_file=YUNET))
    for person in (7, 12):
        known.enrol(f"Person {person}", AGREED, known.check(photos(person, range(1, 6))))
    yield known
    store.close()


def keep(people, name, content, looks):
    picture = KeptPicture(name, b"small", T0, "JP", "private")
    return people.store.keep_picture(picture, content, KeptRead("resnet", "1", 552, 336, looks, T0))


def keep_picture(people, name, picture_bgr):
    return keep(people, name, cv2.imencode(".png", picture_bgr)[1].tobytes(), [KeptLook(readings_of(picture_bgr))])


@pytest.mark.parametrize("with_pictures", [False, True])
def test_who_is_deleted_is_found_in_kept_pictures(people, with_pictures):
    seven = people.store.person_named("Person 7")
    with_others, alone, elsewhere = (
        keep_picture(people, name, picture_of(*shown)) for name, shown in (("a", (30, 7)), ("b", (7,)), ("c", (30, 12)))
    )
    shown = pictures_with(people, seven.id)
    assert [one.picture.id for one in shown] == [alone, with_others]
    delete_in(people.store, shown, with_pictures)
    left = [one.id for one in people.store.kept_pictures()]
    assert left == ([elsewhere] if with_pictures else [elsewhere, alone, with_others])
    assert pictures_with(people, seven.id) == []
    if not with_pictures:
        [stranger, _] = readings_of(picture_of(30, 7))
        [[read], [of_alone]] = [people.store.reads_of(one) for one in (with_others, alone)]
        assert read.looks == [KeptLook([stranger])] and of_alone.looks == [KeptLook([])]


def test_in_a_video_every_look_at_their_face_goes(people, tmp_path):
    frames = [picture_of(30, 7)] * 10 + [picture_of(30, 30)] * 10
    content = write_video(tmp_path / "talk.mp4", frames).read_bytes()
    both, others = readings_of(frames[0]), readings_of(frames[-1])
    looks = [KeptLook(both, [0, 1], 0.0), KeptLook(both, [0, 1], 0.5), KeptLook(others, [0, 2], 1.0)]
    kept, lost = keep(people, "talk.mp4", content, looks), keep(people, "long.mp4", None, looks)
    keep(people, "cut.mp4", content[:3000], looks)
    seven = people.store.person_named("Person 7")
    delete_in(people.store, pictures_with(people, seven.id), with_pictures=False)
    [read] = people.store.reads_of(kept)
    assert [(look.numbers, look.time_s) for look in read.looks] == [([0], 0.0), ([0], 0.5), ([0, 2], 1.0)]
    assert read.looks[0].readings == both[:1] and people.store.reads_of(lost)[0].looks == looks


def test_who_lies_on_their_side_is_known_again(people):
    lying = np.ascontiguousarray(turned(picture_of(7), 3))
    [vector] = people.vectors_in(lying, [one.box_xyxy for one in readings_of(lying, turns=1)])
    [upright] = people.vectors_in(picture_of(7), [one.box_xyxy for one in readings_of(picture_of(7))])
    assert vector @ upright > 0.98
