"""The comparison with other packages: how what they say is read, installed and written, without installing anything."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from fer.records import EMOTIONS
from train.peers import __main__ as peers

FACES = np.zeros((3, 48, 48), np.uint8)


@pytest.fixture
def peer():
    return peers.Peer("other", "npm", ("other@1.0.0",), tuple(reversed(EMOTIONS)), "MIT", "not said")


def answering(rows):
    """Instead of ``subprocess.run``: writes so many rows, the first number the largest."""

    def run(command, **_):
        np.tile(np.float32([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), (rows, 1)).tofile(command[-1])
        return SimpleNamespace(returncode=0)

    return run


def test_what_a_peer_says_is_put_in_our_order(peer, tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", answering(3))
    said = peers.said_by(peer, tmp_path, FACES)
    assert said.shape == (3, 7) and (said.argmax(1) == 6).all()  # its first emotion is our last
    monkeypatch.setattr(subprocess, "run", answering(2))
    with pytest.raises(ValueError, match="other must say seven numbers of each face. Received: 2 rows for 3"):
        peers.said_by(peer, tmp_path, FACES)


def test_every_peer_knows_our_seven_emotions():
    assert all(sorted(peer.order) == sorted(EMOTIONS) for peer in peers.PEERS)


def test_an_environment_is_made_once_and_again_for_another_version(peer, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(peers, "called", lambda *command, **_: commands.append(command))
    peers.install(peer, tmp_path)
    peers.install(peer, tmp_path)
    assert len(commands) == 1 and commands[0][-1] == "other@1.0.0" and tmp_path / "other" in commands[0]
    (tmp_path / "other" / "done").write_text("other@0.9.0")
    peers.install(peer, tmp_path)
    assert len(commands) == 2


def test_a_command_that_fails_or_is_missing_says_so():
    with pytest.raises(ValueError, match="must succeed. Received: .*no such module"):
        peers.called(sys.executable, "-c", "raise SystemExit('no such module')")
    with pytest.raises(ValueError, match="no-such-npm must be installed"):
        peers.called("no-such-npm")


def test_the_table_goes_between_its_marks():
    text = f"before\n{peers.BEGIN}\nold\n{peers.END}\nafter"
    assert peers.written(text, "| new |") == f"before\n{peers.BEGIN}\n| new |\n{peers.END}\nafter"
    with pytest.raises(ValueError, match="--write must be a file with"):
        peers.written("nothing", "| new |")
