import re

import pytest

from fer.web import own_files
from fer.web.camera_help import address_bar, browser_of, problems

SCRIPT = (own_files.FOLDER / "camera.js").read_text("utf-8")
KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36": "chrome",
    "Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0": "chrome",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0": "firefox",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Version/18.1 Safari/605.1.15": "safari",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36": (
        "chrome on android"
    ),
    "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0": "firefox on android",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {KIT} Version/18.1 Mobile/15E148 Safari/604.1": "safari on ios",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {KIT} CriOS/141.0 Mobile/15E148 Safari/604.1": "another on ios",
    f"Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) {KIT} FxiOS/144.0 Mobile/15E148 Safari/605.1.15": "another on ios",
    "curl/8": "",
    "": "",
}


@pytest.mark.parametrize(("agent", "browser"), AGENTS.items())
def test_the_browser_at_hand(agent, browser):
    assert browser_of(agent) == browser


@pytest.mark.parametrize("browser", sorted(set(AGENTS.values())))
def test_every_problem_that_the_script_names_has_steps_for_every_browser(browser):
    named = set(re.findall(r'(?:Error: |return |\?\? |say\()"([a-z]+)"', SCRIPT))
    assert named == problems(browser).keys()
    assert all(len(title) > 10 and steps for title, steps in problems(browser).values())


def test_the_steps_of_two_browsers_differ_and_have_a_drawing_where_there_is_something_to_press():
    steps = [tuple(problems(browser)["denied"][1]) for browser in set(AGENTS.values())]
    assert len(set(steps)) == len(steps)
    assert all(
        bool(address_bar(browser)) == ("left end" in problems(browser)["denied"][1][0]) for browser in AGENTS.values()
    )
