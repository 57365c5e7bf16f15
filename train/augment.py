"""Training pictures: each epoch sees each face once, mirrored, turned, lit, partly covered, badly taken at random."""

import cv2
import keras
import numpy as np

from fer.vision.preprocess import FACE_SIZE

GREY = 128
BADLY_TAKEN = 0.12  # the share of pictures with each fault of a camera


class AugmentedFaces(keras.utils.PyDataset):
    """Batches of (faces, targets, weights) for ``model.fit``; the same seed and epoch give the same batches.

    ``size_px`` is the side of the pictures it makes; training raises it as it goes (progressive resizing).
    ``strength`` is how much they differ from the faces, from 0, mirrored only, to 1.
    """

    def __init__(self, faces, votes, batch_size, seed):
        super().__init__()
        self.faces, self.batch_size, self.seed = faces, batch_size, seed
        self.targets = make_targets(faces.labels, votes)
        self.size_px, self.epoch = FACE_SIZE, 0
        self.start_epoch(0, FACE_SIZE)

    def start_epoch(self, epoch, size_px, strength=1.0):
        self.epoch, self.size_px, self.strength = epoch, size_px, strength
        self.order = np.random.default_rng((self.seed, epoch)).permutation(len(self.faces))

    def __len__(self):
        return len(self.faces) // self.batch_size

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        pixels = np.stack([augment(self.faces.pixels[row], self.size_px, rng, self.strength) for row in rows])[
            ..., None
        ]
        if keras.config.image_data_format() == "channels_first":
            pixels = np.moveaxis(pixels, -1, 1)
        targets, weights = self.targets
        return pixels, {k: v[rows] for k, v in targets.items()}, {k: v[rows] for k, v in weights.items()}


def make_targets(labels, votes):
    """Targets and weights of the two heads; a face nobody voted an emotion for does not count in ``ferplus``."""
    emotion = np.eye(7, dtype=np.float32)[labels]
    ferplus = np.zeros((len(labels), 8), np.float32) if votes is None else votes[:, :8]
    voted = ferplus.sum(1)
    targets = {"emotion": emotion, "ferplus": ferplus / np.maximum(voted, 1)[:, None]}
    return targets, {"emotion": np.ones(len(labels), np.float32), "ferplus": (voted > 0).astype(np.float32)}


def mix_in(teacher, targets, weights):
    """Targets and weights of the two heads, half of each what the teacher saw; all of it where a face has no target.

    ``teacher``: float32 probabilities (n, 7) of ``emotion`` and (n, 8) of ``ferplus``. Source: Furlanello et al.,
    Born-Again Neural Networks, 2018.
    """
    mixed = {
        head: (weights[head][:, None] * targets[head] + teacher[head]) / (weights[head][:, None] + 1)
        for head in targets
    }
    return mixed, {head: np.ones_like(weight) for head, weight in weights.items()}


def augment(pixels, size_px, rng, strength=1.0):
    """float32 (size_px, size_px), one random view of a uint8 (48, 48) face; mirrored at any ``strength``."""
    angle = np.deg2rad(rng.uniform(-15, 15) * strength)
    scale = (1 + rng.uniform(-0.19, 0.14) * strength) * size_px / FACE_SIZE
    stretch = 1 + rng.uniform(-0.06, 0.06) * strength
    mirror = rng.choice((-1, 1))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pixels = badly_taken(pixels, rng, strength)
    linear = scale * turn @ np.diag((mirror * stretch, 1 / stretch))
    centre = (FACE_SIZE - 1) / 2
    shift = (size_px - 1) / 2 + rng.uniform(-0.06, 0.06, 2) * strength * size_px - linear @ (centre, centre)
    view = cv2.warpAffine(
        pixels,
        np.column_stack((linear, shift)),
        (size_px, size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    ).astype(np.float32)
    mean = view.mean()
    contrast, brightness = 1 + rng.uniform(-0.3, 0.3) * strength, rng.uniform(-0.15, 0.15) * strength
    view = (view - mean) * contrast + mean + brightness * 255
    if rng.random() < 0.5 * strength:
        height, width = rng.integers(size_px // 8, size_px // 3, 2)
        top, left = rng.integers(0, size_px - height), rng.integers(0, size_px - width)
        view[top : top + height, left : left + width] = GREY
    return np.clip(view, 0, 255)


def badly_taken(pixels, rng, strength=1.0):
    """Sometimes (``strength``: how often) as poor cameras and connections give a face: of few pixels, out of focus, or
    much compressed."""
    fault, harm = rng.random(), rng.random()
    share = BADLY_TAKEN * strength
    if fault < share:
        side = round(16 + 20 * harm)
        return cv2.resize(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), pixels.shape[::-1])
    if fault < 2 * share:
        return cv2.GaussianBlur(pixels, (0, 0), 0.4 + 1.6 * harm)
    if fault < 3 * share:
        quality = round(15 + 55 * harm)
        return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return pixels
