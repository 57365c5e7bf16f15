"""What several test files share: an empty database, and a monitor without a trained model."""

import os
import shutil
import time
from functools import cache
from types import SimpleNamespace

import numpy as np
import pylibsrtp  # noqa: F401  (before TensorFlow, or importing it crashes; see fer.vision.classifier.load_heads)
import pytest
import sqlalchemy as sa
from streamlit.components.v2 import manifest_scanner

from fer.config import Settings
from fer.lesson import monitor, recognition
from fer.lesson.monitor import Monitor
from fer.store.store import Store
from fer.vision.classifier import Judged
from fer.web import guards
from tests.scenes import astronaut_bgr, empty_room_bgr, write_clip

# What measures time, or waits for cameras, is done in one process, so that no two such tests disturb each other.
REAL_TIME = "real-time"  # the group of the load tests, and of what uses tests.live (servers, browsers)
LOAD_TESTS = "tests/bench/"
NO_CAMERAS = (  # servers and pages that wait for no camera: beside those
    "tests/test_accessibility.py",
    "tests/test_addresses.py",
    "tests/test_processes.py",
    "tests/test_update.py",
    "tests/store/",
    "tests/web/test_doctor.py",
    "tests/web/test_headers.py",
    "tests/web/test_serve.py",
    "tests/web/test_under_path.py",
)
TRAINING = ("tests/train/", "tests/vision/test_classifier.py")
# URL of a database whose tables may be dropped, to try that instead of SQLite.
POSTGRESQL = os.environ.get("FER_TEST_POSTGRESQL")

# Every AppTest searches all installed packages for components, which takes half a second and finds the same each time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config, items):
    """For `pytest -n 2 --dist loadgroup`: a file stays in one process, which makes its fixtures once; what measures time
    is one group. The longest groups go first, each shuffled (pytest-randomly), so that no process waits at the end."""
    for item in items:
        file = item.path.relative_to(config.rootpath).as_posix()
        is_timed = (
            "tests.live" in used_by(item.module) and not file.startswith(NO_CAMERAS) or file.startswith(LOAD_TESTS)
        )
        item.add_marker(pytest.mark.xdist_group(REAL_TIME if is_timed else file))
    yield  # pytest-xdist reads the groups, pytest-randomly shuffles
    items.sort(key=lambda item: order_of(item.get_closest_marker("xdist_group").args[0]))


def used_by(module):
    """The modules from which this one has its names."""
    return {getattr(value, "__module__", None) for value in vars(module).values()}


def order_of(group):
    return 0 if group == REAL_TIME else 1 if group.startswith((*TRAINING, *NO_CAMERAS)) else 2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What every open page showed when a test failed, or the reason would have to be guessed."""
    report = yield
    browsers = item.funcargs.get("browsers") if hasattr(item, "funcargs") else None
    if report.failed and browsers is not None:
        report.sections.extend(browsers.shown())
    return report


@pytest.fixture
def browsers():
    from tests.live import Browsers  # here, because most tests need no browser

    opened = Browsers()
    yield opened
    opened.close()


def empty_postgresql():
    engine = sa.create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET lock_timeout = '20s'")  # of a test before that left something open
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def empty_database(folder):
    """The URL of an empty one: a file in the folder, or PostgreSQL."""
    if POSTGRESQL:
        empty_postgresql()
    return POSTGRESQL or f"sqlite:///{folder / 'lessons.db'}"


@pytest.fixture(scope="session")
def tables_only(tmp_path_factory):
    """A file with the tables, to be copied: to make them takes three times as long as to open one that has them."""
    place = tmp_path_factory.mktemp("tables") / "lessons.db"
    Store(f"sqlite:///{place}").close()
    return place


@pytest.fixture
def database(tmp_path, tables_only):
    """The URL of a database without rows."""
    if not POSTGRESQL:
        shutil.copy(tables_only, tmp_path)
    return empty_database(tmp_path)


@pytest.fixture
def fresh_store(database):
    store = Store(database)
    yield store
    store.close()


@pytest.fixture
def clock(monkeypatch):
    """``clock.now`` is the time of day, Unix seconds; it stands still."""

    class Clock:
        now = 1_700_000_000.0

    monkeypatch.setattr(time, "time", lambda: Clock.now)
    return Clock


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Videos for a browser's camera: a face, and a room without one."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        "face": write_clip(folder / "face.mjpeg", astronaut_bgr()),
        "room": write_clip(folder / "room.mjpeg", empty_room_bgr()),
    }


class FakeClassifier:
    name, readable_below = "resnet", None

    def read(self, faces):
        return Judged(self.predict(faces), None)

    def predict(self, faces):
        return np.full((len(faces), 7), 1 / 7)


@pytest.fixture
def running(tmp_path, database, monkeypatch):
    """A monitor whose engine does not run; ``running.cookies`` are those of the browser that looks."""
    monkeypatch.setattr(recognition, "load_classifier", lambda *_: FakeClassifier())
    monkeypatch.setattr(
        recognition, "load_card", lambda _: SimpleNamespace(name="resnet", version="1", metrics={"accuracy": 0.65})
    )
    made = Monitor(Settings(data_dir=tmp_path, database_url=database, detector="haar", most_students=50))
    made.cookies = {}
    monkeypatch.setattr(guards, "cookie", lambda name: made.cookies.get(name, ""))
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)
    monitor.use(made)
    yield made
    monitor.use(None)
    made.stop()
