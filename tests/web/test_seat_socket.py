"""The seat's socket: who may open one, what is taken, and what is said through it."""

import asyncio
import json
import time
from dataclasses import replace
from itertools import count

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fer.lesson.auth import hash_token
from fer.lesson.processes import CAME_BY
from fer.records import CLASS_ONLY, ON_DEVICE, ON_SERVER, PER_STUDENT, PRESENCE, Observation, Status
from fer.store.errors import StoreError
from fer.store.polls import SEVERAL, WORD, draft
from fer.web import seat_socket
from fer.web.seat_connection import BROKE_A_RULE, BURST, ELSEWHERE, NOT_HERE, TRY_AGAIN, Connection
from fer.web.seat_news import known
from fer.web.seat_socket import SHARED, WAITS, SeatSockets
from tests.seat import face, look, state, step

T0 = 1_700_000_040.0
NUMBERS = count(100)
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

    def add(self, name, with_camera=True, cookie="token"):
        name = name if self.lesson.has_students else None
        return self.running.store.add_student(self.lesson.id, name, hash_token(cookie), T0, with_camera)

    def open(self, cookie="token", code="", headers=SITE, camera="", language="en"):
        cookie = f"{self.running.students.cookie(self.lesson.id)}={cookie}"
        address = f"/seat?code={code or self.lesson.code}&camera={camera}&language={language}"
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
    n = next(NUMBERS)
    page.send_text(json.dumps({"n": n, "say": "lost"}))
    while told(page, "re") != [n, ""]:
        pass


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
    "no such lesson": {"code": "ZZZZZZ"},
    "no lesson": {"code": "'"},
    "no page of a site": {"headers": {}},
}


@pytest.mark.parametrize("how", REFUSED.values(), ids=REFUSED)
def test_who_has_no_seat_gets_no_socket(lesson, how):
    with lesson.open(**how) as page:
        assert closed(page) == NOT_HERE


@pytest.mark.parametrize("view", [PER_STUDENT, CLASS_ONLY, PRESENCE])
def test_where_the_server_reads_no_device_can_say_what_it_saw(running, client, put, view):
    with Class(running, client, view, read_on=ON_SERVER).open() as page:
        page.send_bytes(state(0) if view == CLASS_ONLY else look(1))
        assert closed(page) == BROKE_A_RULE
    assert put == []


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
        page.send_text('{"n": 1, "say": "lost"}')
        assert told(page, "re") == [1, ""]
    assert running.journal.said(lesson.lesson).empty
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
        page.send_text('{"n": 1, "say": "slower"}')
        assert told(page, "re") == [1, ""]
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

    monkeypatch.setattr(running.store, "lesson_by_code", fail)
    with lesson.open() as page:
        assert closed(page) == TRY_AGAIN


# In a lesson that the server looks at


class Server(Class):
    def __init__(self, running, client, view=PER_STUDENT):
        super().__init__(running, client, view, read_on=ON_SERVER)


@pytest.fixture
def there(running, client):
    return Server(running, client)


def until(page, **wanted):
    """Reads until all of this is so."""
    so = {}
    while any(so.get(name) != value for name, value in wanted.items()):
        so |= page.receive_json()


def test_what_the_camera_shows_is_told_as_it_changes(running, there):
    with there.open(camera=SHARED) as page:
        assert "state" not in page.receive_json()  # it is not said yet whether the camera was started
        page.send_text('{"camera": true}')
        until(page, state=["info", "connecting"], fps=5)
        seat = there.seat()
        seat.connect()("frame")
        until(page, state=["info", "looking"])
        seat.note(None, (Observation(there.lesson.id, 1, T0, Status.NO_FACE),), seat.arrived_at)
        until(page, state=["warning", "no face"])
        page.send_text('{"camera": false}')
        until(page, state=["info", "off"])


def test_a_camera_that_falls_silent_has_the_page_asked_whether_it_is_there(running, there):
    running.settings = replace(running.settings, gone_after_s=1.0)
    with there.open(camera=SHARED) as page:
        page.send_text('{"camera": true}')
        until(page, state=["info", "connecting"])
        seat = there.seat()
        seat.connect()("frame")
        assert told(page, "there") == seat.arrived_at
        assert not seat.is_present(seat.arrived_at + 2, gone_after_s=1.0)
        page.send_text("{}")
        asked(page)
        assert seat.is_present(seat.arrived_at + 60, gone_after_s=1.0)


def test_who_finds_no_place_waits_for_one_and_loads_again(running, there):
    running.seats.most = 1
    other = running.seats.open(there.lesson.id, 99)
    other.connect()("frame")
    with there.open(camera=WAITS) as page:
        assert told(page, "out") is False and running.seats.waiting() == 1
        running.seats.close(99)
        assert told(page, "out") is True


