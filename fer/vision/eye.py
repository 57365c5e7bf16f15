"""The eye: from a picture to a reading of every face in it. Lessons, files and mirrors look through it, so they agree.

``look`` finds the faces of a camera's next frame, and ``see`` takes one face of a picture. The classifier judges what they
cut out, of many pictures in one batch. ``reading`` is what may then be said of a face: one that cannot be read is *unsure*,
for a reason. ``Memory`` is what is known of a camera from the frames before.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from fer.records import (
    BYSTANDER,
    COVERED,
    CUT_OFF,
    EMOTIONS,
    STUDENT,
    TOO_SMALL,
    TURNED,
    UNDECIDED,
    UNSURE,
    Face,
    Reading,
    Status,
)
from fer.vision.cut_off import CutOff, cut_off
from fer.vision.detector import Detector
from fer.vision.lens import is_blank, is_switched_off
from fer.vision.preprocess import crop_face
from fer.vision.tracks import Track, follow, go_on, height
from fer.vision.turns import OVER, Upright, turned, way_up, way_up_around

SMALLEST_FACE_PX = (
    28  # height of a face's box; of those with a name one in ten gets another at this height (docs/models.md)
)
MOST_CUT_OFF = 0.12  # share of a face that may lie beyond the picture's edge
LOOKS = 4  # of so many, one searches the whole frame, where a second person may have come
TURNS_EVERY = 256  # looks, after which it is asked again which way is up; who turns a camera is doubted long before
DOUBT_EVERY = 8  # the same where there is a doubt
DOUBTFUL_SCORE = 0.85  # nearly all faces that are the right way up have more
TURN_SIDE_PX = 160  # longest side of the frame in which the way up is sought


@dataclass(frozen=True, slots=True)
class Limits:
    """A face is undecided when its likeliest expression is less likely than this, covered when it is less readable."""

    unsure_below: float
    readable_below: float | None = None  # where the model says how readable a face is


@dataclass(frozen=True, slots=True)
class Seen:
    """A face of an upright picture, cut out (48, 48), with a reason why it cannot be read, or None; and how it was
    followed through a camera's frames: its track before, and whether it is a student's."""

    face: Face
    crop: np.ndarray
    doubt: str | None
    cut_off: CutOff
    track: Track | None = None
    is_student: bool = True


@dataclass(frozen=True, slots=True)
class Sight:
    """What one frame of a camera shows: faces, the student's first, in the frame after ``turns`` quarter turns."""

    status: Status
    seen: list[Seen] = field(default_factory=list)
    turns: int = 0


@dataclass(slots=True)
class Memory:
    """What is known of one camera. ``upright`` is None until a face has shown which way is up."""

    tracks: tuple[Track, ...] = ()
    upright: Upright | None = None
    looks: int = 0
    asked: int = 0  # the look that asked which way is up
    is_doubtful: bool = False  # since then the student's face was lost, or found with a low score


def look(frame_bgr: np.ndarray, detector: Detector, memory: Memory, several: bool = False) -> Sight:
    """Looks at the next frame of a camera, uint8 BGR (h, w, 3). ``several``: all faces before it are students'."""
    memory.looks += 1
    is_followed = any(track.unseen == 0 for track in memory.tracks)
    if not is_followed and is_blank(frame_bgr):  # of who was seen just now it is asked when the face is gone
        return Sight(Status.CAMERA_OFF)
    _find_way_up(frame_bgr, detector, memory)
    faces = _find_faces(frame_bgr, detector, memory)
    if faces and memory.upright is None:  # it was too small for the look that asked
        memory.upright = way_up(frame_bgr, detector.detect, (2 * TURN_SIDE_PX,)) or Upright()
        faces = _find_faces(frame_bgr, detector, memory) if memory.upright.turns else faces
    if not faces:
        memory.is_doubtful = memory.is_doubtful or is_followed
        return Sight(Status.CAMERA_OFF if is_switched_off(frame_bgr) else Status.NO_FACE)
    upright = memory.upright or Upright()
    picture, is_whole_look = turned(frame_bgr, upright.turns), _is_whole_look(memory)
    seen = []
    for face, track, is_student in follow(memory.tracks, faces, several):
        known = None if is_whole_look or track is None or track.unseen else track.cut_off
        one = see(picture, face, detector, upright.is_sure, known)
        seen.append(replace(one, track=track, is_student=is_student))
    memory.is_doubtful = memory.is_doubtful or seen[0].face.score < DOUBTFUL_SCORE
    return Sight(Status.FACE if seen[0].is_student else Status.NO_FACE, seen, upright.turns)


