"""Every layout FER-2013 is handed around in gives the same faces; whatever is none of them is one clear sentence."""

import zipfile

import cv2
import numpy as np
import pytest

from fer.config import ROOT
from fer.records import EMOTIONS
from train.data import FERPLUS_EMOTIONS, Faces, describe, duplicates, load_faces, load_splits, load_votes

SHARED = ROOT.parent / "shared" / "data"
NUMBERED = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # 0 to 6 in fer2013.csv, not our order
VOTES_HEADER = f"Usage,Image name,{','.join(FERPLUS_EMOTIONS)},unknown,NF\n"


def grey(emotion, split):
    """A picture whose value says what it is: 10, 20, ... for train, one more for test."""
    return np.full((48, 48), 10 * (EMOTIONS.index(emotion) + 1) + (split == "test"), np.uint8)


def image(pixels, suffix=".png"):
    return cv2.imencode(suffix, pixels)[1].tobytes()


def write_folder(folder, suffix=".png", emotions=EMOTIONS):
    for split in ("train", "test"):
        for number, emotion in enumerate(emotions):
            file = folder / split / emotion / f"fer{6 - number}{suffix}"  # names in the opposite order of the emotions
            file.parent.mkdir(parents=True)
            file.write_bytes(image(grey(emotion, split), suffix))
    return folder


def write_zip(path, folder, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.glob("*/*/*")):
            archive.write(file, inside + str(file.relative_to(folder)))
        archive.writestr("readme.txt", "no picture")
        archive.writestr("__MACOSX/data/test/happy/._fer3.png", b"what a Mac adds")
    return path


def write_csv(path, usages=("Training", "PublicTest", "PrivateTest")):
    rows = ["emotion,pixels,Usage"]
    for usage in usages:
        for number, emotion in enumerate(NUMBERED):
            pixels = grey(emotion, "train" if usage == "Training" else "test")
            rows.append(f"{number},{' '.join(map(str, pixels.ravel()))},{usage}")
    path.write_text("\n".join(rows) + "\n")
    return path


def assert_is_whole(faces, split):
    assert faces.pixels.shape == (len(faces), 48, 48) and faces.pixels.dtype == np.uint8
    assert set(faces.labels) == set(range(7))
    for pixels, label in zip(faces.pixels, faces.labels, strict=True):
        assert np.abs(pixels.astype(int) - grey(EMOTIONS[label], split)).max() <= 1  # jpg and webp are not exact


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".PNG"])
def test_a_folder_in_any_image_format(tmp_path, suffix, split):
    faces = load_faces(write_folder(tmp_path, suffix), split)
    assert_is_whole(faces, split)
    assert faces.names == [f"fer{number}" for number in range(7)]
    assert [EMOTIONS[label] for label in faces.labels] == list(EMOTIONS[::-1])


@pytest.mark.parametrize("inside", ["", "fer2013/", "archive/data/"])
def test_a_zip_is_the_same_as_its_folder(tmp_path, inside):
    folder = write_folder(tmp_path / "data")
    zipped = load_faces(write_zip(tmp_path / "data.zip", folder, inside), "test")
    plain = load_faces(folder, "test")
    assert zipped.names == plain.names
    assert (zipped.labels == plain.labels).all() and (zipped.pixels == plain.pixels).all()


@pytest.mark.parametrize(("split", "faces"), [("train", 7), ("test", 7), ("PublicTest", 7), ("PrivateTest", 7)])
def test_fer2013_csv_has_its_own_numbers_for_emotions(tmp_path, split, faces):
    loaded = load_faces(str(write_csv(tmp_path / "fer2013.csv")), split)
    assert len(loaded) == faces
    assert_is_whole(loaded, "train" if split == "train" else "test")


def test_larger_and_coloured_pictures_become_48x48_grey(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "test" / "happy" / "fer3.png").write_bytes(image(np.full((96, 120, 3), (0, 255, 0), np.uint8)))
    faces = load_faces(folder, "test")
    assert (faces.pixels[faces.labels == EMOTIONS.index("happy")] // 2 == 149 // 2).all()
    assert faces.resized == 1 and load_faces(folder, "train").resized == 0
    assert "test: 1 pictures were not 48x48 and were resized" in list(describe(load_faces(folder, "train"), faces))


@pytest.mark.parametrize(
    ("pixels", "received"), [("1 2 3", "1 2 3"), ("0 " * 2303 + "999", "0 0 "), ("a b c d", "a b c d")]
)
def test_a_row_that_is_no_picture_is_named(tmp_path, pixels, received):
    path = write_csv(tmp_path / "fer2013.csv")
    rows = path.read_text().splitlines()
    rows[3] = f"2,{pixels},Training"
    path.write_text("\n".join(rows))
    with pytest.raises(ValueError, match=f"row2 must have the grey values.*Received: '{received}"):
        load_faces(path, "train")


def test_rows_of_other_emotions_or_none_of_one(tmp_path):
    path = write_csv(tmp_path / "fer2013.csv")
    whole = path.read_text()
    path.write_text(whole.replace("\n3,", "\n9,", 1))
    with pytest.raises(ValueError, match=r"the emotions 0 to 6 only. Received: \[9\]"):
        load_faces(path, "train")
    path.write_text(whole.replace("\n3,", "\n2,", 1))
    assert load_faces(path, "train").missing() == ["happy"]
    with pytest.raises(ValueError, match="every emotion in train. Received: none of happy"):
        load_splits(path)
    assert len(load_faces(path, "test")) == 7


def test_a_csv_of_larger_pictures_is_resized(tmp_path):
    path = write_csv(tmp_path / "fer2013.csv")
    rows = path.read_text().splitlines()
    rows[4] = f"3,{' '.join(['77'] * 96 * 96)},Training"
    path.write_text("\n".join(rows))
    faces = load_faces(path, "train")
    assert faces.resized == 1 and (faces.pixels[3] == 77).all()


def test_duplicates_are_counted_pixel_by_pixel():
    def split(*greys):
        return Faces(
            np.array([np.full((48, 48), g, np.uint8) for g in greys]), np.arange(len(greys)) % 7, list(map(str, greys))
        )

    assert duplicates(split(1, 2, 1, 1), split(2, 2, 3)) == {"within_train": 2, "test_faces_also_in_train": 2}
    assert duplicates(split(1, 2), split(3)) == {"within_train": 0, "test_faces_also_in_train": 0}


def test_data_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"Received: .*nothing\.zip, which does not exist"):
        load_faces(tmp_path / "nothing.zip", "test")


