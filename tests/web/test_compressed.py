"""Streamlit's scripts are sent compressed, everything else as it is."""

import gzip

from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from fer.web.compressed import Compressed


def test_scripts_are_compressed_where_the_browser_takes_it():
    compressed = Compressed(PlainTextResponse("from Streamlit"))
    path, file = next((path, file) for path, file in compressed._files.items() if file.suffix == ".js")
    browser = TestClient(compressed)
    with browser.stream("GET", path, headers={"accept-encoding": "gzip, br"}) as answer:
        sent = b"".join(answer.iter_raw())
        assert gzip.decompress(sent) == file.read_bytes() and answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
    for asked in (
        {"url": path, "headers": {"accept-encoding": "identity"}},
        {"url": "/static/../app.py"},
        {"url": "/_stcore/health"},
    ):
        assert browser.get(**asked).text == "from Streamlit"
