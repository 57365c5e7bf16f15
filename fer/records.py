"""The words of the project: emotions, states, and the records that travel from the camera to the CSV."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
UNSURE = "unsure"
LABELS = (*EMOTIONS, UNSURE)  # what one face can be called


class Status(StrEnum):
    """What an analysed frame showed. Only ``FACE`` ever carries an emotion."""

    FACE = "face"
    NO_FACE = "no face"
    CAMERA_OFF = "camera off"


# Why a face that was found is unsure; the order in which they are asked.
TOO_SMALL, CUT_OFF, TURNED, COVERED, UNDECIDED = "too small", "cut off", "turned", "covered", "undecided"
REASONS = (TOO_SMALL, CUT_OFF, TURNED, COVERED, UNDECIDED)

STUDENT, BYSTANDER = "student", "bystander"  # whose face it is; who only passes, hangs on the wall or is on television
ROLES = (STUDENT, BYSTANDER)

STATES = (*LABELS, Status.NO_FACE.value, Status.CAMERA_OFF.value)  # what is counted per second

# What a lesson shows: figures of the whole class only, each student too, or no expressions at all.
CLASS_ONLY, PER_STUDENT, PRESENCE = "class", "student", "presence"
VIEWS = (CLASS_ONLY, PER_STUDENT, PRESENCE)
# Where faces are read: the camera's picture leaves the student's device, or not.
ON_SERVER, ON_DEVICE = "server", "device"
READ_ON = (ON_SERVER, ON_DEVICE)
STEP_S = 5  # seconds in which a class-only lesson, and who is there, is counted

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face: ``box_xyxy`` in pixels of the frame (it may reach beyond its edge); a higher score is surer."""

    box_xyxy: Box
    score: float

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box_xyxy
        if not (all(map(math.isfinite, (*self.box_xyxy, self.score))) and x1 < x2 and y1 < y2):
            raise ValueError(f"A face needs a finite box x1 < x2, y1 < y2. Received: {self.box_xyxy}, {self.score}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a face is taken for, and how similar it is to them, -1 to 1."""

    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look says of one face: the seven ``probabilities`` in the order of ``EMOTIONS``, the ``expression`` they
    allow, one of ``LABELS``, and for ``unsure`` one of ``REASONS``. ``role``: one of ``ROLES``. ``identity``: None where
    the face is unknown or nobody is recognised."""

    box_xyxy: Box
    score: float
    probabilities: tuple[float, ...]
    expression: str
    unsure_because: str | None = None
    role: str = STUDENT
    identity: Identity | None = None

    def __post_init__(self) -> None:
        if self.expression not in LABELS:
            raise ValueError(f"expression must be one of {', '.join(LABELS)}. Received: {self.expression!r}")
        if (self.expression == UNSURE) != (self.unsure_because in REASONS):
            raise ValueError(
                f"A reading has one of the reasons {', '.join(REASONS)} if and only if it is unsure. "
                f"Received: {self.expression!r}, {self.unsure_because!r}"
            )


@dataclass(frozen=True, slots=True)
class Observation:
    """One face, or one frame without a face, of one student at one time.

    ``observed_at`` is when the frame arrived (Unix seconds). ``face`` numbers the faces of one frame from 0.
    ``box_xyxy``, ``probabilities`` (in the order of ``EMOTIONS``) and ``label`` are there for a face only, and
    ``unsure_because`` for one that is unsure. What a bystander shows counts nowhere.
    """

    lesson_id: int
    student_id: int
    observed_at: float
    status: Status
    face: int = 0
    box_xyxy: Box | None = None
    probabilities: tuple[float, ...] | None = None
    label: str | None = None
    unsure_because: str | None = None
    role: str = STUDENT

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}. Received: {self.role!r}")
        if self.unsure_because is not None and (self.unsure_because not in REASONS or self.label != UNSURE):
            raise ValueError(
                f"unsure_because must be one of {', '.join(REASONS)}, of an unsure face. "
                f"Received: {self.unsure_because!r}, {self.label!r}"
            )
        if (self.status is Status.FACE) != (self.label is not None):
            raise ValueError(
                f"An observation has a label if and only if it has a face. Received: {self.status}, {self.label!r}"
            )
        if self.status is not Status.FACE:
            return
        if self.label not in LABELS:
            raise ValueError(f"label must be one of {', '.join(LABELS)}. Received: {self.label!r}")
        if self.box_xyxy is None or self.probabilities is None or len(self.probabilities) != len(EMOTIONS):
            raise ValueError(f"A face needs a box and {len(EMOTIONS)} probabilities. Received: {self}")
        if not (all(0 <= p <= 1 for p in self.probabilities) and abs(sum(self.probabilities) - 1) < 0.01):
            raise ValueError(f"Probabilities must lie in 0..1 and sum to 1. Received: {self.probabilities}")

    @property
    def state(self) -> str:
        """What is counted: the label of a face, else the status. One of ``STATES``."""
        return self.label or self.status.value


@dataclass(frozen=True, slots=True)
class Step:
    """What is released of a class-only lesson for the ``STEP_S`` seconds from ``start`` (Unix seconds): how many
    students had each label, and the sum of each emotion's probability over them."""

    lesson_id: int
    start: int
    n: dict[str, int]
    p: dict[str, float]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Students who were there in a step, and how many of their faces were seen; None where too few are there to say."""

    lesson_id: int
    start: int
    present: int
    visible: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: what kind, and by how much its value had changed (0 to 1)."""

    kind: str
    change: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """One class session; open until ``ended_at`` is set. Times are Unix seconds.

    ``view`` is one of ``VIEWS``; ``country`` (ISO 3166 code) and ``purpose`` are what the teacher answered, "" without
    expressions. Lessons of one ``course`` can be compared; "" for none. ``joining_closed_at`` is set while nobody else
    may join. ``several``: several students may sit before one camera.
    ``is_demo``: its students are made up. ``read_on``: one of ``READ_ON``."""

    id: int
    code: str
    title: str
    started_at: float
    ended_at: float | None
    view: str = CLASS_ONLY
    country: str = ""
    purpose: str = ""
    course: str = ""
    joining_closed_at: float | None = None
    several: bool = False
    owner_id: int | None = None  # the teacher whose it is; None: nobody's, so that only an admin sees it
    is_demo: bool = False
    account_key: str | None = field(default=None, repr=False)  # makes the seats of school accounts
    read_on: str = ON_SERVER

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def may_be_joined(self) -> bool:
        return self.is_open and self.joining_closed_at is None

    @property
    def needs_account(self) -> bool:
        """Whether only who signs in with a school account may join, while it is open."""
        return self.account_key is not None

    @property
    def has_expressions(self) -> bool:
        return self.view != PRESENCE

    @property
    def has_students(self) -> bool:
        """Whether single students may be shown and stored."""
        return self.view == PER_STUDENT


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who is signed in. ``id`` is None for who came by the password or the printed link; they are an admin."""

    id: int | None
    name: str
    is_admin: bool

    def may_see(self, owner_id: int | None) -> bool:
        """Whether what belongs to this teacher, or with None to nobody, is theirs to see: an admin's is all."""
        return self.is_admin or (owner_id is not None and owner_id == self.id)


@dataclass(frozen=True, slots=True)
class Student:
    """One person's place in one lesson, without a name where only the class is shown. ``left_at`` is set while the
    student has left, ``removed_at`` besides while that was not of their own accord.
    ``with_camera``: whether they agreed to share one. ``read_on``: where their face is read; who cannot read it on their
    own device may agree to the server."""

    id: int
    lesson_id: int
    name: str | None
    joined_at: float
    left_at: float | None
    removed_at: float | None = None
    with_camera: bool = True
    read_on: str = ON_SERVER
