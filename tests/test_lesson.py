"""Whole lessons with real browsers: cameras, dashboard, CSV, and what happens when something dies."""

import csv
import io
import re
import signal
import time

import cv2
import pytest
from playwright.sync_api import Error as PlaywrightError

from fer.records import LABELS
from fer.vision.detector import YuNetDetector
from fer.vision.tracks import height
from tests.live import (
    ROOT,
    WATCH_SHIFTS,
    begin_lesson,
    choose,
    enrol,
    headline,
    join,
    running,
    start_camera,
    start_lesson,
    wait_until,
)
from tests.scenes import YUNET, write_scenes
from train import unreadable
from train.judged_covers import other_mask

IMAGE_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*", b"\x1aE\xdf\xa3")


def tiles(page) -> str:
    return page.locator(".tiles").inner_text()


def is_narrow(page) -> bool:
    """Whether all of a page is as wide as the screen: nothing has to be pushed aside."""
    return page.locator(".stMain").evaluate("main => main.scrollWidth <= innerWidth")


def download(page, name: str) -> list[dict]:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    text = started.value.path().read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_from_camera_to_csv(browsers, clips, tmp_path):
    started_at = time.time()
    with running(tmp_path) as server:
        teacher, chart_errors = browsers.page(), []
        teacher.on("console", lambda said: chart_errors.append(said.text) if said.text.startswith("ERROR") else None)
        code = start_lesson(teacher, server, "Mathematics *3b*")
        join(browsers.page(clips["face"]), server, code, "=Ana")
        join(browsers.page(clips["room"]), server, code, "Ben [x](http://x)")

        wait_until(lambda: "1 of 2 visible" in headline(teacher), 20, "both are present, one face is visible", teacher)
        teacher.get_by_role("heading", name="Mathematics *3b*").wait_for()
        wait_until(lambda: "no face" in tiles(teacher), 10, "the empty room is no face", teacher)
        assert "=Ana" in tiles(teacher) and "Ben [x](http://x)" in tiles(teacher)
        wait_until(
            lambda: float(headline(teacher).split("newest picture ")[1].split()[0]) < 2, 20, "pictures are new", teacher
        )
        teacher.get_by_text("No face 1").click()
        wait_until(lambda: "=Ana" not in tiles(teacher) and "Ben" in tiles(teacher), 10, "a count chooses", teacher)

        teacher.set_viewport_size({"width": 390, "height": 844})  # a phone
        new_topic, order = (
            teacher.get_by_role("button", name="New topic"),
            (".headline", ".st-key-tools-button", ".tiles"),
        )
        top, *below = (teacher.locator(place).bounding_box()["y"] for place in order)
        assert top < min(below) and below == sorted(below) and not new_topic.is_visible()
        teacher.get_by_role("button", name="Tools").click()
        new_topic.wait_for()
        assert is_narrow(teacher)
        end_lesson(teacher)
        teacher.get_by_test_id("stVegaLiteChart").wait_for()
        assert is_narrow(teacher)
        rows = download(teacher, "Observations (CSV)")
        stored = server.query(
            "select s.name, o.status, o.label, o.p_happy from observations o join students s "
            "on s.id = o.student_id order by o.observed_at, s.id, o.face"
        )
        assert len(rows) == len(stored) > 10
        for row, (name, status, label, happy) in zip(rows, stored, strict=True):
            assert (row["student"], row["status"], row["label"]) == (name.replace("=Ana", "'=Ana"), status, label or "")
            assert row["happy"] == ("" if happy is None else str(happy))
        assert {row["status"] for row in rows if row["student"].startswith("Ben")} == {"no face"}
        assert sum(int(r["no face"]) for r in download(teacher, "Per minute (CSV)")) == sum(
            row["status"] == "no face" for row in rows
        )
        assert [r["student"] for r in download(teacher, "Per student (CSV)")] == ["'=Ana", "Ben [x](http://x)"]
    assert chart_errors == []  # Vega draws half a chart and says so only there
    # The server's data, temporary files and home are below tmp_path; its working folder is the project's.
    assert images_below(tmp_path) == []
    assert [file for file in images_below(ROOT) if file.stat().st_mtime > started_at] == []


def exported(teacher, server, report: str) -> list[dict]:
    """An export of the first lesson."""
    text = teacher.request.get(f"{server.url}/export/1/{report}.csv").body().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def end_lesson(teacher) -> None:
    teacher.get_by_role("button", name="End lesson").click()
    teacher.get_by_role("dialog").get_by_role("button", name="End lesson").click()
    teacher.get_by_role("heading", name="Lessons").wait_for()


