"""The media processes as a page meets them: the WebSocket, our ticket, and the UDP port. No room is entered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from gateway.access import sign_ticket
from gateway.cli.checking.addresses import reached_at
from gateway.cli.checking.finding import Finding, found
from gateway.domain.call_room import ALIVE, Node
from gateway.domain.errors import ConfigFault
from gateway.domain.room import JoinTicket
from gateway.settings import Settings, secret
from video.settings import PREFIX, MediaSettings, SettingsFault

PATIENCE = 5.0  # seconds for one step
TRIES = 4
AT_ONCE = 8  # processes
_USER = re.compile(r"^a=ice-ufrag:(\S+)", re.M)
_PASSWORD = re.compile(r"^a=ice-pwd:(\S+)", re.M)
_CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.M | re.I)
_COOKIE = 0x2112A442  # RFC 8489 §5


def media_findings(settings: Settings) -> Iterator[Finding]:
    reached = yield from reached_at("media_url", settings.media_url)
    if not reached:
        return
    yield from tried(settings, settings.media_url, "probe", _probe())


def registered_findings(settings: Settings, nodes: Sequence[Node]) -> Iterator[Finding]:
    """One line for each process that has told of itself, at the address that it told."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda node: _registered(settings, node), nodes)


def _registered(settings: Settings, node: Node) -> Finding:
    address = node.signal_url or settings.media_url
    what = f"media process {node.name} at {address}"
    if node.silent >= ALIVE:
        return Finding(what, f"not heard of for {node.silent:.0f} s: systemctl status laegebro-media, and its clock")
    if not settings.is_media_origin(address):
        return Finding(what, f"pages may not talk to it: media_urls must hold {address}")
    told = [each for each in reached_at(what, address) if each.fault]
    told = told or tried(settings, address, "probe", _probe(node.name))
    return Finding(what, next((each.fault for each in told if each.fault), ""))


def environment_findings(settings: Settings, file: Path) -> Iterator[Finding]:
    """The media process's own variables, where its file lies on this machine."""
    try:
        media = MediaSettings.from_environment(_variables(file))
    except SettingsFault as fault:
        yield from (Finding(str(file), line) for line in fault.args)
        return
    except OSError as fault:
        yield Finding(str(file), f"cannot be read ({fault.strerror})")
        return
    yield Finding(str(file))
    if media.ticket_secret.decode(errors="replace") != secret(settings.media_secret):
        yield Finding(str(file), f"{PREFIX}TICKET_SECRET is not media_secret: pages would be refused a seat")
    if settings.public_url not in media.allowed_origins:
        yield Finding(str(file), f"{PREFIX}ALLOWED_ORIGINS must hold {settings.public_url}")
    if media.state_url is None:
        yield Finding(str(file), f"{PREFIX}STATE_URL: must be the web process's /internal/rooms, or no call ever ends")


