"""The connection check's routes, asked by a WebRTC connection and by who sends what they do not expect."""

import asyncio
import json

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from starlette.applications import Starlette

from fer.config import Settings
from fer.web import connection_check
from fer.web.connection_check import LONGEST_OFFER, SPEED_BYTES, ConnectionCheck, ask_for
from fer.web.own_files import FOLDER

TURN = {"turn_urls": "turn:t.example.org turns:t.example.org:443", "turn_secret": "shared"}
OFFER_WITHOUT_SDP = json.dumps({"type": "offer", "sdp": "v=0 is all"})


def asked(settings, what, check=None):
    """What ``what(client)`` gives, with a client of the routes and all connections closed afterwards."""
    check = check or ConnectionCheck(settings)

    async def ask():
        transport = httpx.ASGITransport(Starlette(routes=check.routes()), client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            result = await what(client)
        for connection in list(check.open):
            await check.close(connection)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return result

    return asyncio.run(ask())


async def connect(client):
    """Opens a data channel as a browser does; the answer's status."""
    connection = RTCPeerConnection(RTCConfiguration([]))
    opened = asyncio.Event()
    connection.createDataChannel("check").on("open", opened.set)
    await connection.setLocalDescription(await connection.createOffer())
    said = connection.localDescription
    answer = await client.post("/check/offer", json={"type": said.type, "sdp": said.sdp})
    if answer.status_code == 200:
        await connection.setRemoteDescription(RTCSessionDescription(**answer.json()))
        await asyncio.wait_for(opened.wait(), 10)
    await connection.close()
    return answer.status_code


def test_a_data_channel_opens_without_a_lesson_and_without_a_camera():
    assert asked(Settings(), connect) == 200


def test_connections_close_by_themselves(monkeypatch):
    monkeypatch.setattr(connection_check, "KEPT_S", 0)
    check = ConnectionCheck(Settings())

    async def held():
        connection = RTCPeerConnection(RTCConfiguration([]))
        check.open.add(connection)
        await check.close_later(connection)
        return connection.connectionState, check.open

    assert asyncio.run(held()) == ("closed", set())


def test_there_are_only_so_many_at_a_time(monkeypatch):
    monkeypatch.setattr(connection_check, "MOST_AT_A_TIME", 0)
    assert asked(Settings(), connect) == 503


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("[]", 400),
        ("[" * LONGEST_OFFER, 400),
        ('{"type": "answer", "sdp": "v=0"}', 400),
        ('{"type": "offer", "sdp": 7}', 400),
        (OFFER_WITHOUT_SDP, 400),
        ("x" * (LONGEST_OFFER + 1), 413),
    ],
)
def test_what_is_no_offer_is_refused_in_a_sentence_and_leaves_nothing_open(body, status):
    check = ConnectionCheck(Settings())

    async def send(client):
        answer = await client.post("/check/offer", content=body)
        assert not check.open
        return answer

    answer = asked(Settings(), send, check)
    assert answer.status_code == status and answer.text.endswith(".\n") and "Traceback" not in answer.text


def test_one_network_cannot_ask_all_the_time():
    async def send(client):
        return [(await client.post("/check/offer", content="")).status_code for _ in range(3)]

    assert asked(Settings(joins_per_address=2), send) == [400, 400, 429]


def test_speed_takes_what_the_page_sends_and_no_more():
    async def send(client):
        return [(await client.post("/check/speed", content=b"x" * n)).status_code for n in (0, SPEED_BYTES, 300_000)]

    assert asked(Settings(), send) == [204, 204, 413]
    assert f"SPEED_BYTES = {SPEED_BYTES:_}" in (FOLDER / "check.js").read_text()


def test_a_browser_is_told_which_servers_are_relays():
    async def get(client):
        return (await client.get("/check/servers")).json()

    servers = asked(Settings(ice_servers=({"urls": "stun:s.example.org"},), **TURN), get)
    assert servers["direct"] == [{"urls": "stun:s.example.org"}]
    [relay] = servers["relays"]
    assert relay["urls"] == TURN["turn_urls"].split() and relay["username"] and relay["credential"]
    assert asked(Settings(), get) == {"direct": [], "relays": []}


def test_the_school_s_it_is_told_protocols_hosts_and_ports():
    settings = Settings(udp_ports=range(50000, 51000), **TURN)
    assert ask_for(settings, "class.example.org") == [
        "UDP class.example.org 50000-50999",
        "UDP t.example.org 3478",
        "TCP t.example.org 443",
    ]
    named = ({"urls": "turn:x.example.org:80?transport=tcp", "username": "u", "credential": "c"},)
    assert ask_for(Settings(ice_servers=named), "h")[1:] == ["TCP x.example.org 80"]
