"""Who comes in: tickets, datagrams, settings and relay credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.domain.room import JoinTicket, TicketRefused
from video.callers import Callers
from video.credentials import USED_AT_ONCE, UsedTickets, ice_servers, read_ticket
from video.guard import Allowance, Sort, sort
from video.settings import MediaSettings, SettingsFault

SECRET = "s" * 40
NOW = 1_800_000_000.0
TICKET = JoinTicket("room", "seat", 3, "citizen", int(NOW) + 60)


def _token(secret: str = SECRET, header: dict[str, Any] | None = None, **changes: Any) -> str:
    header = header or {"alg": "HS256"}
    return jwt.encode(header, TICKET.claims() | changes, OctKey.import_key(secret), algorithms=[header["alg"]])


def _unsigned(header: dict[str, Any]) -> str:
    parts = (json.dumps(header), json.dumps(TICKET.claims()))
    return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts) + "."


def test_a_genuine_ticket_is_read() -> None:
    assert read_ticket(_token(), SECRET.encode(), NOW) == TICKET


def test_nobody_is_let_in_by_a_ticket_that_the_next_process_would_not_know() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    ours, successor = UsedTickets(), UsedTickets()
    ours.tell = writing
    let_in = 0
    while ours.use(str(let_in), TICKET, NOW):
        let_in += 1
    with os.fdopen(reading, "rb", buffering=0) as pipe, os.fdopen(writing, "wb", buffering=0):
        for _ in range(2):  # more than a page of memory, which a pipe gives back whole
            successor.heard(pipe.read(USED_AT_ONCE), NOW)
        assert ours.use(str(let_in), TICKET, NOW), "it was not used while the pipe was full"
        os.set_blocking(reading, False)
        while told := pipe.read(USED_AT_ONCE):
            successor.heard(told, NOW)
    assert let_in > 1000
    assert not any(successor.use(str(number), TICKET, NOW) for number in range(let_in + 1))
    assert successor.use(str(let_in + 1), TICKET, NOW)


def test_used_tickets_are_forgotten_when_they_have_expired() -> None:
    used = UsedTickets()
    for number in range(1000):
        assert used.use(str(number), TICKET, NOW)
    assert not used.use("0", TICKET, NOW)
    assert used.use("later", replace(TICKET, expires_at=TICKET.expires_at + 60), TICKET.expires_at)
    assert used.use("0", TICKET, TICKET.expires_at), "it is no longer known; whoever brings it is told that it expired"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (_token(exp=int(NOW) - 1), "exp"),
        (_token(exp=int(NOW)), "exp"),
        (_token(aud="laegebro-gateway"), "aud"),
        (_token(aud=["laegebro-media"]), "aud"),
        (_token(role="owner"), "role"),
        (_token(room=7), "room"),
        (_token(seat=""), "seat"),
        (_token(seat="s" * 65), "seat"),
        (_token(gen="3"), "gen"),
        (_token(secret="t" * 40), "signature"),
        (_unsigned({"alg": "none"}), "signature"),
        (_unsigned({"alg": "HS256"}), "signature"),
        (_token(header={"alg": "HS512"}), "signature"),
        ("", "signature"),
        ("a.b.c", "signature"),
        ("x" * 5000, "length"),
    ],
)
def test_other_tickets_are_refused_naming_the_claim_and_no_value(text: str, claim: str) -> None:
    with pytest.raises(TicketRefused) as refused:
        read_ticket(text, SECRET.encode(), NOW)
    assert refused.value.args == (claim,)


def test_a_ticket_with_one_octet_changed_is_refused() -> None:
    token = _token()
    head, body, mac = token.split(".")
    changed = ("A" if body[5] != "A" else "B").join((body[:5], body[6:]))
    with pytest.raises(TicketRefused):
        read_ticket(".".join((head, changed, mac)), SECRET.encode(), NOW)


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        (b"", Sort.ALIEN),
        (b"\x80", Sort.ALIEN),
        (bytes(2000), Sort.ALIEN),
        (b"\x80" + bytes(11), Sort.MEDIA),
        (b"\xbf" + bytes(30), Sort.MEDIA),
        (b"\xc0" + bytes(30), Sort.ALIEN),
        (b"\x16\xfe\xfd" + bytes(20), Sort.HANDSHAKE),
        (b"\x16\xfe\xfd" + bytes(5), Sort.ALIEN),
        (b"\x40" + bytes(30), Sort.ALIEN),
        (b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), Sort.CHECK),
        (b"\0\1\0\4\x21\x12\xa4\x42" + bytes(12), Sort.ALIEN),
        (b"\0\1\0\0\x21\x12\xa4\x43" + bytes(12), Sort.ALIEN),
    ],
)
def test_datagrams_are_sorted_by_their_first_octets_and_lengths(datagram: bytes, expected: Sort) -> None:
    assert sort(datagram) is expected


@given(st.binary(max_size=2000))
def test_every_datagram_is_sorted_somewhere(datagram: bytes) -> None:
    assert isinstance(sort(datagram), Sort)


def test_strangers_get_so_many_checks_a_second() -> None:
    allowance = Allowance(10)
    assert sum(allowance.take(100.0) for _ in range(50)) == 10
    assert sum(allowance.take(100.5) for _ in range(50)) == 5


def _settings(**variables: str) -> MediaSettings:
    return MediaSettings.from_environment(
        {"LAEGEBRO_MEDIA_TICKET_SECRET": SECRET} | {f"LAEGEBRO_MEDIA_{k}": v for k, v in variables.items()}
    )


def test_settings_have_defaults_for_all_but_the_secret() -> None:
    settings = _settings()
    assert (settings.host, settings.port, settings.addresses) == ("127.0.0.1", 0, ())
    assert settings.state_secret == settings.ticket_secret == SECRET.encode()
    assert SECRET not in repr(settings)


def test_every_fault_is_reported_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(SettingsFault) as fault:
        _settings(
            TICKET_SECRET="short",
            PORT="99999",
            ADDRESSES="here",
            STATE_URL="ftp://x",
            ICE_SERVERS="{",
            ANNOUNCED="10.0.0.5",
        )
    assert len(fault.value.args) == 6 and "short," not in str(fault.value)
    with pytest.raises(SettingsFault, match="missing"):
        MediaSettings.from_environment({})


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    settings = MediaSettings.from_environment({"LAEGEBRO_MEDIA_TICKET_SECRET_FILE": str(file)})
    assert settings.ticket_secret == SECRET.encode()


def test_relay_credentials_expire_and_follow_from_the_shared_secret() -> None:
    servers = '[{"urls": ["turns:turn.example:443?transport=tcp"]}, {"urls": "stun:stun.example"}]'
    settings = _settings(ICE_SERVERS=servers, TURN_SECRET="relay", TURN_LIFETIME="600")
    relay, stun = ice_servers(settings, NOW)
    expires, _, _ = relay["username"].partition(":")
    mac = hmac.new(b"relay", relay["username"].encode(), hashlib.sha1).digest()
    assert int(expires) == int(NOW) + 600 and base64.b64decode(relay["credential"]) == mac
    assert stun == {"urls": "stun:stun.example"}
    assert time.time() > 0


def test_addresses_behind_a_translator_are_announced_as_it_has_them() -> None:
    text = "10.0.0.5=203.0.113.7, 10.0.0.6=203.0.113.7:40001,fd00::1=[2001:db8::7]:40000,fd00::2=2001:db8::8"
    assert _settings(ANNOUNCED=text).announced == {
        "10.0.0.5": ("203.0.113.7", 0),
        "10.0.0.6": ("203.0.113.7", 40001),
        "fd00::1": ("2001:db8::7", 40000),
        "fd00::2": ("2001:db8::8", 0),
    }


@pytest.mark.parametrize("text", ["10.0.0.5", "10.0.0.5=", "=1.2.3.4", "10.0.0.5=host", "10.0.0.5=1.2.3.4:70000"])
def test_an_announcement_that_is_none_is_a_fault(text: str) -> None:
    with pytest.raises(SettingsFault, match="ANNOUNCED"):
        _settings(ANNOUNCED=text)


@cache
def request_of(said: str) -> Any:
    return make_mocked_request("GET", "/signal", headers={"X-Forwarded-For": said} if said else {})


def knock(address: str, said: str = "") -> Any:
    return request_of(said).clone(remote=address)


def test_an_address_may_knock_so_often_and_another_is_not_held_up() -> None:
    callers = Callers(proxies=0)
    assert sum(callers.may_come(knock("192.0.2.1"), 100.0) for _ in range(1_500)) == 1_000
    assert sum(callers.may_come(knock("192.0.2.1"), 100.5) for _ in range(500)) == 50
    assert callers.may_come(knock("192.0.2.2"), 100.0)
    assert not callers.may_come(knock("192.0.2.1", said="198.51.100.1"), 100.5), "nobody stands in front: not believed"


def test_behind_a_proxy_an_address_is_what_our_own_proxy_says() -> None:
    callers = Callers(proxies=1)
    assert sum(callers.may_come(knock("127.0.0.1", f"10.0.0.{n % 200}, 192.0.2.1"), 0.0) for n in range(1_500)) == 1_000
    assert callers.may_come(knock("127.0.0.1", "10.0.0.1, 192.0.2.2"), 0.0)


def test_what_is_remembered_of_knocking_is_bounded_and_told_once() -> None:
    callers = Callers(proxies=0)
    for number in range(20_000):
        callers.may_come(knock(f"2001:db8::{number:x}"), 0.0)
        callers.refused("used", f"room-{number}")
    assert len(callers._known) <= 10_000
    waiting = callers.waiting()
    assert len(waiting) <= 51 and sum(each.count for each in waiting) == 20_000
    callers.refused("ticket")
    callers.told(waiting)
    assert sum(each.count for each in callers.waiting()) == 1, "what came meanwhile is told with the next"
