"""The student's pages in real browsers: languages, and a camera that fails."""

import re
import socket
import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest

from fer.store.journal import LEAST_BETWEEN_S
from fer.vision.turns import turned
from tests.live import (
    FAKE_CAMERA,
    FAKE_CONSENT,
    FAKE_MEDIA,
    enrol,
    opened_browsers,
    running,
    start_camera,
    start_lesson,
    wait_until,
)
from tests.scenes import astronaut_bgr, write_clip

browsers = pytest.fixture(opened_browsers, scope="module")


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "face.mjpeg", astronaut_bgr())


def test_the_browser_s_language_another_one_and_that_it_is_remembered(browsers, face, tmp_path):
    with running(tmp_path) as server:
        teacher = browsers.page()
        code = start_lesson(teacher, server, "Physics", "No expressions")
        # A browser of its own: a context's locale is not said when a WebSocket opens.
        context = browsers.page(media=(*FAKE_MEDIA, "--accept-lang=de-AT")).context.browser.new_context()
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
        another_day.get_by_role("heading", name="Anmeldung für Lehrkräfte").wait_for()  # they have no Spanish
        assert another_day.evaluate("document.documentElement.lang") == "de"
        another_day.goto(server.sign_in_link())
        another_day.get_by_text("Ich komme nicht mit 1").wait_for()
        another_day.get_by_role("button", name="Neues Thema").click()
        another_day.get_by_text("Markiert: Neues Thema").wait_for()
        another_day.get_by_role("button", name="English").click()
        another_day.get_by_role("button", name="End lesson").wait_for()
        another_day.goto(f"{server.url}/report/1")
        another_day.get_by_text("New topic").wait_for()
        another_day.goto(f"{server.url}/lessons")
        another_day.get_by_role("heading", name="Lessons").wait_for()  # remembered
        another_day.get_by_role("button", name="Deutsch").click()
        another_day.get_by_role("heading", name="Stunden").wait_for()
        another_day.goto(f"{server.url}/report/1")
        another_day.get_by_text("Neues Thema").wait_for()
        assert another_day.evaluate("document.documentElement.lang") == "de"


NO_KNOWN_FORMAT = """const addTrack = RTCPeerConnection.prototype.addTrack;
RTCPeerConnection.prototype.addTrack = function (...given) {
  const sender = addTrack.apply(this, given), all = RTCRtpSender.getCapabilities("video").codecs;
  this.getTransceivers()[0].setCodecPreferences(all.filter((one) => !/VP8|H264/.test(one.mimeType)));
  return sender;
};"""
NO_CANDIDATE = "RTCIceCandidate.prototype.toJSON = function () { return {sdpMid: '0'}; };"


def refuse(name: str) -> str:
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('No', '{name}'); }};"


def press_start(student, server, code: str) -> None:
    enrol(student, server, code, None)
    student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").click()


def answer_and_leave(server, student) -> None:
    """The dashboard of a class-only lesson shows too few answers to tell, so it is the database that is asked."""
    [(before,)] = server.query("select count(*) from feedback where word = 'got it'")
    student.get_by_role("button", name="Got it").click()
    student.get_by_role("button", name="Got it", pressed=True).wait_for()
    pressed = "select count(*) from feedback where word = 'got it'"
    wait_until(lambda: server.query(pressed) == [(before + 1,)], 10, "the press is kept", student)
    student.get_by_role("button", name="Leave the lesson").click()
    student.get_by_text("You have left").wait_for()


@pytest.fixture(scope="module")
def lesson(browsers, tmp_path_factory):
    """A server, the join code of its class-only lesson, and the teacher's dashboard."""
    with running(tmp_path_factory.mktemp("server")) as server:
        teacher = browsers.page()
        yield server, start_lesson(teacher, server, "Physics", "The class only"), teacher


@pytest.mark.parametrize(
    ("media", "script", "title", "step"),
    [
        ((FAKE_CAMERA,), "", "does not allow this page", "Press the icon at the left end"),
        ((FAKE_CONSENT,), "", "No camera was found", "Plug the camera in"),
        (FAKE_MEDIA, refuse("NotReadableError"), "in use by another program", "Zoom, Teams"),
        (FAKE_MEDIA, refuse("UnheardOfError"), "could not start the camera", "reload the page"),
    ],
    ids=["denied", "missing", "busy", "other"],
)
def test_a_browser_that_gives_no_camera(browsers, lesson, media, script, title, step):
    server, code, _ = lesson
    student = browsers.page(media=media)
    student.add_init_script(script)
    press_start(student, server, code)
    student.get_by_role("heading", name=title).wait_for()
    text = student.inner_text("body")
    assert step in text and "buttons below work" in text and "Your camera is not shared" not in text
    frame = student.frame_locator("iframe[title*='webrtc']").locator("body").inner_text()
    assert "Error" not in text + frame
    answer_and_leave(server, student)


def test_a_camera_that_hangs_upside_down_is_said_and_its_face_is_seen(browsers, lesson, tmp_path):
    server, code, _ = lesson
    hung = write_clip(tmp_path / "hung.mjpeg", turned(astronaut_bgr(), 2))
    student = browsers.page(hung)
    press_start(student, server, code)
    student.get_by_text("Your camera is upside down").wait_for()
    assert "your face is seen" in student.inner_text("body")
    student.get_by_role("button", name="Leave the lesson").click()
    student.get_by_text("You have left").wait_for()


