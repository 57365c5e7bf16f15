"""What a browser is allowed, and that it asks nobody else for anything: over all pages, a camera included."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Error as PlaywrightError

from fer.config import ROOT
from fer.web.headers import content_security_policy
from tests.live import MOST_SHIFT, WATCH_SHIFTS, Browsers, enrol, free_port, running, shift, start_camera, start_lesson
from tests.scenes import astronaut_bgr, write_clip

EXPECTED = r"/[\w-]+/_stcore/(health|host-config)$"  # Streamlit looks for its own base path below each page's
PAGES = {  # by file in pages/
    "home": "/",
    "join": "/join",
    "dashboard": "/dashboard",
    "lessons": "/lessons",
    "pictures": "/pictures",
    "models": "/models",
    "people": "/people",
    "open_mirror": "/open-mirror",
    "my_data": "/my-data",
    "check": "/check",
    "mirror": "/mirror",
    "course": "/course?course=Mathematics",
    "replay": "/replay?lesson=1",
    "admin": "/admin",
}
# Streamlit's library of 64-bit numbers tries WebAssembly, and says nothing where it has to do without.
TELL = """addEventListener("securitypolicyviolation", event => event.blockedURI === "wasm-eval" ||
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


class Watch:
    """All that the pages of one browser ask for, are answered and complain of."""

    def __init__(self, page, url: str):
        self.url, self.page = url, page
        self.requests, self.answers, self.complaints = [], [], []
        self.moved: dict[str, float] = {}  # by path
        page.context.add_init_script(f"{TELL};{WATCH_SHIFTS}")
        page.context.on("request", lambda request: self.requests.append(request.url))
        page.context.on("response", lambda answer: self.answers.append(answer))
        page.context.on("console", self.hear)
        page.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def hear(self, said) -> None:
        if said.type == "error" and not re.search(EXPECTED, said.location["url"]):
            self.complaints.append(f"{said.text} ({said.location['url']})")

    def leaves(self) -> list[str]:
        """What was asked of other hosts."""
        here = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(here)]


@contextmanager
def lesson(folder, **environ: str):
    """A server, its teacher in a lesson of everything, and a student with a camera; all watched."""
    browsers = Browsers()
    try:
        with running(folder, **environ) as server:
            teacher = Watch(browsers.page(), server.url)
            code = start_lesson(teacher.page, server, "Mathematics")
            student = Watch(browsers.page(write_clip(folder / "face.mjpeg", astronaut_bgr())), server.url)
            enrol(student.page, server, code, "Ana")
            start_camera(student.page)
            yield server, teacher, student
    finally:
        browsers.close()


def settle(page) -> None:
    """Waits until Streamlit has run the page and its charts are drawn."""
    page.get_by_test_id("stApp").wait_for()
    page.get_by_test_id("stSkeleton").first.wait_for(state="detached")
    page.wait_for_timeout(1500)


def test_no_page_asks_another_host_and_the_policy_stops_nothing(tmp_path):
    assert set(PAGES) == {path.stem for path in (ROOT / "pages").glob("*.py")}
    with lesson(tmp_path) as (server, teacher, student):
        student.page.get_by_text("your face is seen").wait_for()
        student.page.get_by_text("Show me the last picture").click()
        student.page.get_by_alt_text("Your last analysed picture").wait_for()
        teacher.page.get_by_test_id("stVegaLiteChart").first.wait_for()
        for watch in (teacher, student):
            for path in PAGES.values():
                watch.page.goto(server.url + path)
                settle(watch.page)
                watch.moved[path] = shift(watch.page)
        teacher.page.goto(f"{server.url}/report/1")
        assert teacher.leaves() == student.leaves() == []
        assert teacher.complaints == student.complaints == []
        assert {path: moved for path, moved in teacher.moved.items() if moved > MOST_SHIFT} == {}
        assert any("webrtc_streamer/index.html" in url for url in student.requests)
        assert any(url.startswith("ws://") for url in student.requests)
        for answer in teacher.answers + student.answers:
            if not answer.url.startswith(("data:", "blob:")):
                said = answer.headers
                assert "frame-ancestors 'self'" in said["content-security-policy"], answer.url
                assert said["x-content-type-options"] == "nosniff"
                assert said["referrer-policy"] == "same-origin"
                assert said["permissions-policy"].startswith("camera=(self), microphone=()")
        log = "".join(server.log)
        assert "candidate" not in log.lower()
        assert set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", log)) <= {"127.0.0.1", "0.0.0.0"}


def test_what_somebody_smuggles_into_a_page_does_not_run_and_reaches_nobody(tmp_path):
    browsers = Browsers()
    try:
        with running(tmp_path) as server:
            page = browsers.page()
            watch = Watch(page, server.url)
            page.goto(server.url)
            settle(page)
            page.evaluate("""() => {
                const inline = document.createElement("script");
                inline.textContent = "window.smuggled = 1";
                const foreign = document.createElement("script");
                foreign.src = "http://127.0.0.1:1/x.js";
                const picture = new Image();
                picture.src = "http://127.0.0.1:1/x.png";
                const frame = document.createElement("iframe");
                frame.src = "http://127.0.0.1:1/";
                document.body.append(inline, foreign, picture, frame);
                document.body.setAttribute("onclick", "window.smuggled = 2");
                document.body.click();
            }""")
            with pytest.raises(PlaywrightError, match="Failed to fetch"):
                page.evaluate("fetch('http://127.0.0.1:1/')")
            page.evaluate("void setTimeout(() => { window.smuggled = eval('3') })")
            page.evaluate("void setTimeout(() => { window.smuggled = Function('return 4')() })")
            page.wait_for_timeout(500)
            assert page.evaluate("window.smuggled") is None
            told = " ".join(watch.complaints)
            for directive in ("script-src-elem inline", "script-src-elem http", "img-src", "frame-src", "connect-src"):
                assert f"CSP: {directive}" in told
    finally:
        browsers.close()


@contextmanager
def school_site(inside: str):
    """Another site, with a page that shows ``inside`` inside its own; the site's address."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{inside}"></iframe>'.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


@pytest.mark.parametrize("is_named", [False, True])
def test_another_site_shows_the_pages_inside_its_own_only_if_it_is_named(tmp_path, is_named):
    port = free_port()
    browsers = Browsers()
    try:
        with school_site(f"http://localhost:{port}/") as site:
            named = {"FER_FRAME_ANCESTORS": site} if is_named else {}
            with running(tmp_path, PORT=str(port), **named):
                page = browsers.page()
                page.goto(site)
                page.wait_for_timeout(3000)
                assert page.frames[1].get_by_text("Live Class Monitor").count() == is_named
    finally:
        browsers.close()


def test_the_policy_names_the_sites_that_may_show_the_pages():
    policy = content_security_policy("https://moodle.example.org https://*.example.org", "")
    assert policy.endswith("frame-ancestors 'self' https://moodle.example.org https://*.example.org")
    assert "'unsafe-eval'" not in policy and "script-src 'self' ;" in policy
    assert "http:" not in policy and "*" not in policy.split("frame-ancestors")[0]
