from fer.seats import SILENT_S, Picture, Seats


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
