"""The eye in a browser sees what Python sees: the same boxes, probabilities and labels on the same pictures."""

import base64
import io
import threading
import zipfile
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from fer.config import Settings
from fer.lesson.recognition import Recognition
from fer.lesson.seats import Seats
from fer.records import STUDENT
from fer.vision import eye
from fer.vision.eye import Limits, Memory
from fer.vision.preprocess import crop_face
from fer.vision.turns import turned, turned_back
from fer.web.device_files import addresses, device_route
from tests.live import Browsers, free_port
from tests.scenes import FER2013, YUNET, astronaut_bgr, empty_room_bgr

pytestmark = pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not at hand")
FACES = 500
NEAR_PX = 4  # around the last face YuNet searches 64 px, one of which is nearly 3 of the frame, and one look leads to the next
ASK = """([message, bytes]) => new Promise((done) => {
  const data = bytes && Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
  if (message.kind === "load") window.worker = new Worker(message.files.worker);
  window.worker.onmessage = (event) => done(event.data);
  if (message.picture) message.picture.data = new Uint8ClampedArray(data.buffer);
  window.worker.postMessage(message.kind === "judge" ? {...message, faces: data} : message);
})"""


@pytest.fixture(scope="module")
def recognition():
    return Recognition(Seats(), None, Settings(detector_file=YUNET, most_students=1))


@pytest.fixture(scope="module")
def page(recognition):
    """A page of a server that has nothing but the device's files."""
    running = SimpleNamespace(recognition=recognition)
    blank = Route("/", lambda _: HTMLResponse("<title>blank</title>"))
    app, port, browsers = Starlette(routes=[blank, device_route(running)]), free_port(), Browsers()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        page = browsers.page()
        page.goto(f"http://localhost:{port}/")
        page.files = {name: page.url + address for name, address in addresses(running).items()}
        yield page
    finally:
        browsers.close()
        server.should_exit = True
        thread.join()


def ask(page, data=None, **message):
    answer = page.evaluate(ASK, [message, data and base64.b64encode(data).decode()])
    assert answer["kind"] != "failed", answer
    return answer


@pytest.fixture(scope="module")
def loaded(page):
    assert load(page, simd=True)
    return page


def load(page, simd):
    """A new worker; whether it passes its own test."""
    answer = ask(page, kind="load", files=page.files, several=False, simd=simd)
    assert answer["isSimd"] == simd
    return answer["isRight"]


def test_a_browser_without_simd_sees_the_same(page, recognition):
    """The build for those: it passes the self-test, which compares numbers."""
    assert load(page, simd=False)
    assert load(page, simd=True)  # for the tests that come


def look(page, frame_bgr):
    height, width = frame_bgr.shape[:2]
    rgba = cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGBA).tobytes()
    return ask(page, rgba, kind="look", picture={"width": width, "height": height})


