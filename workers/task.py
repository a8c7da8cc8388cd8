"""One attempt at one row that is named: claim it if it is still due, attempt it, settle it."""

from __future__ import annotations

import random
import secrets
from datetime import timedelta
from uuid import UUID

from adapters.wire.transport import within
from gateway.domain.peers.delivery import Outcome
from gateway.services.deliver import Attempting, attempt
from gateway.wiring import Gateway

OF_THE_LEASE = 0.8  # for the attempt with all its calls; the rest is for settling while the row is still ours
_random = random.Random(secrets.randbits(64))  # noqa: S311 - spreads retries, guards nothing


def attempting(gateway: Gateway) -> Attempting:
    """The parts of one attempt, shared by the worker and the relay."""
    return Attempting(
        store=gateway.store,
        outbox=gateway.outbox,
        peers=gateway.peers,
        clock=gateway.clock,
        link_base=gateway.settings.public_url,
        jitter=_random.random,
        stills=gateway.stills,
    )


def attempt_row(gateway: Gateway, id: UUID) -> Outcome | None:
    """Claim and attempt; None when the row is claimed by another, not due yet, or settled."""
    lease = gateway.settings.lease_seconds
    delivery = gateway.outbox.claim(timedelta(seconds=lease), id)
    if delivery is None:
        return None
    with within(OF_THE_LEASE * lease):
        return attempt(delivery, attempting(gateway))
