"""Five thousand spoilt answers: each becomes an answer about the right person or a refusal, and never a crash."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

from adapters.register import dgcpr
from adapters.register.dgcpr.adapter import OPERATION, load_wsdl
from adapters.register.dgcpr.mapping import answer_of
from adapters.wire.soap import body_of, envelope, fault_in
from adapters.wire.xml import XmlRefused, parse_xml
from gateway.domain.citizen.lookup import NationalAnswer
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cpr

EXAMPLES = sorted((Path(dgcpr.__file__).parent / "examples").glob("*.xml"))
AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASKED = Cpr("0201609995")
SPOILERS = (b"<", b">", b"&", b'"', b"\x00", b"\xff", b"<!DOCTYPE x>", b"]]>", b"<![CDATA[", b"<a>" * 300, b"-1", b"")
WORDS = (b"0201609995", b"19062", b"sygesikringsgruppe_1", b"true", b"1960-01-02", b"male", b"01", b"false")
ROUNDS = 5000


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """One to four changes: a byte, a piece gone, a piece twice, a spoiler, a value that means something else."""
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(content)), chance.randint(1, 80)
        kind = chance.randrange(6)
        if kind == 0:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif kind == 1:
            content = content[:at] + content[at + length :]
        elif kind == 2:
            content = content[:at] + content[at : at + length] * 2 + content[at + length :]
        elif kind == 3:
            content = content[:at] + chance.choice(SPOILERS) + content[at:]
        elif kind == 4:
            content = content.replace(chance.choice(WORDS), chance.choice(WORDS), 1)
        else:
            content = content[: at + 200]
    return content or b"<"


def outcome(content: bytes) -> NationalAnswer | str:
    """The way an answer takes through the adapter, without the line in between."""
    try:
        root = parse_xml(content)
        said = body_of(root)
        if fault_in(root) is not None or said is None:
            return "no answer"
        return answer_of(load_wsdl().read(OPERATION, said), ASKED, AS_OF)
    except (XmlRefused, ValueError, InvalidField) as refusal:
        return type(refusal).__name__


def test_a_spoilt_answer_is_read_or_refused() -> None:
    chance = random.Random(104)
    bodies = [envelope(b"", file.read_bytes().partition(b"\n")[2]) for file in EXAMPLES]
    outcomes = [outcome(spoilt(chance.choice(bodies), chance)) for _ in range(ROUNDS)]
    read = [each for each in outcomes if isinstance(each, NationalAnswer)]
    assert len(outcomes) == ROUNDS
    assert 100 < len(read) < ROUNDS - 1000, "the spoiling must leave some answers whole and break many"
    assert all(each.known for each in read)
    assert {each for each in outcomes if isinstance(each, str)} >= {"XmlRefused", "ValueError", "AnotherPerson"}
