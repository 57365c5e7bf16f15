"""What the mirror's page is told, and that nobody else is told it."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fer.lesson import mirrors
from fer.web.mirror_socket import UNKNOWN, mirror_route
from tests.lesson.test_mirrors import OneHappyFace
from tests.scenes import astronaut_bgr


@pytest.fixture
def visitor(running, monkeypatch):
    monkeypatch.setattr(mirrors.Mirrors, "_run", lambda *_: None)
    monkeypatch.setattr(running.recognition, "mirror_eyes", lambda namer: OneHappyFace)
    entered = running.mirrors.enter(running.mirrors.open("JP", "research"))
    entered.seat().connect()(astronaut_bgr())
    entered.look()
    return entered


@pytest.fixture
def client(running):
    return TestClient(Starlette(routes=[mirror_route(running)]))


def test_a_look_is_told_in_shares_of_the_picture(client, visitor):
    visitor.wait_for("happy", 3)
    visitor.seat().connect()(astronaut_bgr())
    visitor.look()
    with client.websocket_connect("/mirror/looks") as socket:
        socket.send_text(visitor.token)
        told = socket.receive_json()
    assert told["size"] == [320, 240] and told["greeted"] == 0
    assert told["faces"] == [
        {
            "number": 0,
            "name": "",
            "box": [round(10 / 320, 4), round(10 / 240, 4), 0.25, round(100 / 240, 4)],
            "expression": "happy",
            "because": None,
            "p": [0, 0, 0, 1, 0, 0, 0],
        }
    ]
    waits = {"stage": "waiting", "awaited": [0], "missing": [0], "more": 2, "leftOut": [], "unreadable": {}, "count": 0}
    assert told["photo"] == waits


@pytest.mark.parametrize("token", ["", "made up", "é" * 1000])
def test_only_the_visitors_own_page_is_told(client, visitor, token):
    with client.websocket_connect("/mirror/looks") as socket:
        socket.send_text(token)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == UNKNOWN


def test_a_page_may_leave_a_face_out_and_nothing_else_it_says_matters(client, visitor):
    visitor.wait_for("happy", 1)
    with client.websocket_connect("/mirror/looks") as socket:
        socket.send_text(visitor.token)
        socket.receive_json()
        for said in ("²", "-1", "1" * 5000, "{}", "0"):
            socket.send_text(said)
        for _ in range(200):  # until what was sent last has been taken
            visitor.seat().connect()(astronaut_bgr())
            visitor.look()
            if socket.receive_json()["photo"]["leftOut"] == [0]:
                break
        else:
            raise AssertionError("The face was not left out")


def test_it_ends_when_the_mirror_is_closed(client, running, visitor):
    with client.websocket_connect("/mirror/looks") as socket:
        socket.send_text(visitor.token)
        socket.receive_json()
        running.mirrors.close()
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
