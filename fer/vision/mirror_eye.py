"""A mirror's look: every face before one camera, read as a lesson reads it, with a number that stays with it."""

import numpy as np

from fer.vision.classifier import Classifier
from fer.vision.detector import Detector, GroupDetector
from fer.vision.eye import Limits, Memory, Sight, look, remember
from fer.vision.group_photo import Numbered
from fer.vision.preprocess import FACE_SIZE
from fer.vision.tracks import FaceNumbers


class MirrorEye:
    """Remembers one camera's faces from look to look."""

    def __init__(self, detector: Detector, classifier: Classifier, unsure_below: float):
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
        return sight, list(zip(self._numbers.of(shares, at_s), readings, strict=True))
