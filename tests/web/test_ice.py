"""The passwords that browsers are lent for TURN, who asks which server, and UDP ports within a range."""

import asyncio
import base64
import hashlib
import hmac
import socket

import pytest

from fer.config import Settings
from fer.web.ice import bind_within, browser_ice_servers, server_ice_servers, turn_login

T0 = 1_800_000_000.0
STUN = {"urls": "stun:s.example.org:3478"}
TURN = "turns:t.example.org:5349 turn:t.example.org:3478?transport=tcp turn:t.example.org:3478?transport=udp"


def test_a_login_is_what_coturn_works_out_from_the_secret_and_the_name():
    username, password = turn_login("shared", T0 + 0.9)
    assert username.startswith("1800000000:")
    assert base64.b64decode(password) == hmac.new(b"shared", username.encode(), hashlib.sha1).digest()


def test_every_student_is_lent_another():
    assert turn_login("shared", T0) != turn_login("shared", T0)


def test_browsers_are_lent_a_password_and_this_server_asks_by_stun():
    settings = Settings(turn_urls=TURN, turn_secret="shared", turn_ttl_s=3600)
    [lent] = browser_ice_servers(settings, T0)
    assert lent["urls"] == TURN.split() and lent["username"].startswith("1800003600:")
    assert server_ice_servers(settings) == [{"urls": "stun:t.example.org:3478"}]


def test_named_servers_are_asked_by_both():
    settings = Settings(ice_servers=(STUN,), turn_urls=TURN, turn_secret="shared")
    assert browser_ice_servers(settings, T0)[0] == STUN and len(browser_ice_servers(settings, T0)) == 2
    assert server_ice_servers(settings) == [STUN]


def test_a_turn_server_without_udp_is_not_asked_by_stun():
    assert server_ice_servers(Settings(turn_urls="turns:t.example.org:443", turn_secret="shared")) == []


def test_without_any_nobody_is_asked():
    assert browser_ice_servers(Settings(), T0) == server_ice_servers(Settings()) == []


async def sockets(ports, how_many):
    loop = asyncio.get_running_loop()
    bind_within(loop, ports)
    made = [
        await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        for _ in range(how_many)
    ]
    used = [transport.get_extra_info("sockname")[1] for transport, _ in made]
    for transport, _ in made:
        transport.close()
    return used


def free_ports(how_many):
    """Neighbouring UDP ports that nobody has."""
    for first in range(52_000, 60_000, how_many):
        opened = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(how_many)]
        try:
            for offset, one in enumerate(opened):
                one.bind(("127.0.0.1", first + offset))
            return range(first, first + how_many)
        except OSError:
            continue
        finally:
            for one in opened:
                one.close()
    raise AssertionError


def test_udp_sockets_stay_within_the_ports_that_a_firewall_lets_through():
    ports = free_ports(3)
    assert sorted(asyncio.run(sockets(ports, 3))) == list(ports)


def test_where_all_ports_are_used_it_says_so():
    ports = free_ports(2)
    with pytest.raises(OSError, match=r"All UDP ports from \d+ to \d+ \(FER_UDP_PORTS\) are in use"):
        asyncio.run(sockets(ports, 3))
