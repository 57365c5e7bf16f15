"""Looking at videos: every format, when, which way up, which face, and those that are broken."""

from io import BytesIO

import av
import numpy as np
import pytest

from fer.vision import video
from fer.vision.analyze import PictureError
from fer.vision.classifier import Judged
from fer.vision.detector import HaarDetector
from fer.vision.turns import turned
from fer.vision.video import open_video, pictures, read_video
from tests.scenes import astronaut_bgr, empty_room_bgr, write_video


def looked_at(path, every_s=0.5):
    with open_video(path, path.name) as opened:
        return list(pictures(opened, every_s))


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "mkv"])
def test_every_format_is_looked_at_every_so_often(tmp_path, ending):
    path = write_video(tmp_path / f"clip.{ending}", [empty_room_bgr()] * 5 + [astronaut_bgr()] * 10)
    seen = looked_at(path)
    assert [(number, round(time_s, 3)) for number, time_s, _ in seen] == [(0, 0.0), (5, 0.5), (10, 1.0)]
    assert (
        np.abs(seen[1][2].astype(int) - astronaut_bgr()).mean()
        < 12
        < np.abs(seen[0][2].astype(int) - astronaut_bgr()).mean()
    )


def test_a_variable_frame_rate_gives_the_times_of_its_pictures(tmp_path):
    times_s = [0.0, 0.1, 0.2, 1.7, 1.8, 3.0]
    path = write_video(tmp_path / "clip.mkv", [astronaut_bgr()] * 6, times_s=times_s)
    assert [round(time_s, 3) for _, time_s, _ in looked_at(path)] == [0.0, 1.7, 3.0]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_container_says_which_way_is_up(tmp_path, turns):
    lying = turned(astronaut_bgr(), (4 - turns) % 4)
    path = write_video(tmp_path / "clip.mp4", [lying] * 3, rotation=turns * 90)
    [(_, _, picture)] = looked_at(path)
    assert np.abs(picture.astype(int) - astronaut_bgr()).mean() < 12


class Certain:
    """A classifier that is sure of everything."""

    readable_below = None

    def read(self, faces):
        return Judged(np.tile(np.eye(7, dtype=np.float32)[3], (len(faces), 1)), None)


@pytest.mark.parametrize("turns", [1, 2])
def test_a_video_that_lost_its_rotation_is_read_the_right_way_up(tmp_path, turns):
    path = write_video(tmp_path / "clip.mp4", [turned(astronaut_bgr(), turns)] * 12)
    with open_video(path, "clip.mp4") as video:
        looks = list(read_video(video, 0.5, HaarDetector(), Certain(), 0.4))
    height, width = looks[0].frame_bgr.shape[:2]
    for look in looks:
        [seen] = look.readings
        x1, y1, x2, y2 = seen.box_xyxy
        assert seen.expression == "happy" and look.numbers == [0]
        assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height


def test_pictures_of_a_video_without_a_face_are_turned_now_and_then(tmp_path):
    class Blind:
        name, searches, turned_searches = "yunet", 0, 0

        def search_still(self, picture_bgr, most_px=None):
            self.searches += 1
            return []

        def detect(self, picture_bgr, near=(), everywhere=True):
            self.turned_searches += 1
            return []

    blind = Blind()
    path = write_video(tmp_path / "clip.mp4", [astronaut_bgr()] * 9)
    with open_video(path, "clip.mp4") as video:
        looks = list(read_video(video, 0.1, blind, Certain(), 0.4))
    of_one_look = 4 * 2  # in four turns, at 160 px and as it is
    assert (len(looks), blind.searches) == (9, 9) and blind.turned_searches == 2 * of_one_look


def sound_only():
    file = BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream = made.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "clip: the file is empty"),
        (b"not a video at all", "clip: this is no MP4, MOV, WebM or MKV video"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n", "clip: this is no MP4, MOV, WebM or MKV video"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 50, "clip: the video is damaged or cut off"),
        (sound_only(), "clip: this video has no picture"),
    ],
    ids=["empty", "text", "playlist", "header only", "sound only"],
)
def test_what_is_no_video_is_one_sentence(content, sentence):
    with pytest.raises(PictureError, match=sentence), open_video(BytesIO(content), "clip") as opened:
        list(pictures(opened, 0.5))


def test_a_video_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (80, 240, 320, 3), np.uint8)
    whole = write_video(tmp_path / "whole.mkv", list(noise)).read_bytes()
    half, seen = BytesIO(whole[: len(whole) // 2]), []

    def read():
        with open_video(half, "clip") as opened:
            for one in pictures(opened, 0.5):
                seen.append(one)

    with pytest.raises(PictureError, match="clip: the video is"):
        read()
    assert 3 <= len(seen) < 16


def test_a_video_that_is_too_long_or_too_large_is_refused(tmp_path, monkeypatch):
    path = write_video(tmp_path / "clip.mp4", [astronaut_bgr()] * 30)
    with (
        pytest.raises(PictureError, match="clip.mp4: a video has at most 2 s. Received: 3 s"),
        open_video(path, path.name, 2.0),
    ):
        pass
    monkeypatch.setattr(video, "MOST_PIXELS", 9_999)
    with (
        pytest.raises(PictureError, match="a picture has at most 9,999 pixels. Received: 320 x 240"),
        open_video(path, path.name),
    ):
        pass


def test_a_missing_video_is_named(tmp_path):
    with (
        pytest.raises(PictureError, match=r"gone.mp4: the video cannot be read \(No such file"),
        open_video(tmp_path / "gone.mp4", "gone.mp4"),
    ):
        pass