def _variables(file: Path) -> Mapping[str, str]:
    """As systemd reads an EnvironmentFile, without quotes and continued lines."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {**os.environ, **{name: value for name, _, value in pairs}}


def tried(settings: Settings, address: str, word: str, ticket: JoinTicket) -> list[Finding]:
    """The way of a page to the media process at that address. ``word``: *probe*, which takes no seat, or *join*."""
    first = {"type": word, "ticket": sign_ticket(ticket, secret(settings.media_secret))}
    return asyncio.run(_tried(address, settings.public_url, first, ticket.node))


def _probe(name: str = "") -> JoinTicket:
    """``name``: good only at the process that is called so."""
    return JoinTicket(f"check-{secrets.token_hex(4)}", "check", 1, "guest", int(time.time()) + 60, name)


async def _tried(address: str, page: str, first: Mapping[str, str], name: str) -> list[Finding]:
    """The line stays open meanwhile, since the offer ends with it."""
    ticket, way = Finding("media_url: media process takes our ticket"), "media_url: UDP port"
    timeout = aiohttp.ClientTimeout(total=4 * PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=_connector(address)) as session,
            session.ws_connect(f"{address}/signal", origin=page) as line,
        ):
            sdp = await _offered(line, first, name)
            return [ticket, *await asyncio.to_thread(lambda: list(found(way, lambda: _require_open(sdp))))]
    except aiohttp.WSServerHandshakeError as fault:
        return [Finding(ticket.what, _refusal(fault.status))]
    except ConfigFault as fault:
        return [Finding(ticket.what, str(fault))]
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        return [Finding(ticket.what, f"no answer at /signal ({type(fault).__name__}): systemctl status laegebro-media")]


async def _next(line: aiohttp.ClientWebSocketResponse) -> Mapping[str, str]:
    """Empty where the line is closed."""
    answer = await line.receive(PATIENCE)
    return json.loads(answer.data) if answer.type is aiohttp.WSMsgType.TEXT else {}


async def _offered(line: aiohttp.ClientWebSocketResponse, first: Mapping[str, str], name: str) -> str:
    """The SDP that a page is offered. ``name``: of the process that is meant, where the ticket says it."""
    await line.send_json(first)
    message = await _next(line)
    while message.get("type") == "seats":  # who else is there may be told first
        message = await _next(line)
    if message.get("type") != "offer":
        other = f", or a process other than {name} answers there" if name else ""
        raise ConfigFault(f"our ticket is refused: its ticket secret is not media_secret, its clock is off{other}")
    return str(message["sdp"])


def _refusal(status: int) -> str:
    if status == 403:
        return f"pages of public_url are refused: {PREFIX}ALLOWED_ORIGINS must hold it"
    if status in (502, 503, 504):
        return f"the proxy answers {status}: systemctl status laegebro-media"
    return f"HTTP {status} instead of a WebSocket: the proxy must pass on Upgrade and Connection for /signal"


def _connector(media_url: str) -> aiohttp.TCPConnector:
    """Names below .localhost are this machine, whatever a resolver says (RFC 6761 §6.3)."""
    host = urlsplit(media_url).hostname or ""
    return aiohttp.TCPConnector(resolver=_Here() if host.endswith("localhost") else None)


class _Here(aiohttp.abc.AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""


def _require_open(sdp: str) -> None:
    """A connectivity check (RFC 8445 §7) to each address of the offer; one answer is enough."""
    name, password = (each.search(sdp) for each in (_USER, _PASSWORD))
    places = [(host, int(port)) for host, port in _CANDIDATE.findall(sdp)]
    if name is None or password is None or not places:
        raise ConfigFault(f"the media process offers no address: {PREFIX}ADDRESSES")
    check = _check(f"{name[1]}:check", password[1].encode())
    if not any(_answers(place, check) for place in places):
        told = ", ".join(f"{host}:{port}" for host, port in dict.fromkeys(places))
        raise ConfigFault(f"no answer over UDP from {told}: open the port, or mend {PREFIX}ANNOUNCED")


def _check(username: str, password: bytes) -> bytes:
    """A STUN binding request with USERNAME, PRIORITY and MESSAGE-INTEGRITY (RFC 8489 §14)."""
    name = username.encode()
    attributes = struct.pack("!HH", 0x0006, len(name)) + name + bytes(-len(name) % 4)
    attributes += struct.pack("!HHI", 0x0024, 4, 1)
    head = struct.pack("!HHI", 0x0001, len(attributes) + 24, _COOKIE) + secrets.token_bytes(12)
    mac = hmac.new(password, head + attributes, hashlib.sha1).digest()  # the clause prescribes SHA-1
    return head + attributes + struct.pack("!HH", 0x0008, len(mac)) + mac


def _answers(place: tuple[str, int], check: bytes) -> bool:
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE / TRIES)
        for _ in range(TRIES):
            try:
                line.sendto(check, place)
                if line.recv(2048)[8:20] == check[8:20]:
                    return True
            except OSError:  # refused, unreachable, or silent for so long
                continue
    return False
