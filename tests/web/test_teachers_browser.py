"""A student who joins in the browser in which the teacher is signed in."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.records import CLASS_ONLY, PER_STUDENT
from fer.web.routes import routes


def open_signin(running, ticket: str, cookies: dict) -> None:
    client = TestClient(Starlette(routes=routes(running)), cookies=cookies, follow_redirects=False)
    assert client.get("/signin", params={"ticket": ticket}).status_code == 303


@pytest.mark.parametrize(
    ("view", "is_signed_in", "is_said"),
    [(CLASS_ONLY, True, True), (CLASS_ONLY, False, False), (PER_STUDENT, True, False)],
)
def test_it_is_said_in_a_class_only_lesson(running, caplog, view, is_signed_in, is_said):
    lesson = running.lessons.start("Maths", view, "JP", "teaching")
    other = running.lessons.start("Physics", view, "JP", "teaching")
    session = running.sign_in.redeem(running.sign_in.ticket(60))
    cookies = {session.cookie: session.value} if is_signed_in else {}
    open_signin(running, running.students.join(lesson, "Ana"), cookies)
    student = running.store.students(lesson.id)["student_id"].item()
    assert not running.students.has_teachers_own(lesson.id)  # who has no seat gives nobody away
    running.seats.open(lesson.id, student)
    assert running.students.has_teachers_own(lesson.id) == is_said
    assert not running.students.has_teachers_own(other.id)
    assert ("joined in a teacher's browser" in caplog.text) == is_said
    running.seats.close(student)
    assert not running.students.has_teachers_own(lesson.id)
