"""The line on which practices bring their acts by HL7 v2 (docs/hl7v2.md): whose message it is, what it claims, and an
AA, AE or AR that names it. Each process that listens on MLLP mounts it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from adapters.gp_system.hl7v2.adapter import Hl7GpSystem
from adapters.gp_system.hl7v2.inbound import Incoming, acknowledged, incoming, named_by, refusal_of
from adapters.wire.er7 import Er7Fault
from gateway.domain.peers.messages import Envelope
from gateway.ports.base import Clock
from gateway.ports.doors import Address, DoorPorts, NotServed, ProvenCall, Reply, Said

TOO_LONG = Er7Fault("207", "", "AR")
COME_AGAIN = Er7Fault("206", "", "AR")  # nothing was kept


class NotTaken(Exception):
    """A message whose header can be used, and the fault it is answered with."""

    def __init__(self, taken: Incoming, fault: Er7Fault) -> None:
        super().__init__(fault.code)
        self.taken = taken
        self.fault = fault


class Door:
    """One line for all connections: MSH-3 and MSH-4 say whose message it is, the certificate proves it."""

    addresses: ClassVar = (Address(transport="mllp"),)
    limit: ClassVar = 256_000
    content_type: ClassVar = ""

    def __init__(self, use: DoorPorts) -> None:
        self._use = use

    def prove(self, call: Envelope) -> ProvenCall:
        taken = incoming(call.body, self._charset_for(call.body))
        if taken.is_acknowledgement:
            return Unanswered()
        with _told_of(taken):
            system = self._sender(taken, call.certificate)
            taken.check(system.settings.processing)
        return BroughtMessage(system.name, taken, self._use.clock)

    def _charset_for(self, frame: bytes) -> str:
        """The character set of whoever leaves MSH-18 empty, as its connection says; "" for a stranger."""
        for each in self._bringing():
            known = each.settings
            if named_by(frame, (known.peer_application, known.peer_facility), known.charset):
                return known.charset
        return ""

    def _sender(self, taken: Incoming, certificate: str) -> Hl7GpSystem:
        """By MSH-3 and MSH-4, and by the certificate where the connection names one: nobody speaks for another."""
        for each in self._bringing():
            named = taken.sender == (each.settings.peer_application, each.settings.peer_facility)
            if named and each.settings.caller_certificate in ("", certificate):
                return each
        raise Er7Fault("204", "MSH^1^3", "AR")

    def _bringing(self) -> list[Hl7GpSystem]:
        return [each for each in self._use.callers.all() if each.settings.claims == "brought"]

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """A fault of ours says that nothing was kept: the practice comes again."""
        now = self._use.clock.now()
        match fault:
            case NotTaken():
                code = f"{fault.fault.ack}-{fault.fault.code}"
                return Reply(acknowledged(fault.taken, _control(), now, fault.fault), reason=code)
            case Er7Fault():
                return Reply(refusal_of(call.body, fault, _control(), now), reason=f"{fault.ack}-{fault.code}")
            case NotServed(status=413):
                return Reply(refusal_of(call.body, TOO_LONG, _control(), now), reason="too-long")
        return Reply(self._come_again(call.body), status=503)

    def _come_again(self, frame: bytes) -> bytes:
        now = self._use.clock.now()
        try:
            return acknowledged(incoming(frame), _control(), now, COME_AGAIN)
        except Er7Fault:
            return refusal_of(frame, COME_AGAIN, _control(), now)


class Unanswered:
    """An acknowledgement nobody waits for: it is not acknowledged itself (§2.9.2)."""

    connection = ""

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        return Reply()


class BroughtMessage:
    """A message of a known practice. What was not taken is not remembered."""

    def __init__(self, connection: str, taken: Incoming, clock: Clock) -> None:
        self.connection = connection
        self._taken, self._clock = taken, clock

    def read(self) -> Said:
        with _told_of(self._taken):
            claims = self._taken.claims(self.connection, self._clock.now())
        return Said(claims, name=self._taken.name_with(claims))

    def answer(self, heard: bool) -> Reply:
        if not heard:
            raise NotTaken(self._taken, Er7Fault("204", "SCH^1^1"))
        return Reply(acknowledged(self._taken, _control(), self._clock.now()))


@contextmanager
def _told_of(taken: Incoming) -> Iterator[None]:
    """A fault found from here on is answered by the message's own header."""
    try:
        yield
    except Er7Fault as fault:
        raise NotTaken(taken, fault) from None


def _control() -> str:
    """MSH-10 of an answer: twenty characters."""
    return secrets.token_hex(10)
