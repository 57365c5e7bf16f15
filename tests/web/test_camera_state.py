from dataclasses import replace

import numpy as np
import pytest

from fer.lesson.seats import NEVER, Help, Picture, Seat
from fer.records import BYSTANDER, REASONS, Observation, Status
from fer.web.camera_state import camera_state, sentences

NOW = 1000.0
FACE = Observation(1, 7, NOW, Status.FACE, 0, (1.0, 1.0, 9.0, 9.0), tuple(np.eye(7)[3]), "happy")
POSTER = replace(FACE, face=1, role=BYSTANDER)
NO_FACE, BLACK = Observation(1, 7, NOW, Status.NO_FACE), Observation(1, 7, NOW, Status.CAMERA_OFF)


@pytest.mark.parametrize(
    ("started", "since", "arrived_at", "observations", "level", "words"),
    [
        (False, NOW - 60, None, None, "info", "Press **Start camera**"),
        (False, NOW - 1, NOW - 0.5, (FACE,), "info", "Press **Start camera**"),  # the last frames after Stop
        (False, NOW - 60, NOW - 0.5, (FACE,), "info", "another window"),
        (True, NOW - 2, None, None, "info", "Connecting"),
        (True, NOW - 13, None, None, "error", "firewall"),
        (True, NOW - 13, NOW - 90, (FACE,), "error", "firewall"),  # the frames of an earlier connection
        (True, NOW - 60, NOW - 6, (FACE,), "warning", "stopped arriving"),
        (True, NOW - 60, NOW - 0.2, None, "info", "Looking for your face"),
        (True, NOW - 60, NOW - 0.2, (BLACK,), "warning", "Open the cover"),
        (True, NOW - 60, NOW - 0.2, (NO_FACE,), "warning", "no face is seen"),
        (True, NOW - 60, NOW - 0.2, (FACE,), "success", "your face is seen"),
        (True, NOW - 60, NOW - 0.2, (FACE, FACE), "success", "2 faces are seen"),
        (True, NOW - 60, NOW - 0.2, (FACE, POSTER), "success", "your face is seen"),
        (True, NOW - 60, NOW - 0.2, (NO_FACE, POSTER), "warning", "only somebody else's"),
    ],
)
def test_what_a_student_is_told(started, since, arrived_at, observations, level, words):
    seat = Seat(1, 7)
    seat.arrived_at = NEVER if arrived_at is None else arrived_at
    seat.last = Picture(np.zeros((1, 1, 3), np.uint8), observations) if observations else None
    told = said(camera_state(seat, started, since, NOW, gone_after_s=5))
    assert told[0] == level and words in told[1]


def said(state):
    """The level, and the sentences."""
    level, *names = state
    return level, " ".join(sentences()[name] for name in names)


def told_of(reason, **help):
    seat = Seat(1, 7)
    seat.arrived_at = NOW
    unsure = {"label": "unsure", "unsure_because": reason} if reason else {}
    seat.last = Picture(None, (replace(FACE, **unsure),), Help(**help))
    return said(camera_state(seat, True, NOW - 60, NOW, gone_after_s=5))


@pytest.mark.parametrize(
    ("reason", "level", "words"),
    [
        ("too small", "warning", "Move closer"),
        ("cut off", "warning", "Move back"),
        ("turned", "warning", "which way is up"),
        ("covered", "warning", "covered"),
        ("undecided", "success", "nothing bad"),
    ],
)
def test_each_reason_for_unsure_has_its_help(reason, level, words):
    told = told_of(reason)
    assert told[0] == level and words in told[1]
    assert len({told_of(one, beyond="top")[1] for one in REASONS}) == len(REASONS)


@pytest.mark.parametrize(
    ("edge", "words"),
    [("left", "to your left"), ("right", "to your right"), ("top", "camera up"), ("bottom", "camera down")],
)
def test_who_is_cut_off_is_told_where_to_move(edge, words):
    assert words in told_of("cut off", beyond=edge)[1]


@pytest.mark.parametrize(("turns", "words"), [(0, ""), (1, "on its side"), (2, "upside down"), (3, "on its side")])
def test_a_turned_camera_is_said(turns, words):
    level, sentence = told_of(None, turns=turns)
    assert level == "success" and "your face is seen" in sentence and words in sentence
    assert ("turned before" in sentence) == (turns > 0)
