"""Model cards: what is written comes back, and whatever does not fit is one clear sentence."""

import json

import pytest

from fer.config import MODELS_DIR, ROOT
from fer.records import EMOTIONS
from fer.vision.cards import INPUT, Card, CardError, file_sha256, list_cards, load_card, save_card
from train.table import comparison

ROW = {"precision": 0.5, "recall": 0.5, "specificity": 0.5, "f1": 0.5, "support": 1}
METRICS = {
    "accuracy": 0.7,
    "macro_f1": 0.6,
    "ece": 0.02,
    "per_class": dict.fromkeys(EMOTIONS, ROW),
    "confusion_matrix": [[1] * 7] * 7,
}


def write_model(folder, name="small", weights=b"weights"):
    (folder / f"{name}.tflite").write_bytes(weights)
    card = Card(
        name=name,
        arch="resnet",
        labels=EMOTIONS,
        input=INPUT,
        file=f"{name}.tflite",
        sha256=file_sha256(folder / f"{name}.tflite"),
        dataset={"name": "faces.zip"},
        split="test",
        metrics=METRICS,
        trained={"epochs": 1},
        date="2026-01-31",
        temperature=1.25,
    )
    save_card(folder / f"{name}.json", card)
    return card


def change(folder, name="small", **values):
    path = folder / f"{name}.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in {**data, **values}.items() if value is not ...}))
    return path


def test_a_card_comes_back_as_it_was_saved(tmp_path):
    card = write_model(tmp_path)
    assert load_card(tmp_path / "small.json") == card
    assert load_card(str(tmp_path / "small.json")).labels == EMOTIONS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.json", "small.tflite"]


def test_cards_are_listed_by_name(tmp_path):
    assert list_cards(tmp_path) == ([], []) == list_cards(tmp_path / "not there")
    write_model(tmp_path, "two")
    write_model(tmp_path, "one")
    cards, problems = list_cards(tmp_path)
    assert [card.name for card in cards] == ["one", "two"] and problems == []


def test_one_broken_card_does_not_hide_the_others(tmp_path):
    write_model(tmp_path, "one")
    write_model(tmp_path, "three")
    (tmp_path / "three.tflite").write_bytes(b"other weights")
    (tmp_path / "two.json").write_text("{")
    cards, problems = list_cards(tmp_path)
    assert [card.name for card in cards] == ["one"]
    assert ["does not fit its weights" in problems[0], "two.json must be a model card" in problems[1]] == [True, True]


def test_a_renamed_card_is_refused(tmp_path):
    write_model(tmp_path)
    (tmp_path / "small.json").rename(tmp_path / "large.json")
    with pytest.raises(CardError, match=r"large\.json must be the card of large. Received: name 'small'"):
        load_card(tmp_path / "large.json")


def test_a_missing_card_names_those_there_are(tmp_path):
    write_model(tmp_path, "one")
    with pytest.raises(CardError, match=r"no model card .*other\.json.* one$"):
        load_card(tmp_path / "other.json")


def test_changed_weights_do_not_fit(tmp_path):
    write_model(tmp_path)
    (tmp_path / "small.tflite").write_bytes(b"other weights")
    with pytest.raises(CardError, match="a card that does not fit its weights"):
        load_card(tmp_path / "small.json")


def test_missing_weights(tmp_path):
    write_model(tmp_path)
    (tmp_path / "small.tflite").unlink()
    with pytest.raises(CardError, match=r"small\.tflite that small\.json describes are missing"):
        load_card(tmp_path / "small.json")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[]", b"7", b"{}"])
