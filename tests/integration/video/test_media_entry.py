"""Who is let in at a real media process's door, and who is told to go elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiortc import rtcdtlstransport
from pylibsrtp import Policy

from gateway.domain.room import Heartbeat, JoinTicket
from tests.support.processes.media_client import PATIENCE, MediaProcess, eventually, first_answer, next_answer, signed

pytestmark = pytest.mark.timeout(240)
ANSWER: dict[str, Any] = {}  # what the gateway says to each heartbeat
LONG = 4_000_000_000  # a ticket's end, seconds since the epoch


@pytest_asyncio.fixture
async def heard() -> AsyncIterator[tuple[str, list[Heartbeat]]]:
    """The address of a door for heartbeats, and those it got. It answers ``ANSWER``."""
    ANSWER.clear()
    beats: list[Heartbeat] = []

    async def take(request: web.Request) -> web.Response:
        beats.append(Heartbeat.from_document(await request.json()))
        return web.json_response(ANSWER)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", beats
    await runner.cleanup()


@pytest_asyncio.fixture
async def media(heard: tuple[str, list[Heartbeat]]) -> AsyncIterator[MediaProcess]:
    names = {"NAME": "media-1", "SIGNAL_URL": "https://media-1.example", "STATE_URL": heard[0], "DRAIN_SECONDS": "3"}
    process = MediaProcess(environment={f"LAEGEBRO_MEDIA_{name}": value for name, value in names.items()})
    await process.start()
    yield process
    await process.stop()


async def test_a_ticket_lets_in_once(media: MediaProcess) -> None:
    ticket = media.ticket("home")
    async with aiohttp.ClientSession() as session:
        _, answer = await first_answer(session, media.url, ticket)
        assert answer["type"] == "offer"
        again, answer = await first_answer(session, media.url, ticket)
        assert answer == {"type": "refused", "reason": "used"}
        assert (await again.receive()).data == 4412
        _, answer = await first_answer(session, media.url, media.ticket("home"))
        assert answer["type"] == "offer"


async def test_a_ticket_for_another_process_is_refused_and_stays_good_there(media: MediaProcess) -> None:
    tickets = {
        node: signed(JoinTicket("room", "home", 1, "guest", LONG, node), media.secret)
        for node in ("media-1", "media-2", "")
    }
    async with aiohttp.ClientSession() as session:
        answers = {node: (await first_answer(session, media.url, ticket))[1] for node, ticket in tickets.items()}
    assert answers["media-1"]["type"] == answers[""]["type"] == "offer"
    assert answers["media-2"] == {"type": "refused", "reason": "elsewhere"}


async def test_a_draining_process_ends_with_its_last_room_and_takes_no_new_one(
    media: MediaProcess, heard: tuple[str, list[Heartbeat]]
) -> None:
    _, beats = heard
    first = media.participant("clinic", room="old")
    await first.start()
    await eventually(lambda: first.state == "connected", "the first is in")
    os.kill(media.pid, signal.SIGUSR1)
    await eventually(lambda: bool(beats and beats[-1].node and beats[-1].node.draining), "it says that it drains")
    assert beats[-1].node is not None and beats[-1].node.seats == 1
    assert (beats[-1].node.name, beats[-1].node.signal_url) == ("media-1", "https://media-1.example")
    async with aiohttp.ClientSession() as session:
        _, answer = await first_answer(session, media.url, media.ticket("home", room="new"))
        assert answer == {"type": "refused", "reason": "draining"}
    second = media.participant("home", room="old")
    await second.start()
    await eventually(lambda: second.state == "connected" and first.frames_received > 5, "the room goes on")
    await asyncio.gather(first.stop(), second.stop())
    assert media.process is not None
    assert await asyncio.wait_for(media.process.wait(), PATIENCE) == 0


async def test_a_room_that_is_placed_elsewhere_is_sent_there_and_seen_until_it_has_gone(media: MediaProcess) -> None:
    stays = media.participant("clinic", room="here")
    await stays.start()
    await eventually(lambda: stays.state == "connected", "one is in another room")
    async with aiohttp.ClientSession() as session:
        socket, answer = await first_answer(session, media.url, media.ticket("home", room="there"))
        assert answer["type"] == "offer"
        ANSWER.update(elsewhere=["there", "unknown"])
        assert await next_answer(socket) == {"type": "refused", "reason": "elsewhere"}
        assert (await socket.receive(PATIENCE)).data == 4421
    assert stays.joins == 1 and stays.state == "connected"
    await stays.stop()


async def test_at_its_end_a_process_sends_its_calls_to_another_that_takes_rooms(
    media: MediaProcess, heard: tuple[str, list[Heartbeat]]
) -> None:
    ANSWER.update(others=True)
    async with aiohttp.ClientSession() as session:
        socket, answer = await first_answer(session, media.url, media.ticket("home", room="old"))
        assert answer["type"] == "offer" and media.process is not None
        os.kill(media.pid, signal.SIGTERM)
        await eventually(lambda: bool(heard[1][-1].node and heard[1][-1].node.draining), "it says that it drains")
        _, answer = await first_answer(session, media.url, media.ticket("home", room="new"))
        assert answer == {"type": "refused", "reason": "draining"}
        assert await next_answer(socket) == {"type": "refused", "reason": "draining"}
        assert (await socket.receive(PATIENCE)).data == 4430
        assert await asyncio.wait_for(media.process.wait(), PATIENCE) == 0


@pytest.mark.parametrize("answer", [{"others": False}, {}])
async def test_without_another_process_it_ends_at_once(media: MediaProcess, answer: dict[str, Any]) -> None:
    ANSWER.update(answer)
    async with aiohttp.ClientSession() as session:
        socket, first = await first_answer(session, media.url, media.ticket("home", room="old"))
        assert first["type"] == "offer" and media.process is not None
        os.kill(media.pid, signal.SIGTERM)
        assert await next_answer(socket) == {"type": "refused", "reason": "restarting"}
        assert await asyncio.wait_for(media.process.wait(), PATIENCE) == 0


async def test_a_page_of_which_nothing_comes_through_is_told_so(media: MediaProcess) -> None:
    async with aiohttp.ClientSession() as session:
        socket, answer = await first_answer(session, media.url, media.ticket("home"))
        assert answer["type"] == "offer"
        assert (await next_answer(socket))["type"] == "blocked"
        assert (await next_answer(socket))["type"] == "lost"


WEAK = rtcdtlstransport.SRTPProtectionProfile(
    libsrtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    openssl_profile=b"SRTP_AES128_CM_SHA1_32",
    key_length=16,
    salt_length=14,
)


async def test_a_page_that_offers_a_weak_protection_only_gets_no_media(
    media: MediaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5764 §4.1.2: a tag of 32 bits. A page that also offers one of ours is let in by that."""
    monkeypatch.setattr(rtcdtlstransport, "SRTP_PROFILES", [WEAK])
    weak = media.participant("weak")
    await weak.start()
    await eventually(lambda: weak.state == "reconnecting", "its connection is given up")
    assert weak.joins == 0 and weak.frames_received == 0
    await weak.stop()
    monkeypatch.setattr(rtcdtlstransport, "SRTP_PROFILES", [WEAK, rtcdtlstransport.SRTP_AES128_CM_SHA1_80])
    better = media.participant("better")
    await better.start()
    await eventually(lambda: better.state == "connected", "it is in by the stronger one")
    await better.stop()


