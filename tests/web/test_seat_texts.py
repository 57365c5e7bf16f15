"""What a student's page may say in words, and twenty thousand messages of which none may break a rule."""

import json
import random
from typing import get_args

import pytest

from fer.store.polls import MOST_CHOICES
from fer.web.seat_messages import BadMessage
from fer.web.seat_texts import (
    LARGEST_NUMBER,
    LONGEST_TEXT,
    Ask,
    Camera,
    Greeting,
    Hand,
    Say,
    Second,
    ShowPicture,
    Text,
    Vote,
    read_text,
)

MESSAGES = 20_000
KEY = "0123456789abcdef"
GOOD = {
    '{"n": 1, "say": "got it"}': Say(1, "got it"),
    '{"n": 2, "vote": 7, "answer": 0}': Vote(2, 7, 0),
    '{"n": 2, "vote": 7, "answer": [1, 2]}': Vote(2, 7, [1, 2]),
    '{"n": 2, "vote": 7, "answer": []}': Vote(2, 7, []),
    '{"n": 2, "vote": 7, "answer": "ivy"}': Vote(2, 7, "ivy"),
    '{"n": 3, "hand": true, "name": "Ana"}': Hand(3, True, "Ana"),
    '{"n": 3, "hand": false, "name": ""}': Hand(3, False, ""),
    f'{{"n": 4, "ask": "Why?", "key": "{KEY}"}}': Ask(4, "Why?", KEY),
    '{"n": 5, "second": 3, "wants": false}': Second(5, 3, False),
    '{"camera": true}': Camera(True),
    '{"show": false}': ShowPicture(False),
    "{}": Greeting(),
}


@pytest.mark.parametrize(("text", "meant"), GOOD.items())
def test_what_may_be_said(text, meant):
    assert read_text(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "7",
        '{"n": 1}',
        '{"n": 1, "say": "hello"}',
        '{"n": 1, "say": ["lost"]}',
        '{"say": "lost"}',
        '{"n": true, "say": "lost"}',
        '{"n": -1, "say": "lost"}',
        '{"n": 1, "say": "lost", "more": 1}',
        '{"n": 1, "vote": 7}',
        '{"n": 1, "vote": true, "answer": 0}',
        '{"n": 1, "vote": 7, "answer": null}',
        '{"n": 1, "vote": 7, "answer": 1.5}',
        '{"n": 1, "vote": 7, "answer": [true]}',
        f'{{"n": 1, "vote": 7, "answer": {[0] * (MOST_CHOICES + 1)}}}',
        f'{{"n": 1, "vote": {LARGEST_NUMBER + 1}, "answer": 0}}',
        '{"n": 1, "hand": 1, "name": ""}',
        '{"n": 1, "hand": true}',
        '{"n": 1, "ask": "Why?"}',
        '{"n": 1, "ask": "Why?", "key": "short"}',
        '{"n": 1, "ask": "Why?", "key": "0123456789ABCDEF"}',
        '{"n": 1, "second": "3", "wants": true}',
        '{"n": 1, "camera": true}',
        '{"camera": true, "show": true}',
        '{"camera": "on"}',
        "{}" + " " * LONGEST_TEXT,
        "[" * 590,
        "9" * 590,
    ],
)
def test_text_that_breaks_a_rule(text):
    with pytest.raises(BadMessage, match=r"Received: "):
        read_text(text)


def test_no_text_is_taken_that_breaks_a_rule():
    draw, taken = random.Random(20), 0
    for _ in range(MESSAGES):
        text = list(draw.choice(list(GOOD)))
        for _ in range(draw.randrange(4)):
            text[draw.randrange(len(text))] = draw.choice('[]{}",:0123456789 \\uabel\x00ä"')
        try:
            message = read_text("".join(text))
        except BadMessage:
            continue
        taken += 1
        assert isinstance(message, get_args(Text)) and json.loads("".join(text)) is not None
    assert MESSAGES / 20 < taken < MESSAGES
