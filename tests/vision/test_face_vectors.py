"""From a face to a vector: where the five points lie, how a face is framed, and files that cannot be used."""

import json

import cv2
import numpy as np
import pytest

from fer.vision.cards import CardError, file_sha256
from fer.vision.face_vectors import FRAMES, KINDS, FacePoints, align, load_vectors
from tests.scenes import YUNET, astronaut_bgr

needs_yunet = pytest.mark.skipif(not YUNET.exists(), reason="needs the YuNet file in ../shared")
BOX = (150.0, 60.0, 240.0, 180.0)  # about the astronaut's face in astronaut_bgr


@pytest.fixture(scope="module")
def finder():
    return FacePoints(YUNET)


def turned(picture, degrees, scale=1.0):
    height, width = picture.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE), move


@needs_yunet
def test_the_points_of_a_face(finder):
    left_eye, right_eye, nose, left_mouth, right_mouth = finder.find(astronaut_bgr(), BOX)
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@needs_yunet
def test_no_points_where_there_is_no_face(finder):
    assert finder.find(np.full((240, 320, 3), 90, np.uint8), BOX) is None


@needs_yunet
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (12, 1.0), (-10, 0.7)])
def test_an_aligned_face_has_its_points_in_their_places(finder, kind, degrees, scale):
    picture, move = turned(astronaut_bgr(), degrees, scale)
    points = cv2.transform(finder.find(astronaut_bgr(), BOX)[None], move)[0]
    face = align(picture, points, kind)
    frame = FRAMES[kind]
    assert face.shape == (frame.side, frame.side, 3)
    plain = align(astronaut_bgr(), finder.find(astronaut_bgr(), BOX), kind)
    assert np.corrcoef(face.ravel(), plain.ravel())[0, 1] > 0.95  # whichever way the head was held, and however large


def test_points_in_one_place_are_refused():
    with pytest.raises(ValueError, match="must not lie in one place"):
        align(astronaut_bgr(), np.full((5, 2), 7.0, np.float32), "hog")


def test_vectors_have_length_1_and_none_works():
    vectors = load_vectors("hog")
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), np.uint8)
    made = vectors.of(list(noise))
    assert made.shape == (3, 900)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert vectors.of([]).shape == (0, 900)


def test_a_kind_that_is_not_there():
    with pytest.raises(ValueError, match="hog, dlib. Received: 'arcface'"):
        load_vectors("arcface")


def test_a_network_that_was_not_made(tmp_path):
    with pytest.raises(CardError, match="dlib.tflite is not there. `make identity`"):
        load_vectors("dlib", tmp_path / "dlib.tflite")


def test_a_network_that_is_damaged(tmp_path):
    file = tmp_path / "dlib.tflite"
    file.write_bytes(b"whole")
    file.with_suffix(".json").write_text(json.dumps({"version": "dlib-1", "sha256": file_sha256(file)}))
    file.write_bytes(b"half")
    with pytest.raises(CardError, match="is damaged.*Run `make identity` again"):
        load_vectors("dlib", file)
