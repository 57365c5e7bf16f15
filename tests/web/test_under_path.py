"""A server under a path of a site, behind a proxy that takes the path off and behind one that does not."""

import re
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fer.config import ROOT
from fer.web.under_path import UnderPath
from tests.live import enrol, free_port, opened_browsers, running, start_lesson, wait_until
from tests.proxy import proxy


def says_path(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


def elsewhere(request: Request) -> RedirectResponse:
    return RedirectResponse(request.query_params["to"])


def client(path: str) -> TestClient:
    inner = Starlette(routes=[Route("/elsewhere", elsewhere), Route("/{any:path}", says_path)])
    return TestClient(UnderPath(inner, path), follow_redirects=False)


@pytest.mark.parametrize(
    ("path", "asked", "seen"),
    [
        ("/monitor", "/monitor/join", "/join"),  # kept
        ("/monitor", "/join", "/join"),  # stripped
        ("/monitor", "/monitors/join", "/monitors/join"),
        ("/a/b", "/a/b/", "/"),
        ("", "/monitor/join", "/monitor/join"),
    ],
)
def test_what_stands_behind_sees_no_path(path, asked, seen):
    assert client(path).get(asked).text == seen


@pytest.mark.parametrize(
    ("to", "location"),
    [("/dashboard", "/monitor/dashboard"), ("https://example.org/", "https://example.org/")],
)
def test_a_location_gets_the_path(to, location):
    assert client("/monitor").get("/elsewhere", params={"to": to}).headers["location"] == location
    assert client("").get("/elsewhere", params={"to": to}).headers["location"] == to


def test_the_path_alone_goes_on_to_where_relative_links_work():
    assert client("/monitor").get("/monitor?expired=1").headers["location"] == "/monitor/?expired=1"
    assert client("/monitor").get("/monitor").headers["location"] == "/monitor/"


def test_nothing_in_a_page_leads_to_the_root_of_the_site():
    """Where another program may be: in scripts no string, in pages no link begins with a slash."""
    scripts = list((ROOT / "fer" / "web" / "own").glob("*.js"))
    pages = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "fer" / "web").glob("*.py")]
    found = [(file.name, *re.findall(r"""["'`]/[a-z]\w*""", file.read_text())) for file in scripts]
    found += [
        (file.name, *re.findall(r"""(?:href|src)=["']/\w*|redirect\(f?["']/""", file.read_text())) for file in pages
    ]
    assert scripts and not [one for one in found if len(one) > 1]


browsers = pytest.fixture(opened_browsers, scope="module")


@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "kept"])
def test_a_whole_lesson_under_a_path(browsers, tmp_path, strips):
    """Every request goes by the proxy, which has nothing beside the path: an address without it gets no answer."""
    port = free_port()
    site = f"http://localhost:{port}/monitor"
    with (
        running(tmp_path, FER_PUBLIC_URL=site, FER_DETECTOR="haar") as server,
        proxy(port, "/monitor", server.port, strips),
    ):
        teacher, student = browsers.page(), browsers.page()
        lost = []
        for page in (teacher, student):
            page.on("response", lambda answer: lost.append(answer.url) if answer.status == 404 else None)
        ready = server.ready_line.replace(server.url, f"http://localhost:{port}")
        outside = SimpleNamespace(url=site, ready_line=ready)
        code = start_lesson(teacher, outside, "Physics", "No expressions")
        assert teacher.locator(".invite a").inner_text() == f"{site}/join?code={code}"
        enrol(student, outside, code, None)
        student.get_by_role("button", name="I'm lost").click()
        wait_until(lambda: "I'm lost 1" in teacher.inner_text("body"), 10, "the press arrives", teacher)
        own = student.get_by_role("link", name="My data").get_attribute("href")
        student.goto(own)
        student.get_by_role("heading", name="My data").wait_for()
        assert student.url.startswith(f"{site}/my-data?lesson=")
        teacher.get_by_role("button", name="End lesson").click()
        teacher.get_by_role("dialog").get_by_role("button", name="End lesson").click()
        for name, kept in (("Report to print", "Physics"), ("Answers", "lost")):
            link = teacher.get_by_role("link", name=re.compile(name)).first.evaluate("link => link.href")
            assert link.startswith(f"{site}/") and kept in teacher.request.get(link).text()
        teacher.get_by_role("link", name="Replay", exact=True).click()
        teacher.wait_for_url(f"{site}/replay?lesson=1")
        teacher.get_by_role("link", name=re.compile("Report to print")).wait_for()
        teacher.get_by_role("button", name="Sign out").click()
        teacher.get_by_role("heading", name="Live Class Monitor").wait_for()
        assert teacher.url.rstrip("/") == site
        assert teacher.request.get(f"{site}/api/docs").ok
        assert not [address for address in lost if "/_stcore/" not in address]
