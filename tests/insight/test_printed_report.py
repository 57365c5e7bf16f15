"""The printed page: self-contained, safe, and what stood out."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

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


def test_a_lesson_on_a_page_without_anything_from_elsewhere(fresh_store):
    journal, lesson = (
        Journal(fresh_store),
        fresh_store.create_lesson("<b>Maths</b>", 0.0, view=PER_STUDENT, course="3b & 3c"),
    )
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
    journal.raise_hand(lesson, ana, "", 33.0)
    journal.ask_in_words(lesson.id, ana.id, "<i>Why?</i>", 34.0)
    journal.mark_answered(journal.questions(lesson)[0].id, 35.0)
    page = handout(fresh_store, journal, lesson, 60.0, UTC)
    assert "hands raised 1" in page and "&lt;i&gt;Why?&lt;/i&gt; (answered)" in page and "1 answered" in page
    assert "&lt;b&gt;Maths" in page and "&lt;script&gt;" in page and "<script>" not in page
    assert "http" not in page and "Secret name" not in page
    assert (
        "Clear?</h2><table>" in page
        and ">Yes</th><td>1</td><td>100 %</td>" in page
        and "I'm lost 1" in page
        and "positive 100 %" in page
    )
    assert "Not for marks, attendance or discipline" in page and "<dd>3b &amp; 3c</dd>" in page
    assert "share of faces" in page and ">100 %</text>" in page and ">00:00</text>" in page  # the axes
    assert all(f"<{landmark}>" in page for landmark in ("header", "main", "footer"))


def test_an_empty_lesson_has_a_page_too(fresh_store):
    lesson = fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    assert "No face was seen" in handout(fresh_store, Journal(fresh_store), lesson, 0.0, UTC)
    lesson = fresh_store.create_lesson("Maths", 0.0, view=PRESENCE)
    page = handout(fresh_store, Journal(fresh_store), lesson, 0.0, UTC)
    assert "No face was looked at" in page and "guess" not in page and "happy" not in page


@pytest.mark.parametrize(("moments", "more"), [(12, 0), (30, 18)])
def test_a_long_list_is_cut_and_says_so(fresh_store, moments, more):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    for at in range(moments):
        journal.mark(lesson.id, f"Moment {at}", float(at))
    assert (f"and {more} more in the CSV" in handout(fresh_store, journal, lesson, 60.0, UTC)) == bool(more)


def test_times_of_a_night_in_which_clocks_go_back_are_clear(fresh_store):
    """From 23:30 over midnight, and over 03:00, when it is 02:00 again."""
    berlin, journal = ZoneInfo("Europe/Berlin"), Journal(fresh_store)
    began_at = datetime(2026, 10, 24, 23, 30, tzinfo=berlin).timestamp()
    lesson = fresh_store.create_lesson("Stars", began_at, view=PRESENCE)
    for hours in (0.25, 1, 3, 4):
        journal.mark(lesson.id, "Look", began_at + 3600 * hours)
    page = handout(fresh_store, journal, lesson, began_at + 5 * 3600, berlin)
    assert "24 October 2026, 23:30 to 25 Oct, 03:30 (Europe/Berlin)" in page
    times = [part.split(": Look")[0] for part in page.split("<li>")[1:]]
    assert times == ["23:45", "25 Oct, 00:30", "25 Oct, 02:30 CEST", "25 Oct, 02:30 CET"]


def test_numbers_of_neighbouring_marks_do_not_lie_upon_each_other(fresh_store):
    journal, lesson = Journal(fresh_store), fresh_store.create_lesson("Maths", 0.0, view=PER_STUDENT)
    ana = fresh_store.add_student(lesson.id, "Ana", "hash", 0.0)
    happy = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    fresh_store.append([Observation(lesson.id, ana.id, 1.0, Status.FACE, 0, (0.0, 0.0, 9.0, 9.0), happy, "happy")])
    for at in (100, 101, 102, 500):
        journal.mark(lesson.id, "Now", float(at))
    page = handout(fresh_store, journal, lesson, 600.0, UTC)
    assert re.findall(r'y="(-?\d+)" text-anchor="middle" font-weight', page) == ["-5", "-17", "-29", "-5"]
