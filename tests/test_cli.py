"""The command line: every command answers, what is no command is one sentence, and only what is asked for is
imported."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer import cli

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: python -m fer {name} ")


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {what}" in shown for name, (_, what) in cli.COMMANDS.items())


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["srve"], "There is no command 'srve'. Did you mean serve?"),
        (["xyz"], "There is no command 'xyz'. There are: serve, analyze, doctor, "),
        ([], "the following arguments are required: COMMAND"),
        (["--loud"], "the following arguments are required: COMMAND"),
        (["serve", "8080"], "unrecognized arguments: 8080"),
    ],
)
def test_what_is_no_command_is_one_sentence(argv, sentence, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(argv)
    assert sentence in capsys.readouterr().err.splitlines()[-1]


def test_ctrl_c_ends_a_command_quietly(monkeypatch, capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module(cli.COMMANDS["fetch"][0]), "main", interrupted)
    with pytest.raises(SystemExit, match="130"):
        cli.main(["fetch"])
    assert capsys.readouterr() == ("", "")


IMPORTED = """
import os, signal
try:
    os.kill(os.getpid(), signal.{0})
except BaseException:
    pass  # as what is imported may
"""


@pytest.mark.parametrize(("how", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_in_the_midst_of_imports_is_not_lost(how, code, tmp_path):
    (tmp_path / "slow.py").write_text(IMPORTED.format(how) + "print('still here')\nmain = print\n")
    started = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"  # as of a container's first process
    started += "from fer import cli; cli.COMMANDS['slow'] = ('slow', ''); cli.main(['slow'])"
    environ = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", started], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_fetching_a_file_needs_no_streamlit():
    code = """
import json, sys
from fer.cli import main
try:
    main(["fetch", "--help"])
except SystemExit:
    print(json.dumps(sorted({"streamlit", "aiortc", "pandas", "sqlalchemy"} & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize("command", [["fer", "capacity"], ["fer.capacity"]], ids=" ".join)
def test_the_capacity_test_has_two_names(command):
    done = subprocess.run(
        [sys.executable, "-m", *command, "--students", "0"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "python -m fer capacity: error: --students, --seconds and --joins-per-s must be positive" in done.stderr
