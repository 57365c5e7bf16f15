"""The class now, from plain records: no store, no seats and no clock."""

import pandas as pd
import pytest

from fer.config import Settings
from fer.insight.alerts import HOLDS_S, Watch
from fer.insight.class_now import Known, class_seen, judge, work_out
from fer.records import CLASS_ONLY, LABELS, PER_STUDENT, PRESENCE, Lesson
from fer.store.journal import LoggedAlert
from tests.rows import ANA, BEN, CEM, CLASS, GONE_AFTER_S, NOW, OBSERVED, RECENT, counts, frame, joined, seen

CALM = [(NOW - 300 + 15 * step, 10, 0, {"neutral": 1.0}) for step in range(18)]
RECENT_FACES = frame(RECENT, [seen(ANA, 1, "neutral"), seen(BEN, 1, "neutral")])
SAD_NOW = [(NOW - 10, 10, 0, {"sad": 1.0})]


def known(view=PER_STUDENT, **changed):
    """What is known of a lesson in which Ana, Ben and Cem are here and Ana's face is seen."""
    lesson = Lesson(1, "ABC234", "Maths", NOW - 600, None, view)
    as_usual = {
        "at": NOW,
        "recent": OBSERVED,
        "students": CLASS,
        "counts": counts(*SAD_NOW),
        "earlier": counts(*CALM),
        "trend": None,
    }
    seats = {
        "here": frozenset({ANA, BEN, CEM}),
        "faces_seen": 1,
        "showed": 3,
        "said": {"lost": 0, "got it": 0, "slower": 0},
    }
    return Known(lesson, **as_usual | seats | {"alerts": (), "threshold": 0.15, "settings": Settings()} | changed)


