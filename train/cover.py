"""Faces that cannot be read: a mask, a hand, hair, dark glasses or a shadow drawn over them, and how much each hides.

A cover is drawn in the face's own frame, from the five points that YuNet finds: the middle of the eyes is the origin, the
distance of the eyes is 1, y points to the chin. It is drawn ``SCALE`` times as large and shrunk, so its edges are as soft as
those in photos. Not every drawing hides something: clear glasses, a beard and things beside the face hide nothing that an
expression needs, so that a network learns to miss the face and not to find the drawing.
"""

import cv2
import numpy as np

from fer.config import Settings
from fer.vision.preprocess import FACE_SIZE
from train.scraps import fingers, glare, scrap, wrap

SCALE = 3
# Of 28,558 FER-2013 faces, in pixels of 48: right eye, left eye, tip of the nose, right and left corner of the mouth.
MEAN_POINTS = np.float32([[14.6, 17.9], [32.3, 17.9], [23.4, 28.4], [16.5, 36.3], [31.0, 36.4]])
# What an expression needs: centre and half axes of the mouth and of each eye with its brow, and its weight.
NEEDED = (((0, 1.1), (0.55, 0.32), 0.5), ((-0.5, -0.08), (0.34, 0.3), 0.25), ((0.5, -0.08), (0.34, 0.3), 0.25))


