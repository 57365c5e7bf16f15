"""Where kept pictures show somebody: whoever is deleted is deleted there, too.

No name is kept with a picture, so the faces in it are compared with the person's, as surely as a name would be given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from fer.store.store import Store
from fer.vision import video
from fer.vision.analyze import PictureError, decode
from fer.vision.identity import FIXED_THRESHOLD, similarity_to
from fer.vision.known_people import KnownPeople


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept picture that shows somebody, and what was seen in it without their face."""

    picture: KeptPicture
    others: list[KeptRead]


def pictures_with(people: KnownPeople, person_id: int) -> list[Shown]:
    """The newest first. Not found: in videos whose file is not kept, and where the face is not recognised."""
    faces = [one.vector for one in people.store.faces(people.vectors.version) if one.person_id == person_id]
    if not faces:
        return []
    found = []
    for picture in people.store.kept_pictures():
        content, reads = people.store.picture_file(picture.id), people.store.reads_of(picture.id)
        others = [_without(people, np.array(faces), picture.name, content or b"", read) for read in reads]
        if others != reads:
            found.append(Shown(picture, others))
    return found


def delete_in(store: Store, shown: list[Shown], with_pictures: bool) -> None:
    """What was read of their face, or the whole pictures."""
    for one in shown:
        if with_pictures:
            store.delete_picture(one.picture.id)
        else:
            store.replace_reads(one.picture.id, one.others)


def _without(people: KnownPeople, faces: np.ndarray, name: str, content: bytes, read: KeptRead) -> KeptRead:
    looks = list(read.looks)
    try:
        for place, picture_bgr in _pictures(name, content, looks):
            vectors = people.vectors_in(picture_bgr, [one.box_xyxy for one in looks[place].readings])
            looks[place] = _others(looks[place], [_is_alike(people.vectors.kind, faces, one) for one in vectors])
    except PictureError:  # a video that is cut off, as far as it goes
        pass
    return replace(read, looks=looks)


def _pictures(name: str, content: bytes, looks: list[KeptLook]) -> Iterator[tuple[int, np.ndarray]]:
    """The place of each look with a face, and its picture; nothing where the file is not kept."""
    with_face = {look.time_s: place for place, look in enumerate(looks) if look.readings}
    if not content or not with_face:
        return
    if Path(name).suffix.lower() not in video.SUFFIXES:
        yield from ((place, decode(BytesIO(content), name)) for place in with_face.values())
        return
    with video.open_video(BytesIO(content), name) as opened:
        for time_s, picture_bgr in video.pictures_at(opened, {time_s for time_s in with_face if time_s is not None}):
            yield with_face[time_s], picture_bgr


def _is_alike(kind: str, faces: np.ndarray, vector: np.ndarray | None) -> bool:
    return vector is not None and float(similarity_to(kind, faces, vector[None])[0]) > FIXED_THRESHOLD[kind]


def _others(look: KeptLook, are_theirs: list[bool]) -> KeptLook:
    left = [place for place, is_theirs in enumerate(are_theirs) if not is_theirs]
    numbers = None if look.numbers is None else [look.numbers[place] for place in left]
    return replace(look, readings=[look.readings[place] for place in left], numbers=numbers)
