"""The API: the same numbers as everywhere, however a picture is sent, and one sentence for what cannot be answered."""

import csv
import json
import threading
import time

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from fer.config import MODELS_DIR
from fer.lesson.auth import hash_token
from fer.privacy.law import USES
from fer.records import EMOTIONS, Identity
from fer.store.errors import StoreError
from fer.store.keys import ApiKey
from fer.vision.analyze import analyze
from fer.vision.analyze_files import main
from fer.vision.cards import load_card
from fer.vision.classifier import load_classifier
from fer.vision.detector import HaarDetector
from fer.web.api import app as the_app
from fer.web.api import keys, received
from tests.scenes import astronaut_bgr, empty_room_bgr
from tests.web.api.conftest import CAMERAS, as_base64


def test_the_answer_is_what_the_function_and_the_command_say(client, png, tmp_path, monkeypatch):
    answer = client.post("/v1/analyze", files={"image": png})
    assert answer.status_code == 200
    said = answer.json()
    assert list(said) == ["image", "faces", "model", "ms"] and said["image"] == {"width": 320, "height": 240}
    assert said["model"] == {"name": "resnet", "version": load_card(MODELS_DIR / "resnet.json").version}
    [face] = said["faces"]
    assert list(face) == ["box", "score", "expression", "unsure_because", "probabilities", "identity"]
    [reading] = analyze(astronaut_bgr(), HaarDetector(), load_classifier(MODELS_DIR, "resnet"), 0.4)
    x1, y1, x2, y2 = reading.box_xyxy
    assert list(face["box"].values()) == pytest.approx([x1, y1, x2 - x1, y2 - y1])
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert list(face["probabilities"].values()) == pytest.approx(reading.probabilities, abs=1e-6)
    assert (face["expression"], face["unsure_because"], face["identity"]) == ("happy", None, None)

    monkeypatch.setenv("FER_DETECTOR", "haar")
    (tmp_path / "face.png").write_bytes(png)
    main([str(tmp_path / "face.png"), "--out", str(tmp_path / "faces.csv")])
    with (tmp_path / "faces.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert [float(row[name]) for name in EMOTIONS] == pytest.approx(list(face["probabilities"].values()), abs=1e-4)


def test_who_agreed_is_named_and_others_are_null(client, api, png):
    key = keys.new_key(api.store, "archive", "DE", "identity")
    client.headers["Authorization"] = f"Bearer {key}"
    api.reader.namer = lambda picture_bgr, boxes: [Identity("李雷", 0.95123)] * len(boxes)
    [face] = client.post("/v1/analyze", files={"image": png}).json()["faces"]
    assert face["identity"] == {"name": "李雷", "similarity": 0.9512}
    api.reader.namer = lambda picture_bgr, boxes: [None] * len(boxes)
    [face] = client.post("/v1/analyze", files={"image": png}).json()["faces"]
    assert face["identity"] is None


@pytest.mark.parametrize("purpose", USES)
def test_a_key_for_another_purpose_gets_no_name(client, api, png, purpose):
    key = keys.new_key(api.store, "other", "JP", purpose)
    client.headers["Authorization"] = f"Bearer {key}"
    api.reader.namer = lambda picture_bgr, boxes: [Identity("李雷", 0.95123)] * len(boxes)
    answers = [client.post("/v1/analyze", files={"image": png}).json()]
    answers += client.post("/v1/analyze/batch", files=[("images", png)] * 2).json()["results"]
    assert [face["identity"] for one in answers for face in one["faces"]] == [None] * 3


def test_a_picture_comes_as_a_file_as_base64_or_as_a_data_url(client, png):
    text = as_base64(png)
    lines = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))  # as the program base64 writes it
    asked = [
        {"files": {"image": png}},
        {"json": {"image": text}},
        {"json": {"image": lines}},
        {"json": {"image": f"data:image/png;base64,{text}"}},
        {"data": {"image": text}, "files": {"model": (None, "resnet")}},
    ]
    answers = [client.post("/v1/analyze", **each) for each in asked]
    assert [answer.status_code for answer in answers] == [200] * len(asked)
    assert len({json.dumps(answer.json()["faces"]) for answer in answers}) == 1


