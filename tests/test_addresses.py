"""Addresses that work, and those that cannot: a browser and aiortc are asked what they make of them."""

import json

import pytest
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from fer.addresses import ice_problem, public_url
from tests.live import Browsers

TURN = {"username": "class", "credential": "secret"}
ICE = [
    {"urls": "stun:stun.example.org"},
    {"urls": "stun:stun.example.org:3478"},
    {"urls": ["stun:192.0.2.5:19302"]},
    {"urls": "stuns:stun.example.org"},
    {"urls": "turn:turn.example.org", **TURN},
    {"urls": "turn:turn.example.org:443?transport=tcp", **TURN},
    {"urls": ["turn:t.example.org:3478?transport=udp", "turns:t.example.org:5349?transport=tcp"], **TURN},
    {"urls": "turns:192.0.2.5", **TURN},
]
NO_ICE = [  # what it says it must be, and what was received
    ("stun:s", "entries with", "stun:s"),
    ({}, "entries with", []),
    ({"url": "stun:s"}, "entries with", ["url"]),
    ({"urls": []}, "entries with", ["urls"]),
    ({"urls": 5}, "entries with", ["urls"]),
    ({"urls": "stun:s", "credentialType": "oauth"}, "entries with", ["urls", "credentialType"]),
    ({"urls": [5]}, "addresses such as", 5),
    ({"urls": "stn:s"}, "addresses such as", "stn:s"),
    ({"urls": "stun:"}, "addresses such as", "stun:"),
    ({"urls": "stun://host"}, "addresses such as", "stun://host"),
    ({"urls": "stun:a b"}, "addresses such as", "stun:a b"),
    ({"urls": "stun:host:port"}, "addresses such as", "stun:host:port"),
    ({"urls": "stun:me@host"}, "addresses such as", "stun:me@host"),
    ({"urls": "turn:host?transport=sctp", **TURN}, "addresses such as", "turn:host?transport=sctp"),
    ({"urls": "stun:host\n"}, "addresses such as", "stun:host\n"),
    ({"urls": "stun:host?transport=udp"}, "addresses without", "stun:host?transport=udp"),
    ({"urls": "turns:host?transport=udp", **TURN}, "addresses with TCP", "turns:host?transport=udp"),
    ({"urls": "stun:host:99999"}, "addresses with a port from 1 to 65535", "stun:host:99999"),
    ({"urls": "stun:host:0"}, "addresses with a port", "stun:host:0"),
    ({"urls": "stun:192.0.2.256"}, "names or IPv4", "stun:192.0.2.256"),
    ({"urls": "stun:-host"}, "names or IPv4", "stun:-host"),
    ({"urls": "stun:a..b"}, "names or IPv4", "stun:a..b"),
    (
        {"urls": "turn:[2001:db8::5]:3478", **TURN},
        "names or IPv4 addresses of servers; aiortc",
        "turn:[2001:db8::5]:3478",
    ),
    ({"urls": "turn:host"}, "entries with a username and a credential", "turn:host"),
    ({"urls": "turn:host", "username": "", "credential": "x"}, "entries with a username", "turn:host"),
    ({"urls": "turn:host", "username": "x", "credential": 5}, "entries with a username", "turn:host"),
    ({"urls": ["stun:host", "turn:host"]}, "entries with a username", "turn:host"),
]


@pytest.mark.parametrize("server", ICE, ids=json.dumps)
def test_an_ice_server_that_works_is_used_by_the_server(server):
    assert ice_problem(server) == ""
    used = connection_kwargs([RTCIceServer(**server)])
    assert used or server["urls"].startswith("stuns:")  # which only browsers use


def test_and_by_the_browser():
    browsers = Browsers()
    try:
        browsers.page().evaluate(f"new RTCPeerConnection({{iceServers: {json.dumps(ICE)}}}).close()")
    finally:
        browsers.close()


@pytest.mark.parametrize(("server", "must_be", "received"), NO_ICE, ids=str)
def test_an_ice_server_that_cannot_work_is_said(server, must_be, received):
    problem = ice_problem(server)
    assert problem.startswith(must_be) and problem.endswith(f". Received: {received!r}") and "secret" not in problem


def test_aiortc_reads_no_ipv6_address():
    """If this fails, it does now, and ice_problem may let them pass."""
    with pytest.raises(ValueError, match="malformed uri"):
        connection_kwargs([RTCIceServer("turn:[2001:db8::5]:3478", **TURN)])


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://class.example.org", "https://class.example.org"),
        ("https://Class.Example.org/", "https://class.example.org"),
        ("http://localhost:8501", "http://localhost:8501"),
        ("http://192.0.2.5:80", "http://192.0.2.5:80"),
        ("https://[2001:db8::5]:8443/a", "https://[2001:db8::5]:8443/a"),
        ("https://[2001:db8::5]", "https://[2001:db8::5]"),
        ("https://example.org/school/monitor_2/", "https://example.org/school/monitor_2"),
    ],
)
def test_a_public_url_in_its_shortest_form(text, url):
    assert public_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "class.example.org",
        "ftp://class.example.org",
        "//class.example.org",
        "https://",
        "https:///path",
        "https://:8443",
        "https://[x",
        "https://[192.0.2.5]",
        "https://2001:db8::5",
        "https://[2001:db8::5]x",
        "https://class example.org",
        " https://class.example.org",
        "https://class.example.org ",
        "https://class.example.org\n",
        "https://class..example.org",
        "https://-class.example.org",
        "https://192.0.2.256",
        "https://192.0.2",
        "https://class.example.org:",
        "https://class.example.org:0",
        "https://class.example.org:99999",
        "https://class.example.org:port",
        "https://me@class.example.org",
        "https://class.example.org?code=1",
        "https://class.example.org#top",
        "https://class.example.org/a b",
        "https://class.example.org/../a",
        "https://class.example.org/a//b",
        "https://class.example.org/<script>",
        "https://class.example.org/a;b",
        "https://class.example.org\\a",
        "https://class.example.org/\0",
    ],
)
def test_a_public_url_that_no_browser_could_open_or_that_has_too_much(text):
    assert public_url(text) is None
