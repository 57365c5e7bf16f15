"""The page Pictures without a browser: what it asks first, and what it says of what was dropped on it."""

import time

import cv2
import pytest

from fer.config import Settings
from fer.lesson import monitor
from fer.lesson.monitor import Monitor
from fer.records import REASONS, UNSURE, Reading
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from fer.vision import analyze_files
from fer.web import guards, kept_parts, picture_parts
from tests.pages.test_pages import box, show, sign_in, texts
from tests.scenes import astronaut_bgr, empty_room_bgr, write_video

COUNTRY = "Country of the people in the pictures"


@pytest.fixture
def page(running, monkeypatch):
    """The page of a teacher who has answered what the law asks, and waits for as long as it takes."""
    monkeypatch.setattr(picture_parts, "AT_ONCE_S", 20.0)
    sign_in(running)
    app = show("pages/pictures.py")
    box(app, COUNTRY).set_value("JP")
    box(app, "Purpose").set_value("private").run()
    return app


def png(picture_bgr):
    return cv2.imencode(".png", picture_bgr)[1].tobytes()


def drop(app, *files):
    app.file_uploader[0].set_value(list(files)).run()
    assert not app.exception
    return app


def test_country_and_purpose_are_asked_first(running):
    sign_in(running)
    app = show("pages/pictures.py")
    assert app.info[0].value.startswith("Choose the country and the purpose first") and not app.file_uploader
    box(app, COUNTRY).set_value("DE")
    box(app, "Purpose").set_value("teaching").run()
    assert app.error[0].value.startswith("In Germany, systems that infer emotions") and not app.file_uploader
    box(app, "Purpose").set_value("research").run()
    assert not app.error and app.file_uploader


def test_a_picture_with_two_faces_and_one_without(page):
    two = cv2.hconcat([astronaut_bgr(), astronaut_bgr()])
    drop(page, ("two.png", png(two), "image/png"))
    assert "**Face 0** · happy 9" in texts(page) and "**Face 1** · happy 9" in texts(page)
    [table] = page.dataframe
    assert table.value["Expression"].tolist() == ["happy", "happy"] and "Why unsure" not in table.value
    drop(page, ("room.png", png(empty_room_bgr()), "image/png"))
    assert page.info[0].value == "No face is seen here." and not page.dataframe


def test_of_several_files_each_has_a_row_and_what_is_broken_says_why(page):
    drop(page, ("text.jpg", b"text", "image/jpeg"), ("face.png", png(astronaut_bgr()), "image/png"))
    assert page.dataframe[0].value.values.tolist() == [
        ["text.jpg", "text.jpg: this is no picture of a known format"],
        ["face.png", "1 face: 1 happy"],
    ]
    assert page.error[0].value == r"text\.jpg\: this is no picture of a known format"


def test_a_video_has_a_time_line_and_can_be_gone_through(page, tmp_path):
    frames = [astronaut_bgr()] * 10 + [empty_room_bgr()] * 10
    clip = write_video(tmp_path / "clip.mp4", frames).read_bytes()
    drop(page, ("clip.mp4", clip, "video/mp4"))
    slider = page.select_slider(key=next(one.key for one in page.select_slider if one.label == "Shown is the look at"))
    assert slider.options == ["0.0 s", "0.5 s", "1.0 s", "1.5 s"] and "**Face 0**" in texts(page)
    slider.set_value(1.5).run()
    assert page.info[0].value == "No face is seen here."


def test_what_takes_longer_has_a_bar_and_can_be_cancelled(page, monkeypatch):
    monkeypatch.setattr(picture_parts, "AT_ONCE_S", 0.0)
    monkeypatch.setattr("fer.lesson.pictures.Pictures._run", lambda *_: None)
    drop(page, ("face.png", png(astronaut_bgr()), "image/png"))
    work = page.session_state["pictures-work"]
    [cancel] = [one for one in page.button if one.label == "Cancel"]
    cancel.click().run()
    assert work.is_cancelled and work.is_running
    box(page, COUNTRY).set_value("DE")
    box(page, "Purpose").set_value("teaching").run()
    assert "pictures-work" not in page.session_state


@pytest.mark.parametrize("reason", REASONS)
def test_a_face_that_cannot_be_read_has_its_reason_in_words(page, monkeypatch, reason):
    reading = Reading((0.0, 0.0, 9.0, 9.0), 0.9, (1 / 7,) * 7, UNSURE, reason)
    monkeypatch.setattr(analyze_files, "analyze", lambda *_: [reading])
    drop(page, ("face.png", png(astronaut_bgr()), "image/png"))
    assert picture_parts.REASONS[reason] in texts(page) and "**Face 0** · unsure" in texts(page)


