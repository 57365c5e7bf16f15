"""Names in many scripts stay as they are; what nobody sees goes; look-alikes are told apart."""

import unicodedata

import pytest

from fer.names import look, one_line

ZWNJ, ZWJ = "\u200c", "\u200d"
NAMES = {
    "Persian": f"علی{ZWNJ}رضا",
    "Persian, several words": f"فاطمه بنی{ZWNJ}هاشمی",
    "Arabic": "مُحَمَّد",
    "Hebrew": "שָׁלוֹם כהן",
    "Sinhala": f"ශ\u0dca{ZWJ}රී ප\u0dca{ZWJ}රියා",
    "Malayalam": f"ക\u0d4d{ZWNJ}ഷമ",
    "Malayalam of old, a joiner at the end": f"അവന\u0d4d{ZWJ}",
    "Malayalam of old, between words": f"രാജന\u0d4d{ZWJ} നായർ",
    "Hindi": "प्रिया शर्मा",
    "Bengali": f"র\u09cd{ZWJ}যাব",
    "Thai": "สมชาย",
    "Vietnamese": "Nguyễn Thị Ánh",
    "Turkish": "Işıl Özgür",
    "Irish": "Seán O’Brien-Ní Fhlannagáin",
    "Chinese": "王小明",
    "Japanese, a variant of a character": "葛\U000e0100城",
    "Korean": "김민준",
    "Russian": "Анна Ёлкина",
    "Greek": "Γιώργος",
    "Georgian": "ნინო",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ\u180b",
    "family": "Ana 👨\u200d👩\u200d👧\u200d👦",
    "couple with skin colours": "👩🏽\u200d❤️\u200d👨🏿",
    "rainbow flag": "🏳️\u200d🌈",
    "red heart": "❤️ Ana",
    "Scotland's flag": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "a country's flag": "🇧🇷",
    "keycap": "3️⃣",
    "an emoji of tomorrow": "\U0001faea\u200d\u2194\ufe0f",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_of_any_script_stays_as_it_is(name):
    name = unicodedata.normalize("NFC", name)
    assert one_line(f"  {name}\n", 40, "Your name") == name


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (" A\tb\n\x00c ", "A b c"),
        ("Jose\u0301", "José"),
        ("A\u200bn\u2060a\ufeff\u00ad", "Ana"),
        ("\u202eanA\u202c \u2066x\u2069\u200f", "anA x"),
        (f"{ZWJ}Ana{ZWNJ}", "Ana"),
        (f"Ana {ZWJ} B", "Ana B"),
        (f"न\u094d{ZWJ}{ZWJ}{ZWJ}", f"न\u094d{ZWJ}"),
        (f"5{ZWJ}{ZWNJ}6", "56"),
        ("Ana\ufe0f 5\ufe0f", "Ana 5"),
        ("❤\ufe0f\ufe0f\ufe0f", "❤\ufe0f"),
        ("\ufe0fAna \ufe0f\U000e0100B", "Ana B"),
        ("Ana\U000e0041\U000e0042", "Ana"),
        ("A\u3164na\u115f", "Ana"),
        ("A\u2800b\u3000c\u00a0d", "A b c d"),
        ("A\ud800\ue000na", "Ana"),
    ],
)
def test_what_nobody_sees_goes(typed, line):
    assert one_line(typed, 40, "It") == line


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u3164",
        "\u3164\u200b",
        "\u2800\u2800",
        "\u200d",
        "\ufe0f",
        "\u115f\u1160",
        "\u0301",
        "\u202e",
        "\U0001d159",
    ],
)
def test_a_name_that_shows_nothing_is_refused(typed):
    with pytest.raises(ValueError, match="Your name must have 1 to 40 characters.$"):
        one_line(typed, 40, "Your name")


def test_a_line_that_is_too_long_is_refused():
    assert one_line("x" * 40 + "\u200b", 40, "Your name") == "x" * 40
    with pytest.raises(ValueError, match="Your name must have 1 to 40 characters. Received: 41"):
        one_line("x" * 41, 40, "Your name")


@pytest.mark.parametrize(
    "other",
    ["ana", "ANA", "Аnа", "АNА", "Αnα", "Ａｎａ", "A\u200bna", f"A{ZWNJ}na", "Ana\ufe0f", "𝐀𝐧𝐚", "Аnａ"],
)
def test_look_alikes_have_one_look(other):
    assert look(other) == look("Ana")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "Anna"),
        ("Ana", "Aná"),
        ("Анна", "Anna"),
        ("Ян", "Yan"),
        ("Íris", "Iris"),
        ("علی", "علي"),
        ("王", "玉"),
        ("👨", "👩"),
    ],
)
def test_names_that_differ_to_the_eye_stay_apart(one, other):
    assert look(one) != look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("СОРА", "COPA"), ("ΝΙΚΟ", "NIKO"), ("О’Neil", "O'Neil"), ("Jean–Luc", "Jean-Luc"), ("ﬁa", "fia"), ("ß", "ss")],
)
def test_other_look_alikes(one, other):
    assert look(one) == look(other)
