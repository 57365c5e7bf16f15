import random
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from fer.privacy.release import GONE_S, LATE_S, PAUSE_S, Releases
from fer.records import BYSTANDER, EMOTIONS, LABELS, STEP_S, Observation, Status

T0 = 1_700_000_040
LEAST_VISIBLE = 5


def face(student, at, label="neutral", number=0):
    probabilities = tuple(np.eye(7)[EMOTIONS.index(label)]) if label in EMOTIONS else (1 / 7,) * 7
    return Observation(1, student, at, Status.FACE, number, (0.0, 0.0, 9.0, 9.0), probabilities, label)


class Lesson:
    """Steps of a class: which label each visible student shows; what was released of each, by number."""

    def __init__(self, least_visible=LEAST_VISIBLE):
        self.releases, self.number, self.released = Releases(least_visible), 0, {}

    def step(self, labels):
        start = T0 + self.number * STEP_S
        self.releases.add(
            face(student, start + half / 2, label) for half in range(4) for student, label in labels.items()
        )
        for step in self.releases.due(start + STEP_S + LATE_S):
            assert step.start == start and sum(step.n.values()) == pytest.approx(sum(step.p.values()), abs=0.05)
            self.released[self.number] = step.n
        self.number += 1
        return self.released.get(self.number - 1)

    def after_pause(self, labels):
        """What is released once those who have come or gone may count; until then nothing is."""
        *paused, last = [self.step(labels) for _ in range(PAUSE_S // STEP_S)]
        assert not any(paused)
        return last


def neutral(*students):
    return dict.fromkeys(students, "neutral")


def test_everyone_counts_once_by_the_commonest_label():
    releases = Releases(3)
    releases.add(
        [
            face(1, T0, "happy"),
            face(1, T0 + 1, "happy"),
            face(1, T0 + 2, "sad"),
            face(2, T0),
            face(3, T0),
            replace(face(1, T0, "angry", number=1), role=BYSTANDER),
            Observation(1, 4, T0, Status.NO_FACE),
        ]
    )
    assert releases.due(T0 + STEP_S) == []  # the last frames are still on their way
    [step] = releases.due(T0 + STEP_S + LATE_S)
    assert (step.lesson_id, step.start, step.n) == (1, T0, {"happy": 1, "neutral": 2})
    assert step.p == {"angry": 0, "disgust": 0, "fear": 0, "happy": 0.67, "neutral": 2, "sad": 0.33, "surprise": 0}
    releases.add([face(1, T0 + 1, "happy")])  # too late
    assert releases.due(T0 + 100) == []


def test_students_who_share_a_camera_count_each():
    releases = Releases(3)
    releases.add([face(1, T0, "happy"), face(1, T0, "sad", number=1), face(2, T0)])
    [step] = releases.due(T0 + STEP_S + LATE_S)
    assert step.n == {"happy": 1, "sad": 1, "neutral": 1}
    releases.forget_student(1)
    releases.add([face(student, T0 + PAUSE_S) for student in (2, 3, 4, 5)])
    [step] = releases.due(T0 + PAUSE_S + STEP_S + LATE_S)
    assert step.n == {"happy": 1, "sad": 1, "neutral": 4}
    assert {member for member in releases._classes[1].panel if isinstance(member, int | tuple)} == {2, 3, 4, 5}


def test_too_few_faces_show_nothing():
    lesson = Lesson()
    assert [lesson.step(neutral(*range(visible))) for visible in (1, 4, 5, 4)] == [None, None, {"neutral": 5}, None]


def test_one_who_comes_is_not_seen_to_come():
    lesson = Lesson()
    before = lesson.step(neutral(1, 2, 3, 4, 5, 6))
    assert lesson.step(neutral(1, 2, 3, 4, 5, 6) | {7: "sad"}) == before
    assert lesson.step(neutral(1, 2, 3, 4, 5, 6) | {7: "sad", 8: "sad"}) == before
    counts = lesson.after_pause(neutral(1, 2, 3, 4, 5, 6) | {7: "sad", 8: "sad", 9: "happy"})
    assert counts == {"neutral": 6, "sad": 2, "happy": 1}


def test_one_who_goes_flickers_or_changes_places_is_not_seen_to():
    lesson = Lesson()
    everyone = neutral(1, 2, 3, 4, 5, 6) | {7: "sad"}
    before = lesson.step(everyone)
    assert before == {"neutral": 6, "sad": 1}
    for _ in range(3):
        assert lesson.step(neutral(1, 2, 3, 4, 5, 6)) == before == lesson.step(everyone)
    for _ in range(2 * GONE_S // STEP_S):
        assert lesson.step(neutral(1, 2, 3, 4, 5, 6)) == before
        assert lesson.step(neutral(1, 2, 3, 4, 5, 6) | {8: "happy"}) == before  # 8 for 7


def test_those_who_go_together_are_let_go_together():
    lesson = Lesson()
    gone = {7: "sad", 8: "happy", 9: "sad"}
    before = lesson.step(neutral(1, 2, 3, 4, 5, 6) | gone)
    assert all(lesson.step(neutral(1, 2, 3, 4, 5, 6)) == before for _ in range(GONE_S // STEP_S - 1))
    assert lesson.after_pause(neutral(1, 2, 3, 4, 5, 6)) == {"neutral": 6}


@pytest.mark.parametrize("seed", range(20))
def test_no_difference_of_two_released_steps_is_about_one_or_two_students(seed):
    """Students come and go at random. Whoever subtracts one released step from any other, not only from the next, gets
    a sum over the members who were visible and over groups."""
    draw, lesson = random.Random(seed), Lesson()
    faces = {student: draw.choice(LABELS) for student in range(15)}  # nobody ever changes their face: the worst case
    here, panels = set(range(draw.randint(5, 12))), {}
    for number in range(400):
        here ^= {student for student in faces if draw.random() < 0.03}
        if lesson.step({student: faces[student] for student in here}) is not None:
            panels[number] = set(lesson.releases._classes[1].panel)
    assert len(panels) > 50 and len(set(map(frozenset, panels.values()))) > 3
    for number, panel in panels.items():
        assert lesson.released[number] == Counter(faces[student] for student in panel)
    for one, other in combinations(set(map(frozenset, panels.values())), 2):
        assert len(one - other) not in (1, 2) and len(other - one) not in (1, 2)


def test_who_comes_with_one_group_and_goes_with_another_is_held():
    lesson = Lesson()
    lesson.step(neutral(*range(10)))
    lesson.after_pause(neutral(*range(10)) | {10: "sad", 11: "happy", 12: "happy"})
    for _ in range(2 * GONE_S // STEP_S):  # 11, 12 and 0 go: without them, only 10 and 0 would differ from the first
        last = lesson.step(neutral(*range(1, 10)) | {10: "sad"})
    assert last == {"neutral": 10, "sad": 1, "happy": 2}


def test_a_deleted_student_is_not_seen_to_be_deleted_and_not_remembered():
    lesson = Lesson()
    before = lesson.step(neutral(1, 2, 3, 4, 5, 6) | {7: "sad"})
    lesson.releases.forget_student(7)
    assert lesson.step(neutral(1, 2, 3, 4, 5, 6)) == before
    assert 7 not in lesson.releases._classes[1].panel
    lesson.step(neutral(*range(1, 8)) | {8: "sad", 9: "sad"})  # a late frame of 7: with two newcomers no group of three
    assert lesson.step(neutral(*range(1, 7))) == before


def test_a_setting_that_would_show_single_students_is_refused():
    with pytest.raises(ValueError, match="at least 3 visible students. Received: 2"):
        Releases(2)


def test_lessons_do_not_mix_and_are_forgotten():
    releases = Releases(3)
    releases.add(
        [face(student, T0) for student in (1, 2)]
        + [Observation(2, 3, T0, Status.FACE, 0, (0.0,) * 4, (1 / 7,) * 7, "sad")]
    )
    assert releases.due(T0 + 60) == []
    releases.forget_lesson(1)
    assert set(releases._classes) == {2}