def test_what_is_asked_for(client, png):
    assert client.post("/v1/analyze", json={"image": as_base64(png), "min_score": 1.0}).status_code == 200
    other = client.post("/v1/analyze", files={"image": png}, data={"model": "mobilenet", "limit": "1"}).json()
    assert other["model"]["name"] == "mobilenet" and len(other["faces"]) == 1
    two = as_base64(the_png(np.hstack([astronaut_bgr(), astronaut_bgr()])))
    both = client.post("/v1/analyze", json={"image": two}).json()["faces"]
    scores = sorted(face["score"] for face in both)
    assert len(both) == 2
    assert client.post("/v1/analyze", json={"image": two, "limit": 1}).json()["faces"] == both[:1]
    surest = client.post("/v1/analyze", json={"image": two, "min_score": sum(scores) / 2}).json()["faces"]
    assert [face["score"] for face in surest] == [score for score in scores if score >= sum(scores) / 2]


def the_png(picture_bgr):
    return cv2.imencode(".png", picture_bgr)[1].tobytes()


def test_no_face_is_an_empty_list(client):
    answer = client.post("/v1/analyze", files={"image": the_png(empty_room_bgr())})
    assert answer.status_code == 200 and answer.json()["faces"] == []


def test_a_batch_keeps_its_order_and_a_broken_picture_its_place(client, png):
    answer = client.post("/v1/analyze/batch", json={"images": [as_base64(png), as_base64(b"text"), as_base64(png)]})
    first, broken, last = answer.json()["results"]
    assert first["faces"] == last["faces"] and len(first["faces"]) == 1
    assert broken == {"error": "images.1: this is no picture of a known format"}
    form = client.post("/v1/analyze/batch", files=[("images", png), ("images", png)])
    assert [one["faces"] for one in form.json()["results"]] == [first["faces"]] * 2
    many = client.post("/v1/analyze/batch", json={"images": [""] * 33})
    assert many.status_code == 422 and "at most 32" in many.json()["detail"]


def problem(answer):
    """Status and sentence of an answer that must be a problem as RFC 9457 has it."""
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert list(said) == ["type", "title", "status", "detail"] and said["status"] == answer.status_code
    assert "Traceback" not in answer.text and "/work" not in answer.text and ".py" not in answer.text
    return said["status"], said["detail"]


