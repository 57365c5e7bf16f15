"""The page Pictures in a real browser: a picture and a video are dropped, a photo is taken, and nobody else sees them."""

import csv
import io

import cv2
import httpx
import pytest

from fer.records import EMOTIONS
from fer.vision.analyze_files import main
from tests.live import Browsers, choose, running, shows_picture, wait_until
from tests.scenes import astronaut_bgr, empty_room_bgr, write_clip, write_video


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    cv2.imwrite(str(folder / "face.png"), cv2.resize(astronaut_bgr(), (1600, 1200)))  # larger than 1 MB
    write_video(folder / "talk.mp4", [astronaut_bgr()] * 10 + [empty_room_bgr()] * 10)
    write_clip(folder / "camera.mjpeg", astronaut_bgr())
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), FER_DETECTOR="haar") as started:
        yield started


@pytest.fixture(scope="module")
def teacher(server, files):
    """A page in which country and purpose are chosen."""
    opened = Browsers()
    page = opened.page(files / "camera.mjpeg")
    page.goto(server.ready_line)
    yield page
    opened.close()


@pytest.fixture
def page(server, teacher):
    teacher.goto(f"{server.url}/pictures")
    choose(teacher, "Country of the people in the pictures", "Japan")
    choose(teacher, "Purpose", "Research: nobody is taught or at work")
    return teacher


def downloaded(page, link) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return download.value.path().read_text()


def shown(page, name: str):
    """The picture on the page, when it is there."""
    image = page.get_by_alt_text(name)
    image.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    return image


def test_a_picture_is_read_as_the_command_reads_it_and_nobody_else_sees_it(page, server, files, tmp_path, monkeypatch):
    page.locator("input[type=file]").set_input_files(files / "face.png")
    image = shown(page, "face.png: 1 face: 1 happy")
    page.get_by_text("Face 0 · happy").wait_for()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    [row] = csv.DictReader(io.StringIO(downloaded(page, "Table (CSV)")))
    monkeypatch.setenv("FER_DETECTOR", "haar")
    main([str(files / "face.png"), "--out", str(tmp_path / "faces.csv")])
    with (tmp_path / "faces.csv").open(newline="") as file:
        [said] = csv.DictReader(file)
    assert row | {"file": ""} == said | {"file": ""} and {*EMOTIONS} < set(row)
    address = image.evaluate("image => image.src")
    assert page.request.get(address).status == 200 and httpx.get(address).status_code == 403
    assert "/media/" not in page.content().replace("/static/media/", "")
    page.reload()
    page.get_by_text("Choose the country and the purpose first").wait_for()
    assert all(b"PNG" not in path.read_bytes() for path in (server.folder / "tmp").rglob("*") if path.is_file())


def test_a_video_has_its_time_line_and_its_looks(page, files):
    page.locator("input[type=file]").set_input_files(files / "talk.mp4")
    first = shown(page, "talk.mp4: 4 looks, 1 face").get_attribute("src")
    page.get_by_text("Face 0 · happy").wait_for()
    slider = page.get_by_role("slider", name="Shown is the look at")
    slider.focus()
    slider.press("End")
    page.get_by_text("No face is seen here.").wait_for()
    assert shown(page, "talk.mp4: 4 looks, 1 face").get_attribute("src") == first.replace("/0.jpg", "/3.jpg")


def view(page, name):
    page.get_by_test_id("stButtonGroup").first.get_by_text(name, exact=True).click()


def test_a_picture_is_kept_opened_again_and_deleted(page, server, files):
    page.locator("input[type=file]").set_input_files(files / "face.png")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("Kept, until it deletes itself on").wait_for()
    content = (files / "face.png").read_bytes()
    assert server.query("select content from pictures") == [(content,)]
    page.reload()
    view(page, "Kept")
    page.get_by_text("Choose a row").wait_for()
    page.get_by_test_id("stDataFrame").locator("canvas").first.click(position={"x": 20, "y": 60}, force=True)
    address = shown(page, "face.png: 1 face: 1 happy").evaluate("image => image.src")
    assert page.request.get(address).status == 200 and httpx.get(address).status_code == 403
    page.get_by_text("Face 0 · happy").wait_for()
    page.get_by_role("button", name="Delete it").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Nothing is kept.").wait_for()
    piece = content[20_000:20_200]
    data = server.folder / "data"
    gone = lambda: all(piece not in one.read_bytes() for one in data.rglob("*") if one.is_file())  # noqa: E731
    wait_until(gone, 10, "no byte of it is left", page)


def test_a_file_is_taken_away_again(page, files):
    page.locator("input[type=file]").set_input_files(files / "face.png")
    shown(page, "face.png: 1 face: 1 happy")
    page.get_by_role("button", name="Remove face.png").click()
    page.get_by_alt_text("face.png: 1 face: 1 happy").wait_for(state="detached")


def test_a_photo_is_taken_with_the_camera(page):
    page.get_by_text("This device's camera").click()
    shows_picture(page)
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_text("Face 0 · happy").wait_for()
