"""The command analyze: its tables in every format, folders and videos, and what it does with files that are broken."""

import csv
import json

import cv2
import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from fer.config import MODELS_DIR, Settings
from fer.records import CLASS_ONLY, EMOTIONS
from fer.store.people import ConsentRecord
from fer.store.store import Store
from fer.vision import analyze_files
from fer.vision.analyze import analyze
from fer.vision.analyze_files import main
from fer.vision.cards import load_card
from fer.vision.classifier import load_classifier
from fer.vision.detector import HaarDetector
from fer.vision.face_tables import FER, FEX
from fer.vision.known_people import KnownPeople
from tests.faces_of_people import needs_orl, photos
from tests.scenes import YUNET, astronaut_bgr, empty_room_bgr, write_video

MODEL = f"resnet {load_card(MODELS_DIR / 'resnet.json').version}"


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The command in a folder of its own, with Haar; the exit status and the rows of its CSV."""
    monkeypatch.setenv("FER_DETECTOR", "haar")
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        try:
            status = main([*argv, "--out", "faces.csv"])
        except SystemExit as ended:
            status = ended.code
        with open("faces.csv", newline="") as file:
            return status, list(csv.DictReader(file))

    return run


def save(name, picture_bgr, **options):
    Image.fromarray(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2RGB)).save(name, **options)


def test_a_row_for_each_face_and_one_for_a_picture_without(command):
    save("face.png", astronaut_bgr())
    save("room.png", empty_room_bgr())
    status, [face, room] = command("face.png", "room.png")
    assert status is None and tuple(face) == FER
    assert (face["file"], face["face"], face["expression"], face["unsure_because"]) == ("face.png", "0", "happy", "")
    assert face["model"] == MODEL and float(face["happy"]) > 0.5
    assert room == dict.fromkeys(FER, "") | {"file": "room.png", "model": MODEL}


@pytest.mark.skipif(not YUNET.exists(), reason=f"{YUNET} is not there; Haar finds no face beyond the edge")
def test_a_face_that_cannot_be_read_is_unsure_and_says_why(command, monkeypatch):
    monkeypatch.setenv("FER_DETECTOR", "yunet")
    monkeypatch.setenv("FER_DETECTOR_FILE", str(YUNET))
    save("cut.png", astronaut_bgr()[:, :177])
    save("far.png", cv2.resize(astronaut_bgr(), (64, 48), interpolation=cv2.INTER_AREA))
    _, rows = command("cut.png", "far.png")
    assert [(row["expression"], row["unsure_because"]) for row in rows] == [
        ("unsure", "cut off"),
        ("unsure", "too small"),
    ]


def test_files_that_are_no_pictures_are_named_and_the_rest_goes_on(command, capsys):
    save("face.png", astronaut_bgr())
    save("whole.jpg", astronaut_bgr())
    with open("whole.jpg", "rb") as whole, open("half.jpg", "wb") as half:
        half.write(whole.read()[:4000])
    with open("text.jpg", "w") as text:
        text.write("not a picture")
    open("empty.png", "w").close()
    status, rows = command("half.jpg", "text.jpg", "empty.png", "missing.png", "face.png")
    assert status == 1 and [row["file"] for row in rows] == ["face.png"]
    sentences = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in sentences] == ["missing.png", "half.jpg", "text.jpg", "empty.png"]
    assert "no such file" in sentences[0] and "truncated" in sentences[1]
    assert "no picture" in sentences[2] and "empty" in sentences[3]


def table(path):
    """The rows of a file of any format."""
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".xlsx":
        names, *rows = openpyxl.load_workbook(path)["faces"].values
        return pd.DataFrame(rows, columns=names)
    rows = path.read_text().splitlines() if path.suffix == ".jsonl" else json.loads(path.read_text())
    return pd.DataFrame([json.loads(row) if isinstance(row, str) else row for row in rows])


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet", ".xlsx"])
def test_every_format_says_the_same(command, tmp_path, ending):
    save("=1+1.png", astronaut_bgr())
    save("room.png", empty_room_bgr())
    main(["=1+1.png", "room.png", "--out", f"faces{ending}"])
    face, room = table(tmp_path / f"faces{ending}").to_dict("records")
    assert tuple(face) == FER
    classifier = load_classifier(MODELS_DIR, "resnet")
    [said] = analyze(astronaut_bgr(), HaarDetector(), classifier, 0.4)
    assert (face["file"], face["face"], face["expression"], face["model"]) == ("=1+1.png", 0, said.expression, MODEL)
    assert [face[name] for name in EMOTIONS] == pytest.approx(said.probabilities, abs=1e-4)
    assert room["file"] == "room.png" and pd.isna(room["face"]) and pd.isna(room["expression"])


def test_the_columns_of_py_feat(command, tmp_path):
    save("face.png", astronaut_bgr())
    main(["face.png", "--out", "fex.csv", "--columns", "fex"])
    [row] = table(tmp_path / "fex.csv").to_dict("records")
    assert tuple(row) == FEX and (row["frame"], row["input"]) == (0, "face.png")
    assert row["happiness"] > 0.5
    negative = row["anger"] + row["disgust"] + row["fear"] + row["sadness"]
    assert row["valence"] == pytest.approx(row["happiness"] - negative, abs=1e-3)
    name, version = MODEL.split()
    assert json.loads((tmp_path / "fex.csv.model.json").read_text()) == {"model": {"name": name, "version": version}}


def test_a_folder_stands_for_what_is_in_it_and_faces_are_marked(command, tmp_path):
    (tmp_path / "class" / "more").mkdir(parents=True)
    save("class/b.png", astronaut_bgr())
    save("class/more/a.jpg", astronaut_bgr())
    (tmp_path / "class" / "notes.txt").write_text("no picture")
    status, rows = command("class", "--annotate", "marked")
    assert status is None and [row["file"] for row in rows] == ["class/b.png", "class/more/a.jpg"]
    marked = cv2.imread(str(tmp_path / "marked" / "b.png.jpg"))
    plain = cv2.imread(str(tmp_path / "class" / "b.png"))
    changed = np.abs(marked.astype(int) - plain).max(axis=2) > 60
    x, y = round(float(rows[0]["x"])), round(float(rows[0]["y"]))
    assert marked.shape == plain.shape and changed[y + 40 : y + 60, x - 3 : x + 4].any() and changed.mean() < 0.2
    assert (tmp_path / "marked" / "more" / "a.jpg.jpg").is_file()


def test_a_video_has_a_row_for_each_time(command, tmp_path):
    write_video(tmp_path / "clip.mp4", [astronaut_bgr()] * 15, fps=10)
    _, rows = command("clip.mp4", "--every", "0.5", "--annotate", "marked")
    assert [float(row["time_s"]) for row in rows] == [0.0, 0.5, 1.0]
    assert {row["face"] for row in rows} == {"0"} and {row["expression"] for row in rows} == {"happy"}
    assert len(list((tmp_path / "marked").iterdir())) == 3
    main(["clip.mp4", "--columns", "fex", "--out", "fex.csv"])
    assert table(tmp_path / "fex.csv")[["frame", "approx_time"]].values.tolist() == [
        [0, "00:00"],
        [5, "00:00"],
        [10, "00:01"],
    ]


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet", ".xlsx"])
def test_ctrl_c_keeps_what_is_done(command, tmp_path, monkeypatch, ending):
    save("face.png", astronaut_bgr())
    open_picture = analyze_files.open_picture

    def interrupted(path):
        if path.name == "second.png":
            raise KeyboardInterrupt
        return open_picture(path)

    save("second.png", astronaut_bgr())
    monkeypatch.setattr(analyze_files, "open_picture", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["face.png", "second.png", "--out", f"faces{ending}"])
    assert list(table(tmp_path / f"faces{ending}")["file"]) == ["face.png"]


def test_another_model_is_named_in_its_rows(command):
    save("face.png", astronaut_bgr())
    _, [row] = command("face.png", "--model", "mobilenet")
    assert row["model"].startswith("mobilenet ")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--out", "faces.doc"], "--out must end in .csv, .json, .jsonl, .parquet, .xlsx. Received: 'faces.doc'"),
        (["--model", "nonesuch"], "There is no model card .*nonesuch.json"),
        (["--every", "0"], "--every must be a number of seconds above 0. Received: 0.0"),
        (["--out", "no/folder/faces.csv"], "no/folder/faces.csv cannot be written .No such file"),
    ],
)
def test_what_cannot_work_is_one_sentence(command, argv, sentence):
    save("face.png", astronaut_bgr())
    with pytest.raises(SystemExit, match=sentence):
        main(["face.png", *argv])


@needs_orl
def test_people_who_agreed_are_named_in_pictures_and_videos(command, tmp_path, monkeypatch):
    for name, value in (
        ("IDENTITY", "on"),
        ("DATA_DIR", tmp_path / "data"),
        ("DETECTOR", "yunet"),
        ("DETECTOR_FILE", YUNET),
    ):
        monkeypatch.setenv(f"FER_{name}", str(value))
    settings = Settings.from_env()
    store = Store(settings.url)
    people = KnownPeople(store, settings)
    agreed = ConsentRecord("Berta", 0.0, "en", "I agree.", "JP", "pictures")
    for person, name in ((7, "José"), (12, "Ana")):
        people.enrol(name, agreed, people.check(photos(person, range(1, 6))))
    known, stranger = (np.kron(photos(one, (7,))[0][1], np.ones((2, 2, 1), np.uint8)) for one in (7, 30))
    save("known.png", cv2.rotate(known, cv2.ROTATE_90_CLOCKWISE))  # lying on its side
    save("stranger.png", stranger)
    write_video(tmp_path / "known.mp4", [known] * 6)
    _, rows = command("known.png", "stranger.png", "known.mp4")
    assert [(row["file"], row["identity"]) for row in rows] == [
        ("known.png", "José"),
        ("stranger.png", ""),
        ("known.mp4", "José"),
        ("known.mp4", "José"),
    ]
    assert float(rows[0]["similarity"]) > 0.93 and rows[1]["similarity"] == ""
    _, rows = command("known.png", "--no-names")
    assert rows[0]["identity"] == "" and rows[0]["expression"]
    store.create_lesson("Maths", 0.0, CLASS_ONLY)
    _, rows = command("known.png")
    assert rows[0]["identity"] == ""
    store.close()
