"""Made tests/store/database_69306e9.sql, with the program as it was at commit 69306e9, before tables had a version:

    git worktree add /tmp/69306e9 69306e9 && cd /tmp/69306e9
    PYTHONPATH=. python THIS_FILE > database_69306e9.sql

A short lesson of each view: one with students, one of the class only, one of presence. It runs in that checkout only.
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

from fer.alerts import Alert
from fer.journal import DONE, Journal
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Coverage, Observation, Status, Step
from fer.store import Store

T0 = 1_700_000_040.0  # a full minute
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


def per_student(store, journal):
    lesson = store.create_lesson("Mathe 3b", T0, PER_STUDENT, "DE", "private", "Mathematics")
    ana, ben = (store.add_student(lesson.id, name, f"hash of {name}", T0 + 1) for name in ("Ana", "Özgür Ben"))
    for second in range(0, 120, 10):
        at = T0 + second
        store.append(
            [
                Observation(lesson.id, ana.id, at, Status.FACE, 0, (10.0, 20.0, 50.0, 60.0), HAPPY, "happy"),
                Observation(lesson.id, ana.id, at, Status.FACE, 1, (60.0, 20.0, 90.0, 60.0), HAPPY, "unsure"),
                Observation(lesson.id, ben.id, at, Status.NO_FACE if second % 20 else Status.CAMERA_OFF),
            ],
            coverage=[Coverage(lesson.id, int(at), 2, 1)],
        )
    store.set_left(ben.id, T0 + 100)
    say_something(journal, lesson, ana, ben)
    journal.set_threshold(lesson.id, 0.25)
    journal.log_alert(lesson.id, Alert("lost", 0.5), T0 + 30)
    journal.close_alert(journal.alerts(lesson.id)[0].id, DONE, T0 + 40)
    journal.log_alert(lesson.id, Alert("negative", 0.3), T0 + 400)
    store.end_lesson(lesson.id, T0 + 120)


def say_something(journal, lesson, ana, ben):
    journal.mark(lesson.id, "Exercise 1", T0 + 20)
    journal.open_poll(lesson.id, "Clear so far?", ["Yes", "No", "Nearly: 80 %"], T0 + 25)
    poll = journal.open_poll_of(lesson.id)
    journal.vote(poll, ana.id, 0, T0 + 26)
    journal.vote(poll, ben.id, 2, T0 + 27)
    journal.close_poll(lesson.id, T0 + 30)
    journal.open_poll(lesson.id, "And now?", ["Yes", "No"], T0 + 50)
    journal.say(lesson.id, ana.id, "lost", T0 + 28)
    journal.say(lesson.id, ana.id, "got it", T0 + 60)
    journal.say(lesson.id, ben.id, "slower", T0 + 61)


def class_only(store, journal):
    lesson = store.create_lesson("It's physics", T0 + 86_400, CLASS_ONLY, "CH", "teaching")
    students = [store.add_student(lesson.id, None, f"hash {n} of the class", T0 + 86_401) for n in range(6)]
    start = int(T0) + 86_400
    steps = [Step(lesson.id, start + 5 * n, {"happy": 4, "unsure": 2}, {"happy": 3.5, "sad": 2.5}) for n in range(6)]
    coverage = [Coverage(lesson.id, start + 5 * n, 6 if n else 3, 6 if n else None) for n in range(6)]
    store.append([], steps, coverage)
    journal.say(lesson.id, students[0].id, "slower", start + 10.0)
    journal.mark(lesson.id, "Pendulum", start + 12.0)
    store.end_lesson(lesson.id, start + 60.0)


def presence(store, journal):
    lesson = store.create_lesson("Chemistry", T0 + 172_800, PRESENCE)  # left open
    student = store.add_student(lesson.id, None, "hash of a student who is there", T0 + 172_801)
    store.append([], coverage=[Coverage(lesson.id, int(T0) + 172_800, 1, None)])
    journal.say(lesson.id, student.id, "got it", T0 + 172_802)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "lessons.db"
        store = Store(f"sqlite:///{place}")
        gone = store.create_lesson("Deleted", T0, CLASS_ONLY)  # its id must not come back
        for write in (per_student, class_only, presence):
            write(store, Journal(store))
        store.delete_lesson(gone.id)
        store.add_session("hash of a teacher's token", T0, T0 + 1e9)
        store.close()
        print("-- Made by tests/store/make_database_69306e9.py with the program of commit 69306e9.")
        connection = sqlite3.connect(place)
        sys.stdout.writelines(f"{line}\n" for line in connection.iterdump())
        connection.close()


main()
