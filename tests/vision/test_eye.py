import re
from pathlib import Path

import numpy as np
import pytest

from fer.records import Face, Status
from fer.vision import cut_off, eye, lens, tracks, turns
from fer.vision.detector import HaarDetector
from fer.vision.eye import DOUBT_EVERY, LOOKS, TURNS_EVERY, Limits, Memory, look, reading, remember, see
from fer.vision.turns import Upright, turned, turned_back
from tests.scenes import astronaut_bgr, empty_room_bgr

ROOT = Path(__file__).parents[2]

FRAME = np.full((240, 320, 3), 90, np.uint8)
HAPPY = np.eye(7, dtype=np.float32)[3]
LOST = np.full(7, 1 / 7, np.float32)
BOX = (100.0, 50.0, 180.0, 150.0)
LIMITS = Limits(0.4, readable_below=0.5)


class Eyes:
    """Sees what it is told, and counts the looks at whole frames and at squares."""

    name = "yunet"

    def __init__(self, *faces):
        self.faces, self.whole, self.squares = list(faces), 0, 0

    def detect(self, picture_bgr, near=(), everywhere=True):
        if picture_bgr.shape[0] == picture_bgr.shape[1]:
            self.squares += 1
        else:
            self.whole += 1
        return list(self.faces)


@pytest.mark.parametrize(
    ("doubt", "probabilities", "readable", "expression", "reason"),
    [
        (None, HAPPY, 1.0, "happy", None),
        ("cut off", HAPPY, 1.0, "unsure", "cut off"),
        ("cut off", LOST, 0.0, "unsure", "cut off"),
        (None, HAPPY, 0.3, "unsure", "covered"),
        (None, LOST, 0.3, "unsure", "covered"),
        (None, LOST, 0.9, "unsure", "undecided"),
        (None, HAPPY, None, "happy", None),
    ],
)
def test_a_face_is_named_only_when_nothing_speaks_against_it(doubt, probabilities, readable, expression, reason):
    said = reading(Face(BOX, 0.9), doubt, probabilities, readable, LIMITS)
    assert (said.expression, said.unsure_because) == (expression, reason)
    assert said.probabilities == pytest.approx(tuple(probabilities))


@pytest.mark.parametrize(
    ("box", "is_upright", "doubt"),
    [
        (BOX, True, None),
        (BOX, False, "turned"),
        ((100.0, 50.0, 112.0, 65.0), True, "too small"),
        ((-30.0, 50.0, 50.0, 150.0), True, "cut off"),
        ((280.0, 50.0, 360.0, 150.0), False, "cut off"),
    ],
)
def test_a_face_is_doubted_for_where_it_is(box, is_upright, doubt):
    seen = see(FRAME, Face(box, 0.9), Eyes(), is_upright)
    assert seen.doubt == doubt and seen.crop.shape == (48, 48)


def test_whether_a_face_is_cut_off_is_found_out_in_one_look_of_some():
    eyes, memory = Eyes(Face((0.0, 50.0, 80.0, 150.0), 0.9)), Memory(upright=Upright(), asked=1)
    for _ in range(LOOKS + 1):
        sight = look(FRAME, eyes, memory)
        assert sight.seen[0].doubt == "cut off"  # the square around it shows no whole face
        remember(memory, sight, HAPPY[None], None, LIMITS)
    assert eyes.squares == 2


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_new_camera_is_read_the_right_way_up_from_its_first_frame(turns):
    frame, memory = turned(astronaut_bgr(), turns), Memory()
    sight = look(frame, HaarDetector(), memory)
    assert memory.upright == Upright((4 - turns) % 4) and sight.turns == memory.upright.turns
    assert sight.status is Status.FACE and sight.seen[0].doubt is None
    x1, y1, x2, y2 = turned_back(sight.seen[0].face.box_xyxy, sight.turns, frame.shape[:2])
    assert 0 <= x1 < x2 <= frame.shape[1] and 0 <= y1 < y2 <= frame.shape[0]


def test_a_camera_that_is_turned_over_is_noticed():
    memory, detector = Memory(), HaarDetector()
    for number in range(1 + DOUBT_EVERY + 1):
        frame = turned(astronaut_bgr(), 0 if number == 0 else 2)
        sight = look(frame, detector, memory)
        remember(memory, sight, np.tile(HAPPY, (len(sight.seen), 1)), None, LIMITS)
    assert memory.upright == Upright(2) and sight.status is Status.FACE


def test_which_way_is_up_is_asked_seldom():
    eyes, memory = Eyes(Face(BOX, 0.95)), Memory()
    for _ in range(1 + TURNS_EVERY):
        remember(memory, look(FRAME, eyes, memory), HAPPY[None], None, LIMITS)
    assert (eyes.whole, eyes.squares) == (4 + 1 + TURNS_EVERY, 2)  # then only whether it hangs upside down


def test_what_was_found_too_small_by_the_first_question_is_asked_about_at_once():
    class Far(Eyes):
        def detect(self, picture_bgr, near=(), everywhere=True):
            return [Face(BOX, 0.9)] if max(picture_bgr.shape) > 160 else []

    memory = Memory()
    sight = look(FRAME, Far(), memory)
    assert memory.upright is not None and sight.status is Status.FACE


def test_a_poster_alone_is_no_student():
    eyes, memory = Eyes(Face(BOX, 0.8), Face((250.0, 20.0, 290.0, 70.0), 0.99)), Memory(upright=Upright(), asked=1)
    first = remember(memory, look(FRAME, eyes, memory), np.stack([HAPPY, LOST]), None, LIMITS)
    assert [(one.role, one.box_xyxy) for one in first] == [("student", BOX), ("bystander", (250.0, 20.0, 290.0, 70.0))]
    del eyes.faces[0]
    sight = look(FRAME, eyes, memory)
    assert sight.status is Status.NO_FACE
    assert [one.role for one in remember(memory, sight, LOST[None], None, LIMITS)] == ["bystander"]


@pytest.mark.parametrize(
    ("frame", "status"),
    [(np.zeros((240, 320, 3), np.uint8), Status.CAMERA_OFF), (empty_room_bgr(), Status.NO_FACE)],
    ids=["black", "room"],
)
def test_nothing_to_see_is_no_face_or_a_camera_that_is_off(frame, status):
    sight = look(frame, Eyes(), Memory())
    assert (sight.status, sight.seen) == (status, [])


def test_who_was_seen_just_now_and_covers_the_lens_is_camera_off():
    eyes, memory = Eyes(Face(BOX, 0.95)), Memory()
    remember(memory, look(FRAME, eyes, memory), HAPPY[None], None, LIMITS)
    eyes.faces.clear()
    assert look(np.zeros_like(FRAME), eyes, memory).status is Status.CAMERA_OFF


@pytest.mark.parametrize("module", [eye, turns, cut_off, lens, tracks], ids=lambda module: module.__name__)
def test_a_browser_has_the_same_limits(module):
    """device/src has these files under the same names."""
    text = (ROOT / "device" / "src" / (module.__name__.rpartition(".")[2] + ".js")).read_text(encoding="utf-8")
    theirs = {name: float(value) for name, value in re.findall(r"\b([A-Z][A-Z_]+) = ([\d.]+)[,;]", text)}
    both = {name: getattr(module, name) for name in theirs if hasattr(module, name)}
    assert len(both) >= 2 and {name: theirs[name] for name in both} == both
