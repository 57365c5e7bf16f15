"""The pages without a browser: who sees what, and what they say to bad input."""

import html
import json
import re
import time

import numpy as np
import pytest
from aiortc.exceptions import OperationError
from streamlit.testing.v1 import AppTest

from fer.config import ROOT, Settings
from fer.lesson import monitor, recognition
from fer.lesson.auth import hash_token
from fer.lesson.guesses import TooManyFailures
from fer.lesson.monitor import Monitor
from fer.lesson.per_address import PerAddress
from fer.lesson.seats import ClassFull
from fer.records import ON_DEVICE, PER_STUDENT, Alert, Coverage, Observation, Status, Step
from fer.store.errors import StoreError
from fer.web import camera, guards, links, screen, who_may_join


def show(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / page), default_timeout=30)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    values = [(getattr(element, "value", None), getattr(element, "label", "")) for element in app.main]
    return "\n".join(str(label if value is None else value) for value, label in values)


def box(app, label):
    [found] = [one for one in app.selectbox if one.label == label]
    return found


def seat(app) -> dict:
    """What the part of the page is told that is a student's place (device/src/seat.js)."""
    [told] = re.findall(r"data-seat='(.*?)'", htmls(app))
    return json.loads(html.unescape(told))


def sign_in(running):
    running.cookies[running.sign_in.cookie] = running.sign_in.new_session()


def sit(running, lesson, name="Ana", with_camera=True):
    """A student whose browser looks from now on."""
    grant = running.sign_in.redeem(running.students.join(lesson, name, with_camera=with_camera))
    running.cookies[grant.cookie] = grant.value
    return running.students.of_lesson(lesson, grant.value)


def show_mine(running, lesson) -> AppTest:
    """The page of a student's own link, in their own browser."""
    running.cookies[running.students.own_cookie(lesson.id)] = running.cookies[running.students.cookie(lesson.id)]
    return show("pages/my_data.py", lesson=str(lesson.id))


@pytest.mark.parametrize(
    "page",
    [f"pages/{name}.py" for name in ("dashboard", "lessons", "pictures", "open_mirror", "models", "replay", "course")],
)
@pytest.mark.parametrize("cookie", ["", "made up"])
def test_strangers_see_only_the_sign_in(running, page, cookie):
    lesson = running.lessons.start("Secret title", PER_STUDENT, "JP", "teaching")
    running.store.add_student(lesson.id, "Secret name", "hash", time.time())
    running.cookies[running.sign_in.cookie] = cookie
    app = show(page)
    assert [title.value for title in app.title] == ["Teacher sign-in"]
    assert "Secret" not in texts(app) and lesson.code not in texts(app)
    assert not app.button and not app.dataframe


