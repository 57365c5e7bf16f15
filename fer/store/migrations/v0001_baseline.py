"""The tables of version 0.2, the last whose databases bear no number."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

revision = "0001"
down_revision = None

TABLES = MetaData()
_ID = ("id", Integer)
_LESSON, _STUDENT, _POLL = "lessons.id", "students.id", "polls.id"


def _text(name: str, nullable: bool = False) -> Column:
    return Column(name, String, nullable=nullable)


def _number(name: str, nullable: bool = False) -> Column:
    return Column(name, Double, nullable=nullable)


Table(
    "lessons",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    _text("title"),
    _number("started_at"),
    _number("ended_at", nullable=True),
    *(_text(name) for name in ("view", "country", "purpose", "course")),
    sqlite_autoincrement=True,
)
Table(
    "students",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False),
    _text("name", nullable=True),
    Column("token_hash", String, nullable=False, unique=True),
    _number("joined_at"),
    _number("left_at", nullable=True),
    _number("last_seen_at", nullable=True),
    UniqueConstraint("lesson_id", "name"),
    sqlite_autoincrement=True,
)
_EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
_OBSERVATIONS = Table(
    "observations",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False),
    Column("student_id", ForeignKey(_STUDENT), nullable=False),
    _number("observed_at"),
    _text("status"),
    Column("face", Integer, nullable=False),
    _text("label", nullable=True),
    *(_number(name, nullable=True) for name in (*(f"p_{emotion}" for emotion in _EMOTIONS), "x1", "y1", "x2", "y2")),
)
Index("observations_by_time", *_OBSERVATIONS.c["lesson_id", "observed_at", "student_id", "face"])
Index("observations_by_student", _OBSERVATIONS.c.student_id)
Table(
    "counts",
    TABLES,
    Column("lesson_id", ForeignKey(_LESSON), primary_key=True),
    Column("step_s", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("state", String, primary_key=True),
    Column("n", Integer, nullable=False),
    _number("p"),
    sqlite_with_rowid=False,
)
Table(
    "coverage",
    TABLES,
    Column("lesson_id", ForeignKey(_LESSON), primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("present", Integer, nullable=False),
    Column("visible", Integer),
    sqlite_with_rowid=False,
)
Table(
    "student_counts",
    TABLES,
    Column("student_id", ForeignKey(_STUDENT), primary_key=True),
    Column("state", String, primary_key=True),
    Column("n", Integer, nullable=False),
)
Table("teacher_sessions", TABLES, Column("token_hash", String, primary_key=True), _number("expires_at"))
Table(
    "moments",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False, index=True),
    _number("at"),
    _text("text"),
)
Table(
    "alerts",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False, index=True),
    _number("at"),
    _text("kind"),
    _number("change"),
    _number("closed_at", nullable=True),
    _text("outcome", nullable=True),
)
Table(
    "alert_settings",
    TABLES,
    Column("lesson_id", ForeignKey(_LESSON), primary_key=True),
    _number("threshold"),
)
Table(
    "polls",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False, index=True),
    _text("question"),
    _text("choices"),
    _number("opened_at"),
    _number("closed_at", nullable=True),
)
_FEEDBACK = Table(
    "feedback",
    TABLES,
    Column(*_ID, primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False),
    Column("student_id", ForeignKey(_STUDENT), nullable=False),
    _number("at"),
    _text("word"),
)
Index("feedback_by_time", *_FEEDBACK.c["lesson_id", "at"])
Table(
    "votes",
    TABLES,
    Column("poll_id", ForeignKey(_POLL), primary_key=True),
    Column("student_id", ForeignKey(_STUDENT), primary_key=True),
    Column("lesson_id", ForeignKey(_LESSON), nullable=False),
    Column("choice", Integer, nullable=False),
    _number("at"),
)


def upgrade() -> None:
    TABLES.create_all(op.get_bind(), checkfirst=False)
