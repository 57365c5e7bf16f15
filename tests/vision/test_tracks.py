import numpy as np
import pytest

from fer.records import Face
from fer.vision.cut_off import WHOLE
from fer.vision.tracks import (
    BYSTANDER_KEPT,
    STUDENT_KEPT,
    UNSEEN_S,
    FaceNumbers,
    Track,
    follow,
    go_on,
    iou,
    same_faces,
)

HAPPY, SAD = np.eye(7)[3], np.eye(7)[5]
LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)


def test_iou():
    assert iou(LEFT, LEFT) == 1
    assert iou(LEFT, RIGHT) == 0
    assert iou(LEFT, (5.0, 0.0, 15.0, 10.0)) == 50 / 150


def of(box, probabilities, **more):
    return Track(box, probabilities, first_height=box[3] - box[1], **more)


def went_on(before, boxes, probabilities, readable=None):
    """The tracks of these boxes after ``before``, all students'."""
    seen = [(box, track, True, WHOLE) for box, track in zip(boxes, same_faces(before, boxes), strict=True)]
    return go_on(before, seen, probabilities, readable)


def test_the_same_face_is_averaged():
    [track] = went_on((of(LEFT, HAPPY),), [(1.0, 0.0, 11.0, 10.0)], SAD[None])
    assert np.allclose(track.probabilities, (HAPPY + SAD) / 2)
    assert track.box_xyxy == (1.0, 0.0, 11.0, 10.0)


def test_how_readable_a_face_is_is_averaged_too():
    [track] = went_on((of(LEFT, HAPPY, readable=0.2),), [LEFT], HAPPY[None], np.array([0.6]))
    assert track.readable == pytest.approx(0.4)


def test_faces_keep_their_own_past_whatever_their_order():
    before = (of(LEFT, HAPPY), of(RIGHT, SAD))
    right, left = went_on(before, [RIGHT, LEFT], np.stack([SAD, HAPPY]))
    assert np.allclose(right.probabilities, SAD) and np.allclose(left.probabilities, HAPPY)


def test_the_pair_that_overlaps_most_goes_together_first():
    near, far = of((0.0, 0.0, 10.0, 10.0), HAPPY), of((4.0, 0.0, 14.0, 10.0), SAD)
    assert same_faces((near, far), [(3.0, 0.0, 13.0, 10.0), (0.0, 0.0, 10.0, 10.0)]) == [far, near]


def test_a_new_face_starts_fresh_and_none_is_fine():
    new, gone = went_on((of(LEFT, HAPPY, is_student=False),), [RIGHT], SAD[None])
    assert np.allclose(new.probabilities, SAD) and (gone.box_xyxy, gone.unseen) == (LEFT, 1)
    assert went_on((), [], np.zeros((0, 7))) == ()


def test_who_was_out_of_sight_is_not_averaged_with_the_past():
    [track] = went_on((of(LEFT, HAPPY, unseen=3),), [LEFT], SAD[None])
    assert np.allclose(track.probabilities, SAD) and track.unseen == 0


def test_faces_out_of_sight_are_forgotten_in_time():
    tracks = (of(LEFT, HAPPY), of(RIGHT, SAD, is_student=False))
    for _ in range(STUDENT_KEPT + 1):
        tracks = went_on(tracks, [], np.zeros((0, 7)))
    assert [track.is_student for track in tracks] == [False]
    for _ in range(BYSTANDER_KEPT):
        tracks = went_on(tracks, [], np.zeros((0, 7)))
    assert tracks == ()


def box(x, height):
    return (float(x), 0.0, x + 0.8 * height, float(height))


def roles(before, *boxes, several=False):
    """Of each face, in the order of ``follow``: its box and whether it is a student's."""
    found = follow(before, [Face(one, 0.9) for one in boxes], several)
    return [(face.box_xyxy, is_student) for face, _, is_student in found]


STUDENT_BOX, POSTER = box(0, 100), box(300, 60)
BOTH = (of(STUDENT_BOX, HAPPY), of(POSTER, SAD, is_student=False))


def test_the_student_is_the_largest_face_at_first_and_then_the_one_that_was_followed():
    assert roles((), POSTER, STUDENT_BOX) == [(STUDENT_BOX, True), (POSTER, False)]
    leant_back = box(5, 80)
    assert roles(BOTH, box(300, 90), leant_back) == [(leant_back, True), (box(300, 90), False)]


def test_who_sits_down_before_a_poster_is_the_student():
    only_poster = (of(POSTER, SAD),)
    assert roles(only_poster, POSTER) == [(POSTER, True)]
    assert roles(only_poster, POSTER, STUDENT_BOX) == [(STUDENT_BOX, True), (POSTER, False)]


def test_a_poster_stays_a_poster_while_the_student_is_away():
    assert roles(BOTH, POSTER) == [(POSTER, False)]
    away = (of(STUDENT_BOX, HAPPY, unseen=9),)
    small = box(500, 40)
    assert roles(away, small) == [(small, False)]  # seen only now, and much smaller than the student
    assert roles(away, box(500, 80)) == [(box(500, 80), True)]  # the student came back to another place


def test_a_bystander_who_comes_near_becomes_the_student():
    nearer = box(300, 70)
    assert roles((of(POSTER, SAD, is_student=False),), nearer) == [(nearer, False)]
    assert roles((of(box(300, 70), SAD, is_student=False),), box(290, 100)) == [(box(290, 100), True)]


def test_several_students_at_one_camera_all_count():
    assert roles(BOTH, POSTER, STUDENT_BOX, several=True) == [(STUDENT_BOX, True), (POSTER, True)]


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
