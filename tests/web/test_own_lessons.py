"""A teacher with a school account sees their own lessons and nobody else's, whatever address they ask for."""

import re
import time
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from fer.config import ROOT
from fer.lesson.auth import hash_token
from fer.lesson.mirrors import Mirrors
from fer.lesson.pictures import Given
from fer.records import PER_STUDENT
from fer.store.keys import ApiKey
from fer.web.picture_routes import picture_route
from fer.web.routes import routes
from tests.pages.test_pages import box, button, seen, show, sign_in, texts
from tests.store.test_pictures import PICTURE, READ

ANA, BEN, ADA = (f"{name}@school.example.org" for name in ("ana", "ben", "ada"))


def come_in(running, name, is_admin=False):
    teacher = running.store.teacher_signs_in(hash_token(name), name, is_admin, time.time())
    running.cookies[running.sign_in.cookie] = running.sign_in.new_school_session(teacher, 60)
    return teacher


def start(running, title, teacher_id):
    lesson = running.lessons.start(title, PER_STUDENT, "JP", "teaching", "Secret course", owner_id=teacher_id)
    running.store.add_student(lesson.id, "Secret name", f"hash of {title}", time.time())
    return lesson


@pytest.fixture
def secret(running):
    """A lesson of Ana's; Ben has come in, who has one, too."""
    lesson = start(running, "Secret title", come_in(running, ANA).id)
    running.lessons.start("His own", "presence", owner_id=come_in(running, BEN).id)
    return lesson


def everything(app):
    shown = (
        [one.value for one in app.dataframe],
        [one.options for one in app.selectbox],
        [one.proto for one in app.get("html")],
    )
    return texts(app) + str(shown)


def shows(running, page, lesson):
    app = show(f"pages/{page}.py", lesson=str(lesson.id), course=lesson.course)
    return "Secret" in everything(app) or lesson.code in everything(app)


PAGES = sorted(
    path.stem for path in (ROOT / "pages").glob("*.py") if "guards.require_" in path.read_text(encoding="utf-8")
)


