"""Things of any shape and any stuff before a face: what they hide is told by where they are, and not by what they look like.

The same shapes and stuffs lie over mouth and eyes and beside them, so a network has to miss what an expression needs.
"""

import cv2
import numpy as np

MOUTH, EYES, EYE = (0, 1.0), (0, 0), (0.5, 0)
ANYWHERE = (-1.3, -0.9), (1.3, 2.2)  # corners of the face, in its own frame
SEE_THROUGH = 0.15  # the share of things that are thin


def piece_of_itself(canvas):
    """The picture's own greys, from another place of it: turned, enlarged, more or less out of focus."""
    rng, middle = canvas.rng, canvas.side / 2
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 360), rng.uniform(0.7, 4))
    turn[:, 2] += rng.uniform(-0.5, 0.5, 2) * canvas.side
    piece = cv2.warpAffine(canvas.picture, turn, canvas.picture.shape[::-1], borderMode=cv2.BORDER_REFLECT_101)
    return cv2.GaussianBlur(piece, (0, 0), rng.uniform(0.02, 0.5) * canvas.unit())


def crumpled(canvas):
    """Folds and creases that run through each other, under a light from one side."""
    rng = canvas.rng
    x, y = grid(canvas)
    height = np.zeros_like(x)
    for _ in range(rng.integers(2, 6)):
        angle, often = rng.uniform(0, np.pi), rng.uniform(0.4, 3)
        bent = x * np.cos(angle) + y * np.sin(angle) + 0.2 * np.sin(2 * (y - x) + rng.uniform(0, 6))
        height += np.abs(np.sin(np.pi * often * bent + rng.uniform(0, 6))) / often
    light = np.gradient(height, axis=rng.integers(2)) * canvas.unit()
    return rng.uniform(20, 245) + rng.uniform(5, 40) * light


def tiles(canvas):
    """Patches of a few greys that meet in straight lines."""
    rng = canvas.rng
    x, y = grid(canvas)
    middles = rng.uniform(*ANYWHERE, (rng.integers(8, 60), 2))
    nearest = np.stack([(x - mx) ** 2 + (y - my) ** 2 for mx, my in middles]).argmin(0)
    greys = rng.uniform(10, 245, rng.integers(2, 5))
    return greys[rng.integers(len(greys), size=len(middles))][nearest]


def printed(canvas):
    """Letters or strokes on one grey."""
    rng, colour = canvas.rng, np.full_like(canvas.picture, canvas.rng.uniform(0, 255))
    for _ in range(rng.integers(4, 25)):
        place, grey = tuple(int(v) for v in rng.integers(0, canvas.side, 2)), float(rng.uniform(0, 255))
        if rng.random() < 0.5:
            cv2.putText(colour, "".join(rng.choice([*"ABEKMRSW238"], 4)), place, 0, rng.uniform(0.3, 1.2), grey, 2)
        else:
            axes = tuple(int(v) for v in rng.integers(3, canvas.side // 5, 2))
            cv2.ellipse(
                colour, place, axes, rng.uniform(0, 360), 0, rng.uniform(60, 360), grey, int(rng.integers(1, 5))
            )
    return colour


def plain(canvas):
    """One grey that gets lighter to one side."""
    x, y = grid(canvas)
    slope = canvas.rng.uniform(-60, 60, 2)
    return canvas.rng.uniform(0, 255) + slope[0] * x + slope[1] * (y - 1)


STUFFS = {piece_of_itself: 4, crumpled: 3, tiles: 2, printed: 1, plain: 2}  # how often each, in parts


def stuff(canvas):
    """A picture of greys (h, w) of any kind, with more or less grain."""
    rng = canvas.rng
    made = rng.choice(list(STUFFS), p=np.array(list(STUFFS.values())) / sum(STUFFS.values()))(canvas)
    return np.clip(made + rng.normal(0, rng.uniform(0, 8), canvas.picture.shape), 0, 255).astype(np.float32)


def grid(canvas):
    """float32 x and y (h, w) of each pixel in the face's own frame."""
    y, x = np.mgrid[0 : canvas.side, 0 : canvas.side].astype(np.float32)
    places = np.stack((x - canvas.frame[0, 2], y - canvas.frame[1, 2]), -1) @ np.linalg.pinv(canvas.frame[:, :2]).T
    return places[..., 0], places[..., 1]


def wavy(canvas, corners, rough):
    """float (corners,), about 0: a closed line of chance, from slow waves to fine teeth."""
    rng, angles = canvas.rng, np.linspace(0, 2 * np.pi, corners, endpoint=False)
    waves = np.arange(2, 14)
    sizes = rng.normal(0, 1, len(waves)) / waves ** rng.uniform(0.3, 1.5)
    return rough * np.sum(sizes[:, None] * np.cos(waves[:, None] * angles + rng.uniform(0, 6, (len(waves), 1))), 0)


def opacity(canvas):
    return canvas.rng.uniform(0.4, 0.95) if canvas.rng.random() < SEE_THROUGH else 1.0


def scrap(canvas):
    """A handkerchief, a paper, a cloth, a sticker: anything with an uneven edge, over the mouth, the eyes or anywhere."""
    rng, where = canvas.rng, canvas.rng.random()
    if where < 0.45:
        centre, axes = np.array(MOUTH) + rng.uniform((-0.2, -0.25), (0.2, 0.3)), rng.uniform((0.5, 0.35), (1.1, 0.8))
    elif where < 0.6:
        centre, axes = np.array(EYES) + rng.uniform(-0.15, 0.15, 2), rng.uniform((0.8, 0.25), (1.3, 0.5))
    else:
        centre, axes = rng.uniform(*ANYWHERE), rng.uniform(0.15, 0.8, 2)
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False) + rng.uniform(0, 6)
    corners = rng.choice((0.3, 0.6, 1.0))  # a box, or rounder
    outline = np.column_stack((np.cos(angles), np.sin(angles)))
    outline = np.sign(outline) * np.abs(outline) ** corners * (1 + wavy(canvas, 64, rng.uniform(0, 0.25)))[:, None]
    canvas.paint(canvas.area(centre + outline * axes), stuff(canvas), opacity(canvas))


def wrap(canvas):
    """Cloth around the lower face that begins at the nose, at the mouth, or below it, and ends at the chin or nowhere."""
    rng = canvas.rng
    top, slope, wide = rng.uniform(0.2, 0.8), rng.uniform(-0.3, 0.3), rng.uniform(0.8, 2)
    if rng.random() < 0.3:
        top = rng.uniform(1.5, 1.9)  # a collar
    x = np.linspace(-wide, wide, 40)
    upper = top + slope * x + rng.uniform(-0.2, 0.2) * x**2 + wavy(canvas, 80, rng.uniform(0, 0.15))[:40]
    tip = max(top + 0.5, rng.uniform(1.6, 2.8))
    lower = tip - rng.uniform(0, 0.8) * np.abs(x)
    area = canvas.area(np.vstack((np.column_stack((x, upper)), np.column_stack((x, np.maximum(lower, upper)))[::-1])))
    canvas.paint(area, stuff(canvas), opacity(canvas))


def fingers(canvas):
    """One or two hands of the face's own skin, each finger bent and rounded by its shade: over the mouth, an eye, a cheek,
    under the chin or beside the face."""
    rng = canvas.rng
    where = (MOUTH, MOUTH, MOUTH, EYE, EYES, (0.8, 0.6), (0, 2.0), (1.2, 0.2))[rng.integers(8)]
    side = rng.choice((-1, 1))
    for mirrored in (1, -1) if rng.random() < 0.25 else (1,):
        centre = np.array(where) * (side * mirrored, 1) + rng.uniform(-0.2, 0.2, 2)
        one_hand(canvas, centre, rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.36))


