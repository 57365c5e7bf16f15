"""Lessons and students: codes, names, who may join."""

import threading

import pytest

from fer.records import PER_STUDENT
from fer.store.errors import StoreError
from fer.store.lessons import CODE_ALPHABET
from tests.store.rows import T0


def test_a_lesson_from_start_to_end(fresh_store):
    lesson = fresh_store.create_lesson("Maths 3b", T0, view=PER_STUDENT)
    assert lesson.title == "Maths 3b" and lesson.started_at == T0 and lesson.is_open
    assert fresh_store.lesson(lesson.id) == lesson
    fresh_store.end_lesson(lesson.id, T0 + 60)
    fresh_store.end_lesson(lesson.id, T0 + 99)
    assert fresh_store.lesson(lesson.id).ended_at == T0 + 60
    assert fresh_store.lesson(lesson.id + 1) is None


def test_join_codes_are_easy_to_read_and_never_repeat(fresh_store, monkeypatch):
    assert not set(CODE_ALPHABET) & set("0O1ILAEU")
    first = fresh_store.create_lesson("a", T0, view=PER_STUDENT)
    assert len(first.code) == 6 and set(first.code) <= set(CODE_ALPHABET)
    fresh_store.end_lesson(first.id, T0)  # a code of the past must not lead to a lesson of today
    drawn = iter([*first.code, *"BCDFGH"])
    monkeypatch.setattr("fer.store.lessons.secrets.choice", lambda alphabet: next(drawn))
    assert fresh_store.create_lesson("b", T0, view=PER_STUDENT).code == "BCDFGH"


def test_a_code_is_found_as_people_type_it(fresh_store, lesson):
    code = lesson.code
    for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} ", f"{code[:2]} {code[2:4]}–{code[4:]}\n"):
        assert fresh_store.lesson_by_code(typed) == lesson
    for typed in ("", "-", code[:5], code + "2", "%", "______"):
        assert fresh_store.lesson_by_code(typed) is None


def test_lessons_are_listed_newest_first(fresh_store):
    titles = [
        fresh_store.create_lesson(title, at, view=PER_STUDENT).title
        for title, at in (("old", T0), ("new", T0 + 9), ("mid", T0 + 5))
    ]
    assert titles == ["old", "new", "mid"]
    assert [lesson.title for lesson in fresh_store.lessons()] == ["new", "mid", "old"]


def test_summaries_count_students(fresh_store, lesson, ana, ben):
    empty = fresh_store.create_lesson("Empty", T0 + 5, view=PER_STUDENT)
    fresh_store.end_lesson(lesson.id, T0 + 60)
    summaries = fresh_store.lesson_summaries()
    assert summaries.to_dict("records")[1] == {
        "lesson_id": lesson.id,
        "title": "Maths",
        "started_at": T0,
        "ended_at": T0 + 60,
        "students": 2,
    }
    assert summaries.iloc[0][["lesson_id", "students"]].tolist() == [empty.id, 0]
    assert summaries["ended_at"].isna().tolist() == [True, False]


def test_a_name_that_is_taken_gets_a_number(fresh_store, lesson):
    given = ["Ana", "Ana", "ana", "Ana (2)", "Ben", "Аnа"]  # the last with two Cyrillic letters
    names = [fresh_store.add_student(lesson.id, name, f"hash-{n}", T0).name for n, name in enumerate(given)]
    assert names == ["Ana", "Ana (2)", "ana (3)", "Ana (2) (2)", "Ben", "Аnа (4)"]
    other = fresh_store.create_lesson("Other", T0, view=PER_STUDENT)
    assert fresh_store.add_student(other.id, "Ana", "hash-other", T0).name == "Ana"


def test_many_students_of_one_name_join_at_once(fresh_store, lesson):
    def join(number):
        for turn in range(5):
            fresh_store.add_student(lesson.id, "Ana", f"hash-{number}-{turn}", T0)

    threads = [threading.Thread(target=join, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fresh_store.students(lesson.id)["name"]) == sorted(["Ana", *(f"Ana ({n})" for n in range(2, 21))])


def test_only_an_open_lesson_takes_students(fresh_store, lesson):
    with pytest.raises(ValueError, match="has ended or does not exist, so nobody can join it. Received: lesson 99"):
        fresh_store.add_student(99, "Ana", "hash", T0)
    with pytest.raises(ValueError, match="needs a name .* Received: ' '"):
        fresh_store.add_student(lesson.id, " ", "hash", T0)
    fresh_store.end_lesson(lesson.id, T0)
    with pytest.raises(ValueError, match="has ended"):
        fresh_store.add_student(lesson.id, "Ana", "hash", T0)
    assert fresh_store.students(lesson.id).empty


def test_a_student_is_found_by_token_and_can_leave_and_come_back(fresh_store, lesson, ana, ben):
    assert fresh_store.student_by_token("hash-ana") == fresh_store.student(ana.id) == ana
    assert fresh_store.student_by_token("hash") is None and fresh_store.student(99) is None
    fresh_store.set_left(ana.id, T0 + 30)
    assert fresh_store.student(ana.id).left_at == T0 + 30 and fresh_store.student(ben.id) == ben
    fresh_store.set_left(ana.id, None)
    assert fresh_store.student(ana.id) == ana


@pytest.mark.parametrize(
    "name", ["=1+1", 'O\'Neil "Bob"; DROP TABLE students', "二年B組", "👩‍🎓", "أحمد", "a\nb", "%_"]
)
def test_any_name_comes_back_as_it_went_in(fresh_store, lesson, name):
    fresh_store.add_student(lesson.id, name, "hash", T0)
    assert fresh_store.students(lesson.id)["name"].tolist() == [name]


def test_two_students_never_share_a_token(fresh_store, lesson, ana):
    assert fresh_store.add_student(lesson.id, "Ben", "hash-ana", T0 + 1) == ana  # who they are already
    other = fresh_store.create_lesson("Physics", T0, view=PER_STUDENT)
    with pytest.raises(StoreError):
        fresh_store.add_student(other.id, "Ben", "hash-ana", T0)
    assert fresh_store.students(lesson.id)["name"].tolist() == ["Ana"]


def test_a_view_nobody_knows(fresh_store):
    with pytest.raises(ValueError, match="one of class, student, presence. Received: 'all'"):
        fresh_store.create_lesson("Maths", T0, "all")
