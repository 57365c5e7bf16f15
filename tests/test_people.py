"""People who agreed, in a real browser: enrolled from photos and by camera, named and corrected in a list and in a picture,
deleted there, too."""

import csv
import io

import cv2
import numpy as np
from playwright.sync_api import TimeoutError

from tests.faces_of_people import needs_orl, photos
from tests.live import choose, running, shows_picture, wait_until
from tests.scenes import YUNET, pasted_face_bgr, write_clip

pytestmark = needs_orl


def png(person, number):
    """A file for an uploader, three times as large."""
    [(_, picture)] = photos(person, (number,))
    return cv2.imencode(".png", cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))[1].tobytes()


def files(person, numbers):
    return [{"name": f"{n}.png", "mimeType": "image/png", "buffer": png(person, n)} for n in numbers]


def view(page, name):
    page.get_by_test_id("stButtonGroup").first.get_by_text(name, exact=True).click()


def settled(page):
    """The page's script has ended, so that nothing is drawn anew under the hand."""
    page.locator("[data-test-script-state='notRunning']").wait_for()


def picks(page, box, option):
    """Whether the option could be clicked: a box closes when the page moves, as while pictures come."""
    page.get_by_role("combobox", name=box).click()
    try:
        page.get_by_role("option", name=option).click(timeout=1000)
    except TimeoutError:
        return False
    return True


def enrol(page, name, uploads, learns_more=False):
    view(page, "Enrol somebody")
    if page.get_by_role("combobox", name="Country where they live").input_value() != "Japan":  # the last one's
        choose(page, "Country where they live", "Japan")
    page.get_by_label("Name", exact=True).fill(name)
    if learns_more:
        page.locator("label", has_text="Also learn from pictures").click()
    page.get_by_text("may be learnt from, too" if learns_more else "Nothing is learnt from later").wait_for()
    page.locator("label", has_text="I have read this and agree").click()
    page.get_by_label("Who agrees").fill("Berta Quill")
    page.locator("input[type=file]").set_input_files(uploads)
    page.get_by_text(uploads[-1]["name"]).wait_for()
    page.get_by_test_id("stFileUploader").get_by_role("progressbar").wait_for(state="detached")
    settled(page)
    page.get_by_role("button", name="Enrol", exact=True).click()
    page.get_by_text(f"{name} is enrolled with ").wait_for()


def here(page):
    """The list of who is here, as CSV."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Who is here (CSV)").click()
    rows = csv.DictReader(io.StringIO(started.value.path().read_text("utf-8-sig")))
    return [(row["name"], row["state"]) for row in rows]


def test_enrol_name_correct_and_delete(browsers, tmp_path):
    with running(tmp_path, FER_IDENTITY="on", FER_DETECTOR_FILE=str(YUNET)) as server:
        page = browsers.page()
        page.goto(server.ready_line)
        page.get_by_role("link", name="People").click()
        page.get_by_text("Art. 9 of the GDPR").wait_for()
        enrol(page, "José", files(7, (1, 2, 3, 4, 5)))
        enrol(page, "李雷", files(12, (1, 2, 3)), learns_more=True)

        view(page, "Who is here")
        page.get_by_text("Pictures of a group").wait_for()
        page.get_by_text("Photos, at least").wait_for(state="detached")
        page.locator("input[type=file]").set_input_files([*files(7, (7,)), *files(12, (4,)), *files(30, (1,))])
        page.get_by_text("Right or wrong?").wait_for()
        wait_until(lambda: page.locator(".faces figure").count() == 3, 20, "three faces are shown", page)
        settled(page)
        wait_until(lambda: picks(page, "This is", "李雷"), 20, "somebody is chosen", page)
        page.get_by_role("button", name="Learn it").click()
        wait_until(lambda: faces_of(server, "李雷") == 4, 20, "the face is learnt", page)
        settled(page)
        listed = here(page)
        assert listed[0] == ("José", "here") and listed[-1] == ("", "unknown")

        page.get_by_role("link", name="Pictures").click()
        choose(page, "Country of the people in the pictures", "Japan")
        choose(page, "Purpose", "Research: nobody is taught or at work")
        page.locator("input[type=file]").set_input_files(files(12, (6,)))
        page.get_by_text("Right or wrong?").wait_for()
        settled(page)
        wait_until(lambda: picks(page, "This is", "李雷"), 20, "somebody is chosen", page)
        page.get_by_role("button", name="Learn it").click()
        wait_until(lambda: faces_of(server, "李雷") == 5, 20, "the face is learnt", page)
        page.get_by_text("Face 0 · 李雷").wait_for()
        settled(page)
        page.get_by_role("button", name="Keep it").click()
        page.get_by_text("Kept, until it deletes itself on").wait_for()

        page.get_by_role("link", name="People").click()
        page.get_by_text("Choose a row").wait_for()
        settled(page)
        page.get_by_test_id("stDataFrame").locator("canvas").first.click(position={"x": 20, "y": 90}, force=True)
        page.get_by_role("button", name="Delete everything of this person").click()
        question = page.get_by_role("dialog")
        question.get_by_text("1 kept picture shows this person.").wait_for()
        question.locator("label", has_text="Delete this picture as well").click()
        settled(page)
        question.get_by_role("button", name="Delete everything").click()
        wait_until(lambda: server.query("select name from people") == [("José",)], 20, "José is left", page)
        assert server.query("select * from pictures") == server.query("select * from picture_reads") == []
        wait_until(lambda: "李雷".encode() not in content(tmp_path / "data"), 10, "no byte of the name is left", page)
        assert "Traceback" not in "".join(server.log)


def faces_of(server, name):
    [(n,)] = server.query(f"select count(*) from faces join people on people.id = person_id where name = '{name}'")
    return n


def content(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_enrol_by_camera(browsers, tmp_path):
    [(_, picture)] = photos(7, (1,))
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    clip = write_clip(tmp_path / "face.mjpeg", pasted_face_bgr(cv2.resize(grey, (200, 240)), 200).astype(np.uint8))
    with running(tmp_path, FER_IDENTITY="on", FER_DETECTOR_FILE=str(YUNET)) as server:
        page = browsers.page(clip)
        page.goto(server.ready_line)
        page.get_by_role("link", name="People").click()
        view(page, "Enrol somebody")
        page.get_by_test_id("stButtonGroup").nth(1).get_by_text("This device's camera").click()
        shows_picture(page)
        page.get_by_role("button", name="Take Photo").click()
        page.get_by_text("1 taken").wait_for()
        page.get_by_role("button", name="Clear photo").click()
        shows_picture(page)
        page.get_by_role("button", name="Take Photo").click()
        page.get_by_text("2 taken").wait_for()
