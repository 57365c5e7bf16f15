import numpy as np

from fer.vision.tracks import UNSEEN_S, FaceNumbers, Track, iou, smooth

HAPPY, SAD = np.eye(7)[3], np.eye(7)[5]
LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)


def test_iou():
    assert iou(LEFT, LEFT) == 1
    assert iou(LEFT, RIGHT) == 0
    assert iou(LEFT, (5.0, 0.0, 15.0, 10.0)) == 50 / 150


def test_the_same_face_is_averaged():
    [track] = smooth((Track(LEFT, HAPPY),), [(1.0, 0.0, 11.0, 10.0)], SAD[None])
    assert np.allclose(track.probabilities, (HAPPY + SAD) / 2)
    assert track.box_xyxy == (1.0, 0.0, 11.0, 10.0)


def test_faces_keep_their_own_past_whatever_their_order():
    before = (Track(LEFT, HAPPY), Track(RIGHT, SAD))
    right, left = smooth(before, [RIGHT, LEFT], np.stack([SAD, HAPPY]))
    assert np.allclose(right.probabilities, SAD) and np.allclose(left.probabilities, HAPPY)


def test_a_new_face_starts_fresh_and_none_is_fine():
    [track] = smooth((Track(LEFT, HAPPY),), [RIGHT], SAD[None])
    assert np.allclose(track.probabilities, SAD)
    assert smooth((Track(LEFT, HAPPY),), [], np.zeros((0, 7))) == ()


def test_a_face_keeps_its_number_while_two_move():
    numbers = FaceNumbers()
    left, right = (0.0, 0.0, 80.0, 100.0), (200.0, 0.0, 280.0, 100.0)
    moved = tuple(edge + 40 for edge in left)
    assert numbers.of([left, right], 0.0) == [0, 1]
    assert numbers.of([right, moved], 0.5) == [1, 0]
    assert numbers.of([right], 1.0) == [1]
    assert numbers.of([moved, right], 1.5) == [0, 1]
    assert numbers.of([], 2.0) == []
    assert numbers.of([moved], 2.0 + UNSEEN_S + 1) == [2]
