"""The models page and its switch, without a browser."""

import json
import shutil
from dataclasses import asdict, replace

import pytest

from fer import config
from fer.config import MODELS_DIR
from fer.lesson import recognition
from fer.records import PER_STUDENT, PRESENCE
from fer.vision.cards import CardError, file_sha256, load_card
from fer.vision.classifier import load_classifier
from tests.pages.test_pages import button, show, sign_in, texts

PAGE = "pages/models.py"


@pytest.fixture
def models(tmp_path, running, monkeypatch):
    """A folder with the shipped model twice, as resnet and as other, which the page and the monitor use."""
    folder = tmp_path / "models"
    folder.mkdir()
    card = asdict(load_card(MODELS_DIR / "resnet.json"))
    for name in ("resnet", "other"):
        shutil.copy(MODELS_DIR / card["file"], folder / f"{name}.tflite")
        (folder / f"{name}.json").write_text(json.dumps(card | {"name": name, "file": f"{name}.tflite"}))
    shutil.copy(MODELS_DIR / "resnet.history.csv", folder)
    monkeypatch.setattr(config, "MODELS_DIR", folder)
    monkeypatch.setattr(recognition, "MODELS_DIR", folder)
    monkeypatch.setattr(recognition, "load_classifier", load_classifier)
    monkeypatch.setattr(recognition, "load_card", load_card)
    sign_in(running)
    return folder


def charts_of(app):
    return len(app.get("vega_lite_chart"))


def test_every_model_is_shown_and_the_one_in_use_first_hand(models, running):
    app = show(PAGE)
    table = app.dataframe[0].value.set_index("Model")
    card = load_card(models / "resnet.json")
    assert table.loc["resnet", "FER-2013"] == pytest.approx(100 * card.metrics["accuracy"])
    assert dict(table["Serves"]) == {"other": "", "resnet": "new lessons"}
    assert charts_of(app) == 3 and not app.warning
    weakest = min(card.metrics["per_class"], key=lambda name: card.metrics["per_class"][name]["f1"])
    assert f"***{weakest}***: it finds" in texts(app)


def test_a_broken_card_and_a_broken_history_leave_the_rest(models):
    (models / "broken.json").write_text('{"name": "<b>broken</b>"}')
    (models / "other.tflite").write_bytes(b"something else")
    (models / "resnet.history.csv").write_text("nothing")
    app = show(PAGE)
    for warning, said in zip(
        app.warning, ["keys of a model card", "must have sha256", "history of train"], strict=True
    ):
        assert said in warning.value
    assert list(app.dataframe[0].value["Model"]) == ["resnet"] and charts_of(app) == 1


def test_a_folder_without_models_says_so(models):
    for path in models.iterdir():
        path.unlink()
    assert "There is no model" in show(PAGE).info[0].value


def test_the_switch_serves_new_lessons_and_waits_for_the_open_one(models, running):
    app = show(PAGE)
    assert "This model serves new lessons." in app.success[0].value
    lesson = running.lessons.start("*Mathematics*", PER_STUDENT, "JP", "teaching")
    with pytest.raises(ValueError, match=r"until it has ended, and '\*Mathematics\*' is open"):
        running.lessons.use_model("other")
    app = show(PAGE)
    assert "keeps resnet until it has ended" in app.info[0].value and "\\*Mathematics" in app.info[0].value
    assert button(app, "Measure faces/s here").disabled
    running.lessons.end(lesson)
    running.lessons.use_model("other")
    assert (
        running.recognition.model.card.name == running.recognition.engine.classifier.name == "other"
        and running.recognition.model.classifier is running.recognition.engine.classifier
    )
    assert running.seats.most == 50  # as FER_MOST_STUDENTS says
    assert list(show(PAGE).dataframe[0].value["Serves"]) == ["new lessons", ""]


def test_a_choice_holds_after_a_restart_and_in_other_processes(models, running, caplog, monkeypatch):
    before = running.recognition.model
    running.lessons.use_model("other")
    running.recognition.serve(before)
    running.lessons.follow_choice()
    assert running.recognition.served() == "other"
    running.recognition.serve(before)
    (models / "other.json").unlink()
    running.lessons.follow_choice()
    assert running.recognition.served() == "resnet" and "The chosen model cannot serve, so resnet does" in caplog.text
    monkeypatch.setattr(running.recognition, "settings", replace(running.settings, model="resnet.keras"))
    caplog.clear()
    running.lessons.follow_choice()
    assert not caplog.text, "a setting that was changed since is newer than the choice"


def test_the_button_switches(models, running):
    app = show(PAGE, model="other")
    button(app, "Use it for new lessons").click().run()
    assert not app.exception and running.recognition.model.card.name == "other"
    assert "This model serves new lessons." in app.success[0].value
    running.lessons.start("Physics", PRESENCE)  # in which no model looks at anybody
    assert not button(show(PAGE, model="resnet"), "Use it for new lessons").disabled
    running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    assert button(show(PAGE, model="resnet"), "Use it for new lessons").disabled


def test_where_no_expression_is_computed_none_is_chosen(models, running, monkeypatch):
    for part in (running, running.lessons):
        monkeypatch.setattr(part, "recognition", None)
    app = show(PAGE)
    assert "computes no expressions" in app.info[0].value and set(app.dataframe[0].value["Serves"]) == {""}
    with pytest.raises(ValueError, match="FER_EXPRESSIONS=off"):
        running.lessons.use_model("other")
    monkeypatch.undo()


def test_a_model_that_cannot_be_loaded_changes_nothing(models, running):
    (models / "other.tflite").write_bytes(b"something else")
    with pytest.raises(CardError, match="does not fit its weights"):
        running.lessons.use_model("other")
    assert running.recognition.model.card.name == "resnet"


def test_faces_per_second_are_measured_by_the_button(models):
    app = show(PAGE)
    assert "Faces/s here" not in app.dataframe[0].value
    (models / "other.tflite").write_bytes(b"no model")
    card = json.loads((models / "other.json").read_text())
    (models / "other.json").write_text(json.dumps(card | {"sha256": file_sha256(models / "other.tflite")}))
    button(app, "Measure faces/s here").click().run()
    speed = app.dataframe[0].value.set_index("Model")["Faces/s here"]
    assert not app.exception and speed["resnet"] > 10 and speed.isna()["other"]
    assert "other.tflite must be a readable LiteRT model" in app.warning[0].value.replace("\\", "")


def test_it_shows_how_well_people_are_told_apart(models):
    assert "Who a face is" not in [one.value for one in show(PAGE).header]
    (models / "people").mkdir()
    shutil.copy(MODELS_DIR / "people" / "orl.json", models / "people")
    app = show(PAGE)
    assert "Who a face is" in [one.value for one in app.header]
    assert {"hog"} <= set(app.dataframe[-1].value["Vectors"])
    (models / "people" / "orl.json").write_text("{}")
    assert any("must be a table of train.identity" in one.value.replace("\\", "") for one in show(PAGE).warning)
