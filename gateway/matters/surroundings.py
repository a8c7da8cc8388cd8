"""The installation itself: its version, and what it is doing (AD22, AD23); nobody in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from gateway.domain.alarm import Beat
from gateway.domain.call_room import Node
from gateway.domain.peers.maintenance import Window
from gateway.domain.peers.owed import Standing
from gateway.store.matters.drills import Drill, last_drill
from gateway.wiring import Gateway


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
    )
