import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fer.vision import fetch
from fer.vision.fetch import FetchError

CONTENT = b"the detector"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def url(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "file").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/file"
    server.shutdown()
    server.server_close()


def test_keeps_the_pinned_file(url, tmp_path):
    fetch.fetch(url, tmp_path / "models" / "kept", SHA256)
    assert (tmp_path / "models" / "kept").read_bytes() == CONTENT
    assert list((tmp_path / "models").iterdir()) == [tmp_path / "models" / "kept"]


def test_a_file_with_another_sha256_is_not_kept(url, tmp_path):
    with pytest.raises(FetchError, match=f"its sha256 is {SHA256}, not {'0' * 64}. It was not kept"):
        fetch.fetch(url, tmp_path / "kept", "0" * 64)
    assert not (tmp_path / "kept").exists()


def test_a_missing_file_or_server_is_said_and_harms_nothing(url, tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"before")
    with pytest.raises(FetchError, match="/nothing: HTTP Error 404"):
        fetch.fetch(url.replace("/file", "/nothing"), kept, SHA256)
    with pytest.raises(FetchError, match="Could not download http://127.0.0.1:9/file"):
        fetch.fetch("http://127.0.0.1:9/file", kept, SHA256)
    assert kept.read_bytes() == b"before"


def test_a_server_that_never_answers_is_given_up_on(tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match="timed out"):
        fetch.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/file", tmp_path / "kept", SHA256)
