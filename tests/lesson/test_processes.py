"""Two processes of one database, each with a clock that stands still until it is moved."""

from dataclasses import replace

import pytest

from fer.config import Settings
from fer.lesson.processes import DEAD_AFTER_S, Processes


@pytest.fixture
def lost():
    return []


@pytest.fixture
def two(fresh_store, lost, clock):
    """Processes 1 and 2; what 1 loses goes to ``lost``."""
    made = [
        Processes(fresh_store, replace(Settings(), process=name), to.append, lambda: None)
        for name, to in (("1", lost), ("2", []))
    ]
    for one in made:
        one.greet()
    return made


def test_alone_it_has_every_lesson(fresh_store, clock):
    alone = Processes(fresh_store, Settings(), print, print)
    lesson = fresh_store.create_lesson("Maths", clock.now)
    alone.place(lesson.id)
    assert alone.home(lesson.id, "") == "" and alone.is_here(lesson.id)
    assert fresh_store.process_of(lesson.id) is None


def test_a_lesson_is_in_one_process_whoever_is_asked(fresh_store, two, clock):
    first, second = two
    lesson = fresh_store.create_lesson("Maths", clock.now)
    first.place(lesson.id)
    assert [one.home(lesson.id, came_by) for one in two for came_by in ("", "1", "2")] == ["1"] * 6
    assert first.is_here(lesson.id) and not second.is_here(lesson.id)
    nowhere = fresh_store.create_lesson("From before", clock.now)
    assert second.home(nowhere.id, "") == first.home(nowhere.id, "") == "2"


def test_the_other_takes_it_over_where_it_is_dead_and_the_proxy_could_not_reach_it(fresh_store, two, clock, lost):
    first, second = two
    lesson = fresh_store.create_lesson("Maths", clock.now)
    first.place(lesson.id)
    first.home(lesson.id, "1")
    clock.now += DEAD_AFTER_S - 0.1
    assert second.home(lesson.id, "1") == "1", "it may only be slow"
    clock.now += 0.2
    assert second.home(lesson.id, "") == second.home(lesson.id, "2") == "1", "the proxy may reach it"
    assert second.home(lesson.id, "1") == "2" and second.is_here(lesson.id)
    assert first.is_here(lesson.id) and lost == []
    first.greet()  # it was not dead
    assert lost == [lesson.id] and not first.is_here(lesson.id)
    assert first.home(lesson.id, "1") == "2"


def test_a_lesson_that_has_ended_is_not_lost(fresh_store, two, clock, lost):
    """Else a class-only lesson could begin again with a late frame, and what waits to be written would go."""
    lesson = fresh_store.create_lesson("Maths", clock.now)
    two[0].place(lesson.id)
    two[0].home(lesson.id, "1")
    fresh_store.end_lesson(lesson.id, clock.now)
    two[0].greet()
    assert lost == [] and two[0].is_here(lesson.id)


def test_who_ends_says_so(fresh_store, two, clock):
    first, second = two
    lesson = fresh_store.create_lesson("Maths", clock.now)
    first.place(lesson.id)
    first.start()
    first.stop()
    assert second.home(lesson.id, "1") == "2"
