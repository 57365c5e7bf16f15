"""Whole lessons in real browsers whose faces are read on the students' devices: from the camera to the CSV, with nothing on the
way but numbers."""

import csv
import io
import json
import signal

import pytest

from tests.live import FAKE_CAMERA, enrol, headline, running, start_lesson, wait_until
from tests.scenes import YUNET

pytestmark = pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not at hand")
LARGEST_BYTES = 3 + 4 * 26  # of a look with four faces
LARGEST_PAGE_BYTES = 4_000  # of what Streamlit's own page sends in a message


@pytest.fixture
def server(tmp_path):
    with running(tmp_path, FER_READ="device", FER_LEAST_VISIBLE="3") as server:
        yield server


class Sent:
    """Everything that a page sends: the bodies of its requests, and its sockets' messages by address."""

    def __init__(self, page):
        self.bodies, self.messages = [], {"/seat": [], "/_stcore/stream": []}
        page.context.on("request", lambda request: self.bodies.append((request.url, request.post_data_buffer)))
        page.on("websocket", self.follow)

    def follow(self, socket):
        path = "/" + socket.url.split("/", 3)[3].split("?")[0]
        socket.on("framesent", lambda data: self.messages[path].append(data))


def start(student):
    student.get_by_role("button", name="Start camera").click()


def rows(server, name):
    return server.query(
        "select o.status, o.label, o.p_happy, o.x1, o.x2, s.read_on, o.observed_at from observations o "
        f"join students s on s.id = o.student_id where s.name = '{name}' order by o.observed_at, o.face"
    )


def test_from_camera_to_csv(browsers, clips, server):
    teacher = browsers.page()
    code = start_lesson(teacher, server, "Mathematics")
    ana, ben = browsers.page(clips["face"]), browsers.page(clips["room"])
    sent = Sent(ana)
    for page, name in ((ana, "Ana"), (ben, "Ben")):
        enrol(page, server, code, name)
        start(page)
    ana.get_by_text("your face is seen").wait_for()
    ben.get_by_text("no face is seen").wait_for()
    wait_until(lambda: "1 of 2 visible" in headline(teacher), 20, "both are there, one face is seen", teacher)

    ana.get_by_text("Show me my picture").click()
    ana.get_by_text("all that leaves your device").wait_for()
    assert ana.locator(".seat .box").count() == 1 and ana.locator(".seat video").is_visible()
    ana.get_by_role("button", name="Got it").click()
    ana.locator(".seat [aria-pressed=true]", has_text="Got it").wait_for()
    wait_until(lambda: len(rows(server, "Ana")) >= 5, 20, "five rows", ana)

    found = rows(server, "Ana")
    assert {row[:2] for row in found} == {("face", "happy")} and {row[5] for row in found} == {"device"}
    assert all(105 < x1 < 135 and 195 < x2 < 225 for _, _, _, x1, x2, _, _ in found)
    assert {row[:2] for row in rows(server, "Ben")} == {("no face", None)}
    apart = [after[-1] - before[-1] for before, after in zip(found, found[1:], strict=False)]
    assert min(apart) > 0.7  # one a second
    nothing_but_numbers(sent)

    server.stop(signal.SIGKILL)
    ana.get_by_text("The connection to the server is lost").wait_for()
    ana.get_by_role("button", name="Slower").click()  # while nobody hears it
    question = ana.get_by_label("Your question to the teacher")
    question.fill("Why?")
    question.press("Enter")
    server.start()
    ana.get_by_text("your face is seen").wait_for()
    before = len(rows(server, "Ana"))
    wait_until(lambda: len(rows(server, "Ana")) > before + 2, 20, "it goes on after the restart", ana)
    wait_until(lambda: said(server) == ["got it", "slower"], 20, "what was pressed meanwhile came once", ana)
    wait_until(lambda: question.input_value() == "", 20, "so did what was asked", ana)
    assert server.query("select text from questions") == [("Why?",)]

    ana.get_by_role("button", name="Stop camera").click()
    ana.get_by_text("Your camera is not shared").wait_for()
    ana.get_by_role("button", name="Leave the lesson").click()
    ana.get_by_text("You have left the lesson").wait_for()
    assert ana.locator(".seat").count() == 0
    nothing_but_numbers(sent)

    again = browsers.page(state=teacher.context.storage_state())
    again.goto(f"{server.url}/lessons")
    with again.expect_download() as started:
        again.get_by_role("link", name="Observations (CSV)").click()
    lines = list(csv.DictReader(io.StringIO(started.value.path().read_text("utf-8-sig"))))
    assert {line["read_on"] for line in lines} == {"device"}
    assert {line["label"] for line in lines if line["student"] == "Ana"} == {"happy"}


