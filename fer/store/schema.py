"""The database's tables. Times are Unix seconds; all are written through ``Store.transaction``."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    true,
)

from fer.records import EMOTIONS, ON_SERVER, STUDENT

PROBABILITIES = tuple(f"p_{emotion}" for emotion in EMOTIONS)
CORNERS = ("x1", "y1", "x2", "y2")
# Counted in three sizes: adding up three hours of 30 students took 63 ms from their seconds, 5 ms from their minutes.
COUNTED_STEPS_S = (60, 15, 1)

METADATA = MetaData()
TEACHERS = Table(  # who signed in with a school account
    "teachers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account", String, nullable=False, unique=True),  # a hash of the provider and its number for them
    Column("name", String, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("signed_in_at", Double, nullable=False),  # the last time
    sqlite_autoincrement=True,  # what belonged to one who was deleted is never another's
)
LESSONS = Table(
    "lessons",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("view", String, nullable=False),
    Column("country", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("course", String, nullable=False),  # the lessons of one course bear the same; "" for none
    Column("joining_closed_at", Double),
    Column("several", Boolean, nullable=False, server_default=false()),  # students at one camera
    Column("owner_id", ForeignKey("teachers.id")),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("account_key", String),  # secret; while it is open and for school accounts only
    Column("read_on", String, nullable=False, server_default=ON_SERVER),
    sqlite_autoincrement=True,  # the id of a deleted lesson never comes back: the process remembers some by it
)
OVERDUE = Table(  # lessons that are over for so long that they go soon, and when that was first found
    "overdue",
    METADATA,
    Column("lesson_id", ForeignKey("lessons.id"), primary_key=True),
    Column("found_at", Double, nullable=False),
)
STUDENTS = Table(
    "students",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False),
    Column("name", String),  # none where only the class is shown
    Column("token_hash", String, nullable=False, unique=True),
    Column("joined_at", Double, nullable=False),
    Column("left_at", Double),
    Column("last_seen_at", Double),
    Column("removed_at", Double),  # by the teacher; left_at is set, too
    Column("with_camera", Boolean, nullable=False, server_default=true()),
    Column("read_on", String, nullable=False, server_default=ON_SERVER),
    UniqueConstraint("lesson_id", "name"),
    sqlite_autoincrement=True,
)
OBSERVATIONS = Table(
    "observations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("observed_at", Double, nullable=False),
    Column("status", String, nullable=False),
    Column("face", Integer, nullable=False),
    Column("label", String),
    *(Column(name, Double) for name in (*PROBABILITIES, *CORNERS)),
    Column("role", String, nullable=False, server_default=STUDENT),
    Column("unsure_because", String),
)
# Also the order of the export, so that streaming a whole lesson sorts nothing.
Index("observations_by_time", *OBSERVATIONS.c["lesson_id", "observed_at", "student_id", "face"])
Index("observations_by_student", OBSERVATIONS.c.student_id)  # for deleting a student or a lesson
COUNTS = Table(
    "counts",
    METADATA,
    Column("lesson_id", ForeignKey("lessons.id"), primary_key=True),
    Column("step_s", Integer, primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("state", String, primary_key=True),
    Column("n", Integer, nullable=False),
    # Sum of the probability of the state's emotion over all faces of the bucket, for means; 0 for other states.
    Column("p", Double, nullable=False),
    sqlite_with_rowid=False,  # a lesson's buckets then lie side by side
)
COVERAGE = Table(  # how many are there and how many faces are seen, every STEP_S seconds
    "coverage",
    METADATA,
    Column("lesson_id", ForeignKey("lessons.id"), primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("present", Integer, nullable=False),
    Column("visible", Integer),  # none where too few are there to say
    sqlite_with_rowid=False,
)
STUDENT_COUNTS = Table(
    "student_counts",
    METADATA,
    Column("student_id", ForeignKey("students.id"), primary_key=True),
    Column("state", String, primary_key=True),
    Column("n", Integer, nullable=False),
)
SESSIONS = Table(
    "teacher_sessions",
    METADATA,
    Column("token_hash", String, primary_key=True),
    Column("expires_at", Double, nullable=False),
    Column("teacher_id", ForeignKey("teachers.id")),  # none: by the password or the printed link
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("teacher_id", ForeignKey("teachers.id")),
    Column("who", String, nullable=False),  # where it was nobody with an account
    Column("done", String, nullable=False),
    Column("about", String, nullable=False),
    Column("lesson", Integer),  # no foreign key: it outlives the lesson
)
TICKETS = Table(  # one-time links and what they are good for, sealed with themselves
    "tickets",
    METADATA,
    Column("ticket_hash", String, primary_key=True),
    Column("sealed", String, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("printed_by", String, nullable=False),  # the terminal, of one that does not expire; else ""
)
WRONG_GUESSES = Table(  # of the teacher's password
    "wrong_guesses",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("who", String, nullable=False),  # a hash with the password in it; "" for nobody in particular
    Column("is_stranger", Boolean, nullable=False),
    Column("at", Double, nullable=False),
)
PROCESSES = Table(  # that share the database, and when each last said that it is alive
    "processes",
    METADATA,
    Column("name", String, primary_key=True),
    Column("seen_at", Double, nullable=False),
)
PLACES = Table(  # the process that a lesson is in
    "places",
    METADATA,
    Column("lesson_id", ForeignKey("lessons.id"), primary_key=True, autoincrement=False),
    Column("process", String, nullable=False),
)
SHARED = Table(  # what all processes must have alike
    "shared",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
MOMENTS = Table(
    "moments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("text", String, nullable=False),
)
ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("kind", String, nullable=False),
    Column("change", Double, nullable=False),
    Column("closed_at", Double),
    Column("outcome", String),  # done, dismissed or ended
)
ALERT_SETTINGS = Table(
    "alert_settings",
    METADATA,
    Column("lesson_id", ForeignKey("lessons.id"), primary_key=True),
    Column("threshold", Double, nullable=False),
)
POLLS = Table(
    "polls",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False, index=True),
    Column("question", String, nullable=False),
    Column("choices", String, nullable=False),  # JSON list
    Column("opened_at", Double, nullable=False),
    Column("closed_at", Double),
    Column("kind", String, nullable=False, server_default="one"),  # of fer.store.polls.KINDS
    Column("correct", String, nullable=False, server_default="[]"),  # JSON list: places of the right choices
    Column("released_at", Double),  # students see the results from then on
)
SAVED_POLLS = Table(  # prepared, to be asked in any lesson
    "saved_polls",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("question", String, nullable=False),
    Column("choices", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("correct", String, nullable=False),
    Column("saved_at", Double, nullable=False),
    Column("owner_id", ForeignKey("teachers.id")),
)
FEEDBACK = Table(  # "I'm lost" and the like: every press, because it counts for some minutes only
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("word", String, nullable=False),
)
Index("feedback_by_time", *FEEDBACK.c["lesson_id", "at"])
VOTES = Table(  # one per student, poll and choice; changing an answer replaces it
    "votes",
    METADATA,
    Column("poll_id", ForeignKey("polls.id"), primary_key=True),
    Column("student_id", ForeignKey("students.id"), primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False),
    Column("choice", Integer, primary_key=True, autoincrement=False),  # its place in the poll's choices, from 0
    Column("at", Double, nullable=False),
    Column("word", String),  # where the poll asks for one
)
HANDS = Table(
    "hands",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False, index=True),
    Column("student_id", ForeignKey("students.id"), nullable=False, index=True),
    Column("raised_at", Double, nullable=False),
    Column("lowered_at", Double),
    Column("name", String),  # typed where the lesson has no names, and kept while the hand is up only
)
QUESTIONS = Table(  # of students, in words
    "questions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False, index=True),
    Column("student_id", ForeignKey("students.id"), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("text", String, nullable=False),
    Column("answered_at", Double),
    Column("hidden_at", Double),
    Column("key", String),  # what the student's page called it: sent again, it is not asked again
    sqlite_autoincrement=True,  # a page that was left open must not second another question
)
SECONDS = Table(  # who else wants to know it; gone with the question
    "seconds",
    METADATA,
    Column("question_id", ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True),
    Column("student_id", ForeignKey("students.id"), primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id"), nullable=False),
    Column("at", Double, nullable=False),
)
API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("key_hash", String, nullable=False, unique=True),
    Column("country", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("daily_limit", Integer, nullable=False),  # pictures
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double),
    Column("day", Integer, nullable=False),  # days since 1970 (UTC): that of the last use,
    Column("used", Integer, nullable=False),  # and how many pictures were asked for on it
    Column("owner_id", ForeignKey("teachers.id")),
)
PEOPLE = Table(  # who may be named in pictures
    "people",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("look", String, nullable=False, unique=True),  # names that look the same are one
    Column("added_at", Double, nullable=False),
    sqlite_autoincrement=True,  # a trained file knows them by it
)
CONSENTS = Table(  # without one of a person, no face of theirs can be stored
    "consents",
    METADATA,
    Column("person_id", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("agreed_by", String, nullable=False),
    Column("agreed_at", Double, nullable=False),
    Column("language", String, nullable=False),
    Column("words", String, nullable=False),
    Column("country", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("learns_more", Boolean, nullable=False),
    Column("keeps_thumbnails", Boolean, nullable=False),
    CheckConstraint("length(agreed_by) > 0 AND length(words) > 0", name="somebody_agreed_to_something"),
)
FACES = Table(
    "faces",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("consents.person_id"), nullable=False, index=True),
    Column("version", String, nullable=False),  # of the vectors; two versions cannot be compared
    Column("vector", LargeBinary, nullable=False),  # float32, the lowest byte first
    Column("came_from", String, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("thumbnail", LargeBinary),  # JPEG
    sqlite_autoincrement=True,  # that no face was added or deleted since is known by the number of them and the last id
)
PICTURES = Table(  # that somebody chose to keep, and videos
    "pictures",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("content", LargeBinary),  # the file; none of a large video
    Column("thumbnail", LargeBinary, nullable=False),  # JPEG
    Column("kept_at", Double, nullable=False),
    Column("owner_id", ForeignKey("teachers.id")),  # the teacher who kept it
    Column("country", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("overdue_at", Double),  # when it was first found to be there for too long
    sqlite_autoincrement=True,
)
PICTURE_READS = Table(  # what a model saw in one; never who somebody is, so that deleting a person leaves no name here
    "picture_reads",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("picture_id", ForeignKey("pictures.id"), nullable=False),
    Column("model", String, nullable=False),
    Column("version", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("faces", String, nullable=False),  # JSON, see fer.store.pictures
    Column("read_at", Double, nullable=False),
    UniqueConstraint("picture_id", "model", "version"),
)
