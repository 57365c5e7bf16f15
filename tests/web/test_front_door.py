"""Attacks on what stands in front of Streamlit: each against a real server, from this machine only."""

import asyncio
import http.client
import re
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from starlette.responses import PlainTextResponse
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fer.config import Settings
from fer.web.connections import MOST_FILES
from fer.web.front_door import FrontDoor
from tests.live import Server, running

SCHOOL = {"X-Forwarded-For": "203.0.113.5"}  # the servers' proxy is this machine, whose word they take
ELSEWHERE = {"X-Forwarded-For": "203.0.113.99"}


def get(server: Server, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def stream(server: Server, origin: str | None = None, **headers: str):
    """A WebSocket to Streamlit; ``origin``: the server's own unless it says another."""
    return connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        origin=origin or f"http://127.0.0.1:{server.port}",
        additional_headers=headers,
        subprotocols=["streamlit"],
        proxy=None,
        open_timeout=10,
    )


def refusal(server: Server, origin: str | None = None, **headers: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as raised, stream(server, origin, **headers):
        pass
    return raised.value.response.status_code, raised.value.response.body.decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), FER_DETECTOR="haar") as started:
        yield started


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    with running(folder, FER_DETECTOR="haar", FER_PUBLIC_URL="https://class.example.org") as started:
        yield started


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1.evil.example", "http://", "file://"],
)
def test_a_page_of_another_site_is_refused_with_a_sentence(server, origin):
    for status, text in (refusal(server, origin), get(server, "/_stcore/health", Origin=origin)):
        assert status == 403
        assert text.startswith("Pages of another site may not connect to this server")
        assert text.endswith(f"Received: Origin {origin!r}\n")


def test_the_own_page_and_whoever_is_no_browser_come_in(server, public):
    with stream(server), stream(public):
        pass
    with stream(public, "https://class.example.org"):  # a proxy that does not pass the Host header on
        pass
    both = {"Host": "class.example.org:443", "Origin": "https://class.example.org"}
    assert get(public, "/_stcore/health", **both)[0] == 200
    assert get(server, "/_stcore/health") == get(public, "/_stcore/health") == (200, "ok")


@pytest.mark.parametrize("host", ["evil.example", "class.example.org.evil.example", "169.254.169.254", "", "x" * 5000])
def test_a_foreign_host_is_refused_where_the_address_is_set(public, host):
    status, text = get(public, "/", Host=host)
    assert status == 403 and len(text) < 400
    assert text.startswith(
        "This server is at https://class.example.org (FER_PUBLIC_URL) and answers for no other host."
    )
    assert text.endswith(f"Received: {host[:100]!r}\n")


@pytest.mark.parametrize("host", ["class.example.org", "CLASS.example.org:443", "localhost", "127.0.0.1:9", "[::1]:80"])
def test_the_own_hosts_are_answered(public, host):
    assert get(public, "/_stcore/health", Host=host) == (200, "ok")


def test_without_that_setting_a_foreign_host_is_not_known_but_its_origin_must_be_the_same(server):
    assert get(server, "/_stcore/health", Host="class.example.org") == (200, "ok")
    assert get(server, "/_stcore/health", Host="a.example", Origin="http://b.example")[0] == 403
    assert get(server, "/_stcore/health", Host="a.example", Origin="https://a.example")[0] == 200


def test_the_machines_external_address_is_never_asked_for_and_nobody_waits(tmp_path):
    """The proxy that the server would use takes connections and says nothing, as where outbound HTTP is swallowed."""
    with socket.create_server(("127.0.0.1", 0)) as swallows:
        swallows.setblocking(False)
        proxy = f"http://127.0.0.1:{swallows.getsockname()[1]}"
        with running(tmp_path, FER_DETECTOR="haar", http_proxy=proxy, https_proxy=proxy) as server:
            started = time.monotonic()
            with ThreadPoolExecutor(10) as several:
                for status, _ in several.map(lambda n: refusal(server, f"http://evil{n}.example"), range(10)):
                    assert status == 403
            assert get(server, "/_stcore/health") == (200, "ok")
            assert time.monotonic() - started < 1
        with pytest.raises(BlockingIOError):
            swallows.accept()


@pytest.mark.parametrize(
    "path", ["metrics", "agent/openapi.json", "agent/interact", "script-health-check", "Stream", "", "health/x", "%73x"]
)
def test_streamlits_other_paths_are_closed(server, path):
    for method in ("GET", "POST", "OPTIONS"):
        status, text = get(server, f"/_stcore/{path}", method)
        assert status == 404 and text.startswith("There is nothing here.")


@pytest.mark.parametrize(
    "path",
    ["/%00", "/own/%00.js", "/export/1/%00.csv", "/report/%00", "/own/..%2fserve.py", "/own/%2e%2e/serve.py", "//a.b/"],
)
def test_a_nul_or_a_way_out_in_a_path_is_a_bad_request(server, path):
    assert get(server, path) == (400, "Bad Request")
    assert "Traceback" not in "".join(server.log)


def test_no_stranger_uploads(server):
    for n in range(20):
        status, text = get(server, f"/_stcore/upload_file/{n}/{n}", "PUT", b"x" * 100_000)
        assert (status, text) == (403, "No file can be sent here.\n")


class SignIn:
    cookie = "teacher"

    def is_session(self, value: str) -> bool:
        return value == "real"


