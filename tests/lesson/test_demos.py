"""Demo lessons: a made-up class that goes the way of a real one, and deletes itself."""

import time
from datetime import UTC
from types import SimpleNamespace

import numpy as np
import pytest

from fer.config import Settings
from fer.insight.csv_exports import REPORTS, file_name
from fer.insight.printed_report import handout
from fer.insight.signals import signals
from fer.lesson import demo_class
from fer.lesson.demos import BEFORE_S, FACE, KEPT_S, PICTURE_BGR, Demos
from fer.lesson.lessons import Lessons
from fer.lesson.looks import Looks
from fer.lesson.seats import Seats
from fer.lesson.spill import Spill
from fer.lesson.writer import Writer
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Observation, Status
from fer.store.journal import Journal
from fer.store.polls import ONE, SEVERAL, WORD, draft


@pytest.fixture
def demos(fresh_store, tmp_path):
    settings, seats, journal = Settings(data_dir=tmp_path), Seats(), Journal(fresh_store)
    writes = Writer(fresh_store, seats, settings, Spill(tmp_path, settings.port))
    looks = Looks(fresh_store, journal, seats, settings)
    lessons = Lessons(fresh_store, journal, seats, writes, looks, None)
    made = Demos(fresh_store, journal, seats, writes, lessons, settings)
    made.looks = looks
    return made


@pytest.mark.parametrize("view", [CLASS_ONLY, PER_STUDENT])
def test_a_demo_is_a_class_with_ten_minutes_behind_it(demos, view):
    lesson = demos.open(view)
    assert demos.writer.write()
    assert lesson.is_demo and demos.store.lesson(lesson.id).is_demo
    look = demos.looks.look(lesson)
    assert look.view.present >= 18 and look.view.visible >= 15
    counts = demos.store.counts(lesson.id, 60)
    assert counts["time"].max() - counts["time"].min() >= BEFORE_S - 120 and signals(counts) is not None
    [alert] = demos.journal.alerts(lesson.id)
    [poll] = demos.journal.polls(lesson.id)
    assert alert.outcome == "done" and demos.journal.result(lesson, poll).answered > 10 and poll.closed_at
    [question] = demos.journal.questions(lesson)
    assert question.is_open and question.seconds == 7 and len(demos.journal.hands(lesson.id)) == 1
    assert len(demos.journal.moments(lesson.id)) == 2 and len(demos.store.coverage(lesson.id)) > 110


def test_a_demo_without_expressions_has_people_and_answers_only(demos):
    lesson = demos.open(PRESENCE)
    assert demos.writer.write()
    assert demos.looks.look(lesson).view.present >= 18 and demos.store.counts(lesson.id, 60).empty
    assert demos.store.coverage(lesson.id)["visible"].isna().all()


def test_hands_polls_and_alerts_come_while_it_runs(demos):
    lesson, began_at = demos.open(CLASS_ONLY), time.time()
    for kind in (ONE, SEVERAL, WORD):
        demos.journal.ask(lesson.id, draft("Ready?", ["Yes", "No"], kind), began_at)
        for second in range(1, 60):
            demos.tick(began_at + second)
        result = demos.journal.result(lesson, demos.journal.open_poll_of(lesson.id))
        assert result.answered > 10 and sum(n for _, n in result.answers) == result.answered
    here = {seat.student_id for seat in demos.seats.all()}
    assert demos.journal.said_now(lesson, began_at + 60, here)["lost"] >= len(here) / 4


def test_a_real_camera_joins_the_figures_of_a_class_only_demo(demos, monkeypatch):
    """By itself it would not: newcomers enter them by threes."""
    now = 1_700_000_000.0
    for module in ("demos", "writer"):
        clock = SimpleNamespace(time=lambda: now, monotonic=time.monotonic)
        monkeypatch.setattr(f"fer.lesson.{module}.time", clock)
    lesson = demos.open(CLASS_ONLY)
    mine = demos.store.add_student(lesson.id, None, "mine", now).id

    def faces_after(seconds, with_me):
        nonlocal now
        for _ in range(seconds):
            now += 1
            if with_me:
                face = Observation(lesson.id, mine, now, Status.FACE, 0, FACE.box_xyxy, (0, 0, 0, 1, 0, 0, 0), "happy")
                demos.seats.open(lesson.id, mine).note(PICTURE_BGR, (face,), time.monotonic())
                demos.writer.put([face])
            demos.tick(now)
            demos.writer.write()
        counts = demos.store.counts(lesson.id, 5)
        return counts[counts["time"] == counts["time"].max()]["n"].sum()

    assert faces_after(20, with_me=False) == 17
    assert faces_after(20, with_me=True) == 20


def test_it_moves_no_more_once_it_has_ended(demos):
    lesson = demos.open(CLASS_ONLY)
    demos.lessons.end(lesson)
    demos.tick(time.time())
    assert demos.seats.all() == [] and not demos._running


def test_it_deletes_itself_after_an_hour_and_only_itself(demos):
    real = demos.store.create_lesson("Maths", 0.0, PRESENCE)
    demo = demos.open(PER_STUDENT)
    demos.tick(time.time() + KEPT_S - 5)
    assert demos.store.lesson(demo.id) is not None
    demos._looked_at = -np.inf
    demos.tick(time.time() + KEPT_S + 5)
    assert [lesson.id for lesson in demos.store.lessons()] == [real.id]


def test_a_server_that_starts_again_ends_what_nobody_moves(demos):
    lesson = demos.open(CLASS_ONLY)
    demos._running.clear()
    demos.start()
    demos.stop()
    assert not demos.store.lesson(lesson.id).is_open


def test_exports_and_report_say_that_it_is_a_demo(demos):
    lesson = demos.open(PER_STUDENT)
    assert demos.writer.write()
    for kind, report in REPORTS.items():
        head, *lines = b"".join(report(demos.store, lesson)).decode("utf-8-sig").splitlines()
        assert head.endswith(",demo") and lines and all(line.endswith(",made-up students") for line in lines), kind
        assert file_name(lesson, kind).startswith("demo-")
    page = handout(demos.store, demos.journal, lesson, time.time(), UTC)
    assert "these students are made up" in page


def test_the_class_moves():
    of = np.array([demo_class.probabilities(at_s) for at_s in range(demo_class.ROUND_S)])
    assert np.allclose(of.sum(axis=2), 1) and (of >= 0).all()
    of_class = of.mean(axis=1)
    negative = of_class[:, [0, 1, 2, 5]].sum(axis=1)
    assert negative[180:230].mean() > negative[:100].mean() + 0.2  # more than an alert takes
    assert of_class[405, 3] > of_class[:100, 3].mean() + 0.2
    assert np.array_equal(demo_class.probabilities(77), demo_class.probabilities(77))
