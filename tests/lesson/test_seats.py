import threading
import time

import pytest

from fer.lesson.seats import FACE_S, HELD_S, NEVER, SHOWN_S, SILENT_S, ClassFull, Picture, Seats
from fer.records import Observation, Status

GONE_AFTER_S = 5.0
NO_FACE = Observation(1, 1, 0.0, Status.NO_FACE)


def test_only_the_newest_frame_waits_and_it_is_taken_once():
    seat = Seats().open(1, 7)
    put = seat.connect()
    put("old")
    put("new")
    frame, arrived_at, observed_at = seat.take()
    assert frame == "new" and arrived_at == seat.arrived_at and abs(observed_at - time.time()) < 5
    assert seat.take() is None


def test_the_newest_connection_wins():
    seat = Seats().open(1, 7)
    first, second, silent = seat.connect(), seat.connect(), seat.connect()
    first("first")
    second("second")
    first("late")
    assert seat.take()[0] == "second"
    assert seat.received == 2
    silent("third")
    assert seat.take()[0] == "third"


def test_a_connection_that_still_delivers_gets_the_seat_back(monkeypatch):
    seat = Seats().open(1, 7)
    first_tab, second_tab = seat.connect(), seat.connect()
    first_tab("first")
    second_tab("second")
    now = seat.arrived_at + SILENT_S + 0.1
    monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda: now)
    first_tab("again")
    second_tab("late")
    assert seat.take()[0] == "again"


def test_who_comes_back_finds_the_same_seat():
    seats = Seats()
    assert seats.open(1, 7) is seats.open(1, 7)
    assert len(seats.all()) == 1


def test_a_closed_seat_takes_no_frame_and_keeps_no_picture():
    seats = Seats()
    seat = seats.open(1, 7)
    put = seat.connect()
    put("frame")
    seat.last = Picture("frame", (NO_FACE,))
    seats.close(7)
    put("late")
    seat.note("late", (NO_FACE,), 0.0)  # the analysis was in hand
    assert seats.all() == [] and seat.take() is None and seat.last is None
    seats.close(7)


def test_a_picture_stays_only_while_its_student_looks(monkeypatch):
    seat = Seats().open(1, 7)
    seat.note("unseen", (NO_FACE,), 1.0)
    assert seat.show() is None
    seat.note("frame", (NO_FACE,), 2.0)
    assert seat.show().frame_bgr == "frame" and seat.analysed == 2
    now = seat.shown_at + SHOWN_S + 0.1
    monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda: now)
    seat.take()
    assert seat.last == Picture(None, (NO_FACE,))


def test_closing_a_lesson_closes_its_seats_only():
    seats = Seats()
    seats.open(1, 7)
    other = seats.open(2, 8)
    seats.close_lesson(1)
    assert seats.all() == [other]


def sending(seats, student_id):
    """The student's seat, after a first frame."""
    seat = seats.open(1, student_id)
    seat.connect()("frame")
    return seat


def test_an_open_page_takes_no_place_and_a_first_frame_does():
    seats = Seats(most=2)
    for student_id in range(60):
        assert seats.open(1, student_id).has_camera
    assert seats.held() == seats.waiting() == 0
    assert [sending(seats, student_id).received for student_id in (60, 61)] == [1, 1]
    assert seats.held() == 2
    with pytest.raises(ClassFull):
        seats.open(1, 62)


def test_who_sends_when_the_last_place_has_gone_is_refused_and_waits():
    seats = Seats(most=1)
    late = seats.open(1, 2)
    put = late.connect()
    sending(seats, 1)
    put("too late")
    assert late.take() is None and late.refused and seats.waiting() == 1 and late.received == 0
    with pytest.raises(ClassFull):
        seats.open(1, 2)
    assert not late.refused and not late.has_camera
    seats.close(1)
    put("in time")
    assert late.take()[0] == "in time" and (seats.held(), seats.waiting()) == (1, 0)


