"""The installation itself: its version, what it is doing, and what is new in it (AD22, AD23); nobody in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gateway.domain.alarm import Beat
from gateway.domain.call_room import Node
from gateway.domain.peers.maintenance import Window
from gateway.domain.peers.owed import Standing
from gateway.store.matters.drills import Drill, last_drill
from gateway.wiring import Gateway

_HERE = Path(__file__).parent.parent
_PLACES = (_HERE / "changes.txt", _HERE.parent / "CHANGELOG.md")  # an installed wheel; a clone
_LINK, _MARKS = re.compile(r"\[([^\]]*)\]\([^)]*\)"), re.compile(r"[*`]")
_SENTENCE = re.compile(r"(?<=\.) ")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``calls``: rooms somebody is in. ``queued``: consultations whose citizen waits. ``waiting``: deliveries on their
    way; ``asking``: those that a person must see to. ``nodes``: the media processes."""

    version: str
    environment: str
    rooms: int
    calls: int
    queued: int
    nodes: Sequence[Node]
    waiting: int
    asking: int
    beats: Sequence[Beat]
    windows: Sequence[Window]
    drill: Drill | None
    news: Sequence[str]


def surroundings(gateway: Gateway) -> Surroundings:
    figures = gateway.figures.present()
    asking = (Standing.STUCK, Standing.UNKNOWN)
    return Surroundings(
        version("laegebro"),
        gateway.settings.environment,
        figures.rooms,
        figures.occupied_rooms,
        gateway.figures.under_way().waiting,
        gateway.places.nodes(),
        sum(each.count for each in figures.depths if each.standing not in asking),
        sum(each.count for each in figures.depths if each.standing in asking),
        figures.beats,
        gateway.maintenance.running(),
        last_drill(gateway.engine),
        news(),
    )


def news() -> list[str]:
    """The first sentence of each line in the newest section of CHANGELOG.md, without marks."""
    found = next((place for place in _PLACES if place.exists()), None)
    if found is None:
        return []
    newest = found.read_text(encoding="utf-8").partition("\n## ")[2].partition("\n## ")[0]
    lines = [_MARKS.sub("", _LINK.sub(r"\1", line[2:])) for line in newest.splitlines() if line.startswith("* ")]
    return [_SENTENCE.split(line, maxsplit=1)[0] for line in lines]
