"""What the page Pictures shows is answered to a signed-in teacher only, and only while the page holds it."""

import csv
import gc
import io
import json

import cv2
import numpy as np
import openpyxl
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fer.lesson.pictures import Given
from fer.records import EMOTIONS
from fer.vision.face_tables import FER
from fer.web.picture_routes import picture_route
from tests.scenes import astronaut_bgr, write_video


@pytest.fixture
def work(running, tmp_path):
    face = cv2.imencode(".png", astronaut_bgr())[1].tobytes()
    clip = write_video(tmp_path / "clip.mp4", [astronaut_bgr()] * 6).read_bytes()
    made = running.pictures.start([Given("1", "=1+1.png", face), Given("2", "clip.mp4", clip)], "JP", "private")
    assert made.ended.wait(20)
    return made


@pytest.fixture
def client(running):
    return TestClient(Starlette(routes=[picture_route(running)]))


@pytest.fixture
def teacher(running, client):
    client.cookies.set(running.sign_in.cookie, running.sign_in.new_session())
    return client


def test_nobody_else_sees_anything(client, running, work):
    for cookie in ("", "made up"):
        client.cookies.set(running.sign_in.cookie, cookie)
        for name in ("faces.csv", "0/0.jpg", "0/marked.jpg", "nothing"):
            answer = client.get(f"/picture/{work.token}/{name}")
            assert (answer.status_code, answer.text) == (403, "Only the teacher who is signed in sees this.\n")


def test_pictures_are_jpegs_that_no_browser_stores(teacher, work):
    for name, saved in (("0/0.jpg", False), ("0/marked.jpg", True), ("1/0.jpg", False)):
        answer = teacher.get(f"/picture/{work.token}/{name}")
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (240, 320, 3) and answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store" and ("content-disposition" in answer.headers) == saved


def test_the_three_tables_say_the_same_and_no_name_is_a_formula(teacher, work):
    def get(ending):
        answer = teacher.get(f"/picture/{work.token}/faces.{ending}")
        assert answer.headers["content-disposition"].endswith(f"faces.{ending}")
        return answer

    from_csv = list(csv.DictReader(io.StringIO(get("csv").text)))
    from_json = json.loads(get("json").text)
    names, *from_excel = openpyxl.load_workbook(io.BytesIO(get("xlsx").content))["faces"].values
    assert tuple(from_csv[0]) == tuple(from_json[0]) == names == FER
    assert len(from_csv) == len(from_json) == len(from_excel) == 3
    for emotion in EMOTIONS:
        numbers = [row[emotion] for row in from_json]
        assert [float(row[emotion]) for row in from_csv] == numbers == [row[names.index(emotion)] for row in from_excel]
    assert from_csv[0]["file"] == "'=1+1.png" and from_json[0]["file"] == from_excel[0][0] == "=1+1.png"


@pytest.mark.parametrize(
    "name", ["", "faces", "faces.exe", "2/0.jpg", "0/1.jpg", "-1/0.jpg", "1/marked.jpg", "0/..", "²/0.jpg"]
)
def test_what_is_not_there_is_not_found(teacher, work, name):
    assert teacher.get(f"/picture/{work.token}/{name}").status_code == 404


def test_it_is_gone_with_the_page(teacher, work, running):
    assert teacher.get("/picture/made-up/0/0.jpg").status_code == 404
    assert running.pictures.find(work.token) is work


def test_a_lost_page_takes_its_pictures_along(teacher, running):
    face = cv2.imencode(".png", astronaut_bgr())[1].tobytes()
    made = running.pictures.start([Given("1", "face.png", face)], "JP", "private")
    assert made.ended.wait(20)
    address = f"/picture/{made.token}/0/0.jpg"
    assert teacher.get(address).status_code == 200
    del made
    gc.collect()
    assert teacher.get(address).status_code == 404
