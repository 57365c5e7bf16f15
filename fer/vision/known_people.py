"""The people who may be named: enrolled from photos, learnt, recognised in pictures, deleted.

What is learnt follows what is stored: whoever asks for a name sees first whether a face was added or deleted since, by
this process or another, and then learns anew.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from fer.config import Settings, SettingsError
from fer.languages import _, decimal, ngettext
from fer.names import look, received
from fer.privacy import law
from fer.records import Box, Identity
from fer.store.people import CONFIRMED, PHOTO, ConsentRecord, FaceVector, Person
from fer.store.store import Store
from fer.vision import trained_people
from fer.vision.face_photos import FaceReader, PhotoFace, PhotoProblem, thumbnail
from fer.vision.face_vectors import load_vectors
from fer.vision.identity import FIXED_THRESHOLD, LEAST_FACES, LEAST_PEOPLE, MOST_FOR_ALL_MODELS, People
from fer.vision.preprocess import cut_square
from fer.vision.turns import turned, turned_back

FILE = "people.joblib"
NEEDED = ("sklearn", "joblib")
# More alike than any two different photos of one person: of ORL at most 0.986 by hog, 0.998 by dlib.
SAME_PHOTO = {"hog": 0.99, "dlib": 0.999}
THUMBNAIL_HEIGHTS = 1.4  # side of a small picture, in heights of the face's box

Photos = Iterable[tuple[str, np.ndarray]]  # (name, picture uint8 BGR (h, w, 3))
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """What can be learnt from some photos, and a sentence for each that is left out."""

    faces: list[PhotoFace]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face of a picture: where, its vector (None where eyes, nose and mouth are not seen), who it is, and a small picture
    of it (JPEG)."""

    box_xyxy: Box
    vector: np.ndarray | None
    identity: Identity | None
    thumbnail: bytes


