"""The waiting entries of a practice follow it to another connection (``laegebro route move``).

Each entry is one transaction: its end at the old peer and its beginning at the new one are owed together. Whatever dies
in between leaves some moved whole and the others waiting where they were; the next run takes those.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.rerouting import change_connections
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.announcing import usable_connections
from gateway.domain.people import Actor
from gateway.domain.scope import SystemScope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change


@dataclass(frozen=True, slots=True)
class Followed:
    """``moved`` now; ``talking``: ring or talk at the old one and finish there; ``stranded``: the new connections
    cannot take them (live, where only messages are understood), so they wait where they were."""

    moved: int = 0
    talking: int = 0
    stranded: int = 0


@dataclass(frozen=True, slots=True)
class NewRoutes:
    """How a practice is reached from now on. ``assigned``: all its connections; ``active``: those in use, in order;
    ``announcing``: names of the connections of all practices that only carry messages."""

    ydernummer: Ydernummer
    assigned: Collection[str]
    active: tuple[str, ...]
    announcing: Collection[str]


def follow(new: NewRoutes, actor: Actor, *, store: ConsultationStore, clock: Clock, ids: Ids) -> Followed:
    """Every waiting entry at a connection the practice no longer has goes to its active ones, in order of place."""
    now = clock.now()
    astray = [
        found
        for found in store.at_clinic([new.ydernummer], now)
        if found.entry is not None and found.entry_open and set(found.entry.connections) - set(new.assigned)
    ]
    moved = talking = stranded = 0

    def followed(consultation: Consultation) -> Consultation:
        open_to_it = usable_connections(consultation, new.active, new.announcing, now)
        if not open_to_it:
            return consultation
        return change_connections(consultation, entry_id=ids.new(), connections=open_to_it, at=now, actor=actor)

    for found in astray:
        changed = change(store, SystemScope(), found.id, followed)
        entry = changed.entry
        if entry is None or not set(entry.connections) - set(new.assigned):
            moved += 1
        elif entry.status.waits:
            stranded += 1
        else:
            talking += 1
    return Followed(moved, talking, stranded)
