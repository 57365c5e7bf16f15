"""Everything a student or teacher reads can be translated, and is, with the same placeholders."""

import ast
import json
import re
import time
from datetime import UTC
from gettext import NullTranslations
from string import Formatter

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer import languages
from fer.config import ROOT
from fer.insight import wording
from fer.insight.headline import headline
from fer.lesson import mirrors
from fer.privacy import law
from fer.records import PER_STUDENT, PRESENCE, VIEWS, Alert, Observation, Status
from fer.vision.group_photo import Frame
from fer.web import screen
from tests import rows
from tests.catalogues import STUDENTS_FILES, files, of_students, places, read
from tests.lesson.test_mirrors import OneHappyFace
from tests.pages.test_pages import button, seat, seen, show, show_mine, sit

TRANSLATED = tuple(language for language in languages.LANGUAGES if language != languages.SOURCE)
PRODUCT = "Live Class Monitor"
NAMES = ("Macro F1",)
# Files, the command line, and what no page can cause.
IN_ENGLISH = ("alerts", "stored_words", "csv_exports", "excel_export", "identities", "roster", "timeline")
# What a teacher sees is made here; the others are read by teachers only in part.
TEACHERS_FILES = [
    path
    for pattern in ("pages/*.py", "fer/web/*_parts.py", "fer/insight/*.py")
    for path in sorted(ROOT.glob(pattern))
    if path not in STUDENTS_FILES and path.stem not in IN_ENGLISH
] + [
    ROOT / "fer" / "web" / f"{name}.py"
    for name in (
        "board",
        "class_tiles",
        "for_teacher",
        "guards",
        "lesson_start",
        "links",
        "replay_player",
        "screen",
        "who_may_join",
    )
]


CATALOGUES = [(language, name) for language in TRANSLATED for name in files(language)]


def placeholders(text: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(text) if name is not None}


def several(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def texts_of(language: str, name: str) -> list:
    return [message for message in read(language, name) if message.id]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_in_a_catalogue(language):
    """In the students' if a student's file has it; what both read stands there, too, and only once."""
    students, *teachers = ({message.id for message in texts_of(language, name)} for name in files(language))
    assert of_students() <= students <= places().keys()
    for of_teachers in teachers:
        assert of_teachers == places().keys() - students


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_every_text_is_translated(language, name):
    plurals = read(language, name).num_plurals
    for message in texts_of(language, name):
        assert not message.fuzzy and all(several(message.string)), f"{language} lacks {message.id!r}"
        assert len(several(message.string)) == (plurals if message.pluralizable else 1)


@pytest.mark.parametrize(("language", "name"), CATALOGUES)
def test_a_translation_has_the_placeholders_and_the_bold_words_of_the_text(language, name):
    for message in texts_of(language, name):
        english = several(message.id)
        allowed = {(frozenset(placeholders(text)), text.count("**")) for text in english}
        for text in several(message.string):
            assert (frozenset(placeholders(text)), text.count("**")) in allowed, f"{language}: {text!r}"
            assert text == text.strip() and text.endswith(".") == english[0].endswith("."), f"{language}: {text!r}"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("de-AT,de;q=0.9,en;q=0.8",), "de"),
        (("fr", "es-MX"), "fr"),
        (("", "es-MX,en;q=0.5"), "es"),
        (("pt-BR,fr-CA;q=0.7",), "fr"),
        (("pt-BR",), "en"),
        (("../../etc", "*", ";;,"), "en"),
        (("EN-us",), "en"),
        ((), "en"),
    ],
)
def test_the_reader_s_language_or_english(wanted, language):
    assert languages.choose(*wanted) == language


def test_languages_call_themselves_by_their_own_names():
    assert [languages.own_name(one) for one in languages.LANGUAGES] == ["English", "Deutsch", "Español", "Français"]


def test_a_text_without_a_translation_stays_english():
    assert languages.catalogue("de").gettext("Leave the lesson") == "Stunde verlassen"
    assert languages.catalogue("de").gettext("Nobody translated this.") == "Nobody translated this."


def test_numbers_dates_and_countries_as_the_reader_writes_them():
    at = 1_795_874_700.0  # 28 November 2026, 14:05 UTC
    assert (languages.decimal(-0.126, 2, signed=True), languages.decimal(0.001, 1, signed=True)) == ("−0.13", "±0.0")
    assert wording.clock(at, UTC, screen.DAY_AND_TIME) == "28 Nov 2026, 14:05"
    with languages.reading("de"):
        assert (languages.decimal(-0.126, 2, signed=True), languages.decimal(0.001, 1, signed=True)) == (
            "−0,13",
            "±0,0",
        )
        assert wording.clock(at, UTC, screen.DAY_AND_TIME) == "28.11.2026, 14:05"
        assert wording.day(at, UTC) == "28. November 2026" and law.country_name("AT") == "Österreich"
    assert wording.day(at, UTC) == "28 November 2026" and law.country_name("AT") == "Austria"


