import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import cv2
import numpy as np
import pytest

from fer.config import SettingsError
from fer.vision.detector import OVERLAP_PX, PART_PX, HaarDetector, YuNetDetector, load_detector, stretches
from tests.scenes import YUNET, astronaut_bgr, empty_room_bgr

ODD_FRAMES = [
    np.full((1, 1, 3), 90, np.uint8),
    np.full((3000, 4000, 3), 128, np.uint8),
    np.zeros((320, 240, 3), np.uint8),
    np.full((3, 4000, 3), 90, np.uint8),
    np.full((17, 16, 3), 200, np.uint8),
]


@pytest.fixture(scope="module")
def yunet():
    if not YUNET.exists():
        pytest.skip(f"{YUNET} is not there")
    return YuNetDetector(YUNET)


@pytest.fixture(params=["yunet", "haar"], scope="module")
def detector(request):
    return HaarDetector() if request.param == "haar" else request.getfixturevalue("yunet")


def test_finds_the_one_face(detector):
    [face] = detector.detect(astronaut_bgr())
    x1, y1, x2, y2 = face.box_xyxy
    assert 110 < (x1 + x2) / 2 < 225 and 70 < (y1 + y2) / 2 < 160
    assert 60 < y2 - y1 < 150


def test_scales_boxes_back_to_the_frame(detector):
    frame = astronaut_bgr()
    small, large = detector.detect(frame)[0], detector.detect(cv2.resize(frame, (1280, 960)))[0]
    assert np.allclose(np.array(large.box_xyxy) / 4, small.box_xyxy, atol=12)


def test_counts_each_face_of_a_shared_webcam(detector):
    two = np.hstack([astronaut_bgr(), astronaut_bgr()])
    assert len(detector.detect(two)) == 2


def test_an_empty_room_has_no_face(detector):
    assert detector.detect(empty_room_bgr()) == []


@pytest.mark.parametrize("frame", ODD_FRAMES, ids=lambda frame: "x".join(map(str, frame.shape[:2])))
def test_odd_frames_have_no_face(detector, frame):
    assert detector.detect(frame) == []


def test_haar_looks_again_where_a_face_was(monkeypatch):
    haar, frame = HaarDetector(), astronaut_bgr()
    [seen] = haar.detect(frame)
    search = haar._search
    monkeypatch.setattr(haar, "_search", lambda image, step, n: search(image, step, n) if step < 1.1 else [])
    assert haar.detect(frame) == []
    [again] = haar.detect(frame, near=(seen.box_xyxy,))
    assert np.allclose(again.box_xyxy, seen.box_xyxy, atol=25)


def test_auto_falls_back_to_haar_and_says_so(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert load_detector("auto", tmp_path / "absent.onnx").name == "haar"
    assert "absent.onnx is not there" in caplog.text


def test_a_changed_file_is_not_loaded(tmp_path):
    changed = tmp_path / "changed.onnx"
    changed.write_bytes(b"not the pinned file")
    assert load_detector("auto", changed).name == "haar"
    with pytest.raises(SettingsError, match="FER_DETECTOR is yunet, but .*changed.onnx is not the pinned file"):
        load_detector("yunet", changed)


def test_yunet_looks_around_the_one_face_there_was_and_everywhere_when_it_has_gone(yunet):
    frame = astronaut_bgr()
    two = np.hstack([frame, frame])
    left, right = sorted(yunet.detect(two), key=lambda face: face.box_xyxy[0])
    for face in (left, right):
        [found] = yunet.detect(two, near=(face.box_xyxy,), everywhere=False)
        assert np.allclose(found.box_xyxy, face.box_xyxy, atol=15)
    assert len(yunet.detect(two, near=(left.box_xyxy,))) == 2
    assert len(yunet.detect(two, near=(left.box_xyxy, right.box_xyxy), everywhere=False)) == 2
    corner = (0.0, 0.0, 20.0, 20.0)
    assert yunet.detect(frame, near=(corner,), everywhere=False) == yunet.detect(frame)
    beyond = (frame.shape[1] + 50.0, 0.0, frame.shape[1] + 90.0, 40.0)
    assert yunet.detect(frame, near=(beyond,), everywhere=False) == yunet.detect(frame)


def test_yunet_searches_one_frame_at_a_time(yunet, monkeypatch):
    free, alone = Semaphore(), []

    def search(network, image):
        alone.append(free.acquire(blocking=False))
        time.sleep(0.02)
        if alone[-1]:
            free.release()
        return []

    monkeypatch.setattr("fer.vision.detector.search", search)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(yunet.detect, [astronaut_bgr()] * 8))
    assert len(alone) >= 8 and all(alone)


def test_a_small_face_of_a_large_picture_is_found(yunet):
    picture = cv2.resize(empty_room_bgr(), (4000, 3000))
    small = cv2.resize(astronaut_bgr(), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)  # its face is 40 px high
    picture[500 : 500 + small.shape[0], 900 : 900 + small.shape[1]] = small
    [face] = yunet.search_still(picture)
    assert 900 < face.box_xyxy[0] < 1030 and 500 < face.box_xyxy[1] < 600


def test_a_large_picture_is_searched_in_parts_unless_it_shows_large_faces_only(yunet, monkeypatch):
    parts, in_part = [], yunet._search_part
    monkeypatch.setattr(yunet, "_search_part", lambda *part: parts.append(part) or in_part(*part))
    portrait = cv2.resize(astronaut_bgr(), (2400, 1800))
    [face] = yunet.search_still(portrait)
    assert face.box_xyxy[3] - face.box_xyxy[1] > 600 and not parts
    crowd = portrait.copy()
    crowd[:120, :160] = cv2.resize(astronaut_bgr(), (160, 120), interpolation=cv2.INTER_AREA)  # its face is 50 px high
    crowd[:240, 2080:] = astronaut_bgr()
    assert len(yunet.search_still(crowd, most_px=640)) == 2 and not parts
    assert len(yunet.search_still(crowd)) == 3 and len(parts) == 4


@pytest.mark.parametrize("length", [1, 700, 1280, 1281, 3000, 8160])
def test_parts_overlap_and_leave_nothing_out(length):
    parts = stretches(length)
    assert (parts[0].start, parts[-1].stop) == (0, length)
    assert {part.stop - part.start for part in parts} == {parts[0].stop} and parts[0].stop <= PART_PX
    assert all(one.stop - next_.start >= OVERLAP_PX - 1 for one, next_ in zip(parts, parts[1:], strict=False))
