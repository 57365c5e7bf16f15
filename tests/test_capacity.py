from fer import capacity
from fer.capacity import Reading, drawn_face, encoded_clip, measure, summary
from fer.detector import HaarDetector


def test_the_drawn_face_is_one_the_detector_finds():
    for shift_px in (-30, 0, 30):
        [face] = HaarDetector().detect(drawn_face(shift_px))
        assert abs((face.box_xyxy[0] + face.box_xyxy[2]) / 2 - 160 - shift_px) < 12


def test_the_clip_begins_with_a_key_frame():
    clip = encoded_clip(5)
    assert len(clip) == capacity.CLIP_FRAMES
    assert clip[0][0] & 1 == 0 and clip[1][0] & 1 == 1  # VP8's first bit: 0 in a key frame


def test_students_stream_through_the_real_line(running):
    running.start()
    figures = dict(measure(running, students=2, seconds=2.0))
    assert figures["students"] == "2" and figures["errors"] == "0"
    [lesson] = running.store.lessons()
    states = running.store.student_counts(lesson.id).groupby("student_id")["state"].agg(set)
    assert len(states) == 2 and all("unsure" in seen for seen in states)


def test_summary(running):
    rows = dict(summary(Reading(0.0, 1.0, 5, (0, 0), (0, 0)), Reading(10.0, 1.5, 6, (50, 40), (20, 10)), [0.5] * 10, running))
    assert rows["received, frames/s per student"] == "4.00 least, 4.50 median"
    assert rows["analysed, frames/s per student"] == "1.00 least, 1.50 median"
    assert rows["server CPU"] == "5% of a core, 2.5% per student"
    assert rows["frames replaced unseen"] == "60" and rows["threads"] == "6"
