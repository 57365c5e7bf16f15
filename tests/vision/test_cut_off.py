import cv2
import pytest
from skimage import data

from fer.vision.cut_off import WHOLE, CutOff, cut_off, overhangs
from fer.vision.detector import HaarDetector, YuNetDetector
from tests.scenes import YUNET

SIZE_HW = (240, 320)
ASTRONAUT = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
FACE = (179, 63, 269, 175)  # where it is


def without(edge, share):
    """The astronaut, so that this share of the face lies beyond that edge."""
    x1, y1, x2, y2 = FACE
    across, down = round(share * (x2 - x1)), round(share * (y2 - y1))
    return {
        "left": ASTRONAUT[:, x1 + across :],
        "right": ASTRONAUT[:, : x2 - across],
        "top": ASTRONAUT[y1 + down :],
        "bottom": ASTRONAUT[: y2 - down],
    }[edge]


@pytest.fixture(scope="module")
def yunet():
    if not YUNET.exists():
        pytest.skip(f"{YUNET} is not there")
    return YuNetDetector(YUNET)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_face_with_a_third_beyond_any_edge_is_cut_off_there(yunet, edge):
    picture = without(edge, 0.35)
    found = cut_off(picture, yunet.detect(picture)[0].box_xyxy, yunet)
    assert found.edge == edge and found.share > 0.15


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_whole_face_at_an_edge_is_whole(yunet, edge):
    picture = without(edge, 0)
    assert cut_off(picture, yunet.detect(picture)[0].box_xyxy, yunet).share < 0.1


def test_a_face_in_the_middle_costs_no_second_search():
    class Never:
        def detect(self, _):
            raise AssertionError("searched again")

    assert cut_off(ASTRONAUT, FACE, Never()) == WHOLE


def test_where_no_face_goes_on_beyond_the_edge_it_is_cut_off():
    class Nothing:
        def detect(self, _):
            return []

    assert cut_off(without("left", 0.5), (0, 63, 45, 175), Nothing()) == CutOff("left", 1.0)


def test_haar_takes_a_whole_face_for_whole():
    [face] = HaarDetector().detect(ASTRONAUT)
    assert cut_off(ASTRONAUT, face.box_xyxy, HaarDetector()) == WHOLE


def test_how_far_a_box_reaches_beyond_each_edge():
    assert overhangs((-20, 50, 60, 250), SIZE_HW) == {"left": 0.25, "right": -3.25, "top": -0.25, "bottom": 0.05}