def test_two_teachers_read_one_look_in_their_own_languages():
    said = headline(rows.one(sad=0.6), rows.one(), 30, 24, 1.0)
    with languages.reading("de"):
        assert (
            headline(rows.one(sad=0.6), rows.one(), 30, 24, 1.0).text == "Überwiegend traurig, öfter traurig als bisher"
        )
    assert said.text == "Mostly sad, more sad than before"


def calls(tree: ast.AST) -> list[ast.Call]:
    """Where a file asks for a translation: ``_(...)``, ``N_(...)``, ``ngettext(...)``, ``texts.ngettext(...)``."""
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [one for one in asked if getattr(one.func, "id", getattr(one.func, "attr", "")) in ("_", "N_", "ngettext")]


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("path", [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("fer/**/*.py"))])
def test_babel_can_find_what_is_to_be_translated(path):
    """It looks for calls with the text itself, and does not look into f-strings."""
    tree = ast.parse(path.read_text("utf-8"))
    found = {text for one in places() for text in several(one)}
    forwards = {"_", "ngettext"}  # the definitions themselves pass on what they got
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in forwards]:
        function.body = []
    for call in calls(tree):
        texts = call.args[: 1 if len(call.args) == 1 else 2]
        is_made_here = [isinstance(one, ast.JoinedStr | ast.BinOp | ast.Call) for one in texts]
        assert not any(is_made_here), f"{path.name}:{call.lineno} translates what is made here"  # not marked by N_
        known = {one.value for one in texts if is_text(one)}
        assert known <= found, f"{path.name}:{call.lineno} is not found by pybabel extract"


def is_of_log(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") == "log"
    )


def sentences(path) -> list[str]:
    """Texts of a file that a student could read and no translator: two words at least, the first with a capital."""
    tree = ast.parse(path.read_text("utf-8"))
    known = {id(node) for call in calls(tree) for node in ast.walk(call)}
    alone = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)
    ]  # docstrings, and what goes to the log
    known |= {id(node) for one in alone if is_text(one) or is_of_log(one) for node in ast.walk(one)}
    texts = [node for node in ast.walk(tree) if is_text(node) and id(node) not in known]
    return [node.value for node in texts if re.match(r"\W*[A-Z][\w'*]*,? [\w']+", node.value) and node.value != PRODUCT]


@pytest.mark.parametrize("path", [*STUDENTS_FILES, *TEACHERS_FILES], ids=lambda path: path.stem)
def test_no_sentence_on_a_page_is_out_of_a_translator_s_reach(path):
    assert [text for text in sentences(path) if text not in NAMES] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('st.title("Hello you")', ["Hello you"]),
        ('st.button(_("Go"), help="**Press** the red button.")', ["**Press** the red button."]),
        ('st.markdown(f"Now {name} waits")', []),  # the next test finds it
        ('st.title(_("Hello you"))', []),
        ('st.title(texts.ngettext("One face", "Two faces", 2))', []),
        ('st.session_state["someone else"]', []),
        ('log.warning("No camera came")', []),
    ],
)
def test_the_search_for_such_sentences_finds_them(tmp_path, line, found):
    (tmp_path / "page.py").write_text(f"{line}\n", "utf-8")
    assert sentences(tmp_path / "page.py") == found


# The pages themselves, in a language in which every text stands in brackets: whatever else has letters is hard-coded.


class Brackets(NullTranslations):
    """What is in none of the ``known`` catalogues has no brackets either."""

    def __init__(self, *known):
        super().__init__()
        self.known = {text for name in known for message in texts_of("de", name) for text in several(message.id)}

    def gettext(self, text):
        return f"⟦{text}⟧" if text in self.known else text

    def ngettext(self, one, many, n):
        return self.gettext(one if n == 1 else many)


OF_PEOPLE = (PRODUCT, "UDP  1024-65535", "Physics", "Ana", "Is it clear?", "Yes", "Not yet", "ABC234")
OF_PLACES = (time.strftime("%B"), *map(languages.own_name, languages.LANGUAGES))
READ = {"label", "body", "help", "placeholder", "options", "text", "caption", "url_title", "content", "tooltip"}


