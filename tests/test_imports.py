"""A wing imports only from wings that stand before it; Streamlit stays at the edge; importing does nothing."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WINGS = (
    "",  # fer itself, the words and the settings
    "privacy",
    "store",
    "vision",
    "insight",
    "lesson",
    "web",
    "bench",
)
EXCEPTIONS = {("config", "privacy.release")}  # a setting has the limit that privacy sets
AT_THE_EDGE = {"web", "bench"}  # the only wings that know Streamlit or WebRTC
FOR_TRAIN = {
    "config",
    "vision.analyze",
    "vision.detector",
    "vision.eye",
    "vision.face_vectors",
    "vision.identity",
    "records",
    "vision.cards",
    "vision.preprocess",
    "vision.hog",
    "vision.classifier",
}  # what is measured is what is served
FORBIDDEN = {"tensorflow", "keras", "sklearn", "joblib", "streamlit", "streamlit_webrtc"}
PATHS = {
    ".".join(path.relative_to(ROOT / "fer").with_suffix("").parts): path
    for path in sorted((ROOT / "fer").rglob("*.py"))
}
INITS = [name for name in PATHS if name.endswith("__init__")]
MODULES = [name for name in PATHS if name not in INITS]


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
    """The modules of fer that a file imports, without "fer."."""
    return {module for name in imported(path) for module in PATHS if f"{name}.".startswith(f"fer.{module}.")}


def packages(path):
    return {name.split(".")[0] for name in imported(path)}


def wing(module):
    return module.split(".")[0] if "." in module else ""


@pytest.mark.parametrize("module", MODULES)
def test_a_wing_imports_only_from_wings_before_it(module):
    assert wing(module) in WINGS, f"fer/{wing(module)} has no place in WINGS"
    for other in from_fer(PATHS[module]):
        assert WINGS.index(wing(other)) <= WINGS.index(wing(module)) or (module, other) in EXCEPTIONS, (
            f"{module} imports {other}"
        )


def test_no_imports_are_circular():
    arrows = {module: from_fer(PATHS[module]) for module in MODULES}
    list(TopologicalSorter(arrows).static_order())  # raises CycleError with the circle


@pytest.mark.parametrize("name", INITS)
def test_a_wing_says_what_lives_there_and_exports_nothing(name):
    [docstring] = ast.parse(PATHS[name].read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr) and isinstance(docstring.value.value, str)


@pytest.mark.parametrize("module", MODULES)
def test_fer_never_imports_train_and_knows_streamlit_only_at_the_edge(module):
    used = packages(PATHS[module])
    assert not used & {"train", "pages", "app", "tests"}
    assert wing(module) in AT_THE_EDGE or not used & {"streamlit", "streamlit_webrtc", "aiortc"}


@pytest.mark.parametrize("path", sorted((ROOT / "train").glob("*.py")), ids=lambda path: path.stem)
def test_train_uses_little_of_fer_and_no_streamlit(path):
    assert from_fer(path) <= FOR_TRAIN
    assert "streamlit" not in packages(path)


def test_importing_does_nothing():
    """In one fresh process: no heavy import, no thread and no new file, whatever module of fer comes first."""
    code = f"""
import importlib, json, sys, threading
found = {{}}
for name in {[m for m in MODULES if wing(m) not in AT_THE_EDGE]}:
    importlib.import_module("fer." + name)
    found[name] = sorted({FORBIDDEN} & set(sys.modules)) + [t.name for t in threading.enumerate()][1:]
print(json.dumps(found))
"""
    before = set(ROOT.iterdir())
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {name: extra for name, extra in json.loads(done.stdout).items() if extra} == {}
    assert set(ROOT.iterdir()) == before
