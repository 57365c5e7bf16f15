"""axe-core on the pages of a lesson that was held, in both themes. Fetch it first: ``npm install --prefix tests``."""

from pathlib import Path

import pytest

from tests.live import Browsers, Server

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
LEFT_OUT = ("minor", "moderate")


class DemoServer(Server):
    command = (*Server.command, "--demo")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not here: npm install --prefix tests")
def test_no_page_has_a_serious_finding(tmp_path, browsers: Browsers):
    server = DemoServer(tmp_path)
    try:
        page = browsers.page()
        page.goto(server.ready_line)
        page.get_by_text("The students are made up").wait_for()
        found = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for path in ("lessons?lesson=1", "replay?lesson=1", "models", "report/1"):
                page.goto(f"{server.url}/{path}")
                page.get_by_role("heading", level=1).wait_for()
                if not path.startswith("report"):
                    page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for()
                page.evaluate(AXE.read_text(encoding="utf-8"))
                said = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
                found += [
                    (scheme, path, one["id"], one["nodes"][0]["target"])
                    for one in said
                    if one["impact"] not in LEFT_OUT
                ]
        assert found == []
    finally:
        server.stop()