def said(server):
    return [word for (word,) in server.query("select word from feedback order by id")]


def nothing_but_numbers(sent):
    assert len(sent.messages["/seat"]) > 5 and sent.bodies
    for message in sent.messages["/seat"]:
        if isinstance(message, bytes):
            assert len(message) <= LARGEST_BYTES
        else:
            assert set(json.loads(message)) <= {"n", "say", "ask", "key"}
    assert all(len(message) < LARGEST_PAGE_BYTES for message in sent.messages["/_stcore/stream"])
    assert [url for url, body in sent.bodies if body] == []


def test_a_class_only_lesson_gets_a_label_in_five_seconds(browsers, clips, server):
    teacher, browser = browsers.page(), browsers.page(clips["face"]).context.browser
    code = start_lesson(teacher, server, "Physics", "The class only")
    students = [browser.new_context().new_page() for _ in range(3)]
    sent = [Sent(page) for page in students]
    for page in students:  # one after the other: three that start at once on two cores find themselves too slow
        enrol(page, server, code, None)
        start(page)
        wait_until(lambda page=page: "your face is seen" in page.inner_text("body"), 40, "the face is seen", page)
    wait_until(
        lambda: server.query("select 1 from counts where state = 'happy' and step_s = 1 and n = 3") != [],
        40,
        "three happy faces are released",
        teacher,
    )
    assert server.query("select count(*) from observations") == [(0,)]
    numbers = [data for one in sent for data in one.messages["/seat"] if isinstance(data, bytes)]
    assert {(data[0], len(data)) for data in numbers} == {(2, 17), (3, 2)}


def test_who_cannot_is_asked_anew_before_a_picture_leaves_the_device(browsers, clips, server):
    teacher, student = browsers.page(), browsers.page(clips["face"])
    code = start_lesson(teacher, server, "Chemistry")

    answers = ["away", "away", "slow", "wrong"]  # the first to the page that fetches early what will be needed

    def answer(route):
        how, known = answers.pop(0), route.fetch().json()
        if how == "away":
            return route.fulfill(status=503)
        changed = {"slow_ms": 0} if how == "slow" else {"probabilities": known["probabilities"][::-1]}
        return route.fulfill(json=known | changed)

    student.context.route("**/test.json", answer)
    enrol(student, server, code, "Ana")
    start(student)  # it loads once more by itself
    student.get_by_text("This device is too slow to read your face").wait_for()
    student.goto(f"{server.url}/join?code={code}")
    start(student)
    student.get_by_text("makes mistakes when it reads the test picture").wait_for()
    assert answers == []
    student.get_by_text("Your camera picture goes to the school's server").wait_for()
    assert student.get_by_role("button", name="Start camera").count() == 0
    student.get_by_role("button", name="I'm lost").wait_for()
    student.locator("label", has_text="I have read this and agree to share my camera").click()
    student.get_by_role("button", name="Share my camera").click()
    student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").click()
    student.get_by_text("Camera on").first.wait_for()
    wait_until(lambda: len(rows(server, "Ana")) > 1, 20, "rows", student)
    assert {row[5] for row in rows(server, "Ana")} == {"server"}


def test_a_camera_that_is_denied_is_explained_and_the_buttons_work(browsers, server):
    teacher, student = browsers.page(), browsers.page(media=(FAKE_CAMERA,))
    enrol(student, server, start_lesson(teacher, server, "Biology"), "Ana")
    start(student)
    student.get_by_text("The browser does not allow this page to use the camera").wait_for()
    student.get_by_role("button", name="I'm lost").click()
    student.locator(".seat [aria-pressed=true]", has_text="I'm lost").wait_for()
    wait_until(lambda: said(server) == ["lost"], 10, "the press is kept", student)
    assert server.query("select count(*) from observations") == [(0,)]
