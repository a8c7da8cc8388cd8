"""HL7 v2 messages spoilt as a broken sender or a bad line spoils them, and frames made to harm whoever reads them."""

from __future__ import annotations

import random
from collections.abc import Callable

MARKS = (b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x0b", b"\x1c", b"\x00")
ESCAPES = (b"\\X", b"\\.br\\", b"\\E\\", b"\\XFF\\", b'""', b"\xc3\xa6", b"\xe6")
WORDS = (b"SIU", b"ADT", b"2.5.1", b"UTF-8", b"99LB")
Mutation = Callable[[bytes, int, random.Random], bytes]
MUTATIONS: tuple[Mutation, ...] = (
    lambda data, at, chance: data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
    lambda data, at, chance: data[:at] + data[at + chance.randint(1, 40) :],
    lambda data, at, chance: data[:at] + chance.choice(MARKS) + data[at:],
    lambda data, at, chance: data[:at] + data[: chance.randrange(len(data) + 1)] + data[at:],
    lambda data, at, chance: data[:at] + chance.choice(ESCAPES) + data[at:],
    lambda data, at, chance: (
        data[:at] + bytes([chance.randrange(32, 127)]) * chance.choice((1, 100, 5_000)) + data[at:]
    ),
    lambda data, at, chance: data.replace(chance.choice(WORDS), b"X" * chance.randint(0, 9)),
    lambda data, at, chance: data[:at] + b"\r" * chance.choice((1, 50, 12_000)) + data[at:],
)


def spoilt(message: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        message = chance.choice(MUTATIONS)(message, chance.randrange(len(message) + 1), chance)
    return message


def bombs(message: bytes) -> dict[str, bytes]:
    """``message`` is one that would be taken: an act on an entry named in SCH-1. Those that are whole HL7 are about an
    entry that nobody knows, or a reader that is not harmed would be right to take them."""
    head, _, rest = message.partition(b"\r")
    schedule = rest.partition(b"\r")[0]
    unknown = head + b"\r" + schedule.replace(schedule[4:12], b"00000000", 1)
    mark = b"|GP1"
    return {
        "no-hl7": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
        "nothing": b"",
        "too-long": message + b"A" * 300_000,
        "segments": head + b"\r" + b"ZZZ|1\r" * 30_000,
        "empty-segments": head + b"\r" * 200_000 + schedule,
        "separators-of-one-kind": message.replace(b"^~\\&", b"||||", 1),
        "fields": unknown + b"|" * 200_000,
        "components": unknown.replace(mark, mark + b"^" * 200_000, 1),
        "repetitions": unknown.replace(mark, mark + b"~" * 200_000, 1),
        "escapes": unknown.replace(b"ACCEPT^", b"ACCEPT^" + b"\\X" * 100_000, 1),
        "starts": b"\x0b" * 200_000,
        "long-id": message.replace(b"|CONTROL|", b"|" + b"9" * 100_000 + b"|", 1),
        "charset": message.replace(b"UNICODE UTF-8", b"x" * 100_000, 1),
    }
