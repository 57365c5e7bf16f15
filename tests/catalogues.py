"""Which text of the code belongs into which catalogue. ``python -m tests.catalogues`` (``make texts``) brings new and
changed texts into the .po files, to be translated there, and takes out what is in the code no more."""

from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from fer import languages
from fer.config import ROOT

Text = str | tuple[str, ...]  # what Babel calls a text: with its plural where it has one

# What a student sees is made here.
STUDENTS_FILES = [
    ROOT / "pages" / "check.py",
    ROOT / "pages" / "home.py",
    ROOT / "pages" / "join.py",
    ROOT / "pages" / "mirror.py",
    ROOT / "pages" / "my_data.py",
    ROOT / "fer" / "privacy" / "consent.py",
    *sorted((ROOT / "fer" / "web").glob("camera*.py")),
    ROOT / "fer" / "web" / "check_texts.py",
    ROOT / "fer" / "web" / "group_photo_parts.py",
    ROOT / "fer" / "web" / "language.py",
    ROOT / "fer" / "web" / "mirror_parts.py",
    ROOT / "fer" / "web" / "seat_news.py",
    ROOT / "fer" / "web" / "student_seat.py",
]


@cache
def places() -> dict[Text, list[str]]:
    """Every text of the code, in its order, and the files that have it, as ``pybabel extract`` finds them."""
    found = [("pages/" + file, *rest) for file, *rest in extract_from_dir(ROOT / "pages")]
    found += [("fer/" + file, *rest) for file, *rest in extract_from_dir(ROOT / "fer")]
    found += extract_from_dir(ROOT, directory_filter=lambda _: False)
    texts: dict[Text, list[str]] = {}
    for file, _, text, *_ in sorted(found, key=lambda one: one[:2]):
        if file not in texts.setdefault(text, []):
            texts[text].append(file)
    return texts


def of_students() -> set[Text]:
    """The texts that only a student's catalogue may hold: those of a student's file."""
    files = {path.relative_to(ROOT).as_posix() for path in STUDENTS_FILES}
    return {text for text, where in places().items() if files & set(where)}


def read(language: str, name: str = languages.STUDENTS) -> Catalog:
    with languages.file(language, name).open("rb") as file:
        return read_po(file, language, abort_invalid=True)


def update(language: str) -> None:
    found, students = places(), of_students()
    before = {name: read(language, name) for name in files(language)}
    known = {message.id: message for catalogue in before.values() for message in catalogue if message.id}
    # What both read, such as the menu's words, stands in the students' catalogue once somebody has put it there.
    students |= {message.id for message in before[languages.STUDENTS] if message.id} & found.keys()
    for name, old in before.items():
        new = Catalog(
            language, header_comment=old.header_comment, fuzzy=False, creation_date=old.creation_date,
            revision_date=old.revision_date, project="Live Class Monitor", version="", charset="utf-8",
        )  # fmt: skip
        new.mime_headers = old.mime_headers
        for text in found:
            if (text in students) == (name == languages.STUDENTS):
                where = [(file, 0) for file in found[text]]
                flags = known[text].flags if text in known else ()
                new.add(text, known[text].string if text in known else None, where, flags=flags)
        with languages.file(language, name).open("wb") as file:
            write_po(file, new, width=0, include_lineno=False)


def files(language: str) -> list[str]:
    names = [languages.STUDENTS, languages.TEACHERS]
    return [name for name in names if languages.file(language, name).exists()]


if __name__ == "__main__":
    for language in languages.LANGUAGES[1:]:
        update(language)
