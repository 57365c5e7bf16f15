"""What is named of faces that cannot be read: camera pictures with a face turned, cut off, too near, small or covered, or with
somebody else's, looked at as a camera's first frame is (fer/vision/eye.py), and without the eye.

Made here from photos of faces: skimage's astronaut and a folder or zip, such as ORL. The same for every run.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from fer.config import Settings
from fer.records import EMOTIONS, STUDENT, UNSURE, Box, Status
from fer.vision.eye import Limits, Memory, look, remember
from fer.vision.preprocess import FACE_SIZE, crop_face, to_grey
from train import judged_covers as judged
from train.cover import MEAN_POINTS, Canvas

SIZE_HW = (240, 320)  # of a camera's picture
FACE_PX = 110  # height of the face in it
TRIED_PX = 200  # height of a photo in which its face is sought first
EDGES = ("left", "right", "top", "bottom")
POSTER_AT, STUDENT_AT = (0.8, 0.22), (0.35, 0.55)
BLACK_BELOW = 24  # what was called a camera that is off before: no pixel brighter
SIZES_PX = (12, 16, 20, 24, 28, 32, 40)


@dataclass(frozen=True)
class Portrait:
    """A photo uint8 BGR of one person, enlarged so that the face is ``FACE_PX`` high; its box in ``scene`` of the photo."""

    photo_bgr: np.ndarray
    box_xyxy: Box


@dataclass(frozen=True)
class Judge:
    """What looks: a detector, uint8 faces (n, 48, 48) -> head -> (2, n, width) of both views, and the card's threshold."""

    detector: object
    said_of: object
    readable_below: float


def astronaut_bgr():
    from skimage import data

    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)[0:260, 110:330]


def room(size_hw=SIZE_HW):
    """A picture without a face: a grey gradient."""
    ramp = np.linspace(70, 150, size_hw[1], dtype=np.uint8)
    return np.repeat(np.tile(ramp, (size_hw[0], 1))[:, :, None], 3, axis=2)


