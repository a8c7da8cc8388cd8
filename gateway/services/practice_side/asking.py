"""What a practice's system is asked: everything since the last answer, and at the first question what it has already
done with entries of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from gateway.domain.errors import PeerRefused
from gateway.domain.peers.messages import PeerChange
from gateway.ports.peers import GpSystem

Standing = Callable[[], Sequence[UUID]]  # entries that were sent over the connection and have not ended
Refused = Callable[[UUID, str], None]  # told of an entry the peer will not speak of, with the peer's code


def ask(system: GpSystem, cursor: str, standing: Standing, refused: Refused) -> tuple[Sequence[PeerChange], str]:
    """The claims since ``cursor`` and the next cursor.

    At the first question (``cursor`` is "") a peer says only where *now* is. Whatever was done before that with an
    entry we had put there is news to us all the same, so each of them is read; after *now* is known, so that nothing
    falls in between. What is heard by both is applied once.
    """
    claims, reached = system.changes(cursor)
    if cursor:
        return claims, reached
    return [*claims, *(claim for entry in standing() for claim in _read(system, entry, refused))], reached


def _read(system: GpSystem, entry: UUID, refused: Refused) -> Sequence[PeerChange]:
    """One entry that the peer refuses to speak of holds up no other."""
    try:
        return system.read(entry)
    except PeerRefused as fault:
        refused(entry, fault.code)
        return []
