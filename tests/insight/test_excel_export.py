"""The Excel file: the CSVs as sheets, times in two zones, and every column explained."""

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from fer.insight import excel_export
from fer.insight.csv_exports import kinds
from fer.insight.excel_export import excel_name, workbook
from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Alert, Coverage, Observation, Status
from fer.store.journal import Journal

T0 = 1_700_000_040.0  # 2023-11-14 22:14:00 UTC
BERLIN = ZoneInfo("Europe/Berlin")
HAPPY = (0.02, 0.02, 0.02, 0.82, 0.06, 0.02, 0.04)


def lesson_with_everything(store, view=PER_STUDENT):
    lesson, journal = store.create_lesson("=1+1", T0, view, is_demo=view == CLASS_ONLY), Journal(store)
    ana = store.add_student(lesson.id, "=Ana\u2028" if view == PER_STUDENT else None, f"hash {view}", T0)
    if view == PER_STUDENT:
        face = Observation(lesson.id, ana.id, T0 + 3.5, Status.FACE, 0, (0.0, 0.0, 9.0, 9.0), HAPPY, "happy")
        store.append([face, Observation(lesson.id, ana.id, T0 + 4, Status.NO_FACE)])
    store.append([], coverage=[Coverage(lesson.id, int(T0), 1, None)])
    journal.mark(lesson.id, "2026", T0 + 5)
    journal.log_alert(lesson.id, Alert("lost", 0.5), T0 + 6)
    journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], T0 + 7)
    journal.vote(journal.open_poll_of(lesson.id), ana.id, 0, T0 + 8)
    return store.lesson(lesson.id)


def sheets(store, lesson):
    book = openpyxl.load_workbook(io.BytesIO(workbook(store, lesson, BERLIN)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_numbers_are_numbers_and_times_stand_in_both_zones(fresh_store):
    lesson = lesson_with_everything(fresh_store)
    found = sheets(fresh_store, lesson)
    assert list(found) == ["README", *kinds(lesson)]
    head, first, second = found["observations"]
    row = dict(zip(head, first, strict=True))
    assert row["time (UTC)"] == datetime(2023, 11, 14, 22, 14, 3, 500_000)
    assert row["time (local)"] == datetime(2023, 11, 14, 23, 14, 3, 500_000)
    assert (row["student"], row["happy"], row["face"]) == ("'=Ana\u2028", 0.82, 0)
    assert dict(zip(head, second, strict=True))["happy"] is None
    assert found["moments"][1][3:5] == ("2026", None) and found["moments"][2][-1] is None
    assert [line[4:6] for line in found["answers"][1:]] == [("Yes", 1), ("No", 0)]
    assert (
        found["README"][0] == ("Lesson", "'=1+1", None)
        and ("Local time", "Europe/Berlin; the columns with (local)", None) in found["README"]
    )


@pytest.mark.parametrize("view", [PER_STUDENT, CLASS_ONLY, PRESENCE])
def test_every_column_has_its_meaning(fresh_store, view):
    lesson = lesson_with_everything(fresh_store, view)
    found = sheets(fresh_store, lesson)
    readme = found.pop("README")
    meanings = {row[:2]: row[2] for row in readme}
    assert all(meanings[kind, column] for kind, rows in found.items() for column in rows[0])
    assert (("Demo", "made-up students", None) in readme) == lesson.is_demo
    assert all(rows[1][-1] == "made-up students" for rows in found.values() if len(rows) > 1) or not lesson.is_demo
    assert excel_name(lesson) == f"{'demo' if lesson.is_demo else 'lesson'}-{lesson.code}.xlsx"


def test_a_sheet_that_is_too_long_is_cut_and_says_so(fresh_store, monkeypatch):
    monkeypatch.setattr(excel_export, "MOST_LINES", 1)
    found = sheets(fresh_store, lesson_with_everything(fresh_store))
    assert len(found["observations"]) == 2
    assert ("Cut", "observations, moments, answers: only the first 1 lines; the CSV has all", None) in found["README"]
