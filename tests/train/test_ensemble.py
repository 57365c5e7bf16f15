"""The classical line on a tiny data set; a file that is not its card's is never opened."""

import json
import pickle
import subprocess
import sys

import cv2
import numpy as np
import pytest

from fer.config import ROOT
from fer.records import EMOTIONS
from fer.vision.cards import CardError, file_sha256, list_cards, load_card
from fer.vision.classifier import load_classifier, load_joblib
from fer.vision.hog import HOG_LENGTH, hog

joblib = pytest.importorskip("joblib", reason="needs scikit-learn (train/requirements.txt)")
pytest.importorskip("sklearn", reason="needs scikit-learn (train/requirements.txt)")
from train import ensemble, evaluate, table  # noqa: E402

NAMES = ["ensemble", "forest", "logistic", "svm"]


def striped(emotion, seed):
    """A face of stripes in the emotion's own direction, the same on both sides, with noise: what HOG tells apart."""
    angle = np.pi / 2 * emotion / (len(EMOTIONS) - 1)
    rows, columns = np.mgrid[:48, :48]
    wave = np.sin((rows * np.sin(angle) + abs(columns - 23.5) * np.cos(angle)) / 2)
    return np.clip(128 + 80 * wave + np.random.default_rng(seed).normal(0, 30, (48, 48)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """models/ with all four, trained in seconds on data/ by the real command."""
    folder = tmp_path_factory.mktemp("classical")
    for split, faces in (("train", 24), ("test", 8)):
        for number, emotion in enumerate(EMOTIONS):
            (folder / "data" / split / emotion).mkdir(parents=True)
            for row in range(faces):
                picture = striped(number, seed=1000 * (split == "test") + 30 * number + row)
                cv2.imwrite(str(folder / "data" / split / emotion / f"{split}{number}_{row}.png"), picture)
    known = (folder / "data" / "train" / "angry" / "train0_0.png").read_bytes()
    (folder / "data" / "test" / "angry" / "again.png").write_bytes(known)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ensemble, "faces_per_s", lambda run, pixels, batch_size: 1)  # two seconds each
        monkeypatch.setattr(
            sys,
            "argv",
            [
                "ensemble",
                "--data",
                str(folder / "data"),
                "--out",
                str(folder / "models"),
                "--components",
                "16",
                "--jobs",
                "1",
                "--search-faces",
                "100",
                "--svm-faces",
                "140",
                "--trees",
                "5",
            ],
        )
        ensemble.main()
    return folder


def test_hog_is_one_row_per_face_and_one_length():
    faces = np.stack([striped(0, 1), striped(3, 2)])
    assert hog(faces).shape == (2, HOG_LENGTH) and hog(faces).dtype == np.float32
    assert hog(faces[:0]).shape == (0, HOG_LENGTH)
    assert (hog(faces)[1] == hog(faces[1:])[0]).all()


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_model_with_a_card_that_serves(folder, name):
    card, classifier = load_card(folder / "models" / f"{name}.json"), load_classifier(folder / "models", name)
    faces = np.stack([striped(emotion, seed=7000 + emotion) for emotion in range(7)])
    probabilities = classifier.predict(faces)
    assert probabilities.dtype == np.float32 and np.allclose(probabilities.sum(1), 1, atol=1e-5)
    assert classifier.predict(faces[:0]).shape == (0, 7)
    assert card.metrics["accuracy"] > 0.8 and (probabilities.argmax(1) == np.arange(7)).mean() > 0.7
    assert card.metrics["deduplicated_faces"] == 56 and card.dataset["duplicates"]["test_faces_also_in_train"] == 1
    assert len(card.robustness) == 6 and (folder / "models" / card.file).stat().st_size < 8e6


def test_the_cards_say_how_they_were_tuned_and_from_how_many_faces(folder):
    svm, vote = (load_card(folder / "models" / f"{name}.json").trained for name in ("svm", "ensemble"))
    assert svm["faces"] == 140 and set(svm["search"]["best"]) == {"C", "gamma"} and svm["search"]["faces"] == 100
    assert vote["members"] == ["logistic", "svm", "forest"] and vote["faces"]["logistic"] == 168


def test_the_vote_is_the_mean_of_the_three(folder):
    features = hog(np.stack([striped(emotion, seed=8000) for emotion in range(7)]))
    models = {name: joblib.load(folder / "models" / f"{name}.joblib") for name in NAMES}
    mean = np.mean([models[name].predict_proba(features) for name in NAMES[1:]], axis=0)
    assert np.allclose(models["ensemble"].predict_proba(features), mean)


class Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_file_that_is_not_its_cards_is_never_opened(folder, tmp_path):
    for suffix in (".json", ".joblib"):
        (tmp_path / f"svm{suffix}").write_bytes((folder / "models" / f"svm{suffix}").read_bytes())
    sprung = tmp_path / "sprung"
    (tmp_path / "svm.joblib").write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(CardError, match="does not fit its weights: svm.joblib must have sha256"):
        load_classifier(tmp_path, "svm")
    with pytest.raises(CardError, match="does not fit its weights"):
        evaluate.load_model(tmp_path / "svm.joblib")
    with pytest.raises(CardError, match="is not opened, because it is not the file of its card"):
        load_joblib(tmp_path / "svm.joblib", "0" * 64, 1.0)
    assert not sprung.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps([1, 2]), "of this version of scikit-learn"),
        (b"no pickle", "of this version of scikit-learn"),
        (b"", "of this version of scikit-learn"),
    ],
)
def test_a_file_that_is_no_model_is_named(tmp_path, content, message):
    path = tmp_path / "odd.joblib"
    path.write_bytes(content)
    with pytest.raises(CardError, match=rf"odd\.joblib must be a model {message}"):
        load_joblib(path, file_sha256(path), 1.0)
    with pytest.raises(CardError, match="no readable model file"):
        load_joblib(tmp_path / "missing.joblib", "", 1.0)


