"""The numbers that a student's page may send, and twenty thousand messages of which none may break a rule."""

import random

import pytest

from fer.records import EMOTIONS, LABELS, Status
from fer.vision.eye import Limits
from fer.web.seat_messages import (
    BadMessage,
    Look,
    State,
    StepOfStudent,
    read_numbers,
)
from tests.seat import HAPPY, face, look, state, step

MESSAGES = 20_000


def test_a_look():
    [mine, poster] = read_numbers(look(0, face(), face(whose=1, box=(10, 20, 30, 40), doubt=2, readable=65_535))).faces
    assert mine.is_student and mine.doubt is None and mine.box_xyxy == (-1.0, 20.5, 99.0, 120.0)
    assert mine.probabilities == tuple(part / 10_000 for part in HAPPY) and mine.readable == 0.9
    assert not poster.is_student and poster.doubt == "cut off" and poster.readable is None


def test_the_label_is_made_here():
    [one] = read_numbers(look(0, face())).faces
    assert one.reading(Limits(0.4)).expression == "happy"
    assert one.reading(Limits(0.9)).unsure_because == "undecided"
    assert one.reading(Limits(0.4, 0.95)).unsure_because == "covered"


def test_the_other_messages():
    assert read_numbers(look(2)) == Look(Status.CAMERA_OFF, ())
    assert read_numbers(state(1)) == State(Status.NO_FACE)
    assert read_numbers(step(1, 7)) == StepOfStudent(1, "unsure", tuple(part / 10_000 for part in HAPPY))


def test_what_rounding_took_is_evened_out():
    parts = (1429,) * 7
    assert sum(read_numbers(step(0, 0, parts)).probabilities) == pytest.approx(1)


BAD = {
    "nothing": b"",
    "another kind": b"\x09\x00",
    "too short": look(0, face())[:-1],
    "too long": state(0) + b"\x00",
    "no such status": state(3),
    "no face where one is seen": look(0),
    "a face where the camera is off": look(2, face(whose=1)),
    "a student's face where none is seen": look(1, face()),
    "a bystander's face alone, as a student's": look(0, face(whose=1)),
    "five faces": look(0, *[face()] * 5),
    "no such doubt": look(0, face(doubt=9)),
    "a box inside out": look(0, face(box=(30, 20, 10, 40))),
    "a face far away": look(0, face(box=(-32_000, 0, 0, 100))),
    "probabilities of 1.5": look(0, face(parts=(5000, 5000, 5000, 0, 0, 0, 0))),
    "more readable than 1": look(0, face(readable=10_001)),
    "no such label": step(0, len(LABELS)),
    "no such face": step(4, 0),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_numbers_that_break_a_rule(data):
    with pytest.raises(BadMessage, match=r"Received: "):
        read_numbers(data)


def damaged(draw):
    """Mostly a good message with some of it changed, cut off or repeated."""
    good = [look(0, face()), look(0, face(), face(whose=1)), look(1), step(0, 3), state(0)]
    data = bytearray(draw.choice(good) if draw.random() < 0.9 else draw.randbytes(draw.randrange(120)))
    for _ in range(draw.randrange(4)):
        if data:
            data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data[: draw.randrange(len(data) + 1)] if draw.random() < 0.1 else data)


def test_no_message_is_taken_that_breaks_a_rule():
    draw, taken = random.Random(19), 0
    for _ in range(MESSAGES):
        try:
            message = read_numbers(damaged(draw))
        except BadMessage:
            continue
        taken += 1
        assert message is not None and type(message) in (Look, StepOfStudent, State)
        for one in (
            message.faces if isinstance(message, Look) else [message] if isinstance(message, StepOfStudent) else []
        ):
            assert len(one.probabilities) == len(EMOTIONS) and abs(sum(one.probabilities) - 1) < 1e-9
            assert all(0 <= p <= 1 for p in one.probabilities)
        if isinstance(message, Look):
            assert len(message.faces) <= 4
            [one.reading(Limits(0.4, 0.3)) for one in message.faces]  # a record with rules of its own
    assert MESSAGES / 20 < taken < MESSAGES
