"""What a student's own device saw, as observations."""

from fer.lesson.engine import rows
from fer.records import ON_DEVICE, PER_STUDENT, STEP_S, Observation, Status
from fer.vision.eye import Limits
from fer.web.seat_connection import Connection
from fer.web.seat_messages import BadMessage, Look, State, StepOfStudent

NOWHERE = (0.0, 0.0, 1.0, 1.0)  # in a class-only lesson no device says where a face is, and nothing would keep it


def observed(message: Look | StepOfStudent | State, mine: Connection, limits: Limits, now: float) -> list[Observation]:
    """The observations in a message, at the server's time; none where the student is out. Raises ``BadMessage`` for what is
    not for this lesson: in a class-only lesson a device sends no single looks."""
    lesson, student = mine.lesson, mine.student
    reads_here = student.with_camera and student.read_on == ON_DEVICE
    if not reads_here or isinstance(message, Look) != (lesson.view == PER_STUDENT):
        raise BadMessage(f"This student sends no such message. Received: {type(message).__name__}")
    if isinstance(message, StepOfStudent):
        return _of_step(message, mine, now)
    if not mine.seat.report(message.status) or isinstance(message, State):
        return []
    return list(rows(mine.seat, now, message.status, [one.reading(limits) for one in message.faces]))


def _of_step(message: StepOfStudent, mine: Connection, now: float) -> list[Observation]:
    """Of the step that has just ended, as the server's clock says; once for each face."""
    start = int(now - STEP_S / 2) // STEP_S * STEP_S
    mine.steps = {one for one in mine.steps if one[0] == start}
    if (start, message.face) in mine.steps or not mine.seat.report(Status.FACE):
        return []
    mine.steps.add((start, message.face))
    at, face = start + STEP_S / 2, message.face
    return [
        Observation(
            mine.lesson.id, mine.student.id, at, Status.FACE, face, NOWHERE, message.probabilities, message.label
        )
    ]
