"""The command people check our figures with, on a fake model that answers from the pixels."""

import json
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fer.records import EMOTIONS
from train import evaluate, robustness
from train.cover import MEAN_POINTS
from train.data import FERPLUS_EMOTIONS

VOTES = f"Usage,Image name,{','.join(FERPLUS_EMOTIONS)},unknown,NF\n"


def fake_model(faces):
    """Says what the grey value says: 10 is angry, 20 disgust ..."""
    return {"emotion": np.eye(7, dtype=np.float32)[faces[:, 24, 24].astype(int) // 10 - 1]}


@pytest.fixture
def folder(tmp_path):
    """One right face per emotion, and one that looks happy for each of the other six."""
    for number, emotion in enumerate(EMOTIONS):
        (tmp_path / "test" / emotion).mkdir(parents=True)
        for looks_like in (number, 3):
            pixels = np.full((48, 48), 10 * (looks_like + 1), np.uint8)
            cv2.imwrite(str(tmp_path / "test" / emotion / f"{emotion}{looks_like}{number}.png"), pixels)
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(evaluate, "load_model", lambda path: fake_model)
    monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, arguments)])
    evaluate.main()


def test_prints_and_writes_every_figure(folder, monkeypatch, capsys):
    (folder / "votes.csv").write_text(
        VOTES + "PublicTest,happy33.png,0,10,0,0,0,0,0,0,0,0\n"
        "PublicTest,sad55.png,0,0,0,9,1,0,0,0,0,0\n"
        "PublicTest,sad35.png,0,0,0,9,1,0,0,0,0,0\n"
        "PublicTest,fear22.png,5,0,0,0,0,0,5,0,0,0\n"
        "PublicTest,fear32.png,0,1,0,0,0,0,0,9,0,0\n"
    )
    run(
        monkeypatch,
        "--model",
        "a.keras",
        "--data",
        folder,
        "--votes",
        folder / "votes.csv",
        "--json",
        folder / "new" / "out.json",
    )
    figures = json.loads((folder / "new" / "out.json").read_text())
    assert figures["accuracy"] == pytest.approx(7 / 13)
    assert figures["ece"] == pytest.approx(6 / 13)  # always sure, wrong for 6 of 13
    assert figures["confusion_matrix"][EMOTIONS.index("sad")] == [0, 0, 0, 1, 0, 1, 0]
    assert figures["per_class"]["happy"] == pytest.approx(
        {"precision": 1 / 7, "recall": 1, "specificity": 6 / 12, "f1": 2 / (7 + 1), "support": 1}
    )
    assert figures["macro_f1"] == pytest.approx((6 * 2 / 3 + 0.25) / 7)
    # Of five faces with votes one is tied; happy33 and sad55 are right, sad35 and the contempt are not.
    assert (figures["ferplus_faces"], figures["ferplus_accuracy"]) == (4, 0.5)
    printed = capsys.readouterr().out
    for text in (
        "accuracy 0.5385 ± 0.1383",
        "(15 bins)",
        "faces/s",
        "specificity",
        "row = true",
        "FER+ accuracy 0.5000 ± 0.2500 on 4 faces",
    ):
        assert text in printed


def test_two_models_are_compared_on_the_same_faces(folder, monkeypatch, capsys):
    (folder / "train").mkdir()
    (folder / "test" / "happy").rename(folder / "train" / "happy")  # one known face
    (folder / "test" / "happy").mkdir()
    (folder / "test" / "happy" / "happy33.png").write_bytes((folder / "train" / "happy" / "happy33.png").read_bytes())
    monkeypatch.setattr(evaluate, "load_model", lambda path: always_sad if path.stem == "other" else fake_model)
    monkeypatch.setattr(
        sys,
        "argv",
        ["evaluate", "--model", "a.keras", "--data", str(folder), "--against", "other.keras", "--train-split", "train"]
        + ["--json", str(folder / "out.json")],
    )
    evaluate.main()
    found = json.loads((folder / "out.json").read_text())["against"]
    # Of 13 faces the fake gets the seven that look like what they are, the other one both of sad.
    assert (found["only_first"], found["only_second"], found["accuracy"]) == (6, 1, pytest.approx(2 / 13))
    assert found["p"] == pytest.approx(2 * 8 / 128)
    # Every face that looks happy is, pixel by pixel, the one of the training split.
    assert (found["deduplicated"]["only_first"], found["deduplicated"]["only_second"]) == (5, 0)
    assert "only this one right 6, only the other 1; p 0.125 (no difference beyond chance" in capsys.readouterr().out