def one_hand(canvas, centre, angle, width):
    """Its fingers lie across ``centre`` at this ``angle``; ``width``: of a finger."""
    rng, skin = canvas.rng, cv2.GaussianBlur(piece_of_itself(canvas), (0, 0), 0.2 * canvas.unit())
    skin = skin + rng.uniform(0.5, 1) * (canvas.level - np.median(skin)) + rng.uniform(-25, 25)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    long, is_fist, spread = rng.uniform(0.6, 1.1), rng.random() < 0.25, rng.uniform(-0.05, 0.2)
    hand = [([[(-long, 0), (-1.3 * long, 0)]], 4.2 * width)]  # the palm
    for finger in np.arange(4) - 1.5:
        root = (-long, finger * width)
        tip = (long * (-0.2 if is_fist else rng.uniform(0.5, 0.8)), finger * (width + spread))
        bend = np.mean((root, tip), 0) + rng.uniform(-0.08, 0.08, 2)
        hand.append(([[root, bend, tip]], width * rng.uniform(0.9, 1.1)))
    if rng.random() < 0.6:
        thumb = rng.choice((-1, 1))
        line = [(-long, thumb * 2 * width), (-0.3 * long, thumb * rng.uniform(2.5, 4) * width)]
        hand.append(([line], width * 1.1))
    for lines, wide in hand:
        area = canvas.strokes([np.array(line) @ turn + centre for line in lines], wide)
        depth = cv2.distanceTransform((area > 0).astype(np.uint8), cv2.DIST_L2, 3)
        round_ = np.sqrt(np.clip(2 * depth / max(1.0, wide * canvas.unit()), 0, 1))
        canvas.paint(area, skin * (rng.uniform(0.45, 0.8) * (1 - round_) + round_))


def glare(canvas):
    """Light that falls into the lens or onto glasses: one or two white places with soft edges."""
    rng = canvas.rng
    x, y = grid(canvas)
    for mx, my in ((-0.5, 0), (0.5, 0)) if rng.random() < 0.5 else (rng.uniform(*ANYWHERE),):
        wide = rng.uniform(0.15, 0.9)
        near = np.exp(-((((x - mx) ** 2 + (y - my) ** 2) / wide**2) ** rng.uniform(0.7, 3))) * rng.uniform(0.7, 1.3)
        seen = np.clip(near, 0, 1)
        canvas.picture += seen * (rng.uniform(225, 255) - canvas.picture)
        canvas.hides = np.maximum(canvas.hides, np.clip((seen - 0.7) / 0.2, 0, 1))
