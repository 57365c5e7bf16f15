"""Every setting: its default, a good value, and a bad one that names its key and what was received."""

import dataclasses
from pathlib import Path

import pytest

from fer.config import ROOT, Settings, SettingsError

GOOD = [
    ("PORT", "9000", 9000),
    ("FER_HOST", "127.0.0.1", "127.0.0.1"),
    ("FER_PUBLIC_URL", "https://class.example.org/", "https://class.example.org"),
    ("FER_PUBLIC_URL", "https://example.org:8443/monitor/", "https://example.org:8443/monitor"),
    ("FER_FRAME_ANCESTORS", "https://moodle.example.org", "https://moodle.example.org"),
    ("FER_FRAME_ANCESTORS", "https://*.a.org, http://b:81", "https://*.a.org http://b:81"),
    ("FER_DATA_DIR", "/srv/fer", Path("/srv/fer")),
    ("FER_DATABASE_URL", "postgresql://me@db/fer", "postgresql://me@db/fer"),
    ("FER_TEACHER_PASSWORD", "correct horse", "correct horse"),
    ("FER_ICE_SERVERS", '[{"urls": "stun:s.example.org:3478"}]', ({"urls": "stun:s.example.org:3478"},)),
    ("FER_ICE_SERVERS", "[]", ()),
    ("FER_OIDC_ISSUER", "https://accounts.google.com/", "https://accounts.google.com"),
    ("FER_OIDC_CLIENT_ID", "monitor", "monitor"),
    ("FER_OIDC_CLIENT_SECRET", "shared", "shared"),
    ("FER_OIDC_TEACHERS", "ana@x.org, roles=teacher", "ana@x.org roles=teacher"),
    ("FER_OIDC_ADMINS", "ada@x.org @it.x.org", "ada@x.org @it.x.org"),
    ("FER_OIDC_STUDENTS", "@pupils.x.org iss=https://x.org", "@pupils.x.org iss=https://x.org"),
    ("FER_TURN_URLS", "turn:t.example.org, turns:t.example.org:443", "turn:t.example.org turns:t.example.org:443"),
    ("FER_TURN_SECRET", "shared", "shared"),
    ("FER_TURN_TTL_S", "3600", 3600),
    ("FER_UDP_PORTS", "50000-50999", range(50000, 51000)),
    ("FER_MODEL", "vgg", "vgg"),
    ("FER_DETECTOR", "haar", "haar"),
    ("FER_READ", "device", "device"),
    ("FER_DETECTOR_FILE", "/srv/yunet.onnx", Path("/srv/yunet.onnx")),
    ("FER_CAMERA_FPS", "30", 30),
    ("FER_FRAMES_PER_S", "0.5", 0.5),
    ("FER_UNSURE_BELOW", "0", 0.0),
    ("FER_GONE_AFTER_S", "10", 10.0),
    ("FER_KEEP_DAYS", "365", 365),
    ("FER_MOST_STUDENTS", "40", 40),
    ("FER_SOCKETS_PER_ADDRESS", "300", 300),
    ("FER_JOINS_PER_ADDRESS", "30", 30),
    ("FER_TRUSTED_PROXIES", "10.0.0.5", ("10.0.0.5",)),
    ("FER_TRUSTED_PROXIES", "10.1.0.0/16, fd00::5", ("10.1.0.0/16", "fd00::5")),
    ("FER_EXPRESSIONS", "off", False),
    ("FER_EXPRESSIONS", "on", True),
    ("FER_METRICS_PORT", "9100", 9100),
    ("FER_LOG", "json", "json"),
    ("FER_IDENTITY", "on", True),
    ("FER_IDENTITY_VECTORS", "dlib", "dlib"),
    ("FER_API", "off", False),
    ("FER_API", "on", True),
    ("FER_LEAST_VISIBLE", "8", 8),
    ("FER_PROCESS", "1", "1"),
]
BAD = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("PORT", "85.01"),
    ("FER_PUBLIC_URL", "class.example.org"),
    ("FER_PUBLIC_URL", "ftp://class.example.org"),
    ("FER_PUBLIC_URL", "https://"),
    ("FER_PUBLIC_URL", "https://[x"),
    ("FER_PUBLIC_URL", "https://class.example.org:99999"),
    ("FER_PUBLIC_URL", "https://class.example.org?x=1"),
    ("FER_DATA_DIR", "/srv/\0fer"),
    ("FER_DATA_DIR", "~nobody-of-this-name/fer"),
    ("FER_DETECTOR_FILE", "/srv/\0.onnx"),
    ("FER_FRAME_ANCESTORS", "moodle.example.org"),
    ("FER_FRAME_ANCESTORS", "*"),
    ("FER_FRAME_ANCESTORS", "https://moodle.example.org/course"),
    ("FER_FRAME_ANCESTORS", "https://a.org; script-src *"),
    ("FER_DATABASE_URL", "lessons.db"),
    ("FER_ICE_SERVERS", "stun:s.example.org"),
    ("FER_ICE_SERVERS", '{"urls": "stun:s"}'),
    ("FER_OIDC_ISSUER", "http://accounts.example.org"),
    ("FER_OIDC_ISSUER", "accounts.google.com"),
    ("FER_OIDC_TEACHERS", "ana"),
    ("FER_OIDC_TEACHERS", "roles="),
    ("FER_OIDC_TEACHERS", ","),
    ("FER_OIDC_ADMINS", "@"),
    ("FER_OIDC_STUDENTS", "everybody"),
    ("FER_TURN_URLS", "stun:s.example.org"),
    ("FER_TURN_URLS", "turn.example.org:3478"),
    ("FER_TURN_URLS", "turn:t.example.org turn:t.example.org:99999"),
    ("FER_TURN_URLS", " "),
    ("FER_TURN_TTL_S", "60"),
    ("FER_UDP_PORTS", "50999-50000"),
    ("FER_UDP_PORTS", "80-90"),
    ("FER_UDP_PORTS", "50000"),
    ("FER_UDP_PORTS", "50000-70000"),
    ("FER_DETECTOR", "mtcnn"),
    ("FER_READ", "phone"),
    ("FER_CAMERA_FPS", "0"),
    ("FER_CAMERA_FPS", "31"),
    ("FER_CAMERA_FPS", "2.5"),
    ("FER_FRAMES_PER_S", "0"),
    ("FER_FRAMES_PER_S", "11"),
    ("FER_FRAMES_PER_S", "two"),
    ("FER_FRAMES_PER_S", "nan"),
    ("FER_UNSURE_BELOW", "-0.1"),
    ("FER_UNSURE_BELOW", "1.1"),
    ("FER_UNSURE_BELOW", "40 %"),
    ("FER_GONE_AFTER_S", "0"),
    ("FER_GONE_AFTER_S", "61"),
    ("FER_GONE_AFTER_S", "inf"),
    ("FER_KEEP_DAYS", "0"),
    ("FER_KEEP_DAYS", "1.5"),
    ("FER_MOST_STUDENTS", "-1"),
    ("FER_MOST_STUDENTS", "many"),
    ("FER_SOCKETS_PER_ADDRESS", "9"),
    ("FER_JOINS_PER_ADDRESS", "0"),
    ("FER_TRUSTED_PROXIES", "*"),
    ("FER_TRUSTED_PROXIES", "0.0.0.0/0"),
    ("FER_TRUSTED_PROXIES", "proxy.example.org"),
    ("FER_TRUSTED_PROXIES", "10.0.0.5/8"),
    ("FER_TRUSTED_PROXIES", "10.0.0.5,"),
    ("FER_EXPRESSIONS", "no"),
    ("FER_EXPRESSIONS", "0"),
    ("FER_METRICS_PORT", "0"),
    ("FER_METRICS_PORT", "http"),
    ("FER_LOG", "xml"),
    ("FER_IDENTITY", "yes"),
    ("FER_IDENTITY_VECTORS", "arcface"),
    ("FER_API", "no"),
    ("FER_LEAST_VISIBLE", "2"),
    ("FER_PROCESS", "Process 1"),
    ("FER_PROCESS", "1/"),
    ("FER_LEAST_VISIBLE", "five"),
]
TAKES_ANY_TEXT = {
    "FER_HOST",
    "FER_TEACHER_PASSWORD",
    "FER_MODEL",
    "FER_TURN_SECRET",
    "FER_OIDC_CLIENT_ID",
    "FER_OIDC_CLIENT_SECRET",
}
OIDC = {
    "FER_OIDC_ISSUER": "https://accounts.google.com",
    "FER_OIDC_CLIENT_ID": "monitor",
    "FER_OIDC_CLIENT_SECRET": "shared",
    "FER_OIDC_TEACHERS": "ana@x.org",
}
TOGETHER = {"FER_TURN_URLS": {"FER_TURN_SECRET": "shared"}, "FER_TURN_SECRET": {"FER_TURN_URLS": "turn:t.example.org"}}
TOGETHER |= {key: {other: text for other, text in OIDC.items() if other != key} for key in OIDC}
NEED_OIDC = {"FER_OIDC_ADMINS": OIDC, "FER_OIDC_STUDENTS": OIDC}
NEED_POSTGRESQL = {"FER_PROCESS": {"FER_DATABASE_URL": "postgresql://monitor:shared@host/monitor"}}