def test_a_full_class_takes_nobody_else_and_keeps_who_is_in():
    seats = Seats(most=2)
    first, _second = sending(seats, 1), sending(seats, 2)
    with pytest.raises(ClassFull):
        seats.open(1, 3)
    assert seats.open(1, 1) is first and [seat.has_camera for seat in seats.all()] == [True, True, False]
    assert seats.waiting() == 1 and seats.held() == 2
    seats.close(2)
    seats.open(1, 3)
    assert seats.waiting() == 0


def test_no_two_first_frames_at_once_get_the_same_place():
    seats, ready = Seats(most=5), threading.Barrier(30)

    def send(put):
        ready.wait()
        put("frame")

    puts = [seats.open(1, student_id).connect() for student_id in range(30)]
    threads = [threading.Thread(target=send, args=(put,)) for put in puts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seats.held() == 5 and seats.waiting() == 25 and sum(seat.received for seat in seats.all()) == 5


def test_a_seat_without_a_sign_of_life_is_given_away_and_come_back_to(monkeypatch):
    seats = Seats(most=1)
    gone = sending(seats, 1)
    put = gone.connect()
    later = gone.page_at + HELD_S + 1
    monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda: later)
    sending(seats, 2)
    put("late")
    assert gone.refused
    with pytest.raises(ClassFull):
        seats.open(1, 1)
    seats.close(2)
    assert seats.open(1, 1) is gone


def test_a_camera_or_an_open_page_holds_the_place(monkeypatch):
    seat = sending(Seats(most=1), 1)
    now = seat.page_at + HELD_S + 1
    monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda: now)
    assert not seat.is_held(now)
    seat.connect()("frame")
    assert seat.is_held(now)
    seat.arrived_at = NEVER
    seat.greet()
    assert seat.is_held(now)


def test_who_has_no_camera_is_present_and_takes_no_place():
    seats = Seats(most=1)
    sending(seats, 1)
    for student_id in range(2, 30):
        seats.open(1, student_id, has_camera=False)
    seats.open(2, 99, has_camera=False)
    assert seats.held() == 1 and seats.waiting() == 0
    assert len(seats.here(1, GONE_AFTER_S)[0]) == 29
    with pytest.raises(ClassFull):
        seats.open(1, 2)
    seats.close(1)
    assert len(seats.here(1, GONE_AFTER_S)[0]) == 28
    assert sending(seats, 2).has_camera and seats.held() == 1


def test_an_open_page_is_present_also_in_the_background_and_a_closed_one_is_not():
    seat = Seats().open(1, 1)
    now = seat.page_at = 1000.0
    assert seat.is_present(now + 70, GONE_AFTER_S) and not seat.is_present(now + 80, GONE_AFTER_S)
    seat.arrived_at = now + 1  # frames and page ended together: somebody closed it
    assert seat.is_present(now + 5, GONE_AFTER_S) and not seat.is_present(now + 7, GONE_AFTER_S)
    seat.page_at = now + 20  # the camera went off, the page did not
    assert seat.is_present(now + 80, GONE_AFTER_S)


def test_a_face_is_seen_while_the_picture_is_new(monkeypatch):
    seats, now = Seats(), time.monotonic()
    seat = seats.open(1, 1)
    face = Observation(1, 1, now, Status.FACE, 0, (0.0,) * 4, (1.0, *(0.0,) * 6), "angry")
    for one, visible in ((face, 1), (Observation(1, 1, now, Status.NO_FACE), 0)):
        seat.note(None, (one,), now)
        for later, seen in ((1, visible), (GONE_AFTER_S + 1, 0)):
            monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda later=later: now + later)
            assert seats.here(1, GONE_AFTER_S) == ({1}, seen, 1)
    monkeypatch.setattr("fer.lesson.seats.time.monotonic", lambda: now + FACE_S + 1)
    assert seats.here(1, GONE_AFTER_S) == ({1}, 0, 0)
