"""What a model's accuracy loses on faces as cameras send them: one change at a time, the same for every run."""

import cv2
import numpy as np

from fer.vision.preprocess import FACE_SIZE, resize_face


def small(face, row):
    return resize_face(cv2.resize(face, (24, 24), interpolation=cv2.INTER_AREA))


def off_centre(face, row):
    """A tenth of its side to the left, the right, up or down, in turn; edge pixels repeated as ``crop_face`` does."""
    x, y = ((-1, 0), (1, 0), (0, -1), (0, 1))[row % 4]
    return _moved(face, np.float32([[1, 0, 0.1 * FACE_SIZE * x], [0, 1, 0.1 * FACE_SIZE * y]]))


def rotated(face, row):
    """To either side, in turn."""
    middle = (FACE_SIZE - 1) / 2
    return _moved(face, cv2.getRotationMatrix2D((middle, middle), 15 if row % 2 else -15, 1))


def darker(face, row):
    return (face * 0.5).astype(np.uint8)


def blurred(face, row):
    return cv2.GaussianBlur(face, (0, 0), 1.5)


def jpeg(face, row):
    return cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE)


CHANGES = {
    "24 px high": small,
    "off-centre by 10 %": off_centre,
    "rotated by 15°": rotated,
    "half as bright": darker,
    "blurred (deviation 1.5 px)": blurred,
    "JPEG quality 30": jpeg,
}


def robustness(probabilities_of, pixels, labels, accuracy):
    """Per change: accuracy, and the drop from ``accuracy``, of uint8 faces (n, 48, 48) -> probabilities (n, 7)."""
    rows = []
    for name, change in CHANGES.items():
        changed = np.array([change(face, row) for row, face in enumerate(pixels)])
        changed_accuracy = float((probabilities_of(changed).argmax(1) == labels).mean())
        rows.append({"change": name, "accuracy": changed_accuracy, "drop": accuracy - changed_accuracy})
    return rows


def _moved(face, matrix):
    return cv2.warpAffine(face, matrix, (FACE_SIZE, FACE_SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