def points_of(faces, yunet_file=None):
    """float32 (n, 5, 2), YuNet's points in grey faces uint8 (n, 48, 48); ``MEAN_POINTS`` where it finds no face.

    ``yunet_file``: FER_DETECTOR_FILE. Raises ValueError without the detector's file."""
    yunet_file = yunet_file or Settings.from_env().detector_file
    if not yunet_file.is_file():
        raise ValueError(
            f"Covers are drawn where YuNet finds eyes and mouth. Received: no {yunet_file}; run make detector"
        )
    margin, side = 16, 2 * FACE_SIZE
    net = cv2.FaceDetectorYN.create(str(yunet_file), "", (side + 2 * margin,) * 2, score_threshold=0.5)
    points = np.repeat(MEAN_POINTS[None], len(faces), 0)
    for row, face in enumerate(faces):
        large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
        large = cv2.copyMakeBorder(large, *(margin,) * 4, cv2.BORDER_REPLICATE)
        _, found = net.detect(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
        if found is not None:
            points[row] = (found[0, 4:14].reshape(5, 2) - margin) * FACE_SIZE / side
    return points


class Canvas:
    """One face, enlarged, to be drawn on; ``hides`` (h, w) is how much of each pixel is gone, 0 to 1."""

    def __init__(self, face, points, rng):
        self.rng = rng
        self.picture = cv2.resize(face, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR).astype(np.float32)
        self.side = self.picture.shape[0]
        self.hides = np.zeros_like(self.picture)
        eyes, mouth = points[:2].mean(0), points[3:].mean(0)
        across = points[1] - points[0]
        down = (mouth - eyes) / 1.05  # the mouth is about as far from the eyes as they are from each other
        # A face from the side has its eyes close together: it is as wide as it is high, all the same.
        across = across * max(1.0, 0.7 * np.linalg.norm(down) / max(np.linalg.norm(across), 1e-3))
        self.frame = np.column_stack([across, down, eyes]).astype(np.float32) * SCALE
        self.level = float(np.median(self.picture))

    def at(self, places):
        """Pixels, int32 (n, 1, 2), of places (n, 2) in the face's frame."""
        places = np.asarray(places, np.float32)
        return np.round(places @ self.frame[:, :2].T + self.frame[:, 2]).astype(np.int32)[:, None]

    def unit(self):
        """Pixels between the eyes."""
        return max(4.0, float(np.linalg.norm(self.frame[:, 1])))

    def area(self, places):
        """float32 (h, w): 1 inside the polygon."""
        return cv2.fillPoly(np.zeros_like(self.picture), [self.at(places)], 1.0)

    def strokes(self, lines, width):
        """float32 (h, w): 1 on the lines (each (n, 2) places), ``width`` in distances of the eyes."""
        area, thick = np.zeros_like(self.picture), max(1, round(width * self.unit()))
        for line in lines:
            cv2.polylines(area, [self.at(line)], False, 1.0, thick, cv2.LINE_8)
        return area

    def paint(self, area, colour, opacity=1.0):
        """Puts ``colour`` (a grey, or a picture of greys) where ``area`` is 1."""
        area = cv2.GaussianBlur(area, (0, 0), 0.3 * SCALE) * opacity
        self.picture += area * (colour - self.picture)
        self.hides = np.maximum(self.hides, area)

    def hidden(self):
        """The share, 0 to 1, of what an expression needs that is gone."""
        return sum(weight * self._gone(centre, axes) for centre, axes, weight in NEEDED)

    def _gone(self, centre, axes):
        needed = self.area(ellipse(centre, axes))
        return float((self.hides * needed).sum() / needed.sum()) if needed.any() else 1.0

    def face(self):
        """uint8 (48, 48)."""
        small = cv2.resize(self.picture, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA)
        return np.clip(small, 0, 255).astype(np.uint8)


def ellipse(centre, axes, corners=24, power=1.0):
    """Places on an ellipse; a ``power`` below 1 makes it squarer."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.column_stack((np.cos(angles), np.sin(angles)))
    return np.asarray(centre) + np.sign(circle) * np.abs(circle) ** power * axes


def cloth(canvas, dark=0, light=255):
    """A picture of greys as cloth has them: one level, rounder to the sides, uneven, sometimes woven, striped or dotted."""
    rng, side = canvas.rng, canvas.side
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    colour = np.full_like(canvas.picture, rng.uniform(dark, light))
    centre = canvas.frame[0, 2] / side
    colour *= 1 - rng.uniform(0, 0.9) * np.abs(x - centre) + rng.uniform(-0.3, 0.3) * (y - 0.7)
    uneven = cv2.resize(rng.normal(0, 1, (8, 8)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    colour += uneven * rng.uniform(0, 14) + rng.normal(0, rng.uniform(0, 8), colour.shape)
    kind = rng.random()
    if kind < 0.15:
        angle, count = rng.uniform(0, np.pi), rng.uniform(6, 30)
        colour += rng.uniform(-60, 60) * np.sign(np.sin(2 * np.pi * count * (x * np.cos(angle) + y * np.sin(angle))))
    elif kind < 0.3:
        for _ in range(rng.integers(10, 60)):
            spot = tuple(int(v) for v in rng.integers(0, side, 2))
            cv2.circle(colour, spot, int(rng.integers(1, side // 14)), float(rng.uniform(0, 255)), -1)
    return np.clip(colour, 0, 255)


def mask(canvas):
    """A surgical or cloth mask, one in four worn below the nose, with folds, an edge and loops to the ears, or none of them."""
    rng = canvas.rng
    top, side, nose = rng.uniform(0.3, 0.6), rng.uniform(0.75, 1.15), rng.uniform(0.15, 0.5)
    if rng.random() < 0.25:
        top, nose = rng.uniform(0.5, 0.85), rng.uniform(0.65, 0.9)
    chin, jaw = rng.uniform(1.6, 2.1), rng.uniform(0.45, 0.95)
    half = [
        (0, nose),
        (0.3, nose + 0.4 * (top - nose)),
        (side, top),
        (side * rng.uniform(0.9, 1.05), 1.1),
        (jaw, chin - 0.3),
    ]
    half += [(0.5 * jaw, chin)]
    shape = np.array(half + [(-x, y) for x, y in half[::-1]]) + rng.uniform(-0.12, 0.12, 2)
    if rng.random() < 0.6:
        loops = [[(s * side, y), (s * 1.5, rng.uniform(0, 0.5))] for s in (-1, 1) for y in (top, 1.2)]
        canvas.paint(canvas.strokes(loops, 0.05), rng.uniform(0, 255))
    canvas.paint(canvas.area(shape), cloth(canvas))
    if rng.random() < 0.6:
        heights = np.linspace(0.75, 1.45, rng.integers(2, 5))
        folds = [[(-side, y - 0.1), (0, y + 0.05), (side, y - 0.1)] for y in heights]
        canvas.paint(canvas.strokes(folds, 0.05) * canvas.area(shape), rng.uniform(0, 255), rng.uniform(0.2, 0.7))
    if rng.random() < 0.6:
        canvas.paint(canvas.strokes([[*shape, shape[0]]], 0.04), rng.uniform(0, 255), rng.uniform(0.3, 1))


def scarf(canvas):
    """Cloth, paper or a book from somewhere below the eyes down to the picture's edge."""
    top, slope = canvas.rng.uniform(0.3, 0.7), canvas.rng.uniform(-0.15, 0.15)
    canvas.paint(canvas.area([(-4, top - slope), (0, top), (4, top + slope), (4, 6), (-4, 6)]), cloth(canvas))


def hand(canvas, centre=None):
    """Fingers beside each other and a palm, as light as the face, over the mouth, an eye or a cheek."""
    rng = canvas.rng
    centre = np.array(centre or ((0, 1.05), (0, 0.9), (0, 0), (0.5, 0.4), (-0.5, 0.4))[rng.integers(5)])
    centre = centre + rng.uniform(-0.15, 0.15, 2)
    angle, width, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.26, 0.36), rng.uniform(1.0, 1.6)
    along, beside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    skin = np.clip(canvas.level + rng.uniform(-45, 45), 20, 235)
    canvas.paint(
        canvas.area(ellipse(centre - along * 0.9, (0.75, 0.75))), skin + rng.normal(0, 3, canvas.picture.shape)
    )
    for finger in range(4):
        place = centre + beside * (finger - 1.5) * width * 0.98
        tip = place + along * length * (0.5 - 0.06 * abs(finger - 1.3))
        line = [place - along * length, tip]
        canvas.paint(canvas.strokes([line], width), skin * rng.uniform(0.55, 0.75))  # the shade between two fingers
        canvas.paint(canvas.strokes([line], width * 0.82), skin + rng.uniform(-8, 8))


