"""The audit log: who did what, seen and downloaded by an admin, without a student's name."""

import csv
import time

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from fer.config import Settings
from fer.insight import identities
from fer.lesson.auth import hash_token
from fer.store.audit import COMMAND_LINE, SERVER, Done
from fer.web.api import keys
from fer.web.routes import routes
from tests.pages.test_pages import show, sign_in, texts
from tests.web.test_own_lessons import ADA, ANA, answers, come_in, start


def said(running):
    """The rows without their times, the oldest first."""
    rows = running.store.actions()[["who", "done", "lesson", "about"]]
    return [tuple(row) for row in rows.iloc[::-1].itertuples(index=False)]


def test_every_address_of_a_lesson_is_noted_before_anything_is_sent(running):
    lesson = start(running, "Maths", come_in(running, ANA).id)
    found = 0
    for route in routes(running):
        if isinstance(route, Route) and "{lesson_id}" in route.path:
            address = route.path.replace("{lesson_id}", str(lesson.id)).replace("{kind}", "students")
            assert answers(running, address) == 200, route.path
            found += 1
            assert len(said(running)) == found, f"{route.path} is not noted"
    noted = said(running)
    assert {(ANA, "exported", lesson.id, "students.csv"), (ANA, "exported", lesson.id, "report")} <= set(noted)
    come_in(running, ADA)
    assert answers(running, f"/report/{lesson.id}") == 404
    assert len(said(running)) == found  # nothing was exported


def test_nothing_of_a_deleted_student_or_lesson_is_left_in_it(running):
    ana = come_in(running, ANA)
    lesson = start(running, "Secret title", ana.id)
    answers(running, f"/export/{lesson.id}/students.csv")
    running.lessons.delete_by(ana, lesson)
    assert running.store.lessons() == []
    assert said(running)[-1] == (ANA, "deleted", lesson.id, "")
    come_in(running, ADA, is_admin=True)
    app = show("pages/admin.py")
    app.segmented_control[0].set_value("Audit log").run()
    table = app.dataframe[0].value
    assert table["Of"].tolist() == [f"lesson {lesson.id}", f"lesson {lesson.id} · students.csv"]
    assert "Secret" not in str(table) + texts(app) + str(said(running))


def test_it_has_who_signed_in(running):
    client = TestClient(Starlette(routes=routes(running)), follow_redirects=False)
    client.get("/signin", params={"ticket": "made up"})
    client.get("/signin", params={"ticket": running.sign_in.ticket(60)})
    assert said(running) == [("password or printed link", "signed in", 0, "")]


def test_the_settings_are_noted_when_they_change(running):
    for settings in (running.settings, running.settings, Settings(keep_days=7, teacher_password="hidden", port=9000)):
        object.__setattr__(running, "settings", settings)
        running.note_settings()
    first, second = said(running)
    assert (
        first[:2] == (SERVER, "changed")
        and second[3] == "settings: FER_TEACHER_PASSWORD=set, not shown, FER_KEEP_DAYS=7"
    )


def test_an_admin_downloads_it_and_a_teacher_does_not(running):
    teacher = come_in(running, ANA)
    running.store.note_action(teacher, Done.ADDED, "=a formula", 1_700_000_000.0)
    assert answers(running, "/admin/audit.csv") == 403
    sign_in(running)
    answer = TestClient(Starlette(routes=routes(running)), cookies=running.cookies).get("/admin/audit.csv")
    rows = list(csv.reader(answer.text.removeprefix("\ufeff").splitlines()))
    assert rows[0] == ["time", "who", "what", "lesson", "of"]
    assert rows[1][1:] == ["password or printed link", "exported", "", "the audit log"]
    assert rows[2] == ["2023-11-14T22:13:20.000Z", ANA, "added", "", "'=a formula"]


def test_an_admin_signs_a_teacher_out(running):
    teacher = come_in(running, ANA)
    session = running.cookies[running.sign_in.cookie]
    come_in(running, ADA, is_admin=True)
    running.store.sign_teacher_out(hash_token("nobody"))
    assert running.sign_in.teacher(session) == teacher
    running.store.sign_teacher_out(hash_token(ANA))
    assert running.sign_in.teacher(session) is None and show("pages/admin.py").title[0].value == "Admin"


def test_it_goes_with_time_and_keeps_the_teachers_it_names(running):
    now = time.time()
    teacher = come_in(running, ANA)
    running.store.note_action(teacher, Done.EXPORTED, "old", now - 100)
    running.store.note_action(teacher, Done.EXPORTED, "new", now)
    running.store.forget_actions(now - 50)
    running.store.forget_teachers(now + 50)
    assert said(running) == [(ANA, "exported", 0, "new")]
    running.store.forget_actions(now + 50)
    running.store.forget_teachers(now + 50)
    assert said(running) == [] and running.store.teachers().empty


def test_what_is_done_on_the_command_line_is_noted(running, monkeypatch, tmp_path):
    monkeypatch.delenv("FER_TEST_POSTGRESQL", raising=False)  # it is no setting
    monkeypatch.setenv("FER_DATA_DIR", str(running.settings.data_dir))
    if running.settings.database_url:
        monkeypatch.setenv("FER_DATABASE_URL", running.settings.database_url)
    keys.main(["add", "moodle", "--country", "JP", "--purpose", "teaching"])
    keys.main(["list"])
    keys.main(["revoke", "moodle"])
    with pytest.raises(SystemExit):
        keys.main(["revoke", "moodle"])
    identities.main(["export", str(tmp_path / "roster.csv")])
    assert said(running) == [
        (COMMAND_LINE, "added", 0, "key moodle"),
        (COMMAND_LINE, "deleted", 0, "key moodle"),
        (COMMAND_LINE, "exported", 0, "people, by identities export"),
    ]
