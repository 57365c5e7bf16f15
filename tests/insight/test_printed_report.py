"""The printed page: self-contained, safe, and what stood out."""

import pandas as pd
import pytest

from fer.insight.printed_report import handout, peaks
from fer.records import EMOTIONS, PER_STUDENT, PRESENCE, Alert, Observation, Status
from fer.store.journal import Journal


def counts(*steps):
    rows = [
        (time, name, 10 if p == max(means.values()) else 0, 10 * p)
        for time, means in steps
        for name, p in ((name, means.get(name, 0.0)) for name in EMOTIONS)
    ]
    return pd.DataFrame(rows, columns=["time", "state", "n", "p"])


def test_peaks_are_found_and_named():
    calm = {"neutral": 0.97, "happy": 0.03}
    table = counts((0, calm), (60, {"surprise": 0.6, "neutral": 0.4}), (120, calm), (180, {"sad": 0.8, "neutral": 0.2}))
    assert peaks(table) == [
        (0.0, "highest concentration index of the lesson"),
        (60.0, "most surprise of the lesson"),
        (180.0, "most negative of the lesson"),
    ]
    assert peaks(counts(*[(time, calm) for time in range(0, 300, 60)])) == [] and peaks(counts((0, calm))) == []


def clock(at):
    return f"{at:.0f}"


def test_a_lesson_on_a_page_without_anything_from_elsewhere(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("<b>Maths</b>", 0.0, view=PER_STUDENT)
    ana = fresh_store.add_student(lesson.id, "Secret name", "hash", 0.0)
    fresh_store.append(
        [
            Observation(
                lesson.id,
                ana.id,
                float(at),
                Status.FACE,
                0,
                (0.0, 0.0, 9.0, 9.0),
                (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
                "happy",
            )
            for at in range(60)
        ]
    )
    journal.mark(lesson.id, "<script>alert(1)</script>", 10.0)
    journal.log_alert(lesson.id, Alert("lost", 0.5), 20.0)
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], 30.0)
    journal.vote(journal.open_poll_of(lesson.id), ana.id, 0, 31.0)
    journal.say(lesson.id, ana.id, "lost", 32.0)
    page = handout(fresh_store, journal, lesson, 60.0, clock)
    assert "&lt;b&gt;Maths" in page and "&lt;script&gt;" in page and "<script" not in page
    assert "http" not in page and "Secret name" not in page
    assert "Clear? Yes 1, No 0" in page and "lost 1" in page and "positive 100 %" in page
    assert "Not for marks, attendance or discipline" in page


def test_an_empty_lesson_has_a_page_too(fresh_store):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    assert "No face was seen" in handout(fresh_store, Journal(fresh_store), lesson, 0.0, clock)
    lesson = fresh_store.create_lesson("Maths", 0.0, view=PRESENCE)
    page = handout(fresh_store, Journal(fresh_store), lesson, 0.0, clock)
    assert "No face was looked at" in page and "guess" not in page and "happy" not in page


@pytest.mark.parametrize(("moments", "more"), [(12, 0), (30, 18)])
def test_a_long_list_is_cut_and_says_so(fresh_store, moments, more):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    for at in range(moments):
        journal.mark(lesson.id, f"Moment {at}", float(at))
    assert (f"and {more} more in the CSV" in handout(fresh_store, journal, lesson, 60.0, clock)) == bool(more)
