"""What people type as a name, a title or an answer: made one clean line, and compared by how it looks.

A name may have any letters, and what its script needs though nobody sees it: a joiner in Persian, Sinhala or Malayalam,
what joins an emoji family or turns a heart red. All else that nobody sees goes. Two names that look the same are one.
"""

import re
import unicodedata

from fer.languages import _

LONGEST_NAME = 40  # of a student
# Unicode's Default_Ignorable_Code_Point, and the marks around an annotation.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
BLANK = "\u2800\U0001d159"  # symbols by their kind, and yet nothing to see
JOINERS = "\u200c\u200d"
VARIANT = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # how the character before it is drawn
# A region's flag is a black flag and its letters as tags.
FLAG, TAG = "\U0001f3f4", re.compile("[\U000e0020-\U000e007f]")
KEYCAP = "\u20e3"
VIRAMA = 9  # the combining class of the sign after which a joiner shapes Indic letters, at a word's end, too
# Letters of two scripts with the same shape, and signs that are typed for one another. Small and capital letters apart,
# because Ν looks like N, but ν like v.
LOOKS_LIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԚԜаеѕіјорсухԛԝһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυκ’ʼ‘`´ʹ‐‑‒–—−",
    "ABESIJKMHOPCTYXQWaesijopcyxqwhlABEZHIKMNOPTYXaivopuk''''''------",
)


def one_line(text: str, longest: int, what: str) -> str:
    """What somebody typed, as one line of 1 to ``longest`` characters, with nothing that cannot be seen but where its
    script or an emoji needs it. Raises ValueError naming ``what``, also for text that shows nothing."""
    kept = ""
    text = unicodedata.normalize("NFC", text)
    for place, char in enumerate(text):
        kept += _kept(kept[-1:], char, text[place + 1 : place + 2])
    line = " ".join(kept.split())
    if not any(_is_seen(char) for char in line):
        line = ""
    if not 1 <= len(line) <= longest:
        raise ValueError(
            _("{what} must have 1 to {longest} characters.").format(what=what, longest=longest) + received(len(line))
        )
    return line


def received(what: object) -> str:
    """The end of a sentence about what was typed; "" where nothing was."""
    return " " + _("Received: {what}").format(what=what) if what else ""


def look(name: str) -> str:
    """What a name looks like: two names with the same look cannot be told apart in a list."""
    bare = INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).translate(LOOKS_LIKE)
    return unicodedata.normalize("NFKC", bare.casefold())


def _kept(before: str, char: str, after: str) -> str:
    """What is left of a character between what was kept before it and what comes after it."""
    if char in JOINERS:
        return char if _joins(before, after) else ""
    if VARIANT.match(char):
        return char if after == KEYCAP or _has_variants(before) else ""
    if TAG.match(char):
        return char if before == FLAG or TAG.match(before) else ""
    category = unicodedata.category(char)
    if char in BLANK or category[0] == "Z" or category == "Cc":
        return " "
    return "" if category in ("Cs", "Co") or INVISIBLE.match(char) else char


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between the two has an effect."""
    if before and unicodedata.combining(before) == VIRAMA:
        return True
    return _is_joinable(before) and _is_joinable(after)


def _is_joinable(char: str) -> bool:
    """A letter, an emoji, or a sign on one of them, such as how it is drawn."""
    return _is_emoji(char) or (bool(char) and unicodedata.category(char)[0] in "LM")


def _has_variants(char: str) -> bool:
    """An emoji, or a letter of a script without capitals, such as Chinese or Mongolian."""
    return _is_emoji(char) or (bool(char) and unicodedata.category(char) in ("Lo", "Po", "Pd"))


def _is_emoji(char: str) -> bool:
    """An emoji, a symbol that can be part of one, or one that is newer than this Python."""
    category = unicodedata.category(char) if char else ""
    return category in ("So", "Sm", "Sk") or (category == "Cn" and "\U0001f000" <= char <= "\U0001fbff")


def _is_seen(char: str) -> bool:
    """Whether it shows something by itself."""
    return unicodedata.category(char)[0] not in "MZ" and not INVISIBLE.match(char)