def images_below(folder) -> list:
    """Files that begin like a picture or a video."""
    files = (file for file in folder.rglob("*") if not {".venv", ".git"} & set(file.parts) and file.is_file())
    return [file for file in files if file.read_bytes()[:8].startswith(IMAGE_SIGNATURES)]


def test_the_search_for_pictures_finds_one(clips):
    assert set(images_below(clips["face"].parent)) == set(clips.values())


def kill(page) -> None:
    """The browser's process dies at once: no page gets to say goodbye."""
    with pytest.raises(PlaywrightError):
        page.context.browser.new_browser_cdp_session().send("Browser.crash")


def test_a_killed_browser_is_noticed_and_may_come_back(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher, student = browsers.page(), browsers.page(clips["face"])
        code = start_lesson(teacher, server, "Physics")
        join(student, server, code, "Ana")
        wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "the student is present", teacher)
        kept = student.context.storage_state()
        kill(student)
        wait_until(
            lambda: "Waiting for students" in headline(teacher) and "dropped" in tiles(teacher),
            10,
            "the student is gone",
            teacher,
        )

        again = browsers.page(clips["face"], kept)
        again.goto(f"{server.url}/join?code={code}")
        start_camera(again)
        wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "the student is back", teacher)
        assert server.query("select name from students") == [("Ana",)]

        again.get_by_role("button", name="Leave the lesson").click()
        again.get_by_text("You have left the lesson").wait_for()
        wait_until(lambda: "left" in tiles(teacher), 10, "the student has left", teacher)
        again.get_by_role("button", name="Join again as Ana").click()
        start_camera(again)
        wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "the student is back again", teacher)
        assert "Traceback" not in "".join(server.log) and "KeyError" not in "".join(server.log)


def hard_scenes() -> list:
    """A masked face, one that is cut off, one with a larger score on a poster behind it, the poster alone, a covered lens."""
    detector = YuNetDetector(YUNET)
    [one] = unreadable.portraits([unreadable.astronaut_bgr()], detector)
    photo = one.photo_bgr
    slanted = cv2.getRotationMatrix2D((photo.shape[1] / 2, photo.shape[0] / 2), 30, 1)
    student = cv2.GaussianBlur(
        cv2.warpAffine(photo, slanted, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), (0, 0), 3
    )
    poster = unreadable.scene(photo, (0.83, 0.25), 0.6)
    both = unreadable.scene(student, (0.33, 0.55), 0.9, poster)
    first, second = detector.detect(both)
    assert first.box_xyxy[0] > second.box_xyxy[0] and height(first.box_xyxy) < height(second.box_xyxy)
    covered_lens = unreadable.covered_lenses()[1]
    return [unreadable.drawn_over(one, other_mask, 0), unreadable.scene(photo, (0.06, 0.5)), both, poster, covered_lens]


@pytest.mark.skipif(not YUNET.exists(), reason=f"needs {YUNET}")
def test_faces_that_cannot_be_read_and_a_poster_are_told_and_counted_for_nobody(browsers, tmp_path):
    clip = write_scenes(tmp_path / "hard.mjpeg", hard_scenes(), frames_each=144)
    with running(tmp_path) as server:
        teacher, student = browsers.page(), browsers.page(clip)
        join(student, server, start_lesson(teacher, server, "Art"), "Ana")
        help = (
            "too much of it is covered",
            "Move to your left",
            "your face is seen",
            "only somebody else's",
            "Open the cover",
        )
        for told in help:
            student.get_by_text(told).wait_for()
        end_lesson(teacher)
        rows = exported(teacher, server, "observations")
        assert {"covered", "cut off"} <= {row["unsure_because"] for row in rows if row["role"] == "student"}
        posters = [row for row in rows if row["role"] == "bystander"]
        assert posters and all(float(row["x1"]) > 160 for row in posters)
        assert all(float(row["x1"]) < 160 for row in rows if row["role"] == "student" and row["x1"])
        counted = sum(int(row[label]) for row in exported(teacher, server, "minutes") for label in LABELS)
        assert counted == sum(row["status"] == "face" and row["role"] == "student" for row in rows)

        teacher.goto(f"{server.url}/dashboard")
        join(student, server, begin_lesson(teacher, "Art in pairs", several=True), "Ana")
        student.get_by_text("2 faces are seen").wait_for()


