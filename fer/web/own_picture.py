"""A student's own last analysed picture, for their own eyes; nothing is stored."""

from collections.abc import Iterable

import cv2
import numpy as np

from fer.records import STUDENT, Observation

STUDENTS_BGR, BYSTANDERS_BGR = (80, 200, 0), (150, 150, 150)  # of the boxes


def own_picture(frame_bgr: np.ndarray, observations: Iterable[Observation]) -> bytes:
    """A frame as JPEG with its boxes, mirrored as people know themselves."""
    frame = cv2.flip(frame_bgr, 1)
    width = frame.shape[1]
    for seen in observations:
        if seen.box_xyxy is not None:
            x1, y1, x2, y2 = (round(v) for v in seen.box_xyxy)
            colour = STUDENTS_BGR if seen.role == STUDENT else BYSTANDERS_BGR
            cv2.rectangle(frame, (width - x2, y1), (width - x1, y2), colour, 2)
    return cv2.imencode(".jpg", frame)[1].tobytes()