def see(
    picture_bgr: np.ndarray, face: Face, detector: Detector, is_upright: bool = True, known: CutOff | None = None
) -> Seen:
    """Cuts a face out of an upright picture. ``is_upright``: whether it is sure to be that; ``known``: whether the face is
    cut off, where the look before has found out."""
    beyond = cut_off(picture_bgr, face.box_xyxy, detector) if known is None else known
    doubt = None if is_upright else TURNED
    if height(face.box_xyxy) < SMALLEST_FACE_PX:
        doubt = TOO_SMALL
    elif beyond.share > MOST_CUT_OFF:
        doubt = CUT_OFF
    return Seen(face, crop_face(picture_bgr, face.box_xyxy, detector.name), doubt, beyond)


def remember(
    memory: Memory, sight: Sight, probabilities: np.ndarray, readable: np.ndarray | None, limits: Limits
) -> list[Reading]:
    """The readings of what was seen, in its order, each averaged with the look before, which they replace in ``memory``.

    ``probabilities`` (n, 7) and ``readable`` (n,) are the classifier's, of the crops."""
    seen = [(one.face.box_xyxy, one.track, one.is_student, one.cut_off) for one in sight.seen]
    memory.tracks = go_on(memory.tracks, seen, probabilities, readable)
    return [
        reading(one.face, one.doubt, track.probabilities, track.readable, limits, one.is_student)
        for one, track in zip(sight.seen, memory.tracks, strict=False)
    ]


def reading(
    face: Face,
    doubt: str | None,
    probabilities: np.ndarray,
    readable: float | None,
    limits: Limits,
    is_student: bool = True,
) -> Reading:
    """What may be said of a face, from its (7,) probabilities and how readable the classifier found it."""
    likely = probabilities.tolist()
    best = likely.index(max(likely))
    is_covered = readable is not None and limits.readable_below is not None and readable < limits.readable_below
    reason = doubt or (COVERED if is_covered else UNDECIDED if likely[best] < limits.unsure_below else None)
    expression = UNSURE if reason else EMOTIONS[best]
    role = STUDENT if is_student else BYSTANDER
    return Reading(face.box_xyxy, face.score, tuple(likely), expression, reason, role)


def _is_whole_look(memory: Memory) -> bool:
    return memory.looks % LOOKS == 1


def _find_faces(frame_bgr: np.ndarray, detector: Detector, memory: Memory) -> list[Face]:
    near = tuple(track.box_xyxy for track in memory.tracks if not track.unseen)
    upright = turned(frame_bgr, memory.upright.turns if memory.upright else 0)
    return detector.detect(upright, near, everywhere=_is_whole_look(memory))


def _find_way_up(frame_bgr: np.ndarray, detector: Detector, memory: Memory) -> None:
    """Asks which way is up, where that is due: around the known face whether it hangs upside down, else in the whole frame."""
    is_doubtful = memory.is_doubtful or memory.upright is None or not memory.upright.is_sure
    if memory.asked and memory.looks - memory.asked < (DOUBT_EVERY if is_doubtful else TURNS_EVERY):
        return
    memory.asked, memory.is_doubtful = memory.looks, False
    seen = next((track.box_xyxy for track in memory.tracks if not track.unseen), None)
    if seen is not None and memory.upright is not None:
        upright = turned(frame_bgr, memory.upright.turns)
        if way_up_around(upright, seen, detector.detect, OVER) in (Upright(), None):
            memory.upright = Upright(memory.upright.turns)
            return
    found = way_up(frame_bgr, detector.detect, (TURN_SIDE_PX,))
    if found is not None:
        if memory.upright is not None and found.turns != memory.upright.turns:
            memory.tracks = ()
        memory.upright = found
