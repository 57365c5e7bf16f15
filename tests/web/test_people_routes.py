"""The addresses of the page People."""

import gc
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.store.people import ConsentRecord
from fer.web.people_routes import HereList, keep, people_route

AGREED = ConsentRecord("Berta", 0.0, "en", "I agree.", "JP", "pictures")


@pytest.fixture
def client(running):
    running.store.add_person("Ana", AGREED, [], 0.0)
    running.people = SimpleNamespace()
    client = TestClient(Starlette(routes=[people_route(running)]))
    client.cookies.set(running.sign_in.cookie, running.sign_in.new_session())
    return client


def test_strangers_get_nothing(client):
    kept = HereList([])
    client.cookies.clear()
    for name in ("roster", keep(kept)):
        answer = client.get(f"/people/{name}.csv")
        assert answer.status_code == 403 and "Ana" not in answer.text


def test_the_roster(client):
    answer = client.get("/people/roster.csv")
    assert (
        answer.status_code == 200 and "\r\nAna,Berta," in answer.text and answer.headers["Cache-Control"] == "no-store"
    )


def test_a_list_is_there_as_long_as_its_page(client):
    kept = HereList([{"name": "Ana", "state": "missing"}])
    address = f"/people/{keep(kept)}.csv"
    assert "Ana,missing" in client.get(address).text
    del kept
    gc.collect()
    assert client.get(address).status_code == 404