def scene(photo_bgr, at=(0.5, 0.5), share=1.0, onto=None):
    """The photo, ``share`` as large, with soft edges in a room, or in the picture ``onto``; ``at``: its centre (x, y)."""
    picture = (room() if onto is None else onto).astype(np.float32)
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    photo = cv2.resize(photo_bgr, None, fx=share, fy=share, interpolation=how).astype(np.float32)
    (rows, columns), soft = photo.shape[:2], max(1, photo.shape[0] // 14)
    weight = np.zeros((rows, columns), np.float32)
    weight[soft:-soft, soft:-soft] = 1
    weight = cv2.GaussianBlur(weight, (0, 0), soft / 2)[..., None]
    top, left = round(picture.shape[0] * at[1] - rows / 2), round(picture.shape[1] * at[0] - columns / 2)
    y1, x1, y2, x2 = max(0, top), max(0, left), min(picture.shape[0], top + rows), min(picture.shape[1], left + columns)
    part = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
    picture[y1:y2, x1:x2] += weight[part] * (photo[part] - picture[y1:y2, x1:x2])
    return picture.round().astype(np.uint8)


def portraits(photos, detector):
    """Those of the photos in which a face is found."""
    found = []
    for photo in photos:
        seen = detector.detect(scene(photo, share=TRIED_PX / photo.shape[0]))
        if not seen:
            continue
        share = TRIED_PX / photo.shape[0] * FACE_PX / (seen[0].box_xyxy[3] - seen[0].box_xyxy[1])
        large = cv2.resize(photo, None, fx=share, fy=share, interpolation=cv2.INTER_CUBIC)
        seen = detector.detect(scene(large))
        if seen:
            found.append(Portrait(large, seen[0].box_xyxy))
    return found


def drawn_over(portrait, function, row):
    """The portrait in a room with a cover drawn on it, in grey; None where it hides too little to count."""
    grey = to_grey(scene(portrait.photo_bgr))
    left = (SIZE_HW[1] - SIZE_HW[0]) // 2
    square = grey[:, left : left + SIZE_HW[0]]  # a cover is drawn on a square
    x1, y1, x2, y2 = portrait.box_xyxy
    corner = np.float32([(x1 + x2 - (y2 - y1)) / 2 - left, y1])
    points = corner + MEAN_POINTS * (y2 - y1) / FACE_SIZE
    canvas = Canvas(square, points, np.random.default_rng(row))
    function(canvas)
    if canvas.hidden() < judged.HIDES and function not in judged.HIDES_NOTHING:
        return None
    square[:] = cv2.resize(np.clip(canvas.picture, 0, 255).astype(np.uint8), square.shape, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def cut(portrait, share, edge):
    """The picture that ends so that this share of the face lies beyond that edge."""
    x1, y1, x2, y2 = portrait.box_xyxy
    across, down = share * (x2 - x1), share * (y2 - y1)
    picture = scene(portrait.photo_bgr)
    return {
        "left": picture[:, max(0, round(x1 + across)) :],
        "right": picture[:, : round(x2 - across)],
        "top": picture[max(0, round(y1 + down)) :],
        "bottom": picture[: round(y2 - down)],
    }[edge]


def kinds():
    """Kind -> (portrait, row) -> a camera's picture, or None."""
    made = {"as it is": lambda one, row: scene(one.photo_bgr)}
    made["upside down"] = lambda one, row: np.rot90(scene(one.photo_bgr), 2).copy()
    made["on its side"] = lambda one, row: np.rot90(scene(one.photo_bgr), 1 + 2 * (row % 2)).copy()
    for share in (0.1, 0.2, 0.35, 0.5):
        made[f"{share:.0%} beyond an edge".replace("%", " %")] = lambda one, row, share=share: cut(
            one, share, EDGES[row % 4]
        )
    for times in (1.5, 2.5):
        made[f"{times * FACE_PX / SIZE_HW[0]:.1f} times as high as the picture"] = lambda one, row, times=times: scene(
            one.photo_bgr, share=times
        )
    for name, function in judged.JUDGED.items():
        made[name] = lambda one, row, function=function: drawn_over(one, function, row)
    return made


def without_the_eye(picture_bgr, judge):
    """(box, probabilities) of the surest face as the picture is; None without one."""
    faces = judge.detector.detect(picture_bgr)
    if not faces or picture_bgr.max() < BLACK_BELOW:
        return None
    crop = crop_face(picture_bgr, faces[0].box_xyxy, judge.detector.name)
    return faces[0].box_xyxy, judge.said_of(crop[None])["emotion"].mean(0)[0]


def by_the_eye(picture_bgr, judge):
    """The status of the picture and the readings of its faces, as of a camera's first frame."""
    memory = Memory()
    sight = look(picture_bgr, judge.detector, memory)
    if not sight.seen:
        return sight.status, []
    views = judge.said_of(np.stack([one.crop for one in sight.seen]))
    limits = Limits(Settings.unsure_below, judge.readable_below)
    return sight.status, remember(memory, sight, views["emotion"].mean(0), views["readable"].mean(0)[:, 0], limits)


def judge_kinds(people, judge):
    """Per kind: how many pictures, in how many a name is said, without the eye and by it, and how often another name than
    for the same face as it is."""
    own = [without_the_eye(scene(one.photo_bgr), judge)[1].argmax() for one in people]
    return [{"change": name, **judge_kind(make, people, own, judge)} for name, make in kinds().items()]


def judge_kind(make, people, own, judge):
    counts = dict.fromkeys(("pictures", "before", "another_before", "named", "another"), 0)
    for row, (one, label) in enumerate(zip(people, own, strict=True)):
        picture = make(one, row)
        if picture is None:
            continue
        counts["pictures"] += 1
        found = without_the_eye(picture, judge)
        if found is not None and found[1].max() >= Settings.unsure_below:
            counts["before"] += 1
            counts["another_before"] += int(found[1].argmax() != label)
        status, readings = by_the_eye(picture, judge)
        if status is Status.FACE and readings[0].expression != UNSURE:
            counts["named"] += 1
            counts["another"] += int(EMOTIONS.index(readings[0].expression) != label)
    return counts


def judge_posters(people, judge):
    """A smaller face behind a student: how often it was counted, and how often it was taken for the student."""
    counts = dict.fromkeys(("pictures", "counted_before", "first_before", "counted"), 0)
    for one, poster in zip(people, people[1:] + people[:1], strict=True):
        picture = scene(poster.photo_bgr, POSTER_AT, 0.5)
        picture = scene(one.photo_bgr, STUDENT_AT, 0.85, picture)
        faces = judge.detector.detect(picture)
        counts["pictures"] += 1
        counts["counted_before"] += sum(is_poster(face.box_xyxy) for face in faces)
        counts["first_before"] += bool(faces) and is_poster(faces[0].box_xyxy)
        _, readings = by_the_eye(picture, judge)
        counts["counted"] += sum(is_poster(each.box_xyxy) for each in readings if each.role == STUDENT)
    return counts


def is_poster(box_xyxy):
    x, y = (box_xyxy[0] + box_xyxy[2]) / 2 / SIZE_HW[1], (box_xyxy[1] + box_xyxy[3]) / 2 / SIZE_HW[0]
    return bool(np.hypot(x - POSTER_AT[0], y - POSTER_AT[1]) < np.hypot(x - STUDENT_AT[0], y - STUDENT_AT[1]))


def covered_lenses():
    """Pictures of cameras that show nothing."""
    rng = np.random.default_rng(0)
    made = [
        np.clip(rng.normal(mean, wide, (*SIZE_HW, 3)), 0, 255) for mean, wide in ((0, 2), (8, 6), (20, 20), (45, 25))
    ]
    pixel = np.zeros((*SIZE_HW, 3))
    pixel[100, 100] = 255
    made += [pixel, *(icon(*levels) for levels in ((0, 255), (45, 180), (20, 90)))]
    return [picture.astype(np.uint8) for picture in made]


def icon(ground, level):
    """A camera that is crossed out."""
    picture = np.full((*SIZE_HW, 3), ground, np.float32)
    cv2.rectangle(picture, (120, 95), (180, 145), (level,) * 3, 5)
    cv2.line(picture, (110, 160), (210, 80), (level,) * 3, 6)
    return picture


def judge_lenses(judge):
    """Of cameras that show nothing: how many are said to be off, before and by the eye."""
    made = covered_lenses()
    now = [by_the_eye(picture, judge)[0] is Status.CAMERA_OFF for picture in made]
    return {"pictures": len(made), "before": sum(bool(one.max() < BLACK_BELOW) for one in made), "off": sum(now)}


def judge_sizes(said_of, pixels, every=4):
    """Faces uint8 (n, 48, 48) made smaller: the share that is named, and of those the share with the name it has at 48 px."""
    pixels = pixels[::every]
    own = said_of(pixels)["emotion"].mean(0).argmax(1)
    rows = []
    for px in SIZES_PX:
        small = [cv2.resize(face, (px, px), interpolation=cv2.INTER_AREA) for face in pixels]
        large = [cv2.resize(face, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_LINEAR) for face in small]
        views = said_of(np.stack(large))["emotion"].mean(0)
        named = views.max(1) >= Settings.unsure_below
        same = float((views.argmax(1) == own)[named].mean()) if named.any() else 0.0
        rows.append({"px": px, "named": float(named.mean()), "same_name": same})
    return rows