def sent_to(door: FrontDoor, size: str | None, cookie: str = "", method: str = "PUT") -> int:
    """The status of an upload; ``size``: its Content-Length."""
    headers = [(b"host", b"localhost"), (b"cookie", f"teacher={cookie}".encode())]
    headers += [(b"content-length", size.encode())] if size is not None else []
    scope = {"type": "http", "method": method, "path": "/_stcore/upload_file/session/file", "headers": headers}
    answers = []

    async def ask():
        async def send(message):
            answers.append(message)

        await door(scope | {"client": None, "server": ("127.0.0.1", 1)}, None, send)

    asyncio.run(ask())
    return answers[0]["status"]


def test_an_upload_page_would_take_files_of_a_signed_in_teacher_up_to_a_size():
    door = FrontDoor(PlainTextResponse("inside"), Settings(), SignIn(), 10, upload_bytes=1000)
    assert sent_to(door, "10") == sent_to(door, "10", "made up") == 403
    assert sent_to(door, "1000", "real") == 200
    for size in ("1001", "-5", "", "1e3", None):
        assert sent_to(door, size, "real") == 413
    assert sent_to(door, None, "real", "DELETE") == 200 and sent_to(door, None, "made up", "DELETE") == 403
    assert sent_to(FrontDoor(PlainTextResponse("inside"), Settings(), SignIn(), 10), "10", "real") == 403


def teacher_cookie(server: Server) -> dict[str, str]:
    """Uses the printed link up."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", re.sub(r"^https?://[^/]+", "", server.ready_line))
        return {"Cookie": connection.getresponse().getheader("set-cookie").split(";")[0]}


def test_one_address_cannot_take_all_sockets_and_the_teacher_always_gets_in(tmp_path):
    with running(tmp_path, FER_DETECTOR="haar", FER_SOCKETS_PER_ADDRESS="20") as server, ExitStack() as held:
        teacher = teacher_cookie(server)
        for _ in range(20):
            held.enter_context(stream(server, **SCHOOL))
        status, text = refusal(server, **SCHOOL)
        assert status == 429 and text.startswith("Too many connections from this network")
        with stream(server, **ELSEWHERE), stream(server), stream(server, **SCHOOL, **teacher):
            pass
        assert refusal(server, **SCHOOL, Cookie=teacher["Cookie"] + "x")[0] == 429
        held.close()
        assert refusal(server, **SCHOOL)[1].startswith("Too many connections from this network at once. Try again in ")
        log = "".join(server.log)
        assert log.count("Refused with 429") == 1 and "203.0.113" not in log


def test_what_a_stranger_says_of_their_address_is_not_believed(tmp_path):
    """This machine is no proxy of this server: the limit for that address does not hold, because it is not known."""
    few = {"FER_SOCKETS_PER_ADDRESS": "10", "FER_TRUSTED_PROXIES": "192.0.2.1"}
    with running(tmp_path, FER_DETECTOR="haar", **few) as server, ExitStack() as held:
        for _ in range(15):
            held.enter_context(stream(server, **SCHOOL))


class FewFiles(Server):
    """A server that may open 1,024 files, which is room for 85 WebSockets."""

    command = ("sh", "-c", 'ulimit -n 1024 && exec "$@"', "sh", *Server.command)


@pytest.fixture
def few_files(tmp_path):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))  # the test's own
    server = FewFiles(tmp_path, FER_DETECTOR="haar")
    yield server
    server.stop()


def test_those_who_only_sit_there_do_not_keep_the_teacher_out_nor_fill_the_log(few_files):
    teacher = teacher_cookie(few_files)
    before = len("".join(few_files.log))
    with ExitStack() as held, stream(few_files, **teacher) as page:
        idle = [held.enter_context(socket.create_connection(("127.0.0.1", few_files.port))) for _ in range(800)]
        for n, half in enumerate(idle):
            if n % 2:
                half.send(b"GET / HTTP/1.1\r\nHost: localh")  # and never the rest
        for _ in range(20):
            started = time.monotonic()
            assert get(few_files, "/_stcore/health") == (200, "ok")
            with stream(few_files, **teacher):
                pass
            assert time.monotonic() - started < 1
        page.ping().wait(5)
        assert len("".join(few_files.log)) - before < 2000


def test_when_all_sockets_are_taken_the_teacher_still_gets_in(few_files):
    teacher = teacher_cookie(few_files)
    with ExitStack() as held:
        for n in range(85):
            held.enter_context(stream(few_files, **{"X-Forwarded-For": f"198.51.100.{n}"}))
        status, text = refusal(few_files, **ELSEWHERE)
        assert (status, text) == (503, "The server is full. Try again in a minute.\n")
        with stream(few_files, **teacher):
            assert get(few_files, "/_stcore/health") == (200, "ok")
    with stream(few_files, **ELSEWHERE):
        pass


def test_who_asks_for_nothing_is_let_go(monkeypatch, server):
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.settimeout(30)
        started = time.monotonic()
        idle.send(b"GET / HTT")
        assert idle.recv(1) == b""
        assert 10 < time.monotonic() - started < 20


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="reads another process's limit, which only Linux allows")
def test_the_server_opens_as_many_files_as_it_may(tmp_path):
    class Thrifty(Server):
        command = ("sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh", *Server.command)

    server = Thrifty(tmp_path, FER_DETECTOR="haar")
    try:
        assert get(server, "/_stcore/health")[0] == 200  # it serves, so it can be stopped
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft == min(hard, MOST_FILES)
    finally:
        server.stop()
