"""Every architecture builds, takes the sizes training uses, learns 32 faces by heart, and exports what agrees."""

import cv2
import numpy as np
import pytest

from fer.config import ROOT
from fer.lesson.camera_budget import drawn_face
from fer.vision.classifier import load_litert
from fer.vision.preprocess import to_batch
from train.metrics import softmax

keras = pytest.importorskip("keras", reason="needs Keras, which trains")
from train.architectures import ARCHITECTURES, IMAGENET, build, build_imagenet, options_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:keras",  # of numpy 2, not ours
    "ignore:Gradients do not exist",  # of the head that has no target here
)
SHARED = ROOT.parent / "shared" / "data" / "fer2013.zip"
FACES = 8


@pytest.fixture(scope="module")
def faces():
    """(uint8 (32, 48, 48), labels): of FER-2013 where it is, else a drawn face, each lit and turned in another way."""
    if SHARED.exists():
        from train.data import load_faces

        test = load_faces(SHARED, "test")
        return test.pixels[:FACES], np.arange(FACES) % 7  # labels that no face gives away must be learnt by heart
    rng = np.random.default_rng(0)
    drawn = cv2.cvtColor(drawn_face(), cv2.COLOR_BGR2GRAY)[50:190, 90:230]
    views = []
    for _ in range(FACES):
        turn = cv2.getRotationMatrix2D((70, 70), rng.uniform(-40, 40), rng.uniform(0.6, 1.4))
        view = cv2.warpAffine(drawn, turn, (140, 140), borderMode=cv2.BORDER_REFLECT) * rng.uniform(0.4, 1)
        views.append(cv2.resize(view.astype(np.uint8), (48, 48), interpolation=cv2.INTER_AREA))
    return np.array(views), np.arange(FACES) % 7


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_it_gives_both_heads_for_every_size_of_training(arch):
    model = build(arch)
    assert model.name == arch
    for size_px in (32, 40, 48):
        heads = model(np.zeros((2, size_px, size_px, 1), np.float32))
        assert {name: tuple(head.shape) for name, head in heads.items()} == {"emotion": (2, 7), "ferplus": (2, 8)}
    assert model.count_params() < 18e6  # int8: under 20 MB


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_it_learns_faces_by_heart_and_exports_them(arch, faces, tmp_path):
    from train.export import calibrated, to_int8

    pixels, labels = faces
    keras.utils.set_random_seed(0)
    model = build(arch, dropout=0.0)
    model.compile(
        keras.optimizers.Adam(1e-3),
        loss={"emotion": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "ferplus": None},
    )
    model.optimizer.build(model.trainable_variables)  # before fit, which traces the network twice otherwise
    batch = to_batch(pixels)
    for _ in range(12):
        model.fit(batch, {"emotion": labels}, batch_size=FACES, epochs=8, verbose=0)
        logits = np.asarray(model(batch, training=False)["emotion"])
        if (logits.argmax(1) == labels).mean() > 0.95:
            break
    assert (logits.argmax(1) == labels).mean() > 0.95
    (tmp_path / "small.tflite").write_bytes(to_int8(calibrated(model, 1.0)))
    served = load_litert(tmp_path / "small.tflite").predict(pixels)
    assert (served.argmax(1) == logits.argmax(1)).mean() > 0.95
    assert np.abs(served - softmax(logits)).mean() < 0.02


def test_an_architecture_nobody_wrote():
    with pytest.raises(ValueError, match="arch must be one of resnet, cnn, .*Received: 'lenet'"):
        build("lenet")


def test_the_card_states_the_width():
    assert options_of("vgg16") == {"width": 32, "dropout": 0.5}


@pytest.mark.parametrize("arch", IMAGENET)
def test_imagenet_networks_take_grey_faces(arch):
    model = build_imagenet(arch, weights=None)
    heads = model(np.zeros((1, 48, 48, 1), np.float32))
    assert model.name == arch and tuple(heads["emotion"].shape) == (1, 7) and tuple(heads["ferplus"].shape) == (1, 8)


def test_imagenet_weights_that_cannot_be_had(monkeypatch):
    with pytest.raises(ValueError, match="imagenet is for vgg16, mobilenet, densenet. Received: --arch cnn"):
        build_imagenet("cnn")

    def fail(**_):
        raise Exception("URL fetch failure on https://example.org/vgg16.h5: None -- no route")

    monkeypatch.setattr(keras.applications, "VGG16", fail)
    with pytest.raises(ValueError, match="needs internet once. Received: URL fetch failure"):
        build_imagenet("vgg16")


def test_stochastic_depth_leaves_out_later_blocks_more_often_and_no_weights():
    plain, dropping = build("resnet", widths=(8, 16)), build("resnet", widths=(8, 16), drop_path=0.3)
    rates = [layer.rate for layer in dropping.layers if isinstance(layer, keras.layers.Dropout) and layer.noise_shape]
    assert rates == pytest.approx([0.1, 0.2, 0.3])
    dropping.set_weights(plain.get_weights())
    faces = np.random.default_rng(0).uniform(0, 255, (2, 48, 48, 1))
    assert np.allclose(
        plain.predict(faces, verbose=0)["emotion"], dropping.predict(faces, verbose=0)["emotion"], atol=1e-5
    )
