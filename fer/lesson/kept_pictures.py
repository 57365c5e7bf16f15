"""What a teacher keeps of the page Pictures and of a mirror's group photo, and opens again.

The file of a picture is kept, and that of a video up to ``KEPT_BYTES``. Who somebody is is never kept: a picture that is
opened is asked anew, so that whoever was deleted since has no name in it.
"""

import time
from collections.abc import Iterable
from io import BytesIO

import numpy as np

from fer.lesson.pictures import SHOWN_PX, Given, Look, Pictures, Result, Work
from fer.lesson.reader import PICTURE_BYTES
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from fer.store.store import Store
from fer.vision import video
from fer.vision.analyze import decode
from fer.vision.annotate import annotated, as_jpeg, small
from fer.vision.cards import Card
from fer.vision.group_photo import Frame

KEPT_BYTES = PICTURE_BYTES
THUMBNAIL_PX, THUMBNAIL_QUALITY = 320, 80
PHOTO_QUALITY = 95


def keep(store: Store, work: Work, result: Result) -> int:
    """The id of the kept picture."""
    given = result.given
    content = given.content if len(given.content) <= KEPT_BYTES else None
    picture = KeptPicture(
        given.name, thumbnail_of(first_picture(given)), time.time(), work.country, work.purpose, work.owner_id
    )
    return store.keep_picture(picture, content, read_of(result))


def keep_photo(store: Store, photo: Frame, card: Card, use: tuple[str, str], owner_id: int | None) -> int:
    """A group photo; ``use``: the country and the purpose of its mirror."""
    now, (height, width) = time.time(), photo.picture_bgr.shape[:2]
    look = KeptLook([reading for _, reading in photo.faces], [number for number, _ in photo.faces])
    picture = KeptPicture("group photo.jpg", thumbnail_of(photo.picture_bgr), now, *use, owner_id)
    read = KeptRead(card.name, card.version, width, height, [look], now)
    return store.keep_picture(picture, as_jpeg(photo.picture_bgr, PHOTO_QUALITY), read)


def read_of(result: Result) -> KeptRead:
    looks = [KeptLook(one.readings, one.numbers, one.time_s) for one in result.looks]
    return KeptRead(result.model, result.version, result.width, result.height, looks, time.time())


def first_picture(given: Given) -> np.ndarray:
    if not given.is_video:
        return decode(BytesIO(given.content), given.name)
    with video.open_video(BytesIO(given.content), given.name) as opened:
        return next(picture_bgr for _, _, picture_bgr in video.pictures(opened, 1.0))


def thumbnail_of(picture_bgr: np.ndarray) -> bytes:
    return as_jpeg(small(picture_bgr, [], THUMBNAIL_PX)[0], THUMBNAIL_QUALITY)


def opened(pictures: Pictures, store: Store, picture: KeptPicture, read: KeptRead) -> Work:
    """As work that is done: a picture with its faces marked, of a video its small picture at all times."""
    given = Given(f"kept-{picture.id}", picture.name, store.picture_file(picture.id) or b"")
    result = Result(given, read.model, read.version, read.width, read.height)
    result.looks = list(looks_of(given, picture, read.looks))
    return pictures.opened(result, picture.country, picture.purpose, picture.owner_id)


def looks_of(given: Given, picture: KeptPicture, looks: Iterable[KeptLook]) -> Iterable[Look]:
    for look in looks:
        shown = picture.thumbnail
        if not given.is_video:
            copy, readings = small(decode(BytesIO(given.content), given.name), look.readings, SHOWN_PX)
            shown = as_jpeg(annotated(copy, readings, look.numbers))
        yield Look(shown, look.readings, look.numbers, look.time_s)
