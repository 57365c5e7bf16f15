"""A mirror's look: every face before one camera, read as a lesson reads it, with a number that stays with it."""

from dataclasses import replace

import numpy as np

from fer.records import Identity
from fer.vision.analyze import Namer
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector, GroupDetector
from fer.vision.eye import Limits, Memory, Sight, look, remember
from fer.vision.group_photo import Numbered
from fer.vision.preprocess import FACE_SIZE
from fer.vision.tracks import FaceNumbers
from fer.vision.turns import turned

ASKED_EVERY_S = 2.0  # of a hundred people, to say who a face is takes as long as a look


class MirrorEye:
    """Remembers one camera's faces from look to look."""

    def __init__(self, detector: Detector, classifier: Classifier, unsure_below: float, namer: Namer | None = None):
        self._namer = namer
        self._names: dict[int, tuple[float, Identity | None]] = {}  # by number: when it was asked, and who it is
        self._detector, self._classifier = GroupDetector(detector), classifier
        self._limits = Limits(unsure_below, classifier.readable_below)
        self._memory, self._numbers = Memory(), FaceNumbers()
        self._size_hw = (0, 0)

    def look(self, frame_bgr: np.ndarray, at_s: float) -> tuple[Sight, Numbered]:
        """The faces of the next frame, uint8 BGR (h, w, 3), which was taken at ``at_s`` of any clock; their boxes lie in
        the frame after the sight's turns."""
        size_hw = frame_bgr.shape[:2]
        if size_hw != self._size_hw:  # browsers send other sizes as the network allows
            self._memory.tracks, self._size_hw = (), size_hw
        sight = look(frame_bgr, self._detector, self._memory, several=True)
        crops = np.array([one.crop for one in sight.seen], np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)
        # In turns the face and its mirror image; the average of both is right more often.
        judged = self._classifier.read(crops[:, :, :: -1 if self._memory.looks % 2 else 1])
        readings = remember(self._memory, sight, judged.probabilities, judged.readable, self._limits)
        shares = [tuple(edge / max(size_hw) for edge in one.box_xyxy) for one in readings]
        faces = list(zip(self._numbers.of(shares, at_s), readings, strict=True))
        return sight, self._named(turned(frame_bgr, sight.turns), faces, at_s) if self._namer else faces

    def _named(self, picture_bgr: np.ndarray, faces: Numbered, at_s: float) -> Numbered:
        """Asks who a face is when it comes, and every ``ASKED_EVERY_S`` again."""
        due = [
            (number, one) for number, one in faces if at_s - self._names.get(number, (-np.inf, None))[0] > ASKED_EVERY_S
        ]
        identities = self._namer(picture_bgr, [one.box_xyxy for _, one in due]) if self._namer and due else []
        asked = {number: (at_s, identity) for (number, _), identity in zip(due, identities, strict=True)}
        known = self._names | asked
        self._names = {number: known[number] for number, _ in faces}
        return [(number, replace(one, identity=known[number][1])) for number, one in faces]
