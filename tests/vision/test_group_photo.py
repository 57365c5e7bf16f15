"""The group photo without a camera and without a clock: looks are made up, ten a second."""

import cv2
import numpy as np
import pytest

from fer.records import EMOTIONS, UNSURE, Reading
from fer.vision.group_photo import (
    BURST_S,
    COUNTDOWN_S,
    COUNTING,
    TAKEN,
    UNREADABLE_S,
    WAITING,
    Frame,
    GroupPhoto,
    best,
    sharpness,
)
from fer.vision.held import HOLD_S

LOOK_S = 0.1
PICTURE = np.zeros((720, 1280, 3), np.uint8)


def face(number, expression, probability=0.8, because=None):
    at = 120 * number
    shares = np.full(7, (1 - probability) / 6)
    shares[EMOTIONS.index(expression if expression != UNSURE else "sad")] = probability
    reading = Reading((float(at), 10.0, at + 80.0, 110.0), 0.9, tuple(shares), expression, because)
    return number, reading


def happy(*numbers, probability=0.8):
    return [face(number, "happy", probability) for number in numbers]


class Show:
    """Looks at scenes one after the other."""

    def __init__(self, least=1, expression="happy"):
        self.photo, self.at_s, self.said = GroupPhoto(expression, least), 0.0, []

    def __call__(self, faces, seconds, picture=PICTURE):
        for _ in range(round(seconds / LOOK_S)):
            self.at_s += LOOK_S
            self.said.append(self.photo.see(picture, faces, self.at_s))
        return self.said[-1]


ALL_OF_IT_S = HOLD_S + COUNTDOWN_S + BURST_S + 1


@pytest.mark.parametrize("people", [1, 2, 10])
def test_it_is_taken_when_everybody_shows_it(people):
    show = Show(least=people)
    assert show(happy(*range(people)), HOLD_S - LOOK_S).stage == WAITING
    assert show(happy(*range(people)), 3 * LOOK_S).stage == COUNTING
    assert show(happy(*range(people)), ALL_OF_IT_S).stage == TAKEN
    assert [number for number, _ in show.photo.taken.faces] == list(range(people))
    counted = [said.count for said in show.said if said.stage == COUNTING]
    assert counted[0] == 3 and counted[-1] == 0 and sorted(counted, reverse=True) == counted


@pytest.mark.parametrize("people", [2, 10])
def test_one_who_never_smiles_is_waited_for_until_left_out(people):
    scene = [*happy(*range(1, people)), face(0, "neutral")]
    show = Show()
    said = show(scene, 60)
    assert (said.stage, said.missing, len(said.awaited)) == (WAITING, (0,), people)
    assert {one.stage for one in show.said} == {WAITING}
    show.photo.leave_out(0)
    said = show(scene, LOOK_S)
    assert said.left_out == (0,) and said.missing == ()
    assert show(scene, ALL_OF_IT_S).stage == TAKEN


def test_who_was_left_out_can_be_waited_for_again():
    show, scene = Show(), [*happy(1), face(0, "neutral")]
    show.photo.leave_out(0)
    show.photo.leave_out(0)
    assert show(scene, 20).missing == (0,)


def test_half_a_second_is_not_made_of_pieces():
    show = Show()
    for _ in range(20):
        show(happy(0), HOLD_S - LOOK_S)
        show([face(0, "neutral")], LOOK_S)
    assert {one.stage for one in show.said} == {WAITING}


def test_not_at_the_same_time_is_not_together():
    show = Show()
    for _ in range(5):
        show([*happy(0), face(1, "neutral")], 2)
        show([face(0, "neutral"), *happy(1)], 2)
    assert TAKEN not in {one.stage for one in show.said}


def test_a_look_that_is_mistaken_does_not_end_the_countdown_but_a_face_that_stops_does():
    show = Show()
    show(happy(0, 1), 1)
    assert show([*happy(0), face(1, "neutral")], LOOK_S).stage == COUNTING
    assert show(happy(0, 1), 1).stage == COUNTING
    assert show([*happy(0), face(1, "neutral")], 1.5).stage == WAITING
    assert show.photo.taken is None


def test_who_stops_at_the_last_moment_is_not_on_the_picture():
    show, scene = Show(), [*happy(0), face(1, "neutral")]
    show(happy(0, 1), HOLD_S + COUNTDOWN_S)
    assert show(scene, BURST_S + 1).stage == WAITING and show.photo.taken is None


