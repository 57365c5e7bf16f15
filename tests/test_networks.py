"""A student's browser behind firewalls and a server behind NAT, in network namespaces: what the connection check says.

student 10.77.1.2 --- firewall --- server 10.77.2.2, and coturn 10.77.3.2. Needs root, iproute2, nftables and coturn
(Debian: apt install iproute2 nftables coturn)."""

import itertools
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.live import FAKE_MEDIA, Server

NEEDED = ("ip", "nft", "turnserver")
MISSING = [name for name in NEEDED if not shutil.which(name)]
WEB, PORTS, SHARED = "8641-8649", "50000-50199", "shared-in-the-test"
TURN = "turn:10.77.3.2:3478?transport=tcp"
ONLY_THE_SERVER = ("--denied-peer-ip=0.0.0.0-255.255.255.255", "--allowed-peer-ip=10.77.2.2")  # as in compose.yaml
STUN = '[{"urls": "stun:10.77.3.2:3478"}]'
SUBNETS = {"student": "10.77.1", "server": "10.77.2", "relay": "10.77.3"}  # .2 is there, .1 the firewall
OPEN = """
table ip t {
  chain f { type filter hook forward priority 0; policy accept
  }
}
"""
NO_UDP = """
table ip t {
  chain f { type filter hook forward priority 0; policy drop
    ct state established,related accept
    ip saddr { 10.77.2.2, 10.77.3.2 } ip daddr { 10.77.2.2, 10.77.3.2 } accept
    meta l4proto udp drop
    tcp dport { 8641-8649, 3478 } accept
  }
}
"""
SERVER_BEHIND_NAT = f"""
table ip t {{
  chain pre {{ type nat hook prerouting priority -100
    iifname "student" tcp dport {WEB} dnat to 10.77.2.2
    iifname "student" udp dport {PORTS} dnat to 10.77.2.2
  }}
  chain post {{ type nat hook postrouting priority 100
    ip saddr 10.77.2.2 masquerade
  }}
  chain f {{ type filter hook forward priority 0; policy drop
    ct state established,related accept
    ct status dnat ip daddr 10.77.2.2 accept
    ip saddr 10.77.2.2 accept
    ip daddr 10.77.3.2 accept
  }}
}}
"""


def is_possible():
    if sys.platform != "linux" or os.geteuid() != 0 or MISSING:
        return False
    return subprocess.run(["unshare", "-n", "true"], check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not is_possible(), reason=f"network namespaces need root on Linux, and these programs: {', '.join(NEEDED)}"
)


def run(*command):
    subprocess.run(command, check=True)


def inside(name):
    """How a command begins that runs in a namespace of this test."""
    return ("ip", "netns", "exec", space(name))


def space(name):
    return f"fer{os.getpid()}{name}"


@pytest.fixture(scope="module")
def network():
    """The namespaces and their wires; gone afterwards."""
    firewall, names = space("firewall"), ("firewall", *SUBNETS)
    try:
        for name in names:
            run("ip", "netns", "add", space(name))
            run("ip", "-n", space(name), "link", "set", "lo", "up")
        run(*inside("firewall"), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for name, subnet in SUBNETS.items():
            wire = ("type", "veth", "peer", "name", name, "netns", firewall)
            run("ip", "link", "add", "eth", "netns", space(name), *wire)
            for at, device, address in ((space(name), "eth", f"{subnet}.2/24"), (firewall, name, f"{subnet}.1/24")):
                run("ip", "-n", at, "addr", "add", address, "dev", device)
                run("ip", "-n", at, "link", "set", device, "up")
            run("ip", "-n", space(name), "route", "add", "default", "via", f"{subnet}.1")
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", space(name)], check=False)


@pytest.fixture(scope="module")
def relay(network, tmp_path_factory):
    log = tmp_path_factory.mktemp("turn")
    command = [*inside("relay"), "turnserver", "-n", "--use-auth-secret", f"--static-auth-secret={SHARED}"]
    command += [
        "--realm=school",
        "--listening-ip=10.77.3.2",
        "--no-cli",
        *ONLY_THE_SERVER,
        f"--pidfile={log}/pid",
        f"--log-file={log}/log",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="module")
def student(network, tmp_path_factory):
    """A browser behind the firewall."""
    wrapper = tmp_path_factory.mktemp("browser") / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(inside("student"))} {chromium()} "$@"\n')
    wrapper.chmod(0o755)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", *FAKE_MEDIA]
        browser = playwright.chromium.launch(executable_path=str(wrapper), headless=True, args=flags)
        yield browser
        browser.close()


PORTS_OF_SERVERS = itertools.count(8641)


class InNamespace(Server):
    command = (*inside("server"), *Server.command)

    def __init__(self, folder, **environ):
        needed = {
            "PORT": str(next(PORTS_OF_SERVERS)),
            "FER_HOST": "10.77.2.2",
            "FER_EXPRESSIONS": "off",
            "FER_UDP_PORTS": PORTS,
        }
        super().__init__(folder, **needed, **environ)


@contextmanager
def server(folder, **environ):
    made = InNamespace(folder, **environ)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def with_relay(relay, tmp_path_factory):
    with server(tmp_path_factory.mktemp("school"), FER_TURN_URLS=TURN, FER_TURN_SECRET=SHARED) as made:
        yield made


def firewall(rules):
    subprocess.run([*inside("firewall"), "nft", "-f", "-"], input=f"flush ruleset\n{rules}", text=True, check=True)


def checked(student, server, host="10.77.2.2"):
    """How the steps of the connection check went, and the page's text."""
    page = student.new_page(locale="en-GB")
    page.set_default_timeout(40_000)
    page.goto(f"http://{host}:{server.port}/check")
    page.get_by_role("button", name="Start the check").click()
    page.locator("html:not([data-check-verdict='…'])[data-check-verdict]").wait_for(state="attached")
    said = page.evaluate("({...document.documentElement.dataset})")
    text = page.inner_text("body")
    page.close()
    return said["checkDirect"], said["checkRelay"], text


def test_where_udp_is_open_pictures_go_straight(student, with_relay):
    firewall(OPEN)
    assert checked(student, with_relay)[:2] == ("ok", "ok")


def test_where_udp_is_blocked_they_go_by_the_relay(student, with_relay):
    firewall(NO_UDP)
    assert checked(student, with_relay)[:2] == ("blocked", "ok")


def test_with_a_password_the_relay_refuses_the_school_s_it_is_told_what_to_open(student, relay, tmp_path):
    firewall(NO_UDP)
    with server(tmp_path, FER_TURN_URLS=TURN, FER_TURN_SECRET="another") as wrong:
        direct, by_relay, text = checked(student, wrong)
    assert (direct, by_relay) == ("blocked", "blocked"), wrong.log
    assert "Pictures do not reach the server from this network." in text
    assert f"UDP 10.77.2.2 {PORTS}\nTCP 10.77.3.2 3478" in text


def test_a_server_behind_nat_learns_its_address_by_stun(student, relay, tmp_path):
    firewall(SERVER_BEHIND_NAT)
    with server(tmp_path, FER_ICE_SERVERS=STUN) as behind:
        assert checked(student, behind, "10.77.1.1")[:2] == ("ok", "none")