def test_a_student_is_not_a_teacher(running):
    sit(running, running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching"))
    assert [title.value for title in show("pages/dashboard.py").title] == ["Teacher sign-in"]


def test_the_password_form_says_when_to_wait(running, monkeypatch):
    running.sign_in = type(running.sign_in)(running.store, running.tickets, "correct horse", 8501)
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("wrong")
    app.button[0].click().run()
    assert app.error[0].value == "That is not the password."

    def too_soon(*_):
        raise TooManyFailures(20.4)

    monkeypatch.setattr(running.sign_in, "check_password", too_soon)
    app.text_input[0].set_value("correct horse")
    app.button[0].click().run()
    assert app.error[0].value == "Too many wrong passwords. Try again in 20 seconds."


def test_a_lesson_needs_a_title(running):
    sign_in(running)
    app = show("pages/dashboard.py")
    app.button[0].click().run()
    assert app.error[0].value == "The lesson's title must have 1 to 80 characters."
    assert running.store.lessons() == []
    app.text_input[0].set_value("  Mathematics\n3b ")
    box(app, "Country of the students").set_value("JP")
    box(app, "Purpose").set_value("teaching")
    app.button[0].click().run()
    [lesson] = running.store.lessons()
    assert (lesson.title, lesson.view, lesson.country, lesson.purpose) == ("Mathematics 3b", "class", "JP", "teaching")
    assert lesson.course == ""


def test_a_course_is_cleaned_and_chosen_again(running):
    sign_in(running)
    running.lessons.end(running.lessons.start("One", "presence", course=" Mathematics\n3b "))
    with pytest.raises(ValueError, match="The course's name must have 1 to 80 characters. Received: 81"):
        running.lessons.start("Two", "presence", course="x" * 81)
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("Two")
    app.radio[0].set_value("presence")
    box(app, "Course").set_value("Mathematics 3b")
    app.button[0].click().run()
    assert [(lesson.title, lesson.course) for lesson in running.store.lessons()] == [
        ("Two", "Mathematics 3b"),
        ("One", "Mathematics 3b"),
    ]


def test_a_course_is_named_by_the_first_lesson_and_another_beside_it(running):
    sign_in(running)
    for title, new in (("One", "Mathematics 3b"), ("Two", "Physics")):
        app = show("pages/dashboard.py")
        app.radio[0].set_value("presence")
        if new == "Physics":
            box(app, "Course").set_value("")
        app.run()
        name = app.text_input[1]
        assert name.label == ("Course" if new == "Mathematics 3b" else "Name of the new course")
        app.text_input[0].set_value(title)
        name.set_value(new)
        app.button[0].click().run()
        running.lessons.end(running.store.lessons()[0])
    assert [lesson.course for lesson in running.store.lessons()] == ["Physics", "Mathematics 3b"]


def test_a_lesson_with_expressions_needs_a_country_and_a_purpose(running):
    sign_in(running)
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("Maths")
    before = place(app.main, button(app, "Start the lesson"))
    app.radio[0].set_value("presence").run()
    assert place(app.main, button(app, "Start the lesson")) == before
    app.radio[0].set_value("class").run()
    button(app, "Start the lesson").click().run()
    assert app.error[0].value == "Choose the country where the students are."
    box(app, "Country of the students").set_value("BR")
    app.button[0].click().run()
    assert app.error[0].value == "Choose what the lesson is for." and running.store.lessons() == []


def test_where_it_is_banned_a_lesson_starts_without_expressions_only(running):
    sign_in(running)
    app = show("pages/dashboard.py")
    app.text_input[0].set_value("Maths")
    box(app, "Country of the students").set_value("DE")
    box(app, "Purpose").set_value("teaching")
    app.button[0].click().run()
    assert "In Germany" in app.error[0].value and "Art. 5(1)(f)" in app.error[0].value and running.store.lessons() == []
    app.button[1].click().run()
    [lesson] = running.store.lessons()
    assert lesson.view == "presence" and lesson.title == "Maths"
    assert "Waiting for students" in texts(show("pages/dashboard.py")) or not running.store.students(lesson.id).size


def test_the_last_answers_are_proposed(running):
    sign_in(running)
    running.lessons.end(running.lessons.start("Maths", "class", "DE", "safety"))
    app = show("pages/dashboard.py")
    assert [one.value for one in app.selectbox] == ["DE", "safety"]


def test_a_class_only_lesson_shows_no_student(running):
    sign_in(running)
    lesson = running.lessons.start("Maths", "class", "JP", "teaching")
    assert "Nothing about your face, and no name, is stored" in texts(show("pages/join.py", code=lesson.code))
    for _number in range(6):
        running.seats.open(lesson.id, sit(running, lesson).id)
    app = show("pages/join.py", code=lesson.code)
    assert "Maths" in app.subheader[0].value and "Your name" not in [one.label for one in app.text_input]
    running.students._of_teachers.add(running.seats.all()[0].student_id)
    app = show("pages/dashboard.py")
    assert "a teacher is signed in" in app.warning[0].value
    assert "6 present" in texts(app) and "of 6 visible" not in texts(app) and not app.dataframe
    for seat in running.seats.all():
        seen = Observation(
            lesson.id, seat.student_id, time.time(), Status.FACE, 0, (0.0,) * 4, (0, 0, 0, 1, 0, 0, 0), "happy"
        )
        seat.note(None, (seen,), time.monotonic())
    running.looks.forget(lesson.id)
    start = int(time.time()) // 5 * 5 - 5
    running.store.append([], [Step(lesson.id, start, {"happy": 5, "neutral": 1}, {"happy": 4.5, "neutral": 1.5})])
    app = show("pages/dashboard.py")
    assert "Mostly happy" in texts(app) and "6 of 6 visible" in texts(app) and not app.dataframe
    running.lessons.end(lesson)
    app = show("pages/lessons.py", lesson=str(lesson.id))
    assert "The class only · Japan" in texts(app) and len(app.dataframe) == 1  # the list of lessons
    assert "observations.csv" not in str(app.main) and "/students.csv" not in str(app.main)


def test_a_demo_opens_without_a_form_and_only_its_teacher_joins_it(running):
    lesson = running.lessons.start("Maths", "class", "JP", "teaching")
    sign_in(running)
    assert button(show("pages/dashboard.py"), "See a demo class now")  # nobody has joined
    running.seats.open(lesson.id, sit(running, lesson).id)
    running.looks.forget(lesson.id)
    app = show("pages/dashboard.py")
    assert "Now fewer than 5 are visible" in app.info[0].value
    button(app, "See a demo class now").click().run()
    demo = next(one for one in running.store.lessons() if one.is_demo)
    assert app.query_params["lesson"] == str(demo.id) and "deletes itself at" in texts(app)
    assert "Be a student yourself" in [one.proto.label for one in app.get("link_button")]
    sit(running, demo)
    assert not running.students.has_teachers_own(demo.id)
    running.cookies.pop(running.students.cookie(demo.id))
    assert not show("pages/join.py", code=demo.code).info  # its teacher reads what to agree to
    running.cookies.clear()
    stranger = show("pages/join.py", code=demo.code)
    assert "only in a browser in which the teacher is signed in" in stranger.info[0].value and not stranger.checkbox
    running.lessons.end(demo)
    running.lessons.end(lesson)
    sign_in(running)
    app = show("pages/dashboard.py")
    button(app, "Try it").click().run()
    assert "The students are made up" in texts(app)
    app = show("pages/lessons.py", lesson=str(demo.id))
    assert "Demo: the students are made up" in texts(app)


def test_a_lesson_without_expressions_asks_for_no_camera(running):
    lesson = running.lessons.start("Maths", "presence")
    page = texts(show("pages/join.py", code=lesson.code))
    assert "uses no camera" in page and "share my camera" not in page
    running.seats.most = 0
    sit(running, lesson)
    app = show("pages/join.py", code=lesson.code)
    assert seat(app)["camera"] == "" and "I'm lost" in seat(app)["words"].values()
    sign_in(running)
    app = show("pages/dashboard.py")
    assert "1 student is here" in texts(app) and "Expressions now" not in texts(app)
    running.lessons.end(lesson)
    assert "No expressions" in texts(show("pages/lessons.py", lesson=str(lesson.id)))
    assert "No face is looked at" in texts(show_mine(running, lesson))


def test_a_server_without_expressions_loads_no_model(tmp_path, monkeypatch):
    def load(*_):
        raise AssertionError("a model was loaded")

    for name in ("load_classifier", "load_card", "load_detector", "most_students"):
        monkeypatch.setattr(recognition, name, load)
    made = Monitor(Settings(data_dir=tmp_path, expressions=False))
    cookies = {}
    monkeypatch.setattr(guards, "cookie", lambda name: cookies.get(name, ""))
    monitor.use(made)
    try:
        made.start()
        with pytest.raises(ValueError, match="FER_EXPRESSIONS=off"):
            made.lessons.start("Maths", "class", "JP", "teaching")
        earlier = made.store.create_lesson("Before", time.time(), "student", "JP", "teaching")
        assert "share my camera" not in texts(show("pages/join.py", code=earlier.code))
        made.lessons.end(earlier)
        cookies[made.sign_in.cookie] = made.sign_in.new_session()
        app = show("pages/dashboard.py")
        assert not app.radio and not app.selectbox and [one.label for one in app.text_input][:2] == ["Title", "Course"]
        app.text_input[0].set_value("Maths")
        app.button[0].click().run()
        [lesson, _] = made.store.lessons()
        assert lesson.view == "presence" and made.load_warnings(None) == [] and made.problem == ""
        assert show("pages/dashboard.py").subheader[0].value == "Maths"
    finally:
        monitor.use(None)
        made.stop()


def test_the_dashboard_counts_states_apart(running):
    sign_in(running)
    lesson, now = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching"), time.time()
    ids = [
        running.store.add_student(lesson.id, name, hash_token(name), now).id for name in ("Ana", "Ben", "Cem", "Dia")
    ]
    happy = tuple(np.eye(7)[3])
    running.store.append(
        [
            Observation(lesson.id, ids[0], now, Status.FACE, 0, (1.0, 1.0, 9.0, 9.0), happy, "happy"),
            Observation(lesson.id, ids[0], now, Status.FACE, 1, (11.0, 1.0, 19.0, 9.0), happy, "unsure"),
            Observation(lesson.id, ids[1], now, Status.NO_FACE),
            Observation(lesson.id, ids[2], now, Status.CAMERA_OFF),
            Observation(lesson.id, ids[3], now - 60, Status.NO_FACE),
        ]
    )
    app = show("pages/dashboard.py")
    assert "1 of 3 visible" in htmls(app) and len(app.metric) <= 4
    tile = r'<span class="name">(\w+)</span><span class="state"><span>([^<]+)<'
    in_need = [("Dia", "dropped"), ("Ben", "no face"), ("Cem", "camera off"), ("Ana", "2 faces: happy, unsure")]
    assert re.findall(tile, htmls(app)) == in_need
    app.session_state["tile-order"] = "Name"
    app.run()
    assert [name for name, _ in re.findall(tile, htmls(app))] == ["Ana", "Ben", "Cem", "Dia"]
    app.session_state["tile-group"] = "no face"
    app.run()
    assert [name for name, _ in re.findall(tile, htmls(app))] == ["Ben", "Cem"]


def test_a_class_only_lesson_says_how_many_and_shows_no_one(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", "class", "JP", "teaching")
    for number in range(6):
        student = running.store.add_student(lesson.id, None, f"hash {number}", time.time())
        if number:
            running.seats.open(lesson.id, student.id)
    shown = htmls(show("pages/dashboard.py"))
    assert "<b>5</b> here" in shown and "<b>1</b> dropped" in shown and 'class="tiles"' not in shown
    assert "–</span></b> visible" in shown  # too few show a face to say


def htmls(app):
    return "".join(found.proto.body for found in app.get("html"))


def button(app, label):
    [found] = [one for one in app.button if one.label == label]
    return found


def place(block, element):
    """The way to an element. Where it is another one than before, both stand side by side until the page is drawn."""
    for number, child in block.children.items():
        if child is element:
            return (number,)
        if way := place(child, element) if hasattr(child, "children") else None:
            return (number, *way)
    return None


def seen(running, lesson, n=2, at=None):
    for i in range(n):
        student = running.store.add_student(lesson.id, f"Student {i}", f"hash {i}", time.time())
        running.store.append(
            [
                Observation(
                    lesson.id,
                    student.id,
                    at or time.time(),
                    Status.FACE,
                    0,
                    (1.0, 1.0, 9.0, 9.0),
                    tuple(np.eye(7)[4]),
                    "neutral",
                )
            ]
        )


def are_lost(running, lesson):
    """All students say so, and the alert has come."""
    for student_id in running.store.students(lesson.id)["student_id"]:
        running.seats.open(lesson.id, student_id)
        running.journal.say(lesson.id, student_id, "lost", time.time())
    running.journal.log_alert(lesson.id, Alert("lost", 1.0), time.time())


def test_the_teacher_marks_moments_and_closes_alerts(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    seen(running, lesson)
    are_lost(running, lesson)
    app = show("pages/dashboard.py")
    assert "2 of 2 are lost" in htmls(app) and "Repeat the last step." in htmls(app) and "Mostly neutral" in htmls(app)
    button(app, "New topic").click().run()
    assert list(running.journal.moments(lesson.id)["text"]) == ["New topic"]
    button(app, "Dismiss").click().run()
    [alert] = running.journal.alerts(lesson.id)
    assert alert.outcome == "dismissed" and "Repeat the last step." not in htmls(show("pages/dashboard.py"))


def test_the_compact_view_has_the_line_and_no_more(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    seen(running, lesson)
    are_lost(running, lesson)
    app = show("pages/dashboard.py", view="compact")
    assert "2 of 2 are lost" in htmls(app) and "Repeat the last step." in htmls(app) and "Mostly neutral" in htmls(app)
    assert not app.button and not app.dataframe and len(app.metric) <= 4


def test_the_teacher_sees_what_students_answer_in_numbers(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson)
    running.journal.open_poll(lesson.id, "Clear *now*?", ["Yes", "No"], time.time())
    poll = running.journal.open_poll_of(lesson.id)
    running.journal.say(lesson.id, student.id, "lost", time.time())
    running.journal.vote(poll, student.id, 1, time.time())
    show("pages/join.py", code=lesson.code)
    sign_in(running)
    app = show("pages/dashboard.py")
    assert "I'm lost **1**" in texts(app) and "1 answered" in texts(app) and "1 · 100 %" in htmls(app)


def test_a_lesson_is_replayed(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    assert "No face was seen" in show("pages/replay.py", lesson=str(lesson.id)).info[0].value
    for i in range(6):
        student = running.store.add_student(lesson.id, f"Secret {i}", f"hash {i}", time.time())
        running.store.append(
            [
                Observation(
                    lesson.id,
                    student.id,
                    time.time() + 30 * i,
                    Status.FACE,
                    0,
                    (1.0, 1.0, 9.0, 9.0),
                    tuple(np.eye(7)[6 if i == 3 else 4]),
                    "surprise" if i == 3 else "neutral",
                )
            ]
        )
    app = show("pages/replay.py", lesson=str(lesson.id))
    assert "Secret 0" in app.dataframe[0].value["Student"].tolist()
    [peak] = [one for one in app.button if "most surprise of the lesson" in one.label]
    peak.click().run()
    assert abs(app.select_slider[0].value - (time.time() + 90)) < 45 and "surprise" in htmls(app)
    assert "There is no such lesson" in show("pages/replay.py", lesson="99").info[0].value


def test_a_replay_plays_to_its_end(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", "class", "JP", "teaching")
    start = int(time.time()) // 60 * 60
    steps = [Step(lesson.id, at, {"neutral": 6}, {"neutral": 6.0}) for at in range(start, start + 120, 5)]
    running.store.append([], steps, [Coverage(lesson.id, start + 85, 8, 6)])
    for _student in range(5):
        running.journal.say(lesson.id, sit(running, lesson).id, "lost", start + 61.0)
    running.journal.mark(lesson.id, "Exercise", start + 70.0)
    running.journal.open_poll(lesson.id, "Clear?", ["Yes", "No"], start + 130.0)
    app = show("pages/replay.py", lesson=str(lesson.id))
    slider = app.select_slider[0]
    assert slider.value == start + 30 and "In this minute nothing" in texts(app) and not app.get("dataframe")[1:]
    button(app, "Play").click().run()
    assert app.select_slider[0].value == start + 60
    app.run()
    assert app.select_slider[0].value == start + 90 and "6 of 8 visible" in htmls(app)
    assert "In this minute: Exercise · I'm lost \\(5\\)" in texts(app)
    app.run()
    assert app.select_slider[0].value == start + 120 and button(app, "Play") and "Poll" not in app.caption[-1].value
    app.run()
    assert app.select_slider[0].value == start + 120  # it does not start again by itself
    button(app, "Play").click().run()
    assert app.select_slider[0].value == start + 60 and button(app, "Pause")


def test_a_lesson_without_expressions_is_replayed_as_a_list(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", "presence")
    running.journal.mark(lesson.id, "Exercise", time.time())
    app = show("pages/replay.py", lesson=str(lesson.id))
    assert "had no expressions" in app.info[0].value and "Exercise" in texts(app) and not app.select_slider


def test_a_lesson_without_expressions_plays_who_was_there(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", "presence")
    start = int(time.time()) // 60 * 60
    running.store.append([], [], [Coverage(lesson.id, start + 5 * i, 8 if i < 6 else 1, None) for i in range(12)])
    app = show("pages/replay.py", lesson=str(lesson.id))
    assert "8 students are here" in htmls(app)
    button(app, "Play").click().run()
    assert "1 student is here" in htmls(app)


def test_the_lessons_of_a_course_side_by_side(running):
    sign_in(running)
    first, without, unseen = (
        running.lessons.start(title, view, "JP", "teaching", "Maths *3b*")
        for title, view in (("First", PER_STUDENT), ("Answers", "presence"), ("Nobody", PER_STUDENT))
    )
    running.lessons.start("Other", PER_STUDENT, "JP", "teaching", "Physics")
    seen(running, first)
    running.store.append(
        [], coverage=[Coverage(first.id, 0, 4, 3), Coverage(first.id, 5, 4, None), Coverage(without.id, 0, 4, None)]
    )
    app = show("pages/course.py", course="Maths *3b*")
    table = app.dataframe[0].value
    assert list(table["Lesson"]) == ["First", "Answers", "Nobody"] and list(table["Coverage"]) == ["75 %", "–", "–"]
    assert list(table["Positive · neutral · negative"]) == ["0 % · 100 % · 0 %", "no expressions", "no face seen"]
    assert list(table["Valence"]) == ["±0.00", "–", "–"]
    assert "There is no such course" in show("pages/course.py", course="").info[0].value
    assert '"course?course=Maths%20%2A3b%2A"' in htmls(show("pages/lessons.py", lesson=str(first.id)))


def test_lessons_are_searched_and_the_address_names_the_one_that_is_open(running):
    sign_in(running)
    lessons = [running.lessons.start(f"Lesson {number}", "presence", course="Maths 3b") for number in range(9)]
    app = show("pages/lessons.py", lesson=str(lessons[2].id))
    assert app.header[0].value == "Lesson 2" and len(app.dataframe[0].value) == 9
    assert [title for title in app.dataframe[0].value["Lesson"] if "▸" in title] == ["▸ Lesson 2"]
    app.text_input[0].set_value("lesson 7").run()
    assert app.dataframe[0].value["Lesson"].tolist() == ["Lesson 7"] and app.header[0].value == "Lesson 2"
    app.text_input[0].set_value("maths 3B").run()
    assert len(app.dataframe[0].value) == 9
    app.text_input[0].set_value("physics").run()
    assert "No lesson matches" in app.info[0].value


def test_a_failing_engine_is_shown(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    running.store.add_student(lesson.id, "Ana", "hash", time.time())
    running.recognition.engine.problem = "2 observations are waiting to be saved: the disk is full"
    assert "the disk is full" in show("pages/dashboard.py").warning[0].value


def test_an_export_shows_how_far_it_is(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    assert not show("pages/lessons.py").get("progress")
    parts = running.exports.follow(lesson.id, iter([b"head\none\n", b"two\n"]), 4)
    next(parts)
    [bar] = show("pages/lessons.py").get("progress")
    assert bar.proto.value == 50 and bar.proto.text == "Exporting: 50%"


@pytest.mark.parametrize("code", ["ZZZZZZ", "", "' or 1=1", "<b>"])
def test_a_code_that_leads_nowhere_shows_no_lesson(running, code):
    lesson = running.lessons.start("Secret title", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=code)
    assert "Secret title" not in texts(app) and lesson.code not in texts(app)
    assert [error.value for error in app.error] == (
        ["There is no lesson with this join code. Check the six characters with your teacher."] if code else []
    )


def test_an_ended_lesson_says_so_and_no_more(running):
    lesson = running.lessons.start("Secret title", PER_STUDENT, "JP", "teaching")
    running.lessons.end(lesson)
    app = show("pages/join.py", code=lesson.code)
    assert "has ended" in app.info[0].value and "Secret title" not in texts(app)


def test_joining_needs_consent_and_a_name(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=lesson.code.lower())
    app.text_input[0].set_value("Ana")
    app.button[0].click().run()
    assert app.error[0].value.startswith("Tick the box to agree")
    app.checkbox[0].check()
    app.text_input[0].set_value("   ")
    app.button[0].click().run()
    assert app.error[0].value == "Type your name, in 1 to 40 characters."
    assert running.store.students(lesson.id).empty


def test_too_many_who_join_from_one_address_are_told_when_to_try_again(running, monkeypatch):
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.ip_address", "203.0.113.5")
    running.students.joins = PerAddress("students joined", 1)
    running.students.joins.take("203.0.113.5")
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=lesson.code)
    app.text_input[0].set_value("Ana")
    app.checkbox[0].check()
    app.button[0].click().run()
    assert app.error[0].value.startswith("Too many students joined from this network at once. Try again in ")
    assert running.store.students(lesson.id).empty


def test_a_seat_is_good_for_its_own_lesson_only(running):
    mine, other = (
        running.lessons.start("Mine", PER_STUDENT, "JP", "teaching"),
        running.lessons.start("Other", PER_STUDENT, "JP", "teaching"),
    )
    student = sit(running, mine)
    token = running.cookies[running.students.cookie(mine.id)]
    assert running.students.of_lesson(mine, token) == student
    assert running.students.of_lesson(other, token) is None
    assert running.students.of_lesson(mine, "") is None and running.students.of_lesson(mine, "made up") is None


def test_a_student_leaves_and_comes_back_to_the_same_seat(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson)
    app = show("pages/join.py", code=lesson.code)
    assert seat(app)["camera"] == "shared"
    [leave] = [button for button in app.button if button.label == "Leave the lesson"]
    leave.click().run()
    assert "You have left" in app.success[0].value and running.seats.all() == []
    app.button[0].click().run()
    assert running.store.student(student.id).left_at is None
    assert [seat.student_id for seat in running.seats.all()] == [student.id]


def test_a_full_class_says_so_and_asks_for_no_camera(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    sit(running, lesson)
    running.seats.most = 0
    app = show("pages/join.py", code=lesson.code)
    assert seat(app)["camera"] == "waits" and not app.get("component_instance")
    assert [seat.has_camera for seat in running.seats.all()] == [False] and running.seats.waiting() == 1
    running.seats.most = 1
    assert seat(show("pages/join.py", code=lesson.code))["camera"] == "shared"


def test_a_busy_machine_and_a_full_class_are_shown(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = running.store.add_student(lesson.id, "Ana", "hash", time.time())
    running.store.append([Observation(lesson.id, student.id, time.time(), Status.NO_FACE)])
    running.recognition.engine._began_at.extend([0.0, 1.0, 2.0])
    running.seats.most = 0
    with pytest.raises(ClassFull):
        running.seats.open(lesson.id, student.id)
    busy, full = show("pages/dashboard.py").warning
    assert "1.0 times a second instead of 2" in busy.value and "1 student is waiting" in full.value


def test_while_joining_is_closed_the_join_page_waits(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    running.lessons.set_joining(lesson, is_open=False)
    app = show("pages/join.py", code=lesson.code)
    assert seat(app)["camera"] == "joining closed" and seat(app)["code"] == lesson.code
    assert not app.text_input and not app.checkbox and not app.get("component_instance")


def test_who_has_the_form_open_when_joining_closes_does_not_get_in(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=lesson.code)
    running.lessons.set_joining(lesson, is_open=False)
    app.text_input[0].set_value("Ana")
    app.checkbox[0].check()
    app.button[0].click().run()
    assert seat(app)["camera"] == "joining closed" and running.store.students(lesson.id).empty


def test_a_removed_student_is_told_so_on_every_load(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson)
    running.students.remove([student.id])
    for _ in range(2):
        app = show("pages/join.py", code=lesson.code)
        assert "Your teacher has removed you" in app.warning[0].value and not app.button
        assert app.get("link_button")[0].label == "My data"


def test_the_teacher_closes_joining_and_opens_it_again(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/dashboard.py")
    button(app, "Close joining").click().run()
    assert not running.store.lesson(lesson.id).may_be_joined and "Joining is closed" in texts(app)
    button(app, "Open joining").click().run()
    assert running.store.lesson(lesson.id).may_be_joined and "Joining is closed" not in texts(app)


def removing(lesson_id):
    """The dialog's inside as a page of its own."""

    def page(lesson_id):
        from fer.web import guards, who_may_join

        running = guards.running()
        who_may_join._remove(running, running.store.lesson(lesson_id))

    return AppTest.from_function(page, args=(lesson_id,), default_timeout=30).run()


def test_the_teacher_removes_by_name_and_lets_back(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    ana, ben = sit(running, lesson), sit(running, lesson, "*Ben*")
    app = removing(lesson.id)
    assert button(app, "Remove").disabled and app.selectbox[0].options == ["Ana", "*Ben*"]
    app.selectbox[0].set_value(ben.id).run()
    button(app, "Remove").click().run()
    assert running.students.is_in(ana) and not running.students.is_in(ben)
    assert app.selectbox[0].options == ["Ana"] and "**Removed** · \\*Ben\\*" in texts(app)
    button(app, "Let them back in").click().run()
    assert running.students.is_in(ben)


def test_the_teacher_removes_who_joined_last_where_nobody_has_a_name(running):
    sign_in(running)
    lesson = running.lessons.start("Mathematics", "class", "JP", "teaching")
    students = [sit(running, lesson, None) for _ in range(3)]
    app = removing(lesson.id)
    assert app.selectbox[0].options[0].startswith("1 student, who joined at ") and len(app.selectbox) == 1
    app.selectbox[0].set_value(2).run()
    button(app, "Remove").click().run()
    assert [running.students.is_in(one) for one in students] == [True, False, False] and "**Removed** · 2" in texts(app)


def test_only_the_teacher_closes_joining_and_removes(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    sit(running, lesson)
    assert "Teacher sign-in" in texts(removing(lesson.id)) and not removing(lesson.id).selectbox
    who_may_join._set_joining(running, lesson, False)
    assert running.store.lesson(lesson.id).may_be_joined


def test_the_next_person_at_the_computer_gets_a_seat_of_their_own(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    running.students.leave(sit(running, lesson))
    app = show("pages/join.py", code=lesson.code)
    app.button[1].click().run()
    assert "What happens to your picture" in [heading.value for heading in app.subheader]


def observed(running, student, count=3):
    running.store.append([Observation(student.lesson_id, student.id, time.time(), Status.NO_FACE)] * count)


def test_a_student_sees_and_deletes_what_is_stored(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson)
    observed(running, student)
    running.journal.say(lesson.id, student.id, "lost", time.time())
    app = show_mine(running, lesson)
    token = running.cookies[running.students.cookie(lesson.id)]
    assert app.code[0].value.endswith(f"/mine?token={token}")
    assert list(app.dataframe[0].value["Answer"]) == ["I'm lost"]
    assert "Your face was looked at **3** times" in texts(app) and student.name in texts(app)
    [delete] = [button for button in app.button if button.label == "Delete everything about me"]
    delete.click().run()
    assert "has been deleted" in app.success[0].value
    assert running.store.students(lesson.id).empty and running.store.counts(lesson.id, 60).empty
    assert "already been deleted" in show_mine(running, lesson).info[0].value
    assert "What happens to your picture" in [
        heading.value for heading in show("pages/join.py", code=lesson.code).subheader
    ]


@pytest.mark.parametrize("token", ["", "made up", "' or 1=1"])
def test_nobody_elses_link_shows_anything(running, token):
    lesson = running.lessons.start("Secret title", PER_STUDENT, "JP", "teaching")
    student = sit(running, lesson)
    running.cookies[running.students.own_cookie(lesson.id)] = token
    app = show("pages/my_data.py", lesson=str(lesson.id))
    assert not app.button and student.name not in texts(app) and "Secret title" not in texts(app)


def test_the_teacher_deletes_a_lesson_after_a_question(running):
    sign_in(running)
    lesson, kept = (
        running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching"),
        running.lessons.start("Physics", PER_STUDENT, "JP", "teaching"),
    )
    observed(running, sit(running, lesson))
    running.lessons.end(lesson)
    app = show("pages/lessons.py", lesson=str(lesson.id))
    assert any("deletes itself on" in caption.value for caption in app.caption)
    [delete] = [button for button in app.button if button.label == "Delete this lesson"]
    delete.click().run()
    assert len(running.store.lessons()) == 2  # not yet
    running.lessons.delete(lesson.id)
    assert [one.id for one in running.store.lessons()] == [kept.id]


def test_a_second_click_on_join_makes_no_second_student(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=lesson.code)
    app.text_input[0].set_value("Ana")
    app.checkbox[0].check()
    app.button[0].click().run()
    app.run()
    if app.button:
        app.button[0].click().run()
    assert list(running.store.students(lesson.id)["name"]) == ["Ana"]


def test_a_database_that_fails_is_said(running, monkeypatch):
    def fail(*_):
        raise StoreError("The database /srv/lessons.db cannot be read: the disk is full")

    sign_in(running)
    monkeypatch.setattr(running.store, "signed_in", fail)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception and "cannot be used right now" in app.error[0].value
    assert "/srv" not in app.error[0].value  # nothing for a student
    said = AppTest.from_function(a_page_without_its_database).run().error[0].value
    assert said.startswith("The database cannot be used") and said.endswith("the disk is full")


def a_page_without_its_database():
    """A page of its own for AppTest, which runs the text of this function."""
    from fer.store.errors import StoreError
    from fer.web import guards

    @guards.says_store_errors
    def page():
        raise StoreError("the disk is full")

    page()


@pytest.mark.parametrize(
    ("url", "has_none", "here_only"),
    [
        ("http://localhost:8501/join", False, True),
        ("http://127.0.0.1:8501/join", False, True),
        ("http://[::1]:8501", False, True),
        ("http://192.168.1.20:8501/join", True, False),
        ("http://class.example.org", True, False),
        ("https://class.example.org", False, False),
        ("https://localhost", False, True),
        ("", False, False),
    ],
)
def test_where_browsers_give_no_camera(url, has_none, here_only):
    assert links.has_no_camera(url) is has_none
    assert links.is_this_machine_only(url) is here_only


@pytest.mark.parametrize(
    ("name", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("Etc/Unknown", "UTC"), ("", "UTC"), ("../passwd", "UTC")]
)
def test_the_time_zone_of_whatever_a_browser_says(name, zone):
    assert str(screen.zone(name)) == zone


@pytest.mark.parametrize("number", ["2", "-1", "1e3", "٣", "1" * 20, "1" * 5000, ""])
def test_a_lesson_of_any_number_in_an_address(running, number):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    assert running.store.lesson_by_number(str(lesson.id)) == lesson and running.store.lesson_by_number(number) is None


def test_a_page_without_its_server_says_how_to_start_it():
    monitor.use(None)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert "Start it with `make run`" in app.error[0].value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationError("Failed to set remote video description send parameters"), "no video that the server can read"),
        (ValueError("invalid literal for int() with base 10: 'x'"), "could not be connected"),
        (KeyError("candidate"), "could not be connected"),
    ],
)
def test_a_camera_that_fails_leaves_the_page(running, monkeypatch, error, said):
    def fail(**_):
        raise error

    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    sit(running, lesson)
    monkeypatch.setattr(camera, "webrtc_streamer", fail)
    app = show("pages/join.py", code=lesson.code)
    assert said in app.error[0].value and seat(app)["camera"] == ""
    assert [seat.has_camera for seat in running.seats.all()] == [False]
    monkeypatch.undo()
    monkeypatch.setattr(guards, "cookie", lambda name: running.cookies.get(name, ""))
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)
    button(app, "Try again").click().run()
    assert not app.error and seat(app)["camera"] == "shared"


def test_who_joins_without_a_camera_is_asked_for_none_until_they_agree(running):
    lesson = running.lessons.start("Mathematics", PER_STUDENT, "JP", "teaching")
    app = show("pages/join.py", code=lesson.code)
    app.checkbox[0].check()
    button(app, "Take part without a camera").click().run()
    assert "no picture of you is taken" in texts(app) and "Your camera picture" not in texts(app)
    app.text_input[0].set_value("Ana")
    button(app, "Join without a camera").click().run()
    assert app.error[0].value.startswith("Tick the box") and running.store.students(lesson.id).empty
    button(app, "Take part with my camera").click().run()
    assert "Your camera picture" in texts(app)

    student = sit(running, lesson, with_camera=False)
    app = show("pages/join.py", code=lesson.code)
    assert seat(app)["camera"] == "" and not app.get("component_instance")
    assert [seat.has_camera for seat in running.seats.all()] == [False] and running.seats.waiting() == 0
    button(app, "Take part with my camera").click().run()
    assert "Your camera picture" in texts(app) and not app.get("component_instance")
    button(app, "Share my camera").click().run()
    assert app.error[0].value == "Tick the box to agree, or stay without a camera."
    assert not running.store.student(student.id).with_camera
    app.checkbox[0].check()
    button(app, "Share my camera").click().run()
    assert running.store.student(student.id).with_camera and app.get("component_instance")
    assert [seat.has_camera for seat in running.seats.all()] == [True]
    button(app, "Go on without a camera").click().run()
    assert not running.store.student(student.id).with_camera and not app.get("component_instance")
    assert "Take part with my camera" in [one.label for one in app.button]
    button(app, "Take part with my camera").click().run()
    button(app, "Stay without a camera").click().run()
    assert "Share my camera" not in [one.label for one in app.button]


def test_who_cannot_read_their_face_themselves_is_asked_once(running):
    lesson = running.lessons.start("Biology", PER_STUDENT, "JP", "private")
    student = sit(running, lesson)
    running.students.read_on(student, ON_DEVICE)
    app = show("pages/join.py", code=lesson.code, cannot="failed")
    [without] = [one for one in app.button if one.label == "Go on without a camera"]
    without.click().run()
    assert not app.exception and not running.store.student(student.id).with_camera
