import numpy as np
import pytest

from fer.records import Face
from fer.vision.eye import Limits, doubt_of, largest_first, overhangs, reading, see

SIZE_HW = (240, 320)
HAPPY = np.eye(7, dtype=np.float32)[3]
LOST = np.full(7, 1 / 7, np.float32)


@pytest.mark.parametrize(
    ("box", "is_upright", "reason"),
    [
        ((100, 50, 180, 150), True, None),
        ((0, 0, 80, 100), True, None),
        ((100, 50, 116, 70), True, "too small"),
        ((-20, 50, 60, 150), True, "cut off"),
        ((260, 50, 340, 150), True, "cut off"),
        ((100, -20, 180, 80), True, "cut off"),
        ((100, 160, 180, 260), True, "cut off"),
        ((-5, 50, 75, 150), True, None),
        ((100, 50, 180, 150), False, "turned"),
    ],
)
def test_a_face_is_doubted_for_where_it_is(box, is_upright, reason):
    assert doubt_of(box, SIZE_HW, is_upright) == reason


def test_how_far_a_box_reaches_beyond_each_edge():
    beyond = overhangs((-20, 50, 60, 250), SIZE_HW)
    assert beyond == {"left": 0.25, "right": 0, "top": 0, "bottom": 0.05}


@pytest.mark.parametrize(
    ("doubt", "probabilities", "readable", "expression", "reason"),
    [
        (None, HAPPY, 1.0, "happy", None),
        ("cut off", HAPPY, 1.0, "unsure", "cut off"),
        ("cut off", LOST, 0.0, "unsure", "cut off"),
        (None, HAPPY, 0.3, "unsure", "covered"),
        (None, LOST, 0.9, "unsure", "undecided"),
        (None, HAPPY, None, "happy", None),
    ],
)
def test_a_face_is_named_only_when_nothing_speaks_against_it(doubt, probabilities, readable, expression, reason):
    said = reading(Face((0, 0, 50, 60), 0.9), doubt, probabilities, readable, Limits(0.4, readable_below=0.5))
    assert (said.expression, said.unsure_because) == (expression, reason)
    assert said.probabilities == pytest.approx(tuple(probabilities))


def test_what_is_seen_has_a_crop_and_a_doubt_for_each_face():
    faces = [Face((100, 50, 180, 150), 0.9), Face((-40, 50, 40, 150), 0.9)]
    sight = see(np.full((*SIZE_HW, 3), 90, np.uint8), faces, "yunet")
    assert [crop.shape for crop in sight.crops] == [(48, 48), (48, 48)] and sight.doubts == [None, "cut off"]


def test_the_largest_face_is_first_whatever_its_score():
    small, large = Face((0, 0, 30, 40), 0.99), Face((100, 0, 180, 100), 0.7)
    assert largest_first([small, large]) == [large, small]