def test_without_scikit_learn_a_sentence_says_what_to_install(folder):
    code = f"""
import sys
sys.modules["sklearn"] = sys.modules["joblib"] = None
from fer.vision.classifier import load_classifier
try:
    load_classifier({str(folder / "models")!r}, "svm")
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (
        "svm.joblib needs scikit-learn, which is not installed here: pip install -r train/requirements.txt"
        in done.stdout
    )


def run(monkeypatch, module, *arguments):
    monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
    module.main()


def test_a_folder_is_evaluated_whole(folder, tmp_path, monkeypatch, capsys):
    models = tmp_path / "models"
    models.mkdir()
    for path in (folder / "models").iterdir():
        (models / path.name).write_bytes(path.read_bytes())
    (models / "forest.joblib").write_bytes(b"something else")
    (models / "broken.json").write_text("{")
    run(
        monkeypatch,
        evaluate,
        "--model",
        models,
        "--data",
        folder / "data",
        "--robustness",
        "--train-split",
        "train",
        "--json",
        tmp_path / "all.json",
    )
    said = capsys.readouterr()
    found = json.loads((tmp_path / "all.json").read_text())["models"]
    assert sorted(found) == ["ensemble", "logistic", "svm"]
    for card in list_cards(models)[0]:  # the figures of the card, measured again
        assert found[card.name]["accuracy"] == pytest.approx(card.metrics["accuracy"], abs=1e-4)
        assert found[card.name]["deduplicated_accuracy"] == pytest.approx(
            card.metrics["deduplicated_accuracy"], abs=1e-4
        )
        assert [row["accuracy"] for row in found[card.name]["robustness"]] == pytest.approx(
            [row["accuracy"] for row in card.robustness], abs=1e-4
        )
        assert f"{card.name}: accuracy" in said.out and f"| {card.name} |" in said.out
    assert said.err.count("left out: ") == 2 and "forest.joblib" in said.err and "broken.json" in said.err


def test_the_table_is_what_the_cards_say(folder, monkeypatch, capsys):
    run(monkeypatch, table, folder / "models")
    head, _, *rows = capsys.readouterr().out.splitlines()
    cards = {card.name: card for card in list_cards(folder / "models")[0]}
    assert "FER+" not in head and "epochs" not in head  # nothing of it was measured
    assert {row.split(" | ")[0].strip("| ") for row in rows} == set(NAMES)
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert cells[1] == f"{100 * cards[cells[0]].metrics['accuracy']:.1f} %"


def test_a_folder_without_models_is_an_error(folder, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="none to load"):
        run(monkeypatch, evaluate, "--model", tmp_path, "--data", folder / "data")
    with pytest.raises(ValueError, match="none that can be used"):
        run(monkeypatch, table, tmp_path)
