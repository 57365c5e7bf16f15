import logging
import time

import av
import numpy as np
import pytest

from fer.config import Settings
from fer.lesson.engine import Engine, to_bgr
from fer.lesson.seats import Help, Seats
from fer.records import Face, Status
from fer.vision.classifier import Judged
from fer.vision.detector import HaarDetector
from fer.vision.turns import turned
from tests.scenes import astronaut_bgr, empty_room_bgr

HAPPY = np.eye(7, dtype=np.float32)[3]
LOST = np.full(7, 1 / 7, np.float32)
BOXES = [(10.0, 10.0, 60.0, 70.0), (100.0, 10.0, 150.0, 70.0)]


class FakeDetector:
    """Finds ``faces`` faces in every frame; fails on frames whose first pixel is 66."""

    name = "yunet"

    def __init__(self, faces=1):
        self.faces, self.asked = faces, []

    def detect(self, frame_bgr, near=(), everywhere=True):
        self.asked.append((len(near), everywhere))
        if frame_bgr[0, 0, 0] == 66:
            raise RuntimeError("bad frame")
        return [Face(box, 1.0) for box in BOXES[: self.faces]]


class FakeClassifier:
    readable_below = 0.5

    def __init__(self, answer=HAPPY, readable=None):
        self.answer, self.readable, self.batches = answer, readable, []

    def read(self, faces):
        self.batches.append(len(faces))
        if self.answer is None:
            raise RuntimeError("no weights")
        readable = None if self.readable is None else np.full(len(faces), self.readable, np.float32)
        return Judged(np.tile(self.answer, (len(faces), 1)), readable)


class FakeWriter:
    def __init__(self):
        self.commits = []

    def put(self, observations):
        if observations:
            self.commits.append(list(observations))


def new_engine(detector=None, classifier=None):
    engine = Engine(Seats(), detector or FakeDetector(), classifier or FakeClassifier(), FakeWriter(), Settings())
    return engine, engine.writer


def sit(engine, student_id, frame):
    seat = engine.seats.open(1, student_id)
    seat.connect()(frame)
    return seat


def test_all_faces_of_a_tick_share_one_batch_and_one_hand_over():
    engine, writer = new_engine(FakeDetector(faces=2))
    for student_id in (1, 2, 3):
        sit(engine, student_id, empty_room_bgr())
    engine.tick()
    assert engine.classifier.batches == [6]
    [commit] = writer.commits
    assert [(o.student_id, o.face, o.role, o.state) for o in commit] == [
        (s, f, role, "happy") for s in (1, 2, 3) for f, role in enumerate(("student", "bystander"))
    ]
    assert abs(commit[0].observed_at - time.time()) < 5


def test_a_frame_is_analysed_once():
    engine, writer = new_engine()
    sit(engine, 1, empty_room_bgr())
    engine.tick()
    engine.tick()
    assert len(writer.commits) == 1


def test_black_is_camera_off_and_no_face_is_no_emotion():
    engine, writer = new_engine(FakeDetector(faces=0))
    sit(engine, 1, np.zeros((240, 320, 3), np.uint8))
    sit(engine, 2, empty_room_bgr())
    engine.tick()
    assert [(o.status, o.label, o.probabilities) for o in writer.commits[0]] == [
        (Status.CAMERA_OFF, None, None),
        (Status.NO_FACE, None, None),
    ]
    assert engine.classifier.batches == []


def test_a_face_is_smoothed_over_frames():
    engine, writer = new_engine()
    seat = sit(engine, 1, empty_room_bgr())
    engine.tick()
    engine.classifier.answer = LOST
    seat.connect()(empty_room_bgr())
    engine.tick()
    assert writer.commits[1][0].probabilities == pytest.approx(tuple((HAPPY + LOST) / 2))


class SideClassifier:
    """Happy where the left half is the brighter one, lost elsewhere."""

    readable_below = None

    def read(self, faces):
        is_left = faces[:, :, :24].mean((1, 2)) > faces[:, :, 24:].mean((1, 2))
        return Judged(np.where(is_left[:, None], HAPPY, LOST), None)


def test_a_face_and_its_mirror_image_take_turns():
    engine, writer = new_engine(classifier=SideClassifier())
    put = engine.seats.open(1, 1).connect()
    frame = np.full((240, 320, 3), 90, np.uint8)
    frame[:, :35] = 200  # the left half of the face's box
    for _ in range(3):
        put(frame)
        engine.tick()
    first, second, third = (np.array(commit[0].probabilities) for commit in writer.commits)
    assert first == pytest.approx(HAPPY)
    assert second == pytest.approx((HAPPY + LOST) / 2)
    assert third == pytest.approx((second + HAPPY) / 2)


