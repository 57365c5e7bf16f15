"""Training pictures: each epoch sees each face once, mirrored, turned, lit, partly covered, badly taken at random."""

import cv2
import keras
import numpy as np

from fer.records import EMOTIONS
from fer.vision.preprocess import FACE_SIZE
from train.cover import cover, readable
from train.data import FERPLUS_EMOTIONS, FERPLUS_NAMES

GREY = 128
BADLY_TAKEN = 0.12  # the share of pictures with each fault of a camera
SEVEN = [FERPLUS_EMOTIONS.index(FERPLUS_NAMES[emotion]) for emotion in EMOTIONS]  # columns of the votes


class AugmentedFaces(keras.utils.PyDataset):
    """Batches of (faces, targets, weights) for ``model.fit``; the same seed and epoch give the same batches.

    ``size_px`` is the side of the pictures it makes; training raises it as it goes (progressive resizing).
    ``strength`` is how much they differ from the faces, from 0, mirrored only, to 1.
    ``mix``: the share of the batches in which each face is blended with another, or holds a piece of another.
    ``covers``: (share of the faces with something drawn over them, their ``points_of``), or None; the more is hidden, the
    flatter the target. ``balance``: from 0, each face once an epoch, to 1, each emotion as often as every other.
    """

    def __init__(self, faces, votes, batch_size, seed, soft=0.0, covers=None, balance=0.0, workers=1):
        super().__init__(workers=workers, use_multiprocessing=workers > 1)
        self.faces, self.batch_size, self.seed, self.covers, self.balance = faces, batch_size, seed, covers, balance
        self.targets = make_targets(faces.labels, votes, soft)
        self.start_epoch(0, FACE_SIZE)

    def start_epoch(self, epoch, size_px, strength=1.0, mix=0.0):
        self.epoch, self.size_px, self.strength, self.mix = epoch, size_px, strength, mix
        self.order = order(self.faces.labels, self.balance, np.random.default_rng((self.seed, epoch)))

    def __len__(self):
        return len(self.faces) // self.batch_size

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        views, seen = zip(*(self._view(row, rng) for row in rows), strict=True)
        pixels = np.stack(views)[..., None]
        targets, weights = ({head: values[rows] for head, values in part.items()} for part in self.targets)
        targets = {head: flattened(values, np.array(seen, np.float32)) for head, values in targets.items()}
        if self.mix and rng.random() < self.mix:
            pixels, targets, weights = mixed(pixels, targets, weights, rng)
        if keras.config.image_data_format() == "channels_first":
            pixels = np.moveaxis(pixels, -1, 1)
        return pixels, targets, weights

    def _view(self, row, rng):
        """A view of a face, and how much of it can be read, 0 to 1."""
        face = self.faces.pixels[row]
        if not self.covers or rng.random() >= self.covers[0]:
            return augment(face, self.size_px, rng, self.strength), 1.0
        covered, hidden = cover(face, self.covers[1][row], rng)
        return augment(covered, self.size_px, rng, self.strength, erase=False), float(readable(hidden))


def order(labels, balance, rng):
    """Rows for one epoch, int (n,): each once, or rare emotions more often and common ones less."""
    if not balance:
        return rng.permutation(len(labels))
    wanted = np.bincount(labels)[labels] ** -float(balance)
    ends = np.cumsum(wanted) / wanted.sum() * len(labels)  # of each face's part of the epoch
    return rng.permutation(np.searchsorted(ends, np.arange(len(labels)) + rng.random()).clip(max=len(labels) - 1))


def flattened(targets, seen):
    """Targets (n, k), of each face as much as can be ``seen`` (n,) of it; the rest says nothing."""
    return seen[:, None] * targets + (1 - seen[:, None]) / targets.shape[1]


def mixed(pixels, targets, weights, rng):
    """A batch in which each face is mixed with another of it, by turns of chance mixup or CutMix.

    Sources: Zhang et al. 2018, arXiv:1710.09412; Yun et al. 2019, arXiv:1905.04899."""
    other, share = rng.permutation(len(pixels)), rng.beta(0.4, 0.4)
    if rng.random() < 0.5:
        pixels = share * pixels + (1 - share) * pixels[other]
    else:
        pixels, share = pasted(pixels, pixels[other], share, rng)
    kept = {head: np.stack((share * weight, (1 - share) * weight[other])) for head, weight in weights.items()}
    sums = {head: pair.sum(0) for head, pair in kept.items()}
    targets = {
        head: (kept[head][0][:, None] * values + kept[head][1][:, None] * values[other])
        / np.maximum(sums[head], 1e-6)[:, None]
        for head, values in targets.items()
    }
    return pixels.astype(np.float32), targets, sums


def pasted(pixels, others, share, rng):
    """(faces with one box of the others, the share of each picture that is still its own)."""
    side = pixels.shape[1]
    height = width = round(side * np.sqrt(1 - share))
    top, left = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
    pixels = pixels.copy()
    pixels[:, top : top + height, left : left + width] = others[:, top : top + height, left : left + width]
    return pixels, 1 - height * width / side**2


def make_targets(labels, votes, soft=0.0):
    """Targets and weights of the two heads; a face nobody voted an emotion for does not count in ``ferplus``.

    ``soft``: the share of the ``emotion`` target that is the votes for the seven emotions, where there are some."""
    emotion = np.eye(7, dtype=np.float32)[labels]
    ferplus = np.zeros((len(labels), 8), np.float32) if votes is None else votes[:, :8]
    voted = ferplus.sum(1)
    seven = ferplus[:, SEVEN]
    share = soft * (seven.sum(1, keepdims=True) > 0)
    emotion = (1 - share) * emotion + share * seven / np.maximum(seven.sum(1, keepdims=True), 1)
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


def augment(pixels, size_px, rng, strength=1.0, erase=True):
    """float32 (size_px, size_px), one random view of a uint8 (48, 48) face; mirrored at any ``strength``.

    ``erase``: some views lose a small box."""
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
    if erase and rng.random() < 0.5 * strength:
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
