"""What the documentation says exists: settings with their defaults, links, files, commands and their flags."""

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from fer.cli import COMMANDS
from fer.config import ROOT, Settings
from fer.insight.csv_exports import REPORTS
from fer.records import PER_STUDENT

PAGES = sorted(page for pattern in ("*.md", "docs/*.md", "train/*.md", "fer/**/*.md") for page in ROOT.glob(pattern))
OF_THE_TESTS = "FER_TEST_"  # read by tests/ only, so no setting


def each(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


each_page = each(PAGES)
each_page_of_today = each([page for page in PAGES if page.name != "CHANGELOG.md"])  # which may name what is gone


def without_blocks(page: Path) -> str:
    """The page without its code blocks, where # is a comment."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """The page without inline code either, where a bracket is no link."""
    return re.sub(r"`[^`\n]*`", "", without_blocks(page))


def links(page: Path) -> list[tuple[str, str]]:
    """(text, target) of every link and picture, but those to other hosts."""
    return [link for link in re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", prose(page)) if "://" not in link[1]]


def anchors(page: Path) -> set[str]:
    """What can stand behind # in a link to this page: GitHub's form of its headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[list[str]]:
    """The words after ``python -m`` of every command."""
    found = re.findall(r"python(?:\.exe)? -m ([^`#|&\n]+)", page.read_text())
    return [command.split() for command in found]


def default_in_words(value: object) -> str | None:
    """A setting's default as the table writes it; None where it is empty and the table says in words what happens."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Path):
        inside = value.relative_to(ROOT)
        return f"./{inside}" if len(inside.parts) == 1 else str(inside)
    if value == ():
        return "[]"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return None if value in ("", range(0)) else str(value)


def documented_settings() -> dict[str, str]:
    """Setting -> default, from the tables of docs/settings.md."""
    rows = re.findall(r"^\| `(PORT|FER_\w+)` \| ([^|]*) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert len(rows) == len({key for key, _ in rows}), "a setting stands twice in docs/settings.md"
    return {key: default.replace("`", "").strip() for key, default in rows}


def real_settings() -> dict[str, object]:
    settings = Settings()
    return {
        "PORT" if field.name == "port" else f"FER_{field.name.upper()}": getattr(settings, field.name)
        for field in fields(settings)
    }


def test_every_setting_is_documented_and_no_other():
    assert documented_settings().keys() == real_settings().keys()


def test_every_default_is_documented():
    said, real = documented_settings(), {key: default_in_words(value) for key, value in real_settings().items()}
    assert {key: said[key] for key in real if real[key] is not None} == {
        key: d for key, d in real.items() if d is not None
    }
    assert all(said[key] for key in real if real[key] is None), "an empty default needs words: what happens then?"


@each_page_of_today
def test_a_page_names_only_settings_that_exist(page):
    named = {name for name in re.findall(r"\bFER_[A-Z_]*[A-Z]", page.read_text()) if not name.startswith(OF_THE_TESTS)}
    assert named <= real_settings().keys()


@each_page
def test_every_link_resolves(page):
    for text, target in links(page):
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), f"[{text}]({target}): there is no such file"
        assert not anchor or anchor in anchors(to), (
            f"[{text}]({target}): there is no such heading. It has: {anchors(to)}"
        )


@each_page
def test_every_picture_says_what_it_shows(page):
    for text in re.findall(r"!\[([^\]]*)\]\(", prose(page)):
        assert len(text.split()) >= 5, f"A picture needs a sentence for who cannot see it. Received: {text!r}"


@each_page_of_today
def test_every_file_that_is_named_exists(page):
    named = re.findall(r"\b((?:fer|pages|train|tests|docs|deploy|device)/[\w./-]*\w)", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_page_of_today
def test_every_command_exists(page):
    for module, *_ in commands(page):
        assert importlib.util.find_spec(module), f"python -m {module}: there is no such module"


@each_page_of_today
def test_every_flag_of_our_commands_exists(page):
    for module, *words in commands(page):
        package = module.split(".")[0]
        if not (ROOT / package).is_dir():
            continue
        source = "".join(path.read_text() for path in (ROOT / package).rglob("*.py"))
        for flag in (word for word in words if word.startswith("--")):
            assert f'"{flag}"' in source, f"python -m {module} {' '.join(words)}: nothing knows {flag}"


def test_every_command_of_fer_is_documented_and_no_other():
    named = {words[0] for page in PAGES for module, *words in commands(page) if module == "fer" and words}
    assert named - {"COMMAND"} == COMMANDS.keys()


@each_page_of_today
def test_every_target_of_make_exists(page):
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= known


def test_every_column_of_the_csv_files_is_documented(fresh_store):
    lesson = fresh_store.create_lesson("Physics", 0.0, PER_STUDENT, "JP", "private")
    rows = dict(
        re.findall(r"^\| (\w+) \| [^|]* \| ([^|]*) \|", (ROOT / "docs" / "exports.md").read_text(), re.MULTILINE)
    )
    rows.pop("file")
    columns = {
        kind: next(write(fresh_store, lesson)).decode("utf-8-sig").strip().split(",") for kind, write in REPORTS.items()
    }
    assert {kind: re.findall(r"`([^`]+)`", row) for kind, row in rows.items()} == columns


def test_the_readme_is_one_screen_and_links():
    assert len((ROOT / "README.md").read_text().splitlines()) < 140


def test_the_readme_leads_to_every_page():
    reached, new = set(), {ROOT / "README.md"}
    while new:
        reached |= new
        new = {(page.parent / target.partition("#")[0]).resolve() for page in new for _, target in links(page)}
        new = (new & set(PAGES)) - reached
    assert reached == set(PAGES)


def test_the_readme_names_every_wing():
    wings = {path.parent.name for path in (ROOT / "fer").glob("*/__init__.py")}
    assert wings <= set(re.findall(r"^  (\w+)/", (ROOT / "README.md").read_text(), re.MULTILINE))
