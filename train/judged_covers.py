"""What faces are covered with to judge a model: what ``train.cover`` teaches, and what no training face is covered with.

Those drawn here share neither shapes nor textures with those taught: cloth is noise of several sizes, skin and its light are
taken from the face itself, edges are uneven, and light falls on a face that is round.
"""

import cv2
import numpy as np

from train import cover as taught
from train.cover import ellipse

HIDES = 0.4  # of what an expression needs; a drawing that was meant to hide something and hides less is left out


def other_mask(canvas):
    """Masks as no training mask is drawn, to judge by: a cup with a valve, a checked cloth, or one flat colour."""
    rng, kind = canvas.rng, canvas.rng.integers(3)
    level, y = rng.uniform(0, 255), np.mgrid[0 : canvas.side, 0 : canvas.side][0].astype(np.float32)
    if kind == 0:
        straps = [[(s * 0.8, 0.9), (s * 1.6, end)] for s in (-1, 1) for end in (0.1, 1.1)]
        canvas.paint(canvas.strokes(straps, 0.08), rng.uniform(60, 255))
        middle, unit = canvas.at([(0, 1.0)])[0, 0], canvas.unit()
        far = np.hypot(y - middle[1], np.mgrid[0 : canvas.side, 0 : canvas.side][1] - middle[0]) / unit
        cup = canvas.area(ellipse((0, 1.05), (0.85, 0.75)))
        canvas.paint(cup, np.clip(level + 30 - 50 * far, 0, 255).astype(np.float32))
        canvas.paint(canvas.area(ellipse((0.35, 1.15), (0.2, 0.2))), 255 - level)
    elif kind == 1:
        checks = (np.indices((canvas.side,) * 2) // max(2, round(0.12 * canvas.unit()))).sum(0) % 2
        shape = [(-0.9, 0.35), (0, 0.5), (0.9, 0.35), (0.8, 1.3), (0.3, 1.75), (-0.3, 1.75), (-0.8, 1.3)]
        canvas.paint(canvas.area(shape), (level + 70 * (checks - 0.5)).clip(0, 255).astype(np.float32))
    else:
        shape = [(-1.1, 0.5), (-0.4, 0.3), (0.4, 0.3), (1.1, 0.5), (0.8, 1.6), (0, 1.9), (-0.8, 1.6)]
        canvas.paint(canvas.area(shape), level)


def low_mask(canvas):
    """A mask below the nose as no training mask is drawn: one level, and straight edges."""
    shape = [(-0.95, 0.8), (0, 0.88), (0.95, 0.8), (0.8, 1.4), (0.3, 1.8), (-0.3, 1.8), (-0.8, 1.4)]
    canvas.paint(canvas.area(shape), canvas.rng.uniform(0, 255))


def printed_mask(canvas):
    """A mask with a mouth printed on it, as no training mask has."""
    shape = [(-0.95, 0.4), (0, 0.3), (0.95, 0.4), (0.85, 1.3), (0.3, 1.8), (-0.3, 1.8), (-0.85, 1.3)]
    canvas.paint(canvas.area(shape), canvas.rng.uniform(150, 255))
    canvas.paint(canvas.strokes([[(-0.4, 1.05), (0, 1.05 + canvas.rng.uniform(-0.15, 0.15)), (0.4, 1.05)]], 0.08), 30)


def noise(canvas, sizes_px):
    """float32 (h, w), mean 0, deviation 1: spots of these sizes over each other, the larger the stronger."""
    rng, side = canvas.rng, canvas.side
    layers = [
        size * cv2.resize(rng.normal(0, 1, (max(2, side // size),) * 2), (side, side), interpolation=cv2.INTER_CUBIC)
        for size in sizes_px
    ]
    total = np.sum(layers, axis=0)
    return ((total - total.mean()) / total.std()).astype(np.float32)


def edge(canvas, start, end, jag, corners=40):
    """Places from ``start`` to ``end``, moved up and down by chance."""
    line = np.linspace(start, end, corners)
    up_and_down = np.convolve(canvas.rng.normal(0, 1, corners + 6), np.ones(7) / 7, "valid")
    return line + np.column_stack((np.zeros(corners), jag * up_and_down))


def patterned_cloth(canvas):
    """A mask or a bandana of printed cloth: two or three greys in spots, as of flowers or camouflage."""
    rng = canvas.rng
    greys = np.sort(rng.uniform(20, 240, 3))
    print_ = np.digitize(noise(canvas, (18, 9)), (-0.4, 0.5))
    light = 1 + 0.12 * noise(canvas, (36,))
    top, tip = rng.uniform(0.3, 0.6), rng.uniform(1.7, 2.6)  # a bandana ends in a tip
    upper = edge(canvas, (-1.0, top), (1.0, top), 0.06)
    shape = [*upper, (0.95, 1.2), (0.4, 0.8 * tip), (0, tip), (-0.4, 0.8 * tip), (-0.95, 1.2)]
    canvas.paint(canvas.area(shape), np.clip(greys[print_] * light, 0, 255).astype(np.float32))


def knitted_scarf(canvas):
    """A thick scarf, or a collar pulled up over the nose: ribs, and rolls that throw shadows."""
    rng, unit = canvas.rng, canvas.unit()
    y, x = np.mgrid[0 : canvas.side, 0 : canvas.side].astype(np.float32) / unit
    slope = rng.uniform(-0.35, 0.35)
    rolls = 0.25 * np.sin(2 * np.pi * (y - slope * x) / rng.uniform(0.5, 0.9))
    ribs = 0.12 * np.sin(2 * np.pi * x / rng.uniform(0.09, 0.16))
    wool = rng.uniform(40, 200) * (1 + rolls + ribs + 0.06 * noise(canvas, (3,)))
    top = rng.uniform(0.35, 0.6)
    upper = edge(canvas, (-4, top - slope), (4, top + slope), 0.15)
    canvas.paint(canvas.area([*upper, (4, 6), (-4, 6)]), np.clip(wool, 0, 255).astype(np.float32))


def skin(canvas):
    """A picture of greys with the face's own brightness: its cheeks, smoothed and enlarged, under a light of its own."""
    x, y = canvas.at([(0, 0.35)])[0, 0]
    wide = max(3, round(0.6 * canvas.unit()))
    patch = canvas.picture[max(0, y - wide // 4) : y + wide // 4 + 1, max(0, x - wide) : x + wide + 1]
    large = cv2.resize(cv2.GaussianBlur(patch, (0, 0), 3), (canvas.side,) * 2, interpolation=cv2.INTER_LINEAR)
    return np.clip(large * canvas.rng.uniform(0.85, 1.15) + 3 * noise(canvas, (12, 4)), 0, 255).astype(np.float32)


def finger(start, end, width):
    """Places around a finger from ``start`` to its tip at ``end``."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = end - start
    turned = np.column_stack((along, (-along[1], along[0]))) / np.linalg.norm(along)
    long = ellipse((0, 0), (np.linalg.norm(along) / 2 + width / 2, width / 2), corners=32, power=0.6)
    return long @ turned.T + (start + end) / 2


def draw_hand(canvas, palm, axes, fingers, width):
    """A palm and fingers of the face's skin, round by their shades, each with its edge."""
    colour, dark = skin(canvas), canvas.rng.uniform(0.55, 0.8)
    for shape in (ellipse(palm, axes, power=0.8), *(finger(*each, width) for each in fingers)):
        canvas.paint(canvas.area(shape), colour * dark)
        middle = np.mean(shape, axis=0)
        canvas.paint(canvas.area(middle + 0.88 * (shape - middle)), colour)


def hand_over_mouth(canvas):
    """A hand laid over the mouth from a side, its fingers across the other cheek; or a fist before it."""
    rng, side = canvas.rng, canvas.rng.choice((-1, 1))
    y = rng.uniform(0.9, 1.15)
    if rng.random() < 0.3:
        fingers = [((-0.35 + 0.24 * i, y - 0.25), (-0.35 + 0.24 * i, y + 0.2)) for i in range(4)]
        return draw_hand(canvas, (0, y + 0.15), (0.62, 0.6), fingers, 0.27)
    tips = rng.uniform(-1.0, -0.7)
    fingers = [((0.5, y - 0.33 + 0.24 * i), (tips + 0.08 * abs(i - 1.4), y - 0.42 + 0.27 * i)) for i in range(4)]
    fingers = [((side * a, b), (side * c, d)) for (a, b), (c, d) in fingers]
    return draw_hand(canvas, (side * 0.95, y + 0.1), (0.7, 0.6), fingers, 0.28)


def hands_before_the_face(canvas):
    """Both hands before the face: eyes and half of the mouth behind the fingers."""
    for side in (-1, 1):
        x = side * canvas.rng.uniform(0.45, 0.6)
        fingers = [((x + side * (0.22 * i - 0.3), 0.5), (x + side * (0.26 * i - 0.4), -0.75)) for i in range(4)]
        draw_hand(canvas, (x, 0.95), (0.55, 0.65), fingers, 0.25)


def fringe(canvas):
    """Hair down over both eyes: one dark mass with a jagged edge and fine light strands."""
    rng, low = canvas.rng, canvas.rng.uniform(0.15, 0.4)
    level = rng.uniform(15, 110)
    lower = edge(canvas, (1.3, low), (-1.3, low), 0.25)
    mass = canvas.area([(-1.5, -2), (1.5, -2), *lower])
    y, x = np.mgrid[0 : canvas.side, 0 : canvas.side].astype(np.float32)
    strands = cv2.resize(rng.normal(0, 1, (1, canvas.side // 2)), (canvas.side,) * 2).astype(np.float32)
    canvas.paint(mass, np.clip(level + 14 * strands + 10 * noise(canvas, (24,)), 0, 255))


def telephone(canvas):
    """A telephone held before the mouth: a dark slab with round corners, a rim, lenses and a reflection."""
    rng = canvas.rng
    angle, centre = rng.uniform(-0.5, 0.5), np.array((rng.uniform(-0.15, 0.15), rng.uniform(1.0, 1.2)))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    half = np.array((0.5, 0.95) if rng.random() < 0.5 else (0.95, 0.5))
    body = ellipse((0, 0), half, corners=48, power=0.25)
    level = rng.uniform(10, 90)
    canvas.paint(canvas.area(body @ turn + centre), min(255, level + 90))
    shine = level + 40 * noise(canvas, (40,)).clip(0, 2)
    canvas.paint(canvas.area(0.94 * body @ turn + centre), np.clip(shine, 0, 255))
    for place in ((-0.6, -0.75), (-0.6, -0.5)):
        lens = ellipse(np.array(place) * half, (0.09, 0.09))
        canvas.paint(canvas.area(lens @ turn + centre), 5)


def mug(canvas):
    """A mug at the mouth: round by its shade, with a rim, a handle and a hand's fingers around it."""
    rng, side = canvas.rng, canvas.rng.choice((-1, 1))
    x, top, wide = rng.uniform(-0.1, 0.1), rng.uniform(0.55, 0.8), rng.uniform(0.55, 0.75)
    ring = ellipse((x + side * (wide + 0.15), top + 0.6), (0.3, 0.36))
    level = rng.uniform(60, 240)
    canvas.paint(canvas.strokes([[*ring, ring[0]]], 0.13), level * 0.8)
    across = (np.mgrid[0 : canvas.side, 0 : canvas.side][1] - canvas.at([(x, top)])[0, 0, 0]) / (wide * canvas.unit())
    body = np.clip(level * (1.05 - 0.5 * (across - rng.uniform(-0.5, 0.5)) ** 2), 0, 255).astype(np.float32)
    canvas.paint(
        canvas.area([(x - wide, top), (x + wide, top), (x + 0.9 * wide, top + 1.5), (x - 0.9 * wide, top + 1.5)]), body
    )
    canvas.paint(canvas.area(ellipse((x, top), (wide, 0.16))), level * 0.6)
    fingers = [((x - side * 0.9, top + 0.4 + 0.25 * i), (x + side * 0.2, top + 0.45 + 0.25 * i)) for i in range(3)]
    draw_hand(canvas, (x - side * 1.1, top + 0.8), (0.35, 0.5), fingers, 0.24)


def tissue(canvas):
    """A handkerchief before nose and mouth, white and crumpled, with a hand below it."""
    rng = canvas.rng
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    far = 1 + rng.normal(0, 0.12, 24)
    shape = np.array((0, 0.95)) + np.column_stack((0.8 * far * np.cos(angles), 0.6 * far * np.sin(angles)))
    folds = cv2.Sobel(noise(canvas, (20, 8)), cv2.CV_32F, 1, 1, ksize=5)
    canvas.paint(canvas.area(shape), np.clip(rng.uniform(190, 245) + 18 * folds / folds.std(), 0, 255))
    fingers = [((0.7 - 0.3 * i, 1.7), (0.45 - 0.3 * i, 1.2)) for i in range(4)]
    draw_hand(canvas, (0, 2.0), (0.9, 0.5), fingers, 0.27)


def roundness(canvas, towards):
    """float32 (h, w), 0 to 1: how much light from ``towards`` (x, y, z) falls on an egg-shaped head, 0 beside it."""
    y, x = np.mgrid[0 : canvas.side, 0 : canvas.side].astype(np.float32)
    places = np.stack((x - canvas.frame[0, 2], y - canvas.frame[1, 2]), -1) @ np.linalg.inv(canvas.frame[:, :2]).T
    x, y = places[..., 0] / 1.25, (places[..., 1] - 0.4) / 1.7
    z = np.sqrt(np.maximum(0.02, 1 - x**2 - y**2))
    towards = np.asarray(towards) / np.linalg.norm(towards)
    return np.clip(x * towards[0] + y * towards[1] + z * towards[2], 0, 1)


def lit(canvas, light, exposure, ambient):
    """The face under that much light; what is black, or white, is gone."""
    seen = canvas.picture * (ambient + exposure * light) + canvas.rng.normal(0, 3, canvas.picture.shape)
    kept = ambient + exposure * light
    gone = np.maximum(
        np.clip((0.22 - kept) / 0.15, 0, 1), np.clip((cv2.GaussianBlur(seen, (0, 0), 3) - 250) / 40, 0, 1)
    )
    canvas.picture, canvas.hides = np.clip(seen, 0, 255).astype(np.float32), gone.astype(np.float32)


def one_sided_light(canvas):
    """A lamp at one side: the other half of the face is black, the near cheek white."""
    rng, side = canvas.rng, canvas.rng.choice((-1, 1))
    lit(canvas, roundness(canvas, (side, rng.uniform(-0.4, 0.2), rng.uniform(-0.2, 0.2))), rng.uniform(1.2, 2.5), 0.03)


def before_a_window(canvas):
    """A bright window behind: the face a dark shape in its glare, dim light on its edge only."""
    rng = canvas.rng
    head = cv2.GaussianBlur((roundness(canvas, (0, 0, 1)) > 0.2).astype(np.float32), (0, 0), 0.08 * canvas.unit())
    window = np.clip(245 + 12 * noise(canvas, (48,)), 0, 255)
    face = canvas.picture * rng.uniform(0.04, 0.12) + rng.uniform(0, 25)
    glare = cv2.GaussianBlur(window * (1 - head), (0, 0), 0.5 * canvas.unit()) * rng.uniform(0.05, 0.2)
    picture = head * (face + glare) + (1 - head) * window + rng.normal(0, 4, canvas.picture.shape)
    canvas.picture, canvas.hides = np.clip(picture, 0, 255).astype(np.float32), head


def high_fringe(canvas):
    """Hair that ends above the brows."""
    lower = edge(canvas, (1.3, -0.62), (-1.3, -0.62), 0.08)
    canvas.paint(canvas.area([(-1.5, -2), (1.5, -2), *lower]), canvas.rng.uniform(15, 110) + 8 * noise(canvas, (2,)))


def chin_on_hand(canvas):
    """A fist under the chin."""
    fingers = [((-0.4 + 0.26 * i, 1.75), (-0.4 + 0.26 * i, 2.2)) for i in range(4)]
    draw_hand(canvas, (0, 2.1), (0.7, 0.4), fingers, 0.28)


def headset(canvas):
    """A bow over the head, a cushion at an ear, and a microphone beside the mouth."""
    rng, side = canvas.rng, canvas.rng.choice((-1, 1))
    level = rng.uniform(0, 70)
    canvas.paint(canvas.strokes([[(side * 1.15, 0.5), (side * 1.05, 1.3), (side * 0.72, 1.5)]], 0.06), level)
    canvas.paint(canvas.area(ellipse((side * 0.68, 1.5), (0.12, 0.09))), level)
    canvas.paint(canvas.area(ellipse((side * 1.2, 0.35), (0.22, 0.4))), level + 20)


def soft_side_light(canvas):
    """A lamp before the face and to one side, in a room that is bright enough."""
    lit(canvas, roundness(canvas, (canvas.rng.choice((-0.7, 0.7)), -0.2, 1)), 0.7, 0.45)


LOWER_HALF = {
    "a mask, drawn as none in training": other_mask,
    "such a mask below the nose": low_mask,
    "such a mask with a mouth printed on it": printed_mask,
    "printed cloth": patterned_cloth,
    "a knitted scarf": knitted_scarf,
    "a hand over the mouth": hand_over_mouth,
    "a telephone before the mouth": telephone,
    "a mug at the mouth": mug,
    "a handkerchief": tissue,
}  # none of them taught
OTHERS = {
    "both hands before the face": hands_before_the_face,
    "a fringe over the eyes": fringe,
    "a lamp at one side": one_sided_light,
    "before a bright window": before_a_window,
}  # nor these
HARMLESS = {
    "a fringe above the brows": high_fringe,
    "the chin on a fist": chin_on_hand,
    "a headset": headset,
    "soft light from one side": soft_side_light,
}  # such a face should keep its name, and those are not taught either
TAUGHT = {
    "a mask": taught.mask,
    "a hand": taught.hand,
    "hair": taught.hair,
    "dark glasses": taught.dark_glasses,
    "half of it erased": taught.erased,
    "half of it in the shadow": taught.shadow,
    "strong backlight": taught.backlight,
}
TAUGHT_HARMLESS = {
    "clear glasses": taught.clear_glasses,
    "a beard": taught.beard,
    "cloth beside the face": taught.beside,
}
JUDGED = LOWER_HALF | OTHERS | TAUGHT | HARMLESS | TAUGHT_HARMLESS
HIDES_NOTHING = (*HARMLESS.values(), *TAUGHT_HARMLESS.values())