def test_without_expressions_what_was_kept_is_opened_and_nothing_new_is_read(tmp_path, monkeypatch):
    made = Monitor(Settings(data_dir=tmp_path, expressions=False))
    monkeypatch.setattr(guards, "cookie", lambda _: token)
    token = made.sign_in.new_session()
    look = KeptLook([Reading((100.0, 60.0, 180.0, 160.0), 0.9, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), "happy")])
    picture = KeptPicture("face.png", b"", time.time(), "JP", "private")
    made.store.keep_picture(picture, png(astronaut_bgr()), KeptRead("resnet", "1", 320, 240, [look], time.time()))
    monitor.use(made)
    try:
        app = show("pages/pictures.py")
        assert "FER_EXPRESSIONS=off" in app.info[0].value and not app.file_uploader
        choose_row(app, monkeypatch, 0)
        assert "**Face 0** · happy" in texts(app) and "face.png" in texts(app)
        assert [one.label for one in app.button] == ["Delete it"]
    finally:
        monitor.use(None)
        made.stop()


def test_kept_pictures_are_listed_in_pages(page, running, monkeypatch):
    monkeypatch.setattr(kept_parts, "MOST_LISTED", 2)
    for name in ("one.png", "two.png", "three.png"):
        read = KeptRead("resnet", "1", 320, 240, [], 0.0)
        running.store.keep_picture(KeptPicture(name, b"", time.time(), "JP", "private"), None, read)
    view(page, "Kept")
    assert page.dataframe[0].value["Name"].tolist() == ["three.png", "two.png"]
    [part] = [one for one in page.text_input if one.label == "Part of the name"]
    part.set_value("ONE").run()
    assert page.dataframe[0].value["Name"].tolist() == ["one.png"]
    part.set_value("nothing").run()
    assert page.info[0].value == "No kept picture has that in its name." and not page.dataframe


def press(app, label):
    [button] = [one for one in app.button if one.label == label]
    button.click().run()
    assert not app.exception


def view(app, name):
    app.segmented_control(key="pictures-view").set_value(name).run()
    assert not app.exception


def choose_row(app, monkeypatch, row):
    """A test of a page cannot click into a table."""
    monkeypatch.setattr(kept_parts.screen, "chosen_row", lambda *_, **__: row)
    app.run()


def test_nothing_is_kept_unless_the_teacher_says_so(page, running):
    drop(page, ("face.png", png(astronaut_bgr()), "image/png"), ("room.png", png(empty_room_bgr()), "image/png"))
    assert "**Keep?** What was looked at is in this server's memory only" in texts(page)
    assert running.store.kept_pictures() == []
    press(page, "Keep all 2")
    assert {one.name for one in running.store.kept_pictures()} == {"face.png", "room.png"}
    assert "**Kept**, until it deletes itself on " in texts(page)
    page.run()
    assert len(running.store.kept_pictures()) == 2


def test_a_kept_picture_is_opened_and_read_by_another_model(page, running, monkeypatch):
    content = png(astronaut_bgr())
    drop(page, ("face.png", content, "image/png"))
    press(page, "Keep it")
    [kept] = running.store.kept_pictures()
    assert (kept.country, kept.purpose) == ("JP", "private") and running.store.picture_file(kept.id) == content
    [before] = page.session_state["pictures-work"].results
    choose_row(page, monkeypatch, 0)
    view(page, "Kept")
    [after] = page.session_state["kept-work"].results
    assert after.rows() == before.rows() and after.looks[0].shown == before.looks[0].shown
    assert "**Face 0** · happy" in texts(page) and "Japan · Trying it out" in texts(page)
    box(page, "Read it with another model").set_value("mobilenet")
    press(page, "Read it")
    assert [read.model for read in running.store.reads_of(kept.id)] == ["mobilenet", "resnet"]
    assert box(page, "Read by").value.model == "mobilenet"
    running.store.delete_picture(kept.id)  # on another page
    assert not page.run().exception and page.info[0].value.startswith("Nothing is kept.")


def test_a_large_video_is_kept_without_its_file(page, running, monkeypatch, tmp_path):
    monkeypatch.setattr("fer.lesson.kept_pictures.KEPT_BYTES", 10)
    monkeypatch.setattr(kept_parts, "KEPT_BYTES", 10)
    clip = write_video(tmp_path / "clip.mp4", [astronaut_bgr()] * 6).read_bytes()
    drop(page, ("clip.mp4", clip, "video/mp4"))
    assert "Of a video of more than 0 MB, what was seen and a small picture are kept." in texts(page)
    press(page, "Keep it")
    [kept] = running.store.kept_pictures()
    assert running.store.picture_file(kept.id) is None
    choose_row(page, monkeypatch, 0)
    view(page, "Kept")
    assert "**Face 0** · happy" in texts(page) and "no other model can read it" in texts(page)
    assert page.session_state["kept-work"].results[0].looks[0].shown == kept.thumbnail
