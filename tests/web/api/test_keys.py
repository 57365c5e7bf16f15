"""The keys: shown once, kept as a hash, refused where the law forbids what they are for."""

import base64
import hashlib

import pytest
import sqlalchemy as sa

from fer.privacy.law import Forbidden
from fer.store.schema import API_KEYS
from fer.store.store import Store
from fer.web.api import keys


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Runs ``python -m fer keys`` on a database of its own; returns what it printed."""
    monkeypatch.setenv("FER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("FER_DATABASE_URL", raising=False)

    def run(*argv):
        keys.main(list(argv))
        return capsys.readouterr().out.splitlines()

    return run


def test_a_key_is_shown_once_and_stored_as_its_hash(command, tmp_path):
    key = command("add", "robot", "--country", "jp", "--purpose", "research")[-1]
    assert len(base64.urlsafe_b64decode(key + "=")) == 32
    store = Store(f"sqlite:///{tmp_path / 'lessons.db'}")
    [row] = store.rows(sa.select(API_KEYS))
    store.close()
    assert row.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert (row.name, row.country, row.purpose, row.daily_limit) == ("robot", "JP", "research", 10_000)
    assert all(key.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    assert command("list")[1].split("\t")[:4] == ["robot", "JP", "research", "10000"]


def test_a_revoked_key_is_gone(command):
    command("add", "robot", "--country", "JP", "--purpose", "private")
    command("revoke", "robot")
    assert len(command("list")) == 1
    with pytest.raises(SystemExit, match="There is no key 'robot'"):
        command("revoke", "robot")


@pytest.mark.parametrize(
    ("name", "country", "purpose", "limit", "sentence"),
    [
        ("robot", "DE", "teaching", "5", "In Germany, systems that infer emotions .* no faces are read for it"),
        ("robot", "XX", "research", "5", "Choose the country where the people in the pictures are. Received: XX"),
        ("", "JP", "research", "5", "A key needs a name of 1 to 60 letters. Received: ''"),
        ("robot", "JP", "research", "0", "The daily limit must be from 1 to 100000000 pictures. Received: 0"),
    ],
)
def test_what_is_refused_is_one_sentence(command, name, country, purpose, limit, sentence):
    with pytest.raises(SystemExit, match=sentence):
        command("add", name, "--country", country, "--purpose", purpose, "--daily-limit", limit)
    assert len(command("list")) == 1


def test_a_name_is_given_once(command):
    command("add", "robot", "--country", "JP", "--purpose", "private")
    with pytest.raises(SystemExit, match="There is a key 'robot' already"):
        command("add", "robot", "--country", "JP", "--purpose", "private")


def test_research_is_allowed_everywhere_and_teaching_is_not(fresh_store):
    assert keys.new_key(fresh_store, "one", "DE", "research")
    with pytest.raises(Forbidden):
        keys.new_key(fresh_store, "two", "DE", "teaching")
