"""The bench over a system that is not ours: where it is, how it is set up, and who sees and does there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.certify.door import Place
from gateway.certify.eoj.hands import NoteHandsAtTerminal, NoteHandsAtUrl
from gateway.certify.eoj.vendor import TestRecord, VendorRecord
from gateway.certify.hands import Hands, NotTried, TerminalHands, UrlHands
from gateway.certify.vendor import Reach, VendorBench
from gateway.certify.ways import bench_module, reach, require_listening

PRACTICE = "034835"
NO_DOOR = Place()  # a free port that only this machine reaches


def nobody(_question: str) -> str:
    raise NotTried("it needs hands at the peer, and none were named")


@dataclass(frozen=True, slots=True)
class Target:
    """``hands``: their address; "" where ``ask`` has a person's answers. ``test``: whom a care system knows, once it
    can be asked."""

    kind: str
    adapter: str
    url: str
    stanza: Mapping[str, Any] = field(repr=False)
    hands: str = ""
    ask: Callable[[str], str] = nobody
    practice: str = PRACTICE
    door: Place = NO_DOOR
    test: Callable[[Any], TestRecord] | None = None


@contextmanager
def bench_over(target: Target) -> Iterator[Any]:
    """``ConfigFault`` where it cannot begin."""
    if target.kind == "video":
        require_listening(target.url, ("http", "https"))
        rooms = bench_module(target.adapter, "video").VendorRooms(target.url, target.stanza)
        try:
            yield rooms
        finally:
            rooms.close()
        return
    way = reach(target.adapter, target.url, target.stanza, target.door, target.kind)
    try:
        yield _record(target, way) if target.kind == "eoj" else _queue(target, way)
    finally:
        way.close()


def _queue(target: Target, way: Reach) -> VendorBench:
    hands: Hands = UrlHands(target.hands) if target.hands else TerminalHands(target.ask)
    return VendorBench(target.adapter, way, hands, target.practice, target.door)


def _record(target: Target, way: Reach) -> VendorRecord:
    assert target.test is not None
    hands = NoteHandsAtUrl(target.hands) if target.hands else NoteHandsAtTerminal(target.ask)
    return VendorRecord(target.adapter, way, hands, target.test(way.system))
