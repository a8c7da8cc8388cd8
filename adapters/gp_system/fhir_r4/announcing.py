"""Agreed consultations as video appointments at a peer that asks for them, beside the Task: once, and kept in step."""

from __future__ import annotations

from adapters.gp_system.fhir_r4.server import FhirServer, Stored
from adapters.gp_system.fhir_r4.settings import VideoAppointments
from adapters.gp_system.fhir_r4.video_appointment import says_the_same, video_appointment
from adapters.wire.task.words import ENTRY, Json, mappings, text
from gateway.domain.errors import PeerBusy
from gateway.domain.peers.messages import EntryMessage


class Announcing:
    """``asked`` None: the peer has not asked for any, and nothing is done."""

    def __init__(self, peer: str, server: FhirServer, asked: VideoAppointments | None) -> None:
        self._peer, self._server, self._asked = peer, server, asked

    def bring(self, message: EntryMessage) -> None:
        """Make the peer's Appointment say what our row says. One that ended before it was ever there is not made."""
        wanted = video_appointment(message, self._asked) if self._asked else None
        if wanted is None:
            return
        found = self._find(message)
        if found is None and not message.entry.status.ended:
            self._server.create(wanted, f"identifier={ENTRY}|{message.entry.id}")  # None: another attempt was first
        elif found is not None and not says_the_same(found.resource, wanted):
            self._change(found, wanted)

    def stands(self, message: EntryMessage) -> bool:
        """Whether nothing is left to bring."""
        wanted = video_appointment(message, self._asked) if self._asked else None
        if wanted is None:
            return True
        found = self._find(message)
        return message.entry.status.ended if found is None else says_the_same(found.resource, wanted)

    def _change(self, found: Stored, wanted: Json) -> None:
        """What the service has added itself, such as the address of its room, stays."""
        said = {name: wanted[name] for name in ("status", "start", "end", "participant")}
        if self._server.replace({**found.resource, **said}, found.etag) is None:
            raise PeerBusy(self._peer, "changes-all-the-time")

    def _find(self, message: EntryMessage) -> Stored | None:
        """By our id, else by identifier: a server may choose its own ids."""
        found = self._server.read("Appointment", str(message.entry.id))
        if found is not None:
            return found
        wanted = (ENTRY, str(message.entry.id))
        for each in self._server.search([("identifier", "|".join(wanted))], "Appointment"):
            if wanted in [
                (text(one.get("system")), text(one.get("value"))) for one in mappings(each.get("identifier"))
            ]:
                return self._server.read("Appointment", text(each.get("id")))
        return None
