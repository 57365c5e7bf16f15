"""Pictures that were kept come back as they were, and go with everything that was seen in them."""

from dataclasses import replace

import pytest

from fer.records import EMOTIONS, UNSURE, Identity, Reading, Teacher
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from tests.store.rows import HAPPY, T0, raw

ANA = Reading((10.25, 20.5, 50.0, 60.0), 0.912345678, HAPPY, "happy", identity=Identity("Ana", 0.9))
HIDDEN = Reading((-1.0, 0.0, 9.0, 9.0), 0.5, (1 / 7,) * len(EMOTIONS), UNSURE, "covered")
READ = KeptRead("resnet", "c067697958f6", 320, 240, [KeptLook([ANA, HIDDEN])], T0)
PICTURE = KeptPicture("class.jpg", b"small", T0, "JP", "private")
NAMELESS = replace(ANA, identity=None)


def test_a_picture_comes_back_as_it_was_and_without_names(fresh_store):
    first = fresh_store.keep_picture(PICTURE, b"\x00file", READ)
    second = fresh_store.keep_picture(replace(PICTURE, name="talk.mp4"), None, READ)
    assert fresh_store.kept_pictures() == [
        replace(PICTURE, id=second, name="talk.mp4"),
        replace(PICTURE, id=first),
    ]
    assert fresh_store.picture_file(first) == b"\x00file" and fresh_store.picture_file(second) is None
    assert fresh_store.reads_of(first) == [replace(READ, looks=[KeptLook([NAMELESS, HIDDEN])])]
    assert "Ana" not in str(raw(fresh_store, "SELECT faces FROM picture_reads"))


def test_a_teacher_gets_their_own_in_pages_and_by_name(fresh_store):
    names = ["Trip 1.jpg", "trip 50%.jpg", "class.jpg", "Trip 3.jpg"]
    mine, other = (fresh_store.teacher_signs_in(name, name, False, T0) for name in ("Ana", "Ben"))
    for name, owner in zip(names, (mine, mine, mine, other), strict=True):
        fresh_store.keep_picture(replace(PICTURE, name=name, owner_id=owner.id), None, READ)
    admin = Teacher(None, "", True)

    def named(*asked, **how):
        return [one.name for one in fresh_store.kept_pictures(*asked, **how)]

    assert named(mine) == ["class.jpg", "trip 50%.jpg", "Trip 1.jpg"] and len(named(admin)) == 4
    assert named(mine, "trip") == ["trip 50%.jpg", "Trip 1.jpg"] and named(admin, "0%") == ["trip 50%.jpg"]
    assert named(admin, "trip", first=1, most=1) == ["trip 50%.jpg"]
    assert fresh_store.count_kept_pictures(mine) == 3 and fresh_store.count_kept_pictures(admin, "trip") == 3
    assert named(other, "class") == [] and fresh_store.count_kept_pictures(other) == 1


def test_the_looks_of_a_video_keep_their_times_and_numbers(fresh_store):
    read = replace(READ, looks=[KeptLook([NAMELESS, HIDDEN], [4, 0], 0.0), KeptLook([], [], 0.5)])
    assert fresh_store.reads_of(fresh_store.keep_picture(PICTURE, None, read)) == [read]


def test_another_model_reads_it_too_and_the_same_model_anew(fresh_store):
    kept = fresh_store.keep_picture(PICTURE, b"", READ)
    other = replace(READ, model="mobilenet", version="1", looks=[], read_at=T0 + 1)
    anew = replace(READ, looks=[KeptLook([HIDDEN])], read_at=T0 + 2)
    assert fresh_store.add_read(kept, other) and fresh_store.add_read(kept, anew)
    assert fresh_store.reads_of(kept) == [anew, other]


def test_what_was_deleted_gets_no_reading(fresh_store):
    kept = fresh_store.keep_picture(PICTURE, b"", READ)
    fresh_store.delete_picture(kept)
    assert not fresh_store.add_read(kept, READ)
    assert (
        fresh_store.kept_pictures()
        == fresh_store.reads_of(kept)
        == raw(fresh_store, "SELECT * FROM picture_reads")
        == []
    )
    assert fresh_store.picture_file(kept) is None
    assert fresh_store.keep_picture(PICTURE, b"", READ) != kept


@pytest.mark.parametrize(("found_at", "goes"), [(T0 + 100, True), (T0 + 101, False)])
def test_two_looks_must_find_it_overdue(fresh_store, found_at, goes):
    kept = fresh_store.keep_picture(PICTURE, b"", READ)
    fresh_store.keep_picture(replace(PICTURE, kept_at=T0 + 50), b"", READ)
    fresh_store.note_overdue_pictures(T0 + 1, found_at)
    assert fresh_store.overdue_pictures(T0 + 1, T0 + 100) == ([kept] if goes else [])
    fresh_store.note_overdue_pictures(T0 + 1, found_at + 1)  # the first time counts
    assert fresh_store.overdue_pictures(T0 + 1, T0 + 100) == ([kept] if goes else [])


def test_a_clock_that_came_back_forgets_what_it_found(fresh_store):
    kept = fresh_store.keep_picture(PICTURE, b"", READ)
    fresh_store.note_overdue_pictures(T0 + 1, T0 + 9000)
    fresh_store.note_overdue_pictures(T0 - 1, T0)
    assert fresh_store.overdue_pictures(T0 + 1, T0 + 99_999) == []
    fresh_store.note_overdue_pictures(T0 + 1, T0 + 9000)
    fresh_store.note_overdue_pictures(T0 + 1, T0 + 10)
    assert fresh_store.overdue_pictures(T0 + 1, T0 + 10) == [kept]
