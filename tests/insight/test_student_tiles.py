"""A tile for each student: what is seen now, the last five minutes, and who needs attention."""

import math

import pandas as pd
import pytest

from fer.insight.class_now import TREND_S, TREND_STEP_S
from fer.insight.student_tiles import (
    BY_ATTENTION,
    BY_JOINING,
    BY_NAME,
    DROPPED,
    HAND_UP,
    LEFT,
    NEGATIVE_LATELY,
    NO_CAMERA,
    NO_FACE,
    SEEN,
    in_order,
    sizes,
    tiles,
)
from tests.rows import ANA, BEN, CEM, CLASS, DAN, EVE, GONE_AFTER_S, NOW, OBSERVED, RECENT, frame, joined, seen

TREND = {"student_id": "int64", "time": "int64", "valence": "float64"}
STEP = int(NOW) // TREND_STEP_S * TREND_STEP_S


def of(students=CLASS, recent=OBSERVED, trend=(), here=frozenset(), hands=frozenset()):
    return tiles(students, recent, frame(TREND, trend), NOW, GONE_AFTER_S, here, hands)


def now(rows, students=CLASS, here=frozenset()):
    ana = of(students, frame(RECENT, rows), here=here)[0]
    return ana.state, ana.label, ana.groups[0]


@pytest.mark.parametrize(
    ("rows", "tile"),
    [
        ([seen(ANA, 4, "sad"), seen(ANA, 1, "happy")], ("happy 82 %", "happy", SEEN)),
        ([seen(ANA, 1, "unsure", confidence=0.39)], ("unsure", "unsure", SEEN)),
        ([seen(ANA, 1, "camera off")], ("camera off", None, NO_FACE)),
        ([seen(ANA, 1, "no face")], ("no face", None, NO_FACE)),
        ([seen(ANA, 1, "happy", 1), seen(ANA, 1, "sad", 0)], ("2 faces: sad, happy", "sad", SEEN)),
        ([seen(ANA, 6, "happy")], (DROPPED, None, DROPPED)),
        ([], (DROPPED, None, DROPPED)),
    ],
)
def test_now(rows, tile):
    assert now(rows) == tile


def test_who_is_here_without_a_camera_left_or_was_removed():
    assert now([], here={ANA}) == (NO_CAMERA, None, NO_CAMERA)
    gone = joined((ANA, "Ana", 5, 1))
    assert now([seen(ANA, 1, "happy")], gone, {ANA}) == ("left", None, LEFT)
    assert now([seen(ANA, 1, "happy")], gone.assign(removed_at=NOW)) == ("removed", None, LEFT)
    assert now([seen(ANA, 1, "happy")], gone.assign(left_at=math.nan)) == ("happy 82 %", "happy", SEEN)  # came back


def test_the_trend_is_five_minutes_that_end_now_and_keeps_its_gaps():
    [ana, ben, *_] = of(trend=[(ANA, STEP, 0.5), (ANA, STEP - 30, -0.2), (ANA, STEP - TREND_S, 0.9), (BEN, STEP, 0.1)])
    assert len(ana.trend) == TREND_S // TREND_STEP_S
    assert ana.trend[-3:] == (-0.2, None, 0.5) and set(ana.trend[:-3]) == {None} and ben.trend[-1] == 0.1


def test_a_minute_that_looks_negative_needs_attention_and_a_moment_does_not():
    minute = [(ANA, STEP - 15 * step, -0.3) for step in range(4)]
    assert of(trend=minute)[0].groups == (NEGATIVE_LATELY,)
    assert of(trend=minute[:2])[0].groups == (SEEN,) and of(trend=[*minute[:3], (ANA, STEP - 45, 0.1)])[0].groups == (
        SEEN,
    )


def test_who_needs_attention_comes_first():
    class_ = of(here={CEM}, hands={ANA})
    order = [tile.name for tile in in_order(class_, BY_ATTENTION)]
    assert order == ["Ana", "Eve", "Ben", "Cem", "Dan"]  # hand up, dropped, no face, no camera, left
    assert sizes(class_) == {
        HAND_UP: 1,
        DROPPED: 1,
        NO_FACE: 1,
        NEGATIVE_LATELY: 0,
        NO_CAMERA: 1,
        SEEN: 1,
        LEFT: 1,
    }
    assert [tile.student_id for tile in in_order(class_, BY_NAME, DROPPED)] == [EVE]
    assert [tile.student_id for tile in in_order(class_, BY_NAME, SEEN)] == [ANA]  # in both of her groups


def test_names_are_sorted_as_people_read_them_and_joining_is_the_order_of_joining():
    students = joined(
        (1, "ben", None, 1), (2, "Ana", None, 1), (3, "Élise", None, 1), (4, "ana", None, 1), (5, "Fay", None, 1)
    )
    class_ = of(students, frame(RECENT))
    assert [tile.name for tile in in_order(class_, BY_NAME)] == ["Ana", "ana", "ben", "Élise", "Fay"]
    assert [tile.name for tile in in_order(class_, BY_JOINING)] == ["ben", "Ana", "Élise", "ana", "Fay"]
    assert in_order(of(joined()), BY_ATTENTION) == []


def test_columns_are_the_stores(fresh_store):
    assert fresh_store.trend(1, TREND_STEP_S, 0, NOW).dtypes.to_dict() == frame(TREND).dtypes.to_dict()
    assert isinstance(frame(TREND), pd.DataFrame) and DAN in CLASS["student_id"].tolist()
