"""The numbers that a student's page may send over its seat's socket, and what is made of them.

They come in small messages of fixed sizes; what the page says in words is in seat_texts.py. Whatever breaks a rule raises
``BadMessage``. A device can send made-up numbers, as a camera can show made-up pictures; these rules keep them possible ones.
"""

import struct
from dataclasses import dataclass, replace

import numpy as np

from fer.records import BYSTANDER, CUT_OFF, EMOTIONS, LABELS, STUDENT, TOO_SMALL, TURNED, Box, Face, Reading, Status
from fer.vision.eye import Limits, reading

MOST_FACES = 4
PARTS = 10_000  # a probability is sent in whole ten-thousandths,
UNKNOWN = 65_535  # and this where the model does not say how readable a face is
FARTHEST_PX = 3000
LOOK, STEP, STATE = 1, 2, 3  # the first byte
HEAD = struct.Struct("<BBB")  # LOOK, status, faces; then for each face
FACE = struct.Struct("<BB4h8H")  # whose, doubt, box in tenths of a pixel, seven probabilities, how readable
OF_STEP = struct.Struct("<BBB7H")  # STEP, the number of the face, label, seven probabilities
OF_STATE = struct.Struct("<BB")  # STATE, status
STATUSES = (Status.FACE, Status.NO_FACE, Status.CAMERA_OFF)
DOUBTS = (None, TOO_SMALL, CUT_OFF, TURNED)


class BadMessage(ValueError):
    """A message that breaks a rule."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a device saw of one face, averaged with the looks before: its own ``reading`` is not asked for."""

    is_student: bool
    doubt: str | None
    box_xyxy: Box
    probabilities: tuple[float, ...]
    readable: float | None

    def reading(self, limits: Limits) -> Reading:
        probabilities = np.array(self.probabilities)
        made = reading(Face(self.box_xyxy, 1.0), self.doubt, probabilities, self.readable, limits)
        return replace(made, role=STUDENT if self.is_student else BYSTANDER)


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a lesson that shows each student."""

    status: Status
    faces: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class StepOfStudent:
    """The commonest label and the mean probabilities of a face in a step of a class-only lesson."""

    face: int
    label: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class State:
    """Whether a face is seen, in a class-only lesson."""

    status: Status


def read_numbers(data: bytes) -> Look | StepOfStudent | State:
    try:
        if data[0] == LOOK:
            return _look(data)
        if data[0] == STEP:
            _, face, label, *parts = OF_STEP.unpack(data)
            if face < MOST_FACES:
                return StepOfStudent(face, LABELS[label], _probabilities(parts))
        if data[0] == STATE:
            _, status = OF_STATE.unpack(data)
            return State(STATUSES[status])
    except (IndexError, struct.error) as error:
        raise BadMessage(
            f"A message of numbers has a fixed size and known codes. Received: {data[:40].hex()}"
        ) from error
    raise BadMessage(f"A message of numbers has known codes. Received: {data[:40].hex()}")


def _look(data: bytes) -> Look:
    _, code, n = HEAD.unpack(data[: HEAD.size])
    status, rows = STATUSES[code], data[HEAD.size :]
    if n > MOST_FACES or len(rows) != n * FACE.size:
        raise BadMessage(f"A look has at most {MOST_FACES} faces, and its size. Received: {n} faces, {len(data)} bytes")
    faces = tuple(_face(*FACE.unpack(rows[start : start + FACE.size])) for start in range(0, len(rows), FACE.size))
    has_student = bool(faces) and faces[0].is_student
    if has_student != (status is Status.FACE) or (faces and status is Status.CAMERA_OFF):
        raise BadMessage(f"A student's face is first where one is seen, and only there. Received: {status}, {n} faces")
    return Look(status, faces)


def _face(whose: int, doubt: int, *numbers: int) -> Seen:
    box, (*parts, readable) = numbers[:4], numbers[4:]
    x1, y1, x2, y2 = (edge / 10 for edge in box)
    if whose > 1 or not (x1 < x2 and y1 < y2) or max(map(abs, (x1, y1, x2, y2))) > FARTHEST_PX:
        raise BadMessage(f"A face has a box x1 < x2, y1 < y2. Received: {whose}, {box}")
    if PARTS < readable != UNKNOWN:
        raise BadMessage(f"How readable a face is lies in 0..1. Received: {readable / PARTS}")
    known = None if readable == UNKNOWN else readable / PARTS
    return Seen(whose == 0, DOUBTS[doubt], (x1, y1, x2, y2), _probabilities(parts), known)


def _probabilities(parts: list[int]) -> tuple[float, ...]:
    """Seven that sum to 1. What rounding took or gave is evened out."""
    total = sum(parts)
    if abs(total - PARTS) > len(EMOTIONS):
        raise BadMessage(f"Probabilities must sum to 1. Received: {[part / PARTS for part in parts]}")
    return tuple(part / total for part in parts)
