"""The files in deploy/, compose.yaml and the image: what they set exists and is accepted, what they open is used, and the
checkers of their formats find nothing. Nothing is downloaded or started."""

import os
import re
import shutil
import subprocess
from dataclasses import fields

import kubernetes_validate
import pytest
import yaml
from cfnlint import decode
from cfnlint.api import lint_all

from fer.config import ROOT, Settings

COMPOSE = (ROOT / "compose.yaml").read_text()
AWS = (ROOT / "deploy" / "aws.yaml").read_text()
KUBERNETES = yaml.safe_load((ROOT / "deploy" / "kubernetes.yaml").read_text())
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
SETTINGS_SH = ROOT / "deploy" / "settings.sh"


@pytest.fixture(scope="module")
def filled():
    """What deploy/settings.sh prints on this machine, as a dict."""
    if not (shutil.which("ip") and shutil.which("getent")):
        pytest.skip("needs iproute2 and getent (Debian: apt install iproute2)")
    done = subprocess.run([SETTINGS_SH, "localhost"], capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def services(filled):
    """Of compose.yaml, with its variables filled in as docker compose does."""
    return yaml.safe_load(re.sub(r"\$\{(\w+):\?\}", lambda name: filled[name.group(1)], COMPOSE))["services"]


def test_settings_sh_prints_all_that_compose_asks_for_and_no_password_twice(filled):
    assert filled.keys() == set(re.findall(r"\$\{(\w+):\?\}", COMPOSE))
    passwords = [value for name, value in filled.items() if name.endswith(("PASSWORD", "SECRET"))]
    assert len(set(passwords)) == 3 and all(len(one) == 48 for one in passwords)


def test_settings_sh_says_what_is_missing():
    for words, sentence in (((), "The name that students open"), (("nowhere.invalid",), "has no IPv4 address yet")):
        done = subprocess.run([SETTINGS_SH, *words], capture_output=True, text=True, check=False)
        assert done.returncode != 0 and sentence in done.stderr and done.stdout == ""


def processes(filled):
    """The settings of the two processes in compose.yaml."""
    return [Settings.from_env(services(filled)[name]["environment"]) for name in ("app1", "app2")]


def test_the_server_starts_with_the_settings_of_compose(filled):
    settings, other = processes(filled)
    assert settings.public_url == "https://localhost" and settings.turn_secret == filled["TURN_SECRET"]
    assert settings.turn_secret in services(filled)["turn"]["command"]
    assert filled["DATABASE_PASSWORD"] in settings.database_url
    apart = {field.name for field in fields(Settings) if getattr(settings, field.name) != getattr(other, field.name)}
    assert apart == {"process", "port", "udp_ports"} and not set(settings.udp_ports) & set(other.udp_ports)


def test_nginx_knows_the_processes_of_compose(filled):
    for one in processes(filled):
        assert re.search(
            rf"location /{one.process}/ {{ set \$process {one.process}; proxy_pass http://process_{one.process}/;",
            NGINX,
        )
        assert f"upstream process_{one.process} {{ server 127.0.0.1:{one.port} " in NGINX
    assert services(filled)["caddy"]["command"].endswith("--to 127.0.0.1:8500") and "listen 127.0.0.1:8500;" in NGINX


def test_every_image_has_a_version():
    images = re.findall(r"image: (\S+)", COMPOSE) + [KUBERNETES["spec"]["template"]["spec"]["containers"][0]["image"]]
    assert len(images) == 6
    assert [image for image in images if not re.search(r":(\d+\.\d+\S*|local)$", image)] == []


def test_only_caddy_turn_and_pictures_are_reached_from_outside(filled):
    made = services(filled)
    assert made["database"]["ports"] == ["127.0.0.1:5432:5432"]
    assert {one.host for one in processes(filled)} == {"127.0.0.1"}


def test_the_cloud_s_firewall_lets_in_what_compose_uses_and_no_more(filled):
    rules = decode.decode_str(AWS)[0]["Resources"]["Firewall"]["Properties"]["SecurityGroupIngress"]
    opened = {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules}
    ports = sorted(port for one in processes(filled) for port in one.udp_ports)
    relayed = [int(port) for port in re.findall(r"--m(?:in|ax)-port=(\d+)", services(filled)["turn"]["command"])]
    assert ports[-1] + 1 == relayed[0], "one rule is enough for both"
    assert opened == {
        ("tcp", 80, 80),
        ("tcp", 443, 443),
        ("tcp", 3478, 3478),
        ("udp", 3478, 3478),
        ("udp", ports[0], relayed[1]),
    }


def test_the_cloud_template_has_no_fault():
    faults = [fault for fault in lint_all(AWS) if not fault.rule.id.startswith("I")]  # advice
    assert [str(fault) for fault in faults] == []


def test_the_cloud_machine_s_commands_are_a_script_that_bash_reads():
    script = decode.decode_str(AWS)[0]["Resources"]["Server"]["Properties"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    filled_in = re.sub(r"\$\{\w+\}", "x", script)
    assert subprocess.run(["bash", "-n"], input=filled_in, text=True, check=False).returncode == 0
    assert "deploy/settings.sh" in script and "docker-compose up" in script


def test_the_kubernetes_file_is_one():
    kubernetes_validate.validate(KUBERNETES, "1.37", strict=True)


def test_the_server_starts_with_the_settings_of_kubernetes():
    [container] = KUBERNETES["spec"]["template"]["spec"]["containers"]
    given = {one["name"]: one.get("value", "postgresql://u:p@h/n") for one in container["env"]}
    assert Settings.from_env(given).metrics_port == 9100
    assert KUBERNETES["spec"]["replicas"] == 1, "a lesson lives in one process"


def test_without_a_builder_the_script_says_what_is_needed(tmp_path):
    for name in ("dirname", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    environ = os.environ | {"PATH": str(tmp_path)}
    done = subprocess.run([ROOT / "deploy" / "build.sh"], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "needs docker, podman or buildah" in done.stderr


@pytest.mark.parametrize("builder", ["podman", "buildah"])
def test_the_script_takes_what_is_there_and_hands_words_on(tmp_path, builder):
    for name in ("dirname", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / builder).write_text('#!/bin/sh\necho "$0 $@"\n')
    (tmp_path / builder).chmod(0o755)
    environ = os.environ | {"PATH": str(tmp_path)}
    done = subprocess.run(
        [ROOT / "deploy" / "build.sh", "--quiet"], env=environ, capture_output=True, text=True, check=True
    )
    assert re.search(rf"{builder} (build|bud) --format docker --tag live-class-monitor:local --quiet \.", done.stdout)
