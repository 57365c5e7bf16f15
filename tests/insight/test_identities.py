"""The command identities on ORL's faces, the roster, and who is here."""

import csv
import io
import re

import pytest

from fer.config import Settings
from fer.insight import identities
from fer.insight.presence import presence, presence_csv
from fer.insight.roster import RosterError, export_roster, import_roster, read_roster
from fer.records import Identity, Reading
from fer.store.people import ConsentRecord, FaceVector
from fer.store.pictures import KeptLook, KeptPicture, KeptRead
from fer.store.store import Store
from fer.vision import identity
from fer.vision.known_people import FILE
from tests.faces_of_people import needs_orl, photo
from tests.scenes import YUNET

AGREED = ConsentRecord("=Berta", 1_700_000_000.0, "de", 'Ja,\n"gern"', "JP", "pictures", True)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command; what it printed, and what it said on stderr."""
    for name, value in (("IDENTITY", "on"), ("DATA_DIR", tmp_path / "data"), ("DETECTOR_FILE", YUNET)):
        monkeypatch.setenv(f"FER_{name}", str(value))
    monkeypatch.delenv("FER_TEST_POSTGRESQL", raising=False)  # the command would call it no setting
    monkeypatch.setattr(identity, "TREES", 20)  # quicker

    def command(*words):
        identities.main([str(word) for word in words])
        said = capsys.readouterr()
        return said.out, said.err

    return command


@pytest.fixture
def folders(tmp_path):
    """A folder of photos for each person of ORL who is asked for."""

    def of(person, numbers=range(1, 6)):
        folder = tmp_path / f"photos of {person}"
        folder.mkdir(exist_ok=True)
        for number in numbers:
            (folder / f"{number}.pgm").write_bytes(photo(person, number))
        return folder

    return of


def enrol(run, folder, name, *more):
    # ORL's pictures are PGM, which are named one by one
    return run(
        "enrol",
        name,
        "--consent",
        "Berta",
        "--country",
        "jp",
        "--purpose",
        "pictures",
        *more,
        *sorted(folder.iterdir()),
    )


@needs_orl
def test_from_enrolling_to_deleting(run, folders, tmp_path):
    for person, name in ((7, "José"), (9, "李雷"), (8, "سارة")):
        out, _ = enrol(run, folders(person), name)
    assert re.match(r"سارة is enrolled with 5 photos. 3 people with 1\d faces are learnt", out)
    listed, _ = run("list")
    assert [line.split("\t")[0] for line in listed.splitlines()] == ["name", "José", "سارة", "李雷"]

    out, err = who(run, folders)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["name"], row["state"]) for row in rows][:1] == [("José", "here")]
    assert {row["name"] for row in rows if row["state"] == "missing"} == {"سارة", "李雷"}
    assert [row["picture"] for row in rows if row["state"] == "unknown"] == ["1.pgm"]
    assert "It can be fooled" in err

    run("rename", "josé", "Joseph")
    assert "Joseph" in run("list")[0] and "José" not in run("list")[0]
    keep(folders(7) / "1.pgm")
    out, _ = run("delete", "Joseph", "--pictures")
    assert out.startswith("Everything of Joseph is deleted: ") and "Joseph" not in run("list")[0]
    assert out.endswith("Kept pictures that showed them: 1, deleted.\n")


def keep(file):
    """On the page Pictures, with the whole of it as the face."""
    store, look = (
        Store(Settings.from_env().url),
        KeptLook([Reading((5.0, 20.0, 87.0, 105.0), 0.9, (1 / 7,) * 7, "happy")]),
    )
    picture = KeptPicture(file.name, b"", 0.0, "JP", "private")
    store.keep_picture(picture, file.read_bytes(), KeptRead("resnet", "1", 92, 112, [look], 0.0))
    store.close()


def who(run, folders):
    return run("who", folders(7, (7,)) / "7.pgm", folders(30, (1,)) / "1.pgm")


@needs_orl
def test_a_roster_goes_to_another_server(run, folders, tmp_path, monkeypatch):
    for person in (7, 9):
        enrol(run, folders(person), f"Person {person}")
    run("export", tmp_path / "roster.csv")
    monkeypatch.setenv("FER_DATA_DIR", str(tmp_path / "other"))
    assert run("import", tmp_path / "roster.csv")[0].startswith("2 people are added. 2 people with ")
    assert "\nPerson 7,here," in who(run, folders)[0].replace("\r", "")
    out, err = run("import", tmp_path / "roster.csv")
    assert out.startswith("0 people are added.") and err.count("There is a person called") == 2


@needs_orl
@pytest.mark.parametrize("numbers", [(1, 2), (1, 1)])
def test_too_few_photos(run, folders, tmp_path, numbers):
    with pytest.raises(SystemExit, match="at least 3 photos"):
        enrol(run, folders(7, numbers), "Ana")


def test_nobody_without_a_consent(run, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run("enrol", "Ana", "--country", "JP", "--purpose", "pictures", tmp_path)
    assert "--consent" in capsys.readouterr().err


@needs_orl
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rename", "Ana", "Ben"), "Nobody is enrolled under this name. Received: 'Ana'"),
        (("delete", "Ana"), "Nobody is enrolled"),
        (("who", "none.jpg"), "at least 2 must be enrolled"),
        (("import", "none.csv"), "none.csv cannot be read"),
        (("enrol", "Ana", "--consent", "A", "--country", "XX", "--purpose", "pictures", "a.jpg"), "Received: XX"),
    ],
)
def test_bad_input_is_a_sentence(run, words, said):
    with pytest.raises(SystemExit, match=said):
        run(*words)


def test_it_is_off_until_it_is_switched_on(run, monkeypatch, tmp_path):
    monkeypatch.setenv("FER_IDENTITY", "off")
    with pytest.raises(SystemExit, match="until FER_IDENTITY=on is set"):
        run("who", "a.jpg")
    store = Store(Settings.from_env().url)
    store.add_person("Ana", AGREED, [], 0.0)
    store.close()
    (tmp_path / "data" / FILE).write_bytes(b"trained")
    run("delete", "Ana")  # who takes it back is deleted all the same
    assert not (tmp_path / "data" / FILE).exists() and "Ana" not in run("list")[0]


def test_the_words_to_agree_to(run):
    out, _ = run("words", "--purpose", "pictures", "--language", "de")
    assert "biometrische Daten (DSGVO, Art. 9)" in out


# The roster


def roster(store):
    file = io.StringIO(newline="")
    export_roster(store, file)
    return file.getvalue()


def test_a_roster_comes_back_as_it_was(fresh_store, tmp_path):
    import numpy as np

    vector = np.eye(1, 20, dtype=np.float32)[0]
    fresh_store.add_person("=1+1", AGREED, [FaceVector(vector, "hog-1"), FaceVector(vector, "hog-1")], 0.0)
    fresh_store.add_person("Ben", AGREED, [], 0.0)
    text = roster(fresh_store)
    assert "\r\n=1+1" not in text and ",=Berta" not in text  # no spreadsheet runs it
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    assert import_roster(other, io.StringIO(text, newline=""), 0.0) == (2, [])
    assert [(one.name, one.consent, one.faces) for one in other.people()] == [
        ("=1+1", AGREED, {"hog-1": 2}),
        ("Ben", AGREED, {}),
    ]
    other.close()


def broken(text, old, new):
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("agreed_by", "agreed", "one without agreed_by"),
        ("'=Berta", "", "Line 3 .*who agreed, and to which words"),
        ("JP", "XX", "Line 3 .*Received: XX"),
        (",yes,", ",ja,", "Line 3 .*must be yes or no. Received: 'ja'"),
        ("2023-11-14", "yesterday", "Line 3 of the roster cannot be used"),
        ("hog-1,", "hog-1,AAAA", "Line 3 .*vector"),
        ("hog-1,", "hog-1,!", "Line 3 of the roster cannot be used"),
    ],
)
def test_a_roster_that_cannot_be_read(fresh_store, old, new, said):
    import numpy as np

    fresh_store.add_person("Ana", AGREED, [FaceVector(np.eye(1, 20, dtype=np.float32)[0], "hog-1")], 0.0)
    text = roster(fresh_store)
    with pytest.raises(RosterError, match=said):
        read_roster(io.StringIO(broken(text, old, new), newline=""))


# Who is here


def test_who_is_here_who_is_missing_and_who_is_unknown():
    box = (1.0, 2.0, 4.0, 6.0)
    faces = [("a.jpg", box, Identity("Ben", 0.95)), ("b.jpg", box, None), ("b.jpg", box, Identity("Ben", 0.97))]
    rows = presence(faces, ["Ana", "Ben", "=1+1"])
    assert [(row["name"], row["state"], row.get("similarity"), row.get("picture")) for row in rows] == [
        ("Ben", "here", 0.97, "b.jpg"),
        ("=1+1", "missing", None, None),
        ("Ana", "missing", None, None),
        ("", "unknown", None, "b.jpg"),
    ]
    assert presence_csv(rows).splitlines()[:3] == [
        "name,state,similarity,picture,x,y,width,height",
        "Ben,here,0.97,b.jpg,1.0,2.0,3.0,4.0",
        "'=1+1,missing,,,,,,",
    ]
