import cv2
import numpy as np
import pytest
from PIL import Image

from fer.config import MODELS_DIR
from fer.vision.analyze import PictureError, analyze, open_picture
from fer.vision.classifier import load_classifier
from fer.vision.detector import HaarDetector
from fer.vision.turns import turned
from tests.scenes import astronaut_bgr

ORIENTATION = 274  # the EXIF tag; 8: turn it once to the left


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(MODELS_DIR, "resnet")


def save(name, picture_bgr, **options):
    Image.fromarray(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2RGB)).save(name, **options)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_picture_is_read_whichever_way_up_it_is(classifier, turns):
    [said] = analyze(turned(astronaut_bgr(), turns), HaarDetector(), classifier, 0.4)
    assert (said.expression, said.unsure_because) == ("happy", None)
    x1, y1, x2, y2 = said.box_xyxy
    centre = turned(np.zeros((240, 320), np.uint8), turns)
    centre = cv2.circle(turned(centre, (4 - turns) % 4), (165, 110), 40, 255, -1)
    assert turned(centre, turns)[round((y1 + y2) / 2), round((x1 + x2) / 2)] == 255


def test_a_picture_that_is_upright_is_searched_once(classifier):
    class Counting(HaarDetector):
        searched = 0

        def search_still(self, picture_bgr):
            self.searched += 1
            return super().search_still(picture_bgr)

    detector = Counting()
    analyze(astronaut_bgr(), detector, classifier, 0.4)
    assert detector.searched == 1
    analyze(turned(astronaut_bgr(), 2), detector, classifier, 0.4)
    assert detector.searched == 3


def test_the_largest_face_of_a_picture_comes_first(classifier):
    picture = np.hstack([cv2.resize(astronaut_bgr(), (160, 120)), astronaut_bgr()[60:180]])
    picture = np.vstack([astronaut_bgr(), np.pad(picture, ((0, 0), (0, 0), (0, 0)))[:, :320]])
    heights = [one.box_xyxy[3] - one.box_xyxy[1] for one in analyze(picture, HaarDetector(), classifier, 0.4)]
    assert len(heights) > 1 and heights == sorted(heights, reverse=True)


def test_a_picture_too_large_to_open_is_refused(tmp_path, monkeypatch):
    save(tmp_path / "large.png", np.zeros((100, 100, 3), np.uint8))
    monkeypatch.setattr("fer.vision.analyze.MOST_PIXELS", 9_999)
    with pytest.raises(PictureError, match=r"large.png: a picture has at most 9,999 pixels. Received: 100 x 100"):
        open_picture(tmp_path / "large.png")


def test_exif_says_which_way_up_a_file_is(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    save(tmp_path / "lying.png", turned(astronaut_bgr(), 3), exif=exif)
    assert (open_picture(tmp_path / "lying.png") == astronaut_bgr()).all()


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_becomes_colour(tmp_path, mode):
    grey = Image.fromarray(cv2.cvtColor(astronaut_bgr(), cv2.COLOR_BGR2GRAY))
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    (deep if mode == "I;16" else grey.convert(mode)).save(tmp_path / "one.tiff")
    picture = open_picture(tmp_path / "one.tiff")
    assert picture.shape == (240, 320, 3) and picture.dtype == np.uint8
    assert np.abs(picture.mean((0, 1)) - np.asarray(grey).mean()).max() < 8
