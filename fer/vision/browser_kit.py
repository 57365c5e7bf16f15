"""What a browser needs to look at faces as this server does: both networks, and a picture whose numbers are known."""

import base64
import json
from pathlib import Path

import numpy as np

from fer.vision.browser_classifier import classifier_file
from fer.vision.browser_detector import detector_file
from fer.vision.browser_net import NotForBrowsers
from fer.vision.classifier import Classifier
from fer.vision.detector import Detector, YuNetDetector
from fer.vision.preprocess import crop_face, to_grey

Kit = dict[str, bytes]  # name -> a file
SLOW_MS = 400  # a look that takes longer, at the median, is too slow


def browser_kit(
    detector: Detector, classifier: Classifier, yunet_path: Path, model_path: Path, picture_bgr: np.ndarray
) -> Kit:
    """The files ``detector``, ``classifier`` and ``test.json``, of the loaded models and their paths. ``picture_bgr``, with one
    face, is what a browser tests itself on. Raises ``NotForBrowsers``."""
    if not isinstance(detector, YuNetDetector):
        raise NotForBrowsers(
            "browsers find faces with YuNet, whose file is not on this server. `make detector` downloads it"
        )
    return {
        "detector": detector_file(yunet_path),
        "classifier": classifier_file(model_path),
        "test.json": self_test(detector, classifier, picture_bgr),
    }


def self_test(detector: Detector, classifier: Classifier, picture_bgr: np.ndarray) -> bytes:
    """A picture, grey, what is seen in it here, and how long a browser may take for it."""
    grey = to_grey(picture_bgr)
    frame_bgr = np.repeat(grey[:, :, None], 3, axis=2)
    box = detector.detect(frame_bgr)[0].box_xyxy
    [probabilities] = classifier.predict([crop_face(frame_bgr, box, detector.name)])
    height, width = grey.shape
    picture = {"width": width, "height": height, "grey": base64.b64encode(grey.tobytes()).decode()}
    known = {"picture": picture, "box": box, "probabilities": probabilities.tolist(), "slow_ms": SLOW_MS}
    return json.dumps(known).encode()
