"""The changed faces: same shape, really changed, the same every time."""

import numpy as np
import pytest

from train.robustness import CHANGES, robustness

FACE = np.zeros((48, 48), np.uint8)
FACE[12:36, 20:28] = 200


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_another_face_each_time_the_same(name):
    changed = CHANGES[name](FACE, 0)
    assert changed.shape == (48, 48) and changed.dtype == np.uint8
    assert (changed != FACE).any() and (changed == CHANGES[name](FACE, 0)).all()


def test_faces_move_and_turn_to_all_sides():
    centres = [np.argwhere(CHANGES["off-centre by 10 %"](FACE, row) > 100).mean(0) for row in range(4)]
    moved = np.round(np.array(centres) - np.argwhere(FACE > 100).mean(0), 1).tolist()
    assert [[round(y), round(x)] for y, x in moved] == [[0, -5], [0, 5], [-5, 0], [5, 0]]
    left, right = (CHANGES["rotated by 15°"](FACE, row).astype(int) for row in (0, 1))
    assert np.abs(left - right[:, ::-1]).mean() < 8 < np.abs(left - right).mean()


def test_half_as_bright():
    assert CHANGES["half as bright"](FACE, 0).max() == 100


def test_the_drop_is_from_the_accuracy_on_unchanged_faces():
    def bright_is_happy(faces):
        return np.eye(7)[np.where(faces.max((1, 2)) > 150, 3, 0)]

    rows = {row["change"]: row for row in robustness(bright_is_happy, np.stack([FACE] * 4), np.full(4, 3), 1.0)}
    assert list(rows) == list(CHANGES)
    assert (rows["half as bright"]["accuracy"], rows["half as bright"]["drop"]) == (0, 1)
    assert rows["JPEG quality 30"]["drop"] == 0
