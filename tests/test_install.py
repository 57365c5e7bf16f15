"""What is installed for serving: the exact pins of requirements.txt without TensorFlow, by pip and in the image alike."""

import re
import runpy
import subprocess
import sys
from types import SimpleNamespace

from fer.config import ROOT

TRAINING = {"tensorflow", "keras"}


def pins(text: str) -> list[str]:
    return [line.split("#")[0].strip() for line in text.splitlines() if "==" in line]


def serving(monkeypatch) -> list[str]:
    """What ``pip install --editable .`` installs, as setup.py says it."""
    given = {}
    # Not the real one: where distutils was imported before, importing setuptools fails.
    monkeypatch.setitem(sys.modules, "setuptools", SimpleNamespace(setup=lambda **kwargs: given.update(kwargs)))
    runpy.run_path(str(ROOT / "setup.py"))
    return given["install_requires"]


def test_serving_installs_every_pin_but_those_of_training(monkeypatch):
    every = pins((ROOT / "requirements.txt").read_text())
    assert serving(monkeypatch) == [pin for pin in every if pin.split("==")[0] not in TRAINING]
    assert {pin.split("==")[0] for pin in every} > TRAINING


def test_the_image_installs_the_same(monkeypatch):
    command = re.search(r"sed '(.+)' requirements.txt", (ROOT / "Dockerfile").read_text()).group(1)
    cut = subprocess.run(["sed", command, "requirements.txt"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert pins(cut.stdout) == serving(monkeypatch)