def test_a_killed_server_loses_nothing(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher = browsers.page()
        code = start_lesson(teacher, server, "Chemistry")
        join(browsers.page(clips["face"]), server, code, "Ana")
        wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "the student is present", teacher)
        teacher.wait_for_timeout(2000)
        server.stop(signal.SIGKILL)
        [(count,)] = server.query("select count(*) from observations")
        assert count >= 3

        server.start()
        later = browsers.page(state=teacher.context.storage_state())
        later.goto(f"{server.url}/dashboard")
        wait_until(
            lambda: "0 of 1 visible" in headline(later), 30, "the lesson is open, the student's page is back", later
        )
        later.get_by_role("link", name="Lessons").click()
        later.get_by_role("heading", name="Chemistry").wait_for()
        assert len(download(later, "Observations (CSV)")) == count


TRACKS = "document.querySelector(\"iframe[title*='webrtc']\").contentWindow.navigator.mediaDevices.tracks"


def frame_rate(student) -> float:
    """What the student's camera gives right now, as the browser says."""
    return student.evaluate(f"{TRACKS}?.[0]?.getSettings().frameRate")


def test_a_full_class_lets_the_next_one_in_when_somebody_leaves(browsers, clips, tmp_path):
    with running(tmp_path, FER_MOST_STUDENTS="1") as server:
        teacher, ana, ben = browsers.page(), browsers.page(clips["face"]), browsers.page(clips["face"])
        code = start_lesson(teacher, server, "Biology")
        enrol(ana, server, code, "Ana")
        ana.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start camera").wait_for()
        wait_until(lambda: ana.evaluate(TRACKS) is not None, 10, "the camera's rate can be changed", ana)
        start_camera(ana)
        assert frame_rate(ana) == 5
        ana.evaluate("document.querySelector('[data-camera-fps]').dataset.cameraFps = 2")  # as when the class has grown
        wait_until(lambda: frame_rate(ana) == 2, 5, "the camera gives fewer frames", ana)

        enrol(ben, server, code, "Ben")
        ben.get_by_text("The class is full").wait_for()
        teacher.get_by_text("1 student is waiting for a place").wait_for()
        wait_until(
            lambda: "1 of 2 visible" in headline(teacher),
            20,
            "Ana is not disturbed, Ben is here without a camera",
            teacher,
        )
        ana.get_by_role("button", name="Leave the lesson").click()
        start_camera(ben)
        wait_until(
            lambda: "1 of 1 visible" in headline(teacher) and "left" in tiles(teacher),
            20,
            "Ben has the place",
            teacher,
        )


def test_a_teacher_closes_joining_and_removes_a_student(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher, ana, ben = browsers.page(), browsers.page(clips["face"]), browsers.page()
        code = start_lesson(teacher, server, "Biology")
        join(ana, server, code, "Ana")
        wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "Ana is seen", teacher)
        teacher.get_by_role("button", name="Close joining").click()
        teacher.get_by_role("button", name="Open joining").wait_for()
        ben.goto(f"{server.url}/join?code={code}")
        ben.get_by_text("Joining is closed").wait_for()
        assert ben.get_by_role("textbox").count() == 0
        ana.reload()
        start_camera(ana)  # who is in stays in

        teacher.get_by_role("button", name="Remove a student").click()
        choose(teacher, "Student", "Ana")
        teacher.get_by_role("dialog").get_by_role("button", name="Remove").click()
        ana.get_by_text("Your teacher has removed you").wait_for()
        wait_until(lambda: ana.locator("iframe[title*='webrtc']").count() == 0, 10, "the camera has stopped", ana)
        ana.reload()
        ana.get_by_text("Your teacher has removed you").wait_for()
        assert ana.locator("iframe[title*='webrtc']").count() == 0
        wait_until(lambda: "removed" in tiles(teacher), 10, "the tile says so", teacher)
        frames = server.query("select count(*) from observations")
        teacher.wait_for_timeout(2000)
        assert server.query("select count(*) from observations") == frames

        teacher.get_by_role("button", name="Open joining").click()
        ben.get_by_label("Your name").wait_for()  # by itself


@pytest.mark.parametrize("page_path", ["dashboard", "lessons"])
def test_a_teacher_page_by_its_url_in_a_fresh_process_shows_only_the_sign_in(browsers, tmp_path, page_path):
    with running(tmp_path) as server:
        visitor = browsers.page()
        visitor.goto(f"{server.url}/{page_path}")
        visitor.get_by_role("heading", name="Teacher sign-in").wait_for()
        text = visitor.inner_text("body")
        assert "printed in the terminal" in text
        assert not any(word in text for word in ("Dashboard", "Lessons", "Start a lesson", "Sign out", "Export"))
        assert visitor.get_by_role("button").count() == visitor.get_by_role("textbox").count() == 0