def keys():
    return {"PORT" if f.name == "port" else f"FER_{f.name.upper()}" for f in dataclasses.fields(Settings)}


def field(key):
    return "port" if key == "PORT" else key.removeprefix("FER_").lower()


@pytest.mark.parametrize(("key", "text", "value"), GOOD)
def test_good_value(key, text, value):
    needed = (TOGETHER | NEED_OIDC | NEED_POSTGRESQL).get(key, {})
    settings = Settings.from_env({key: text} | needed)
    assert getattr(settings, field(key)) == value
    defaults = {field(one): getattr(Settings(), field(one)) for one in (key, *needed)}
    assert dataclasses.replace(settings, **defaults) == Settings()


@pytest.mark.parametrize(("key", "text"), BAD)
def test_bad_value_names_its_key_and_what_was_received(key, text):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({key: text})
    assert str(raised.value).startswith(f"{key} must be ")
    assert str(raised.value).endswith(f"Received: {text!r}")


@pytest.mark.parametrize("key", TOGETHER)
def test_what_belongs_together_is_given_together(key):
    text = next(text for good, text, _ in GOOD if good == key)
    with pytest.raises(SettingsError, match=r"FER_(TURN_URLS and|OIDC_ISSUER, ).* belong together") as raised:
        Settings.from_env({key: text})
    assert "shared" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "sqlite:////srv/lessons.db"])
