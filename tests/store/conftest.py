"""A lesson with two students in an empty database."""

import pytest

from fer.records import PER_STUDENT
from tests.store.rows import T0


@pytest.fixture
def lesson(fresh_store):
    return fresh_store.create_lesson("Maths", T0, view=PER_STUDENT)


@pytest.fixture
def ana(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ana", "hash-ana", T0)


@pytest.fixture
def ben(fresh_store, lesson):
    return fresh_store.add_student(lesson.id, "Ben", "hash-ben", T0 + 1)
