"""What ``python -m fer doctor`` says of a machine where something is missing, and of one where all is well."""

import shutil
import socket
import subprocess
import time

import pytest

from fer import cli
from fer.config import Settings
from fer.store.store import Store
from fer.web import doctor
from fer.web.doctor import BAD, NOTE, OK
from fer.web.ice import turn_login
from tests.live import free_port

SHARED = "shared-in-the-test"


def found(check, **settings):
    """(level, sentence) of each finding."""
    made = check(Settings(**settings))
    return [(one.level, one.sentence) for one in ([made] if isinstance(made, doctor.Finding) else made)]


@pytest.mark.parametrize(
    ("url", "level", "part"),
    [
        ("", NOTE, "FER_PUBLIC_URL is not set"),
        ("http://class.example.org", BAD, "Browsers give no camera to http://class.example.org"),
        ("http://localhost:8501", OK, "Students open http://localhost:8501."),
        ("https://class.example.org", OK, "Students open https://class.example.org."),
    ],
)
def test_the_address(url, level, part):
    [(said, sentence)] = found(doctor.web_address, public_url=url)
    assert said == level and part in sentence


def test_a_port_that_another_program_has(monkeypatch):
    monkeypatch.setattr(doctor, "WAIT_S", 0.2)
    assert found(doctor.web_port, host="127.0.0.1", port=free_port())[0][0] == OK
    with socket.create_server(("127.0.0.1", 0)) as other:
        [(level, sentence)] = found(doctor.web_port, host="127.0.0.1", port=other.getsockname()[1])
    assert level == BAD and "no Live Class Monitor is there" in sentence


def test_a_certificate_that_no_browser_trusts_is_said_with_the_reason():
    [(level, sentence)] = found(doctor.certificate, public_url=f"https://127.0.0.1:{free_port()}")
    assert level == BAD and "refused" in sentence
    assert found(doctor.certificate, public_url="http://localhost") == []


def test_too_few_udp_ports_for_the_cameras(monkeypatch):
    monkeypatch.setattr(doctor.aioice.ice, "get_host_addresses", lambda **_: ["192.0.2.1", "2001:db8::1"])
    [(level, sentence)] = found(doctor.udp_ports, udp_ports=range(52000, 52100), most_students=60)
    assert level == BAD and "room for 50 cameras (2 network addresses here)" in sentence
    assert found(doctor.udp_ports, udp_ports=range(52000, 52100), most_students=50)[0][0] == OK
    assert found(doctor.udp_ports)[0][0] == NOTE


def test_the_database_is_looked_at_and_left_as_it_is(tmp_path):
    [(level, sentence)] = found(doctor.database, data_dir=tmp_path / "new")
    assert level == OK and "empty; the next start brings it to" in sentence and not (tmp_path / "new").exists()
    Store(f"sqlite:///{tmp_path / 'lessons.db'}").close()
    [(level, sentence)] = found(doctor.database, data_dir=tmp_path)
    assert level == OK and "answers, at version" in sentence and "brings" not in sentence
    (tmp_path / "lessons.db").write_text("no database")
    [(level, sentence)] = found(doctor.database, data_dir=tmp_path)
    assert level == BAD and "not a database" in sentence


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgresql://me:hidden@127.0.0.1:1/fer", "refused"),  # no program listens on port 1
        ("oracle+nothing://x", "cannot be used"),
        ("postgresql://me@host:port/fer", "cannot be used"),
    ],
)
def test_a_database_that_does_not_answer(url, part):
    [(level, sentence)] = found(doctor.database, database_url=url)
    assert level == BAD and part in sentence and "hidden" not in sentence


def test_disk_and_open_files(tmp_path, monkeypatch):
    assert found(doctor.disk, data_dir=tmp_path / "not" / "yet")[0][1].endswith("1,000 are needed.")
    monkeypatch.setattr(doctor, "LEAST_DISK_MB", 10**9)
    assert found(doctor.disk, data_dir=tmp_path)[0][0] == BAD
    monkeypatch.setattr(doctor, "raise_file_limit", lambda: 1024)
    assert found(doctor.open_files) == [(NOTE, "1,024 may be open, which is room for 32 students with a camera.")]


@pytest.fixture(scope="module")
def coturn(tmp_path_factory):
    """The port of a TURN server."""
    if not shutil.which("turnserver"):
        pytest.skip("needs coturn (Debian: apt install coturn)")
    folder, port = tmp_path_factory.mktemp("turn"), free_port()
    command = ["turnserver", "-n", "--use-auth-secret", f"--static-auth-secret={SHARED}", "--realm=school", "--no-cli"]
    command += ["--listening-ip=127.0.0.1", f"--listening-port={port}", "--allow-loopback-peers"]
    command += [f"--pidfile={folder}/pid", f"--log-file={folder}/log", "--no-tls", "--no-dtls"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                break
    yield port
    process.terminate()
    process.wait(timeout=20)


def logins(coturn, secret):
    turn = f"turn:127.0.0.1:{coturn} turn:127.0.0.1:{coturn}?transport=tcp"
    return [one for one in found(doctor.ice, turn_urls=turn, turn_secret=secret) if "let a student in" in one[1]]


def test_a_turn_server_takes_the_passwords_that_students_are_lent(coturn):
    assert [level for level, _ in logins(coturn, SHARED)] == [OK, OK]
    assert logins(coturn, "another") == []


def test_a_turn_server_refuses_a_password_whose_time_is_over(coturn):
    username, password = turn_login(SHARED, time.time() - 1)
    late = {"urls": f"turn:127.0.0.1:{coturn}", "username": username, "credential": password}
    [(level, sentence)] = found(doctor.ice, ice_servers=(late,))
    assert level == BAD and "401" in sentence


def test_a_turn_server_that_is_not_there():
    server = {"urls": f"turn:127.0.0.1:{free_port()}?transport=tcp", "username": "u", "credential": "p"}
    [(level, sentence)] = found(doctor.ice, ice_servers=(server,))
    assert level == BAD and "cannot be reached" in sentence
    assert found(doctor.ice)[0][0] == NOTE


def test_the_command_ends_with_1_where_something_will_not_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", str(free_port()))
    with pytest.raises(SystemExit, match="0"):
        cli.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines][:3] == ["settings", "address", "port"]
    monkeypatch.setenv("FER_PUBLIC_URL", "http://class.example.org")
    with pytest.raises(SystemExit, match="1"):
        cli.main(["doctor"])
    monkeypatch.setenv("FER_PUBLIC_URL", "class.example.org")
    with pytest.raises(SystemExit, match="FER_PUBLIC_URL must be"):
        cli.main(["doctor"])
