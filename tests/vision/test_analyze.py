import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fer.config import MODELS_DIR
from fer.records import Face
from fer.vision.analyze import SURELY_UPRIGHT, PictureError, analyze, decode, open_picture, search
from fer.vision.classifier import load_classifier
from fer.vision.detector import HaarDetector
from fer.vision.turns import Upright, turned
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

        def search_still(self, picture_bgr, most_px=None):
            self.searched += 1
            return super().search_still(picture_bgr, most_px)

    detector = Counting()
    analyze(astronaut_bgr(), detector, classifier, 0.4)
    assert detector.searched == 1
    analyze(turned(astronaut_bgr(), 2), detector, classifier, 0.4)
    assert detector.searched == 3


def test_a_face_that_surely_stands_upright_is_not_turned(monkeypatch):
    monkeypatch.setattr("fer.vision.analyze.way_up_around", lambda *args: Upright(2))
    haar, picture = HaarDetector(), astronaut_bgr()
    score = haar.search_still(picture)[0].score
    monkeypatch.setitem(SURELY_UPRIGHT, "haar", score)
    assert search(picture, haar)[1] == Upright()
    asked = []
    monkeypatch.setattr("fer.vision.analyze.way_up_around", lambda *args: asked.append(1) or Upright())
    monkeypatch.setitem(SURELY_UPRIGHT, "haar", score + 0.01)
    assert search(picture, haar)[1] == Upright() and asked


def test_the_largest_face_of_a_picture_comes_first(classifier):
    picture = np.hstack([cv2.resize(astronaut_bgr(), (160, 120)), astronaut_bgr()[60:180]])
    picture = np.vstack([astronaut_bgr(), np.pad(picture, ((0, 0), (0, 0), (0, 0)))[:, :320]])
    heights = [one.box_xyxy[3] - one.box_xyxy[1] for one in analyze(picture, HaarDetector(), classifier, 0.4)]
    assert len(heights) > 1 and heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(("smaller", "first"), [(50.0, "doubtful"), (70.0, "sure")])
def test_a_face_that_the_detector_is_not_sure_of_comes_first_only_if_it_is_much_larger(smaller, first):
    faces = {
        "sure": Face((100.0, 50.0, 100.0 + smaller, 50.0 + smaller), 0.91),
        "doubtful": Face((10.0, 50.0, 100.0, 140.0), 0.84),
    }

    class Told(HaarDetector):
        def search_still(self, picture_bgr, most_px=None):
            return list(faces.values())

    assert search(astronaut_bgr(), Told())[0][0] == faces[first]


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


HEIC = Path(__file__).parent / "astronaut.heic"  # the picture of tests.scenes, written once by pillow-heif


def as_file(picture, form, **options):
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def colour_image():
    return Image.fromarray(cv2.cvtColor(astronaut_bgr(), cv2.COLOR_BGR2RGB))


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("PNG", {}),
        ("WEBP", {"quality": 90}),
        ("AVIF", {"quality": 90}),
        ("BMP", {}),
        ("TIFF", {}),
        ("GIF", {}),
    ],
)
def test_every_format_is_opened(form, options):
    picture = decode(io.BytesIO(as_file(colour_image(), form, **options)), "one")
    assert picture.shape == (240, 320, 3) and np.abs(picture.astype(int) - astronaut_bgr()).mean() < 6


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "PNG", "AVIF"])
def test_of_several_pictures_in_a_file_the_first_is_read(form):
    black = Image.new("RGB", (320, 240))
    file = as_file(colour_image(), form, save_all=True, append_images=[black, black])
    picture = decode(io.BytesIO(file), "many")
    assert np.abs(picture.astype(int) - astronaut_bgr()).mean() < 6


def test_heic_is_opened_where_its_package_is_installed(monkeypatch):
    pytest.importorskip("pi_heif")
    assert np.abs(open_picture(HEIC).astype(int) - astronaut_bgr()).mean() < 6


def test_heic_names_the_package_that_it_needs(monkeypatch):
    monkeypatch.setattr("fer.vision.analyze.opens_heic", lambda: False)
    with pytest.raises(PictureError, match=r"astronaut\.heic: a HEIC picture needs the package pi-heif"):
        open_picture(HEIC)


def bomb(width, height):
    """A PNG of a few bytes that says it is so large."""

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"")) + part(b"IEND", b"")


JPEG = as_file(colour_image(), "JPEG")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "one.jpg: the file is empty"),
        (b"This is text.", "one.jpg: this is no picture of a known format"),
        (JPEG[: len(JPEG) // 2], "one.jpg: the picture cannot be read (image file is truncated"),
        (as_file(colour_image(), "PNG")[:5000], "one.jpg: the picture cannot be read"),
        (as_file(colour_image(), "TIFF")[:5000], "one.jpg: "),
        (HEIC.read_bytes()[:3000], "one.jpg: "),
        (bomb(8_000, 8_000), "one.jpg: a picture has at most 50,000,000 pixels. Received: 8000 x 8000"),
        (bomb(60_000, 60_000), "one.jpg: a picture has at most 50,000,000 pixels. Received: more"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 50, "one.jpg: this is no picture of a known format"),
    ],
    ids=["empty", "text", "half a JPEG", "half a PNG", "half a TIFF", "half a HEIC", "large", "bomb", "video"],
)
def test_what_is_no_picture_is_one_sentence(content, sentence):
    with pytest.raises(PictureError) as raised:
        decode(io.BytesIO(content), "one.jpg")
    assert str(raised.value).startswith(sentence) and "\n" not in str(raised.value)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "I;16"])
def test_every_kind_of_png_becomes_colour(mode):
    grey = np.asarray(colour_image().convert("L"))
    made = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else colour_image().convert(mode)
    picture = decode(io.BytesIO(as_file(made, "PNG")), "one")
    assert picture.shape == (240, 320, 3) and np.abs(picture.mean() - grey.mean()) < 8


def test_cmyk_of_a_jpeg_becomes_colour():
    picture = decode(io.BytesIO(as_file(colour_image().convert("CMYK"), "JPEG", quality=95)), "one")
    assert np.abs(picture.astype(int) - astronaut_bgr()).mean() < 6
