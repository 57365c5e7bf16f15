"""A training on a few pictures: stopped and resumed it ends where it would have, and what it cannot use it says."""

import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest

from fer.records import EMOTIONS
from fer.vision.preprocess import to_batch

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train import fit  # noqa: E402
from train.architectures import build  # noqa: E402
from train.data import FERPLUS_EMOTIONS  # noqa: E402

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


def epochs_of(folder):
    return pd.read_csv(folder / "cnn.history.csv")["epoch"].tolist()


@pytest.fixture
def run(data, tmp_path, monkeypatch):
    """``run(folder, ...)``: the weights that train.fit leaves in it, of a small network with much dropout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fit, "export", lambda *_: None)
    monkeypatch.setattr(fit, "build", lambda arch, side_px=None: build(arch, side_px, width=8, dropout=0.5))

    def run(out, *more):
        monkeypatch.setattr(
            sys,
            "argv",
            [
                "fit",
                "--arch",
                "cnn",
                "--data",
                str(data),
                "--out",
                str(out),
                "--epochs",
                "4",
                "--batch-size",
                "7",
                *more,
            ],
        )
        fit.main()
        return keras.saving.load_model(out / "cnn.keras", compile=False).get_weights()

    return run


@pytest.mark.parametrize("flags", [(), ("--ema", "0.9", "--mix", "0.5", "--balance", "0.5")])
def test_stopping_and_resuming_gives_the_same_weights_as_not_stopping(run, tmp_path, monkeypatch, flags):
    whole = run(tmp_path / "out", *flags)
    begin = fit.StartEpoch.on_epoch_begin

    def killed(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
        begin(self, epoch, logs)

    with monkeypatch.context() as stopping:
        stopping.setattr(fit.StartEpoch, "on_epoch_begin", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "out", *flags)
    (kept,) = tmp_path.glob(".training/*/latest.weights.h5")
    kept.write_bytes(kept.read_bytes()[:1000])  # as if it had been killed while this was written
    epochs = []
    monkeypatch.setattr(
        fit.StartEpoch,
        "on_epoch_begin",
        lambda self, epoch, logs=None: (epochs.append(epoch), begin(self, epoch, logs)),
    )
    resumed = run(tmp_path / "out", *flags)
    assert epochs == [1, 2, 3]
    assert epochs_of(tmp_path / "out") == [0, 1, 2, 3]  # of this run only
    assert not list((tmp_path / ".training").iterdir())
    assert len(whole) == len(resumed) and all(np.array_equal(*pair) for pair in zip(whole, resumed, strict=True))


def test_other_flags_do_not_go_on_from_another_run(tmp_path, data):
    from train.data import load_faces

    faces = load_faces(data, "train")
    arguments = ["--arch", "cnn", "--data", str(data)]
    places = {
        fit.checkpoint(fit.parser.parse_args([*arguments, *more]), faces)
        for more in ([], ["--seed", "1"], ["--name", "other"], ["--learning-rate", "0.2"])
    }
    assert len(places) == 4
    assert fit.checkpoint(fit.parser.parse_args(arguments), faces) in places


def test_replaced_weights_are_another_run(tmp_path, data):
    from train.data import load_faces

    faces, begun = load_faces(data, "train"), tmp_path / "begun.keras"
    args = fit.parser.parse_args(["--arch", "cnn", "--data", str(data), "--weights", str(begun)])
    begun.write_bytes(b"one")
    place = fit.checkpoint(args, faces)
    begun.write_bytes(b"another")
    assert fit.checkpoint(args, faces) != place


@pytest.fixture
def started(monkeypatch):
    """(epoch, side of the pictures, strength of the augmentation), each time that the data starts an epoch."""
    noted, start = [], fit.AugmentedFaces.start_epoch

    def start_epoch(data, epoch, size_px, strength=1.0, mix=0.0):
        noted.append((epoch, size_px, strength))
        start(data, epoch, size_px, strength, mix)

    monkeypatch.setattr(fit.AugmentedFaces, "start_epoch", start_epoch)
    return noted


def test_only_the_last_epochs_differ_less_from_the_faces(run, started, tmp_path):
    run(tmp_path / "out", "--epochs", "10", "--last-augmentation", "0.5")
    assert {epoch: strength for epoch, _, strength in started} == {**dict.fromkeys(range(9), 1.0), 9: 0.5}
    run(tmp_path / "out", "--epochs", "10", "--augmentation", "0.25")
    assert {epoch: strength for epoch, _, strength in started} == dict.fromkeys(range(10), 0.25)


def test_no_batch_is_mixed_in_the_last_tenth():
    args = fit.parser.parse_args(["--arch", "cnn", "--data", "", "--epochs", "20", "--mix", "0.4"])
    assert [fit.mix_at(epoch, args) for epoch in (0, 17, 18, 19)] == [0.4, 0.4, 0, 0]


def test_the_average_of_the_weights_moves_less_than_the_weights(run, tmp_path):
    start = run(tmp_path / "start", "--epochs", "1", "--learning-rate", "0.01")
    begin = ("--weights", str(tmp_path / "start" / "cnn.keras"))
    last = run(tmp_path / "last", *begin)
    average = run(tmp_path / "average", *begin, "--ema", "0.97")
    moved = [
        np.concatenate([np.abs(a - b).ravel() for a, b in zip(end, start, strict=True) if a.ndim > 1]).mean()
        for end in (last, average)
    ]
    assert 0 < moved[1] < moved[0]


def test_the_largest_pictures_are_what_the_trained_file_makes_of_a_face(run, started, tmp_path):
    run(tmp_path / "out", "--most-px", "40")
    assert {size_px for _, size_px, _ in started} == {32, 40, 48}  # 48: before the first epoch
    small = keras.saving.load_model(tmp_path / "out" / "cnn.keras", compile=False)
    any_size = build("cnn", width=8)
    keras.Model(any_size.inputs, {"emotion": any_size.output["emotion"]}).set_weights(small.get_weights())
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    resized = np.stack([cv2.resize(face.astype(np.float32), (40, 40)) for face in faces])[..., None]
    expected = any_size.predict(resized, verbose=0)["emotion"]
    assert np.allclose(small.predict(to_batch(faces), verbose=0)["emotion"], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-size", "29"], "from 1 to the number of training faces, 28. Received: 29"),
        (["--batch-size", "0"], "Received: 0"),
        (["--augmentation", "-1"], "--augmentation must be from 0 to 1. Received: -1.0"),
        (["--last-augmentation", "1.5"], "--last-augmentation must be from 0 to 1. Received: 1.5"),
        (["--mix", "2"], "--mix must be from 0 to 1. Received: 2.0"),
        (["--drop-path", "0.1"], "--drop-path is for --arch resnet. Received: --arch cnn"),
        (["--soft-votes", "0.5"], "--soft-votes needs --votes. Received: none"),
        (["--widths", "8", "16"], "--widths is for --arch resnet. Received: --arch cnn"),
        (["--least-px", "48", "--most-px", "40"], "--least-px must be at most --most-px, 40. Received: 48"),
    ],
)
def test_what_cannot_be_trained_with_is_refused(run, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path / "out", *arguments)


@pytest.fixture
def votes(data, tmp_path):
    """A file in which ten people saw the first emotion, neutral, in every picture."""
    header = f"Usage,Image name,{','.join(FERPLUS_EMOTIONS)},unknown,NF\n"
    rows = [f"x,{file.name},10{',0' * 9}\n" for file in data.glob("*/*/*.png")]
    (tmp_path / "votes.csv").write_text(header + "".join(rows))
    return tmp_path / "votes.csv"


def test_the_votes_train_a_head_of_their_own(run, votes, tmp_path):
    run(tmp_path / "out", "--epochs", "1", "--votes", str(votes))
    assert set(keras.saving.load_model(tmp_path / "out" / "cnn.keras", compile=False).output) == {"emotion", "ferplus"}


def test_it_goes_on_from_a_file_of_the_same_architecture_only(run, tmp_path):
    run(tmp_path / "first", "--epochs", "1")
    run(tmp_path / "second", "--epochs", "1", "--weights", str(tmp_path / "first" / "cnn.keras"))
    assert set(keras.saving.load_model(tmp_path / "second" / "cnn.keras", compile=False).output) == {
        "emotion"
    }  # no votes
    with pytest.raises(ValueError, match="which is no file"):
        run(tmp_path / "third", "--weights", "nothing.keras")
    assert epochs_of(tmp_path / "second") == [0, 1]
    build("resnet", widths=(8, 16), blocks=1).save(tmp_path / "resnet.keras")
    with pytest.raises(
        ValueError, match="must be of the architecture cnn, without the head .*Received: .*resnet.keras"
    ):
        run(tmp_path / "third", "--weights", str(tmp_path / "resnet.keras"))
    with pytest.raises(ValueError, match="Received: --arch cnn"):
        run(tmp_path / "third", "--weights", "imagenet")


def test_a_wider_resnet_begins_by_saying_what_the_narrower_says(tmp_path):
    file = tmp_path / "narrow.keras"
    args = fit.parser.parse_args(
        ["--arch", "resnet", "--data", "", "--votes", "votes.csv", "--weights", str(file), "--widths", "8", "24"]
    )
    narrow = build("resnet", widths=(8, 16))
    narrow.save(file)
    wide, faces = fit.begin(args), np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 1))
    assert wide.count_params() > narrow.count_params()
    said = narrow.predict(faces, verbose=0)
    assert said["emotion"].std() > 0.01
    for head, logits in wide.predict(faces, verbose=0).items():
        assert np.allclose(logits, said[head], atol=1e-5)
    features = keras.Model(wide.inputs, wide.get_layer("emotion").input).predict(faces, verbose=0)
    assert features[:, 16:].any()  # so the heads can learn to hear what is new
    build("resnet", widths=(16, 16)).save(file)
    with pytest.raises(ValueError, match="whose weights have other shapes"):
        fit.begin(args)


def test_a_teacher_changes_what_is_learnt_and_has_both_heads(run, votes, tmp_path):
    run(tmp_path / "first", "--epochs", "1", "--votes", str(votes))
    plain = run(tmp_path / "plain", "--epochs", "1")
    taught = run(tmp_path / "taught", "--epochs", "1", "--teacher", str(tmp_path / "first" / "cnn.keras"))
    assert not all(np.array_equal(*pair) for pair in zip(plain, taught, strict=True))
    with pytest.raises(ValueError, match="must be a network trained with --votes. Received: .*plain"):
        run(tmp_path / "out", "--teacher", str(tmp_path / "plain" / "cnn.keras"))
    with pytest.raises(ValueError, match="Received: nothing.keras, which is no file"):
        run(tmp_path / "out", "--teacher", "nothing.keras")


def test_a_teacher_sees_the_same_before_and_after_its_export(tmp_path):
    network = build("cnn", width=8)
    network.save(tmp_path / "logits.keras")
    probabilities = {head: keras.layers.Softmax(name=f"{head}_p")(logits) for head, logits in network.output.items()}
    keras.Model(network.inputs, probabilities).save(tmp_path / "exported.keras")
    faces = SimpleNamespace(pixels=np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8))
    seen = fit.teach(tmp_path / "logits.keras", faces, seed=0)
    for head, width in {"emotion": 7, "ferplus": 8}.items():
        assert seen[head].shape == (5, width) and np.allclose(seen[head].sum(1), 1, atol=1e-5)
        assert np.allclose(seen[head], fit.teach(tmp_path / "exported.keras", faces, seed=0)[head], atol=1e-5)
