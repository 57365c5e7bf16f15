"""axe-core on every page with a demo lesson, in both themes. Fetch it first: ``npm install --prefix tests``."""

from pathlib import Path

import pytest

from tests.live import Browsers, DemoServer
from tests.web.test_headers import PAGES

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = ("/dashboard?view=board&lesson=1", "/dashboard?view=compact&lesson=1", "/lessons?lesson=1", "/report/1")
CHARTS = ("/dashboard", "/lessons", "/replay", "/models")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not here: npm install --prefix tests")
def test_no_page_has_a_finding(tmp_path, browsers: Browsers):
    server = DemoServer(tmp_path)
    try:
        page = browsers.page()
        page.goto(server.ready_line)
        page.get_by_text("The students are made up").wait_for()
        found = []
        for path in (*PAGES.values(), *VIEWS):
            page.goto(f"{server.url}{path}")
            page.get_by_role("main").first.wait_for()
            page.get_by_test_id("stSkeleton").first.wait_for(state="detached")
            if path.startswith(CHARTS) and "view=" not in path:
                page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for()
            page.evaluate(AXE.read_text(encoding="utf-8"))
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                said = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
                found += [
                    (scheme, path, one["id"], one["nodes"][0]["target"]) for one in said if one["impact"] != "minor"
                ]
        assert found == []
    finally:
        server.stop()
