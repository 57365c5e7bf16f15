"""A training on a few pictures: stopped and resumed it ends where it would have, and what it cannot use it says."""

import sys

import cv2
import numpy as np
import pytest

from fer.records import EMOTIONS

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train import fit  # noqa: E402
from train.architectures import build  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")  # of numpy 2, not ours


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for emotion in EMOTIONS:
            (tmp_path / "data" / split / emotion).mkdir(parents=True)
            for number in range(4):
                picture = rng.integers(0, 256, (48, 48), np.uint8)
                cv2.imwrite(str(tmp_path / "data" / split / emotion / f"{emotion}{number}.png"), picture)
    return tmp_path / "data"


@pytest.fixture
def run(data, tmp_path, monkeypatch):
    """``run(folder, ...)``: the weights that train.fit leaves in it, of a small network with much dropout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fit, "export", lambda *_: None)
    monkeypatch.setattr(fit, "build", lambda arch: build(arch, width=8, dropout=0.5))

    def run(out, *more):
        monkeypatch.setattr(sys, "argv", ["fit", "--arch", "cnn", "--data", str(data), "--out", str(out), "--epochs", "4",
                                          "--batch-size", "7", *more])
        fit.main()
        return keras.saving.load_model(out / "cnn.keras", compile=False).get_weights()
    return run


def test_stopping_and_resuming_gives_the_same_weights_as_not_stopping(run, tmp_path, monkeypatch):
    whole = run(tmp_path / "out")
    begin = fit.StartEpoch.on_epoch_begin

    def killed(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
        begin(self, epoch, logs)
    with monkeypatch.context() as stopping:
        stopping.setattr(fit.StartEpoch, "on_epoch_begin", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "out")
    epochs = []
    monkeypatch.setattr(fit.StartEpoch, "on_epoch_begin",
                        lambda self, epoch, logs=None: (epochs.append(epoch), begin(self, epoch, logs)))
    resumed = run(tmp_path / "out")
    assert epochs == [2, 3]
    assert len(whole) == len(resumed) and all(np.array_equal(*pair) for pair in zip(whole, resumed))


def test_other_flags_do_not_go_on_from_another_run(tmp_path, data):
    from train.data import load_faces
    faces = load_faces(data, "train")
    arguments = ["--arch", "cnn", "--data", str(data)]
    places = {fit.checkpoint(fit.parser.parse_args([*arguments, *more]), faces)
              for more in ([], ["--seed", "1"], ["--name", "other"], ["--learning-rate", "0.2"])}
    assert len(places) == 4
    assert fit.checkpoint(fit.parser.parse_args(arguments), faces) in places


def test_it_goes_on_from_a_file_of_the_same_architecture_only(run, tmp_path):
    run(tmp_path / "first", "--epochs", "1")
    run(tmp_path / "second", "--epochs", "1", "--weights", str(tmp_path / "first" / "cnn.keras"))
    with pytest.raises(ValueError, match="which is no file"):
        run(tmp_path / "third", "--weights", "nothing.keras")
    build("resnet", width=8, blocks=1).save(tmp_path / "resnet.keras")
    with pytest.raises(ValueError, match="must be of the architecture cnn. Received: .*resnet.keras"):
        run(tmp_path / "third", "--weights", str(tmp_path / "resnet.keras"))
    with pytest.raises(ValueError, match="Received: --arch cnn"):
        run(tmp_path / "third", "--weights", "imagenet")
