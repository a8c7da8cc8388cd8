"""The care system under the tenant's system credentials: find a citizen, file a note once, read it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.note_mapping import (
    Json,
    business_identifier,
    contact_in,
    document_of,
    encounter_key,
    encounter_of,
    text_in,
)
from adapters.eoj.smart_fhir.practice import practice_of
from adapters.wire.effect import one_effect
from adapters.wire.fhir import FhirServer
from adapters.wire.note.text import note_text
from adapters.wire.record import is_superseded
from gateway.domain.capability import Capability
from gateway.domain.errors import InvalidField, PeerRefused, PeerUnclear
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage
from gateway.domain.practice import danish_day
from gateway.ports.registers import UnitDirectory

CAPABILITIES = frozenset(
    {
        Capability.IDEMPOTENT_CREATE,
        Capability.PROBE,
        Capability.READ_BACK,
        Capability.REPLACE_NOTE,
        Capability.CITIZEN_SEARCH,
    }
)


class Eoj:
    """Implements ``ports.EojSystem``. ``server`` logs in by itself (Backend Services)."""

    capabilities = CAPABILITIES

    def __init__(self, name: str, server: FhirServer, custodian_cvr: str, clock: Callable[[], datetime]) -> None:
        self.name = name
        self._server = server
        self._cvr = custodian_cvr
        self._clock = clock
        self.units: UnitDirectory | None = None

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        """The number travels in the form body alone. Two records of one number are for a person to sort out; one that
        another record has taken the place of does not count beside it."""
        now = self._clock()
        day = danish_day(now)
        found = self._server.search("Patient", {"identifier": f"{identifier.system}|{identifier.value}"})
        try:
            patients = [each for each in found if mapping.carries(each, identifier, day)]
        except InvalidField:
            raise PeerUnclear(self.name, "invalid-answer", sent=False) from None
        patients = [each for each in patients if not is_superseded(each)] or patients
        if len(patients) > 1:
            raise PeerRefused(self.name, "several-records")
        if not patients:
            return None
        patient = patients[0]
        citizen = mapping.citizen_of(patient, day)
        practice = practice_of(self._server, patient, now, self.units)
        return FoundCitizen(citizen, f"Patient/{patient['id']}", practice)

    @one_effect
    def file_note(self, message: NoteMessage) -> Receipt:
        """The contact, then the note that names it, then the former version marked as superseded: each of the three
        says the same at every attempt, so an attempt may end anywhere and be repeated."""
        former = self._former(message)
        encounter = contact_in(former) if former else ""
        encounter = encounter or self._file_encounter(message)
        replaces = f"DocumentReference/{former['id']}" if former else ""
        document = document_of(message, encounter, self._cvr, replaces)
        written = self._server.create_once(document, business_identifier(message.key))
        if written.existed and written.resource:
            self._require_same_record(written.resource, message)
        if former is not None and not message.addendum:
            self._supersede(former)
        received = _last_updated(written.resource) or self._clock()
        return Receipt(written.reference, received_at=received, replayed=written.existed)

    def probe(self, message: NoteMessage) -> Receipt | None:
        """The whole of it: the note, its contact, and the former version that no longer counts. Where a part is
        missing, filing it again finishes the work."""
        found = self._server.with_identifier("DocumentReference", business_identifier(message.key))
        if found is None:
            return None
        self._require_same_record(found, message)
        if not self._has_contact(message, found):
            return None
        former = self._former(message)
        if former is not None and former["status"] == "current" and not message.addendum:
            return None
        return Receipt(
            f"DocumentReference/{found['id']}", received_at=_last_updated(found) or self._clock(), replayed=True
        )

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """From the citizen's record, by another request than the one that filed it; text and status must fit."""
        found = self._server.with_identifier(
            "DocumentReference", business_identifier(message.key), patient=message.record_ref
        )
        if found is None or found["status"] != "current":
            return None
        self._require_same_record(found, message)
        if text_in(found) not in (None, note_text(message)):
            return None
        received = _last_updated(found)
        return Receipt(f"DocumentReference/{found['id']}", received_at=received, filed_at=self._clock())

    def _former(self, message: NoteMessage) -> Json | None:
        if message.supersedes is None:
            return None
        named = business_identifier(message.supersedes)
        found = self._server.with_identifier("DocumentReference", named)
        if found is not None:
            return found
        # An index may lag behind: by the id that we gave it, where the server let us.
        read = self._server.read("DocumentReference", str(message.supersedes))
        known = (read or {}).get("identifier") or []
        return read if any(f"{each.get('system')}|{each.get('value')}" == named for each in known) else None

    def _has_contact(self, message: NoteMessage, document: Json) -> bool:
        """The contact that the note names stands there; True where nobody talked."""
        if encounter_of(message) is None:
            return True
        named = mapping.id_in(contact_in(document), "Encounter")
        return bool(named) and self._server.read("Encounter", named) is not None

    def _file_encounter(self, message: NoteMessage) -> str:
        """Reference of the contact, "" where nobody talked."""
        encounter = encounter_of(message)
        if encounter is None:
            return ""
        written = self._server.create_once(encounter, business_identifier(encounter_key(message)))
        if written.existed and written.resource:
            self._require_same_record(written.resource, message)
        return written.reference

    def _supersede(self, former: Json) -> None:
        if former["status"] == "current":
            self._server.replace({**former, "status": "superseded"})

    def _require_same_record(self, filed: Json, message: NoteMessage) -> None:
        """Our key in somebody else's record would be the gravest fault there is: stop and let a person look."""
        subject = mapping.id_in(filed.get("subject", {}).get("reference", ""), "Patient")
        if subject != mapping.id_in(message.record_ref, "Patient"):
            raise PeerRefused(self.name, "other-record")


def _last_updated(resource: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    except (KeyError, TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None
