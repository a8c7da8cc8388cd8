"""The line on which practices bring their acts by HL7 v2 (docs/hl7v2.md): whose message it is, what it claims, and an
AA, AE or AR that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from adapters.gp_system.hl7v2.adapter import Hl7GpSystem
from adapters.gp_system.hl7v2.claims import claims_in, require_words
from adapters.wire.er7 import Er7Fault
from adapters.wire.v2.door import LineDoor, NotTaken, Unanswered, control, told_of
from adapters.wire.v2.inbound import Incoming, acknowledged
from adapters.wire.v2.settings import is_one_of
from gateway.domain.peers.messages import Envelope, PeerChange
from gateway.ports.base import Clock
from gateway.ports.doors import ProvenCall, Reply, Said


class Door(LineDoor):
    """For the connections whose practices bring their acts."""

    def prove(self, call: Envelope) -> ProvenCall:
        taken = self.taken(call)
        if taken.is_acknowledgement:
            return Unanswered()
        with told_of(taken):
            system = self._sender(taken, call.certificate)
            taken.check(system.settings.processing)
        return BroughtMessage(system.name, taken, self._use.clock)

    def _sender(self, taken: Incoming, certificate: str) -> Hl7GpSystem:
        """By MSH-3 and MSH-4, and by the certificate where the connection names one: nobody speaks for another."""
        for each in self.bringing():
            named = taken.sender == (each.settings.peer_application, each.settings.peer_facility)
            known = each.settings.caller_certificate
            if named and (not known or is_one_of(known, certificate)):
                return each
        raise Er7Fault("204", "MSH^1^3", "AR")

    def bringing(self) -> Sequence[Hl7GpSystem]:
        return [each for each in self._use.callers.all() if each.settings.claims == "brought"]


class BroughtMessage:
    """A message of a known practice. What was not taken is not remembered."""

    def __init__(self, connection: str, taken: Incoming, clock: Clock) -> None:
        self.connection = connection
        self._taken, self._clock = taken, clock

    def read(self) -> Said:
        with told_of(self._taken):
            claims = _claims(self._taken, self.connection, self._clock.now())
        return Said(claims, name=_name(self._taken, claims))

    def answer(self, heard: bool) -> Reply:
        if not heard:
            raise NotTaken(self._taken, Er7Fault("204", "SCH^1^1"))
        return Reply(acknowledged(self._taken, control(), self._clock.now()))


def _claims(taken: Incoming, connection: str, now: datetime) -> list[PeerChange]:
    claims = claims_in(taken.message, connection, now)
    require_words(taken.message)
    return claims


def _name(taken: Incoming, claims: Sequence[PeerChange]) -> str:
    """By which a repeated message is known: its control id and what it claims. A system that begins its numbers anew
    claims something else under an old one, and must be heard."""
    said = [(c.entry_id, c.verb, c.who_id, c.who, c.clinician, c.reason, c.text) for c in claims]
    return hashlib.sha256(repr((taken.control_id, taken.message.kind, said)).encode()).hexdigest()
