"""The page that a browser is sent first has the look and knows what it will need."""

import gzip
import re

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from fer.config import ROOT
from fer.web.first_page import PAGES, FirstPage

BROWSER = TestClient(FirstPage(PlainTextResponse("from Streamlit")))


def test_every_page_of_the_app_is_sent_so_and_nothing_else():
    app = (ROOT / "app.py").read_text(encoding="utf-8")
    assert set(PAGES) == {"/", *(f"/{path}" for path in re.findall(r'url_path="([\w-]+)"', app))}
    for path in ("/_stcore/health", "/dashboard/", "/own/look.css"):
        assert BROWSER.get(path).text == "from Streamlit"
    assert BROWSER.post("/dashboard").text == "from Streamlit"


@pytest.mark.parametrize("path", PAGES)
def test_it_has_the_look_after_streamlits_and_asks_for_each_script_once(path):
    text = BROWSER.get(path).text
    assert text.index('<div id="root">') < text.index(".stMainBlockContainer {") < text.index("</body>")
    for script in PAGES[path]:
        assert len(re.findall(rf'modulepreload" href="\./static/js/{script}\.[\w-]+\.js"', text)) == 1, script


def test_it_is_compressed_where_the_browser_takes_that_and_kept_by_none():
    with BROWSER.stream("GET", "/dashboard", headers={"accept-encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    with BROWSER.stream("GET", "/dashboard", headers={"accept-encoding": "identity"}) as plain:
        assert gzip.decompress(sent) == b"".join(plain.iter_raw())
    assert answer.headers["cache-control"] == plain.headers["cache-control"] == "no-cache"
