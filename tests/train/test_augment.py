"""Training pictures: the same for the same seed, in range, and now and then as bad as cameras are."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train.augment import BADLY_TAKEN, augment, badly_taken, make_targets, mix_in  # noqa: E402

FACE = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)


class Drawn:
    """Gives these numbers, one after the other."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


@pytest.mark.parametrize("size_px", [32, 40, 48])
def test_a_view_is_of_the_size_asked_for_in_range_and_the_same_for_the_same_seed(size_px):
    for seed in range(50):
        view = augment(FACE, size_px, np.random.default_rng(seed))
        assert view.shape == (size_px, size_px) and view.dtype == np.float32 and 0 <= view.min() <= view.max() <= 255
        assert np.array_equal(view, augment(FACE, size_px, np.random.default_rng(seed)))
    assert not np.array_equal(view, augment(FACE, size_px, np.random.default_rng(0)))


@pytest.mark.parametrize("fault", [0.5, 1.5, 2.5])
def test_each_fault_of_a_camera_costs_detail_and_more_harm_more_of_it(fault):
    little, much = (
        badly_taken(FACE, Drawn(fault * BADLY_TAKEN, harm)).astype(float)
        for harm in ((0.0, 1.0) if fault == 1.5 else (1.0, 0.0))
    )
    assert little.shape == FACE.shape and np.abs(much - FACE).mean() > np.abs(little - FACE).mean() > 0


def test_most_pictures_have_none():
    assert badly_taken(FACE, Drawn(3.01 * BADLY_TAKEN, 0.5)) is FACE


def test_with_strength_0_a_view_is_the_face_or_its_mirror():
    views = [augment(FACE, 48, np.random.default_rng(seed), strength=0.0) for seed in range(50)]
    mirrored = [np.allclose(view, FACE[:, ::-1], atol=0.01) for view in views]
    assert any(mirrored) and all(
        np.allclose(view, FACE, atol=0.01) for view, other in zip(views, mirrored, strict=True) if not other
    )
    assert not all(mirrored)


def test_a_teacher_is_half_of_each_target_and_all_of_one_that_is_missing():
    votes = np.zeros((2, 10), np.float32)
    votes[0, 3] = 10  # nobody saw an emotion in the second face
    teacher = {"emotion": np.full((2, 7), 1 / 7, np.float32), "ferplus": np.full((2, 8), 1 / 8, np.float32)}
    targets, weights = mix_in(teacher, *make_targets(np.array([0, 6]), votes))
    assert np.allclose(targets["emotion"][0], [4 / 7, *[1 / 14] * 6])
    assert np.allclose(targets["ferplus"], [[1 / 16] * 3 + [9 / 16] + [1 / 16] * 4, [1 / 8] * 8])
    assert all((weight == 1).all() for weight in weights.values())
