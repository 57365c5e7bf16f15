"""The mirror in real browsers, whose cameras show FER-2013 faces: two faces at once, and the group photo."""

import re

import cv2
import pytest

from tests.live import FAKE_CAMERA, choose, opened_browsers, running, wait_until
from tests.scenes import FER2013, YUNET, fer2013_face, group_bgr, write_scenes

HAPPY = ("train/happy/fer0000030.webp", "train/happy/fer0000046.webp")
NEUTRAL = "train/neutral/fer0000225.webp"
PHONE = (390, 844)
COUNTDOWN_FRAMES = 300  # 10 s of a clip, in which a photo has time to be taken

pytestmark = pytest.mark.skipif(not (YUNET.exists() and FER2013.exists()), reason="YuNet or FER-2013 is not at hand")


browsers = pytest.fixture(opened_browsers, scope="module")


@pytest.fixture(scope="module")
def scenes():
    """By who smiles in it: "one" of the two, or "both"."""
    smiling, too, not_yet = (fer2013_face(name) for name in (*HAPPY, NEUTRAL))
    return {"one": group_bgr([not_yet, smiling], 300), "both": group_bgr([too, smiling], 300)}


@pytest.fixture(scope="module")
def clips(scenes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {
        "one": write_scenes(folder / "one.mjpeg", [scenes["one"]], 30),
        "in turns": write_scenes(folder / "turns.mjpeg", [scenes["one"], scenes["both"]], COUNTDOWN_FRAMES),
    }


@pytest.fixture(scope="module")
def desk(browsers, tmp_path_factory):
    """A server, and the teacher's page on which a mirror is opened."""
    with running(tmp_path_factory.mktemp("server")) as server:
        teacher = browsers.page()
        teacher.goto(server.ready_line)
        teacher.get_by_role("link", name="Mirror").click()
        yield server, teacher


@pytest.fixture
def mirror(desk):
    """The server, the teacher's page with an open mirror into which nobody looks, and its code."""
    server, teacher = desk
    choose(teacher, "Country", "Japan")
    choose(teacher, "Purpose", "Research: nobody is taught or at work")
    choose(teacher, "Greet when somebody looks", "happy")
    teacher.get_by_label("Text on the screen").fill("Good morning!")
    teacher.get_by_role("button", name="Open the mirror").click()
    yield server, teacher, teacher.locator(".invite .code").inner_text()
    close = teacher.get_by_role("button", name="Close the mirror")
    if close.count():
        close.click()
    teacher.get_by_role("button", name="Open the mirror").wait_for()


def look_into(page, server, code):
    page.goto(f"{server.url}/mirror?code={code}")
    page.locator("label", has_text="I have read this").click()
    page.get_by_role("button", name="Look into the mirror").click()
    page.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").click()


def named(page, cards=".live-cards"):
    """The expression on each face's card, by name."""
    titles = page.locator(f"{cards} .face-card h4").all_inner_texts()
    return sorted(re.search(r"· (\D+?) \d+ %", title).group(1) for title in titles if "%" in title)


def downloaded(page):
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the picture").click()
    return cv2.imread(str(started.value.path()))


def drawn_share(picture, scene):
    """How much of the picture is of quite another colour than the scene; a line of text is 0.0002, a box 0.001."""
    wanted = cv2.resize(scene, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return (cv2.absdiff(picture, wanted).max(2) > 60).mean()


def test_two_faces_have_bars_and_who_never_smiles_is_clicked_away(browsers, mirror, clips):
    server, teacher, code = mirror
    page = browsers.page(clips["one"], size=PHONE)
    look_into(page, server, code)
    page.locator(".greeting.is-shown", has_text="Good morning!").wait_for()
    wait_until(lambda: named(page) == ["happy", "neutral"], 30, "both faces have their expression", page)
    assert page.locator(".live-cards .bar").count() == 14
    wait_until(lambda: "1 camera is on" in teacher.inner_text("body"), 10, "the teacher sees a camera", teacher)

    page.get_by_role("button", name="Take a group photo").click()
    page.get_by_text(re.compile(r"Waiting for: 1 of 2 \(Face [12]\)")).wait_for()
    glass = page.locator(".mirror canvas")
    box = glass.bounding_box()
    glass.click(position={"x": 0.75 * box["width"], "y": 0.5 * box["height"]})  # a mirror: what is left is right
    page.locator(".group-photo img").wait_for()
    wait_until(lambda: named(page, ".photo-cards") == ["happy", "neutral"], 10, "each face has its bars", page)
    page.get_by_role("button", name="Throw it away").click()
    page.locator(".group-photo").wait_for(state="detached")
    page.get_by_role("button", name="Leave the mirror").click()
    page.get_by_role("heading", name="What happens to your picture").wait_for()
    wait_until(lambda: "0 cameras are on" in teacher.inner_text("body"), 10, "the camera is off", teacher)


def test_the_photo_waits_until_both_smile_and_nothing_is_drawn_into_it(browsers, mirror, clips, scenes):
    server, _, code = mirror
    page = browsers.page(clips["in turns"])
    look_into(page, server, code)
    wait_until(lambda: len(named(page)) == 2, 30, "both faces are seen", page)
    page.get_by_role("button", name="Take a group photo").click()
    page.get_by_text("Waiting for: 1 of 2").wait_for()
    page.locator(".group-photo img").wait_for(timeout=60_000)
    wait_until(lambda: named(page, ".photo-cards") == ["happy", "happy"], 10, "each face has its bars", page)
    picture = downloaded(page)
    height, width = picture.shape[:2]
    assert page.get_by_text(f"{width} x {height} pixels").count() == 1
    assert drawn_share(picture, scenes["both"]) < 0.0001 < drawn_share(picture, scenes["one"])
    page.get_by_role("button", name="Take another").click()
    page.locator(".group-photo").wait_for(state="detached")
    page.get_by_text("Tap a face in the mirror").wait_for()
    page.close()


def test_a_camera_that_is_denied_is_explained(browsers, mirror):
    server, _, code = mirror
    page = browsers.page(media=(FAKE_CAMERA,))
    look_into(page, server, code)
    page.get_by_role("heading", name="does not allow this page").wait_for()
    assert "The mirror shows nothing without a camera." in page.inner_text("body")
    assert "in the lesson" not in page.inner_text("body")


def test_the_mirror_is_closed_for_everybody(browsers, mirror, clips):
    server, teacher, code = mirror
    page = browsers.page(clips["one"])
    look_into(page, server, code)
    page.locator(".live-cards .face-card").first.wait_for()
    teacher.get_by_role("button", name="Close the mirror").click()
    page.get_by_text("The mirror has been closed").wait_for()
    assert page.locator("iframe, video").count() == 0
    page.goto(f"{server.url}/mirror?code={code}")
    page.get_by_text("No mirror is open under this code").wait_for()
    assert "Traceback" not in "".join(server.log)
    teacher.get_by_role("button", name="Open the mirror").wait_for()
