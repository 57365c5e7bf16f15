"""What is installed: the exact pins of requirements.txt, without those that only training and evaluation need.

Everything else is in pyproject.toml, which cannot read a part of a file."""

from pathlib import Path

from setuptools import setup

PINS = (Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8")
serving, _training = PINS.split("# Training and evaluation only")
setup(install_requires=[line.split("#")[0].strip() for line in serving.splitlines() if "==" in line])