async def test_a_page_that_offers_old_suites_only_gets_no_media(
    media: MediaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rtcdtlstransport.RTCCertificate._create_ssl_context

    def old(self: Any, profiles: Any) -> Any:
        context = made(self, profiles)
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA")
        return context

    monkeypatch.setattr(rtcdtlstransport.RTCCertificate, "_create_ssl_context", old)
    weak = media.participant("old")
    await weak.start()
    await eventually(lambda: weak.state == "reconnecting", "its connection is given up")
    assert weak.joins == 0
    await weak.stop()


async def test_a_page_that_talks_without_end_is_closed_and_nobody_else_waits(media: MediaProcess) -> None:
    async with aiohttp.ClientSession() as session:
        quiet, answer = await first_answer(session, media.url, media.ticket("quiet", room="quiet"))
        flood, _ = await first_answer(session, media.url, media.ticket("home"))
        with suppress(ConnectionError):
            for _ in range(500):
                await flood.send_json({"type": "muted", "audio": True, "video": False})
        said = [message async for message in flood]
        assert flood.close_code == 4428 and any("too-often" in str(each.data) for each in said)
        _, answer = await first_answer(session, media.url, media.ticket("other"))
        assert answer["type"] == "offer"
        await quiet.send_json({"type": "restart"})
        assert (await next_answer(quiet))["type"] == "offer"


async def _told_of_a_screen(session: aiohttp.ClientSession, media: MediaProcess, role: str, generation: int) -> bool:
    """What is told of a seat whose page says that it shows one; a later page of the seat says nothing."""
    ticket = JoinTicket("room-1", role, generation, role, LONG)
    socket, _ = await first_answer(session, media.url, signed(ticket, media.secret))
    if generation == 1:
        await socket.send_json({"type": "muted", "audio": True, "video": False, "screen": True})
    else:
        await socket.send_json({"type": "muted", "audio": True, "video": False})
    while True:
        message = await socket.receive_json(timeout=PATIENCE)
        own = next((seat for seat in message.get("seats", ()) if seat["self"]), {"audio": True})
        if not own["audio"]:
            return bool(own["screen"])


async def test_a_screen_is_told_of_a_clinics_seat_and_of_no_other_page_of_it(media: MediaProcess) -> None:
    async with aiohttp.ClientSession() as session:
        assert await _told_of_a_screen(session, media, "clinic", 1)
        assert not await _told_of_a_screen(session, media, "clinic", 2)
        for role in ("employee", "citizen", "guest"):
            assert not await _told_of_a_screen(session, media, role, 1)
