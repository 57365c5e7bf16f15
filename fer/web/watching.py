"""What who runs the server watches: /healthz, /readyz, and figures for Prometheus on a port of its own.

None of it holds a name, an address or a code, and nothing says anything of a single student or lesson.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator

import numpy as np
from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from fer.config import Settings, SettingsError
from fer.lesson.monitor import Monitor
from fer.store.errors import StoreError

LEAST_DISK_BYTES = 100_000_000
ENGINE_S = 10.0  # a tick takes half a second
REGISTRY = CollectorRegistry()
CAMERAS_FAILED = Counter("fer_cameras_failed", "Cameras whose connection could not be made.", registry=REGISTRY)

log = logging.getLogger(__name__)


def routes(running: Monitor) -> list[BaseRoute]:
    def healthz(request: Request) -> Response:
        """GET: the process answers."""
        return PlainTextResponse("ok\n")

    def readyz(request: Request) -> Response:
        """GET: students can be sent here: 200, or 503 with what fails. The reason is in the log."""
        found = {name: is_well(running) for name, is_well in READY.items()}
        said = {name: "ok" if is_well else "failed" for name, is_well in found.items()}
        return JSONResponse(said, 200 if all(found.values()) else 503, {"Cache-Control": "no-store"})

    return [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


def database_answers(running: Monitor) -> bool:
    try:
        running.store.lesson(0)
    except StoreError as error:
        log.warning("Not ready: %s", error)
        return False
    return True


def engine_runs(running: Monitor) -> bool:
    """Where faces are looked at: it still goes round."""
    return running.recognition is None or running.recognition.engine.is_running(ENGINE_S)


def disk_has_room(running: Monitor) -> bool:
    return shutil.disk_usage(running.settings.data_dir).free >= LEAST_DISK_BYTES


READY: dict[str, Callable[[Monitor], bool]] = {
    "database": database_answers,
    "engine": engine_runs,
    "disk": disk_has_room,
}


class Figures(Collector):
    """Read when Prometheus asks. ``sockets``: how many WebSockets are open."""

    def __init__(self, running: Monitor, sockets: Callable[[], int]):
        self.running, self.sockets = running, sockets

    def collect(self) -> Iterator[Metric]:
        seats, writer = self.running.seats, self.running.writer
        yield GaugeMetricFamily("fer_cameras_held", "Cameras that have a place.", seats.held())
        yield GaugeMetricFamily("fer_cameras_most", "Cameras there is room for; 0: no limit.", seats.most or 0)
        yield GaugeMetricFamily("fer_cameras_waiting", "Students who wait for a place.", seats.waiting())
        yield GaugeMetricFamily("fer_sockets_open", "WebSockets that are open.", self.sockets())
        yield GaugeMetricFamily("fer_rows_waiting", "Observations that are not written yet.", writer.backlog())
        yield CounterMetricFamily("fer_rows_written", "Observations that were written.", writer.written)
        yield CounterMetricFamily("fer_write_errors", "Writes that the database refused.", writer.errors)
        ages = list(writer.ages_s)
        age = float(np.percentile(ages, 95)) if ages else 0.0
        yield GaugeMetricFamily(
            "fer_row_age_p95_seconds", "From a picture to its row, 95 of 100; the last 10,000.", age
        )
        yield from self.of_engine()
        yield from self.of_database()
        ran_at = self.running.retention.ran_at
        yield GaugeMetricFamily(
            "fer_retention_last_run_seconds", "When old lessons were looked for, Unix time.", ran_at
        )

    def of_engine(self) -> Iterator[Metric]:
        if self.running.recognition is not None:
            engine = self.running.recognition.engine
            yield CounterMetricFamily("fer_looks", "Pictures that were looked at.", engine.looks)
            yield CounterMetricFamily("fer_look_errors", "Pictures that failed.", engine.errors)

    def of_database(self) -> Iterator[Metric]:
        began = time.perf_counter()
        try:
            is_open = sum(lesson.is_open for lesson in self.running.store.lessons())
        except StoreError:
            yield GaugeMetricFamily("fer_database_up", "1 where the database answers.", 0)
            return
        yield GaugeMetricFamily("fer_database_up", "1 where the database answers.", 1)
        yield GaugeMetricFamily("fer_database_seconds", "How long it took for a list.", time.perf_counter() - began)
        yield GaugeMetricFamily("fer_lessons_open", "Lessons that go on, of all processes of the database.", is_open)


def serve_figures(settings: Settings, figures: Figures) -> Callable[[], None]:
    """Prometheus's /metrics on FER_METRICS_PORT; what ends it. Raises ``SettingsError`` for a port that is taken."""
    if not settings.metrics_port:
        return lambda: None
    REGISTRY.register(figures)
    try:
        server, thread = start_http_server(settings.metrics_port, settings.host, REGISTRY)
    except OSError as error:
        REGISTRY.unregister(figures)
        raise SettingsError(
            f"FER_METRICS_PORT must be a free port. Received: {settings.metrics_port} ({os.strerror(error.errno or 0)})"
        ) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
        REGISTRY.unregister(figures)

    return stop
