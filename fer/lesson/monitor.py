"""Everything one process holds, put together once, started and stopped.

What a teacher does with a lesson is in ``lessons``, what a student does in ``students``, who is signed in: ``auth``."""

import logging
import time

from fer.config import Settings
from fer.insight.csv_exports import Progress
from fer.lesson.auth import TeacherSignIn, Tickets
from fer.lesson.camera_budget import camera_fps
from fer.lesson.demos import Demos
from fer.lesson.lessons import Lessons
from fer.lesson.looks import Looks
from fer.lesson.mirrors import Mirrors
from fer.lesson.pictures import Pictures
from fer.lesson.processes import Processes
from fer.lesson.reader import Reader
from fer.lesson.recognition import Recognition
from fer.lesson.retention import Retention
from fer.lesson.seats import Seats
from fer.lesson.spill import Spill
from fer.lesson.students import Students
from fer.lesson.writer import Writer
from fer.store.deletion_log import DeletionLog
from fer.store.file import make_private
from fer.store.journal import Journal
from fer.store.store import Store
from fer.vision.known_people import KnownPeople

OF_EACH_PROCESS = {"PORT", "FER_PROCESS", "FER_UDP_PORTS", "FER_METRICS_PORT"}

log = logging.getLogger(__name__)


class Monitor:
    """One per process. Making it opens the store and loads the models; ``start`` starts the threads.

    ``recognition`` is None where expressions are switched off: then there is no detector, no model and no engine, no
    ``reader``, and of ``pictures`` only those that are kept. ``people`` is None where nobody is recognised."""

    def __init__(self, settings: Settings):
        self.settings = settings
        make_private(settings.data_dir)  # with PostgreSQL it holds the deletions and what could not be written
        self.store = Store(settings.url, DeletionLog(settings.deletion_log))
        self.journal = Journal(self.store)
        self.seats = Seats(settings.most_students or None)
        self.writer = Writer(self.store, self.seats, settings, Spill(settings.data_dir, settings.port))
        self.recognition = Recognition(self.seats, self.writer, settings) if settings.expressions else None
        self.people = KnownPeople(self.store, settings) if settings.identity else None
        namer = self.people.names if self.people else None
        self.reader = Reader(settings, self.recognition.served, self.seats.held, namer) if self.recognition else None
        self.mirrors = Mirrors(self.seats, self.recognition, namer)
        self.pictures = Pictures(self.reader)
        self.looks = Looks(self.store, self.journal, self.seats, settings)
        self.lessons = Lessons(self.store, self.journal, self.seats, self.writer, self.looks, self.recognition)
        self.demos = Demos(self.store, self.journal, self.seats, self.writer, self.lessons, settings)
        self.processes = Processes(self.store, settings, self.lessons.hand_over, self.lessons.follow_choice)
        self.tickets = Tickets(self.store, settings.port)
        self.students = Students(self.store, self.seats, self.writer, self.tickets, settings)
        self.sign_in = TeacherSignIn(
            self.store, self.tickets, settings.teacher_password, settings.cookie_mark, settings.oidc_roles
        )
        self.retention = Retention(self.store, settings.keep_days, self.lessons.delete, settings.backups)
        self.exports = Progress()

    def start(self) -> None:
        self.note_settings()
        self.retention.start()
        self.writer.start()
        self.looks.start()
        self.lessons.follow_choice()
        self.demos.start()
        self.processes.start()
        if self.recognition is not None:
            self.recognition.start()
        else:
            log.info("Expressions are switched off: no face is looked at.")

    def note_settings(self) -> None:
        """Into the audit log, where they have changed."""
        changed = [f"{key}={value}" for key, value in self.settings.changed.items() if key not in OF_EACH_PROCESS]
        self.store.note_settings(f"settings: {', '.join(changed) or 'all as by default'}", time.time())

    def stop(self) -> None:
        self.processes.stop()
        if self.reader is not None:
            self.reader.stop()
        self.mirrors.close()
        if self.recognition is not None:
            self.recognition.stop()
        self.demos.stop()
        self.looks.stop()
        self.writer.stop()
        self.retention.stop()
        self.store.close()

    @property
    def problem(self) -> str:
        """A sentence while something fails, for the teacher."""
        return (self.recognition.engine.problem if self.recognition else "") or self.writer.problem

    def camera_fps(self) -> float:
        """What to ask of each camera while the class is as large as it is."""
        return camera_fps(self.seats.held(), self.settings.camera_fps, self.settings.frames_per_s)

    def load_warnings(self, age_s: float | None) -> list[str]:
        """What a teacher must know about the machine; ``age_s``: of the newest picture."""
        return self.recognition.load_warnings(age_s) if self.recognition else []


_monitor: Monitor | None = None


def use(monitor: Monitor | None) -> None:
    """Make this the process's monitor; the pages find it with ``current``."""
    global _monitor
    _monitor = monitor


def current() -> Monitor | None:
    return _monitor
