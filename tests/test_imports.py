"""Imports go one way, leaves first; Streamlit stays at the edge; importing does nothing."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GROUPS = [  # a module imports from earlier groups only
    {"records"},
    {"release", "law", "consent"},
    {"config"},
    {"preprocess", "seats", "tracks", "registry", "schema"},
    {"hog"},
    {"detector", "classifier", "store", "aggregate", "load", "signals"},
    {"alerts"},
    {"journal"},
    {"live", "charts", "reports", "auth", "writer", "student", "fetch", "retention", "figures"},
    {"engine", "handout"},
    {"monitor"},
    {"camera", "ui"},
    {"board", "desk", "start"},
    {"player"},
    {"serve", "capacity", "synthetic"},
]
WITHIN_A_GROUP = {("seats", "tracks")}  # who, from whom: a seat keeps its student's tracks
AT_THE_EDGE = {"camera", "ui", "board", "desk", "start", "player", "serve", "capacity", "synthetic"}  # the only ones of fer that know Streamlit or WebRTC
FOR_TRAIN = {"records", "registry", "preprocess", "hog", "classifier"}  # classifier: what is measured is what is served
FORBIDDEN = {"tensorflow", "keras", "sklearn", "joblib", "streamlit", "streamlit_webrtc"}
MODULES = sorted(path.stem for path in (ROOT / "fer").glob("*.py") if path.stem != "__init__")


def imported(path):
    """Dotted names of everything a file imports, at the top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def from_fer(path):
    return {name.split(".")[1] for name in imported(path) if name.startswith("fer.")} & set(MODULES)


def packages(path):
    return {name.split(".")[0] for name in imported(path)}


def group(module):
    return next((number for number, names in enumerate(GROUPS) if module in names), None)


@pytest.mark.parametrize("module", MODULES)
def test_fer_imports_leaves_first(module):
    assert group(module) is not None, f"fer/{module}.py has no place in GROUPS"
    for other in from_fer(ROOT / "fer" / f"{module}.py"):
        assert group(other) < group(module) or (module, other) in WITHIN_A_GROUP, f"{module} imports {other}"


@pytest.mark.parametrize("module", MODULES)
def test_fer_never_imports_train_and_knows_streamlit_only_at_the_edge(module):
    used = packages(ROOT / "fer" / f"{module}.py")
    assert not used & {"train", "pages", "app", "tests"}
    assert module in AT_THE_EDGE or not used & {"streamlit", "streamlit_webrtc", "aiortc"}


@pytest.mark.parametrize("path", sorted((ROOT / "train").glob("*.py")), ids=lambda path: path.stem)
def test_train_uses_little_of_fer_and_no_streamlit(path):
    assert from_fer(path) <= FOR_TRAIN
    assert "streamlit" not in packages(path)


def test_importing_does_nothing():
    """In one fresh process: no heavy import, no thread and no new file, whatever module of fer comes first."""
    code = f"""
import importlib, json, sys, threading
found = {{}}
for name in {[m for m in MODULES if m not in AT_THE_EDGE]}:
    importlib.import_module("fer." + name)
    found[name] = sorted({FORBIDDEN} & set(sys.modules)) + [t.name for t in threading.enumerate()][1:]
print(json.dumps(found))
"""
    before = set(ROOT.iterdir())
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {name: extra for name, extra in json.loads(done.stdout).items() if extra} == {}
    assert set(ROOT.iterdir()) == before
