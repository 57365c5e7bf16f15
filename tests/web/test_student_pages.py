"""The student's pages in real browsers: languages, and a camera that fails."""

import pytest

from tests.live import Browsers, running, start_lesson
from tests.scenes import astronaut_bgr, write_clip


@pytest.fixture
def browsers():
    opened = Browsers()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "face.mjpeg", astronaut_bgr())


def test_the_browser_s_language_another_one_and_that_it_is_remembered(browsers, face, tmp_path):
    with running(tmp_path) as server:
        teacher = browsers.page()
        code = start_lesson(teacher, server, "Physics", "No expressions")
        context = teacher.context.browser.new_context(locale="de-AT")
        student = context.new_page()
        student.goto(f"{server.url}/join?code={code}")
        student.get_by_role("heading", name="Was über dich gespeichert wird").wait_for()
        assert student.evaluate("document.documentElement.lang") == "de"
        student.get_by_role("radio", name="Español").click()
        student.get_by_role("heading", name="Qué se guarda sobre ti").wait_for()
        assert student.evaluate("document.documentElement.lang") == "es"
        student.locator("label", has_text="He leído esto").click()
        student.get_by_role("button", name="Entrar", exact=True).click()  # a full page load
        student.get_by_text("Estás en la clase").wait_for()
        student.get_by_role("button", name="Me he perdido").click()
        teacher.get_by_text("I'm lost 1").wait_for()
        another_day = context.new_page()
        another_day.goto(server.url)
        another_day.get_by_role("heading", name="Soy estudiante").wait_for()
        another_day.get_by_role("link", name="Abrir el panel").click()
        another_day.get_by_role("heading", name="Teacher sign-in").wait_for()
        assert another_day.evaluate("document.documentElement.lang") == "en"