def test_who_comes_back_is_not_averaged_with_the_past():
    engine, writer = new_engine()
    seat = sit(engine, 1, empty_room_bgr())
    engine.tick()
    engine.classifier.answer = LOST
    seat.analysed_at -= 60
    seat.connect()(empty_room_bgr())
    engine.tick()
    assert writer.commits[1][0].probabilities == pytest.approx(tuple(LOST))


def test_below_the_threshold_is_unsure():
    engine, writer = new_engine(classifier=FakeClassifier(LOST))
    sit(engine, 1, empty_room_bgr())
    engine.tick()
    assert writer.commits[0][0].label == "unsure"


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.full((1, 1, 3), 90, np.uint8),
        np.full((3000, 4000, 3), 90, np.uint8),
        np.full((320, 240, 3), 90, np.uint8),
        np.full((240, 320), 128, np.uint8),
    ],
    ids=["black 1x1", "1x1", "4000x3000", "240x320", "grey"],
)
def test_odd_frames_pass_the_real_detector(frame):
    engine, writer = new_engine(HaarDetector())
    sit(engine, 1, frame)
    sit(engine, 2, astronaut_bgr())
    engine.tick()
    assert [o.state for o in writer.commits[0]] == ["camera off" if frame.max() == 0 else "no face", "happy"]
    assert engine.errors == 0


def test_decoded_video_frames_are_taken():
    frame = av.VideoFrame.from_ndarray(astronaut_bgr(), format="bgr24").reformat(format="yuv420p")
    assert to_bgr(frame).shape == (240, 320, 3)
    engine, writer = new_engine(HaarDetector())
    sit(engine, 1, frame)
    engine.tick()
    assert writer.commits[0][0].label == "happy"


def test_a_detector_that_raises_costs_one_frame_and_one_line_of_log(caplog):
    engine, writer = new_engine()
    bad = np.full((240, 320, 3), 66, np.uint8)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            sit(engine, 1, bad)
            sit(engine, 2, empty_room_bgr())
            engine.tick()
    assert [[o.student_id for o in commit] for commit in writer.commits] == [[2], [2], [2]]
    assert engine.errors == 3 and engine.problem == "The face detector failed on a frame: bad frame"
    assert caplog.text.count("The face detector failed") == 1
    assert caplog.text.count("Traceback") == 1


def test_a_classifier_that_raises_loses_no_presence_and_recovers(caplog):
    engine, writer = new_engine(classifier=FakeClassifier(None))
    for _ in range(2):
        sit(engine, 1, empty_room_bgr())
        sit(engine, 2, np.zeros((240, 320, 3), np.uint8))
        engine.tick()
    assert [[o.student_id for o in commit] for commit in writer.commits] == [[2], [2]]
    assert engine.errors == 2 and "no weights" in engine.problem
    assert caplog.text.count("The expression classifier failed") == 1
    engine.classifier.answer = HAPPY
    sit(engine, 1, empty_room_bgr())
    engine.tick()
    assert writer.commits[-1][0].label == "happy" and engine.problem == ""


def test_the_rate_is_what_the_ticks_really_give():
    engine, _ = new_engine()
    assert engine.rate == 2.0  # the promise, until there is something to measure
    engine._began_at.extend([10.0, 10.8, 11.6])
    assert engine.rate == pytest.approx(1.25)


def test_the_thread_goes_on_after_a_tick_that_failed():
    engine, writer = new_engine()
    engine.settings = Settings(frames_per_s=10)
    tick = engine.tick

    def failing_once():
        engine.tick = tick
        raise RuntimeError("unforeseen")

    engine.tick = failing_once
    engine.start()
    sit(engine, 1, empty_room_bgr())
    deadline = time.monotonic() + 5
    while not writer.commits and time.monotonic() < deadline:
        time.sleep(0.02)
    engine.stop()
    assert writer.commits and engine.errors == 1


def test_the_students_own_picture_stays_in_the_seat():
    engine, _ = new_engine()
    seat = sit(engine, 1, empty_room_bgr())
    engine.tick()
    assert seat.last.observations[0].box_xyxy == BOXES[0]
    assert seat.last.frame_bgr is None and seat.show() is None  # until the student wants to see it
    sit(engine, 1, empty_room_bgr())
    engine.tick()
    assert seat.show().frame_bgr.shape == (240, 320, 3)


def test_the_whole_frame_is_searched_at_first_and_every_fourth_time():
    detector = FakeDetector()
    engine, _ = new_engine(detector)
    seat = engine.seats.open(1, 7)
    put = seat.connect()
    for _ in range(5):
        put(np.full((240, 320, 3), 90, np.uint8))
        engine.tick()
    which_way_is_up, looks = detector.asked[:4], detector.asked[4:]
    assert which_way_is_up == [(0, True)] * 4
    assert looks == [(0, True), (1, False), (1, False), (1, False), (1, True)]


