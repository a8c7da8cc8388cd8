"""Rooms that another system keeps for our calls: made when a call rings, removed when it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial

from gateway.call_rooms import elsewhere
from gateway.domain.call_room import OutsideRoom
from gateway.domain.errors import PeerError
from gateway.domain.peers.verdict import WELL, judged
from gateway.logs import log
from gateway.services.call_rooms.elsewhere import LEASE, Elsewhere, prepare, remove
from gateway.wiring import Gateway

AT_ONCE = 4  # calls to other systems; a silent one holds up no more than its own


class RoomKeeping:
    """One pass at a time; two relays share the rows between them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pool = ThreadPoolExecutor(AT_ONCE, "rooms")

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        return elsewhere(self._gateway)

    def run_due(self) -> None:
        now = self._gateway.clock.now()
        self._each(self._elsewhere.book.claim_wanted(now, LEASE), prepare)
        self._each(self._elsewhere.book.claim_over(now, LEASE), remove)

    def _each(self, rows: Sequence[OutsideRoom], act: Callable[..., PeerError | None]) -> None:
        for _ in self._pool.map(partial(self._one, act), rows):
            """A fault of our own is raised here, in the loop that reports it."""

    def _one(self, act: Callable[..., PeerError | None], row: OutsideRoom) -> None:
        fault = act(row, self._elsewhere, self._gateway.clock.now())
        verdict = WELL if fault is None else judged(fault)
        self._gateway.peers.noticed(row.connection, verdict)
        if fault is not None:
            log(__name__).warning("room-elsewhere", connection=row.connection, step=act.__name__, fault=verdict.code)
