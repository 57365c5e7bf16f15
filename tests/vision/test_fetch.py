import hashlib
import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from fer.vision import fetch
from fer.vision.fetch import FetchError

CONTENT = b"the detector"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Served(SimpleHTTPRequestHandler):
    """Answers 503 as often as ``server.failures`` says, and then as it should."""

    def do_GET(self):
        if self.server.failures:
            self.server.failures -= 1
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The seconds that would have been waited before another try."""
    waited = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def server(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "file").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=tmp_path / "served"))
    server.failures = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server):
    return f"http://127.0.0.1:{server.server_port}/file"


def test_keeps_the_pinned_file(url, tmp_path):
    fetch.fetch(url, tmp_path / "models" / "kept", SHA256)
    assert (tmp_path / "models" / "kept").read_bytes() == CONTENT
    assert list((tmp_path / "models").iterdir()) == [tmp_path / "models" / "kept"]


def test_what_fails_twice_is_tried_again(server, url, tmp_path, waits):
    server.failures = 2
    fetch.fetch(url, tmp_path / "kept", SHA256)
    assert (tmp_path / "kept").read_bytes() == CONTENT and len(waits) == 2


def test_what_goes_on_failing_is_given_up(server, url, tmp_path, waits):
    server.failures = 9
    with pytest.raises(FetchError, match="503"):
        fetch.fetch(url, tmp_path / "kept", SHA256)
    assert server.failures == 9 - 3 and not (tmp_path / "kept").exists()


def test_a_file_with_another_sha256_is_not_kept(url, tmp_path):
    with pytest.raises(FetchError, match=f"expected sha256:{'0' * 64} but got {SHA256}"):
        fetch.fetch(url, tmp_path / "kept", "0" * 64)
    assert not (tmp_path / "kept").exists()


def test_a_missing_file_or_server_is_said_and_harms_nothing(url, tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"before")
    with pytest.raises(FetchError, match="/nothing: 404 Client Error"):
        fetch.fetch(url.replace("/file", "/nothing"), kept, SHA256)
    with pytest.raises(FetchError, match="Could not download http://127.0.0.1:9/file: no connection to the server"):
        fetch.fetch("http://127.0.0.1:9/file", kept, SHA256)
    assert kept.read_bytes() == b"before"


def test_a_server_that_never_answers_is_given_up_on(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match="no answer within 0.3 s"):
        fetch.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/file", tmp_path / "kept", SHA256)