BAD = [
    ({"json": {"image": "/etc/passwd"}}, 422, "image must be a file"),
    ({"json": {"image": "http://192.0.2.1/face.png"}}, 422, "image must be a file"),
    ({"json": {"image": "file:///etc/passwd"}}, 422, "image must be a file"),
    ({"json": {"image": ""}}, 422, "image: the file is empty"),
    ({"files": {"image": b"text"}}, 422, "image: this is no picture of a known format"),
    ({"files": {"image": b"\x89PNG\r\n\x1a\n" + b"\0" * 40}}, 422, "image: "),
    ({"json": {}}, 422, "image: Field required"),
    ({"json": {"image": "aGk=", "limit": 0}}, 422, "limit: Input should be greater than or equal to 1"),
    ({"json": {"image": "aGk=", "min_score": -1}}, 422, "min_score: Input should be greater than or equal to 0"),
    ({"json": {"image": "aGk=", "colour": 1}}, 422, "colour: Extra inputs are not permitted"),
    ({"json": {"image": "aGk=", "model": "../../etc/passwd"}}, 422, "model must be one of cnn, "),
    ({"json": [1]}, 422, "The body must be a JSON object. Received: list"),
    ({"content": b"{", "headers": {"content-type": "application/json"}}, 422, "The body must be a JSON object"),
    ({"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 422, "The body must be a JSON object"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422, "The body must be a whole multipart"),
    ({"content": b"x", "headers": {"content-type": "image/png"}}, 415, "must be application/json or multipart/form-data"),
    ({"content": b"x"}, 415, "must be application/json or multipart/form-data"),
    ({"files": [("image", b"a"), ("image", b"b")]}, 422, "image must be there once"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "sentence"), BAD)
def test_what_cannot_be_answered_is_one_sentence(client, asked, status, sentence):
    received_status, detail = problem(client.post("/v1/analyze", **asked))
    assert received_status == status and sentence in detail


def test_what_is_too_large_is_refused_also_when_it_does_not_say_so(client, monkeypatch):
    monkeypatch.setattr(the_app, "PICTURE_BYTES", 1000)
    assert problem(client.post("/v1/analyze", json={"image": "a" * 2000}))[0] == 413
    assert problem(client.post("/v1/analyze", files={"image": b"a" * 2000}))[0] == 413
    chunks = (b"a" * 500 for _ in range(10))
    headers = {"content-type": "application/json"}
    assert problem(client.post("/v1/analyze", content=chunks, headers=headers))[0] == 413


def test_a_key_is_asked_for(api, client, png):
    nobody = TestClient(api.app)
    answer = nobody.post("/v1/analyze", files={"image": png})
    assert problem(answer) == (401, "Send a key: Authorization: Bearer KEY. Received: none")
    assert answer.headers["www-authenticate"] == "Bearer"
    wrong = nobody.get("/v1/models", headers={"Authorization": "Bearer wrong"})
    assert problem(wrong) == (401, "Send a key: Authorization: Bearer KEY. Received: a key that is not known")
    assert nobody.get("/v1/health").json() == {"status": "ok"}


def test_a_revoked_key_is_refused(client, fresh_store, png):
    assert client.get("/v1/models").status_code == 200
    fresh_store.delete_key("robot")
    assert problem(client.post("/v1/analyze", files={"image": png}))[0] == 401


def test_the_law_refuses_a_key_that_teaches_in_the_union(api, fresh_store, png):
    fresh_store.add_key(ApiKey("school", "DE", "teaching", 10, time.time()), hash_token("one"))
    asked = TestClient(api.app).post("/v1/analyze", files={"image": png}, headers={"Authorization": "Bearer one"})
    status, detail = problem(asked)
    assert status == 403 and detail.startswith("In Germany, systems that infer emotions")


def test_a_key_has_so_many_pictures_a_day(api, fresh_store, png):
    fresh_store.add_key(ApiKey("small", "JP", "private", 2, time.time()), hash_token("one"))
    client = TestClient(api.app, headers={"Authorization": "Bearer one"})
    two = {"images": [as_base64(png)] * 2}
    assert client.post("/v1/analyze/batch", json=two).status_code == 200
    answer = client.post("/v1/analyze", files={"image": png})
    assert problem(answer)[0] == 429 and answer.headers["retry-after"]


def test_no_picture_is_kept(client, png, tmp_path):
    before = set(tmp_path.rglob("*"))
    client.post("/v1/analyze", files={"image": png * 30})  # what Starlette would write into a file
    assert set(tmp_path.rglob("*")) == before
    assert received.InMemory.spool_max_size > the_app.BODY_BYTES * 2


def test_models_are_named_with_their_version(client):
    found = client.get("/v1/models").json()["models"]
    assert [one["name"] for one in found if one["is_default"]] == ["resnet"] and len(found) > 1
    assert found[0]["version"] == load_card(MODELS_DIR / f"{found[0]['name']}.json").version


def test_a_database_that_fails_and_a_bug_are_told_without_their_text(api, client, monkeypatch):
    def fails(*_):
        raise StoreError("disk I/O error in /srv/secret.py")

    monkeypatch.setattr(api.store, "key_of", fails)
    assert problem(client.get("/v1/models"))[0] == 503
    monkeypatch.setattr(api.store, "key_of", lambda _: 1 / 0)
    assert problem(client.get("/v1/models")) == (500, "The server failed. Its log says why.")


def test_while_a_camera_is_on_one_picture_is_looked_at_at_a_time(api):
    CAMERAS.on = 1
    together, most = [], []

    def work():
        with api.reader.turn():
            together.append(1)
            most.append(len(together))
            time.sleep(0.02)
            together.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(most) == 6 and max(most) == 1


def test_too_many_at_once_are_told_to_come_again(api, client, png):
    api.requests = the_app.AT_ONCE
    answer = client.post("/v1/analyze", files={"image": png})
    assert problem(answer)[0] == 503 and answer.headers["retry-after"] == "1"
    api.requests = 0
    assert client.post("/v1/analyze", files={"image": png}).status_code == 200 and api.requests == 0


def test_the_docs_page_loads_nothing(client):
    page = client.get("/docs")
    assert page.status_code == 200 and "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text and "://" not in page.text
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"/api{path}" in page.text
