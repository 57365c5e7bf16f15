import pytest

from fer.seats import HELD_S, SILENT_S, ClassFull, Picture, Seats


def test_only_the_newest_frame_waits_and_it_is_taken_once():
    seat = Seats().open(1, 7)
    put = seat.connect()
    put("old")
    put("new")
    frame, arrived_at = seat.take()
    assert frame == "new" and arrived_at == seat.arrived_at
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
    monkeypatch.setattr("fer.seats.time.time", lambda: now)
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
    seat.last = Picture("frame", ())
    seats.close(7)
    put("late")
    assert seats.all() == [] and seat.take() is None and seat.last is None
    seats.close(7)


def test_closing_a_lesson_closes_its_seats_only():
    seats = Seats()
    seats.open(1, 7)
    other = seats.open(2, 8)
    seats.close_lesson(1)
    assert seats.all() == [other]


def test_a_full_class_takes_nobody_else_and_keeps_who_is_in():
    seats = Seats(most=2)
    first, second = seats.open(1, 1), seats.open(1, 2)
    with pytest.raises(ClassFull):
        seats.open(1, 3)
    assert seats.open(1, 1) is first and seats.all() == [first, second]
    assert seats.waiting() == 1 and seats.held() == 2
    seats.close(2)
    seats.open(1, 3)
    assert seats.waiting() == 0


def test_a_seat_without_a_sign_of_life_is_given_away_and_come_back_to(monkeypatch):
    seats = Seats(most=1)
    gone = seats.open(1, 1)
    later = gone.page_at + HELD_S + 1
    monkeypatch.setattr("fer.seats.time.time", lambda: later)
    seats.open(1, 2)
    with pytest.raises(ClassFull):
        seats.open(1, 1)
    seats.close(2)
    assert seats.open(1, 1) is gone


def test_a_camera_or_an_open_page_holds_the_seat(monkeypatch):
    seat = Seats(most=1).open(1, 1)
    now = seat.page_at + HELD_S + 1
    monkeypatch.setattr("fer.seats.time.time", lambda: now)
    assert not seat.is_held(now)
    seat.connect()("frame")
    assert seat.is_held(now)
    seat.arrived_at = None
    seat.greet()
    assert seat.is_held(now)
