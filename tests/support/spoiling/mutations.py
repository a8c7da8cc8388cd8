"""Messages spoilt at random, and the documents made to harm whoever reads them: for every door that reads XML."""

from __future__ import annotations

import random
from collections.abc import Callable

MARKS = (b"<", b">", b"&", b'"', b"'", b"/", b"]]>", b"<!--", b"\x00", b"\xff", b"\r\n")
PIECES = (
    b"&#x0;",
    b"&#55296;",
    b"&amp;amp;",
    b"<![CDATA[",
    b"xmlns=''",
    b"xsi:nil='true'",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
)
WORDS = (
    b"Envelope",
    b"Header",
    b"Body",
    b"Security",
    b"Assertion",
    b"Linking",
    b"MessageID",
    b"utf-8",
    b"UTF-8",
    b"http",
)
Mutation = Callable[[bytes, int, random.Random], bytes]
MUTATIONS: tuple[Mutation, ...] = (
    lambda data, at, chance: data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
    lambda data, at, chance: data[:at] + data[at + chance.randint(1, 200) :],
    lambda data, at, chance: data[:at] + chance.choice(MARKS) + data[at:],
    lambda data, at, chance: data[:at] + chance.choice(PIECES) + data[at:],
    lambda data, at, chance: data[:at] + data[chance.randrange(len(data) + 1) :][:2_000] + data[at:],
    lambda data, at, chance: data[:at] + chance.choice((b"x", b"7")) * chance.choice((1, 100, 5_000)) + data[at:],
    lambda data, at, chance: data.replace(chance.choice(WORDS), b"X" * chance.randint(0, 9)),
    lambda data, at, chance: data[:at] + b"<a>" * chance.choice((1, 50, 2_000)) + data[at:],
    lambda data, at, chance: data[: chance.randrange(len(data) + 1)],
)


def mutated(message: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        message = chance.choice(MUTATIONS)(message, chance.randrange(len(message) + 1), chance)
    return message


_LAUGHS = b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
BOMBS = {
    "laughs": b"<!DOCTYPE x [<!ENTITY l0 'ha'>" + _LAUGHS + b"]><x>&l9;</x>",
    "fetched": b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>",
    "fetched-parameter": b"<!DOCTYPE x [<!ENTITY % f SYSTEM 'http://127.0.0.1:9/x.dtd'> %f;]><x/>",
    "doctype": b"<!DOCTYPE x SYSTEM 'x.dtd'><x/>",
    "doctype-in-utf-16": "<!DOCTYPE x [<!ENTITY l 'ha'>]><x>&l;</x>".encode("utf-16"),
    "deep": b"<a>" * 20_000 + b"</a>" * 20_000,
    "deep-attributes": b"".join(b"<a b%d=''>" % n for n in range(10_000)),
    "many-attributes": b"<x " + b" ".join(b"a%d=''" % n for n in range(10_000)) + b"/>",
    "many-namespaces": b"<x " + b" ".join(b"xmlns:a%d='u%d'" % (n, n) for n in range(5_000)) + b"/>",
    "many-elements": b"<x>" + b"<a/>" * 45_000 + b"</x>",
}