def test_whose_camera_comes_too_late_for_a_place_loads_again(running, there):
    running.seats.most = 1
    with there.open(camera=SHARED) as page:
        assert told(page, "out") is False
        other = running.seats.open(there.lesson.id, 99)
        other.connect()("frame")
        [late] = [seat for seat in running.seats.of_lesson(there.lesson.id) if seat is not other]
        late.connect()("frame")
        assert told(page, "out") is True


def test_who_takes_part_without_a_camera_gets_none_whatever_the_page_says(running, there):
    running.store.set_with_camera(there.student.id, False)
    with there.open(camera=SHARED) as page:
        assert told(page, "out") is False and not there.seat().has_camera


def test_another_way_to_take_part_chosen_elsewhere_loads_the_page_again(running, there):
    with there.open(camera=SHARED) as page:
        assert told(page, "out") is False
        running.students.use_camera(there.student, False)
        assert told(page, "out") is True


def test_the_last_picture_comes_while_it_is_wanted(running, there):
    with there.open(camera=SHARED) as page:
        page.send_text('{"show": true}')
        asked(page)
        seat, frame = there.seat(), np.zeros((24, 32, 3), np.uint8)
        seen = Observation(there.lesson.id, 1, T0, Status.FACE, 0, (1, 1, 9, 9), (1.0, *(0.0,) * 6), "angry")
        seat.shown_at = time.monotonic()
        seat.note(frame, (seen,), time.monotonic())
        while (message := page.receive()).get("bytes") is None:
            pass
        assert cv2.imdecode(np.frombuffer(message["bytes"], np.uint8), cv2.IMREAD_COLOR).shape == frame.shape
        page.send_text('{"show": false}')
        asked(page)
        seat.note(frame, (seen,), time.monotonic())
        running.journal.open_poll(there.lesson.id, "Clear?", ["Yes", "No"], time.time())
        told(page, "poll")  # and no picture before it


def test_while_joining_is_closed_the_page_waits_until_it_is_open_or_the_lesson_over(running, there):
    for ends in (
        lambda: running.lessons.set_joining(there.lesson, is_open=True),
        lambda: running.lessons.end(there.lesson),
    ):
        running.lessons.set_joining(there.lesson, is_open=False)
        with there.open(cookie="none") as page:
            ends()
            assert closed(page) == NOT_HERE
    assert running.seats.all() == []


def test_who_waits_for_joining_has_nothing_to_say(running, there):
    running.lessons.set_joining(there.lesson, is_open=False)
    with there.open(cookie="none") as page:
        page.send_text('{"n": 1, "say": "lost"}')
        assert closed(page) == BROKE_A_RULE
    with there.open(cookie="none") as page:
        page.send_bytes(look(1))
        assert closed(page) == BROKE_A_RULE


# What students say, and what all see


def press(page, n, **message):
    """Why it was refused."""
    page.send_text(json.dumps({"n": n} | message))
    number, refusal = told(page, "re")
    assert number == n
    return refusal


def test_a_poll_is_told_answered_and_its_results_shown(running, there):
    journal, lesson = running.journal, there.lesson
    with there.open(language="de") as page:
        assert told(page, "poll") is None
        journal.ask(lesson.id, draft("Yes or no?", ["Yes", "Not *so*"], correct=[0]), time.time())
        poll = told(page, "poll")
        assert (poll["question"], poll["choices"], poll["kind"]) == ("Ja oder nein?", ["Ja", "Not *so*"], "one")
        for n, answer in ((1, 1), (2, 0), (3, 0)):
            assert press(page, n, vote=poll["id"], answer=answer) == ""
        [asked] = journal.polls(lesson.id)
        assert journal.my_vote(asked, there.student.id) == 0 and press(page, 4, vote=99, answer=0) == "closed"
        journal.release_poll(poll["id"], time.time())
        shown = told(page, "released")
        assert shown["rows"] == [["Ja", 1.0, "1 · 100 %", True], ["Not *so*", 0.0, "0 · 0 %", False]]
        assert shown["answered"].startswith("1 ") and shown["question"] is None
        journal.close_poll(lesson.id, time.time())
        assert told(page, "poll") is None and press(page, 5, vote=poll["id"], answer=1) == "closed"
    with there.open() as page:
        news = page.receive_json()
        assert news["vote"] is None and news["released"]["question"] == "Yes or no?"
    assert journal.result(lesson, asked).answered == 1


