"""Real media processes on loopback, with scripted people: joining, seats, kills, strangers, heartbeats, tickets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from gateway.domain.room import Heartbeat, SeatState
from tests.support.processes.media_client import MediaProcess, ScriptedParticipant, eventually

pytestmark = pytest.mark.timeout(240)
HOSTILE = 50_000


@pytest_asyncio.fixture
async def media() -> AsyncIterator[MediaProcess]:
    process = MediaProcess()
    await process.start()
    yield process
    await process.stop()


async def _both_see(*people: ScriptedParticipant, frames: int = 5) -> None:
    """Each decodes ``frames`` more pictures and hears more sound from now on."""
    before = [(p.frames_received, p.audio_received) for p in people]
    await eventually(
        lambda: all(
            p.frames_received >= video + frames and p.audio_received >= audio + frames
            for p, (video, audio) in zip(people, before, strict=True)
        ),
        "everybody decodes picture and sound",
    )


async def _stop(*people: ScriptedParticipant) -> None:
    await asyncio.gather(*(p.stop() for p in people))


@pytest.mark.timeless("packets are timed by the monotonic clock")
async def test_two_people_decode_each_other(media: MediaProcess) -> None:
    people = [media.participant("clinic"), media.participant("home")]
    for person in people:
        await person.start()
    await _both_see(*people)
    await eventually(lambda: all(s["connected"] for s in people[0].seats), "both are shown as connected")
    await _stop(*people)


async def test_four_people_decode_each_other_and_a_fifth_finds_no_seat(media: MediaProcess) -> None:
    people = [media.participant(seat) for seat in ("clinic", "home", "relative", "interpreter")]
    for person in people[:2]:
        await person.start()
    await _both_see(*people[:2])
    await people[2].start()
    await _both_see(*people[:3])
    await people[3].start()
    await _both_see(*people)
    seen = [s["mids"] for s in people[2].seats if not s["self"]]
    assert len({m["video"] for m in seen}) == 3
    assert await _refusal(media, media.ticket("stranger")) == "full"
    assert await _refusal(media, media.ticket("stranger", room="room-2")) is None
    await _stop(*people)


async def test_who_leaves_and_comes_back_is_seen_again_by_those_who_stayed(media: MediaProcess) -> None:
    stays, goes = media.participant("clinic"), media.participant("home")
    await stays.start()
    await goes.start()
    await _both_see(stays, goes)
    await goes.stop()
    await eventually(lambda: any(not s["connected"] for s in stays.seats), "the leaving is told")
    back = media.participant("home")
    await back.start()
    await _both_see(stays, back)
    await _stop(stays, back)


async def test_the_newest_generation_sits_and_the_older_is_sent_away(media: MediaProcess) -> None:
    other, old = media.participant("clinic"), media.participant("home", generation=1)
    await other.start()
    await old.start()
    await _both_see(other, old)
    new = media.participant("home", generation=2)
    await new.start()
    await eventually(lambda: old.state == "moved", "the older device is told")
    await _both_see(other, new)
    assert await _refusal(media, media.ticket("home", generation=1)) == "superseded"
    await _both_see(other, new)
    await _stop(other, old, new)


async def test_a_network_change_is_a_second_connection_for_the_same_seat(media: MediaProcess) -> None:
    moving, other = media.participant("home"), media.participant("clinic")
    await moving.start()
    await other.start()
    await _both_see(moving, other)
    joins = moving.joins
    await moving.restart()
    await eventually(lambda: moving.joins > joins, "a second connection stands")
    await _both_see(moving, other)
    await _stop(moving, other)


async def test_a_killed_media_process_costs_nobody_the_call(media: MediaProcess) -> None:
    people = [media.participant("clinic"), media.participant("home")]
    for person in people:
        await person.start()
    await _both_see(*people)
    await media.kill()
    await eventually(lambda: all(p.state == "reconnecting" for p in people), "both have noticed")
    await media.start()
    await _both_see(*people)
    await _stop(*people)


async def test_sigterm_ends_the_process_with_status_zero_and_people_come_again(media: MediaProcess) -> None:
    person = media.participant("home")
    await person.start()
    await eventually(lambda: person.state == "connected", "connected")
    assert await media.stop() == 0
    await eventually(lambda: person.state == "reconnecting", "reconnecting")
    await media.start()
    await eventually(lambda: person.state == "connected", "connected again")
    await _stop(person)


# ---- strangers -----------------------------------------------------------------------------------------------


def _hostile(rng: random.Random) -> bytes:
    size = rng.choice([0, 1, 2, 4, 12, 13, 20, 28, 60, 200, 1200])
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(size)
    if kind == 1:
        return (bytes([rng.choice([128, 129, 144, 176, 191])]) + rng.randbytes(size))[: size or 1]
    if kind == 2:
        return bytes([rng.randrange(20, 64)]) + b"\xfe\xfd" + rng.randbytes(size)
    if kind == 3:
        body = rng.randbytes(size - size % 4)
        return b"\0\1" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + rng.randbytes(12) + body
    if kind == 4:  # a check with attributes that lie about their length
        body = b"\0\x06" + rng.randbytes(2) + rng.randbytes(16)
        return b"\0\1" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + rng.randbytes(12) + body
    return b""


def _resident(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


@dataclass(frozen=True)
class _UdpPort:
    address: tuple[str, int]
    dropped: int  # by the kernel, because nobody read them in time

    @classmethod
    def read(cls, fields: list[str]) -> _UdpPort:
        host, port = fields[1].split(":")
        return cls((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)), int(fields[12]))


def _media_ports(media: MediaProcess) -> list[_UdpPort]:
    """Where the media process listens for media, read from the kernel."""
    inodes = {
        found.group(1)
        for link in Path(f"/proc/{media.pid}/fd").iterdir()
        if (found := re.match(r"socket:\[(\d+)\]", str(link.readlink())))
    }
    lines = (line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:])
    return [_UdpPort.read(fields) for fields in lines if fields[9] in inodes]


@pytest.mark.timeless("spoilt input")
async def test_fifty_thousand_hostile_datagrams_leave_the_call_and_the_memory_alone(media: MediaProcess) -> None:
    people = [media.participant("clinic"), media.participant("home")]
    for person in people:
        await person.start()
    await _both_see(*people)
    targets = [port.address for port in _media_ports(media)]
    assert targets
    before = _resident(media.pid)
    rng = random.Random(7)  # the same stream of datagrams in every run
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        sent = 0
        while sent < HOSTILE:
            for _ in range(100):
                try:
                    stranger.sendto(_hostile(rng), rng.choice(targets))
                    sent += 1
                except BlockingIOError:
                    break
            await asyncio.sleep(0.005)
    joins = [p.joins for p in people]
    await _both_see(*people, frames=10)
    grown = _resident(media.pid) - before
    unread = sum(port.dropped for port in _media_ports(media))
    print(f"{sent} hostile datagrams, {unread} never read, resident memory grew by {grown} kB")
    assert unread < sent // 10  # or the guard was not what was tested
    assert [p.joins for p in people] == joins == [1, 1]
    assert grown < 20_000
    await _stop(*people)


# ---- the door ------------------------------------------------------------------------------------------------


async def _refusal(media: MediaProcess, *messages: str, headers: dict[str, str] | None = None) -> str | None:
    """What the door answers to a ticket (or to raw first messages); ``None`` when it lets us in."""
    raw = [m if m.startswith(("{", "[", "x")) else json.dumps({"type": "join", "ticket": m}) for m in messages]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(media.url, headers=headers or {}) as door,
    ):
        for message in raw:
            await door.send_str(message)
        async for answer in door:
            document = answer.json()
            if document["type"] == "refused":
                return str(document["reason"])
            if document["type"] == "offer" and len(raw) == 1:
                return None
    return f"closed {door.close_code}"


async def test_tickets_that_are_expired_forged_or_for_somebody_else_are_refused(media: MediaProcess) -> None:
    assert await _refusal(media, media.ticket("home")) is None
    for bad in (
        media.ticket("home", lifetime=-5),
        MediaProcess().ticket("home"),
        "not.a.ticket",
        "",
    ):
        assert await _refusal(media, bad) == "ticket"


@pytest.mark.parametrize(
    "first",
    ["x", "[]", "{}", '{"type":7}', '{"type":"join"}', '{"type":"join","ticket":7}', "[" * 5000, "x" * 65000],
)
async def test_malformed_first_messages_are_refused_with_a_reason(media: MediaProcess, first: str) -> None:
    assert await _refusal(media, first) == "malformed"
    assert await _refusal(media, media.ticket("home")) is None


@pytest.mark.timeless("spoilt input")
@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ('{"type":"answer","sdp":"v=0"}', "answer"),
        ('{"type":"answer","sdp":7}', "malformed"),
        ('{"type":"answer","sdp":"v=0\\r\\nm=audio x y z\\r\\na=mid"}', "answer"),
        ('{"type":"dance"}', "malformed"),
        ('{"type":"muted","audio":1,"video":"no"}', "malformed"),
        ('{"type":"muted","audio":true,"video":true,"screen":1}', "malformed"),
        ("x", "malformed"),
    ],
)
async def test_malformed_later_messages_are_refused_with_a_reason(
    media: MediaProcess, second: str, reason: str
) -> None:
    join = json.dumps({"type": "join", "ticket": media.ticket("home")})
    assert await _refusal(media, join, second) == reason
    assert await _refusal(media, media.ticket("home")) is None


@pytest.mark.timeless("spoilt input")
async def test_a_message_larger_than_any_answer_closes_the_socket(media: MediaProcess) -> None:
    assert await _refusal(media, "x" * 200_000) in ("closed 1009", "malformed")
    assert await _refusal(media, media.ticket("home")) is None


async def test_a_page_from_elsewhere_is_turned_away(media: MediaProcess) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await _refusal(media, media.ticket("home"), headers={"Origin": "https://elsewhere.example"})
    assert refused.value.status == 403


# ---- heartbeats ----------------------------------------------------------------------------------------------


class Gateway:
    """The gateway's room-state door: keeps every heartbeat whose signature fits."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.beats: list[Heartbeat] = []
        self.forged = 0

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not hmac.compare_digest(
            hmac.new(self.secret, body, hashlib.sha256).hexdigest(), request.headers["X-Laegebro-Signature"]
        ):
            self.forged += 1
            return web.Response(status=401)
        beat = Heartbeat.from_document(json.loads(body))
        if not beat.brief:
            self.beats.append(beat)
        return web.Response(status=204)

    def seats(self) -> dict[str, SeatState]:
        rooms = self.beats[-1].rooms if self.beats else ()
        return {seat.seat: seat for room in rooms for seat in room.seats}


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[tuple[MediaProcess, Gateway]]:
    media = MediaProcess()
    gateway = Gateway(media.secret)
    app = web.Application()
    app.router.add_post("/room-state", gateway.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    media.environment["LAEGEBRO_MEDIA_STATE_URL"] = f"http://127.0.0.1:{runner.addresses[0][1]}/room-state"
    await media.start()
    yield media, gateway
    await media.stop()
    await runner.cleanup()


async def test_heartbeats_are_signed_numbered_and_tell_presence_and_flow(
    watched: tuple[MediaProcess, Gateway],
) -> None:
    media, gateway = watched
    person, other = media.participant("home"), media.participant("clinic")
    await person.start()
    await other.start()
    await eventually(
        lambda: len(gateway.seats()) == 2 and all(s.flowing and s.video_flowing for s in gateway.seats().values()),
        "both flow",
    )
    await person.stop()
    began = time.monotonic()
    await eventually(lambda: not gateway.seats()["home"].connected, "the leaving is reported")
    print(f"leaving reported after {time.monotonic() - began:.2f} s")
    assert gateway.seats()["clinic"].flowing
    numbers = [beat.number for beat in gateway.beats]
    assert numbers == sorted(set(numbers)) and numbers[0] == 1
    assert len({beat.process for beat in gateway.beats}) == 1 and gateway.forged == 0
    await _stop(other)


@pytest.mark.timeless("packets are timed by the monotonic clock")
async def test_a_gateway_that_hangs_does_not_disturb_the_call() -> None:
    media = MediaProcess()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, never answers
        media.environment["LAEGEBRO_MEDIA_STATE_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        await media.start()
        people = [media.participant("clinic"), media.participant("home")]
        for person in people:
            await person.start()
        await _both_see(*people, frames=30)
        await _stop(*people)
        await media.stop()


@pytest.mark.timeless("packets are timed by the monotonic clock")
async def test_a_crashed_page_is_told_to_the_others(media: MediaProcess) -> None:
    stays = media.participant("clinic")
    await stays.start()
    page = await asyncio.create_subprocess_exec(*_lonely_page(media), stdout=asyncio.subprocess.PIPE)
    await eventually(lambda: sum(s["connected"] for s in stays.seats) == 2, "both connected")
    page.send_signal(signal.SIGKILL)
    await page.wait()
    await eventually(lambda: sum(s["connected"] for s in stays.seats) == 1, "the crash is told")
    await _stop(stays)


def _lonely_page(media: MediaProcess) -> list[str]:
    code = (
        "import asyncio, sys\n"
        "from simulators.participant import ScriptedParticipant\n"
        "async def ticket(): return sys.argv[2]\n"
        "async def main():\n"
        "    await ScriptedParticipant(sys.argv[1], ticket).start()\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    return [sys.executable, "-c", code, media.url, media.ticket("home")]
