"""From a face in a picture to a vector that is alike for the faces of one person. Two kinds behind one function.

``hog``: the histogram of oriented gradients of the aligned face; it needs no file. ``dlib``: dlib's face recognition
network (King 2017, CC0), which ``make identity`` brings and converts on this machine.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.config import MODELS_DIR
from fer.records import Box
from fer.vision.cards import CardError, file_sha256
from fer.vision.detector import YUNET_FILE
from fer.vision.hog import hog
from fer.vision.preprocess import to_grey

DLIB_FILE = MODELS_DIR / "identity" / "dlib.tflite"
DLIB_LENGTH = 128
SEARCH_PX = 160  # the square around a face in which its five points are sought
SEARCH_HEIGHTS = 2.0  # that square, in heights of the face's box
# Both eyes, nose and both corners of the mouth of an aligned face, seen from the point between the eyes, in distances
# of the eyes: after the five points of ArcFace (Deng et al. 2019, arXiv:1801.07698).
FIVE_POINTS = np.array([[-0.5, 0], [0.5, 0], [0.003, 0.572], [-0.408, 1.158], [0.420, 1.153]], np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """How a kind of vector wants a face: the side of its square picture, the distance of the eyes in it, and the point
    between them, all in px."""

    side: int
    eyes: float
    between_eyes_xy: tuple[float, float]

    @property
    def points(self) -> np.ndarray:
        """float32 (5, 2): where ``FIVE_POINTS`` lie."""
        return FIVE_POINTS * self.eyes + np.array(self.between_eyes_xy, np.float32)


# dlib's network learnt from faces framed so; HOG was given one of the size of the classifiers' faces.
FRAMES = {"hog": Frame(48, 15.1, (24.0, 22.1)), "dlib": Frame(150, 52.5, (74.0, 47.1))}
KINDS = tuple(FRAMES)


class FaceVectors:
    """A kind of vector, ready to use from several threads. Vectors of two ``version``s cannot be compared."""

    def __init__(self, kind: str, version: str, run: Callable[[np.ndarray], np.ndarray]):
        self.kind, self.version, self._run = kind, version, run

    def of(self, faces_bgr: list[np.ndarray]) -> np.ndarray:
        """float32 (n, d), each of length 1, from n faces aligned for this kind, uint8 (side, side, 3); n = 0 works."""
        side = FRAMES[self.kind].side
        made = self._run(np.asarray(faces_bgr, np.uint8).reshape(-1, side, side, 3))
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)


class FacePoints:
    """Finds the eyes, the nose and the corners of the mouth of a face by YuNet. Safe from several threads."""

    def __init__(self, path: Path = YUNET_FILE):
        self._net = cv2.FaceDetectorYN.create(str(path), "", (SEARCH_PX, SEARCH_PX), score_threshold=0.5)
        self._lock = threading.Lock()  # two searches of one network at a time end the process

    def find(self, picture_bgr: np.ndarray, box_xyxy: Box) -> np.ndarray | None:
        """float32 (5, 2) in px of the picture uint8 BGR (h, w, 3), the eye and corner on its left first; None where no
        face is seen in the middle of the box."""
        x1, y1, x2, y2 = box_xyxy
        scale = SEARCH_PX / (SEARCH_HEIGHTS * (y2 - y1))
        corner_xy = np.array([(x1 + x2) / 2, (y1 + y2) / 2]) - SEARCH_PX / scale / 2
        around = _part(picture_bgr, scale * np.eye(2), -scale * corner_xy, SEARCH_PX)
        with self._lock:
            _, rows = self._net.detect(around)
        middle = [row for row in (() if rows is None else rows) if _holds_the_middle(row)]
        if not middle:
            return None
        points = max(middle, key=lambda row: row[14])[4:14].reshape(5, 2)
        return (points / scale + corner_xy).astype(np.float32)


def _holds_the_middle(row: np.ndarray) -> bool:
    x, y, width, height = row[:4]
    return bool(x < SEARCH_PX / 2 < x + width and y < SEARCH_PX / 2 < y + height)


def align(picture_bgr: np.ndarray, points: np.ndarray, kind: str) -> np.ndarray:
    """The face whose five ``points`` (5, 2) are these, framed for this kind: uint8 BGR (side, side, 3)."""
    frame = FRAMES[kind]
    found, _ = cv2.estimateAffinePartial2D(points, frame.points, method=cv2.LMEDS)
    if found is None:
        raise ValueError(f"Five points of a face must not lie in one place. Received: {points.tolist()}")
    return _part(picture_bgr, found[:, :2], found[:, 2], frame.side)


def _part(picture_bgr: np.ndarray, turn: np.ndarray, shift_xy: np.ndarray, side: int) -> np.ndarray:
    """The picture after ``turn`` (2, 2) and a shift, in a square; its edge pixels go on beyond its border."""
    move = np.column_stack([turn, shift_xy])
    scale = float(np.hypot(move[0, 0], move[1, 0]))
    if scale < 0.5:  # warpAffine looks at single pixels, so the picture is first made about as small as the face needs
        factor = 2 * scale
        picture_bgr = cv2.resize(picture_bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        move[:, :2] /= factor
    return cv2.warpAffine(picture_bgr, move, (side, side), borderMode=cv2.BORDER_REPLICATE)


def load_vectors(kind: str, dlib_file: Path = DLIB_FILE) -> FaceVectors:
    """``hog`` or ``dlib``. Raises ``CardError`` where the network's file is missing or is not the one that was made."""
    if kind == "hog":
        return FaceVectors("hog", "hog-1", lambda faces: hog(np.array([to_grey(face) for face in faces])))
    if kind != "dlib":
        raise ValueError(f"Face vectors are one of {', '.join(KINDS)}. Received: {kind!r}")
    card_file = dlib_file.with_suffix(".json")
    if not dlib_file.is_file() or not card_file.is_file():
        raise CardError(f"{dlib_file} is not there. `make identity` brings and converts it")
    card = json.loads(card_file.read_text(encoding="utf-8"))
    if file_sha256(dlib_file) != card.get("sha256"):
        raise CardError(
            f"{dlib_file} is damaged: its sha256 is not the one in {card_file.name}. Run `make identity` again"
        )
    return FaceVectors("dlib", card["version"], _network(dlib_file))


def _network(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The network in a ``.tflite`` file: uint8 BGR (n, 150, 150, 3) to float32 (n, 128), one face at a time."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    [takes], [gives] = interpreter.get_input_details(), interpreter.get_output_details()
    lock = threading.Lock()  # an interpreter holds one input at a time

    def run(faces_bgr: np.ndarray) -> np.ndarray:
        made = np.empty((len(faces_bgr), DLIB_LENGTH), np.float32)
        for row, face in enumerate(faces_bgr):
            with lock:
                interpreter.set_tensor(takes["index"], face[None, :, :, ::-1].astype(np.float32))
                interpreter.invoke()
                made[row] = interpreter.get_tensor(gives["index"])[0]
        return made

    return run
