"""The mirror without a camera: who may look into it, what it costs, and that nothing of it stays."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from fer.lesson import mirrors
from fer.lesson.mirrors import PLACES, MirrorClosed
from fer.lesson.seats import MIRROR, ClassFull
from fer.privacy.law import Forbidden
from fer.records import EMOTIONS, PER_STUDENT, Reading, Status
from fer.vision.eye import Sight
from fer.vision.greeting import Greeting
from tests.scenes import astronaut_bgr

HAPPY = tuple(np.eye(7)[EMOTIONS.index("happy")])


class OneHappyFace:
    """An eye that sees one in every frame."""

    def look(self, frame_bgr, at_s):
        reading = Reading((10.0, 10.0, 90.0, 110.0), 0.9, HAPPY, "happy")
        return Sight(Status.FACE, [SimpleNamespace(doubt=None)]), [(0, reading)]


@pytest.fixture
def mirror(running, monkeypatch):
    """Open, without its thread: the tests look."""
    monkeypatch.setattr(mirrors.Mirrors, "_run", lambda *_: None)
    monkeypatch.setattr(running.recognition, "mirror_eyes", lambda namer: OneHappyFace)
    return running.mirrors.open("JP", "research", Greeting("happy", "Hello!", sound=False))


def show(visitor, seconds=0.1, monkeypatch=None, frame=None):
    """So many seconds of frames, ten a second, each looked at when it has come."""
    put = visitor.seat().connect()
    for _ in range(round(10 * seconds)):
        if monkeypatch is not None:
            now = time.monotonic() + 0.1
            monkeypatch.setattr(mirrors.time, "monotonic", lambda now=now: now)
        put(astronaut_bgr() if frame is None else frame)
        visitor.look()


@pytest.mark.parametrize(
    ("country", "purpose", "said"),
    [("", "research", "Choose the country"), ("JP", "", "Choose the purpose"), ("DE", "teaching", "AI Act")],
)
def test_it_is_not_opened_without_an_answer_or_where_it_is_banned(running, country, purpose, said):
    with pytest.raises(ValueError, match=said) as refused:
        running.mirrors.open(country, purpose)
    assert running.mirrors.mirror is None and (type(refused.value) is Forbidden) == (country == "DE")


def test_a_server_without_expressions_has_none(running):
    with pytest.raises(ValueError, match="FER_EXPRESSIONS"):
        mirrors.Mirrors(running.seats, None).open("JP", "research")


def test_its_code_as_people_type_it(running, mirror):
    code = mirror.code
    assert running.mirrors.of_code(f" {code[:3].lower()}-{code[3:]} ") is mirror
    assert running.mirrors.of_code("") is None and running.mirrors.of_code("é") is None
    running.mirrors.close()
    assert running.mirrors.of_code(code) is None


def test_a_visitor_sees_what_was_seen(running, mirror):
    visitor = running.mirrors.enter(mirror)
    show(visitor)
    assert running.mirrors.visitor(visitor.token) is visitor and running.mirrors.visitor("") is None
    assert [one.expression for _, one in visitor.last.faces] == ["happy"]
    assert visitor.last.size_wh == (320, 240) and visitor.last.photo is None
    [observation] = visitor.seat().last.observations
    assert (observation.label, visitor.seat().last.frame_bgr) == ("happy", None)


def test_the_lesson_takes_no_frame_of_a_mirror_and_counts_nobody_in_it(running, mirror):
    visitor = running.mirrors.enter(mirror)
    visitor.seat().connect()(astronaut_bgr())
    running.recognition.engine.tick()
    assert running.seats.all() == [] and running.seats.of_mirror() == [visitor.seat()]
    assert visitor.seat().take() is not None
    running.looks.look_at_all()
    assert running.seats.present(1, 60) == [] and running.store.counts(MIRROR, 60).empty


def test_it_counts_against_the_cameras_and_lessons_keep_theirs(running, mirror):
    running.seats.most = PLACES + 2
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    for student in (1, 2):
        running.seats.open(lesson.id, student).connect()(astronaut_bgr())
    first, second = running.mirrors.enter(mirror), running.mirrors.enter(mirror)
    show(first)
    assert (running.seats.held(), running.mirrors.cameras()) == (PLACES + 2, 1)
    for beyond in (second.seat, lambda: running.seats.open(lesson.id, 3)):
        with pytest.raises(ClassFull):
            beyond()
    running.mirrors.leave(first)
    show(second)
    assert running.mirrors.cameras() == 1


def test_a_small_machine_has_room_for_one_mirror(running, mirror):
    running.seats.most = 1
    show(running.mirrors.enter(mirror))
    assert running.mirrors.cameras() == 1
    with pytest.raises(ClassFull):
        running.mirrors.enter(mirror).seat()


def test_a_group_photo_is_the_frame_itself_and_goes_with_the_visitor(running, mirror, monkeypatch):
    visitor, frame = running.mirrors.enter(mirror), astronaut_bgr()
    visitor.wait_for("happy", 1)
    show(visitor, 6, monkeypatch, frame)
    assert visitor.picture.picture_bgr is frame and not visitor.is_waiting
    visitor.again()
    assert visitor.picture is None and visitor.is_waiting
    show(visitor, 6, monkeypatch, frame)
    visitor.leave_out(0)
    running.mirrors.leave(visitor)
    assert visitor.picture is None and visitor.last is None and running.mirrors.visitors() == []
    with pytest.raises(MirrorClosed):
        visitor.seat()


def test_nothing_is_taken_of_who_is_left_out(running, mirror, monkeypatch):
    visitor = running.mirrors.enter(mirror)
    visitor.wait_for("happy", 1)
    visitor.leave_out(0)
    show(visitor, 6, monkeypatch)
    assert visitor.is_waiting and visitor.last.photo.left_out == (0,)
    visitor.no_photo()
    show(visitor)
    assert visitor.last.photo is None


def test_who_looks_happy_is_greeted_once(running, mirror, monkeypatch):
    visitor = running.mirrors.enter(mirror)
    show(visitor, 3, monkeypatch)
    assert visitor.last.greeted == 1


def test_closing_ends_everybody(running, mirror):
    visitor = running.mirrors.enter(mirror)
    put = visitor.seat().connect()
    put(astronaut_bgr())
    running.mirrors.close()
    put(astronaut_bgr())
    visitor.look()
    assert visitor.has_left and visitor.last is None and running.seats.held() == 0
    with pytest.raises(MirrorClosed):
        running.mirrors.enter(mirror)


def test_a_mirror_that_is_opened_again_is_another(running, mirror):
    visitor = running.mirrors.enter(mirror)
    other = running.mirrors.open("JP", "private")
    assert other.code != mirror.code and visitor.has_left and running.mirrors.visitor(visitor.token) is None


def test_an_error_with_one_leaves_the_others_alone_and_is_logged_once(running, mirror, caplog):
    broken, fine = running.mirrors.enter(mirror), running.mirrors.enter(mirror)
    for _ in range(2):
        broken.seat().connect()("no frame")
        fine.seat().connect()(astronaut_bgr())
        for visitor in running.mirrors.visitors():
            running.mirrors._look(visitor)
    assert fine.last.number == 2 and broken.last is None
    assert len([one for one in caplog.records if "mirror failed" in one.message]) == 1


def test_who_closed_their_page_is_forgotten(running, mirror, monkeypatch):
    visitor = running.mirrors.enter(mirror)
    show(visitor)
    later = time.monotonic() + mirrors.PAGE_S + 1
    monkeypatch.setattr(mirrors.time, "monotonic", lambda: later)
    running.mirrors._look(visitor)
    assert visitor.has_left and running.mirrors.visitors() == []


@pytest.mark.parametrize("with_lesson", [False, True])
def test_it_rests_while_a_lesson_looks(running, monkeypatch, with_lesson):
    monkeypatch.setattr(running.recognition, "mirror_eyes", lambda namer: OneHappyFace)
    monkeypatch.setattr(mirrors, "stand_back", lambda: None)
    if with_lesson:
        running.seats.open(1, 1).connect()(astronaut_bgr())
    clock, waited = iter(range(100)), []

    class Stopping:
        def wait(self, seconds):
            waited.append(seconds)
            return len(waited) == 3

    now = time.monotonic()
    monkeypatch.setattr(mirrors.time, "monotonic", lambda: now + 0.5 * next(clock))
    running.mirrors._run(Stopping())
    assert waited[1:] == [0.5 if with_lesson else mirrors.REST_S] * 2