def test_several_answers_and_a_word(running, there):
    journal, lesson = running.journal, there.lesson
    with there.open() as page:
        journal.ask(lesson.id, draft("Which?", ["A", "B", "C"], SEVERAL), time.time())
        poll = until_some(page, "poll")
        for n, answer in enumerate(([2], [0, 2], [])):
            assert press(page, n, vote=poll["id"], answer=answer) == ""
        journal.ask(lesson.id, draft("A word?", kind=WORD), time.time())
        word = told(page, "poll")
        assert press(page, 7, vote=word["id"], answer=" ") == "no answer"
        page.send_text(json.dumps({"n": 8, "vote": word["id"], "answer": "ivy"}))
        assert told(page, "vote") == [word["id"], "ivy"]
        assert press(page, 9, vote=word["id"], answer=0) == "no answer"
    which, _ = journal.polls(lesson.id)
    assert journal.my_vote(which, there.student.id) is None
    with there.open() as page:
        assert page.receive_json()["vote"] == [word["id"], "ivy"]


def test_of_a_class_only_lesson_no_result_of_few(running, client):
    there = Server(running, client, CLASS_ONLY)
    running.journal.open_poll(there.lesson.id, "Clear?", ["Yes", "No"], T0)
    [poll] = running.journal.polls(there.lesson.id)
    running.journal.vote(poll, there.student.id, 0, T0)
    running.journal.release_poll(poll.id, T0)
    with there.open() as page:
        assert page.receive_json()["released"] == {
            "question": None,
            "rows": [],
            "answered": "Too few have answered to show it.",
        }


def test_a_hand_has_its_place_until_it_is_called(running, client):
    there = Server(running, client, CLASS_ONLY)
    first = running.store.add_student(there.lesson.id, None, "hash", T0)
    running.journal.raise_hand(there.lesson, first, "Ben", T0)
    with there.open() as page:
        assert press(page, 1, hand=True, name=" ") == "no name"
        page.send_text('{"n": 2, "hand": true, "name": "Ana"}')
        until(page, hand=2)
        assert press(page, 3, hand=True, name="Ana") == ""  # sent again
        assert [hand.name for hand in running.journal.hands(there.lesson.id)] == ["Ben", "Ana"]
        running.journal.lower_my_hand(first.id, time.time())
        until(page, hand=1)
        page.send_text('{"n": 4, "hand": false, "name": ""}')
        until(page, hand=0)


def test_questions_are_asked_once_and_seconded(running, there):
    key = "0123456789ab"
    with there.open() as page:
        page.send_text(json.dumps({"n": 1, "ask": "Why?", "key": key}))
        [[question, text, more]] = until_some(page, "questions")
        assert (text, more) == ("Why?", 0)
    with there.open() as page:  # the answer did not arrive, so it is sent again
        assert page.receive_json()["mine"] == [question] and press(page, 1, ask="Why?", key=key) == ""
        assert press(page, 2, ask="And how?", key=key[::-1]) == "too soon"
        assert press(page, 3, ask=" ", key=key[::-1]) == "no question"
    assert len(running.journal.questions(there.lesson)) == 1
    there.add("Ben", cookie="other")
    with there.open(cookie="other") as page:
        for n in (1, 2):
            assert press(page, n, second=question, wants=True) == ""
        assert running.journal.questions(there.lesson)[0].seconds == 1
        assert press(page, 3, second=question, wants=False) == ""
        running.journal.hide(question, time.time())
        until(page, questions=[])
    assert running.journal.seconded_by(there.student.id) == set()


def until_some(page, name):
    while not (value := told(page, name)):
        pass
    return value


def test_what_the_class_shares_is_read_once_for_all_its_pages(running, monkeypatch):
    there, reads, sent = Server(running, None), [], []
    monkeypatch.setattr(seat_socket, "known", lambda *given: (reads.append(1), known(*given))[1])
    monkeypatch.setattr(Connection, "send", lambda one, news: asyncio.sleep(0, sent.append(news)))
    seat = running.seats.open(there.lesson.id, there.student.id)
    pages = [Connection(None, there.lesson, there.student, seat, "en", told={"now": T0}) for _ in range(50)]
    for _ in range(2):
        asyncio.run(SeatSockets(running)._look_at(there.lesson.id, pages))
    assert len(reads) == 2 and len(sent) == 50  # and what is known already is not told again


def test_somebody_in_the_teachers_browser_is_said(running, client):
    there = Server(running, client, CLASS_ONLY)
    with there.open() as page:
        assert told(page, "teachersOwn") is False
        running.students.joined_beside_teacher("token")
        assert told(page, "teachersOwn") is True


@pytest.mark.parametrize(("home", "code"), [("1", TRY_AGAIN), ("3", NOT_HERE)])
def test_a_page_whose_process_does_not_answer_keeps_its_camera_and_one_of_another_process_loads_again(
    running, lesson, monkeypatch, home, code
):
    monkeypatch.setattr(running.processes, "name", "2")
    monkeypatch.setattr(running.processes, "home", lambda *_: home)
    with lesson.open(headers=SITE | {CAME_BY: "1"}) as page:
        assert closed(page) == code