def test_the_pages_with_a_guard_are_found():
    assert {"dashboard", "lessons", "replay", "course", "models", "admin"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_another_teacher_sees_nothing_of_it_on_any_page(running, secret, page):
    assert not shows(running, page, secret)


@pytest.mark.parametrize("page", ["dashboard", "lessons", "replay", "course"])
def test_its_teacher_and_an_admin_see_it(running, secret, page):
    for name, is_admin in ((ANA, False), (ADA, True)):
        come_in(running, name, is_admin)
        assert shows(running, page, secret)
    sign_in(running)  # with the password or the link
    assert shows(running, page, secret)


def answers(running, path):
    client = TestClient(Starlette(routes=routes(running)), cookies=running.cookies, follow_redirects=False)
    return client.get(path).status_code


def test_another_teacher_gets_no_address_of_it(running, secret):
    of_lessons = [
        one.path
        for one in routes(running)
        if isinstance(one, Route) and one.path.count("{lesson_id}") and "GET" in one.methods
    ]
    assert {"/report/{lesson_id}", "/export/{lesson_id}/{kind}.csv"} <= set(of_lessons)
    for path in of_lessons:
        address = re.sub(r"{(\w+)(:\w+)?}", "observations", path.replace("{lesson_id}", str(secret.id)))
        assert answers(running, address) == 404, path
    come_in(running, ANA)
    assert answers(running, f"/export/{secret.id}/observations.csv") == answers(running, f"/report/{secret.id}") == 200


def test_what_is_of_everybody_is_an_admins(running, secret):
    assert answers(running, "/people/roster.csv") == 403
    for page in ("admin", "people"):
        assert [one.value for one in show(f"pages/{page}.py").info] == ["Only an admin of this server sees this page."]
    assert "Use it for new lessons" not in [one.label for one in show("pages/models.py").button]


def test_a_mirror_is_closed_by_who_opened_it_or_an_admin(running, monkeypatch):
    monkeypatch.setattr(Mirrors, "_run", lambda *_: None)
    monkeypatch.setattr(running.recognition, "mirror_eyes", lambda _: None)
    for closed_by, is_admin in ((ANA, False), (ADA, True)):
        come_in(running, ANA)
        app = show("pages/open_mirror.py")
        box(app, "Country").set_value("JP")
        box(app, "Purpose").set_value("research")
        button(app, "Open the mirror").click().run()
        code = running.mirrors.mirror.code
        come_in(running, BEN)
        app = show("pages/open_mirror.py")
        assert "Another teacher's mirror" in app.info[0].value and code not in everything(app) and not app.button
        come_in(running, closed_by, is_admin)
        button(show("pages/open_mirror.py"), "Close the mirror").click().run()
        assert running.mirrors.mirror is None


def test_a_lesson_that_is_nobodys_is_an_admins(running):
    earlier = start(running, "Secret title", None)
    running.lessons.start("His own", "presence", owner_id=come_in(running, BEN).id)
    assert not shows(running, "lessons", earlier)
    come_in(running, ADA, is_admin=True)
    assert shows(running, "lessons", earlier)


def test_a_lesson_belongs_to_who_starts_it(running):
    teacher = come_in(running, BEN)
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("Maths")
    app.radio[0].set_value("presence")
    button(app, "Start the lesson").click().run()
    assert [one.owner_id for one in running.store.lessons()] == [teacher.id]


def test_a_page_that_is_open_shows_nothing_more_once_the_role_is_gone(running, secret):
    ada = come_in(running, ADA, is_admin=True)
    seen(running, secret)
    app = show("pages/dashboard.py")
    assert "Start a lesson" in everything(app)  # they have none of their own
    app.selectbox[0].set_value(next(one for one in running.lessons.seen_by(ada) if one.id == secret.id)).run()
    assert app.subheader[0].value == "Secret title"
    running.store.teacher_signs_in(hash_token(ADA), ADA, False, time.time())  # they sign in elsewhere, as a teacher
    app.run()
    assert "Secret" not in everything(app)
    running.store.sign_teacher_out(hash_token(ADA))
    app.run()
    assert [one.value for one in app.title] == ["Teacher sign-in"]


def test_pages_ask_for_lessons_by_the_guard_only():
    """What is written later, too: ``guards.lessons``, ``guards.lesson`` and ``for_teacher.for_lesson`` know who asks."""
    unguarded = re.compile(r"store\.(lessons|lesson_by_number|open_lessons)\(")
    of_none = {"watching.py", "seat_socket.py"}  # counts them; knows students by their seats
    for file in [*(ROOT / "pages").glob("*.py"), *(ROOT / "fer" / "web").glob("*.py")]:
        if file.name not in of_none:
            assert not unguarded.search(file.read_text(encoding="utf-8")), file.name


def test_an_admin_sees_the_server_and_no_secret(running, secret):
    settings = running.settings
    for name, value in (("teacher_password", "hidden-1"), ("turn_secret", "hidden-2"), ("keep_days", 7)):
        object.__setattr__(settings, name, value)
    teacher = running.store.teachers().set_index("name")["teacher_id"]
    running.store.add_key(ApiKey("moodle", "JP", "teaching", 10, time.time(), None, int(teacher[ANA])), "hash")
    come_in(running, ADA, is_admin=True)
    app = show("pages/admin.py")
    shown = everything(app)
    assert "hidden" not in shown and "hidden" not in repr(settings)
    table = app.dataframe[0].value.set_index("Setting")
    assert table.loc["FER_TEACHER_PASSWORD", "In force"] == "set, not shown"
    assert tuple(table.loc["FER_KEEP_DAYS", ["In force", "Changed"]]) == ("7", "yes")
    for view, said in (
        ("Teachers", BEN),
        ("Keys", "moodle"),
        ("Keys", ANA),
        ("People", "0 people"),
        ("Retention", "7 days"),
    ):
        app.segmented_control[0].set_value(view).run()
        assert not app.exception and said in everything(app), view


def test_teachers_to_whom_nothing_belongs_are_forgotten(running):
    ana, ben = come_in(running, ANA), come_in(running, BEN)
    start(running, "Maths", ana.id)
    running.store.forget_teachers(time.time() - 60)
    assert len(running.store.teachers()) == 2
    running.store.forget_teachers(time.time() + 60)
    assert running.store.teachers()["name"].tolist() == [ANA]
    assert running.sign_in.teacher(running.cookies[running.sign_in.cookie]) is None
    assert come_in(running, BEN).id != ben.id


def test_a_kept_picture_is_seen_by_its_teacher_and_an_admin(running):
    ana = come_in(running, ANA)
    running.store.keep_picture(replace(PICTURE, name="Secret picture", owner_id=ana.id), b"", READ)
    for name, is_admin, sees in ((BEN, False, False), (ANA, False, True), (ADA, True, True)):
        come_in(running, name, is_admin)
        app = show("pages/pictures.py")
        app.segmented_control(key="pictures-view").set_value("Kept").run()
        assert ([list(one.value["Name"]) for one in app.dataframe] == [["Secret picture"]]) == sees, name
        assert bool(app.dataframe) == sees


def test_the_addresses_of_a_page_s_pictures_answer_its_teacher_and_an_admin(running):
    ana = come_in(running, ANA)
    work = running.pictures.start([Given("1", "text.jpg", b"text")], "JP", "private", owner_id=ana.id)
    assert work.ended.wait(20)
    client = TestClient(Starlette(routes=[picture_route(running)]))
    for name, is_admin, status in ((BEN, False, 404), (ANA, False, 200), (ADA, True, 200)):
        come_in(running, name, is_admin)
        client.cookies.set(running.sign_in.cookie, running.cookies[running.sign_in.cookie])
        assert client.get(f"/picture/{work.token}/faces.csv").status_code == status, name
