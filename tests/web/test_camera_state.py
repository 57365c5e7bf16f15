import numpy as np
import pytest

from fer.lesson.seats import NEVER, Picture, Seat
from fer.records import Observation, Status
from fer.web.camera_state import camera_state

NOW = 1000.0
FACE = Observation(1, 7, NOW, Status.FACE, 0, (1.0, 1.0, 9.0, 9.0), tuple(np.eye(7)[3]), "happy")
NO_FACE, BLACK = Observation(1, 7, NOW, Status.NO_FACE), Observation(1, 7, NOW, Status.CAMERA_OFF)


@pytest.mark.parametrize(
    ("started", "since", "arrived_at", "observations", "level", "words"),
    [
        (False, NOW - 60, None, None, "info", "Press **Start camera**"),
        (False, NOW - 1, NOW - 0.5, (FACE,), "info", "Press **Start camera**"),  # the last frames after Stop
        (False, NOW - 60, NOW - 0.5, (FACE,), "info", "another window"),
        (True, NOW - 2, None, None, "info", "Connecting"),
        (True, NOW - 13, None, None, "error", "firewall"),
        (True, NOW - 13, NOW - 90, (FACE,), "error", "firewall"),  # the frames of an earlier connection
        (True, NOW - 60, NOW - 6, (FACE,), "warning", "stopped arriving"),
        (True, NOW - 60, NOW - 0.2, None, "info", "Looking for your face"),
        (True, NOW - 60, NOW - 0.2, (BLACK,), "warning", "the picture is black"),
        (True, NOW - 60, NOW - 0.2, (NO_FACE,), "warning", "no face is seen"),
        (True, NOW - 60, NOW - 0.2, (FACE,), "success", "your face is seen"),
        (True, NOW - 60, NOW - 0.2, (FACE, FACE), "success", "2 faces are seen"),
    ],
)
def test_what_a_student_is_told(started, since, arrived_at, observations, level, words):
    seat = Seat(1, 7)
    seat.arrived_at = NEVER if arrived_at is None else arrived_at
    seat.last = Picture(np.zeros((1, 1, 3), np.uint8), observations) if observations else None
    told = camera_state(seat, started, since, NOW, gone_after_s=5)
    assert told[0] == level and words in told[1]
