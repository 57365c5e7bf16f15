import logging
import subprocess
import sys

import pytest

from fer.config import ROOT
from fer.web import quiet_log


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(quiet_log.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def log(clock):
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("tests.quiet"), Kept()
    handler.addFilter(quiet_log.OncePerMinute())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.lines = lines
    yield logger
    logger.removeHandler(handler)


def test_a_flood_is_written_once(log):
    for n in range(300):
        log.warning("Refused: %d", n)
    assert log.lines == ["Refused: 0"]


def test_the_next_one_says_how_many_were_left_out(log, clock):
    for n in range(300):
        if n == 299:
            clock.now += 61
        log.warning("Refused: %d", n)
    assert log.lines == ["Refused: 0", "Refused: 299 (and 298 more like it)"]


def test_different_errors_and_everything_below_a_warning_are_written(log):
    for error in (ValueError("a"), KeyError("b"), ValueError("c")):
        try:
            raise error
        except (ValueError, KeyError):
            log.exception("A frame could not be read")
    for n in range(3):
        log.info("Lesson %d", n)
    assert log.lines == ["A frame could not be read"] * 2 + ["Lesson 0", "Lesson 1", "Lesson 2"]


def test_what_is_remembered_is_bounded(log, monkeypatch):
    monkeypatch.setattr(quiet_log, "MOST_REMEMBERED", 10)
    for n in range(100):
        log.warning(f"made up {n}")
    assert len(log.lines) == 100 and len(log.handlers[0].filters[0]._kept) <= 10


CONNECTED = """
import logging
from fer.web.quiet_log import set_up
set_up()
logging.getLogger("fer.web").info("a lesson began")
for name in ("aioice.ice", "aiortc.rtcpeerconnection", "streamlit_webrtc.session", "httpx"):
    logging.getLogger(name).info("Connection(0) Check CandidatePair 192.0.2.7")
"""


def test_the_addresses_of_who_connects_are_not_written():
    said = subprocess.run([sys.executable, "-c", CONNECTED], cwd=ROOT, text=True, capture_output=True).stderr
    assert "a lesson began" in said and "192.0.2.7" not in said
