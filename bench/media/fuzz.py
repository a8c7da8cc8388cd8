"""Every parser of the media process, and the packet path behind the right keys, fed with mutated packets.

A peer is authenticated, not trusted: whatever it seals, no exception may escape and no other peer may notice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from bench.figures import Figures
from gateway.domain.room import TicketRefused
from tests.unit.video.packets import Far, rtp
from video.credentials import read_ticket
from video.guard import sort
from video.packets import rtcp
from video.packets.datagrams import pack_address, unpack_address
from video.packets.feedback import Arrivals, received_numbers
from video.packets.rtp import layout, payload_end, shape_of, unwrap_retransmission
from video.page import Ended, read_message

SECRET: Final = b"s" * 40
NOW: Final = 1_800_000_000.0


def seeds() -> list[bytes]:
    """Valid packets of every kind, to be spoilt."""
    arrivals = Arrivals()
    for number in (1, 2, 5, 40, 41):
        arrivals.note((number, number / 100))
    block = rtcp.ReportBlock(5000, 10, 20, 30, 40, 50, 60)
    media = [rtp(seq, mid=mid, number=seq, payload=bytes(seq)) for seq in (1, 50, 200) for mid in (b"1", b"long", None)]
    control = [
        rtcp.sender_report(rtcp.SenderReport(1, 2, 3, 4, 5), "name"),
        rtcp.receiver_report(1, [block] * 3),
        rtcp.nack(1, 5000, [3, 4, 90]),
        rtcp.key_frame_wish(1, 5000),
        rtcp.bitrate_limit(1, 5000, 900_000),
        arrivals.feedback(1, 5000) or b"",
    ]
    check = bytes.fromhex("000100082112a442") + bytes(12) + b"\0\x06\0\x04abcd"
    return [
        *media,
        *control,
        b"".join(control),
        check,
        pack_address(("127.0.0.1", 9)),
        b'{"type":"join","ticket":"a.b.c"}',
    ]


def spoil(packet: bytes, rng: random.Random) -> bytes:
    """One to four mutations: octets changed, cut, repeated, lengths set to their extremes."""
    data = bytearray(packet)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(data) + 1)
        act = rng.randrange(5)
        if act == 0 and at < len(data):
            data[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        elif act == 1:
            del data[at:]
        elif act == 2:
            data[at:at] = rng.randbytes(rng.randrange(8))
        elif act == 3:
            data += data[at : at + rng.randrange(64)]
        elif at + 2 <= len(data):
            data[at : at + 2] = rng.choice((b"\0\0", b"\xff\xff", b"\0\1"))
    return bytes(data[:1500])


def _ticket(data: bytes) -> None:
    with suppress(TicketRefused):
        read_ticket(data.decode("latin-1"), SECRET, NOW)


def _message(data: bytes) -> None:
    with suppress(Ended):
        read_message(data.decode("utf-8", "replace"))


def _layout(data: bytes) -> None:
    view = memoryview(bytearray(data))
    if len(data) < 16:
        return  # the guard lets nothing shorter than a header through, and buffers are larger
    found = layout(view, len(data))
    if found is not None:
        shape_of(view, found[0])
        payload_end(view, len(data))
        unwrap_retransmission(view, len(data), found[0], 97, 1)


def _address(data: bytes) -> None:
    if len(data) in (16, 28):
        unpack_address(data)


def _read_all(data: bytes) -> None:
    for _ in rtcp.read(data):
        pass


PARSERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "guard": sort,
    "rtp": _layout,
    "rtcp": _read_all,
    "feedback": received_numbers,
    "ticket": _ticket,
    "message": _message,
    "address": _address,
}


def behind_the_keys(count: int, rng: random.Random) -> tuple[int, int]:
    """(inputs, exceptions) of a peer that seals spoilt packets with its own key, into a live pair of links."""
    escaped = done = 0
    while done < count:
        sender, receiver = Far(1, inbound=True), Far(2, inbound=False)
        sender.video.attach(receiver.outbound(), now=0.0)
        originals = seeds()
        for _ in range(min(50_000, count - done)):
            packet = spoil(rng.choice(originals), rng)
            done += 1
            if len(packet) < 12:
                continue
            try:
                if 191 < packet[1] < 224:
                    receiver.sends_control(packet)
                    sender.sends_control(packet)
                else:
                    sender.sends(bytes([packet[0] & 63 | 128]) + packet[1:])
            except Exception as failure:
                if type(failure).__module__ != "pylibsrtp":  # our own sealing refused it
                    escaped += 1
                    print("escaped:", type(failure).__name__, packet.hex())
            receiver.ways.flush()
            sender.ways.flush()
        receiver.got()
        sender.close()
        receiver.close()
    return done, escaped


def run(total: int, seed: int = 3) -> tuple[int, int]:
    """(inputs, exceptions that escaped)."""
    rng = random.Random(seed)
    originals, escaped, done = seeds(), 0, 0
    each = total // (len(PARSERS) + 3)
    for name, parse in PARSERS.items():
        for _ in range(each):
            data = spoil(rng.choice(originals), rng)
            try:
                parse(data)
            except Exception as failure:
                escaped += 1
                print("escaped:", name, type(failure).__name__, data.hex())
        done += each
    more, loose = behind_the_keys(total - done, rng)
    return done + more, escaped + loose


async def measure(quick: bool, result: Figures) -> None:
    start = time.monotonic()
    inputs, escaped = run(20_000 if quick else 1_000_000)
    print(f"{inputs} spoilt inputs in {time.monotonic() - start:.0f} s: {', '.join(PARSERS)} and the packet path")
    result.at_most("fuzz_escaped", escaped, "count", 0)
    result.at_least("fuzz_inputs", inputs, "count", 20_000 if quick else 1_000_000)