def test_the_class_now_counts_each_present_students_newest_frame():
    view = class_seen(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (2, 1, 1)
    assert view.shares["label"].tolist() == list(LABELS)
    assert view.shares["n"].tolist() == [int(label == "happy") for label in LABELS]
    assert (view.newest_at, view.age_s) == (NOW - 1, 1)


def test_every_face_of_a_newest_frame_counts_but_one_student_is_visible_once():
    recent = frame(
        RECENT, [seen(ANA, 1, "happy", 0), seen(ANA, 1, "unsure", 1), seen(BEN, 1, "happy"), seen(ANA, 2, "sad")]
    )
    view = class_seen(recent, CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (2, 2, 3)
    shares = dict(zip(view.shares["label"], view.shares["share"], strict=True))
    assert shares["happy"] == pytest.approx(2 / 3) and shares["unsure"] == pytest.approx(1 / 3)
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("state", ["no face", "camera off"])
def test_no_face_and_camera_off_are_present_but_not_an_expression(state):
    view = class_seen(frame(RECENT, [seen(ANA, 1, state)]), CLASS, NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces) == (1, 0, 0)
    assert view.shares[["n", "share"]].to_numpy().sum() == 0


@pytest.mark.parametrize(("ago_s", "present"), [(0, 1), (4.9, 1), (5, 1), (5.1, 0), (-0.5, 1)])
def test_a_student_is_present_until_gone_after_s(ago_s, present):
    view = class_seen(frame(RECENT, [seen(ANA, ago_s, "happy")]), CLASS, NOW, GONE_AFTER_S)
    assert view.present == present and view.age_s == pytest.approx(max(0, ago_s), abs=1e-6)


def test_nobody_is_nobody():
    view = class_seen(frame(RECENT), joined(), NOW, GONE_AFTER_S)
    assert (view.present, view.visible, view.faces, view.newest_at, view.age_s) == (0, 0, 0, None, None)
    assert view.shares["share"].tolist() == [0.0] * 8
    busy = class_seen(OBSERVED, CLASS, NOW, GONE_AFTER_S)
    assert view.shares.dtypes.to_dict() == busy.shares.dtypes.to_dict()


def test_a_lesson_with_students_counts_their_newest_frames():
    look = work_out(known())
    assert (look.view.present, look.view.visible, look.view.faces) == (3, 1, 1)  # Cem is here without a frame
    assert look.headline.text == "Mostly sad, more sad than before"
    assert look.headline.coverage == "3 of 4 here, 1 dropped · 1 of 3 visible"  # Dan has left, Eve is not here
    assert look.headline.why == "fewer than half are visible"


def test_a_class_only_lesson_shows_the_newest_released_step():
    here = frozenset(range(6))
    steps = counts((NOW - 12, 6, 0, {"happy": 1.0}), (NOW - 7, 6, 1, {"sad": 1.0}))
    look = work_out(known(CLASS_ONLY, counts=steps, here=here, faces_seen=6, showed=6))
    assert (look.view.present, look.view.visible, look.view.faces, look.view.age_s) == (6, 6, 6, 2)
    assert look.view.shares.set_index("label")["n"][["sad", "unsure"]].tolist() == [5, 1]


@pytest.mark.parametrize(("present", "visible"), [(4, None), (5, 3)])
def test_too_small_a_class_is_not_counted_by_faces(present, visible):
    look = work_out(known(CLASS_ONLY, counts=counts(), here=frozenset(range(10)), faces_seen=3, showed=present))
    assert look.view.visible == visible and look.now is None
    assert look.headline.text == "No expression to show"


def test_without_expressions_the_headline_counts_heads():
    said = work_out(known(PRESENCE, counts=counts(), earlier=counts())).headline
    assert said.text == "3 students are here"
    assert said.coverage == "3 of 4 here, 1 dropped · no expressions in this lesson"


def test_the_baseline_goes_on_until_it_is_read_again():
    first = work_out(known())
    assert first.before.neutral == 1
    assert work_out(known(earlier=None), first).before is first.before
    assert work_out(known(earlier=None)).before is None
    assert work_out(known(earlier=counts()), first).before is None


def trend(*steps):
    return pd.DataFrame([(ANA, time, 0.1) for time in steps], columns=["student_id", "time", "valence"])


def test_trends_go_on_and_the_step_that_was_not_over_is_read_anew():
    now = int(NOW)
    first = work_out(known(trend=trend(now - 400, now - 30, now - 15)))
    assert work_out(known(), first).trend is first.trend
    then = work_out(known(trend=trend(now - 15, now)), first)
    assert then.trend["time"].tolist() == [now - 30, now - 15, now]
    assert work_out(known(trend=trend()), first).trend is first.trend


def test_an_alert_comes_when_a_change_has_lasted():
    seen_by = {"here": frozenset(range(10)), "faces_seen": 10, "showed": 10}
    watch, alerts = Watch(), []
    for second in range(0, int(HOLDS_S) + 2, 2):
        look = work_out(
            known(CLASS_ONLY, at=NOW + second, counts=counts((NOW + second - 7, 10, 0, {"sad": 1.0})), **seen_by)
        )
        watch, alert, _ = judge(watch, look)
        alerts.append(alert)
    assert [alert is not None for alert in alerts] == [False] * (len(alerts) - 1) + [True]
    assert alerts[-1].kind == "negative" and alerts[-1].change == pytest.approx(1.0)


def test_what_is_urgent_stands_beside_the_expressions_and_ends():
    alert = LoggedAlert(1, NOW - 60, "negative", 0.3, None, None)
    lost = {"lost": 3, "got it": 0, "slower": 0}
    look = work_out(known(alerts=(alert,), said=lost))
    assert look.urgent.reason == "3 of 3 are lost" and look.headline.text == "Mostly sad, more sad than before"
    calm = work_out(known(alerts=(alert,), counts=counts((NOW - 10, 10, 0, {"neutral": 1.0})), recent=RECENT_FACES))
    assert judge(Watch(), calm)[2] == [alert] and calm.urgent.alert == alert  # the next look has it ended


def test_a_class_only_lesson_with_too_few_answers_is_calm():
    look = work_out(known(CLASS_ONLY, counts=counts(), said=None, here=frozenset(range(4))))
    assert look.urgent is None


def test_nothing_known_is_changed():
    given = known()
    before = [given.recent.copy(), given.students.copy(), given.counts.copy(), given.earlier.copy()]
    work_out(given)
    for frame_before, frame_after in zip(
        before, (given.recent, given.students, given.counts, given.earlier), strict=True
    ):
        assert frame_before.equals(frame_after)