def test_who_comes_at_the_last_moment_without_smiling_is_not_on_the_picture():
    show = Show()
    show(happy(0), HOLD_S + COUNTDOWN_S)
    assert show([*happy(0), face(1, "neutral")], BURST_S + 1).stage == WAITING and show.photo.taken is None


def test_it_waits_for_as_many_faces_as_were_asked_for():
    show = Show(least=5)
    assert show(happy(0, 1), 10).more == 3
    assert show(happy(*range(5)), ALL_OF_IT_S).stage == TAKEN


def test_faces_that_were_left_out_are_in_the_picture_all_the_same():
    show = Show(least=2)
    show.photo.leave_out(1)
    assert show([*happy(0), face(1, "sad")], ALL_OF_IT_S).stage == TAKEN


@pytest.mark.parametrize("reason", ["too small", "cut off", "turned", "covered"])
def test_a_face_that_cannot_be_read_is_waited_for_a_while_and_then_said(reason):
    show, scene = Show(), [*happy(0), face(1, UNSURE, because=reason)]
    assert show(scene, UNREADABLE_S - LOOK_S).missing == (1,)
    said = show(scene, 3 * LOOK_S)
    assert said.unreadable == {1: reason} and said.missing == () and said.stage == COUNTING
    assert show(scene, ALL_OF_IT_S).stage == TAKEN


def test_who_can_be_read_again_is_waited_for_again():
    show = Show()
    show([face(0, UNSURE, because="covered")], UNREADABLE_S + 1)
    assert show([face(0, "neutral")], 1).missing == (0,)


def test_who_is_only_undecided_is_waited_for():
    show = Show()
    assert show([*happy(0), face(1, UNSURE, because="undecided")], 20).missing == (1,)


def test_a_picture_of_nobody_is_not_taken():
    show = Show()
    assert show([], 20).stage == WAITING
    show.photo.leave_out(0)
    assert show(happy(0), 20).stage == WAITING


def test_a_face_that_is_out_of_sight_for_a_look_is_the_same_one():
    show = Show()
    for _ in range(20):
        show(happy(0, 1), 2 * LOOK_S)
        show(happy(0), LOOK_S)
    assert [said.stage for said in show.said[8:]].count(WAITING) == 0


def test_another_one_is_taken_and_who_was_left_out_stays_so():
    show, scene = Show(), [*happy(0), face(1, "neutral")]
    show.photo.leave_out(1)
    show(scene, ALL_OF_IT_S)
    first = show.photo.taken
    show.photo.again()
    assert show(scene, HOLD_S).stage == WAITING and show(scene, ALL_OF_IT_S).stage == TAKEN
    assert show.photo.taken is not first


def test_any_expression_can_be_chosen():
    show = Show(expression="surprise")
    assert show(happy(0), 10).missing == (0,)
    assert show([face(0, "surprise")], ALL_OF_IT_S).stage == TAKEN


@pytest.mark.parametrize(("expression", "least"), [("joy", 1), ("happy", 0), ("happy", 51)])
def test_what_cannot_be_waited_for_is_refused(expression, least):
    with pytest.raises(ValueError, match="Received: ('joy'|0|51)"):
        GroupPhoto(expression, least)


def frame(name, least_sure, sharp, height=720):
    return Frame(np.full((height, 16, 3), name, np.uint8), [], least_sure, sharp)


def test_the_least_sure_face_decides_then_sharpness_and_size_before_both():
    unsure, blurred, sharp, small = frame(0, 0.6, 900), frame(1, 0.9, 20), frame(2, 0.87, 80), frame(3, 0.99, 999, 360)
    assert best([unsure, blurred, sharp, small]) is sharp
    assert best([unsure, small]) is unsure
    assert best([small]) is small and best([]) is None


def test_the_sharpest_of_a_burst_wins():
    clear = np.zeros((720, 1280, 3), np.uint8)
    clear[::4] = 255
    blurred = cv2.GaussianBlur(clear, (0, 0), 5)
    show = Show()
    show(happy(0), HOLD_S + COUNTDOWN_S, blurred)
    show(happy(0), 0.3, blurred)
    show(happy(0), 0.2, clear)
    assert show(happy(0), BURST_S, blurred).stage == TAKEN
    assert show.photo.taken.picture_bgr is clear


def test_the_least_sharp_face_is_measured():
    picture = np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)
    picture[:, 100:] = cv2.GaussianBlur(picture[:, 100:], (0, 0), 3)
    assert sharpness(picture, (-5.0, 0.0, 95.0, 100.0)) > 10 * sharpness(picture, (105.0, 0.0, 300.0, 100.0)) > 0
    assert sharpness(picture, (300.0, 0.0, 400.0, 90.0)) == 0
