"""Which processes are alive, and which lesson is in which."""

from tests.store.rows import T0


def test_a_lesson_goes_where_the_fewest_are_and_somebody_is_alive(fresh_store):
    assert fresh_store.quietest(T0) is None
    for process, seen_at in (("1", T0 + 5), ("2", T0 + 5), ("3", T0)):
        fresh_store.greet(process, seen_at)
    lessons = [fresh_store.create_lesson(f"Lesson {n}", T0) for n in range(5)]
    went = [fresh_store.take_lesson(lesson.id, fresh_store.quietest(T0 + 1)) for lesson in lessons]
    assert went == ["1", "2", "1", "2", "1"]
    for lesson in lessons[::2]:
        fresh_store.end_lesson(lesson.id, T0 + 6)
    assert fresh_store.quietest(T0 + 1) == "1" and len(fresh_store.lessons_in("1")) == 3
    fresh_store.part("1")
    assert fresh_store.quietest(T0 + 1) == "2"
    assert fresh_store.lessons_in("2") == {lessons[1].id, lessons[3].id}


def test_a_lesson_is_in_one_process_and_leaves_a_dead_one_only(fresh_store):
    lesson = fresh_store.create_lesson("Maths", T0)
    assert fresh_store.process_of(lesson.id) is None
    fresh_store.greet("1", T0)
    assert fresh_store.take_lesson(lesson.id, "1") == fresh_store.take_lesson(lesson.id, "2") == "1"
    assert fresh_store.take_over(lesson.id, "2", alive_since=T0 - 1) == "1"
    assert fresh_store.take_over(lesson.id, "2", alive_since=T0) == "2"
    fresh_store.greet("1", T0 + 1)  # it comes back
    assert fresh_store.process_of(lesson.id) == fresh_store.take_lesson(lesson.id, "1") == "2"
    fresh_store.delete_lesson(lesson.id)
    assert fresh_store.process_of(lesson.id) is None
