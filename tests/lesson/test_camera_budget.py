import time

import numpy as np
import pytest

from fer.lesson.camera_budget import FACES_AT_ONCE, camera_fps, drawn_face, load_warnings, most_students
from fer.vision.detector import HaarDetector


@pytest.mark.parametrize(("students", "fps"), [(0, 5), (1, 5), (20, 5), (25, 4), (34, 2.3), (100, 2.3), (1000, 2.3)])
def test_large_classes_send_fewer_frames(students, fps):
    assert camera_fps(students, most=5, analysed_per_s=2.0) == pytest.approx(fps)


def test_never_more_than_the_setting_and_never_too_few_to_analyse():
    assert camera_fps(1, most=2, analysed_per_s=2.0) == 2
    assert camera_fps(1000, most=30, analysed_per_s=8.0) == pytest.approx(9.2)


def test_the_drawn_face_is_one_the_detector_finds():
    for shift_px in (-30, 0, 30):
        [face] = HaarDetector().detect(drawn_face(shift_px))
        assert abs((face.box_xyxy[0] + face.box_xyxy[2]) / 2 - 160 - shift_px) < 12


class SlowClassifier:
    def __init__(self, seconds_per_face):
        self.seconds_per_face = seconds_per_face

    def predict(self, faces):
        time.sleep(len(faces) * self.seconds_per_face)
        return np.zeros((len(faces), 7))


def test_a_slower_machine_holds_fewer_students():
    fast = most_students(HaarDetector(), SlowClassifier(0.0))
    slow = most_students(HaarDetector(), SlowClassifier(0.4 / FACES_AT_ONCE))
    assert 1 <= slow <= 12 < fast


def test_a_machine_that_keeps_its_promise_says_nothing():
    assert load_warnings(2.0, 2.0, 0.4, 0, 100) == load_warnings(1.6, 2.0, 0.4, 0, 100) == []
    assert load_warnings(0.1, 2.0, None, 0, 100) == []  # nobody sends a picture


def test_what_a_busy_machine_and_a_full_class_say():
    [busy] = load_warnings(1.21, 2.0, 0.83, 0, 100)
    assert "1.2 times a second instead of 2" in busy and "0.8 s old" in busy
    [full] = load_warnings(2.0, 2.0, 0.4, 3, 100)
    assert "3 students are waiting" in full and "takes 100 at a time" in full
    assert "1 student is waiting" in load_warnings(2.0, 2.0, 0.4, 1, 100)[0]
