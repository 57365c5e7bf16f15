"""The head that says how readable a face is: it learns to, changes nothing else, and comes through the export."""

import sys

import cv2
import numpy as np
import pytest

from fer.records import EMOTIONS
from fer.vision.classifier import load_litert
from fer.vision.preprocess import to_batch

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train import fit, readable  # noqa: E402
from train.architectures import build  # noqa: E402
from train.cover import MEAN_POINTS, cover  # noqa: E402
from train.export import STILL_NAMED, calibrated, load_logits, readable_threshold, to_int8  # noqa: E402
from train.judged_covers import other_mask  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")  # of numpy 2, not ours


def a_face(rng):
    """Light, with two eyes and a mouth that are dark, at the usual places."""
    face = np.full((48, 48), rng.integers(170, 230), np.uint8)
    for x, y in MEAN_POINTS[:2]:
        cv2.circle(face, (round(x), round(y)), 3, 40, -1)
    cv2.ellipse(face, (24, 36), (8, int(rng.integers(2, 5))), 0, 0, 360, 60, -1)
    return cv2.GaussianBlur(face, (0, 0), 0.7)


@pytest.fixture
def model(tmp_path, monkeypatch):
    """The file of a small network before and after train.readable."""
    rng = np.random.default_rng(0)
    for emotion in EMOTIONS:
        (tmp_path / "data" / "train" / emotion).mkdir(parents=True)
        for number in range(6):
            cv2.imwrite(str(tmp_path / "data" / "train" / emotion / f"{emotion}{number}.png"), a_face(rng))
    keras.utils.set_random_seed(0)
    build("resnet", side_px=40, widths=(8, 16, 16, 16), blocks=1).save(tmp_path / "raw.keras")
    monkeypatch.setattr(readable, "points_of", lambda pixels: np.repeat(MEAN_POINTS[None], len(pixels), 0))

    def run(before, after):
        arguments = ["--model", before, "--data", tmp_path / "data", "--out", after, "--faces", "1200", "--epochs", "8"]
        monkeypatch.setattr(sys, "argv", ["readable", *map(str, arguments)])
        readable.main()
        return tmp_path / after

    run(tmp_path / "raw.keras", tmp_path / "first.keras")
    return run(tmp_path / "first.keras", tmp_path / "second.keras")  # a head that is there is replaced


def test_it_tells_masked_faces_changes_nothing_else_and_is_served(model, tmp_path):
    rng = np.random.default_rng(1)
    faces = np.stack([a_face(rng) for _ in range(40)])
    masked = np.stack([cover(face, MEAN_POINTS, rng, other_mask)[0] for face in faces])
    before, after = load_logits(tmp_path / "raw.keras"), load_logits(model)
    said = after.predict(to_batch(faces), verbose=0)
    assert np.allclose(said["emotion"], before.predict(to_batch(faces), verbose=0)["emotion"], atol=1e-5)
    assert said["readable"].mean() > after.predict(to_batch(masked), verbose=0)["readable"].mean() + 0.2

    (tmp_path / "served.tflite").write_bytes(to_int8(calibrated(after, 1.5)))
    served = load_litert(tmp_path / "served.tflite", 1, 0.5).read(faces)
    assert np.abs(served.readable - said["readable"][:, 0]).mean() < 0.1
    assert np.allclose(served.probabilities.sum(1), 1, atol=1e-4)


def test_a_training_that_goes_on_from_it_begins_without_that_head(model, tmp_path):
    assert set(fit.load("--weights", "a file", model).output) == {"emotion", "ferplus"}
    assert len(fit.load("--weights", "a file", model).get_weights()) == len(load_logits(tmp_path / "raw.keras").weights)


def test_a_network_for_any_size_of_picture_is_refused():
    with pytest.raises(ValueError, match="--model must be a network of stages.*Received: one for any size"):
        readable.early_features(build("resnet", widths=(8, 16), blocks=1))


def test_the_threshold_keeps_most_of_the_names():
    share = np.linspace(0, 1, 1001)
    likely = np.where(np.arange(1001) < 1000, 0.9, 0.1)[:, None]  # the last face has no name anyhow
    views = {"emotion": np.stack([np.hstack((likely, 1 - likely, np.zeros((1001, 5))))] * 2)}
    views["emotion"][:, 1000] = 1 / 7
    views["readable"] = np.stack([share[:, None]] * 2)
    assert readable_threshold(views) == pytest.approx(1 - STILL_NAMED, abs=0.002)