class Eyes:
    """Finds these faces in a frame, and none in the square around one."""

    name = "yunet"

    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, frame_bgr, near=(), everywhere=True):
        return [] if frame_bgr.shape[0] == frame_bgr.shape[1] else self.faces


def looked_at(detector, frame_bgr, classifier=None, several=False):
    """What the writer gets of one frame, and the help the seat has."""
    engine, writer = new_engine(detector, classifier)
    seat = sit(engine, 1, frame_bgr)
    seat.several = several
    engine.tick()
    return writer.commits[0], seat.last.help


@pytest.mark.parametrize(
    ("box", "readable", "reason", "help"),
    [
        ((100.0, 50.0, 112.0, 65.0), 1.0, "too small", Help()),
        ((-30.0, 50.0, 50.0, 150.0), 1.0, "cut off", Help(beyond="left")),
        ((280.0, 50.0, 360.0, 150.0), 1.0, "cut off", Help(beyond="right")),
        ((100.0, 180.0, 180.0, 280.0), 1.0, "cut off", Help(beyond="bottom")),
        ((100.0, 50.0, 180.0, 150.0), 0.1, "covered", Help()),
    ],
)
def test_a_face_that_cannot_be_read_is_unsure_and_the_student_is_told_why(box, readable, reason, help):
    [seen], told = looked_at(Eyes(Face(box, 0.9)), empty_room_bgr(), FakeClassifier(readable=readable))
    assert (seen.label, seen.unsure_because, told) == ("unsure", reason, help)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_camera_is_read_the_right_way_up_and_the_student_is_told(turns):
    frame = turned(astronaut_bgr(), turns)
    [seen], told = looked_at(HaarDetector(), frame)
    assert (seen.label, told) == ("happy", Help(turns=(4 - turns) % 4))
    x1, y1, x2, y2 = seen.box_xyxy
    assert 0 <= x1 < x2 <= frame.shape[1] and 0 <= y1 < y2 <= frame.shape[0]


class WayUpUnknown(Eyes):
    """A face that looks nearly the same in two turns: sure enough in the first, and a little surer in the second."""

    def __init__(self):
        super().__init__()
        self.looks = 0

    def detect(self, frame_bgr, near=(), everywhere=True):
        self.looks += 1
        return [Face((100.0, 50.0, 160.0, 120.0), 0.9 if self.looks % 2 else 0.905)]


def test_where_it_is_not_clear_which_way_is_up_nothing_is_named():
    [seen], _ = looked_at(WayUpUnknown(), empty_room_bgr())
    assert (seen.label, seen.unsure_because) == ("unsure", "turned")


NOISE = np.clip(np.random.default_rng(0).normal(20, 15, (240, 320, 3)), 0, 255).astype(np.uint8)
PIXEL = np.zeros((240, 320, 3), np.uint8)
PIXEL[100, 100] = 255


@pytest.mark.parametrize("frame", [NOISE, PIXEL], ids=["noise", "one bright pixel"])
def test_a_covered_lens_is_a_camera_that_is_off(frame):
    [seen], _ = looked_at(FakeDetector(), frame)
    assert seen.status is Status.CAMERA_OFF


STUDENT_FACE = Face((100.0, 50.0, 180.0, 150.0), 0.8)
POSTER = Face((250.0, 20.0, 290.0, 70.0), 0.99)


@pytest.mark.parametrize(("several", "role"), [(False, "bystander"), (True, "student")])
def test_a_poster_with_a_higher_score_is_a_bystander_where_a_camera_is_one_students(several, role):
    rows, _ = looked_at(Eyes(POSTER, STUDENT_FACE), empty_room_bgr(), several=several)
    assert [(row.face, row.role, row.box_xyxy) for row in rows] == [
        (0, "student", STUDENT_FACE.box_xyxy),
        (1, role, POSTER.box_xyxy),
    ]


def test_while_the_student_is_away_the_poster_is_not_the_student():
    eyes = Eyes(POSTER, STUDENT_FACE)
    engine, writer = new_engine(eyes)
    seat = sit(engine, 1, empty_room_bgr())
    engine.tick()
    eyes.faces = [POSTER]
    seat.connect()(empty_room_bgr())
    engine.tick()
    assert [(row.face, row.status, row.role) for row in writer.commits[1]] == [
        (0, Status.NO_FACE, "student"),
        (1, Status.FACE, "bystander"),
    ]
