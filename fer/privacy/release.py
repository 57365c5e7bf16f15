"""What may be known of a class-only lesson: figures of the class from which no single student can be worked out.

Observations of such a lesson never reach the database. They are added up here, in memory, in steps of ``STEP_S``
seconds, and only what a step releases is written. So whatever reads the database, a page, a CSV or another program, can
show no more.

A step is about a *panel*, not about whoever happens to be visible:

- Each member counts once, by the commonest label of their face in the step and their mean probabilities.
- A member whose face is not seen keeps counting with the last value. So going, or turning away, changes nothing.
- Newcomers enter, and members who have been out of sight for ``GONE_S`` leave, only when the panel then differs from
  every panel that was ever released in this lesson by nobody or by at least ``LEAST_CHANGE`` students who are new and
  likewise who are missing.
- Between the last figures of a panel and the first of another pass ``PAUSE_S``: what faces do meanwhile hides, in the
  difference, what those who came show.
- A step is released only when ``least_visible`` members were visible in it.

It protects against a teacher who looks at figures, and against subtracting one released figure from another: two steps,
sums of steps, a screen and an export. Between any two, what changed is the members who were visible, at least
``least_visible`` of them, and groups of ``LEAST_CHANGE`` or more. It does not protect against those who know the others:
a teacher who joins with four made-up students, or four friends who agree how to look, find out how the fifth in a class of
five does (tests/privacy/attacks.py says how often, and what noise against it would cost). A restart of the server begins a
new panel, so what was released before and after it may differ by one student.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

import numpy as np

from fer.records import CLASS_ONLY, EMOTIONS, PRESENCE, STEP_S, STUDENT, Observation, Step

LATE_S = 2.0  # observations of a step arrive until so long after its end
GONE_S = 60
LEAST_CHANGE = 3
PAUSE_S = 15  # between the last figures of a panel and the first of another
LEAST_ANSWERS = 5
FaceOf = int | tuple[int, int]  # a student; where several share a camera, for the others also the face's number


@dataclass(slots=True)
class Member:
    label: str
    probabilities: np.ndarray
    seen: int  # the start of the step in which they were visible last


@dataclass(slots=True)
class Class:
    """A lesson's panel, all panels that were released, and the steps that are still being filled: start -> whose face
    -> labels and probabilities."""

    panel: dict[object, Member] = field(default_factory=dict)
    released: set[frozenset] = field(default_factory=set)
    steps: dict[int, dict[FaceOf, list[tuple[str, tuple[float, ...]]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    closed: int = 0  # no step up to this start is filled any more
    released_at: int = -PAUSE_S  # the start of the newest released step


class Releases:
    """The class-only lessons of this process. Not shared between threads."""

    def __init__(self, least_visible: int):
        if least_visible < LEAST_CHANGE:
            raise ValueError(
                f"A class-only lesson needs at least {LEAST_CHANGE} visible students. Received: {least_visible!r}"
            )
        self.least_visible = least_visible
        self._classes: dict[int, Class] = defaultdict(Class)
        self._forgotten: set[int] = set()  # students; an id never comes back
        self._now = 0.0  # when steps were closed last

    def add(self, observations: Iterable[Observation]) -> None:
        """Each student's face, also where several sit before one camera; bystanders' and frames without one do not count."""
        for one in observations:
            of, start = self._classes[one.lesson_id], int(one.observed_at) // STEP_S * STEP_S
            if (
                one.label is not None
                and one.probabilities is not None  # a face
                and one.role == STUDENT
                and start > of.closed
                and one.student_id not in self._forgotten
            ):
                whose = (one.student_id, one.face) if one.face else one.student_id
                of.steps[start].setdefault(whose, []).append((one.label, one.probabilities))

    def due(self, now: float) -> list[Step]:
        """Closes the steps that are over, oldest first; those of them that may be released."""
        if now < self._now:
            self._go_back(int(now) // STEP_S * STEP_S)
        self._now = now
        released = []
        for lesson_id, of in self._classes.items():
            for start in sorted(start for start in of.steps if start + STEP_S + LATE_S <= now):
                of.closed = start
                step = self._release(lesson_id, of, start, of.steps.pop(start))
                if step is not None:
                    released.append(step)
        return released

    def _release(self, lesson_id: int, of: Class, start: int, seen: dict[FaceOf, list]) -> Step | None:
        visible = {
            student: Member(
                Counter(label for label, _ in faces).most_common(1)[0][0],
                np.mean([probabilities for _, probabilities in faces], axis=0),
                start,
            )
            for student, faces in seen.items()
        }
        for student in visible.keys() & of.panel.keys():
            of.panel[student] = visible[student]
        panel = next(
            (
                panel
                for panel in candidates(of.panel.keys(), visible.keys(), self._gone(of, start))
                if all(differ_by_groups(panel, other) for other in of.released)
            ),
            None,
        )
        if panel is None or len(panel & visible.keys()) < self.least_visible:
            return None
        if panel != of.panel.keys() and start - of.released_at < PAUSE_S:
            return None
        of.released_at = start
        of.panel = {student: visible.get(student) or of.panel[student] for student in panel}
        of.released.add(panel)
        total = np.sum([member.probabilities for member in of.panel.values()], axis=0)
        return Step(
            lesson_id,
            start,
            dict(Counter(member.label for member in of.panel.values())),
            {emotion: round(float(p), 2) for emotion, p in zip(EMOTIONS, total, strict=True)},
        )

    def _go_back(self, start: int) -> None:
        """The clock was ahead and came back to the step of ``start``: forgets what lies after it, or nothing would be
        released until that time. Panels stay, so that they still are not compared."""
        for of in self._classes.values():
            of.closed = min(of.closed, start - STEP_S)
            of.released_at = min(of.released_at, start)
            for later in [step for step in of.steps if step > start]:
                del of.steps[later]
            for member in of.panel.values():
                member.seen = min(member.seen, start)

    @staticmethod
    def _gone(of: Class, start: int) -> set:
        return {student for student, member in of.panel.items() if start - member.seen >= GONE_S}

    def forget_student(self, student_id: int) -> None:
        """Keeps their last value in the panel, where its sudden absence would show, but not whose it was. Frames that
        are still on their way count no more."""
        self._forgotten.add(student_id)
        for of in self._classes.values():
            for step in of.steps.values():
                for face in [face for face in step if is_of(face, student_id)]:
                    del step[face]
            nobody = {face: object() for face in of.panel if is_of(face, student_id)}
            of.panel = {nobody.get(face, face): member for face, member in of.panel.items()}
            of.released = {frozenset(nobody.get(face, face) for face in panel) for panel in of.released}

    def forget_lesson(self, lesson_id: int) -> None:
        self._classes.pop(lesson_id, None)


def is_of(face: object, student_id: int) -> bool:
    return (face[0] if isinstance(face, tuple) else face) == student_id


def visible_shown(view: str, showed: int, visible: int, least_visible: int) -> int | None:
    """How many visible faces a lesson's coverage may give; None in a class-only lesson in which fewer than
    ``least_visible`` have ``showed`` a face of late, for an open page hides nobody, and where no face is looked at."""
    if view == PRESENCE or (view == CLASS_ONLY and showed < least_visible):
        return None
    return visible


def least_answers(view: str) -> int:
    """Of how many students answers by button or poll must be, to be shown. In a class-only lesson from 5 on: a teacher who
    knows that one student has answered would know what."""
    return LEAST_ANSWERS if view == CLASS_ONLY else 1


def candidates(panel: Set, visible: Set, gone: Set) -> Iterator[frozenset]:
    """The panels that may follow this one, the most wanted first; the last is the panel as it is."""
    yield frozenset((panel | visible) - gone)
    yield frozenset(panel | visible)
    yield frozenset(panel - gone)
    yield frozenset(panel)


def differ_by_groups(one: frozenset, other: frozenset) -> bool:
    return not 0 < len(one - other) < LEAST_CHANGE and not 0 < len(other - one) < LEAST_CHANGE
