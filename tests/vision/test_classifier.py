"""Serving: n faces in, n rows of probabilities out, the same from LiteRT and Keras; a bad file is one clear sentence.

A small untrained network goes through the whole of train.export once, so these tests need no shipped model. The shipped
one is tested as well, once it is there.
"""

import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from fer.config import MODELS_DIR, ROOT, Settings
from fer.records import EMOTIONS
from fer.vision.cards import CardError, list_cards, load_card
from fer.vision.classifier import Classifier, faces_per_s, load_classifier, load_keras, load_litert
from fer.vision.preprocess import crop_face, to_batch

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:keras"),  # of numpy 2, not ours
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs"),
]

SHARED = ROOT.parent / "shared" / "data" / "fer2013.zip"
SHIPPED = [path.stem for path in sorted(MODELS_DIR.glob("*.json"))]
WITH_KERAS = [name for name in SHIPPED if (MODELS_DIR / f"{name}.keras").exists()]


def some_faces(n, seed=0):
    """Blurred noise, as smooth as faces are; each is brighter than the one before, and every eighth is dark again."""
    noise = np.random.default_rng(seed).integers(0, 256, (n, 48, 48)).astype(np.float32)
    return np.array(
        [
            cv2.normalize(cv2.GaussianBlur(face, (0, 0), 3), None, 0, 255 * (row % 7 + 1) / 7, cv2.NORM_MINMAX)
            for row, face in enumerate(noise)
        ],
        np.uint8,
    ).reshape(n, 48, 48)


def fit_quickly(model):
    """Teaches a network the seven kinds of ``some_faces`` in a few seconds."""
    import keras

    one_head = keras.Model(model.inputs, model.get_layer("emotion").output)
    one_head.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    one_head.fit(to_batch(some_faces(140, seed=3)), np.arange(140) % 7, batch_size=70, epochs=20, verbose=0)


def export(model, data, out, monkeypatch):
    from train import export

    monkeypatch.setattr(export, "faces_per_s", lambda run, pixels, batch_size: 1)  # two seconds each
    monkeypatch.setattr(sys, "argv", ["export", "--model", str(model), "--data", str(data), "--out", str(out)])
    export.main()


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A folder with small.keras, small.tflite and small.json, and raw/small.keras as train.fit would have left it."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow, which trains and exports")
    import keras

    from train.architectures import build

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("models")
    for split in ("train", "test"):
        for number, emotion in enumerate(EMOTIONS):
            (folder / "data" / split / emotion).mkdir(parents=True)
            for file, face in enumerate(some_faces(56, seed=1 + (split == "test"))[number::7]):
                cv2.imwrite(str(folder / "data" / split / emotion / f"{file}{number}.png"), face)
    (folder / "raw").mkdir()
    model = build("resnet", widths=(8, 16, 32, 64), blocks=1)
    fit_quickly(model)
    model.save(folder / "raw" / "small.keras")
    (folder / "raw" / "small.history.csv").write_text("epoch,loss\n0,2.0\n1,1.5\n")
    with pytest.MonkeyPatch.context() as monkeypatch:
        export(folder / "raw" / "small.keras", folder / "data", folder, monkeypatch)
    return folder


@pytest.fixture(params=["small", "small.keras"])
def classifier(request, exported):
    return load_classifier(exported, request.param)


def test_importing_starts_nothing():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, fer.vision.classifier, fer.vision.cards; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.split()
    assert "fer.vision.classifier" in loaded
    assert not {"tensorflow", "keras", "ai_edge_litert", "streamlit", "train"} & set(loaded)


@pytest.mark.parametrize("n", [0, 1, 5, 70])
def test_n_faces_give_n_rows(classifier, n):
    probabilities = classifier.predict(some_faces(n))
    assert probabilities.shape == (n, 7) and probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    assert np.allclose(probabilities.sum(1), 1, atol=1e-5)


def test_no_faces_as_an_empty_list(classifier):
    assert classifier.predict([]).shape == (0, 7)


def test_a_face_gets_the_same_answer_in_any_batch(classifier):
    faces = some_faces(70)
    together = classifier.predict(faces)
    assert together.std(0).min() > 0.1  # the faces differ, so a mixed-up order would show
    for row in (0, 31, 32, 69):
        assert np.allclose(classifier.predict(faces[row : row + 1])[0], together[row], atol=1e-4)
    assert np.allclose(classifier.predict(list(faces[:3])), together[:3], atol=1e-5)


def test_an_answer_is_not_changed_by_the_next_call(classifier):
    first = classifier.predict(some_faces(3))
    kept = first.copy()
    classifier.predict(some_faces(3, seed=1))
    assert (first == kept).all()


@pytest.mark.parametrize("shape", [(48, 48), (2, 96, 24), (2, 64, 64), (2, 48, 48, 3)])
def test_other_pictures_than_faces_are_refused(classifier, shape):
    with pytest.raises(ValueError, match="Faces must have shape .*Received: shape"):
        classifier.predict(np.zeros(shape, np.uint8))


