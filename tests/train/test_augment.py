"""Training pictures: the same for the same seed, in range, and now and then as bad as cameras are."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train.augment import (  # noqa: E402
    BADLY_TAKEN,
    AugmentedFaces,
    augment,
    badly_taken,
    flattened,
    make_targets,
    mix_in,
    mixed,
    order,
)
from train.cover import MEAN_POINTS  # noqa: E402
from train.data import Faces  # noqa: E402

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


def test_the_less_is_seen_of_a_face_the_flatter_its_target():
    targets = flattened(np.eye(7, dtype=np.float32)[[0, 1, 2]], np.float32([1, 0.5, 0]))
    assert np.allclose(targets[0], np.eye(7)[0]) and np.allclose(targets[2], 1 / 7)
    assert targets[1, 1] == pytest.approx(0.5 + 0.5 / 7) and np.allclose(targets.sum(1), 1)


def test_votes_can_be_a_share_of_the_expressions_target():
    votes = np.zeros((2, 10), np.float32)
    votes[0, [1, 7]] = 5, 5  # happiness and contempt, which is none of the seven
    targets = make_targets(np.array([0, 0]), votes, soft=0.25)[0]["emotion"]
    assert np.allclose(targets[0, [0, 3]], [0.75, 0.25]) and np.allclose(targets[1], np.eye(7)[0])


@pytest.mark.parametrize("seed", range(6))
def test_mixed_faces_have_mixed_targets(seed):
    """Black faces of the first emotion and white ones of the second: a picture is as white as its target says."""
    white = np.arange(16) % 2
    pixels = np.repeat(white, 40 * 40).reshape(16, 40, 40, 1).astype(np.float32) * 255
    targets = {"emotion": np.eye(7, dtype=np.float32)[white], "ferplus": np.eye(8, dtype=np.float32)[white]}
    weights = {"emotion": np.ones(16, np.float32), "ferplus": (np.arange(16) > 3).astype(np.float32)}
    mixed_pixels, mixed_targets, mixed_weights = mixed(pixels, targets, weights, np.random.default_rng(seed))
    assert np.allclose(mixed_pixels.mean((1, 2, 3)) / 255, mixed_targets["emotion"][:, 1], atol=1e-3)
    assert not np.array_equal(mixed_pixels, pixels)
    assert np.allclose(mixed_weights["emotion"], 1) and mixed_weights["ferplus"].min() < 1
    counts = mixed_weights["ferplus"] > 1e-3
    assert np.allclose(mixed_targets["ferplus"][counts].sum(1), 1, atol=1e-3)


def test_rare_emotions_come_more_often_when_balanced():
    labels = np.repeat(np.arange(3), (900, 90, 10))
    assert np.array_equal(np.sort(order(labels, 0, np.random.default_rng(0))), np.arange(1000))
    counts = np.bincount(labels[order(labels, 1, np.random.default_rng(0))])
    assert np.abs(counts - 333).max() < 5
    half = np.bincount(labels[order(labels, 0.5, np.random.default_rng(0))])
    assert half.sum() == 1000 and 10 < half[2] < counts[2]


def test_covered_faces_have_flatter_targets_and_the_same_batch_comes_again():
    faces = Faces(np.repeat(FACE[None], 8, 0), np.zeros(8, int), [f"{n}" for n in range(8)])
    points = np.repeat(MEAN_POINTS[None], 8, 0)
    covered = AugmentedFaces(faces, None, 8, 0, covers=(1.0, points))
    pixels, targets, _ = covered[0]
    assert (targets["emotion"][:, 0] < 0.99).sum() >= 3
    assert np.array_equal(pixels, covered[0][0])
    assert np.allclose(AugmentedFaces(faces, None, 8, 0)[0][1]["emotion"][:, 0], 1)