def test_several_processes_need_postgresql(url):
    with pytest.raises(SettingsError, match="FER_PROCESS is for several processes, .* Received: '1' without it"):
        Settings.from_env({"FER_PROCESS": "1", "FER_DATABASE_URL": url})


@pytest.mark.parametrize("key", NEED_OIDC)
def test_who_has_a_role_needs_the_schools_sign_in(key):
    with pytest.raises(SettingsError, match="needs FER_OIDC_ISSUER, where the accounts are. Received: '@x.org' alone"):
        Settings.from_env({key: "@x.org"})


def test_what_is_secret_is_in_no_repr_and_not_shown():
    secrets = {
        "FER_TEACHER_PASSWORD": "hidden",
        "FER_OIDC_CLIENT_SECRET": "hidden",
        "FER_TURN_SECRET": "hidden",
        "FER_DATABASE_URL": "postgresql://user:hidden@host/name",
        "FER_ICE_SERVERS": '[{"urls": "turn:t.example.org", "username": "class", "credential": "hidden"}]',
    }
    settings = Settings.from_env(
        {**OIDC, "FER_TURN_URLS": "turn:t.example.org", "FER_UDP_PORTS": "50000-50009", **secrets}
    )
    shown = settings.shown()
    assert "hidden" not in repr(settings) and "hidden" not in str(shown)
    assert {shown[key] for key in secrets} == {"set, not shown"} and not {
        Settings().shown()[key] for key in secrets
    } - {""}
    assert set(shown) == keys()
    assert (shown["FER_UDP_PORTS"], shown["FER_TRUSTED_PROXIES"], shown["FER_API"]) == (
        "50000-50009",
        "127.0.0.1,::1",
        "on",
    )


def test_a_bad_ice_server_is_said_without_its_password():
    servers = '[{"urls": "turn:turn.example.org", "username": "class", "credential": "secret", "ttl": 5}]'
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"FER_ICE_SERVERS": servers})
    assert str(raised.value) == (
        'FER_ICE_SERVERS must be entries with "urls", and for TURN "username" and "credential". '
        "Received: ['urls', 'username', 'credential', 'ttl']"
    )


def test_every_key_is_tested():
    assert {key for key, *_ in GOOD} == keys()
    assert {key for key, _ in BAD} | TAKES_ANY_TEXT == keys()


def test_nothing_set_gives_the_defaults():
    assert Settings.from_env({"PATH": "/bin", "HOME": "/root"}) == Settings()
    assert Settings().data_dir == ROOT / "data"


@pytest.mark.parametrize("key", sorted(keys()))
def test_an_empty_value_is_the_default(key):
    assert Settings.from_env({key: ""}) == Settings()


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("FER_DETECTR", "Did you mean FER_DETECTOR?"),
        ("FER_PORT", "Did you mean PORT?"),
        ("FER_ICE_SERVER", "Did you mean FER_ICE_SERVERS?"),
        ("FER_XYZZYQWV", "Known: FER_API, FER_CAMERA_FPS, "),
    ],
)
def test_unknown_key_is_refused_with_a_hint(key, hint):
    with pytest.raises(SettingsError, match=f"{key} is not a setting") as raised:
        Settings.from_env({key: "1"})
    assert hint in str(raised.value)


def test_the_database_is_a_file_in_data_dir_unless_a_url_is_given(tmp_path):
    assert Settings.from_env({"FER_DATA_DIR": str(tmp_path)}).url == f"sqlite:///{tmp_path}/lessons.db"
    assert Settings.from_env({"FER_DATABASE_URL": "sqlite:////srv/x.db"}).url == "sqlite:////srv/x.db"


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1
