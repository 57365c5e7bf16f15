"""An API with the shipped model and Haar, without the rest of a server."""

import base64
from types import SimpleNamespace

import cv2
import pytest
from starlette.testclient import TestClient

from fer.config import Settings
from fer.lesson.reader import Reader
from fer.web.api import keys
from fer.web.api.app import Api
from tests.scenes import astronaut_bgr

CAMERAS = SimpleNamespace(on=0)


@pytest.fixture
def api(fresh_store):
    reader = Reader(Settings(detector="haar"), lambda: "resnet", lambda: CAMERAS.on)
    made = Api(fresh_store, reader)
    yield made
    CAMERAS.on = 0
    made.stop()
    reader.stop()


@pytest.fixture
def key(fresh_store):
    return keys.new_key(fresh_store, "robot", "JP", "research")


@pytest.fixture
def client(api, key):
    """A client that sends the key."""
    return TestClient(api.app, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def png():
    return cv2.imencode(".png", astronaut_bgr())[1].tobytes()


def as_base64(file: bytes) -> str:
    return base64.b64encode(file).decode()