def read_by(message) -> list[str]:
    """Every text of a Streamlit element that a reader sees, tables and components included."""
    found = []
    for field, value in message.ListFields():
        for one in value if field.is_repeated else [value]:
            if field.type == field.TYPE_MESSAGE:
                found += read_by(one)
            elif field.type == field.TYPE_STRING and field.name in READ:
                found.append(one)
            elif field.name == "json_args":
                found += json.loads(one)["translations"].values()
    return found


def hard_coded(app: AppTest) -> list[str]:
    left = []
    for element in app.main:
        columns = list(getattr(getattr(element, "value", None), "columns", []))
        for text in [*(read_by(element.proto) if element.proto else []), *columns]:
            text = re.sub(r"(?s)<(style|script).*?</\1>", " ", text)
            text = re.sub(r'<[^>]*?(?:alt|title|aria-label)="([^"]*)"[^>]*>', r" \1 ", text)
            for _depth in range(3):  # one may stand in another
                text = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
            text = re.sub(r"<[^>]*>|:material/\w*:", " ", text)
            for known in OF_PEOPLE + OF_PLACES:
                text = text.replace(known, " ")
            left += [text.strip()] if re.search(r"[^\W\d_]", text) else []
    return left


@pytest.fixture
def brackets(running, monkeypatch):
    monkeypatch.setattr(languages, "catalogue", lambda _: Brackets(languages.STUDENTS))
    return running


def lesson_of(running, view=PER_STUDENT):
    return running.lessons.start("Physics", view, *(("", "") if view == PRESENCE else ("JP", "teaching")))


def test_home_and_the_question_for_a_code(brackets):
    for page, query in (("app", {}), ("app", {"expired": "1"}), ("pages/join", {}), ("pages/join", {"code": "ABC235"})):
        assert hard_coded(show(f"{page}.py", **query)) == []


def test_the_connection_check(brackets):
    app = show("pages/check.py")
    assert hard_coded(app) == []
    app.button[0].click().run()
    assert hard_coded(app) == []


@pytest.mark.parametrize("view", VIEWS)
def test_joining(brackets, view):
    lesson = lesson_of(brackets, view)
    app = show("pages/join.py", code=lesson.code)
    assert hard_coded(app) == []
    app.button[0].click().run()
    assert app.error and hard_coded(app) == []
    app.checkbox[0].check()
    app.button[0].click().run()  # without a name, where one is asked for
    assert hard_coded(app) == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_place_in_a_lesson(brackets, view):
    lesson = lesson_of(brackets, view)
    student = sit(brackets, lesson, "Ana" if view == PER_STUDENT else None)
    brackets.journal.open_poll(lesson.id, "Is it clear?", ["Yes", "Not yet"], time.time())
    app = show("pages/join.py", code=lesson.code)
    assert len(app.button) >= 1 and hard_coded(app) == []
    told = seat(app)
    assert [text for text in [*told["texts"].values(), *told["words"].values()] if not text.startswith("⟦")] == []
    brackets.seats.most = 0
    assert hard_coded(show("pages/join.py", code=lesson.code)) == []
    brackets.students.leave(student)
    assert hard_coded(show("pages/join.py", code=lesson.code)) == []
    brackets.lessons.end(lesson)
    assert hard_coded(show("pages/join.py", code=lesson.code)) == []


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_stored_of_a_student(brackets, view):
    lesson = lesson_of(brackets, view)
    student = sit(brackets, lesson, "Ana" if view == PER_STUDENT else None)
    now = time.time()
    brackets.journal.say(lesson.id, student.id, "lost", now)
    poll = brackets.journal.open_poll(lesson.id, "Is it clear?", ["Yes", "Not yet"], now)
    brackets.journal.vote(poll or brackets.journal.open_poll_of(lesson.id), student.id, 0, now)
    if view == PER_STUDENT:
        shares = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        brackets.store.append([Observation(lesson.id, student.id, now, Status.FACE, 0, (1, 1, 9, 9), shares, "happy")])
    app = show_mine(brackets, lesson)
    assert list(app.dataframe[0].value.iloc[:, 2]) == ["⟦I'm lost⟧", "Yes"] and hard_coded(app) == []
    brackets.lessons.end(lesson)
    app = show_mine(brackets, lesson)
    assert hard_coded(app) == []
    button(app, "⟦Delete everything about me⟧").click().run()
    assert hard_coded(app) == [] and hard_coded(show_mine(brackets, lesson)) == []


