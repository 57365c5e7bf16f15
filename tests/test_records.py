"""The records refuse what the rest of the line must never see."""

import dataclasses
import math

import pytest

from fer.records import EMOTIONS, LABELS, STATES, Face, Lesson, Observation, Status

BOX = (10.0, 20.0, 50.0, 60.0)
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


def seen(**changes):
    given = {"status": Status.FACE, "box_xyxy": BOX, "probabilities": HAPPY, "label": "happy"} | changes
    return Observation(1, 2, 1700000000.0, **given)


def test_the_words():
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    assert (*EMOTIONS, "unsure") == LABELS
    assert (*LABELS, "no face", "camera off") == STATES


@pytest.mark.parametrize(
    ("box_xyxy", "score"),
    [
        ((10, 20, 10, 60), 0.9),
        ((10, 20, 5, 60), 0.9),
        ((10, 60, 50, 20), 0.9),
        ((math.nan, 20, 50, 60), 0.9),
        ((10, 20, math.inf, 60), 0.9),
        (BOX, math.nan),
    ],
)
def test_face_needs_a_box_with_an_inside(box_xyxy, score):
    with pytest.raises(ValueError, match="finite box.*Received: "):
        Face(box_xyxy, score)


def test_face_may_reach_beyond_the_frame():
    assert Face((-5, -5, 400, 300), 12.5).box_xyxy == (-5, -5, 400, 300)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": None}, "label if and only if"),
        ({"status": Status.NO_FACE}, "label if and only if"),
        ({"status": Status.CAMERA_OFF}, "label if and only if"),
        ({"label": "bored"}, "label must be one of angry, .*, unsure. Received: 'bored'"),
        ({"label": "no face"}, "label must be one of"),
        ({"box_xyxy": None}, "needs a box"),
        ({"probabilities": None}, "needs a box and 7 probabilities"),
        ({"probabilities": HAPPY[:6]}, "7 probabilities"),
        ({"probabilities": (0.5,) * 7}, "sum to 1"),
        ({"probabilities": (1.5, -0.5, 0, 0, 0, 0, 0)}, "0..1"),
        ({"probabilities": (math.nan,) * 7}, "0..1"),
    ],
)
def test_observation_refuses(changes, said):
    with pytest.raises(ValueError, match=said):
        seen(**changes)


@pytest.mark.parametrize(
    ("observation", "state"),
    [
        (seen(), "happy"),
        (seen(label="unsure"), "unsure"),
        (Observation(1, 2, 0.0, Status.NO_FACE), "no face"),
        (Observation(1, 2, 0.0, Status.CAMERA_OFF), "camera off"),
    ],
)
def test_state_is_the_label_or_else_the_status(observation, state):
    assert observation.state == state
    assert state in STATES


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen().label = "sad"


def test_lesson_is_open_until_it_ends():
    assert Lesson(1, "BCD234", "Maths", 0.0, None).is_open
    assert not Lesson(1, "BCD234", "Maths", 0.0, 0.0).is_open
