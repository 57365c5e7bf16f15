"""From frames and boxes to 48x48 grey faces."""

import numpy as np
import pytest

from fer.vision.preprocess import SIDE_PER_BOX_HEIGHT, crop_face, resize_face, to_batch, to_grey

GREEN_BGR = (0, 255, 0)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5, 4), (5, 4)),
        ((5, 4, 1), (5, 4)),
        ((5, 4, 3), (5, 4)),
        ((5, 4, 4), (5, 4)),
    ],
)
def test_to_grey_takes_grey_bgr_and_bgra(shape, expected):
    grey = to_grey(np.full(shape, 200, np.uint8))
    assert grey.shape == expected and grey.dtype == np.uint8 and (grey == 200).all()


def test_to_grey_reads_blue_first():
    assert to_grey(np.array([[(255, 0, 0)]], np.uint8))[0, 0] == 29  # blue is dark: 0.114 * 255
    assert to_grey(np.array([[(0, 0, 255)]], np.uint8))[0, 0] == 76  # red: 0.299 * 255


@pytest.mark.parametrize("shape", [(5,), (5, 4, 2), (1, 5, 4, 3)])
def test_to_grey_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"Received: shape"):
        to_grey(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(48, 48), (96, 96), (20, 30), (200, 49), (1, 1)])
def test_resize_face_gives_48x48(shape):
    face = resize_face(np.full(shape, 77, np.uint8))
    assert face.shape == (48, 48) and face.dtype == np.uint8 and (face == 77).all()


def test_shrinking_averages_areas():
    stripes = np.zeros((96, 96), np.uint8)
    stripes[::2] = 200
    assert (resize_face(stripes) == 100).all()


@pytest.mark.parametrize("detector", SIDE_PER_BOX_HEIGHT)
def test_a_crop_is_the_square_around_the_box(detector):
    """A gradient shows where the crop was taken: its middle value is the box's middle, its span the box's height."""
    frame = np.repeat(np.repeat(np.arange(240, dtype=np.uint8)[None, :], 240, 0)[..., None], 3, 2)
    box_xyxy = (80, 50, 140, 150)  # middle x = 110, height 100, and narrower than it is high
    face = crop_face(frame, box_xyxy, detector).astype(float)
    side = 100 * SIDE_PER_BOX_HEIGHT[detector]
    assert face.mean() == pytest.approx(109.5, abs=1)
    assert face[0, -1] - face[0, 0] == pytest.approx(side * 47 / 48, abs=1.5)


@pytest.mark.parametrize("box_xyxy", [(-30, -30, 30, 30), (50, 30, 90, 90), (200, 200, 260, 260)])
def test_beyond_the_frame_its_edge_is_repeated(box_xyxy):
    frame = np.full((60, 80, 3), GREEN_BGR, np.uint8)
    assert (crop_face(frame, box_xyxy, "yunet") == 150).all()  # green as grey; padding with black would show


def test_a_tiny_box_still_gives_a_face():
    assert crop_face(np.zeros((60, 80, 3), np.uint8), (10, 10, 10.2, 10.2), "haar").shape == (48, 48)


def test_an_unknown_detector_is_an_error():
    with pytest.raises(KeyError):
        crop_face(np.zeros((60, 80, 3), np.uint8), (10, 10, 20, 20), "other")


@pytest.mark.parametrize("n", [0, 1, 5])
def test_to_batch_keeps_pixel_values(n):
    faces = np.full((n, 48, 48), 255, np.uint8)
    for given in (faces, list(faces)):
        batch = to_batch(given)
        assert batch.shape == (n, 48, 48, 1) and batch.dtype == np.float32 and (batch == 255).all()