def test_the_mirror(brackets, monkeypatch):
    monkeypatch.setattr(mirrors.Mirrors, "_run", lambda *_: None)
    monkeypatch.setattr(brackets.recognition, "mirror_eyes", lambda namer: OneHappyFace)
    mirror = brackets.mirrors.open("JP", "research")
    assert hard_coded(show("pages/mirror.py")) == [] and hard_coded(show("pages/mirror.py", code="ABC234")) == []
    app = show("pages/mirror.py", code=mirror.code)
    assert hard_coded(app) == []
    app.checkbox[0].check()
    button(app, "⟦Look into the mirror⟧").click().run()
    assert app.get("component_instance") and hard_coded(app) == []
    button(app, "⟦Take a group photo⟧").click().run()
    assert hard_coded(app) == []
    [visitor] = brackets.mirrors.visitors()
    visitor._photo.taken = Frame(np.zeros((720, 1280, 3), np.uint8), [], 1.0, 1.0)
    assert hard_coded(app.run()) == []
    brackets.mirrors.close()
    assert hard_coded(app.run()) == []


# The teacher's pages in the same way


OF_TEACHERS_PAGES = (
    *("Mathematics", "resnet", "FER-2013", "FER+", "Macro F1", "ECE", "MB", "CSV", "JP", "min", "XLSX"),
    *("FER_", "://", "OpenCV", "YuNet", "Haar", "Student 0", "Student 1"),
)


@pytest.fixture
def teachers_brackets(running, monkeypatch):
    monkeypatch.setattr(languages, "catalogue", lambda _: Brackets(languages.STUDENTS, languages.TEACHERS))
    monkeypatch.setattr(
        languages, "_current", lambda: "eo"
    )  # what is kept by language, such as charts, is not English's
    monkeypatch.setattr(law, "country_name", lambda code: f"⟦{code}⟧")
    running.cookies[running.sign_in.cookie] = running.sign_in.new_session()
    return running


def not_translated(app: AppTest) -> list[str]:
    return [text for text in hard_coded(app) if not any(known in text for known in OF_TEACHERS_PAGES)]


def full_lesson(running, view):
    """One in which everything has happened."""
    lesson, now = lesson_of(running, view), time.time()
    if view == PER_STUDENT:
        seen(running, lesson)
    for number in range(6):
        student = sit(running, lesson, f"Ana {number}" if view == PER_STUDENT else None)
        running.journal.say(lesson.id, student.id, "lost", now)
    running.journal.raise_hand(lesson, student, "Ana", now)
    running.journal.ask_in_words(lesson.id, student.id, "Is it clear?", now)
    running.journal.mark(lesson.id, "Physics", now)
    running.journal.open_poll(lesson.id, "Is it clear?", ["Yes", "Not yet"], now)
    running.journal.log_alert(lesson.id, Alert("lost", 0.5), now)
    return lesson


@pytest.mark.parametrize("view", VIEWS)
def test_the_teacher_s_pages_of_a_lesson(teachers_brackets, view):
    running = teachers_brackets
    lesson = full_lesson(running, view)
    views = ({}, {"view": "board"}, {"view": "compact"}) if view == PER_STUDENT else ({},)
    for query in views:
        assert not_translated(show("pages/dashboard.py", lesson=str(lesson.id), **query)) == []
    running.lessons.end(lesson)
    for page in ("lessons", "replay"):
        assert not_translated(show(f"pages/{page}.py", lesson=str(lesson.id))) == []


@pytest.mark.parametrize("page", ["dashboard", "models", "pictures", "people", "open_mirror", "admin", "course"])
def test_the_teacher_s_other_pages(teachers_brackets, page):
    assert not_translated(show(f"pages/{page}.py")) == []


def test_the_sign_in(teachers_brackets):
    teachers_brackets.cookies.clear()
    assert not_translated(show("pages/admin.py")) == []


def test_the_search_for_hard_coded_text_finds_it(tmp_path):
    page = tmp_path / "page.py"
    page.write_text(
        """import streamlit as st
with st.popover("Open"):
    st.button("⟦Go⟧", help="Ask")
st.html('<style>b {color: red}</style><img alt="Cat"><b class="x">⟦Yes⟧</b>')
st.dataframe({"Hour": [1]})
st.markdown("⟦Hello⟧ you")
st.text_input("⟦Name⟧", placeholder="Anybody")
st.segmented_control("⟦Pick⟧", ["⟦A⟧", "Bee"])
""",
        "utf-8",
    )
    found = " ".join(hard_coded(AppTest.from_file(str(page)).run()))
    assert sorted(found.split()) == sorted(["Open", "Ask", "Cat", "Hour", "you", "Anybody", "Bee"])
