"""What the models page says is worked out from the card, so a better model changes every sentence."""

import json
import re
from dataclasses import replace

import pytest

from fer.config import MODELS_DIR, ROOT
from fer.insight.model_figures import (
    LOOKS,
    confusion,
    curves,
    identity_mistakes,
    identity_table,
    models_table,
    notes,
    robustness_table,
    weak_classes,
    weakness,
)
from fer.records import EMOTIONS
from fer.vision.cards import load_card
from tests.vision.test_cards import METRICS, ROW, write_model

GOOD = {"precision": 0.9, "recall": 0.8, "specificity": 0.9, "f1": 0.85, "support": 200}


def card_with(folder, per_class=None, matrix=METRICS["confusion_matrix"], **values):
    rows = dict.fromkeys(EMOTIONS, GOOD) | (per_class or {})
    return replace(write_model(folder), metrics={**METRICS, "per_class": rows, "confusion_matrix": matrix}, **values)


def test_every_expression_is_explained():
    assert tuple(LOOKS) == EMOTIONS


def test_weak_is_what_is_missed_or_wrong_more_often_than_not(tmp_path):
    card = card_with(
        tmp_path, {"fear": GOOD | {"recall": 0.4, "f1": 0.55}, "sad": GOOD | {"precision": 0.3, "f1": 0.4}}
    )
    assert weak_classes(card) == ["sad", "fear"]
    assert weak_classes(card_with(tmp_path, {"happy": GOOD | {"f1": 0.7}})) == [
        "happy"
    ]  # the worst, where none is weak


def test_the_weak_classes_of_the_served_model_are_those_that_the_readme_names():
    [line] = re.findall(r"\| the weakest of the seven \| (.*?) \|", (ROOT / "README.md").read_text())
    assert set(re.findall(r"\*(\w+)\*", line)) == set(weak_classes(load_card(MODELS_DIR / "resnet.json")))


def test_a_weakness_names_what_is_said_instead(tmp_path):
    matrix = [[0] * 7 for _ in range(7)]
    matrix[2] = [10, 0, 20, 0, 5, 15, 0]  # fear
    card = card_with(tmp_path, {"fear": ROW | {"recall": 0.4, "precision": 0.25, "support": 50}}, matrix)
    assert weakness(card, "fear") == (
        "it finds 40 % of such faces. It calls 30 % of them sad. Of the faces it calls fear, 25 % are. "
        "Measured on 50 faces only."
    )
    never = card_with(tmp_path, {"disgust": GOOD | {"recall": 0, "precision": 0, "f1": 0}}, matrix)
    assert weakness(never, "disgust") == "it finds 0 % of such faces. It never says disgust."
    matrix[3][3] = 5
    assert weakness(card, "happy") == "it finds 80 % of such faces. Of the faces it calls happy, 90 % are."


def test_the_table_leaves_open_what_a_card_does_not_say(tmp_path):
    card = write_model(tmp_path, weights=b"x" * 500_000)
    [row] = models_table([card, card], tmp_path).iloc[:1].to_dict("records")
    assert (row["Model"], row["FER-2013"], row["MB"], row["Epochs"]) == ("small", 70, 0.5, 1)
    foreign = replace(card, trained={"epochs": "many", "parameters": None})
    assert models_table([foreign], tmp_path)[["FER+", "Parameters", "Epochs"]].isna().all(axis=None)


def test_confusion_shares_are_of_the_true_expression(tmp_path):
    matrix = [[0] * 7 for _ in range(7)]
    matrix[0] = [3, 1, 0, 0, 0, 0, 0]
    table = confusion(card_with(tmp_path, matrix=matrix)).set_index(["true", "said"])
    assert len(table) == 49 and table.loc[("angry", "angry"), "share"] == 0.75
    assert table.loc[("angry", "disgust"), "text"] == "25 %"
    assert (table.loc["fear", "share"] == 0).all()  # nobody looked it: not a number divided by zero


