"""What the machine is asked to do as classes grow: how many cameras it takes, and how many frames of each.

Past what it can do at full rate all are analysed less often, equally; past ``most_students`` the class is full.
"""

import time
from collections.abc import Callable

import cv2
import numpy as np

from fer.languages import _, decimal, ngettext
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector
from fer.vision.preprocess import crop_face

MORE_THAN_ANALYSED = 1.15
FRAMES_PER_S = 100  # asked of all cameras together; a decoded frame costs whether it is analysed or not
LEAST_ANALYSED_PER_S = 1.0  # per student, below which a class is full
RESERVE = 0.4  # of the machine, for receiving, pages and exports
BUSY_BELOW = 0.75  # of the promised rate
FACES_AT_ONCE = 8
FRAME_PX = (320, 240)


def camera_fps(students: int, most: int, analysed_per_s: float) -> float:
    """Frames per second to ask of each of ``students`` cameras: ``most`` in a small class, down to a few more than are
    analysed, so that every look finds a new frame. A sent VP8 frame cannot be skipped, so what is asked for counts."""
    return max(min(most, FRAMES_PER_S // max(students, 1)), min(most, MORE_THAN_ANALYSED * analysed_per_s))


def most_students(detector: Detector, classifier: Classifier) -> int:
    """How many students this machine can look at once a second each, from a measurement of about half a second."""
    frame = drawn_face()
    box = detector.detect(frame)[0].box_xyxy
    classifier.predict(np.stack([crop_face(frame, box, detector.name)] * FACES_AT_ONCE))  # the first of a size is slow

    def analyse() -> None:
        boxes = [detector.detect(frame)[0].box_xyxy for _again in range(FACES_AT_ONCE)]
        classifier.predict(np.stack([crop_face(frame, box, detector.name) for box in boxes]))

    # The fastest of several: whatever else runs while the server starts makes a measurement longer, never shorter.
    seconds = min(_seconds(analyse) for _again in range(5)) / FACES_AT_ONCE
    return max(1, int((1 - RESERVE) / seconds / LEAST_ANALYSED_PER_S))


def load_warnings(rate: float, promised: float, age_s: float | None, waiting: int, most: int) -> list[str]:
    """What a teacher must know about the machine, as sentences. ``rate`` and ``promised``: analyses per second of each
    student; ``age_s``: of the newest picture; ``waiting``: students for whom there is no seat among ``most``."""
    warnings = []
    if rate < BUSY_BELOW * promised and age_s is not None:
        warnings.append(
            _(
                "This machine is busy: each student is looked at {rate} times a second instead of {promised}, and the newest "
                "picture is {age} s old. Everything else works as before."
            ).format(rate=decimal(rate, 1), promised=f"{promised:g}", age=decimal(age_s, 1))
        )
    if waiting:
        warnings.append(
            ngettext(
                "The class is full: {n} student is waiting for a place. This server takes {most} at a time "
                "(docs/settings.md: FER_MOST_STUDENTS).",
                "The class is full: {n} students are waiting for a place. This server takes {most} at a time "
                "(docs/settings.md: FER_MOST_STUDENTS).",
                waiting,
            ).format(n=waiting, most=most)
        )
    return warnings


def _seconds(work: Callable[[], None]) -> float:
    began_at = time.perf_counter()
    work()
    return time.perf_counter() - began_at


def drawn_face(shift_px: float = 0.0) -> np.ndarray:
    """uint8 BGR (240, 320, 3): a face that YuNet and Haar find, moved sideways. Its expression means nothing."""
    width, height = FRAME_PX
    picture = np.full((height, width, 3), (120, 110, 100), np.uint8)
    x, y = round(width / 2 + shift_px), height // 2
    cv2.ellipse(picture, (x, y - 20), (52, 62), 0, 180, 360, (30, 35, 45), -1)
    cv2.ellipse(picture, (x, y), (45, 60), 0, 0, 360, (150, 180, 225), -1)
    for eye_x in (x - 18, x + 18):
        cv2.ellipse(picture, (eye_x, y - 12), (9, 5), 0, 0, 360, (240, 240, 240), -1)
        cv2.circle(picture, (eye_x, y - 12), 4, (40, 30, 20), -1)
        cv2.ellipse(picture, (eye_x, y - 22), (11, 3), 0, 180, 360, (40, 45, 60), 3)
    cv2.ellipse(picture, (x, y + 13), (7, 3), 0, 0, 180, (110, 140, 185), 2)
    cv2.ellipse(picture, (x, y + 32), (17, 6), 0, 0, 180, (80, 80, 180), 4)
    return cv2.GaussianBlur(picture, (5, 5), 0)
