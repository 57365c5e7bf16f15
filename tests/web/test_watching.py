"""Health, figures for Prometheus, and a log of JSON lines: what fails is said, and nothing of anybody."""

import json
import logging
import re
import time
import urllib.request

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.config import ROOT, Settings, SettingsError
from fer.records import PER_STUDENT, Observation, Status
from fer.store.errors import StoreError
from fer.web import quiet_log, watching
from fer.web.watching import Figures, serve_figures
from tests.live import free_port


@pytest.fixture
def ask(running):
    return TestClient(Starlette(routes=watching.routes(running))).get


@pytest.fixture
def figures(running):
    """The text that Prometheus gets, from the port itself."""

    def fetch():
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.metrics_port}/metrics", timeout=20) as answer:
            return answer.read().decode()

    settings = Settings(host="127.0.0.1", metrics_port=free_port())
    stop = serve_figures(settings, Figures(running, lambda: 7))
    yield fetch
    stop()


def value(text, name):
    return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))


def test_the_process_answers(ask):
    assert (ask("/healthz").status_code, ask("/healthz").text) == (200, "ok\n")


def test_it_is_ready_when_database_engine_and_disk_work(ask, running):
    assert ask("/readyz").json() == {"database": "ok", "engine": "failed", "disk": "ok"}  # no engine runs in this test
    running.recognition.engine._began_at.append(time.monotonic())
    assert ask("/readyz").status_code == 200


def test_an_engine_that_stands_still_is_not_ready(ask, running):
    running.recognition.engine._began_at.append(time.monotonic() - watching.ENGINE_S - 1)
    assert (ask("/readyz").status_code, ask("/readyz").json()["engine"]) == (503, "failed")


def test_without_expressions_no_engine_is_needed(ask, running):
    running.recognition = None
    assert ask("/readyz").status_code == 200


def test_a_database_that_does_not_answer_is_not_ready_and_the_reason_is_in_the_log_only(
    ask, running, monkeypatch, caplog
):
    def refuse(_):
        raise StoreError("postgresql://school.example.org is down")

    monkeypatch.setattr(running.store, "lesson", refuse)
    answer = ask("/readyz")
    assert answer.status_code == 503 and answer.json()["database"] == "failed" and "school" not in answer.text
    assert "school.example.org is down" in caplog.text


def test_a_full_disk_is_not_ready(ask, monkeypatch):
    monkeypatch.setattr(watching, "LEAST_DISK_BYTES", 10**18)
    assert ask("/readyz").json()["disk"] == "failed"


def test_the_figures_count_what_goes_on_and_hold_nothing_of_anybody(figures, running):
    lesson = running.lessons.start("Physics of Zacharias", PER_STUDENT, "JP", "teaching")
    running.students.join(lesson, "Zacharias Quill", "192.0.2.7")
    running.seats.open(lesson.id, 1).connect()(None)
    running.writer.put([Observation(lesson.id, 1, time.time(), Status.NO_FACE)])
    before = figures()
    assert value(before, "fer_lessons_open") == 1 and value(before, "fer_rows_waiting") == 1
    assert value(before, "fer_sockets_open") == 7 and value(before, "fer_database_up") == 1
    assert value(before, "fer_cameras_held") == 1 and value(before, "fer_cameras_most") == 50
    assert running.writer.write()
    assert value(figures(), "fer_rows_waiting") == 0 and value(figures(), "fer_rows_written_total") == 1
    assert not re.search(f"Zacharias|Physics|192|{lesson.code}|{{", before)


def test_a_database_that_is_down_is_a_figure_and_takes_no_other_with_it(figures, running, monkeypatch):
    def refuse():
        raise StoreError("down")

    monkeypatch.setattr(running.store, "lessons", refuse)
    assert value(figures(), "fer_database_up") == 0 and value(figures(), "fer_cameras_held") == 0


def test_a_taken_port_is_said_and_none_is_opened_unless_it_is_asked_for(running):
    figures, port = Figures(running, lambda: 0), free_port()
    serve_figures(Settings(), figures)()
    stop = serve_figures(Settings(host="127.0.0.1", metrics_port=port), figures)
    try:
        with pytest.raises(SettingsError, match=rf"FER_METRICS_PORT must be a free port. Received: {port}"):
            serve_figures(Settings(host="127.0.0.1", metrics_port=port), Figures(running, lambda: 0))
    finally:
        stop()


def test_the_dashboard_shows_figures_that_exist(figures):
    shown = set(re.findall(r"\bfer_\w+", " ".join(expressions())))
    assert shown and shown <= set(re.findall(r"^(fer_\w+) ", figures(), re.MULTILINE))


def expressions():
    dashboard = json.loads((ROOT / "deploy" / "grafana.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_a_log_of_json_lines():
    record = logging.LogRecord("fer.x", logging.WARNING, "x.py", 1, 'The "disk"\nis %s', ("full",), None)
    said = json.loads(quiet_log.AsJson().format(record))
    assert said.pop("time")[:2] == "20"
    assert said == {"level": "WARNING", "logger": "fer.x", "message": 'The "disk"\nis full'}


def test_an_exception_is_part_of_its_line():
    try:
        raise ValueError("why")
    except ValueError as error:
        record = logging.LogRecord("fer", logging.ERROR, "x.py", 1, "failed", (), (ValueError, error, None))
    line = quiet_log.AsJson().format(record)
    assert "\n" not in line and "ValueError: why" in json.loads(line)["exception"]
