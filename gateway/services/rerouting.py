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


def follow(
    ydernummer: Ydernummer,
    assigned: Collection[str],
    routes: tuple[str, ...],
    announcing: Collection[str],
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    ids: Ids,
) -> Followed:
    """Every waiting entry that stands at a connection the practice no longer has goes to ``routes``, in order of
    place."""
    now = clock.now()
    astray = [
        found
        for found in store.at_clinic([ydernummer], now)
        if found.entry is not None and found.entry_open and set(found.entry.connections) - set(assigned)
    ]
    moved = talking = stranded = 0

    def followed(consultation: Consultation) -> Consultation:
        open_to_it = usable_connections(consultation, routes, announcing, now)
        if not open_to_it:
            return consultation
        return change_connections(consultation, entry_id=ids.new(), connections=open_to_it, at=now, actor=actor)

    for found in astray:
        changed = change(store, SystemScope(), found.id, followed)
        entry = changed.entry
        if entry is None or not set(entry.connections) - set(assigned):
            moved += 1
        elif entry.status.waits:
            stranded += 1
        else:
            talking += 1
    return Followed(moved, talking, stranded)