def test_only_the_teacher_exports(browsers, tmp_path):
    with running(tmp_path) as server:
        teacher, visitor = browsers.page(), browsers.page()
        start_lesson(teacher, server, "Secret title")
        path = f"{server.url}/export/1/observations.csv"
        assert teacher.request.get(path).headers["content-disposition"].startswith('attachment; filename="lesson-')
        anonymous = visitor.request.get(path, max_redirects=0)
        assert (anonymous.status, anonymous.headers["location"], anonymous.body()) == (303, "/dashboard", b"")
        for nowhere, said in (
            ("1/secrets", "This lesson has no export 'secrets'"),
            ("99/observations", "There is no lesson 99"),
        ):
            answer = teacher.request.get(f"{server.url}/export/{nowhere}.csv")
            assert answer.status == 404 and said in answer.text()
        head = visitor.request.head(server.wait_for(rf"http://localhost:{server.port}/\S+"))
        assert head.status == 200 and "set-cookie" not in head.headers


def test_the_printed_link_works_once(browsers, tmp_path):
    with running(tmp_path) as server:
        teacher, other = browsers.page(), browsers.page()
        teacher.goto(server.ready_line)
        teacher.get_by_role("heading", name="Start a lesson").wait_for()
        next_link = server.wait_for(rf"http://localhost:{server.port}/\S+")
        other.goto(server.ready_line)
        other.get_by_text("already used").wait_for()
        assert "Start a lesson" not in other.inner_text("h1")
        other.goto(next_link)
        other.get_by_role("heading", name="Start a lesson").wait_for()
        other.get_by_role("button", name="Sign out").click()
        other.get_by_role("heading", name="Live Class Monitor").wait_for()
        other.goto(f"{server.url}/dashboard")
        other.get_by_role("heading", name="Teacher sign-in").wait_for()
        teacher.reload()
        teacher.get_by_role("heading", name="Start a lesson").wait_for()


def test_the_password_signs_in_a_wrong_one_does_not_and_a_changed_one_ends_the_session(browsers, tmp_path):
    with running(tmp_path, FER_TEACHER_PASSWORD="correct horse") as server:
        assert "ticket" not in "".join(server.log)
        teacher = browsers.page()
        teacher.goto(f"{server.url}/dashboard")
        teacher.get_by_label("Password", exact=True).fill("wrong")
        teacher.get_by_role("button", name="Sign in").click()
        teacher.get_by_text("That is not the password").wait_for()
        names = {cookie["name"] for cookie in teacher.context.cookies() if cookie["httpOnly"]}
        assert not any(name.startswith("fer_") for name in names)
        teacher.wait_for_timeout(1100)
        teacher.get_by_label("Password", exact=True).fill("correct horse")
        teacher.get_by_role("button", name="Sign in").click()
        teacher.get_by_role("heading", name="Start a lesson").wait_for()
        kept = {cookie["name"] for cookie in teacher.context.cookies() if cookie["httpOnly"]}
        assert kept - names == {f"fer_teacher_{server.port}", f"fer_browser_{server.port}"}

        server.stop()
        server.environ |= {"FER_TEACHER_PASSWORD": "battery staple"}
        server.start()
        export = teacher.request.get(f"{server.url}/export/1/minutes.csv", max_redirects=0)
        assert (export.status, export.headers["location"]) == (303, "/dashboard")
        teacher.goto(f"{server.url}/dashboard")
        teacher.get_by_role("heading", name="Teacher sign-in").wait_for()