class KnownPeople:
    """One per process, from several threads. Raises ``SettingsError`` and ``CardError`` where something is missing."""

    def __init__(self, store: Store, settings: Settings):
        if not all(find_spec(name) for name in NEEDED):
            raise SettingsError(
                "FER_IDENTITY is on, but scikit-learn is not installed. `.venv/bin/pip install -r train/requirements.txt` "
                "brings it"
            )
        self.store = store
        self.vectors = load_vectors(settings.identity_vectors)
        self._reader = FaceReader(settings.detector_file, self.vectors)
        self._file = settings.data_dir / FILE
        self._lock = threading.RLock()
        self._learnt: People | None = None
        self._state = ""

    # Who is known

    def check(self, photos: Photos, name: str = "", is_somebody_else: bool = False) -> Checked:
        """Looks at photos of the person called so. ``is_somebody_else``: although they look like another who is known."""
        stored, names = self.store.faces(self.vectors.version), self.store.people_names()
        same = {person_id for person_id, one in names.items() if look(one) == look(name)}
        mine = [face.vector for face in stored if face.person_id in same]
        others = [] if is_somebody_else else [face for face in stored if face.person_id not in same]
        faces: list[PhotoFace] = []
        problems = []
        for photo_name, picture_bgr in photos:
            try:
                face = self._reader.face_of(picture_bgr, photo_name)
                self._check_new(face, [*mine, *(one.vector for one in faces)])
                self._check_others(face, others, names)
                faces.append(face)
            except PhotoProblem as problem:
                problems.append(str(problem))
        return Checked(faces, problems)

    def _check_new(self, face: PhotoFace, before: list[np.ndarray]) -> None:
        if before and max(face.vector @ one for one in before) > SAME_PHOTO[self.vectors.kind]:
            raise PhotoProblem(_("{photo}: this photo is there already").format(photo=face.name))

    def _check_others(self, face: PhotoFace, others: list[FaceVector], names: dict[int, str]) -> None:
        if not others:
            return
        nearest = max(others, key=lambda other: float(face.vector @ other.vector))
        if face.vector @ nearest.vector > FIXED_THRESHOLD[self.vectors.kind]:
            raise PhotoProblem(
                _("{photo}: this face looks like {name}, who is enrolled already").format(
                    photo=face.name, name=names.get(nearest.person_id, _("somebody"))
                )
            )

    def enrol(self, name: str, consent: ConsentRecord, checked: Checked, came_from: str = PHOTO) -> int:
        """The new person's id. Raises ValueError where fewer than three photos can be used, and what the store raises."""
        if len(checked.faces) < LEAST_FACES:
            n, every = len(checked.faces), len(checked.faces) + len(checked.problems)
            told = _("{n} of {every} that can be used").format(n=n, every=every) if every else ""
            raise ValueError(_("A person is learnt from at least {n} photos.").format(n=LEAST_FACES) + received(told))
        return self.store.add_person(name, consent, self._as_stored(checked, consent, came_from), time.time())

    def add(self, person: Person, checked: Checked, came_from: str = PHOTO) -> None:
        self.store.add_faces(person.id, self._as_stored(checked, person.consent, came_from), time.time())

    def _as_stored(self, checked: Checked, consent: ConsentRecord, came_from: str) -> list[FaceVector]:
        return [
            FaceVector(
                face.vector, self.vectors.version, came_from, face.thumbnail if consent.keeps_thumbnails else None
            )
            for face in checked.faces
        ]

    def confirm(self, vector: np.ndarray, person: Person) -> None:
        """Learns from a face in a picture that somebody has named. Raises ``NoConsent`` where that was not agreed to."""
        self.store.add_faces(person.id, [FaceVector(vector, self.vectors.version, CONFIRMED)], time.time())

    def delete(self, person_id: int) -> None:
        """Everything of a person, also from what was learnt."""
        self.store.delete_person(person_id)
        self._learn_without()

    def delete_faces(self, person_id: int, face_ids: list[int]) -> None:
        self.store.delete_faces(person_id, face_ids)
        self._learn_without()

    def _learn_without(self) -> None:
        with self._lock:
            trained_people.forget(self._file)
            self._learnt, self._state = None, ""
        self.learn()

    # Who is it

    def learn(self) -> str:
        """Brings what is learnt up to date; a sentence that says of whom."""
        began_at = time.perf_counter()
        learnt = self._current()
        if learnt is None:
            return self.problem()
        took = decimal(time.perf_counter() - began_at, 1)
        said = [
            _("{people} people with {faces} faces are learnt ({seconds} s).").format(
                people=len(learnt.known), faces=len(learnt.names), seconds=took
            )
        ]
        if len(learnt.known) > MOST_FOR_ALL_MODELS:
            said.append(
                _("By logistic regression alone: of more than {n} people the other models take minutes.").format(
                    n=MOST_FOR_ALL_MODELS
                )
            )
        return " ".join(filter(None, (*said, self._of_other_vectors())))

    def problem(self) -> str:
        """Why nobody can be recognised yet, and what to do; "" where people can."""
        ready = self._ready()
        if len(ready) >= LEAST_PEOPLE:
            return ""
        if others := self._of_other_vectors():
            return others
        return _("To tell people apart, at least {people} must be enrolled with {photos} photos each. Now: {n}").format(
            people=LEAST_PEOPLE, photos=LEAST_FACES, n=len(ready)
        )

    def refusal(self) -> str:
        """Why nobody may be named just now; "" where they may."""
        try:
            law.check_naming(self.store.open_lessons())
        except law.Forbidden as reason:
            return str(reason)
        return ""

    def seen_in(self, picture_bgr: np.ndarray) -> list[SeenFace]:
        """The faces of a picture, whichever way up it is, the largest first, and who they are."""
        faces, upright = self._reader.search(picture_bgr)
        return self._seen(picture_bgr, upright.turns, [face.box_xyxy for face in faces])

    def seen_at(self, picture_bgr: np.ndarray, boxes: list[Box]) -> list[SeenFace]:
        """The same of faces that were found before, in their order."""
        return self._seen(picture_bgr, *self._reader.turned_boxes(picture_bgr, boxes))

    def vectors_in(self, picture_bgr: np.ndarray, boxes: list[Box]) -> list[np.ndarray | None]:
        """Their vectors alone, None for a face that has none."""
        turns, upright = self._reader.turned_boxes(picture_bgr, boxes)
        return self.vectors_at(turned(picture_bgr, turns), upright)

    def _seen(self, picture_bgr: np.ndarray, turns: int, boxes: list[Box]) -> list[SeenFace]:
        """``boxes``: of the picture after so many quarter turns to the left."""
        picture = turned(picture_bgr, turns)
        vectors = self.vectors_at(picture, boxes)
        found = []
        for box, vector, identity in zip(boxes, vectors, self.who(vectors), strict=True):
            where = turned_back(box, turns, picture_bgr.shape[:2])
            shown, _, _ = cut_square(picture, box, THUMBNAIL_HEIGHTS)
            found.append(SeenFace(where, vector, identity, thumbnail(shown)))
        return found

    def names(self, upright_bgr: np.ndarray, boxes: list[Box]) -> list[Identity | None]:
        """Who each face is that lies there in a picture that is the right way up; None for unknown."""
        return self.who(self.vectors_at(upright_bgr, boxes)) if boxes else []

    def vectors_at(self, upright_bgr: np.ndarray, boxes: list[Box]) -> list[np.ndarray | None]:
        return self._reader.vectors_at(upright_bgr, boxes)

    def who(self, vectors: list[np.ndarray | None]) -> list[Identity | None]:
        """The same of vectors; None for a face that has none."""
        seen = [vector for vector in vectors if vector is not None]
        learnt = self._current() if seen and not self.refusal() else None
        if learnt is None:
            return [None] * len(vectors)
        names, found = self.store.people_names(), iter(learnt.recognise(np.array(seen)))
        told = [None if vector is None else next(found) for vector in vectors]
        return [
            Identity(names[int(one.name)], one.similarity) if one is not None and int(one.name) in names else None
            for one in told
        ]

    def _ready(self) -> set[int]:
        """Who has enough faces."""
        version = self.vectors.version
        return {person.id for person in self.store.people() if person.faces.get(version, 0) >= LEAST_FACES}

    def _of_other_vectors(self) -> str:
        version = self.vectors.version
        others = [versions for one in self.store.people() if (versions := set(one.faces) - {version})]
        if not others:
            return ""
        made, n = ", ".join(sorted(set.union(*others))), len(others)
        return ngettext(
            "{n} person has faces of other vectors ({made}; now {version}), which cannot be compared: add photos of them "
            "again, or set FER_IDENTITY_VECTORS back.",
            "{n} people have faces of other vectors ({made}; now {version}), which cannot be compared: add photos of them "
            "again, or set FER_IDENTITY_VECTORS back.",
            n,
        ).format(n=n, made=made, version=version)

    def _current(self) -> People | None:
        """What is learnt of the faces that are stored now; None where they are too few."""
        with self._lock:
            # Again where another process has deleted somebody in the meantime: the file has them.
            while (state := self.store.faces_state(self.vectors.version)) != self._state:
                self._learnt, self._state = self._load(state) or self._fit(state), state
            return self._learnt

    def _load(self, state: str) -> People | None:
        try:
            return trained_people.load(self._file, state)
        except trained_people.TrainedFileError as error:
            log.warning("%s. It is learnt anew.", error)
            return None

    def _fit(self, state: str) -> People | None:
        ready = self._ready()
        faces = [face for face in self.store.faces(self.vectors.version) if face.person_id in ready]
        if len(ready) < LEAST_PEOPLE:
            trained_people.forget(self._file)
            return None
        vectors = np.array([face.vector for face in faces], np.float32)
        learnt = People(self.vectors.kind, vectors, [str(face.person_id) for face in faces])
        trained_people.save(self._file, learnt, state)
        return learnt