def hair(canvas):
    """Strands that fall over the eyes or over one side."""
    rng, side = canvas.rng, canvas.rng.choice((-1, 1))
    level, over = rng.uniform(5, 120), rng.random() < 0.5
    for _ in range(rng.integers(25, 70)):
        x = rng.uniform(-1.3, 1.3) if over else side * rng.uniform(0.0, 1.4)
        end = rng.uniform(0.1, 0.6) if over else rng.uniform(0.8, 2.2)
        line = [(x * 0.8, -1.6), (x + rng.uniform(-0.2, 0.2), -0.5), (x + rng.uniform(-0.3, 0.3), end)]
        canvas.paint(canvas.strokes([line], rng.uniform(0.05, 0.16)), level + rng.uniform(-15, 25))


def dark_glasses(canvas):
    """Two dark lenses and a bridge, sometimes with a reflection."""
    rng = canvas.rng
    level, axes, power = rng.uniform(0, 70), rng.uniform((0.36, 0.25), (0.5, 0.42)), rng.uniform(0.4, 1)
    canvas.paint(canvas.strokes([[(-1.3, -0.1), (1.3, -0.1)]], 0.07), level)
    for x in (-0.5, 0.5):
        canvas.paint(canvas.area(ellipse((x, rng.uniform(0, 0.06)), axes, power=power)), level, rng.uniform(0.9, 1))
    if rng.random() < 0.4:
        canvas.paint(canvas.strokes([[(-0.7, -0.1), (-0.4, 0.1)], [(0.3, -0.1), (0.6, 0.1)]], 0.06), 200, 0.5)


def erased(canvas):
    """A half of the face gone behind a straight edge: the lower, the upper, or a side."""
    rng, angle = canvas.rng, canvas.rng.integers(4) * np.pi / 2 + canvas.rng.uniform(-0.3, 0.3)
    away, start = np.array([np.cos(angle), np.sin(angle)]), np.array([0, 0.55])
    start = start + away * rng.uniform(-0.1, 0.25)
    beside = np.array([-away[1], away[0]])
    shape = [start + 5 * beside, start - 5 * beside, start - 5 * beside + 5 * away, start + 5 * beside + 5 * away]
    canvas.paint(canvas.area(shape), cloth(canvas))


def thing(canvas):
    """A cup, a telephone, a sheet: an ellipse or a box, somewhere over the face."""
    rng = canvas.rng
    centre, axes = rng.uniform((-0.6, -0.3), (0.6, 1.3)), rng.uniform(0.35, 1.0, 2)
    canvas.paint(canvas.area(ellipse(centre, axes, power=rng.choice((0.1, 1.0)))), cloth(canvas))


def shadow(canvas):
    """A side, the lower or the upper half in a shadow too dark to see into."""
    rng, angle = canvas.rng, canvas.rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0 : canvas.side, 0 : canvas.side].astype(np.float32)
    origin, unit = canvas.at([(0, 0.55)])[0, 0], canvas.unit()
    distance = ((x - origin[0]) * np.cos(angle) + (y - origin[1]) * np.sin(angle)) / unit + rng.uniform(-0.3, 0.3)
    dim(canvas, 1 / (1 + np.exp(-distance / rng.uniform(0.05, 0.25))), rng.uniform(0.01, 0.35))