@pytest.mark.parametrize(
    ("script", "said"),
    [(NO_KNOWN_FORMAT, "no video that the server can read"), (NO_CANDIDATE, "could not be connected")],
    ids=["format", "candidate"],
)
def test_a_connection_that_the_server_cannot_make(browsers, lesson, script, said):
    server, code, _ = lesson
    student = browsers.page()
    student.add_init_script(script)
    press_start(student, server, code)
    student.get_by_text(said).wait_for()
    student.get_by_text("You are in the lesson. No camera is used.").wait_for()
    assert "error" not in student.inner_text("body").lower() and student.locator("iframe").count() == 0
    student.get_by_role("button", name="Try again").click()
    student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").wait_for()
    answer_and_leave(server, student)


class Cut:
    """A way to the server that can be cut, for pages; the pictures go their own way."""

    def __init__(self, port: int):
        self.to, self.is_cut, self._open = port, False, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            here, _ = self._listener.accept()
            if self.is_cut:
                here.close()
                continue
            with suppress(OSError):  # the server has stopped
                there = socket.create_connection(("127.0.0.1", self.to))
                self._open += [here, there]
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while received := source.recv(65536):
                target.sendall(received)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.is_cut = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def test_a_camera_that_went_on_while_the_page_was_away_is_the_one_of_this_window(browsers, face, tmp_path):
    folder = tmp_path / "tmp" / ".streamlit"  # the server's home: its sessions end sooner than after two minutes
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[server]\ndisconnectedSessionTTL = 1\n", "utf-8")
    with running(tmp_path) as server:
        teacher, student, way = browsers.page(), browsers.page(face), Cut(server.port)
        code = start_lesson(teacher, server, "Physics", "The class only")
        enrol(student, SimpleNamespace(url=f"http://localhost:{way.port}"), code, None)
        start_camera(student)
        way.cut()
        student.wait_for_timeout(4000)
        way.is_cut = False
        frame = student.frame_locator("iframe[title*='webrtc']")
        student.get_by_role("button", name="Got it").wait_for()
        wait_until(lambda: student.get_by_test_id("stConnectionStatus").count() == 0, 30, "the page is back", student)
        for _ in range(10):
            assert "another window" not in student.inner_text("body")
            student.wait_for_timeout(500)
        student.get_by_text("your face is seen").wait_for()
        stop = frame.get_by_role("button", name="Stop camera")
        assert stop.evaluate("stop => document.fonts.check(getComputedStyle(stop).font)"), "the page's font is there"
        stop.click()
        student.get_by_text("Your camera is not shared").wait_for()


TOO_SMALL = """() => [...document.querySelectorAll(".stMain :is(button, a, input[type=text], [role=radio], label)")]
    .filter((one) => one.dataset.testid !== "stWidgetLabel" || one.querySelector("input"))  // what is pressed is its field
    .filter((one) => one.offsetHeight && one.offsetHeight < 44).map((one) => one.outerHTML)"""


def test_without_a_camera_no_page_asks_for_one(browsers, lesson):
    server, code, _ = lesson
    student = browsers.page()
    student.add_init_script("navigator.mediaDevices.getUserMedia = async () => { console.error('asked'); };")
    asked = []
    student.on("console", lambda said: asked.append(said.text) if said.text == "asked" else None)
    student.goto(f"{server.url}/join?code={code}")
    student.get_by_role("button", name="Take part without a camera").click()
    student.get_by_text("no picture of you is taken").wait_for()
    student.locator("label", has_text="I have read this and want to join without a camera").click()
    student.get_by_role("button", name="Join without a camera").click()
    student.get_by_text("You are in the lesson. No camera is used.").wait_for()
    student.reload()
    student.get_by_text("You are in the lesson. No camera is used.").wait_for()
    assert student.locator("iframe").count() == 0 and asked == []
    student.get_by_role("button", name="Take part with my camera").click()
    student.locator("label", has_text="agree to share my camera").click()
    assert student.locator("iframe").count() == 0
    student.get_by_role("button", name="Share my camera").click()
    student.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").wait_for()
    student.get_by_role("button", name="Go on without a camera").click()
    student.locator("iframe").wait_for(state="detached")
    answer_and_leave(server, student)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_answer_is_seen_without_colours_and_keeps_the_focus(browsers, tmp_path, scheme):
    with running(tmp_path) as server:
        teacher = browsers.page()
        code = start_lesson(teacher, server, "Physics", "No expressions")
        student = teacher.context.browser.new_context(
            color_scheme=scheme, viewport={"width": 390, "height": 844}
        ).new_page()
        enrol(student, server, code, None)
        teacher.get_by_role("button", name="Ask a question").click()
        for label, text in (("Question", "Is it clear?"), ("Answer 1", "Yes"), ("Answer 2", "Not yet")):
            teacher.get_by_label(label, exact=True).fill(text)
        teacher.get_by_role("button", name="Ask the class").click()
        for one, other in (("I'm lost", "Slower"), ("Not yet", "Yes")):
            student.get_by_role("button", name=one).focus()
            student.keyboard.press("Enter")
            student.get_by_role("button", name=one, pressed=True).wait_for()
            assert one in student.evaluate("document.activeElement.textContent")
            student.wait_for_timeout(1000 * LEAST_BETWEEN_S)
            student.get_by_role("button", name=other, pressed=False).click()
            student.get_by_role("button", name=other, pressed=True).wait_for()
            student.get_by_role("button", name=one, pressed=False).wait_for()
        pressed = student.get_by_role("button", name="Yes")
        assert pressed.evaluate("(one) => getComputedStyle(one, '::after').content") == '"✓"'
        text, ground = (
            pressed.evaluate(f"(one) => getComputedStyle(one).{what}") for what in ("color", "backgroundColor")
        )
        assert contrast(text, ground) >= 4.5
        assert student.evaluate(TOO_SMALL) == []


def contrast(*colours: str) -> float:
    """WCAG's contrast of two colours such as "rgb(0, 114, 178)"."""
    lights = []
    for colour in colours:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(lights) / min(lights)