def test_unreadable_cards_name_their_file(tmp_path, content):
    (tmp_path / "small.json").write_bytes(content)
    with pytest.raises(CardError, match=r"small\.json must .*Received: "):
        load_card(tmp_path / "small.json")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"labels": EMOTIONS[::-1]}, "labels must be angry, disgust.*Received: surprise, sad"),
        ({"labels": EMOTIONS[:6]}, "labels must be"),
        ({"labels": 7}, "wrong type"),
        ({"input": {**INPUT, "size": 64}}, r"input must be .*48.*Received: .*64"),
        ({"input": {**INPUT, "range": "0-1"}}, "input must be"),
        ({"file": "../small.tflite"}, "file must be the bare name"),
        ({"file": ""}, "file must be the bare name"),
        ({"file": ...}, r"missing \['file'\]"),
        ({"temperature": ..., "date": ...}, r"missing \['date', 'temperature'\]"),
        ({"colour": "red"}, r"unknown \['colour'\]"),
        ({"metrics": {**METRICS, "per_class": {"happy": ROW}}}, "per_class"),
        ({"metrics": {**METRICS, "per_class": []}}, "per_class"),
        ({"metrics": {**METRICS, "confusion_matrix": [[1]]}}, "confusion_matrix must be 7 rows of 7"),
        ({"metrics": {key: METRICS[key] for key in METRICS if key != "ece"}}, "metrics must have .*Received: no ece"),
        ({"metrics": None}, "metrics must be of type dict. Received: None"),
        ({"arch": 7}, "arch must be of type str. Received: 7"),
        ({"temperature": 0}, "temperature must be a number above 0. Received: 0"),
        ({"temperature": -1}, "temperature must be a number above 0"),
        ({"temperature": "1.0"}, "temperature must be a number above 0. Received: '1.0'"),
        ({"temperature": float("nan")}, "temperature must be a number above 0"),
        ({"serving": {"faces_per_s": [471]}}, r"faces_per_s must hold faces/s by batch size. Received: \[471\]"),
        ({"serving": {"faces_per_s": {"int8": 471}}}, "faces_per_s must hold faces/s by batch size"),
        ({"robustness": [{"change": "darker"}]}, "robustness must be a list of rows"),
        ({"covered": [{"change": "mask", "named": 0.5}]}, "covered must be a list of rows with .*named_readable"),
        ({"readable_below": 1.5}, "readable_below must be a number from 0 to 1, or null. Received: 1.5"),
        ({"robustness": [{"change": "darker", "accuracy": "low", "drop": 0}]}, "robustness must hold numbers"),
        ({"unsure": ["half"]}, "unsure must be a list of rows"),
        ({"metrics": {**METRICS, "accuracy": "high"}}, "as numbers from 0 to 1. Received: .*high"),
        ({"metrics": {**METRICS, "ece": 1.5}}, "as numbers from 0 to 1"),
        (
            {"metrics": {**METRICS, "per_class": {name: {**ROW, "recall": None} for name in EMOTIONS}}},
            "hold numbers from 0 to 1",
        ),
        (
            {"metrics": {**METRICS, "per_class": {name: {**ROW, "support": "many"} for name in EMOTIONS}}},
            "faces as support",
        ),
        ({"metrics": {**METRICS, "confusion_matrix": [["x"] * 7] * 7}}, "must hold numbers of faces"),
    ],
)
def test_a_card_that_says_something_else_is_refused(tmp_path, values, message):
    write_model(tmp_path)
    path = change(tmp_path, **values)
    with pytest.raises(CardError, match=message) as raised:
        load_card(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_the_shipped_cards_fit_their_weights():
    cards, problems = list_cards(MODELS_DIR)
    assert problems == []
    if not cards:
        pytest.skip("no model has been exported to models/ yet")
    for card in cards:
        matrix = card.metrics["confusion_matrix"]
        hits, faces = sum(matrix[row][row] for row in range(7)), sum(map(sum, matrix))
        assert card.metrics["accuracy"] == pytest.approx(hits / faces, abs=1e-4)
        assert faces == card.dataset["test_faces"]
        # With the Keras file; a classical model has none.
        assert card.serving.get("agreement", 1) >= (0.99 if card.name == "resnet" else 0.97)
        assert (MODELS_DIR / card.file).stat().st_size < 20e6


def test_the_docs_compare_the_shipped_models_as_their_cards_do():
    assert comparison(MODELS_DIR) in (ROOT / "docs" / "models.md").read_text()
