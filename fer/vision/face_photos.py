"""Photos from which a person is learnt: the one face in each, and in words what speaks against learning from it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer.languages import _
from fer.records import Box, Face
from fer.vision.analyze import search
from fer.vision.annotate import as_jpeg
from fer.vision.detector import load_detector
from fer.vision.face_vectors import FacePoints, FaceVectors, align
from fer.vision.preprocess import to_grey
from fer.vision.tracks import height
from fer.vision.turns import Upright, turned, turned_back, way_up_around

SMALLEST_PX = 40  # height of a face's box
OTHER_FACE_SHARE = 0.4  # of the largest face's height, from which on another face is a second person
# Variance of the Laplacian over that of the aligned face's grey values. Of 200 ORL faces all have more; blurred by a
# Gaussian of 2 px two thirds have less, by 3 px nearly all.
LEAST_SHARPNESS = 0.2
INNER = slice(8, 40)  # px of the aligned face of 48: without hair and background
MOST_TURNED = (
    0.3  # nose from the middle between the eyes, in distances of the eyes; 99 of 100 ORL faces have less than 0.25
)
THUMBNAIL_PX, THUMBNAIL_QUALITY = 96, 85


class PhotoProblem(ValueError):
    """A photo from which nothing can be learnt; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class PhotoFace:
    """The face of a photo: its vector float32 (d,), and a small picture of it (JPEG)."""

    name: str
    vector: np.ndarray
    thumbnail: bytes


class FaceReader:
    """Finds faces by YuNet and makes their vectors; from several threads. Raises ``SettingsError`` without YuNet's file."""

    def __init__(self, detector_file: Path, vectors: FaceVectors):
        self._detector = load_detector("yunet", detector_file)
        self._points = FacePoints(detector_file)
        self.vectors = vectors

    def search(self, picture_bgr: np.ndarray) -> tuple[list[Face], Upright]:
        return search(picture_bgr, self._detector)

    def turned_boxes(self, picture_bgr: np.ndarray, boxes: list[Box]) -> tuple[int, list[Box]]:
        """The quarter turns to the left that put a picture upright, as the first of its faces shows, and the boxes after
        them."""
        upright = way_up_around(picture_bgr, boxes[0], self._detector.detect) if boxes else None
        turns = upright.turns if upright else 0
        height_px, width_px = picture_bgr.shape[:2]
        upright_hw = (width_px, height_px) if turns % 2 else (height_px, width_px)
        return turns, [turned_back(box, (4 - turns) % 4, upright_hw) for box in boxes]

    def face_of(self, picture_bgr: np.ndarray, name: str) -> PhotoFace:
        """Raises ``PhotoProblem`` unless one good face is in it."""
        faces, upright = self.search(picture_bgr)
        picture = turned(picture_bgr, upright.turns)
        if not faces:
            raise PhotoProblem(_("{photo}: no face is seen").format(photo=name))
        tall = height(faces[0].box_xyxy)
        several = sum(height(face.box_xyxy) > OTHER_FACE_SHARE * tall for face in faces)
        if several > 1:
            raise PhotoProblem(
                _("{photo}: {n} faces are seen. Take a photo with one person").format(photo=name, n=several)
            )
        if tall < SMALLEST_PX:
            raise PhotoProblem(
                _("{photo}: the face is too small, {height} px high. It needs {least}").format(
                    photo=name, height=f"{tall:.0f}", least=SMALLEST_PX
                )
            )
        points = self._points.find(picture, faces[0].box_xyxy)
        if points is None:
            raise PhotoProblem(_("{photo}: eyes, nose and mouth are not seen").format(photo=name))
        if turn_of(points) > MOST_TURNED:
            raise PhotoProblem(_("{photo}: the face is turned away. Take a photo from the front").format(photo=name))
        if sharpness(align(picture, points, "hog")) < LEAST_SHARPNESS:
            raise PhotoProblem(_("{photo}: the face is blurred. Take a sharper photo").format(photo=name))
        return PhotoFace(name, self._vector(picture, points), thumbnail(align(picture, points, "dlib")))

    def vectors_at(self, upright_bgr: np.ndarray, boxes: list[Box]) -> list[np.ndarray | None]:
        """The vector of each face that lies there, None where its eyes, nose and mouth are not seen."""
        found = [self._points.find(upright_bgr, box) for box in boxes]
        return [None if points is None else self._vector(upright_bgr, points) for points in found]

    def _vector(self, picture_bgr: np.ndarray, points: np.ndarray) -> np.ndarray:
        return self.vectors.of([align(picture_bgr, points, self.vectors.kind)])[0]


def turn_of(points: np.ndarray) -> float:
    """How far the nose is from the middle between the eyes, along their line, in distances of the eyes."""
    left, right, nose = points[:3].astype(float)
    between = right - left
    return float(abs((nose - (left + right) / 2) @ between) / max(between @ between, 1e-9))


def sharpness(face_bgr: np.ndarray) -> float:
    """Of an aligned face (48, 48, 3), whatever its contrast."""
    grey = to_grey(face_bgr)[INNER, INNER].astype(float)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var() / max(grey.var(), 1e-9))


def thumbnail(face_bgr: np.ndarray) -> bytes:
    small = cv2.resize(face_bgr, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return as_jpeg(small, THUMBNAIL_QUALITY)
