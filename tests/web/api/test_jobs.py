"""Videos by the API: a job that is asked for, and one that nobody asks for."""

import time

import pytest
from starlette.testclient import TestClient

from fer.records import Identity
from fer.web.api import jobs, keys
from tests.scenes import astronaut_bgr, write_video
from tests.web.api.conftest import as_base64
from tests.web.api.test_api import problem


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", [astronaut_bgr()] * 15).read_bytes()


def finished(client, job, wait_s=20.0):
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        said = client.get(f"/v1/jobs/{job['id']}").json()
        if said["status"] not in ("waiting", "running"):
            return said
        time.sleep(0.05)
    raise AssertionError(said)


def test_a_video_is_looked_at_while_one_asks(client, clip):
    answer = client.post("/v1/analyze/video", files={"video": clip})
    assert answer.status_code == 202 and answer.headers["location"].endswith(f"/v1/jobs/{answer.json()['id']}")
    said = finished(client, answer.json())
    assert (said["status"], said["progress"], said["error"]) == ("done", 1.0, None)
    assert said["result"]["image"] == {"width": 320, "height": 240}
    assert [(look["time_s"], [face["face"] for face in look["faces"]]) for look in said["result"]["looks"]] == [
        (0.0, [0]),
        (0.5, [0]),
        (1.0, [0]),
    ]
    json = client.post("/v1/analyze/video", json={"video": as_base64(clip), "every": 1.0})
    assert len(finished(client, json.json())["result"]["looks"]) == 2


@pytest.mark.parametrize(("purpose", "name"), [("identity", {"name": "Ana", "similarity": 0.9}), ("research", None)])
def test_names_in_a_video_are_for_keys_of_that_purpose(api, client, clip, purpose, name):
    client.headers["Authorization"] = f"Bearer {keys.new_key(api.store, 'another', 'JP', purpose)}"
    api.reader.namer = lambda picture_bgr, boxes: [Identity("Ana", 0.9)] * len(boxes)
    said = finished(client, client.post("/v1/analyze/video", files={"video": clip}).json())
    assert [face["identity"] for look in said["result"]["looks"] for face in look["faces"]] == [name] * 3


def test_what_is_no_video_fails_with_one_sentence(client):
    job = client.post("/v1/analyze/video", files={"video": b"text"}).json()
    said = finished(client, job)
    assert (said["status"], said["error"]) == ("failed", "video: this is no MP4, MOV, WebM or MKV video")


def test_a_job_is_its_owners_only_and_can_be_cancelled(api, client, clip, fresh_store):
    job = client.post("/v1/analyze/video", files={"video": clip}).json()
    other = keys.new_key(fresh_store, "other", "JP", "private")
    stranger = TestClient(api.app, headers={"Authorization": f"Bearer {other}"})
    assert problem(stranger.get(f"/v1/jobs/{job['id']}"))[0] == 404
    assert problem(stranger.delete(f"/v1/jobs/{job['id']}"))[0] == 404
    assert client.delete(f"/v1/jobs/{job['id']}").json()["status"] in ("cancelled", "done")
    assert problem(client.get(f"/v1/jobs/{job['id']}"))[0] == 404


def test_a_job_that_nobody_asks_for_stops(api, client, clip, monkeypatch):
    looked = []
    read_video = jobs.read_video

    def slow(*arguments):
        for look in read_video(*arguments):
            looked.append(look.time_s)
            time.sleep(0.2)
            yield look

    monkeypatch.setattr(jobs, "read_video", slow)
    monkeypatch.setattr(jobs, "FORGOTTEN_S", 0.1)
    job = client.post("/v1/analyze/video", files={"video": clip}, data={"every": "0.1"}).json()
    time.sleep(1.5)
    assert 1 <= len(looked) <= 2
    assert problem(client.get(f"/v1/jobs/{job['id']}"))[0] == 404


def test_there_is_room_for_so_many(client, clip, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_RESULTS", 2)
    made = [client.post("/v1/analyze/video", files={"video": b"text"}).json() for _ in range(2)]
    assert [finished(client, job)["status"] for job in made] == ["failed", "failed"]
    last = client.post("/v1/analyze/video", files={"video": clip}).json()
    assert [client.get(f"/v1/jobs/{job['id']}").status_code for job in (*made, last)] == [404, 200, 200]
    monkeypatch.setattr(jobs, "MOST_JOBS", 0)
    answer = client.post("/v1/analyze/video", files={"video": clip})
    assert problem(answer)[0] == 503 and answer.headers["retry-after"]