def test_join_codes_that_lead_nowhere(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher, student = browsers.page(), browsers.page()
        code = start_lesson(teacher, server, "Secret title")
        for made_up in ("ZZZZZZ", "'; drop table lessons", "<script>alert(1)</script>"):
            student.goto(f"{server.url}/join?code={made_up}")
            student.get_by_text("There is no lesson with this join code").wait_for()
            assert "Secret title" not in student.inner_text("body")
        student.get_by_role("textbox", name="Join code").fill(code.lower())
        student.get_by_role("button", name="Continue").click()
        student.get_by_role("heading", name="Secret title").wait_for()
        end_lesson(teacher)
        student.goto(f"{server.url}/join?code={code}")
        student.get_by_text("This lesson has ended").wait_for()
        assert "Secret title" not in student.inner_text("body")


CALLS = """window.calls = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return this.permission = "granted"; }
  constructor(title, {body}) { calls.push(body); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { calls.push("tone"); return start.call(this, at); };"""


def test_a_lesson_with_answers_alerts_moments_and_what_is_left_of_it(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher = browsers.page()
        teacher.add_init_script(CALLS)
        code = start_lesson(teacher, server, "History", "The class only")
        browser = browsers.page(clips["face"]).context.browser
        students = [browser.new_context().new_page() for _ in range(6)]
        for student in students[:5]:
            join(student, server, code, None)
        enrol(students[5], server, code, None)  # no camera
        for student in students[2:]:
            student.get_by_role("button", name="I'm lost").click()
        wait_until(lambda: "from 5 answers on" in teacher.inner_text("body"), 20, "four are too few to tell", teacher)
        wait_until(lambda: "5 of 6 visible" in headline(teacher), 30, "five faces are visible", teacher)
        wait_until(lambda: "happy" in headline(teacher), 30, "the calm class is one line", teacher)
        assert "lost" not in headline(teacher)
        teacher.get_by_test_id("stVegaLiteChart").nth(1).locator("svg, canvas").first.wait_for()
        teacher.get_by_role("button", name="Alerts").click()
        for by in ("A sound", "A notification of the browser"):
            teacher.get_by_label(by).check()
        teacher.keyboard.press("Escape")
        teacher.evaluate(WATCH_SHIFTS)
        for word in ("Slower", "I'm lost"):  # at once: the second counts
            students[1].get_by_role("button", name=word).click()
        wait_until(lambda: "5 of 6 are lost" in headline(teacher), 20, "five are lost: that comes first", teacher)
        assert "Repeat the last step." in headline(teacher)
        wait_until(lambda: "I'm lost 5" in teacher.inner_text("body"), 10, "the number says so, too", teacher)
        teacher.get_by_role("button", name="Done").wait_for()  # as the alert, which comes at once
        wait_until(lambda: teacher.evaluate("calls").count("tone") > 2, 10, "it sounds", teacher)  # two were a sample
        assert "5 of 6 are lost. Repeat the last step." in teacher.evaluate("calls")
        wait_until(lambda: "5 of 6 are lost" in teacher.get_by_role("status").inner_text(), 15, "it is read", teacher)
        assert teacher.evaluate("shifts") == []

        teacher.get_by_role("button", name="Ask a question").click()
        teacher.get_by_label("Question", exact=True).fill("Is *this* clear?")
        teacher.get_by_label("Answer 1").fill("Yes")
        teacher.get_by_label("Answer 2").fill("Not yet")
        teacher.get_by_role("button", name="Ask the class").click()
        for student, answer in (
            *((one, "Yes") for one in students[:4]),
            (students[5], "Not yet"),
            (students[5], "Yes"),
        ):
            student.get_by_role("button", name=answer, exact=True).click()
        teacher.get_by_text("5 · 100 %").wait_for()
        assert "5 of 6 answered" in teacher.inner_text("body") and not teacher.get_by_label("Answer 1").count()
        board = teacher.context.browser.new_context(storage_state=teacher.context.storage_state()).new_page()
        board.goto(f"{server.url}/dashboard?view=board")
        board.get_by_role("heading", name="Is *this* clear?").wait_for()
        assert code in board.inner_text("body") and board.get_by_text("100 %").count() == 0
        teacher.get_by_role("button", name="Show the results to students").click()
        for page in (board, students[0]):
            page.get_by_text("5 · 100 %").wait_for()
        assert board.locator(".headline").count() == 0
        teacher.get_by_role("button", name="Close the poll").click()
        students[5].get_by_label("Your name, for the raised hand").fill("Zoë")
        students[5].get_by_role("button", name="Raise my hand").click()
        teacher.get_by_text("Zoë").wait_for()
        students[0].get_by_label("Your question to the teacher").fill("Why?")
        students[0].get_by_role("button", name="Ask", exact=True).click()
        students[5].get_by_role("button", name="I want to know, too").click()
        teacher.get_by_text("Why?").wait_for()
        teacher.locator(".headline").click()
        teacher.keyboard.press("e")
        teacher.get_by_text("Marked: Exercise").wait_for()
        teacher.goto(f"{server.url}/dashboard?view=compact")
        teacher.get_by_text("Repeat the last step.", exact=True).wait_for()
        wait_until(lambda: "happy" in headline(teacher), 30, "the compact view has the headline", teacher)
        assert teacher.get_by_test_id("stDataFrame").count() == teacher.get_by_role("button", name="Done").count() == 0
        teacher.goto(f"{server.url}/dashboard")
        teacher.get_by_role("button", name="Done").click()
        teacher.get_by_text("Repeat the last step.", exact=True).wait_for(state="hidden")
        assert teacher.get_by_test_id("stDataFrame").count() == 0

        teacher.get_by_role("button", name="End lesson").click()
        teacher.get_by_role("dialog").get_by_role("button", name="End lesson").click()
        [moment, alert] = sorted(
            download(teacher, "Moments and alerts (CSV)"), key=lambda row: row["what"], reverse=True
        )
        assert (moment["text"], alert["text"], alert["outcome"]) == ("Exercise", "lost", "done")
        answers = {(row["what"], row["answer"]): row["n"] for row in download(teacher, "Answers (CSV)")}
        assert answers == {
            ("button", "lost"): "5",
            ("poll", "Yes"): "5",
            ("poll", "Not yet"): "0",
            ("question", ""): "",
        }
        assert {int(row["happy"]) for row in download(teacher, "Per minute (CSV)")} != {0}
        assert {row["present"] for row in download(teacher, "Who was there (CSV)")} >= {"6"}
        for kind in ("observations", "students"):
            assert "This lesson has no export" in teacher.request.get(f"{server.url}/export/1/{kind}.csv").text()
        assert server.query("select * from observations") == server.query("select * from student_counts") == []
        assert {name for (name,) in server.query("select name from students")} == {None}
        teacher.get_by_role("link", name="Replay").click()
        teacher.get_by_role("heading", name="History").wait_for()
        teacher.get_by_test_id("stVegaLiteChart").wait_for()
        teacher.goto(f"{server.url}/report/1")
        text = teacher.inner_text("body")
        assert "Exercise" in text and "Is *this* clear?" in text
        assert len(re.findall(rb"/Type ?/Page\b(?!s)", teacher.pdf(format="A4"))) == 1
        stranger = browser.new_context().new_page()
        stranger.goto(f"{server.url}/report/1")
        stranger.get_by_role("heading", name="Teacher sign-in").wait_for()


def test_a_student_takes_their_data_and_deletes_it(browsers, clips, tmp_path):
    with running(tmp_path) as server:
        teacher, student = browsers.page(), browsers.page(clips["face"])
        code = start_lesson(teacher, server, "Geography")
        join(student, server, code, "Ana")
        wait_until(
            lambda: server.query("select count(*) from observations")[0][0] > 3, 20, "something is stored", student
        )
        with student.context.expect_page() as opened:
            student.get_by_role("link", name="My data").click()
        mine = opened.value
        mine.get_by_text("Your name").wait_for()
        assert mine.url == f"{server.url}/my-data?lesson=1"
        mine.get_by_role("button", name="My link").click()
        link = mine.get_by_test_id("stCode").inner_text().strip()
        elsewhere = browsers.page()
        elsewhere.goto(mine.url)
        elsewhere.get_by_text("Nothing is stored for this link").wait_for()
        assert elsewhere.request.get(f"{server.url}/my-data.csv?lesson=1").status == 404
        for kept in (link, link.replace("/mine?", "/my-data?")):  # the second: as links were before
            elsewhere.goto(kept)
            elsewhere.get_by_text("Your name").wait_for()
            assert "token" not in elsewhere.url
        elsewhere.go_back()
        assert "token" not in elsewhere.url
        assert {row["student"] for row in download(mine, "Download what was observed (CSV)")} == {"Ana"}
        mine.get_by_role("button", name="Delete my data").click()
        mine.get_by_role("button", name="Delete everything about me").click()
        mine.get_by_text("has been deleted").wait_for()
        student.get_by_role("heading", name="What happens to your picture").wait_for()
        for table in ("students", "observations", "student_counts", "counts"):
            assert server.query(f"select * from {table}") == []
        teacher.get_by_text("Join code").wait_for()  # an empty class again

        teacher.get_by_role("button", name="End lesson").click()
        teacher.get_by_role("dialog").get_by_role("button", name="End lesson").click()
        teacher.get_by_role("button", name="Delete this lesson").click()
        teacher.get_by_role("dialog").get_by_role("button", name="Delete it").click()
        teacher.get_by_text("No lesson yet").wait_for()
        assert server.query("select * from lessons") == []
        assert "Traceback" not in "".join(server.log)