def always_sad(faces):
    return {"emotion": np.tile(np.eye(7, dtype=np.float32)[EMOTIONS.index("sad")], (len(faces), 1))}


def test_a_model_that_says_how_readable_faces_are_is_judged_by_covered_ones(monkeypatch):
    """As readable as the place of the mouth is dark, on white faces."""

    def said(faces):
        mouth = faces[:, 34:40, 20:28].mean((1, 2)) / 255
        return {"emotion": np.tile(np.eye(7)[3], (len(faces), 1)), "readable": mouth[:, None]}

    monkeypatch.setattr(robustness, "points_of", lambda pixels: np.tile(MEAN_POINTS, (len(pixels), 1, 1)))
    faces = SimpleNamespace(pixels=np.full((80, 48, 48), 255, np.uint8), labels=np.full(80, 3))
    figures = evaluate.evaluate(said, faces, changed=True, readable_below=0.9)
    rows = {row["change"]: row for row in figures["covered"]}
    assert rows["nothing"] == {"change": "nothing", "faces": 20, "named": 1, "named_readable": 1}
    assert rows["a mask"]["named"] == 1 and rows["a mask"]["named_readable"] < 0.3
    assert rows["clear glasses"]["named_readable"] == 1
    assert 0 < rows["half of it in the shadow"]["faces"] < 20  # some shadows hide too little to count
    assert "covered" not in evaluate.evaluate(said, faces, changed=True)


def test_a_face_and_its_mirror_image_are_judged_together():
    def one_sided(faces):
        """Sure of happy where the left half is the brighter one; elsewhere it thinks that a face is more likely sad."""
        is_left = faces[:, 24, 0] > faces[:, 24, -1]
        return {"emotion": np.where(is_left[:, None], np.eye(7)[3], 0.4 * np.eye(7)[3] + 0.6 * np.eye(7)[5])}

    faces = np.zeros((2, 48, 48), np.uint8)
    faces[0, :, :24] = faces[1, :, 24:] = 200
    views, _ = evaluate.predict(one_sided, faces)
    assert views["emotion"].shape == (2, 2, 7)
    assert evaluate.judged(one_sided, faces) == pytest.approx(np.tile(0.7 * np.eye(7)[3] + 0.3 * np.eye(7)[5], (2, 1)))
    figures = evaluate.evaluate(one_sided, SimpleNamespace(pixels=faces, labels=np.array([3, 3])))
    assert (figures["one_view_accuracy"], figures["accuracy"]) == (0.5, 1)


def test_the_votes_head_is_judged_if_there_is_one():
    votes = np.zeros((2, 10), np.float32)
    votes[:, 7] = 10  # contempt
    heads = {"emotion": np.eye(7)[[3, 3]], "ferplus": np.eye(8)[[7, 0]]}
    assert evaluate.ferplus_report(heads, votes)["ferplus_accuracy"] == 0.5
    assert evaluate.ferplus_report(heads, votes)["ferplus_by_emotion"] == 0  # of seven expressions none is contempt
    with pytest.raises(ValueError, match="Received: none does"):
        evaluate.ferplus_report(heads, np.zeros((2, 10), np.float32))


def test_faces_of_the_training_split_can_be_left_out():
    probabilities, labels = np.eye(7)[[3, 3, 0]], np.array([3, 1, 1])
    known = np.array([True, False, False])
    assert evaluate.clean_report(probabilities, labels, known) == {
        "deduplicated_accuracy": 0,
        "deduplicated_standard_error": 0,
        "deduplicated_faces": 2,
    }
    with pytest.raises(ValueError, match="Received: all are"):
        evaluate.clean_report(probabilities, labels, np.array([True] * 3))


def test_logits_become_probabilities_and_probabilities_stay():
    logits = np.array([[2.0, 1.0, -3.0]])
    assert evaluate.as_probabilities(logits).sum() == pytest.approx(1)
    assert evaluate.as_probabilities(np.array([[0.2, 0.8]])).tolist() == [[0.2, 0.8]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing.keras", "There is no model file nothing.keras"),
        ("nothing.tflite", "There is no model file nothing.tflite"),
        (
            "model.onnx",
            r"A model must be a \.keras, \.tflite or \.joblib file, or a folder of them. Received: model\.onnx",
        ),
    ],
)
def test_a_model_that_cannot_be_read_is_named(folder, monkeypatch, name, message):
    monkeypatch.setattr(sys, "argv", ["evaluate", "--model", name, "--data", str(folder)])
    with pytest.raises(ValueError, match=message):
        evaluate.main()
