"""A line on which peers bring HL7 v2 messages, whoever they are: whose message it is, and an AA, AE or AR that names
it. Each process that listens on MLLP mounts one such door."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from adapters.wire.er7 import Er7Fault
from adapters.wire.v2.inbound import Incoming, acknowledged, incoming, named_by, refusal_of
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import Address, DoorPorts, NotServed, Reply, Said

UNKNOWN_KEY = "204"  # table 0357: what is named is not the sender's
TOO_LONG = Er7Fault("207", "", "AR")
COME_AGAIN = Er7Fault("206", "", "AR")  # nothing was kept


class NotTaken(Exception):
    """A message whose header can be used, and the fault it is answered with. ``reason``: for our log only."""

    def __init__(self, taken: Incoming, fault: Er7Fault, reason: str = "") -> None:
        super().__init__(fault.code)
        self.taken = taken
        self.fault = fault
        self.reason = reason or f"{fault.ack}-{fault.code}"


class LineDoor:
    """One line for all connections of an adapter: MSH-3 and MSH-4 say whose message it is, the certificate proves
    it."""

    addresses: ClassVar = (Address(transport="mllp"),)
    limit: ClassVar = 256_000
    content_type: ClassVar = ""

    def __init__(self, use: DoorPorts) -> None:
        self._use = use

    def bringing(self) -> Sequence[Any]:
        """The connections that bring messages here."""
        raise NotImplementedError

    def taken(self, call: Envelope) -> Incoming:
        return incoming(call.body, self._charset_for(call.body))

    def _charset_for(self, frame: bytes) -> str:
        """The character set of whoever leaves MSH-18 empty, as its connection says; "" for a stranger."""
        for each in self.bringing():
            known = each.settings
            if named_by(frame, (known.peer_application, known.peer_facility), known.charset):
                return str(known.charset)
        return ""

    def refuse(self, call: Envelope, fault: Exception) -> Reply | None:
        """A fault of ours says that nothing was kept: the peer comes again."""
        now = self._use.clock.now()
        match fault:
            case NotTaken():
                foreign = fault.fault.code == UNKNOWN_KEY
                answer = acknowledged(fault.taken, control(), now, fault.fault)
                return Reply(answer, reason=fault.reason, foreign=foreign)
            case Er7Fault():
                return Reply(refusal_of(call.body, fault, control(), now), reason=f"{fault.ack}-{fault.code}")
            case NotServed(status=413):
                return Reply(refusal_of(call.body, TOO_LONG, control(), now), reason="too-long")
        return Reply(self._come_again(call.body), status=503)

    def _come_again(self, frame: bytes) -> bytes:
        now = self._use.clock.now()
        try:
            return acknowledged(incoming(frame), control(), now, COME_AGAIN)
        except Er7Fault:
            return refusal_of(frame, COME_AGAIN, control(), now)


class Unanswered:
    """An acknowledgement nobody waits for: it is not acknowledged itself (§2.9.2)."""

    connection = ""

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        return Reply()


@contextmanager
def told_of(taken: Incoming) -> Iterator[None]:
    """A fault found from here on is answered by the message's own header."""
    try:
        yield
    except Er7Fault as fault:
        raise NotTaken(taken, fault) from None


def control() -> str:
    """MSH-10 of an answer: twenty characters."""
    return secrets.token_hex(10)
