"""What the server says when it cannot start, and the crash safety of its line, each in a process of its own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.live import ROOT, free_port

FEED = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
import numpy as np
import fer.lesson.seats
from fer.config import Settings
from fer.lesson.engine import Engine
from fer.records import Face
from fer.lesson.seats import Seats
from fer.vision.classifier import Judged
from fer.store.store import Store
from fer.lesson.spill import Spill
from fer.lesson.writer import Writer
from tests.scenes import empty_room_bgr

class Detector:
    name = "haar"
    def detect(self, frame, near=(), everywhere=True):
        return [Face((10.0, 10.0, 60.0, 60.0), 1.0)]

class Classifier:
    readable_below = None

    def read(self, faces):
        return Judged(np.tile(np.eye(7)[3], (len(faces), 1)), None)

store = Store(sys.argv[1])
lesson = store.create_lesson("Crash", time.time(), view="student")
student = store.add_student(lesson.id, "Ana", "hash", time.time())
fer.lesson.seats.time = time_of_day = SimpleNamespace(monotonic=time.monotonic)
seats = Seats()
writer = Writer(store, seats, Settings(), Spill(Path(store.place).parent, 8501))
writer.start()
Engine(seats, Detector(), Classifier(), writer, Settings()).start()
seat = seats.open(lesson.id, student.id)
put = seat.connect()
while True:
    arrived_at = time.time()
    time_of_day.time = lambda: arrived_at
    put(empty_room_bgr())
    print(repr(arrived_at), flush=True)
    time.sleep(0.1)
"""


def test_kill_9_loses_nothing_older_than_a_second(tmp_path):
    database = tmp_path / "lessons.db"
    feed = subprocess.Popen(
        [sys.executable, "-c", FEED, f"sqlite:///{database}"], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    arrivals = [float(feed.stdout.readline()) for _ in range(40)]
    feed.send_signal(signal.SIGKILL)
    killed_at = time.time()
    arrivals += [float(line) for line in feed.stdout if line.endswith("\n")]
    feed.wait()
    with closing(sqlite3.connect(database)) as read:
        observed = [row[0] for row in read.execute("select observed_at from observations order by id")]
        counted = read.execute("select sum(n) from counts where step_s = 1").fetchone()[0]
    assert observed and set(observed) <= set(arrivals) | {observed[-1]}
    due = [at for at in arrivals if at < killed_at - 1]
    assert observed[-1] >= due[-1]
    assert counted == len(observed)


def start(*arguments: str, **environ: str) -> subprocess.CompletedProcess:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("FER_")}
    return subprocess.run(
        [sys.executable, *(arguments or ("-m", "fer", "serve"))],
        cwd=ROOT,
        env=clean | environ,
        text=True,
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"FER_DETECTR": "haar"}, "FER_DETECTR is not a setting. Did you mean FER_DETECTOR?"),
        ({"PORT": "http"}, "PORT must be a whole number from 1 to 65535. Received: 'http'"),
        ({"FER_DATABASE_URL": "sqlite:////proc/nothing/lessons.db"}, "/proc/nothing"),
        ({"FER_MODEL": "nonesuch"}, "nonesuch.json"),
        ({"FER_PUBLIC_URL": "https://class.example.org:99999"}, "FER_PUBLIC_URL must be the full address"),
        ({"FER_ICE_SERVERS": '[{"urls": "turn:t.example.org"}]'}, "entries with a username and a credential"),
        ({"FER_DETECTOR": "yunet", "FER_DETECTOR_FILE": "/nonesuch.onnx"}, "/nonesuch.onnx is not there"),
        ({"FER_HOST": "192.0.2.77"}, "FER_HOST and PORT must be an address of this machine"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_work_is_said_in_one_sentence(tmp_path, environ, sentence):
    result = start(**{"PORT": str(free_port()), "FER_DATA_DIR": str(tmp_path)} | environ)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode == 1
    assert last.startswith("Live Class Monitor cannot start. ") and sentence in last
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = start(PORT=str(port), FER_HOST="127.0.0.1", FER_DATA_DIR=str(tmp_path))
    assert result.stderr.strip().splitlines()[-1] == (
        f"Live Class Monitor cannot start. Port {port} is in use by another program. "
        f"Stop it, or choose another port: PORT={port + 1} make run"
    )
    assert list(tmp_path.iterdir()) == []


INTERRUPTED_AT_ONCE = """
import os, signal, uvicorn
from fer.web import serve
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a shell script
choose_loop = uvicorn.Config.get_loop_factory
def interrupted(self):
    os.kill(os.getpid(), signal.SIGINT)
    return choose_loop(self)
uvicorn.Config.get_loop_factory = interrupted
serve.main([])
"""


def test_ctrl_c_before_it_serves_is_a_clean_stop(tmp_path):
    environ = {"PORT": str(free_port()), "FER_DATA_DIR": str(tmp_path), "FER_EXPRESSIONS": "off"}
    result = start("-c", INTERRUPTED_AT_ONCE, **environ)
    said = [word for word in ("Traceback", "never awaited") if word in result.stderr]
    assert (result.returncode, said) == (0, []), result.stderr
