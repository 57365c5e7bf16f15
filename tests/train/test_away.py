"""Training elsewhere: what is packed comes out whole, in parts that fit, and a piece of a run ends in time."""

import sys

import pytest

from train import away


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["away", *map(str, arguments)])
    away.main()


@pytest.fixture
def packed(tmp_path, monkeypatch):
    (tmp_path / "faces.zip").write_bytes(bytes(range(256)) * 600)
    (tmp_path / "votes.csv").write_text("votes")
    files = ("--files", tmp_path / "faces.zip", tmp_path / "votes.csv")
    run(monkeypatch, "pack", *files, "--wheels", "--part-mib", "0.06", "--out", tmp_path / "parts")
    return sorted((tmp_path / "parts").iterdir())


def test_the_parts_are_small_and_make_the_files_again(packed, tmp_path, monkeypatch, capsys):
    assert [part.name for part in packed] == ["part00", "part01", "part02"]
    assert all(part.stat().st_size <= 0.06 * 2**20 + 100 for part in packed)
    for part in reversed(packed):
        run(monkeypatch, "take", part, "--into", tmp_path / "there")
    run(monkeypatch, "join", "--into", tmp_path / "there")
    for name in ("faces.zip", "votes.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / name).read_bytes()
    assert "3 parts in" in capsys.readouterr().out


def test_a_missing_or_foreign_part_is_noticed(packed, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="must hold all some parts. Received: 0"):
        run(monkeypatch, "join", "--into", tmp_path)
    for part in packed[:2]:
        run(monkeypatch, "take", part, "--into", tmp_path / "there")
    with pytest.raises(ValueError, match="must hold all 3 parts. Received: 2"):
        run(monkeypatch, "join", "--into", tmp_path / "there")
    (tmp_path / "there" / "part02").write_bytes(packed[2].read_bytes()[:-1])
    with pytest.raises(ValueError, match="must be of one pack"):
        run(monkeypatch, "join", "--into", tmp_path / "there")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sleep 60", "not done: run the same command again"),
        ('mkdir -p "$6"; echo model > "$6/a.keras"', "done: a.keras"),
    ],
)
def test_a_piece_ends_in_time_or_with_the_model(tmp_path, monkeypatch, capsys, script, message):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")  # instead of: -m train.fit --arch cnn --out FOLDER
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    run(monkeypatch, "go", "--seconds", "2", "--out", tmp_path / "out", "--", "--arch", "cnn")
    assert message in capsys.readouterr().out


def test_a_failed_training_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ValueError, match=r"train\.fit must end well"):
        run(monkeypatch, "go", "--out", tmp_path / "out", "--", "--arch", "cnn")
