"""What a camera shows that shows nothing, and dark rooms with somebody in them."""

import cv2
import numpy as np
import pytest

from fer.vision.lens import is_blank, is_switched_off
from tests.scenes import astronaut_bgr, empty_room_bgr

RANDOM = np.random.default_rng(0)


def noise(mean, deviation, size=(240, 320)):
    return np.clip(RANDOM.normal(mean, deviation, (*size, 3)), 0, 255).astype(np.uint8)


def with_pixel():
    frame = np.zeros((240, 320, 3), np.uint8)
    frame[100, 100] = 255
    return frame


def icon(ground, colour):
    """A camera that is crossed out."""
    frame = np.full((240, 320, 3), ground, np.uint8)
    cv2.rectangle(frame, (120, 95), (180, 145), (colour,) * 3, 5)
    cv2.line(frame, (110, 160), (210, 80), (colour,) * 3, 6)
    return cv2.imdecode(cv2.imencode(".jpg", frame)[1], cv2.IMREAD_COLOR)


def small_bright_window():
    frame = noise(6, 4)
    frame[:30, :40] = 200
    return frame


COVERED = {
    "black": np.zeros((240, 320, 3), np.uint8),
    "one bright pixel": with_pixel(),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "noise": noise(8, 6),
    "much noise": noise(20, 20),
    "amplified noise": noise(45, 25),
    "noise in few pixels": noise(20, 20, (120, 160)),
    "noise in many": noise(25, 15, (480, 640)),
}


@pytest.mark.parametrize("frame", COVERED.values(), ids=COVERED)
def test_a_covered_lens_shows_nothing(frame):
    assert is_blank(frame) and is_switched_off(frame)


NO_FACE_AND_OFF = {"icon": icon(0, 255), "grey icon": icon(45, 180), "a light in the dark": small_bright_window()}


@pytest.mark.parametrize("frame", NO_FACE_AND_OFF.values(), ids=NO_FACE_AND_OFF)
def test_where_no_face_is_found_an_icon_is_off_too(frame):
    assert not is_blank(frame) and is_switched_off(frame)


ON = {
    "a room": empty_room_bgr(),
    "a dim room": (empty_room_bgr() * 0.3).astype(np.uint8),
    "a grey wall": np.full((240, 320, 3), 90, np.uint8),
    "a face": astronaut_bgr(),
    "a face at a tenth of its light": (astronaut_bgr() * 0.1).astype(np.uint8),
    "the same with noise": np.clip(astronaut_bgr() * 0.1 + RANDOM.normal(0, 4, (240, 320, 3)), 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("frame", ON.values(), ids=ON)
def test_a_room_is_on_however_dark(frame):
    assert not is_blank(frame) and not is_switched_off(frame)