def test_one_call_at_a_time():
    """An interpreter keeps its input between set_tensor and invoke, so two threads must not be in there together."""
    inside, most = [], []

    def run(batch):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.01)
        inside.pop()
        return {"emotion": np.full((len(batch), 7), 1 / 7, np.float32)}

    classifier = Classifier("fake", run)
    threads = [threading.Thread(target=classifier.predict, args=(some_faces(1),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (6, 1)


def test_more_faces_than_fit_one_call_take_several():
    sizes = []

    def run(batch):
        sizes.append(len(batch))
        return {"emotion": np.full((len(batch), 7), 1 / 7, np.float32)}

    Classifier("fake", run).predict(some_faces(70))
    assert sizes == [1, 32, 32, 6]  # the first is the warm-up


def says_how_readable(batch):
    """As readable as it is bright."""
    bright = batch.mean((1, 2, 3), keepdims=True)[:, 0, 0] / 255
    return {"emotion": np.full((len(batch), 7), 1 / 7, np.float32), "readable": bright}


def test_how_readable_faces_are_comes_beside_their_probabilities():
    classifier = Classifier("fake", says_how_readable, readable_below=0.3)
    faces = some_faces(70)
    assert np.allclose(classifier.read(faces).readable, faces.mean((1, 2)) / 255, atol=1e-5)
    assert classifier.read(faces).probabilities.shape == (70, 7)
    assert classifier.read([]).readable.shape == (0,)
    assert classifier.readable_below == 0.3


def test_a_model_that_does_not_say_it_has_no_threshold(classifier):
    assert classifier.read(some_faces(2)).readable is None and classifier.readable_below is None
    with pytest.raises(CardError, match="fake must say how readable a face is, as its card does"):
        Classifier("fake", lambda batch: {"emotion": np.zeros((len(batch), 7), np.float32)}, readable_below=0.3)


def test_a_file_with_a_second_output_says_how_readable_faces_are(tmp_path):
    keras = pytest.importorskip("keras", reason="needs Keras, which makes the file")
    import tensorflow as tf

    face = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(face)
    heads = {
        "emotion": keras.layers.Dense(7, activation="softmax")(mean),
        "readable": keras.layers.Rescaling(1 / 255)(mean),
    }
    model = keras.Model(face, heads)
    model.save(tmp_path / "two.keras")
    (tmp_path / "two.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    faces = some_faces(40)
    for loaded in (load_litert(tmp_path / "two.tflite", 1, 0.4), load_keras(tmp_path / "two.keras", 0.4)):
        said = loaded.read(faces)
        assert np.allclose(said.readable, faces.mean((1, 2)) / 255, atol=1e-4)
        assert np.allclose(said.probabilities.sum(1), 1, atol=1e-5) and loaded.readable_below == 0.4


def test_int8_agrees_with_keras(exported):
    faces = some_faces(100)
    int8, full = load_litert(exported / "small.tflite"), load_keras(exported / "small.keras")
    assert (int8.predict(faces).argmax(1) == full.predict(faces).argmax(1)).mean() >= 0.9
    assert np.abs(int8.predict(faces) - full.predict(faces)).mean() < 0.02


def test_the_card_says_what_was_exported(exported):
    card = load_card(exported / "small.json")
    assert card.trained == {"epochs": 2}  # from the history
    assert card.dataset["train_faces"] == card.dataset["test_faces"] == card.calibration["faces"] == 56
    assert card.metrics["accuracy"] > 0.4  # three times what guessing would reach
    assert 0 < card.metrics["one_view_accuracy"] <= 1
    assert card.metrics["deduplicated_faces"] == 56 and len(card.robustness) == 6
    assert (exported / "small.history.csv").is_file()
    assert set(card.serving["bytes"]) == {"tflite", "keras"}
    assert not list(exported.glob(".export-*"))


def test_the_temperature_makes_the_mean_of_both_views_right():
    from train.export import calibrate

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 7))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # drawn with the softmax's probabilities
    temperature, said = calibrate(np.stack([3 * logits, 3 * logits]), labels)
    assert temperature == pytest.approx(3, abs=0.15)
    assert said["ece_after"] < 0.03 < 0.1 < said["ece_before"]
    disagreeing = np.stack([logits + rng.normal(0, 1, logits.shape) for _ in range(2)])
    assert calibrate(disagreeing[[0, 0]], labels)[0] > 1.05 * calibrate(disagreeing, labels)[0]  # the mean is less sure
    assert calibrate(disagreeing, labels)[1]["ece_after"] < 0.03


def test_exporting_again_changes_nothing_but_needs_nothing_else(exported, tmp_path, monkeypatch):
    export(exported / "small.keras", exported / "data", tmp_path, monkeypatch)
    first, second = load_card(exported / "small.json"), load_card(tmp_path / "small.json")
    assert second.temperature == pytest.approx(first.temperature, rel=1e-3)
    faces = some_faces(5)
    assert np.allclose(
        load_keras(exported / "small.keras").predict(faces),
        load_keras(tmp_path / "small.keras").predict(faces),
        atol=1e-4,
    )


def test_a_model_that_was_not_exported_is_refused(exported):
    with pytest.raises(CardError, match=r"must give probabilities. Received: logits; run python -m train\.export"):
        load_keras(exported / "raw" / "small.keras")


BROKEN = {
    "garbage": lambda whole: bytes(range(256)) * 20,
    "empty": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "one byte short": lambda whole: whole[:-1],
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(("load", "suffix"), [(load_litert, ".tflite"), (load_keras, ".keras")])
def test_a_broken_file_is_named(exported, tmp_path, load, suffix, broken):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(BROKEN[broken]((exported / f"small{suffix}").read_bytes()))
    with pytest.raises(CardError, match=rf"broken\{suffix} must be a readable .*Received: ") as raised:
        load(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("load", [load_litert, load_keras])
def test_a_missing_file_is_named(tmp_path, load):
    with pytest.raises(CardError, match="There is no model file .*nothing"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("shape", "width", "message"),
    [
        ((48, 48, 1), 6, "7"),
        ((64, 64, 1), 7, "48, 48, 1"),
        ((48, 48, 3), 7, "48, 48, 1"),
    ],
)
def test_a_model_of_another_shape_is_refused(exported, tmp_path, shape, width, message):
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input(shape), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(width)])
    model.save(tmp_path / "other.keras")
    with pytest.raises(CardError, match=rf"other\.keras must .*{message}.*Received"):
        load_keras(tmp_path / "other.keras")
    (tmp_path / "other.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    with pytest.raises(CardError, match=rf"other\.tflite must turn .*{message}.*Received"):
        load_litert(tmp_path / "other.tflite")


def test_loading_by_name_checks_the_card(exported, tmp_path):
    with pytest.raises(CardError, match=r"no model card .*nothing\.json"):
        load_classifier(exported, "nothing")
    for file in ("small.json", "small.tflite"):
        (tmp_path / file).write_bytes((exported / file).read_bytes())
    assert load_classifier(tmp_path, "small").name == "small"
    (tmp_path / "small.tflite").write_bytes(b"other weights")
    with pytest.raises(CardError, match="a card that does not fit its weights"):
        load_classifier(tmp_path, "small")


needs_a_model = pytest.mark.skipif(not SHIPPED, reason="no model has been exported to models/ yet")


@needs_a_model
@pytest.mark.parametrize("n", [0, 1, 5, 70])
def test_each_shipped_model_serves(n):
    for card in list_cards(MODELS_DIR)[0]:
        probabilities = load_classifier(MODELS_DIR, card.name).predict(some_faces(n))
        assert probabilities.shape == (n, 7)
        assert np.allclose(probabilities.sum(1), 1, atol=1e-5)


@needs_a_model
@pytest.mark.parametrize("name", WITH_KERAS)
def test_each_shipped_int8_file_agrees_with_its_keras_file(name):
    pytest.importorskip("tensorflow", reason="serving the .keras file needs TensorFlow")
    if not SHARED.exists():
        pytest.skip(f"needs {SHARED}")
    from train.data import load_faces

    faces = load_faces(SHARED, "test")
    pixels, labels = faces.pixels[::17][:200], faces.labels[::17][:200]
    int8 = load_classifier(MODELS_DIR, name).predict(pixels)
    full = load_classifier(MODELS_DIR, f"{name}.keras").predict(pixels)
    assert (int8.argmax(1) == full.argmax(1)).mean() >= 0.985
    assert np.abs(int8 - full).mean() < 0.01
    recorded = load_card(MODELS_DIR / f"{name}.json").metrics["accuracy"]
    assert (int8.argmax(1) == labels).mean() == pytest.approx(recorded, abs=0.12)  # 200 faces: 3.5 standard errors


@needs_a_model
def test_the_default_model_sees_the_astronaut_smile():
    """A real face in a package, cropped as the live line crops it from the detector's box (measured with YuNet)."""
    astronaut = pytest.importorskip("skimage.data").astronaut()
    face = crop_face(astronaut[..., ::-1], (178, 63, 268, 176), "yunet")
    probabilities = load_classifier(MODELS_DIR, Settings().model).predict([face])[0]
    assert EMOTIONS[probabilities.argmax()] == "happy", dict(zip(EMOTIONS, probabilities, strict=True))


def test_speed_is_counted_in_faces(exported):
    assert 10 < faces_per_s(load_classifier(exported, "small"), seconds=0.05) < 1e6


@pytest.mark.parametrize(
    ("before", "after"),
    [("pass", "import aiortc"), ("import tensorflow", "pass")],
    ids=["a student joins", "an export measures"],
)
def test_the_cameras_encryption_is_never_loaded_after_tensorflow(exported, before, after):
    """It would crash the process."""
    load = f"from fer.vision.classifier import load_keras; load_keras({str(exported / 'small.keras')!r})"
    code = f"{before}; {load}; {after}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
