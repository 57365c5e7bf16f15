"""The mirror's two pages without a browser: who opens it, and what a visitor reads and agrees to."""

import pytest

from fer.lesson import mirrors
from fer.lesson.seats import ClassFull
from fer.vision.group_photo import Frame
from fer.web import mirror_parts
from tests.lesson.test_mirrors import OneHappyFace
from tests.lesson.test_mirrors import show as look_into
from tests.pages.test_pages import box, button, show, sign_in, texts
from tests.scenes import astronaut_bgr


@pytest.fixture(autouse=True)
def without_its_thread(running, monkeypatch):
    monkeypatch.setattr(mirrors.Mirrors, "_run", lambda *_: None)
    monkeypatch.setattr(running.recognition, "mirror_eyes", lambda namer: OneHappyFace)


def agree(code):
    app = show("pages/mirror.py", code=code)
    app.checkbox[0].check()
    return button(app, "Look into the mirror").click().run()


def test_the_teacher_opens_it_by_the_law_and_closes_it(running):
    sign_in(running)
    app = show("pages/open_mirror.py")
    button(app, "Open the mirror").click().run()
    assert app.error[0].value.startswith("Choose the country") and running.mirrors.mirror is None
    box(app, "Country").set_value("FR")
    box(app, "Purpose").set_value("teaching")
    button(app, "Open the mirror").click().run()
    assert "AI Act" in app.error[0].value and running.mirrors.mirror is None
    box(app, "Purpose").set_value("private")
    button(app, "Open the mirror").click().run()
    mirror = running.mirrors.mirror
    assert (mirror.country, mirror.purpose, mirror.greeting) == ("FR", "private", None)
    assert "**France** · Trying it out in private" in texts(app)
    assert f"/mirror?code={mirror.code}" in app.get("html")[0].proto.body
    button(app, "Close the mirror").click().run()
    assert running.mirrors.mirror is None and "Open the mirror" in [one.label for one in app.button]


def test_a_greeting_needs_a_text_or_a_sound(running):
    sign_in(running)
    app = show("pages/open_mirror.py")
    box(app, "Country").set_value("JP")
    box(app, "Purpose").set_value("research")
    box(app, "Greet when somebody looks").set_value("happy").run()
    app.text_input[0].set_value("  ")
    button(app, "Open the mirror").click().run()
    assert app.error[0].value == "A greeting needs a text or a sound."
    app.text_input[0].set_value("Hello *you*")
    app.toggle[0].set_value(True)
    button(app, "Open the mirror").click().run()
    assert running.mirrors.mirror.greeting == mirrors.Greeting("happy", "Hello *you*", sound=True)
    assert "When somebody looks happy: “Hello \\*you\\*” · a sound" in texts(app)


def test_who_has_no_right_code_is_asked_for_it(running):
    running.mirrors.open("JP", "research")
    for code in ("", "ABC234"):
        app = show("pages/mirror.py", code=code)
        assert bool(app.error) == bool(code) and app.text_input[0].label == "Code" and not app.checkbox


def test_nobody_is_looked_at_before_they_agree(running):
    mirror = running.mirrors.open("JP", "research")
    app = show("pages/mirror.py", code=mirror.code)
    assert "no picture or video is stored" in texts(app) and "opened for: research" in texts(app)
    button(app, "Look into the mirror").click().run()
    assert app.error[0].value.startswith("Tick the box") and running.mirrors.visitors() == []
    assert not app.get("component_instance")
    app.checkbox[0].check()
    button(app, "Look into the mirror").click().run()
    [visitor] = running.mirrors.visitors()
    assert app.get("component_instance") and visitor.token in app.get("html")[0].proto.body
    assert "Your camera is not shared" in app.info[0].value


def test_a_group_photo_is_set_up_shown_and_thrown_away(running):
    app = agree(running.mirrors.open("JP", "research").code)
    [visitor] = running.mirrors.visitors()
    assert box(app, "Expression").options[0] == "happy"
    app.number_input[0].set_value(3)
    button(app, "Take a group photo").click().run()
    assert visitor.is_waiting and visitor._photo.least == 3
    button(app, "Cancel").click().run()
    assert not visitor.is_waiting
    button(app, "Take a group photo").click().run()
    look_into(visitor)
    visitor._photo.taken = Frame(astronaut_bgr(), visitor.last.faces, 1.0, 1.0)
    app.run()
    assert "320 x 240 pixels" in app.caption[0].value
    assert any("data:image/jpeg;base64," in one.proto.body for one in app.get("html"))
    assert "Keep it" not in [one.label for one in app.button]  # nobody is signed in
    button(app, "Take another").click().run()
    assert visitor.is_waiting
    button(app, "Leave the mirror").click().run()
    assert running.mirrors.visitors() == [] and app.checkbox


def test_a_full_machine_and_a_closed_mirror_are_said(running, monkeypatch):
    mirror = running.mirrors.open("JP", "research")
    app = agree(mirror.code)
    [visitor] = running.mirrors.visitors()

    def full(_):
        raise ClassFull

    with monkeypatch.context() as patched:
        patched.setattr(mirrors.Visitor, "seat", full)
        assert "No place is free" in app.run().warning[0].value
    running.mirrors.close()

    def rerun(scope):
        raise LookupError(scope)

    monkeypatch.setattr(mirror_parts.st, "rerun", rerun)
    with pytest.raises(LookupError, match="app"):
        mirror_parts.wait_for_place.__wrapped__(running, visitor)
    monkeypatch.undo()


def test_a_closed_mirror_is_said(running, monkeypatch):
    app = agree(running.mirrors.open("JP", "research").code)
    running.mirrors.close()
    app.run()
    assert "The mirror has been closed" in app.info[0].value and not app.get("component_instance")


def test_only_a_teacher_keeps_a_group_photo(running):
    mirror = running.mirrors.open("JP", "research")
    sign_in(running)
    app = agree(mirror.code)
    [visitor] = running.mirrors.visitors()
    visitor.wait_for("happy", 1)
    look_into(visitor)
    photo = visitor._photo.taken = Frame(astronaut_bgr(), visitor.last.faces, 1.0, 1.0)
    button(app.run(), "Keep it").click().run()
    assert "It is kept on the page Pictures until it deletes itself on " in app.caption[0].value
    assert "Keep it" not in [one.label for one in app.button]
    [kept] = running.store.kept_pictures()
    [read] = running.store.reads_of(kept.id)
    assert (kept.name, kept.country, kept.purpose) == ("group photo.jpg", "JP", "research")
    assert (read.model, read.width, read.height) == (mirror.card.name, 320, 240)
    assert list(zip(read.looks[0].numbers, read.looks[0].readings, strict=True)) == photo.faces
    button(app, "Throw it away").click().run()
    assert visitor.picture is None and running.store.kept_pictures() == [kept]
