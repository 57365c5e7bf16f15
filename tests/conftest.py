"""What several test files share: an empty database, and a monitor without a trained model."""

import os
from types import SimpleNamespace

import numpy as np
import pylibsrtp  # noqa: F401  (before TensorFlow, or importing it crashes; see fer.vision.classifier.load_heads)
import pytest
import sqlalchemy as sa

from fer.config import Settings
from fer.lesson import monitor, recognition
from fer.lesson.monitor import Monitor
from fer.store.store import Store
from fer.web import guards

POSTGRESQL = os.environ.get(
    "FER_TEST_POSTGRESQL"
)  # URL of a database whose tables may be dropped, to try that instead of SQLite


def empty_postgresql():
    engine = sa.create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


@pytest.fixture
def fresh_store(tmp_path):
    if POSTGRESQL:
        empty_postgresql()
    store = Store(POSTGRESQL or f"sqlite:///{tmp_path / 'lessons.db'}")
    yield store
    store.close()


class FakeClassifier:
    name = "resnet"

    def predict(self, faces):
        return np.full((len(faces), 7), 1 / 7)


@pytest.fixture
def running(tmp_path, monkeypatch):
    """A monitor whose engine does not run; ``running.cookies`` are those of the browser that looks."""
    monkeypatch.setattr(recognition, "load_classifier", lambda *_: FakeClassifier())
    monkeypatch.setattr(recognition, "load_card", lambda _: SimpleNamespace(name="resnet", metrics={"accuracy": 0.65}))
    made = Monitor(Settings(data_dir=tmp_path, detector="haar", most_students=50))
    made.cookies = {}
    monkeypatch.setattr(guards, "cookie", lambda name: made.cookies.get(name, ""))
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)
    monitor.use(made)
    yield made
    monitor.use(None)
    made.stop()
