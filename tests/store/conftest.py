"""A lesson with two students in an empty database."""

import pytest

from fer.records import PER_STUDENT
from fer.store.journal import Journal
from tests.store.rows import T0


@pytest.fixture
def lesson(fresh_store):
    return fresh_store.create_lesson("Maths", T0, view=PER_STUDENT)


@pytest.fixture
def journal(fresh_store):
    return Journal(fresh_store)


@pytest.fixture
def ana(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ana", "hash-ana", T0)


@pytest.fixture
def ben(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ben", "hash-ben", T0 + 1)