def test_notes_and_robustness_come_from_the_card_only(tmp_path):
    card = card_with(
        tmp_path,
        unsure=[{"below": 0.4, "unsure_share": 0.1, "accuracy_of_rest": 0.75}],
        robustness=[{"change": "JPEG 30", "accuracy": 0.6, "drop": 0.05}],
    )
    [note] = notes(card, 0.4)
    assert "10 % of the faces are *unsure*, and of the others 75 %" in note
    assert notes(card, 0.43) == [note]  # the nearest that was measured, which it names
    assert notes(replace(card, unsure=[]), 0.4) == []
    card.metrics.update(deduplicated_faces=3300, deduplicated_accuracy=0.66)
    assert "of the 3300 that are not, 66 %" in notes(card, 0.4)[1]
    assert robustness_table(card).to_dict("records") == [{"Pictures": "JPEG 30", "Accuracy": 60, "Lost points": 5}]
    unharmed = card_with(tmp_path, robustness=[{"change": "off-centre", "accuracy": 0.6, "drop": -0.0003}])
    assert str(robustness_table(unharmed)["Lost points"][0]) == "0.0"
    assert robustness_table(card_with(tmp_path)).empty


def test_curves_go_on_over_two_runs(tmp_path):
    path = tmp_path / "small.history.csv"
    assert curves(path).empty
    path.write_text(
        "epoch,emotion_accuracy,emotion_loss,val_emotion_accuracy,val_emotion_loss\n0,.1,2,.2,1.9\n0,.3,1.5,.4,1.4\n"
    )
    table = curves(path)
    accuracy = table[(table["figure"] == "accuracy") & (table["faces"] == "test faces")]
    assert accuracy[["epoch", "value"]].to_numpy().tolist() == [[1, 0.2], [2, 0.4]]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"emotion_accuracy\nhigh\n"])
def test_a_foreign_history_is_named(tmp_path, content):
    (tmp_path / "small.history.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"small\.history\.csv must be a history of train\.fit. Received: "):
        curves(tmp_path / "small.history.csv")


def test_the_shipped_history_is_readable():
    assert not curves(MODELS_DIR / "resnet.history.csv").empty


# Who a face is


def test_the_shipped_figures_of_identity_reach_their_goals():
    table = identity_table(MODELS_DIR / "people" / "orl.json")
    assert set(table["Model"]) == {"logistic", "svm", "forest", "ensemble"}
    votes = table[table["Model"] == "ensemble"].set_index("Vectors")
    for vectors, accuracy, known in (("hog", 96, 75), ("dlib", 99.5, 98)):
        row = votes.loc[vectors]
        assert row["Accuracy"] >= accuracy and row["Known and named"] >= known and row["Strangers named"] <= 2


def test_no_figures_of_identity_are_an_empty_table(tmp_path):
    assert identity_table(tmp_path / "none.json").empty


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"vectors": "hog"}]', "[[]]"])
def test_foreign_figures_of_identity_are_named(tmp_path, content):
    (tmp_path / "orl.json").write_text(content)
    with pytest.raises(ValueError, match="must be a table of train.identity. Received: "):
        identity_table(tmp_path / "orl.json")


def test_who_was_taken_for_whom(tmp_path):
    file = tmp_path / "orl.json"
    assert identity_mistakes(file).empty
    record = {"vectors": "hog", "names": ["a", "b"], "confusion_matrix": [[9, 1], [5, 5]]}
    file.write_text(json.dumps([record | {"model": "ensemble"}, record | {"model": "svm"}]))
    assert identity_mistakes(file).to_numpy().tolist() == [["hog", "b", "a", 5, 50.0], ["hog", "a", "b", 1, 10.0]]
    file.write_text(json.dumps([{"model": "ensemble"}]))
    with pytest.raises(ValueError, match="must be a table of train.identity"):
        identity_mistakes(file)


def test_the_shipped_confusions_fit_the_shipped_accuracy():
    file = MODELS_DIR / "people" / "orl.json"
    wrong = identity_mistakes(file).groupby("Vectors")["Faces"].sum()
    for record in json.loads(file.read_text()):
        if record["model"] == "ensemble":
            faces = sum(map(sum, record["confusion_matrix"]))
            assert 1 - wrong.get(record["vectors"], 0) / faces == pytest.approx(record["accuracy"], abs=1e-4)
