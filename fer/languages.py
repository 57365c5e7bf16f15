"""The languages of what a student reads: gettext catalogues below fer/locale, a folder each.

The .po files are read as they are. So nothing has to be compiled, neither by `make run` nor for the Docker image, and
no binary file stands beside the text that it is made of.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"  # the texts in the code
LANGUAGES = (SOURCE, *sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of one of ``LANGUAGES``; a text that has no translation stays English."""
    if language == SOURCE:
        return NullTranslations()
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        texts = read_po(file, language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose(*wanted: str) -> str:
    """The first of the languages wanted that there is, else ``SOURCE``. "de-AT,de;q=0.9" will do, as browsers say."""
    known = {language.lower(): language for language in LANGUAGES}
    listed = [part.split(";")[0].strip().lower().replace("-", "_") for some in wanted for part in some.split(",")]
    found = (known.get(one) or known.get(one.split("_")[0]) for one in listed)
    return next(filter(None, found), SOURCE)


def own_name(language: str) -> str:
    """What a language calls itself: "Deutsch", "Français"."""
    name = Locale.parse(language).display_name
    return name[0].upper() + name[1:]
