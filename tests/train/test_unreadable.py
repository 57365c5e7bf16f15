"""The camera pictures that a model is judged on: what they show, and how their figures are counted."""

import json

import numpy as np
import pytest

from fer.records import EMOTIONS
from fer.vision.detector import YuNetDetector
from fer.vision.tracks import height
from tests.scenes import YUNET
from train.unreadable import (
    FACE_PX,
    SIZE_HW,
    SIZES_PX,
    Judge,
    astronaut_bgr,
    covered_lenses,
    cut,
    judge_kinds,
    judge_lenses,
    judge_posters,
    judge_sizes,
    kinds,
    portraits,
    room,
    scene,
)

HAPPY = EMOTIONS.index("happy")


def always_happy(faces):
    """As readable as the lower half is bright."""
    bright = faces[:, 30:42, 14:34].mean((1, 2)) / 255
    return {"emotion": np.tile(np.eye(7)[HAPPY], (2, len(faces), 1)), "readable": np.tile(bright[:, None], (2, 1, 1))}


@pytest.fixture(scope="module")
def judge():
    if not YUNET.exists():
        pytest.skip(f"{YUNET} is not there")
    return Judge(YuNetDetector(YUNET), always_happy, readable_below=0.2)


@pytest.fixture(scope="module")
def people(judge):
    found = portraits([astronaut_bgr(), room()], judge.detector)  # in the room there is nobody
    assert len(found) == 1
    return found


def test_a_face_is_as_high_as_it_should_be(people, judge):
    [face] = judge.detector.detect(scene(people[0].photo_bgr))
    assert height(face.box_xyxy) == pytest.approx(FACE_PX, rel=0.1)


def test_each_kind_is_a_picture_of_its_own(people):
    made = {name: make(people[0], 0) for name, make in kinds().items()}
    pictures = [picture.tobytes() for picture in made.values() if picture is not None]
    assert len(set(pictures)) == len(pictures) > 12
    assert made["as it is"].shape == (*SIZE_HW, 3) and made["on its side"].shape == (*SIZE_HW[::-1], 3)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_picture_ends_within_the_face(people, edge):
    x1, y1, x2, y2 = people[0].box_xyxy
    rows, columns = cut(people[0], 0.5, edge).shape[:2]
    middle = {"left": SIZE_HW[1] - (x1 + x2) / 2, "right": (x1 + x2) / 2}
    middle |= {"top": SIZE_HW[0] - (y1 + y2) / 2, "bottom": (y1 + y2) / 2}
    assert (columns if edge in ("left", "right") else rows) == pytest.approx(middle[edge], abs=1)


def test_what_is_named_is_counted_before_and_now(people, judge):
    rows = {row["change"]: row for row in judge_kinds(people, judge)}
    plain = {"pictures": 1, "before": 1, "another_before": 0, "named": 1, "another": 0}
    assert rows["as it is"] == {"change": "as it is", **plain}
    assert rows["upside down"]["named"] == 1
    assert rows["50 % beyond an edge"]["named"] == rows["1.1 times as high as the picture"]["named"] == 0


def test_a_poster_counts_for_nobody_and_a_covered_lens_is_off(people, judge):
    posters = judge_posters(people, judge)
    assert (posters["pictures"], posters["counted_before"], posters["counted"]) == (1, 1, 0)
    lenses = judge_lenses(judge)
    assert lenses == {"pictures": len(covered_lenses()), "before": 1, "off": len(covered_lenses())}
    assert json.loads(json.dumps([posters, lenses])) == [posters, lenses]


def test_a_smaller_face_is_compared_with_itself():
    """A face of stripes is happy, one without is sad: in a few pixels the stripes are gone."""
    striped = np.tile(np.arange(48) % 2 * 255, (48, 1)).astype(np.uint8)

    def said(faces):
        emotion = np.where((faces.std((1, 2)) > 100)[:, None], np.eye(7)[HAPPY], np.eye(7)[5])
        return {"emotion": np.stack([emotion] * 2)}

    rows = judge_sizes(said, np.stack([striped] * 8), every=2)
    assert [row["px"] for row in rows] == list(SIZES_PX)
    assert (rows[0]["named"], rows[0]["same_name"]) == (1, 0)
    flat = judge_sizes(said, np.full((8, 48, 48), 90, np.uint8), every=2)
    assert all(row["same_name"] == 1 for row in flat)
