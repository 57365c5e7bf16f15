"""A lesson that is in another process: its pages send the browser there."""

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from fer.lesson.processes import CAME_BY, Processes
from fer.records import PRESENCE
from fer.web import homes
from tests.pages.test_pages import show, sign_in


@pytest.fixture
def asked(running, monkeypatch):
    """This is process 2; ``asked["X-Process"]`` is the one that the browser asked for."""
    settings = replace(running.settings, process="2", public_url="https://class.example.org")
    monkeypatch.setattr(running, "processes", Processes(running.store, settings, print, print))
    headers = {CAME_BY: "2"}
    context = SimpleNamespace(headers=headers)
    monkeypatch.setattr(homes, "st", SimpleNamespace(**vars(homes.st) | {"context": context}))
    return headers


def goes_to(app):
    """Where the page sends the browser; None for a page that stays."""
    marks = [one.value for one in app.html if "data-go" in one.value] if app.html else []
    return marks[0].split('data-go="')[1].split('"')[0] if marks else None


@pytest.mark.parametrize("page", ["join", "dashboard"])
def test_it_stays_where_the_lesson_is_and_else_goes_there(running, asked, page):
    lesson = running.lessons.start("Mathematics", PRESENCE)
    sign_in(running)
    running.store.take_lesson(lesson.id, "2")
    assert goes_to(show(f"pages/{page}.py", code=lesson.code)) is None
    asked[CAME_BY] = ""  # by the address without a process
    said = f"&amp;lesson={lesson.id}" if page == "dashboard" else ""
    assert goes_to(show(f"pages/{page}.py", code=lesson.code)) == f"/2/{page}?code={lesson.code}{said}"
    other = running.lessons.start("Physics", PRESENCE)
    running.store.take_lesson(other.id, "1")
    running.lessons.end(lesson)
    asked[CAME_BY] = "2"
    assert goes_to(show(f"pages/{page}.py", code=other.code)).startswith(f"/1/{page}?code={other.code}")


def test_it_waits_for_one_that_does_not_answer_until_that_is_dead(running, asked, monkeypatch):
    lesson = running.lessons.start("Mathematics", PRESENCE)
    running.store.take_lesson(lesson.id, "1")
    running.store.greet("1", 4e9)
    asked[CAME_BY] = "1"
    monkeypatch.setattr(homes, "SILENT_S", 0)
    app = show("pages/join.py", code=lesson.code)
    assert "One moment" in app.caption[0].value and not app.button
    monkeypatch.setattr(homes, "SILENT_S", math.inf)
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: running.store.part("1"))  # it dies meanwhile
    monkeypatch.setattr(homes, "time", clock)
    app = show("pages/join.py", code=lesson.code)
    assert not app.caption or "One moment" not in app.caption[0].value
    assert running.store.process_of(lesson.id) == "2" and app.button
