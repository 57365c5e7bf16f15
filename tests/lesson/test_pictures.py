"""Files that a teacher drops on a page: looked at as the command looks, in a thread, and only as long as the page is there."""

import gc
import threading

import cv2
import numpy as np
import pytest

from fer.config import Settings
from fer.lesson import pictures
from fer.lesson.pictures import Given, Pictures, marked
from fer.lesson.reader import Reader
from fer.privacy.law import Forbidden
from fer.vision.analyze_files import Eye, looks
from tests.scenes import astronaut_bgr, empty_room_bgr, write_video


def png(picture_bgr, name="face.png"):
    return Given(name, name, cv2.imencode(".png", picture_bgr)[1].tobytes())


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", [astronaut_bgr()] * 15)
    return Given("clip", "clip.mp4", path.read_bytes())


@pytest.fixture
def reader():
    made = Reader(Settings(detector="haar"), lambda: "resnet", lambda: 0)
    yield made
    made.stop()


@pytest.fixture
def page(reader):
    """Looks at files to the end."""
    made = Pictures(reader)

    def look(given, **how):
        work = made.start(given, "JP", "private", **how)
        assert work.ended.wait(20)
        return work

    look.pictures = made
    return look


def test_a_picture_and_a_video_are_seen_as_the_command_sees_them(page, reader, clip, tmp_path):
    work = page([png(astronaut_bgr()), clip], every_s=1.0)
    card, classifier = reader.model(None)
    eye = Eye(reader.detector, classifier, 0.4, card)
    (tmp_path / "face.png").write_bytes(png(astronaut_bgr()).content)
    (tmp_path / "clip.mp4").write_bytes(clip.content)
    for result in work.results:
        seen = list(looks(tmp_path / result.given.name, result.given.name, eye, 1.0))
        assert [look.readings for look in result.looks] == [one.readings for one in seen]
        assert [look.time_s for look in result.looks] == [one.time_s for one in seen]
        assert (result.model, result.version, result.error) == ("resnet", card.version, "")
    assert work.share == 1 and [row["time_s"] for row in work.rows()] == [None, 0.0, 1.0]


def test_what_is_shown_is_small_and_marked_and_the_full_size_can_be_had(page):
    large = cv2.resize(astronaut_bgr(), (2000, 1500))
    [result] = page([png(large)]).results
    shown = cv2.imdecode(np.frombuffer(result.looks[0].shown, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (960, 1280, 3) and (result.width, result.height) == (2000, 1500)
    whole = cv2.imdecode(np.frombuffer(marked(result), np.uint8), cv2.IMREAD_COLOR)
    x1, y1, _, y2 = (round(edge) for edge in result.looks[0].readings[0].box_xyxy)
    for picture, scale in ((whole, 1.0), (shown, 0.64)):
        plain = cv2.resize(large, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
        changed = np.abs(picture.astype(int) - plain).max(axis=2) > 80
        x, y = round(x1 * scale), round((y1 + y2) / 2 * scale)
        assert changed[y - 5 : y + 5, x - 3 : x + 4].any() and changed.mean() < 0.1


def test_a_file_that_cannot_be_read_says_why_and_the_next_is_read(page, monkeypatch):
    monkeypatch.setattr(pictures, "PICTURE_BYTES", 200_000)
    broken = [Given("1", "text.jpg", b"text"), Given("2", "empty.mp4", b""), Given("3", "large.png", b"x" * 200_001)]
    results = page([*broken, png(empty_room_bgr())]).results
    assert [one.error for one in results] == [
        "text.jpg: this is no picture of a known format",
        "empty.mp4: the file is empty",
        "large.png: a picture has at most 0 MB",
        "",
    ]
    assert [row["file"] for row in results[3].rows()] == ["face.png"]


def test_an_error_of_ours_is_told_without_its_text(page, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(pictures, "look_of", fails)
    [result] = page([png(astronaut_bgr())]).results
    assert result.error == "face.png: the server failed. Its log says why."


@pytest.fixture
def held(monkeypatch):
    """Looks at a video wait for each other: ``held()`` lets the next one go on."""
    look_of, go_on = pictures.look_of, threading.Semaphore(0)

    def wait(seen):
        assert go_on.acquire(timeout=20)
        return look_of(seen)

    monkeypatch.setattr(pictures, "look_of", wait)
    return go_on.release


def test_cancelled_keeps_what_was_seen_until_then(reader, clip, held):
    work = Pictures(reader).start([clip, png(astronaut_bgr())], "JP", "private")
    assert work.is_running
    work.cancel()
    held()
    assert work.ended.wait(20)
    [result] = work.results
    assert len(result.looks) == 1 and "cancelled" in result.error and 0 <= work.share < 1


def test_a_page_that_is_gone_ends_its_work(reader, clip, held, monkeypatch):
    monkeypatch.setattr(pictures, "LEFT_S", -1.0)
    work = Pictures(reader).start([clip], "JP", "private")
    held()
    assert work.ended.wait(20) and work.is_cancelled


def test_nothing_stays_when_the_page_lets_go(page):
    work = page([png(astronaut_bgr())])
    token = work.token
    assert page.pictures.find(token) is work
    del work
    gc.collect()
    assert page.pictures.find(token) is None


def test_what_was_looked_at_is_not_looked_at_again(page, clip):
    first = page([png(astronaut_bgr())])
    more = page([png(astronaut_bgr()), clip], before=first)
    assert more.results[0] is first.results[0] and len(more.results) == 2
    other = page([png(astronaut_bgr())], before=first, model="mobilenet")
    assert other.results[0] is not first.results[0] and other.results[0].model == "mobilenet"


def test_the_law_is_asked_first(reader):
    with pytest.raises(Forbidden, match="In Germany, systems that infer emotions"):
        Pictures(reader).start([png(astronaut_bgr())], "DE", "teaching")
    with pytest.raises(ValueError, match="Choose the country"):
        Pictures(reader).start([png(astronaut_bgr())], "", "private")


def test_a_model_that_is_not_there_is_named(page):
    [result] = page([png(astronaut_bgr())], model="nonesuch").results
    assert result.error.startswith("model must be one of ") and result.error.endswith("Received: 'nonesuch'")
