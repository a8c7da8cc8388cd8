"""The line on which care systems announce by HL7 v2 whom an employee is about to start for (docs/hl7v2-documents.md).

An announcement opens a draft on the employee's own list; she logs in to go on with it. Whatever is not genuine is
refused alike, so that nobody learns which check failed.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.eoj.hl7v2.adapter import Adapter
from adapters.wire.er7 import Er7Fault
from adapters.wire.v2.door import LineDoor, NotTaken, Unanswered, control, told_of
from adapters.wire.v2.inbound import Incoming, acknowledged
from gateway.domain.errors import AccessBarred, InvalidField, LaunchRefused, Replayed
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.messages import Envelope
from gateway.ports.base import Clock
from gateway.ports.calling import LaunchDesk
from gateway.ports.doors import ProvenCall, Reply, Said

REFUSED = Er7Fault("204", "", "AR")
TAKEN_BEFORE = Er7Fault("205", "MSH^1^10")
STANDS_OPEN = "somebody else has this citizen's consultation open"


class Door(LineDoor):
    """For the connections that launch."""

    def bringing(self) -> Sequence[Adapter]:
        return [each for each in self._use.callers.all() if each.settings.launches]

    def prove(self, call: Envelope) -> ProvenCall:
        taken = self.taken(call)
        if taken.is_acknowledgement:
            return Unanswered()
        with told_of(taken):
            try:
                system = self._sender(taken)
                launch, used = system.verify(call, self._use.clock.now())
            except LaunchRefused as fault:
                raise NotTaken(taken, _refusal(fault), fault.reason) from None
        return Announcement(system.name, taken, (launch, used), self._use.launches, self._use.clock)

    def _sender(self, taken: Incoming) -> Adapter:
        for each in self.bringing():
            if taken.sender == (each.settings.peer_application, each.settings.peer_facility):
                return each
        raise LaunchRefused("sender")


def _refusal(fault: LaunchRefused) -> Er7Fault:
    """A sender that has proved itself is told that the record is nobody's any more."""
    if fault.public == LaunchRefused("").public:
        return REFUSED
    return Er7Fault("204", "PID^1^3", words=fault.public)


class Announcement:
    """A proven announcement. Repeated under the same control id it opens nothing again."""

    def __init__(
        self, connection: str, taken: Incoming, found: tuple[Launch, UsedToken], desk: LaunchDesk, clock: Clock
    ) -> None:
        self.connection = connection
        self._taken, self._found, self._desk, self._clock = taken, found, desk, clock

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        try:
            is_hers = self._desk.open(*self._found)
        except Replayed:
            raise NotTaken(self._taken, TAKEN_BEFORE, "replayed") from None
        except InvalidField as fault:
            raise NotTaken(self._taken, Er7Fault("102", "PID^1^3"), fault.reason) from None
        except AccessBarred:
            raise NotTaken(self._taken, REFUSED, "barred") from None
        if not is_hers:
            raise NotTaken(self._taken, Er7Fault("206", "PID^1^3", words=STANDS_OPEN), "stands-open")
        return Reply(acknowledged(self._taken, control(), self._clock.now()))
