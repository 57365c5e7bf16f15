"""The expression classifier: n grey faces in, n rows of seven probabilities out.

Served from the int8 LiteRT file; the ``.keras`` file can be served the same way and agrees with it, and so can the
scikit-learn models of train.ensemble (``.joblib``). No runtime is imported before a model of its kind is loaded.
"""

import contextlib
import hashlib
import io
import pickle
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.records import EMOTIONS
from fer.vision.cards import CardError, load_card
from fer.vision.hog import hog
from fer.vision.preprocess import FACE_SIZE, to_batch

# Faces per model call, which bounds memory; a tick with more takes several calls. The cost of a face does not depend on
# it (measured: 4.5 ms alone, 4.7 ms in a batch of 32, one thread of a busy machine).
MOST_FACES = 32
SHAPES = (FACE_SIZE, FACE_SIZE, 1), (len(EMOTIONS),)  # of a face, and of what every model says of it
HEAD_OF_WIDTH = {len(EMOTIONS): "emotion", 1: "readable"}  # the outputs of a LiteRT file have no names of ours

Run = Callable[[np.ndarray], dict[str, np.ndarray]]  # float32 (n, 48, 48, 1) -> head -> float32 (n, width)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of n faces: ``probabilities`` float32 (n, 7) in the order of ``EMOTIONS``, and ``readable`` float32
    (n,), from 0, too much of the face is covered, to 1; None from a model that does not say that."""

    probabilities: np.ndarray
    readable: np.ndarray | None


class Classifier:
    """A loaded, warm model. ``run`` classifies 1 to ``MOST_FACES`` faces: the head ``emotion`` (n, 7), and ``readable``
    (n, 1) if the model has it.

    A face that is less readable than ``readable_below`` is *covered*; None where the model's card gives no such threshold.
    Raises ``CardError`` for a threshold of a model that does not say what is readable.
    """

    def __init__(self, name: str, run: Run, readable_below: float | None = None):
        self.name, self.readable_below = name, readable_below
        self._run = run
        self._lock = threading.Lock()  # an interpreter holds one input at a time
        blank = to_batch(np.zeros((1, FACE_SIZE, FACE_SIZE), np.uint8))
        self._of_none = {head: values[:0] for head, values in run(blank).items()}  # the first call is slow
        if readable_below is not None and "readable" not in self._of_none:
            raise CardError(f"{name} must say how readable a face is, as its card does. Received: a model without it")

    def predict(self, faces: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """The probabilities of ``read``."""
        return self.read(faces).probabilities

    def read(self, faces: np.ndarray | list[np.ndarray]) -> Judged:
        """What the model says of grey faces uint8 (n, 48, 48); n = 0 works."""
        faces = np.asarray(faces)
        if len(faces) and faces.shape[1:] != (FACE_SIZE, FACE_SIZE):
            raise ValueError(f"Faces must have shape (n, {FACE_SIZE}, {FACE_SIZE}). Received: shape {faces.shape}")
        batch = to_batch(faces)
        starts = range(0, len(batch), MOST_FACES)
        with self._lock:
            parts = [self._of_none, *(self._run(batch[start : start + MOST_FACES]) for start in starts)]
        heads = {head: np.concatenate([part[head] for part in parts]) for head in self._of_none}
        return Judged(heads["emotion"], heads["readable"][:, 0] if "readable" in heads else None)


def faces_per_s(classifier: Classifier, seconds: float = 0.5) -> float:
    """How many faces the model classifies per second, ``MOST_FACES`` at a time, measured for about ``seconds``."""
    faces = np.random.default_rng(0).integers(0, 256, (MOST_FACES, FACE_SIZE, FACE_SIZE), np.uint8)
    classifier.predict(faces)  # the first of a size is slow
    done, began_at = 0, time.perf_counter()
    while time.perf_counter() < began_at + seconds:
        classifier.predict(faces)
        done += len(faces)
    return done / (time.perf_counter() - began_at)


def load_classifier(models_dir: str | Path, name: str, threads: int = 1) -> Classifier:
    """The model whose card is ``<models_dir>/<name>.json``, after checking that the card fits its weights.

    A name that ends in ``.keras`` serves that file instead. Raises ``CardError``.
    """
    models_dir = Path(models_dir)
    card = load_card(models_dir / f"{name.removesuffix('.keras')}.json")
    if name.endswith(".keras"):
        return load_keras(models_dir / name, card.readable_below)
    if card.file.endswith(".joblib"):
        return load_joblib(models_dir / card.file, card.sha256, card.temperature)
    return load_litert(models_dir / card.file, threads, card.readable_below)


def load_litert(path: str | Path, threads: int = 2, readable_below: float | None = None) -> Classifier:
    """The classifier in a ``.tflite`` file: float32 (n, 48, 48, 1) to probabilities (n, 7), and with a second output to
    how readable the faces are (n, 1). Raises ``CardError``."""
    path = Path(path)
    if not path.is_file():
        raise CardError(f"There is no model file {path}")
    return Classifier(path.stem, _interpreter_run(path, threads), readable_below)


def speeds(models_dir: str | Path, names: list[str]) -> tuple[dict[str, float], list[str]]:
    """``faces_per_s`` by model, and a sentence for each that cannot be loaded."""
    measured, problems = {}, []
    for name in names:
        try:
            measured[name] = faces_per_s(load_classifier(models_dir, name))
        except CardError as error:
            problems.append(str(error))
    return measured, problems


def load_joblib(path: str | Path, sha256: str, temperature: float) -> Classifier:
    """A scikit-learn model that turns ``fer.vision.hog`` features into probabilities, softened by ``temperature``.

    Reading such a file runs what is in it, so it is read only if its bytes have the ``sha256`` of the card.
    Raises ``CardError``."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CardError(f"There is no readable model file {path}. Received: {error.strerror}") from error
    received = hashlib.sha256(data).hexdigest()
    if received != sha256:
        raise CardError(
            f"{path} is not opened, because it is not the file of its card: it must have sha256 {sha256}. "
            f"Received: {received}"
        )
    try:
        import joblib
        import sklearn  # noqa: F401  (the file needs it; a missing package is not a broken file)
        from threadpoolctl import ThreadpoolController  # comes with scikit-learn
    except ImportError as error:
        raise CardError(
            f"{path} needs scikit-learn, which is not installed here: pip install -r train/requirements.txt"
        ) from error
    try:
        model = joblib.load(io.BytesIO(data))
        classes = list(model.classes_)
    except (AttributeError, ImportError, ValueError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise CardError(
            f"{path} must be a model of this version of scikit-learn. Received: {_first_line(error)}"
        ) from None
    if classes != list(range(len(EMOTIONS))):
        raise CardError(f"{path} must know the classes 0 to {len(EMOTIONS) - 1}. Received: {classes}")

    threads = ThreadpoolController()

    def run(batch: np.ndarray) -> dict[str, np.ndarray]:
        with threads.limit(limits=1):  # several wait for each other on a busy machine: 11 times slower (measured)
            softened = model.predict_proba(hog(batch[..., 0].astype(np.uint8))) ** (1 / temperature)
        return {"emotion": (softened / softened.sum(1, keepdims=True)).astype(np.float32)}

    return Classifier(path.stem, run)


def load_keras(path: str | Path, readable_below: float | None = None) -> Classifier:
    """The classifier in a ``.keras`` file that ``train.export`` calibrated. Raises ``CardError``."""
    heads = load_heads(path)
    blank = np.zeros((1, FACE_SIZE, FACE_SIZE, 1), np.float32)
    if not np.allclose(heads(blank)["emotion"].sum(1), 1, atol=1e-3):
        raise CardError(f"{path} must give probabilities. Received: logits; run python -m train.export first")
    return Classifier(Path(path).stem, heads, readable_below)


def load_heads(path: str | Path) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Every output of a ``.keras`` file, as a compiled function: float32 (n, 48, 48, 1) -> name -> float32 (n, width).

    A model with one output has the head ``emotion``, which must be 7 wide. Raises ``CardError``.
    """
    path = Path(path)
    if not path.is_file():
        raise CardError(f"There is no model file {path}")
    if "tensorflow" not in sys.modules:
        with contextlib.suppress(ImportError):  # an evaluation has no cameras
            import pylibsrtp  # noqa: F401  (loaded after TensorFlow, the cameras' encryption crashes the process)
    try:
        import keras
    except ImportError as error:
        raise CardError(
            f"{path} needs TensorFlow and Keras, which are not installed here. "
            f"The model without .keras in its name needs neither"
        ) from error
    if keras.backend.backend() != "tensorflow":
        raise CardError(
            f"{path} is served by TensorFlow: KERAS_BACKEND must be tensorflow. Received: {keras.backend.backend()}"
        )
    import tensorflow as tf

    try:
        model = keras.models.load_model(path, compile=False)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise CardError(f"{path} must be a readable Keras model. Received: {_first_line(error)}") from None
    received = model.input_shape
    if not (
        isinstance(received, tuple)
        and len(received) == 4
        and all(side in (None, face) for side, face in zip(received[1:], (FACE_SIZE, FACE_SIZE, 1), strict=True))
    ):
        raise CardError(f"{path} must take faces (n, {FACE_SIZE}, {FACE_SIZE}, 1). Received: input {received}")

    # One fixed signature: compiled once whatever the number of faces; model.predict in a loop is slow and leaks.
    @tf.function(input_signature=[tf.TensorSpec((None, FACE_SIZE, FACE_SIZE, 1), tf.float32)])
    def run(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = model(batch, training=False)
        return outputs if isinstance(outputs, dict) else {"emotion": outputs}

    shapes = {
        name: getattr(head, "shape", head) for name, head in run.get_concrete_function().structured_outputs.items()
    }
    if shapes.get("emotion") != (None, len(EMOTIONS)):
        raise CardError(f"{path} must give {len(EMOTIONS)} probabilities per face, as emotion. Received: {shapes}")
    return lambda batch: {name: value.numpy() for name, value in run(tf.constant(batch)).items()}


def _interpreter_run(path: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    try:
        # From bytes: replacing the file under a mapped model would crash the process.
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=threads)
        (source,) = interpreter.get_input_details()
    except (ValueError, RuntimeError) as error:
        raise CardError(
            f"{path} must be a readable LiteRT model with one input. Received: {_first_line(error)}"
        ) from None
    results = interpreter.get_output_details()
    shapes = tuple(source["shape"].tolist()[1:]), *(tuple(result["shape"].tolist()[1:]) for result in results)
    if shapes not in (SHAPES, (*SHAPES, (1,)), (SHAPES[0], (1,), SHAPES[1])) or {
        part["dtype"] for part in (source, *results)
    } != {np.float32}:
        raise CardError(
            f"{path} must turn float32 faces (n, {FACE_SIZE}, {FACE_SIZE}, 1) into {len(EMOTIONS)} float32 "
            f"probabilities, and at most into how readable they are, too. Received: {source['dtype'].__name__} "
            f"{shapes[0]} to {', '.join(map(str, shapes[1:]))}"
        )
    heads = {HEAD_OF_WIDTH[result["shape"][-1]]: result["index"] for result in results}

    def run(batch: np.ndarray) -> dict[str, np.ndarray]:
        # Every time, also for the same size: 0.13 ms (measured), against 5 ms for one face.
        interpreter.resize_tensor_input(source["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(source["index"], batch)
        interpreter.invoke()
        return {head: interpreter.get_tensor(index) for head, index in heads.items()}

    return run


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
