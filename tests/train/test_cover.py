"""Faces that cannot be read: each drawing hides what it should, and what hides nothing is counted as nothing."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs Keras, which trains")
from tests import scenes  # noqa: E402
from train import cover as drawing  # noqa: E402
from train import judged_covers, scraps  # noqa: E402
from train.cover import COVERS, MEAN_POINTS, cover, points_of, readable  # noqa: E402
from train.judged_covers import HIDES_NOTHING, JUDGED, LOWER_HALF  # noqa: E402

FACE = np.random.default_rng(0).integers(60, 200, (48, 48), np.uint8)


def hidden_by(draw, times=40):
    return np.array([cover(FACE, MEAN_POINTS, np.random.default_rng(seed), draw)[1] for seed in range(times)])


@pytest.mark.parametrize("draw", [*COVERS, *JUDGED.values()])
def test_a_drawing_changes_the_face_and_is_the_same_for_the_same_seed(draw):
    for seed in range(5):
        face, hidden = cover(FACE, MEAN_POINTS, np.random.default_rng(seed), draw)
        assert face.shape == (48, 48) and face.dtype == np.uint8 and 0 <= hidden <= 1
        assert np.array_equal(face, cover(FACE, MEAN_POINTS, np.random.default_rng(seed), draw)[0])
        assert not np.array_equal(face, FACE)


@pytest.mark.parametrize("draw", [drawing.mask, drawing.scarf, *LOWER_HALF.values()])
def test_a_mask_hides_the_mouth_and_leaves_the_eyes(draw):
    assert (hidden_by(draw) > 0.4).mean() > 0.9 and (hidden_by(draw) < 0.65).mean() > 0.9


@pytest.mark.parametrize("draw", [judged_covers.fringe, judged_covers.hands_before_the_face])
def test_a_cover_of_the_eyes_hides_them(draw):
    assert hidden_by(draw).mean() > 0.4


@pytest.mark.parametrize("draw", HIDES_NOTHING)
def test_what_lies_beside_eyes_and_mouth_hides_next_to_nothing(draw):
    assert hidden_by(draw).mean() < 0.12


@pytest.mark.parametrize("draw", [scraps.scrap, scraps.wrap, scraps.fingers])
def test_things_of_any_shape_hide_much_in_one_place_and_nothing_in_another(draw):
    hidden = hidden_by(draw, times=100)
    assert (hidden > 0.4).mean() > 0.15 and (hidden < 0.1).mean() > 0.1


def test_what_can_be_seen_through_hides_less():
    plain = np.full((48, 48), 128, np.uint8)
    shares = []
    for opacity in (0.4, 0.8):
        canvas = drawing.Canvas(plain, MEAN_POINTS, np.random.default_rng(0))
        canvas.paint(np.ones_like(canvas.picture), 200, opacity)
        shares.append(canvas.hidden())
    assert shares == pytest.approx([0.4, 0.8], abs=0.01)


@pytest.mark.parametrize("stuff", scraps.STUFFS, ids=lambda stuff: stuff.__name__)
def test_a_stuff_fills_the_picture_and_is_another_each_time(stuff):
    canvas = drawing.Canvas(FACE, MEAN_POINTS, np.random.default_rng(0))
    first, second = (np.broadcast_to(stuff(canvas), canvas.picture.shape) for _ in range(2))
    assert np.isfinite(first).all() and not np.array_equal(first, second)


def test_a_mask_is_drawn_where_the_mouth_is():
    plain = np.full((48, 48), 128, np.uint8)
    first, second = (
        (cover(plain, points, np.random.default_rng(3), judged_covers.other_mask)[0] != 128).any(1).argmax()
        for points in (MEAN_POINTS, MEAN_POINTS - (0, 8))
    )
    assert 15 < first < 30 and first - second == 8


def test_nothing_that_a_model_is_judged_by_alone_is_taught():
    judged = {*JUDGED.values()} - {*judged_covers.TAUGHT.values(), *judged_covers.TAUGHT_HARMLESS.values()}
    assert len(judged) == 17 and not judged & COVERS.keys()


@pytest.mark.parametrize("side", [-1, 1])
def test_light_falls_on_the_side_it_comes_from(side):
    canvas = drawing.Canvas(np.full((48, 48), 128, np.uint8), MEAN_POINTS, np.random.default_rng(0))
    light = judged_covers.roundness(canvas, (side, 0, 0.1))
    assert light[:, ::side][:, 120:].mean() > 5 * light[:, ::side][:, :24].mean()


def test_half_a_face_cannot_be_read_and_a_whole_one_can():
    assert readable([0, 0.25, 0.5, 1]).tolist() == [1, 0.5, 0, 0]


def test_a_face_from_the_side_has_a_frame_too():
    points = MEAN_POINTS.copy()
    points[:2, 0] = 20, 21
    face, hidden = cover(FACE, points, np.random.default_rng(0), drawing.mask)
    assert hidden > 0.3 and face.std() > 0


def test_without_the_detector_it_says_how_to_get_it(tmp_path):
    with pytest.raises(ValueError, match=r"Received: no .*nothing\.onnx; run make detector"):
        points_of(FACE[None], tmp_path / "nothing.onnx")


@pytest.mark.skipif(not scenes.YUNET.exists(), reason=f"needs {scenes.YUNET}")
def test_points_are_those_of_the_face_or_the_usual_ones():
    import cv2

    grey = cv2.cvtColor(scenes.astronaut_bgr(), cv2.COLOR_BGR2GRAY)
    face = cv2.resize(grey[45:145, 65:165], (48, 48), interpolation=cv2.INTER_AREA)
    found, none = points_of(np.stack([face, np.full_like(face, 90)]), scenes.YUNET)
    assert np.array_equal(none, MEAN_POINTS)
    assert found[0, 0] < found[2, 0] < found[1, 0] and found[0, 1] < found[2, 1] < found[3, 1]
