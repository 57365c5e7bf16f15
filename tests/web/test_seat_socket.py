"""The seat's socket: who may open one, what is taken, and what is said through it."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fer.lesson.auth import hash_token
from fer.records import CLASS_ONLY, ON_DEVICE, ON_SERVER, PER_STUDENT, PRESENCE, Status
from fer.store.errors import StoreError
from fer.web import seat_socket
from fer.web.seat_socket import BROKE_A_RULE, BURST, ELSEWHERE, NOT_HERE, TRY_AGAIN, SeatSockets
from tests.seat import face, look, state, step

T0 = 1_700_000_040.0
SITE = {"origin": "http://testserver"}


@pytest.fixture
def put(running, monkeypatch):
    """What reached the writer."""
    put = []
    monkeypatch.setattr(running.writer, "put", put.extend)
    return put


@pytest.fixture
def client(running, monkeypatch):
    monkeypatch.setattr(seat_socket, "LOOK_S", 0.01)
    with TestClient(Starlette(routes=[SeatSockets(running).route])) as client:
        yield client


class Class:
    """A lesson with one student, and the socket of their page."""

    def __init__(self, running, client, view=PER_STUDENT, read_on=ON_DEVICE):
        self.running, self.client = running, client
        self.lesson = running.store.create_lesson("Maths", T0, view=view, read_on=read_on)
        self.student = self.add("Ana")

    def add(self, name, with_camera=True):
        name = name if self.lesson.has_students else None
        return self.running.store.add_student(self.lesson.id, name, hash_token("token"), T0, with_camera)

    def open(self, cookie="token", lesson="", headers=SITE):
        cookie = f"{self.running.students.cookie(self.lesson.id)}={cookie}"
        address = f"/seat?lesson={lesson or self.lesson.id}"
        return self.client.websocket_connect(address, headers=headers | {"cookie": cookie})

    def seat(self):
        [seat] = self.running.seats.of_lesson(self.lesson.id)
        return seat


@pytest.fixture(params=[PER_STUDENT])
def lesson(running, client, request):
    return Class(running, client, request.param)


of_class = pytest.mark.parametrize("lesson", [CLASS_ONLY], indirect=True)


def told(page, name):
    """Reads until this is said; its value."""
    while name not in (news := page.receive_json()):
        pass
    return news[name]


def closed(page):
    """The code with which it is closed, whatever is said before."""
    try:
        while True:
            page.receive_json()
    except WebSocketDisconnect as end:
        return end.code


def asked(page):
    """After it, all that was sent before has been taken."""
    page.send_text('{"say": "lost"}')
    return told(page, "word")


def test_a_look_is_taken_at_the_servers_time(lesson, put):
    with lesson.open() as page:
        page.send_bytes(look(0, face(), face(whose=1)))
        asked(page)
        assert lesson.seat().shows_face(lesson.seat().arrived_at, 5)
    one, poster = put
    assert (poster.face, poster.role) == (1, "bystander")
    assert (one.lesson_id, one.student_id, one.status, one.face) == (lesson.lesson.id, lesson.student.id, "face", 0)
    assert (one.label, one.box_xyxy) == ("happy", (-1.0, 20.5, 99.0, 120.0)) and one.observed_at > T0


@pytest.mark.parametrize(("code", "status"), [(1, Status.NO_FACE), (2, Status.CAMERA_OFF)])
def test_no_face_is_a_row_of_its_own(lesson, put, code, status):
    with lesson.open() as page:
        page.send_bytes(look(code))
        asked(page)
    assert [(one.status, one.label) for one in put] == [(status, None)]


@of_class
def test_a_class_only_lesson_takes_a_label_for_each_step_and_no_looks(lesson, put, monkeypatch):
    monkeypatch.setattr(seat_socket.time, "time", lambda: T0 + 20.5)
    with lesson.open() as page:
        page.send_bytes(state(0))
        page.send_bytes(step(0, 3))
        page.send_bytes(step(0, 5))  # a second one of the same step
        asked(page)
        page.send_bytes(look(0, face()))
        assert closed(page) == BROKE_A_RULE
    assert [(one.observed_at, one.label) for one in put] == [(T0 + 17.5, "happy")]


def test_a_lesson_of_each_student_takes_no_steps(lesson, put):
    with lesson.open() as page:
        page.send_bytes(step(0, 3))
        assert closed(page) == BROKE_A_RULE
    assert put == []


def test_who_agreed_to_no_camera_sends_no_numbers(running, lesson, put):
    running.store.set_with_camera(lesson.student.id, False)
    with lesson.open() as page:
        page.send_bytes(look(1))
        assert closed(page) == BROKE_A_RULE
    assert put == []


REFUSED = {
    "another token": {"cookie": "guessed"},
    "no such lesson": {"lesson": "77"},
    "no lesson": {"lesson": "x"},
    "no page of a site": {"headers": {}},
}


@pytest.mark.parametrize("how", REFUSED.values(), ids=REFUSED)
def test_who_has_no_seat_gets_no_socket(lesson, how):
    with lesson.open(**how) as page:
        assert closed(page) == NOT_HERE


@pytest.mark.parametrize("view", [PER_STUDENT, CLASS_ONLY, PRESENCE])
def test_where_the_server_reads_no_device_can_say_what_it_saw(running, client, view):
    with Class(running, client, view, read_on=ON_SERVER).open() as page:
        assert closed(page) == NOT_HERE


def test_who_left_or_was_removed_gets_none(running, lesson):
    running.students.remove([lesson.student.id])
    with lesson.open() as page:
        assert closed(page) == NOT_HERE


def test_the_newest_page_has_the_seat(lesson, put):
    with lesson.open() as first:
        told(first, "out")
        with lesson.open() as second:
            assert closed(first) == ELSEWHERE
            second.send_bytes(look(1))
            asked(second)
    assert len(put) == 1


def test_who_is_removed_is_told_and_nothing_more_is_taken(running, lesson, put):
    with lesson.open() as page:
        assert told(page, "out") is False
        running.students.remove([lesson.student.id])
        assert told(page, "out") is True
        page.send_bytes(look(1))
        page.send_text('{"say": "lost"}')
        assert told(page, "word") is None
    assert put == []


def test_the_end_of_the_lesson_is_told(running, lesson):
    with lesson.open() as page:
        assert told(page, "out") is False
        running.lessons.end(lesson.lesson)
        assert told(page, "out") is True


def test_a_page_loads_again_where_the_lesson_went_to_another_process(running, lesson, monkeypatch):
    with lesson.open() as page:
        assert told(page, "out") is False
        monkeypatch.setattr(running.processes, "is_here", lambda lesson_id: False)
        assert told(page, "out") is True
    monkeypatch.setattr(running.processes, "home", lambda lesson_id, came_by: "other")
    with lesson.open() as page:
        assert closed(page) == NOT_HERE


def test_a_press_is_kept_once_and_known_after_a_new_connection(running, lesson):
    with lesson.open() as page:
        page.send_text('{"say": "slower"}')
        assert told(page, "word") is None or told(page, "word") == "slower"
    with lesson.open() as page:
        assert told(page, "word") == "slower"
    assert list(running.journal.said(lesson.lesson)["n"]) == [1]


def test_who_sends_too_much_is_disconnected(lesson, put):
    with lesson.open() as page:
        for _ in range(2 * BURST):
            page.send_bytes(look(1))
        assert closed(page) == BROKE_A_RULE
    assert BURST <= len(put) < 2 * BURST


def test_who_goes_is_gone_soon_and_a_page_without_a_camera_is_there(running, lesson):
    with lesson.open() as page:
        asked(page)
        seat = lesson.seat()
        assert seat.is_present(seat.page_at + 60, gone_after_s=5)
    assert seat.is_present(seat.page_at + 4, gone_after_s=5)
    assert not seat.is_present(seat.page_at + 6, gone_after_s=5)
    with lesson.open() as page:
        asked(page)
        assert seat.is_present(seat.page_at + 60, gone_after_s=5)


def test_while_the_database_fails_the_page_tries_again(running, lesson, monkeypatch):
    def fail(*_):
        raise StoreError("away")

    monkeypatch.setattr(running.store, "lesson_by_number", fail)
    with lesson.open() as page:
        assert closed(page) == TRY_AGAIN
