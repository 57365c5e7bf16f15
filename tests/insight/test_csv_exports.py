"""The CSVs, compared whole; and no name can become a formula or break a row."""

import csv
import io
import tracemalloc

import pandas as pd
import pytest

from fer.insight.csv_exports import (
    REPORTS,
    Progress,
    answers_csv,
    file_name,
    minutes_csv,
    observations_csv,
    safe_cell,
    students_csv,
)
from fer.records import CLASS_ONLY, PER_STUDENT, Lesson, Observation, Status
from fer.store.journal import Journal
from fer.store.polls import ONE, WORD, draft

T0 = 1_700_000_040.0  # 2023-11-14 22:14:00 UTC
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)
SAD = (0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.1)
NAMES = [  # as typed, as exported
    ("Ana", "Ana"),
    ("Ana, Ben", "Ana, Ben"),
    ('Jo "J" Öz', 'Jo "J" Öz'),
    ("=1+1", "'=1+1"),
    ("+49 30", "'+49 30"),
    ("-Ana", "'-Ana"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t'=1"),
    ("\rAna", "'\rAna"),
    ("\tAna", "'\tAna"),
    ("  =1+1", "'  =1+1"),
    ("\u00a0=1", "'\u00a0=1"),
    ("\u200b=1", "'\u200b=1"),
    ("\ufeff=1", "'\ufeff=1"),
    ("＝1+1", "'＝1+1"),
    ("＋1", "'＋1"),
    ("－1", "'－1"),
    ("＠x", "'＠x"),
    ("Ana;=1+1", "Ana;'=1+1"),
    ("Ana\n=1+1", "Ana\n'=1+1"),
    ("Ana\t@x", "Ana\t'@x"),
    ("Ana\nBen", "Ana\nBen"),
    ("Anne-Marie", "Anne-Marie"),
    ("a=b", "a=b"),
    ("Ana; Ben", "Ana; Ben"),
    ("me@home", "me@home"),
    ("👩‍🎓 Zoë", "👩‍🎓 Zoë"),
    ("أحمد", "أحمد"),
    ("\u200fأحمد", "\u200fأحمد"),
    ("二年B組", "二年B組"),
    ("''", "''"),
]


def face(student, at, label="happy", number=0, probabilities=HAPPY):
    return Observation(
        student.lesson_id, student.id, at, Status.FACE, number, (-1.04, 20.06, 50.0, 60.0), probabilities, label
    )


def without_face(student, at, status=Status.NO_FACE):
    return Observation(student.lesson_id, student.id, at, status)


def text(chunks):
    return b"".join(chunks).decode("utf-8")


def parsed(chunks):
    return list(csv.DictReader(io.StringIO(b"".join(chunks).decode("utf-8-sig"), newline="")))


@pytest.fixture
def lesson(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0, view=PER_STUDENT)
    zoe = fresh_store.add_student(lesson.id, "Zoë", "hash-1", T0)
    ana = fresh_store.add_student(lesson.id, '=Ana, "A"', "hash-2", T0 + 1.25)
    fresh_store.add_student(lesson.id, "never", "hash-3", T0 + 2)
    fresh_store.append(
        [face(zoe, T0 + 3.6789), face(ana, T0 + 4), face(ana, T0 + 4, "unsure", 1, SAD), without_face(zoe, T0 + 4.5)]
    )
    fresh_store.append([without_face(ana, T0 + 130, Status.CAMERA_OFF)])
    fresh_store.set_left(ana.id, T0 + 140)
    return lesson


def test_the_observations(fresh_store, lesson):
    assert text(observations_csv(fresh_store, lesson)) == (
        "\ufefftime,student,status,face,label,angry,disgust,fear,happy,neutral,sad,surprise,"
        "x1,y1,x2,y2,role,unsure_because,read_on\r\n"
        "2023-11-14T22:14:03.678Z,Zoë,face,0,happy,0.02,0.02,0.02,0.82,0.06,0.02,0.04,-1.0,20.1,50.0,60.0,student,,server\r\n"
        '2023-11-14T22:14:04.000Z,"\'=Ana, ""A""",'
        "face,0,happy,0.02,0.02,0.02,0.82,0.06,0.02,0.04,-1.0,20.1,50.0,60.0,student,,server\r\n"
        '2023-11-14T22:14:04.000Z,"\'=Ana, ""A""",'
        "face,1,unsure,0.1,0.1,0.1,0.1,0.1,0.4,0.1,-1.0,20.1,50.0,60.0,student,,server\r\n"
        "2023-11-14T22:14:04.500Z,Zoë,no face,,,,,,,,,,,,,,student,,server\r\n"
        '2023-11-14T22:16:10.000Z,"\'=Ana, ""A""",camera off,,,,,,,,,,,,,,student,,server\r\n'
    )


def test_the_minutes(fresh_store, lesson):
    assert text(minutes_csv(fresh_store, lesson)) == (
        "\ufefftime,students,faces,angry,disgust,fear,happy,neutral,sad,surprise,unsure,no face,camera off,read_on\r\n"
        "2023-11-14T22:14:00.000Z,2,3,0,0,0,2,0,0,0,1,1,0,server\r\n"
        "2023-11-14T22:16:00.000Z,1,0,0,0,0,0,0,0,0,0,0,1,server\r\n"
    )


def test_the_students(fresh_store, lesson):
    assert text(students_csv(fresh_store, lesson)) == (
        "\ufeffstudent,joined_at,left_at,last_seen_at,observations,faces,"
        "angry,disgust,fear,happy,neutral,sad,surprise,unsure,no face,camera off,angry share,disgust share,fear share,"
        "happy share,neutral share,sad share,surprise share,unsure share\r\n"
        '"\'=Ana, ""A""",2023-11-14T22:14:01.250Z,2023-11-14T22:16:20.000Z,2023-11-14T22:16:10.000Z,3,2,'
        "0,0,0,1,0,0,0,1,0,1,0.0,0.0,0.0,0.5,0.0,0.0,0.0,0.5\r\n"
        "never,2023-11-14T22:14:02.000Z,,,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,\r\n"
        "Zoë,2023-11-14T22:14:00.000Z,,2023-11-14T22:14:04.500Z,2,1,"
        "0,0,0,1,0,0,0,0,1,0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,0.0\r\n"
    )


@pytest.mark.parametrize("kind", REPORTS)
def test_an_empty_lesson_is_its_heading(fresh_store, kind):
    empty = fresh_store.create_lesson("Empty", T0, view=PER_STUDENT)
    written = text(REPORTS[kind](fresh_store, empty))
    assert written.startswith("\ufeff") and written.endswith("\r\n") and written.count("\r\n") == 1


@pytest.mark.parametrize(("kind", "rows"), [("observations", 5), ("minutes", 2), ("students", 3)])
def test_pandas_reads_it_without_being_told_of_the_mark(fresh_store, lesson, kind, rows):
    frame = pd.read_csv(io.BytesIO(b"".join(REPORTS[kind](fresh_store, lesson))))
    assert len(frame) == rows and frame.columns[0] in ("time", "student")
    if kind == "observations":
        assert len(frame) == fresh_store.observation_count(lesson.id)
        assert pd.to_datetime(frame["time"])[0] == pd.Timestamp("2023-11-14T22:14:03.678Z")


@pytest.mark.parametrize(("typed", "exported"), NAMES)
def test_a_name_is_never_a_formula(typed, exported):
    assert safe_cell(typed) == exported


@pytest.mark.parametrize(("typed", "exported"), NAMES)
def test_any_name_keeps_to_its_row_in_every_report(fresh_store, typed, exported):
    lesson = fresh_store.create_lesson("Names", T0, view=PER_STUDENT)
    students = [fresh_store.add_student(lesson.id, name, f"hash of {name}", T0) for name in (typed, "Zoe")]
    fresh_store.append([face(student, T0 + n) for n, student in enumerate(students)])
    for report in (observations_csv, students_csv):
        assert sorted(row["student"] for row in parsed(report(fresh_store, lesson))) == sorted([exported, "Zoe"])
    assert all(row["happy"] == "1" and None not in row for row in parsed(students_csv(fresh_store, lesson)))


def test_a_long_lesson_is_exported_whole_in_little_memory(fresh_store):
    lesson = fresh_store.create_lesson("Long", T0, view=PER_STUDENT)
    ana = fresh_store.add_student(lesson.id, "Ana", "hash", T0)
    fresh_store.append([face(ana, T0 + n / 2) for n in range(20_000)])
    next(observations_csv(fresh_store, lesson))
    tracemalloc.start()
    sizes = [len(chunk) for chunk in observations_csv(fresh_store, lesson)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(sizes) > 1_700_000 and max(sizes) < 70_000 and peak < 1_500_000
    assert len(parsed(observations_csv(fresh_store, lesson))) == 20_000 == fresh_store.observation_count(lesson.id)


def test_file_names_are_plain_ascii():
    lesson = Lesson(1, "BCD234", "Maths", T0, None)
    assert [file_name(lesson, kind) for kind in REPORTS] == [
        "lesson-BCD234-observations.csv",
        "lesson-BCD234-minutes.csv",
        "lesson-BCD234-students.csv",
        "lesson-BCD234-coverage.csv",
        "lesson-BCD234-moments.csv",
        "lesson-BCD234-answers.csv",
    ]
    assert file_name(Lesson(1, "../ä\n;x", "", T0, None), "minutes") == "lesson-x-minutes.csv"
    with pytest.raises(
        ValueError,
        match="kind must be one of observations, minutes, students, coverage, moments, answers. Received: 'faces'",
    ):
        file_name(lesson, "faces")


def test_what_students_said_as_numbers(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", T0, view=PER_STUDENT)
    ana, ben = (fresh_store.add_student(lesson.id, name, f"hash {name}", T0) for name in ("Ana", "Ben"))
    journal.say(lesson.id, ana.id, "lost", T0)
    journal.raise_hand(lesson, ben, "", T0)
    journal.ask(lesson.id, draft("2 + 2?", ["4", "=5"], ONE, [0]), T0 + 60)
    journal.vote(journal.open_poll_of(lesson.id), ana.id, 0, T0 + 61)
    journal.ask(lesson.id, draft("A word?", kind=WORD), T0 + 120)
    journal.vote(journal.open_poll_of(lesson.id), ben.id, "@ivy", T0 + 121)
    for at, text in ((T0 + 180, "=Why?"), (T0 + 240, "Hidden?")):
        journal.ask_in_words(lesson.id, ana.id, text, at)
    wanted, hidden = journal.questions(lesson)
    journal.second(wanted.id, ben.id, T0 + 200)
    journal.hide(hidden.id, T0 + 250)
    first, *lines = b"".join(answers_csv(fresh_store, lesson)).decode("utf-8-sig").splitlines()
    assert first == "time,what,question,answer,n,of,correct"
    assert [line.partition(",")[2] for line in lines] == [
        "button,,lost,1,,",
        "hand,,,1,,",
        "poll,2 + 2?,4,1,1,yes",
        "poll,2 + 2?,'=5,0,1,no",
        "poll,A word?,'@ivy,1,1,",
        "question,'=Why?,,1,,",
    ]


def test_of_a_class_only_lesson_no_number_of_few(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", T0, view=CLASS_ONLY)
    ana, ben = (fresh_store.add_student(lesson.id, None, f"hash {n}", T0) for n in range(2))
    journal.raise_hand(lesson, ana, "Ana", T0)
    for asked, answer in ((draft("Clear?", ["Yes", "No"]), 0), (draft("A word?", kind=WORD), "ivy")):
        journal.ask(lesson.id, asked, T0)
        journal.vote(journal.open_poll_of(lesson.id), ana.id, answer, T0)
    journal.ask_in_words(lesson.id, ana.id, "Why?", T0)
    journal.second(journal.questions(lesson)[0].id, ben.id, T0)
    said = b"".join(answers_csv(fresh_store, lesson)).decode("utf-8-sig")
    assert [line.partition(",")[2] for line in said.splitlines()[1:]] == [
        "poll,Clear?,Yes,,,",
        "poll,Clear?,No,,,",
        "poll,A word?,,,,",
        "question,Why?,,,,",
    ]


def test_progress_of_an_export_and_of_one_that_is_broken_off():
    progress = Progress()
    parts = progress.follow(7, iter([b"head\n", b"one\ntwo\n", b"three\n"]), 3)
    assert progress.share(7) is None  # nothing is asked for yet
    shares = [(next(parts), progress.share(7))[1] for _ in range(3)]
    assert shares == [pytest.approx(1 / 3), 1.0, 1.0] and progress.share(8) is None
    assert list(parts) == [] and progress.share(7) is None
    broken_off = progress.follow(7, iter([b"head\n"]), 0)
    next(broken_off)
    broken_off.close()
    assert progress.share(7) is None
