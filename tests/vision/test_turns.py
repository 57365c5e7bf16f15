import numpy as np
import pytest

from fer.records import Face
from fer.vision.detector import HaarDetector, YuNetDetector
from fer.vision.turns import TURNS, Upright, evidence, turned, turned_back, way_up
from tests.scenes import YUNET, astronaut_bgr, empty_room_bgr


@pytest.fixture(params=["yunet", "haar"], scope="module")
def detector(request):
    if request.param == "haar":
        return HaarDetector()
    if not YUNET.exists():
        pytest.skip(f"{YUNET} is not there")
    return YuNetDetector(YUNET)


@pytest.mark.parametrize("turns", TURNS)
def test_the_way_up_is_found(detector, turns):
    hung = turned(astronaut_bgr(), turns)
    assert way_up(hung, detector.detect, (160, 320)) == Upright((4 - turns) % 4)


def test_without_a_face_there_is_no_way_up(detector):
    assert way_up(empty_room_bgr(), detector.detect, (160, 320)) is None


def test_a_small_face_is_looked_for_in_a_larger_copy():
    asked = []

    def detect(picture):
        asked.append(picture.shape[:2])
        return [Face((0, 0, 9, 9), 0.9)] if picture.shape[:2] == (320, 240) else []

    assert way_up(np.zeros((480, 640, 3), np.uint8), detect, (160, 320, 640)) == Upright(1, is_sure=False)
    assert asked == [(120, 160), (160, 120), (120, 160), (160, 120), (240, 320), (320, 240), (240, 320), (320, 240)]


def test_two_ways_up_that_fit_alike_are_not_sure():
    answers = iter([[Face((0, 0, 50, 50), score)] for score in (0.90, 0.89, 0.7, 0.7)])
    assert way_up(empty_room_bgr(), lambda _: next(answers), (160,)) == Upright(0, is_sure=False)


def test_one_false_find_weighs_less_than_a_surer_face():
    assert evidence([Face((0, 0, 50, 50), 0.93)]) > evidence([Face((0, 0, 45, 45), 0.85), Face((90, 90, 99, 99), 0.72)])


@pytest.mark.parametrize("turns", TURNS)
def test_a_box_is_turned_back_with_the_picture(turns):
    picture = np.zeros((30, 50), np.uint8)
    picture[5:9, 20:31] = 255
    ys, xs = np.nonzero(turned(picture, turns))
    there = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    assert turned_back(there, turns, picture.shape) == (20, 5, 31, 9)