def test_a_folder_without_pictures(tmp_path):
    with pytest.raises(ValueError, match=r"No image found in .* under test/<emotion>/"):
        load_faces(tmp_path, "test")


def test_other_emotions_than_ours(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "test" / "fear").rename(tmp_path / "test" / "contempt")
    with pytest.raises(ValueError, match="and no other. Received: contempt"):
        load_faces(tmp_path, "test")


def test_training_needs_faces_of_every_emotion_and_evaluation_does_not(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "test" / "angry" / "fer6.png").rename(tmp_path / "test" / "angry" / "._fer6.png")  # as a Mac adds
    assert load_faces(tmp_path, "test").missing() == ["angry"]
    with pytest.raises(ValueError, match="every emotion in test. Received: none of angry"):
        load_splits(tmp_path)


def test_a_zip_that_is_none(tmp_path):
    (tmp_path / "fer2013.zip").write_bytes(b"half of it")
    with pytest.raises(ValueError, match=r"fer2013\.zip must be a zip"):
        load_faces(tmp_path / "fer2013.zip", "test")


@pytest.mark.parametrize("data", [b"", b"no image", image(np.zeros((48, 48), np.uint8))[:60]])
def test_a_broken_picture_is_named(tmp_path, data):
    write_folder(tmp_path)
    (tmp_path / "test" / "sad" / "fer1.png").write_bytes(data)
    with pytest.raises(ValueError, match=rf"sad/fer1\.png must be a readable image. Received: {len(data)} bytes"):
        load_faces(tmp_path, "test")


def test_a_csv_of_something_else(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"columns emotion, pixels and Usage. Received: \['a', 'b'\]"):
        load_faces(tmp_path / "other.csv", "test")
    with pytest.raises(ValueError, match="Received: 'validation', which has no row"):
        load_faces(write_csv(tmp_path / "fer2013.csv"), "validation")


def test_votes_join_on_the_name_whatever_the_order_and_suffix(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(
        VOTES_HEADER + "Training,fer2.png,0,10,0,0,0,0,0,0,0,0\n"
        "Training,,0,0,0,0,0,0,0,0,0,10\n"  # FER+ left these images out, so they have no name
        "PublicTest,fer1.png,1,2,3,0,0,0,0,0,3,1\n"
    )
    votes = load_votes(path, ["fer1", "fer2", "fer3"])
    assert votes.dtype == np.float32
    assert votes.tolist() == [[1, 2, 3, 0, 0, 0, 0, 0, 3, 1], [0, 10, *[0] * 8], [0] * 10]


def test_votes_of_fer2013_csv_join_on_the_row(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES_HEADER + "".join(f"Training,,{row},0,0,0,0,0,0,0,0,0\n" for row in range(21)))
    names = load_faces(write_csv(tmp_path / "fer2013.csv"), "test").names
    assert load_votes(path, names)[:, 0].tolist() == list(range(7, 14))  # the rows after the seven for training


@pytest.mark.parametrize("content", ["a,b\n1,2\n", VOTES_HEADER.replace("Image name", "Picture")])
def test_votes_of_another_layout(tmp_path, content):
    (tmp_path / "votes.csv").write_text(content)
    with pytest.raises(ValueError, match="The votes must have 12 columns, as fer2013new.csv"):
        load_votes(tmp_path / "votes.csv", ["fer1"])


def test_votes_for_other_images_are_an_error(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES_HEADER + "Training,fer9.png,10,0,0,0,0,0,0,0,0,0\n")
    with pytest.raises(ValueError, match=r"names none of them \(the data set's first is 'fer1'\)"):
        load_votes(path, ["fer1", "fer2"])


def test_the_shared_test_split_with_its_votes():
    if not (SHARED / "fer2013.zip").exists():
        pytest.skip(f"needs {SHARED}/fer2013.zip")
    faces = load_faces(SHARED / "fer2013.zip", "test")
    votes = load_votes(SHARED / "fer2013new.csv", faces.names)
    assert faces.pixels.shape == (3579, 48, 48)
    assert np.bincount(faces.labels).tolist() == [466, 56, 496, 891, 604, 652, 414]
    assert (votes.sum(1) == 10).all()
    happy = FERPLUS_EMOTIONS.index("happiness")
    assert (
        votes[faces.labels == EMOTIONS.index("happy")].argmax(1) == happy
    ).mean() > 0.85  # joined to the right image
