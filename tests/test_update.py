"""From an earlier version to this one, with lessons in the database: backup, start, look, and back again."""

import http.cookiejar
import json
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing

import pytest

from tests.live import ROOT, Server

OLD = (ROOT / "tests" / "store" / "database_69306e9.sql").read_text(encoding="utf-8")  # of 0.1, with three lessons
SEEN = OLD.count('INSERT INTO "observations"')


class WithoutExpressions(Server):
    def __init__(self, folder):
        super().__init__(folder, FER_EXPRESSIONS="off", FER_TEACHER_PASSWORD="")

    def command_of_fer(self, *words):
        done = subprocess.run(
            [sys.executable, "-m", "fer", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "lessons.db")) as database:
        database.executescript(OLD)
    return tmp_path


def teacher(server):
    """A function that opens a path as the teacher, who signed in by the printed link."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(cookies)
    opener.open(server.ready_line, timeout=30).read()
    return lambda path: opener.open(server.url + path, timeout=30).read().decode("utf-8-sig")


def test_an_update_keeps_the_lessons_and_a_backup_of_before_comes_back(folder):
    before = folder / "before.db"
    with closing(sqlite3.connect(folder / "data" / "lessons.db")) as old, closing(sqlite3.connect(before)) as copy:
        old.backup(copy)
    server = WithoutExpressions(folder)
    try:
        look = teacher(server)
        assert json.loads(look("/readyz"))["database"] == "ok"
        rows = look("/export/2/observations.csv").splitlines()
        assert len(rows) == SEEN + 1 and "Özgür Ben" in rows[-1] + rows[-2] + rows[-3]
        assert "Mathe 3b" in look("/report/2?zone=UTC")
        assert server.query("SELECT count(*) FROM lessons WHERE ended_at IS NULL") == [(1,)]  # it goes on
        server.query("DELETE FROM observations")
    finally:
        server.stop()
    with pytest.raises(subprocess.CalledProcessError):
        server.command_of_fer("restore", str(before))
    server.command_of_fer("restore", str(before), "--replace")
    assert server.query("SELECT count(*) FROM observations") == [(SEEN,)]
    server.start()
    try:
        assert teacher(server)("/export/2/observations.csv").splitlines() == rows
    finally:
        server.stop()
