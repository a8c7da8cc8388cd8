"""Somebody acts on a consultation, as a browser would let her; and the ports of an act, all in memory."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import Actor
from gateway.domain.scope import Scope, SystemScope
from gateway.services.act import Move, Ports, acting, perform
from tests.support.memory import CountedIds, HandClock, MemoryStore
from tests.support.peers.memory_peers import ORGANISATION, MemoryPractices, MemoryProviders

EVERYTHING = SystemScope()


def memory_ports(store: MemoryStore, clock: HandClock, practices: Any = None, *announcing: str) -> Ports:
    known = (store, clock, CountedIds(), practices or MemoryPractices(), MemoryProviders())
    return Ports(*known, lambda _tenant: ORGANISATION, lambda: announcing)


def press(ports: Ports, id: UUID, actor: Actor, move: Move[Any], scope: Scope = EVERYTHING) -> Consultation:
    return perform(move, scope, id, acting(None, actor, ports))
