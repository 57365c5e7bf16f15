"""What a model's accuracy loses on faces as cameras send them, and which faces it still names when they are covered.

One change at a time, the same for every run.
"""

import cv2
import numpy as np

from fer.config import Settings
from fer.vision.preprocess import FACE_SIZE, resize_face
from train import judged_covers as judged
from train.cover import cover, points_of


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


def judge_covers(said_of, faces, readable_below, every=4):
    """Per cover: of the faces with it the share that has a name (a likely expression), and that is readable as well.

    ``said_of``: uint8 faces (n, 48, 48) -> head -> (2, n, width) of both views. One face of ``every`` is judged."""
    pixels = faces.pixels[::every]
    points = points_of(pixels)
    return [{"change": "nothing", **named(said_of(pixels), readable_below)}] + [
        {"change": name, **named(said_of(covered(pixels, points, function)), readable_below)}
        for name, function in judged.JUDGED.items()
    ]


def covered(pixels, points, function):
    """The faces with the cover, uint8 (m, 48, 48); m < n for a cover that sometimes hides too little to count."""
    drawn = [
        cover(face, place, np.random.default_rng(row), function)
        for row, (face, place) in enumerate(zip(pixels, points, strict=True))
    ]
    return np.stack([face for face, hidden in drawn if function in judged.HIDES_NOTHING or hidden >= judged.HIDES])


def named(views, readable_below):
    """The shares of the faces that have a name, without and with the question whether they are readable."""
    likely = views["emotion"].mean(0).max(1) >= Settings.unsure_below
    readable = views["readable"].mean(0)[:, 0] >= readable_below
    return {"faces": len(likely), "named": float(likely.mean()), "named_readable": float((likely & readable).mean())}


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
