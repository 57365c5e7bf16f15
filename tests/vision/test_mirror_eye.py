"""A mirror's look at groups: with a made-up detector everywhere, with YuNet and FER-2013's faces where they are at hand."""

import cv2
import numpy as np
import pytest

from fer.config import MODELS_DIR
from fer.records import Face, Identity, Status
from fer.vision.classifier import Judged, load_classifier
from fer.vision.detector import GROUP_SIDES_PX, GroupDetector, YuNetDetector
from fer.vision.mirror_eye import MirrorEye
from tests.scenes import FER2013, YUNET, fer2013_face, group_bgr

HAPPY = [f"train/happy/fer0000{n}.webp" for n in ("030", "046", "066", "098", "143", "144", "166", "206")]
NEUTRAL, SURPRISE = "train/neutral/fer0000225.webp", "train/surprise/fer0000391.webp"


class Painted:
    """Finds white squares."""

    name = "yunet"

    def __init__(self):
        self.searched = []

    def search_still(self, picture_bgr, most_px=None):
        self.searched.append(max(picture_bgr.shape[:2]))
        contours, _ = cv2.findContours((picture_bgr[..., 0] > 128).astype(np.uint8), cv2.RETR_EXTERNAL, 2)
        boxes = [cv2.boundingRect(contour) for contour in contours]
        return [Face((float(x), float(y), float(x + w), float(y + h)), 0.95) for x, y, w, h in boxes]

    detect = None  # a group is searched in its own way


class Decided:
    name, readable_below = "decided", None

    def read(self, faces):
        return Judged(np.tile(np.eye(7)[3], (len(faces), 1)), None)


def squares(*places, size_wh=(1280, 720), side=150):
    frame = np.full((720, 1280, 3), 90, np.uint8)
    for x, y in places:
        frame[y : y + side, x : x + side] = 255
    return cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA)


def centres(frame, faces):
    return {
        number: ((one.box_xyxy[0] + one.box_xyxy[2]) / 2 / frame.shape[1], one.box_xyxy[1] / frame.shape[0])
        for number, one in faces
    }


def test_a_face_keeps_its_number_when_the_browser_sends_another_size():
    eye = MirrorEye(Painted(), Decided(), 0.4)
    large, small = squares((200, 200), (800, 300)), squares((205, 200), (790, 300), size_wh=(640, 360))
    _, before = eye.look(large, 0.0)
    _, after = eye.look(small, 0.1)
    then, now = centres(large, before), centres(small, after)
    assert then.keys() == now.keys() == {0, 1}
    assert all(abs(then[number][0] - now[number][0]) < 0.03 for number in (0, 1))


def test_nobody_is_no_face():
    sight, faces = MirrorEye(Painted(), Decided(), 0.4).look(squares(), 0.0)
    assert (sight.status, faces) == (Status.NO_FACE, [])


@pytest.mark.parametrize(
    ("near", "everywhere", "side"),
    [((), False, 0), ((), True, 1), (((0.0, 0.0, 90.0, 97.0),), False, 0), (((0.0, 0.0, 90.0, 95.0),), False, 1)],
    ids=["known", "everywhere", "large", "small"],
)
def test_small_faces_are_searched_for_where_some_were_and_now_and_then(near, everywhere, side):
    painted = Painted()
    [face] = GroupDetector(painted).detect(squares((400, 200)), near, everywhere)
    assert painted.searched == [GROUP_SIDES_PX[side]]
    assert np.allclose(face.box_xyxy, (400, 200, 550, 350), atol=4)


@pytest.fixture(scope="module")
def looks_at():
    """The faces after four looks at a group of these names from FER-2013."""
    if not (YUNET.exists() and FER2013.exists()):
        pytest.skip("YuNet or FER-2013 is not at hand")
    detector, classifier = YuNetDetector(YUNET), load_classifier(MODELS_DIR, "resnet")

    def look(names, side_px):
        eye, frame = MirrorEye(detector, classifier, 0.4), group_bgr([fer2013_face(name) for name in names], side_px)
        return [eye.look(frame, at / 10)[1] for at in range(4)][-1]

    return look


def test_two_faces_have_an_expression_of_their_own(looks_at):
    faces = looks_at([HAPPY[0], NEUTRAL], 300)
    in_order = sorted(faces, key=lambda face: face[1].box_xyxy)
    assert [one.expression for _, one in in_order] == ["happy", "neutral"]


@pytest.mark.parametrize("side_px", [200, 120])
def test_ten_faces_are_found_and_keep_ten_numbers(looks_at, side_px):
    faces = looks_at([*HAPPY, NEUTRAL, SURPRISE], side_px)
    assert sorted(number for number, _ in faces) == list(range(10))
    if side_px == 200:
        assert sorted(one.expression for _, one in faces) == ["happy"] * 8 + ["neutral", "surprise"]


def test_who_agreed_is_named_and_asked_for_again_after_a_while():
    asked = []

    def namer(picture_bgr, boxes):
        asked.append(len(boxes))
        return [Identity("Ana", 0.95), None][: len(boxes)]

    eye = MirrorEye(Painted(), Decided(), 0.4, namer)
    frame = np.zeros((240, 320, 3), np.uint8)
    frame[50:100, 40:90] = frame[50:100, 200:250] = 255
    for at_s in (0.0, 0.1, 1.9, 2.1):
        _, faces = eye.look(frame, at_s)
        assert sorted(str(one.identity and one.identity.name) for _, one in faces) == ["Ana", "None"]
    assert asked == [2, 2]
