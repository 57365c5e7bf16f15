import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from fer.bench import synthetic
from fer.bench.capacity import find, main, measure_class
from fer.bench.figures import PagesFigures, Reading, figures
from fer.bench.rig import rig_of
from fer.bench.synthetic import encoded_clip
from fer.config import ROOT
from fer.records import ON_DEVICE
from tests.scenes import YUNET


def test_the_clip_begins_with_a_key_frame():
    clip = encoded_clip(5)
    assert len(clip) == synthetic.CLIP_FRAMES
    assert clip[0][0] & 1 == 0 and clip[1][0] & 1 == 1  # VP8's first bit: 0 in a key frame


def test_students_stream_through_the_real_line(running):
    running.start()
    measured = measure_class(running, students=2, seconds=2.0)
    assert measured.students == 2 and measured.errors == 0 and measured.generator_cores > 0
    assert measured.received.min() > 2 and measured.analysed.min() > 0.5
    [lesson] = running.store.lessons()
    states = running.store.student_counts(lesson.id).groupby("student_id")["state"].agg(set)
    assert len(states) == 2 and all("unsure" in seen for seen in states)
    assert not lesson.is_open and running.seats.all() == []


@pytest.mark.parametrize("read", ["server", "device"])
def test_whole_students_and_a_dashboard(tmp_path, read):
    """In a process of its own: Streamlit starts once in one."""
    if read == "device" and not YUNET.exists():
        pytest.skip("needs YuNet's file, which browsers find faces with")
    command = ["-m", "fer", "capacity", "--students", "2", "--seconds", "3", "--read", read, "--json", "out.json"]
    detector = {"FER_DETECTOR_FILE": str(YUNET)} if YUNET.exists() else {"FER_DETECTOR": "haar"}
    environ = os.environ | detector | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    [measured] = json.loads((tmp_path / "out.json").read_text())
    assert (measured["students"], measured["read"], measured["errors"]) == (2, read, 0), done.stderr
    assert measured["rows"] >= 4 and measured["analysed_min_per_s"] > 0.5
    assert min(measured[name] for name in ("reference_ms", "join_p95_s", "dashboard_tick_ms", "memory_mib")) > 0


def test_garbage_costs_its_sender_only(running):
    running.start()
    with rig_of(running) as rig:
        bad = rig.connect(1, 5, garbage=True)
        good = rig.connect(1, 5)
        assert rig.measure(good, 2.0).analysed.min() > 0.5
        assert bad.seats[0].analysed == 0 and running.problem == ""


def test_ten_connections_of_one_student_are_one_seat(running):
    running.start()
    with rig_of(running) as rig:
        [seat] = rig.connect(1, 5).seats
        rig.open_seat = lambda: running.seats.open(seat.lesson_id, seat.student_id)
        others = rig.connect(9, 5)
        assert running.seats.all() == [seat] and others.seats == [seat] * 9
        # One camera's frames, not ten cameras'; each first frame counts once, too.
        assert any(rig.measure(others, 1.0).received.min() < 8 for _ in range(5))


def test_figures():
    before = Reading(0.0, 1.0, (0, 0), (0, 0), written=5, errors=1, generator_cpu_s=2.0)
    after = Reading(10.0, 1.5, (50, 40), (20, 10), written=35, errors=1, generator_cpu_s=4.0)
    measured = figures(before, after, [0.5] * 10)
    rows = dict(measured.rows_of_table())
    assert rows["received per s and student, least / median"] == "4.00 / 4.50"
    assert rows["analysed per s and student, least / median"] == "1.00 / 1.50"
    assert rows["server CPU, % of a core"] == "5" and rows["server CPU per student, %"] == "2.50"
    assert rows["generator CPU, % of a core"] == "20" and rows["rows written"] == "30"
    assert rows["frames replaced unseen"] == "60" and rows["errors"] == "0"
    assert not measured.in_time()


def test_figures_as_json():
    before = Reading(0.0, 1.0, (0, 0), (0, 0), written=5, errors=1)
    measured = figures(before, Reading(10.0, 1.5, (50, 40), (20, 10), written=35, errors=3), [0.5] * 10)
    measured = replace(measured, pages=PagesFigures(1.5, 38.0, 7), reference_ms=4.5, read_on=ON_DEVICE)
    found = json.loads(json.dumps(measured.as_json(), allow_nan=False))
    assert found["memory_mib"] > 1
    assert (
        found.items()
        >= {
            "students": 2,
            "analysed_min_per_s": 1.0,
            "age_p95_s": 0.5,
            "server_percent_of_core_per_student": 2.5,
            "errors": 2,
            "read": "device",
            "reference_ms": 4.5,
            "join_p95_s": 1.5,
            "dashboard_tick_ms": 38.0,
            "in_time": False,
        }.items()
    )


@pytest.fixture
def one_figure(monkeypatch):
    """No monitor and no students: what ``main`` does around the measuring."""
    monkeypatch.setattr("fer.bench.capacity.fresh_monitor", nullcontext)
    monkeypatch.setattr("fer.bench.capacity.served", nullcontext)
    nothing = Reading(0.0, 0.0, (0,), (0,), 0, 0)
    measured = figures(nothing, Reading(10.0, 1.0, (50,), (20,), 9, 0), [])
    monkeypatch.setattr("fer.bench.capacity.measure_class", lambda *_: measured)


def test_the_json_is_a_list_with_an_object_per_class(one_figure, tmp_path, capsys):
    main(["--students", "1", "30", "--json", str(tmp_path / "out.json")])
    first, second = json.loads((tmp_path / "out.json").read_text())
    assert first == second and first["analysed_min_per_s"] == 2.0 and first["age_p95_s"] is None
    assert "| students | 1 | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--students", "0"], "--seconds and --joins-per-s must be positive. Received: [0], 20 and 8"),
        (["--joins-per-s", "0"], "--seconds and --joins-per-s must be positive. Received: [10], 20 and 0"),
        (["--read", "moon"], "invalid choice: 'moon'"),
        (["--json", "nonesuch/out.json"], "a file in a folder that is there. Received: nonesuch/out.json"),
        (["--json", "."], "a file in a folder that is there. Received: ."),
    ],
)
def test_flags_that_cannot_be_are_said_before_anything_is_measured(one_figure, capsys, flags, sentence):
    with pytest.raises(SystemExit, match="2"):
        main(flags)
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("holds", [0, 5, 40, 45, 99, 170])
def test_find_ends_at_the_largest_class_that_holds(monkeypatch, holds):
    def measured(monitor, students, seconds, pages):
        rate = 2.0 if students <= holds else 1.0
        before = Reading(0.0, 0.0, (0,) * students, (0,) * students, 0, 0)
        return figures(before, Reading(10.0, 1.0, (50,) * students, (int(10 * rate),) * students, 0, 0), [0.5])

    monkeypatch.setattr("fer.bench.capacity.measure_class", measured)
    most, tried = find(None, 1.0)
    assert most == holds // 5 * 5
    assert most == max((one.students for one in tried if one.in_time()), default=0)


def test_ages_that_were_not_measured_are_not_in_time():
    nothing = Reading(0.0, 0.0, (0,), (0,), 0, 0)
    assert np.isnan(figures(nothing, Reading(1.0, 0.0, (5,), (2,), 0, 0), []).p95_s)
    assert not figures(nothing, Reading(1.0, 0.0, (5,), (2,), 0, 0), []).in_time()