def faces():
    """uint8 (n, 48, 48)"""
    if FER2013.exists():
        with zipfile.ZipFile(FER2013) as pictures:
            names = sorted(name for name in pictures.namelist() if name.startswith("test/"))
            some = [pictures.read(name) for name in names if name.endswith(".webp")][:: max(1, len(names) // FACES)]
        return np.stack([np.array(Image.open(io.BytesIO(one)).convert("L")) for one in some[:FACES]])
    box = (130.0, 40.0, 210.0, 150.0)
    moved = [np.add(box, shift) for shift in np.random.default_rng(0).normal(0, 8, (40, 4))]
    return np.stack([crop_face(astronaut_bgr(), tuple(one), "yunet") for one in moved])


def test_the_classifier_says_the_same(loaded, recognition):
    pixels = faces()
    here = recognition.model.classifier.read(pixels)
    there = ask(loaded, pixels.tobytes(), kind="judge")["judged"]
    probabilities = np.array([one["probabilities"] for one in there])
    same = (probabilities.argmax(1) == here.probabilities.argmax(1)).mean()
    assert same >= 0.99
    assert np.abs(probabilities - here.probabilities).max() <= 0.02
    if here.readable is not None:
        readable = np.array([one["readable"] for one in there])
        assert np.abs(readable - here.readable).max() <= 0.05


FRAMES = {
    "astronaut": astronaut_bgr(),
    "large": cv2.resize(astronaut_bgr(), (640, 480)),
    "tall": np.ascontiguousarray(astronaut_bgr()[:, 40:220]),
    "small": cv2.copyMakeBorder(cv2.resize(astronaut_bgr(), (107, 80)), 80, 80, 106, 107, cv2.BORDER_REPLICATE),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_face_is_found_at_the_same_place_and_read_alike(loaded, recognition, frame):
    ask(loaded, kind="forget")
    there = look(loaded, frame)
    found = recognition.detector.detect(frame)
    here = recognition.model.classifier.predict([crop_face(frame, one.box_xyxy, "yunet") for one in found])
    print(
        there["ms"], there["status"], [(f["box"], f["doubt"]) for f in there["faces"]], [one.box_xyxy for one in found]
    )
    assert there["status"] == "face" and len(there["faces"]) == len(found)
    for face, one, probabilities in zip(there["faces"], found, here, strict=True):
        assert np.abs(np.subtract(face["box"], one.box_xyxy)).max() <= 1
        assert np.abs(np.subtract(face["probabilities"], probabilities)).max() <= 0.02


def poster():
    """The astronaut with a second, smaller face at the right."""
    frame = astronaut_bgr()
    frame[20:80, 240:300] = cv2.resize(frame[50:180, 100:230], (60, 60), interpolation=cv2.INTER_AREA)
    return frame


def moved(x, y=0):
    shift = np.float32([[1, 0, x], [0, 1, y]])
    return cv2.warpAffine(astronaut_bgr(), shift, (320, 240), borderMode=cv2.BORDER_REPLICATE)


def dark():
    return np.random.default_rng(0).normal(8, 4, (240, 320, 3)).clip(0, 255).astype(np.uint8)


CAMERAS = {
    "a student who moves": [moved(5 * step, -step) for step in range(10)],
    "a student who goes and comes back": [astronaut_bgr()] * 3 + [empty_room_bgr()] * 3 + [moved(30)] * 3,
    "a camera upside down": [turned(astronaut_bgr(), 2)] * 6,
    "a camera on its side": [np.ascontiguousarray(turned(astronaut_bgr(), 1))] * 6,
    "a camera that is turned over": [astronaut_bgr()] * 4 + [turned(astronaut_bgr(), 2)] * 10,
    "a face cut off at the left": [moved(-step) for step in range(100, 170, 10)],
    "a face cut off below": [moved(0, step) for step in range(60, 130, 10)],
    "a poster": [poster()] * 6 + [moved(-300)] * 2,
    "a covered camera": [astronaut_bgr(), dark(), np.zeros((240, 320, 3), np.uint8), astronaut_bgr()],
    "a small face": [FRAMES["small"]] * 3,
}


@pytest.mark.parametrize("several", [False, True], ids=["one student", "several"])
@pytest.mark.parametrize("frames", CAMERAS.values(), ids=CAMERAS)
def test_a_camera_is_looked_at_by_the_same_rules(loaded, recognition, frames, several):
    ask(loaded, kind="forget", several=several)
    memory, classifier = Memory(), recognition.model.classifier
    for number, frame in enumerate(frames):
        there, here = look(loaded, frame), eye.look(frame, recognition.detector, memory, several)
        crops = [one.crop[:, :: -1 if number % 2 else 1] for one in here.seen]
        judged = classifier.read(np.array(crops, np.uint8).reshape(-1, 48, 48))
        readings = eye.remember(memory, here, judged.probabilities, judged.readable, Limits(0.4))
        assert (there["status"], there["turns"], len(there["faces"])) == (here.status, here.turns, len(readings)), (
            number
        )
        for face, seen, one in zip(there["faces"], here.seen, readings, strict=True):
            box = turned_back(one.box_xyxy, here.turns, frame.shape[:2])
            assert (face["doubt"], face["isStudent"]) == (seen.doubt, one.role == STUDENT), number
            assert np.abs(np.subtract(face["box"], box)).max() <= (1 if number == 0 else NEAR_PX), number
            assert np.abs(np.subtract(face["probabilities"], one.probabilities)).max() <= 0.05, number
