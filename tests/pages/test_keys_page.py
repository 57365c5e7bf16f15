"""The API's keys on the page Admin: made, shown once, listed, revoked."""

import pytest

from fer.lesson.auth import hash_token
from fer.web import key_parts
from tests.pages.test_pages import box, button, show, sign_in


@pytest.fixture
def page(running):
    sign_in(running)
    app = show("pages/admin.py")
    app.segmented_control[0].set_value("Keys").run()
    return app


def make(app, name, country="JP", purpose="private"):
    app.text_input[0].set_value(name)
    box(app, "Country of the people in the pictures").set_value(country)
    box(app, "Purpose").set_value(purpose)
    button(app, "Make the key").click().run()
    assert not app.exception


def test_a_key_is_shown_once_and_is_good(page, running):
    page.number_input[0].set_value(50)
    make(page, " Photo archive ")
    key = page.code[0].value
    known = running.store.key_of(hash_token(key))
    assert (known.name, known.country, known.purpose, known.daily_limit) == ("Photo archive", "JP", "private", 50)
    assert page.dataframe[0].value[["Key", "Country", "Last used"]].values.tolist() == [
        ["Photo archive", "Japan", "never"]
    ]
    page.run()
    assert not page.code


def test_what_cannot_be_made_says_why(page, running):
    make(page, "", "JP")
    assert page.error[0].value.startswith("A key needs a name")
    make(page, "archive", "DE", "teaching")
    assert page.error[0].value.startswith("In Germany, systems that infer emotions")
    assert "identity" not in box(page, "Purpose").options and running.store.keys() == []


def test_a_key_is_revoked_when_that_is_confirmed(page, running, monkeypatch):
    make(page, "archive")
    monkeypatch.setattr(key_parts.screen, "chosen_row", lambda *_, **__: 0)
    asked = []
    monkeypatch.setattr(key_parts, "confirm_revocation", lambda running, key: asked.append(key.name))
    button(page.run(), "Revoke archive").click().run()
    assert asked == ["archive"] and len(running.store.keys()) == 1  # not before it was confirmed
