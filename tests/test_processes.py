"""Two processes on one PostgreSQL behind nginx (deploy/nginx.conf): one is killed in the middle of eight lessons."""

import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

from fer.config import ROOT
from fer.lesson.processes import DEAD_AFTER_S
from fer.records import ON_DEVICE, PER_STUDENT, PRESENCE
from fer.store.store import Store
from tests.live import START_S, Server, choose, enrol, free_port, headline, opened_browsers, start_camera, wait_until
from tests.scenes import YUNET, astronaut_bgr, write_clip

LOST_S = 5.0  # a look every half second, and what a machine adds that runs other tests, too
needed = [name for name in ("nginx", "pg_virtualenv") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(needed), reason=f"needs {' and '.join(needed)} (Debian: nginx, postgresql)")
browsers = pytest.fixture(opened_browsers, scope="module")


@pytest.fixture
def database(tmp_path):
    """The URL of a PostgreSQL server that is gone afterwards."""
    place, part = tmp_path / "database", tmp_path / "database.part"
    says = f'echo "postgresql://$PGUSER:$PGPASSWORD@$PGHOST:$PGPORT/$PGDATABASE" > {part}; mv {part} {place}; read end'
    with subprocess.Popen(
        ["pg_virtualenv", "-t", "sh", "-c", says], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as server:
        try:
            wait_for_file(place, server)
            yield place.read_text().strip()
        finally:
            server.stdin.close()


def wait_for_file(path, made_by):
    deadline = time.monotonic() + START_S
    while not path.exists():
        assert made_by.poll() is None and time.monotonic() < deadline, "PostgreSQL did not start"
        time.sleep(0.05)


@contextmanager
def nginx(folder, ports):
    """deploy/nginx.conf with these ports instead of 8500, 8501 and 8502."""
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    site = re.sub(r"127\.0\.0\.1:(850\d)", lambda found: f"127.0.0.1:{ports[int(found.group(1)) - 8500]}", site)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} worker_processes 1; pid {folder}/pid; error_log stderr error; events {{}}\n"
        f"http {{ {temporary}\n{site} }}"
    )
    with subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"]) as running:
        try:
            yield
        finally:
            running.terminate()


class Process(Server):
    """One of the two; its address is the proxy's."""

    def __init__(self, folder, name, port, proxy_port, database):
        self.proxy_port = proxy_port
        super().__init__(
            folder,
            PORT=str(port),
            FER_PROCESS=name,
            FER_DATABASE_URL=database,
            FER_PUBLIC_URL=self.url,
            FER_TEACHER_PASSWORD="correct horse",
            FER_MOST_STUDENTS="20",
        )

    @property
    def url(self):
        return f"http://localhost:{self.proxy_port}"


def test_a_process_is_killed_and_its_lessons_go_on_in_the_other(browsers, database, tmp_path):
    ports = [free_port() for _ in range(3)]
    clip = write_clip(tmp_path / "face.mjpeg", astronaut_bgr())
    with nginx(tmp_path, ports):
        servers = [Process(tmp_path, name, ports[int(name)], ports[0], database) for name in ("1", "2")]
        store = Store(database)
        try:
            teacher = signed_in(browsers.page(), servers[0])
            lessons = eight_lessons(store, teacher)
            context = browsers.page(clip).context.browser.new_context()
            students = {lesson.id: joined(context.new_page(), servers[0], lesson) for lesson in lessons}
            homes = {lesson.id: store.process_of(lesson.id) for lesson in lessons}
            assert sorted(homes.values()) == ["1"] * 4 + ["2"] * 4
            assert all(f"/{homes[one]}/join" in page.url for one, page in students.items())
            start_camera(students[lessons[0].id])
            if lessons[1].read_on == ON_DEVICE:
                students[lessons[1].id].get_by_role("button", name="Start camera").click()
            kill_process_1(store, servers[0], lessons, students)
            wait_until(lambda: "1 of 1 visible" in headline(teacher), 20, "the dashboard shows them", teacher)
        finally:
            store.close()
            for server in servers:
                server.stop()


def signed_in(teacher, server):
    teacher.goto(f"{server.url}/dashboard")
    teacher.get_by_label("Password", exact=True).fill("correct horse")
    teacher.get_by_role("button", name="Sign in").click()
    return teacher


def eight_lessons(store, teacher):
    """In process 1 one with cameras, which the teacher starts in the browser, and one whose students' devices look, where
    there is a detector for them; six without, or seven."""
    teacher.get_by_label("Title").fill("Mathematics")
    teacher.get_by_text("Each student too", exact=True).click()
    choose(teacher, "Country of the students", "Japan")
    choose(teacher, "Purpose", "Teaching, training or work")
    teacher.get_by_role("button", name="Start the lesson").click()
    teacher.wait_for_url("**/1/dashboard?lesson=*")
    if YUNET.exists():
        lesson = store.create_lesson("Physics", time.time(), PER_STUDENT, read_on=ON_DEVICE)
        store.take_lesson(lesson.id, "1")
    for number in range(8 - len(store.lessons())):
        lesson = store.create_lesson(f"Lesson {number}", time.time(), PRESENCE)
        store.take_lesson(lesson.id, store.quietest(time.time() - DEAD_AFTER_S))
    return store.lessons()[::-1]


def joined(page, server, lesson):
    enrol(page, server, lesson.code, "Ana" if lesson.has_students else None)
    page.get_by_role("button", name="Got it").wait_for()
    return page


def is_in_2(store, lesson, students):
    """Whether the student's page is process 2's: a button is off, or gone, while there is no server."""
    button = students[lesson.id].get_by_role("button", name="Got it")
    return store.process_of(lesson.id) == "2" and button.count() == 1 and button.is_enabled()


def kill_process_1(store, server, lessons, students):
    """Kills it, and sees the students of its lessons come back at their seats."""
    seats = {lesson.id: store.students(lesson.id)["student_id"].tolist() for lesson in lessons}
    moves = [lesson for lesson in lessons if store.process_of(lesson.id) == "1"]
    filmed, by_device = lessons[0].id, [lesson.id for lesson in moves if lesson.read_on == ON_DEVICE]
    for one in (filmed, *by_device):
        wait_until(lambda one=one: len(store.recent(one, time.time() - 1)), 30, "rows come", students[one])
    server.process.kill()
    server.process.wait()
    killed_at = time.time()
    wait_until(lambda: all(is_in_2(store, lesson, students) for lesson in moves), 30, "all are back", students[filmed])
    print(f"All students are back after {time.time() - killed_at:.1f} s.")
    for one in by_device:  # without a click
        wait_until(lambda one=one: len(store.recent(one, killed_at + 1)), 20, "the device goes on", students[one])
        print(
            f"A device's rows came again after {store.recent(one, killed_at + 1)['observed_at'].min() - killed_at:.1f} s."
        )
    start_camera(students[filmed])  # by one click
    wait_until(lambda: len(store.recent(filmed, time.time() - 1)), 20, "rows come", students[filmed])
    rows = store.recent(filmed, killed_at - 5)["observed_at"]
    lost_s = killed_at - rows[rows < killed_at].max()
    print(f"The last row is {lost_s:.1f} s older than the kill.")
    assert lost_s < LOST_S
    assert {lesson.id: store.students(lesson.id)["student_id"].tolist() for lesson in lessons} == seats
