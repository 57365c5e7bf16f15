"""The languages of what people read: gettext catalogues below fer/locale, a folder each.

messages.po holds what a student reads, teacher.po what only teachers do: some languages have the first alone. The .po
files are read as they are. So nothing has to be compiled, neither by `make run` nor for the Docker image, and no binary
file stands beside the text that it is made of.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol

FOLDER = Path(__file__).parent / "locale"
STUDENTS, TEACHERS = "messages.po", "teacher.po"
SOURCE = "en"  # the texts in the code
LANGUAGES = (SOURCE, *sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


def file(language: str, name: str = STUDENTS) -> Path:
    return FOLDER / language / "LC_MESSAGES" / name


OF_TEACHERS = tuple(language for language in LANGUAGES if language == SOURCE or file(language, TEACHERS).exists())
_meanwhile: ContextVar[str] = ContextVar("language", default="")
_current: Callable[[], str] = lambda: SOURCE  # noqa: E731  (until a page says otherwise)


def read_in(current: Callable[[], str]) -> None:
    """From now on ``current`` says which of ``LANGUAGES`` is read, each time a text is made."""
    global _current
    _current = current


def current() -> str:
    """The language of who reads what is made now; ``SOURCE`` beside all pages: in files, logs and the API."""
    return _meanwhile.get() or _current()


@contextmanager
def reading(language: str) -> Iterator[None]:
    """What this thread makes meanwhile is read in the language."""
    token = _meanwhile.set(language)
    try:
        yield
    finally:
        _meanwhile.reset(token)


def _(text: str) -> str:
    """The text in the reader's language. Called with the text itself or one marked by ``N_``, for which Babel looks."""
    return catalogue(current()).gettext(text)


def ngettext(one: str, several: str, n: int) -> str:
    """The text for ``n`` of something, in the reader's language."""
    return catalogue(current()).ngettext(one, several, n)


def N_(text: str) -> str:
    """Marks a text that is made before anybody reads it, such as a constant, to be given to ``_`` later."""
    return text


def decimal(number: float, places: int, signed: bool = False) -> str:
    """A number as the reader writes it, such as "0,12"; with its sign, where what is rounded to nothing has ±."""
    written = re.sub(r"^[+-](?=[0.]+$)", "±", f"{number:{'+' if signed else ''}.{places}f}").replace("-", "−")
    return written.replace(".", get_decimal_symbol(current()))


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of one of ``LANGUAGES``; a text that has no translation stays English."""
    if language == SOURCE:
        return NullTranslations()
    with file(language).open("rb") as po:
        texts = read_po(po, language, abort_invalid=True)
    if language in OF_TEACHERS:
        with file(language, TEACHERS).open("rb") as po:
            for message in read_po(po, language, abort_invalid=True):
                if message.id:
                    texts[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose(*wanted: str, among: Sequence[str] = LANGUAGES) -> str:
    """The first of the languages wanted that there is, else ``SOURCE``. "de-AT,de;q=0.9" will do, as browsers say."""
    known = {language.lower(): language for language in among}
    listed = [part.split(";")[0].strip().lower().replace("-", "_") for some in wanted for part in some.split(",")]
    found = (known.get(one) or known.get(one.split("_")[0]) for one in listed)
    return next(filter(None, found), SOURCE)


def own_name(language: str) -> str:
    """What a language calls itself: "Deutsch", "Français"."""
    name = Locale.parse(language).display_name
    return name[0].upper() + name[1:]