def backlight(canvas):
    """The whole face dark or washed out before a bright background."""
    rng, round_face = canvas.rng, canvas.area(ellipse((0, 0.5), (1.1, 1.6)))
    round_face = cv2.GaussianBlur(round_face, (0, 0), 0.2 * canvas.unit())
    canvas.picture += (1 - round_face) * (rng.uniform(180, 255) - canvas.picture) * rng.uniform(0, 1)
    dim(canvas, round_face, rng.uniform(0.02, 0.35), rng.choice((0, 0, 0, 200)))


def dim(canvas, area, left, veil=0):
    """Leaves a share ``left`` of the contrast where ``area`` is 1, around the level ``veil``, under the camera's noise."""
    kept = 1 - area * (1 - left)
    noise = canvas.rng.normal(0, canvas.rng.uniform(1, 5), canvas.picture.shape)
    canvas.picture = canvas.picture * kept + area * (1 - left) * veil + noise
    canvas.hides = np.maximum(canvas.hides, np.clip((0.3 - kept) / 0.2, 0, 1))  # 0.3 of it is still read, 0.1 is not


def clear_glasses(canvas):
    """Frames without dark lenses: nothing is hidden."""
    rng = canvas.rng
    axes, power, level = rng.uniform((0.36, 0.25), (0.48, 0.4)), rng.uniform(0.4, 1), rng.uniform(0, 120)
    rims = [np.vstack((rim, rim[:1])) for rim in (ellipse((x, 0.05), axes, power=power) for x in (-0.5, 0.5))]
    lines = [*rims, [(-0.14, 0), (0.14, 0)], [(-1.3, -0.1), (-0.9, 0)], [(0.9, 0), (1.3, -0.1)]]
    canvas.paint(canvas.strokes(lines, rng.uniform(0.03, 0.09)), level, rng.uniform(0.5, 1))


def beard(canvas):
    """Short dark strokes around a mouth that is left free."""
    rng, level = canvas.rng, canvas.rng.uniform(0, 90)
    angles = rng.uniform(0, np.pi, 250) if rng.random() < 0.6 else rng.uniform(0, 2 * np.pi, 250)
    away = np.column_stack((np.cos(angles), np.sin(angles))) * rng.uniform((0.6, 0.3), (1.0, 0.85), (250, 2))
    starts = np.array([0, 1.08]) + away
    lines = [[start, start + rng.uniform(-0.08, 0.08, 2)] for start in starts if start[1] > 0.72]
    canvas.paint(canvas.strokes(lines, 0.05), level, rng.uniform(0.4, 0.9))


def beside(canvas):
    """Cloth at the edge of the picture: a collar, a cap, a curtain."""
    rng = canvas.rng
    left, right = -rng.uniform(0.85, 1.2), rng.uniform(0.85, 1.2)
    top, bottom = -rng.uniform(0.45, 0.8), rng.uniform(1.5, 1.8)
    boxes = ((-9, left, -9, 9), (right, 9, -9, 9), (-9, 9, -9, top), (-9, 9, bottom, 9))
    x0, x1, y0, y1 = boxes[rng.integers(4)]
    canvas.paint(canvas.area([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), cloth(canvas))


# How often each is drawn, in parts.
COVERS = {
    mask: 6, scarf: 2, hand: 4, hair: 3, dark_glasses: 4, erased: 4, thing: 3, shadow: 10, backlight: 8,
    scrap: 10, wrap: 6, fingers: 8, glare: 2, clear_glasses: 8, beard: 4, beside: 3,
}  # fmt: skip


def cover(face, points, rng, draw=None):
    """(the face with something drawn on it, uint8 (48, 48); the share of what an expression needs that it hides, 0 to 1).

    ``face``: uint8 (48, 48); ``points``: (5, 2), ``points_of`` it; ``draw``: one of ``COVERS``, or by chance."""
    draw = draw or rng.choice(list(COVERS), p=np.array(list(COVERS.values())) / sum(COVERS.values()))
    canvas = Canvas(face, points, rng)
    draw(canvas)
    return canvas.face(), canvas.hidden()


def readable(hidden):
    """1 for a face of which nothing is hidden, 0 from one half on: the mouth, both eyes, or a side."""
    return np.clip(1 - 2 * np.asarray(hidden), 0, 1)
