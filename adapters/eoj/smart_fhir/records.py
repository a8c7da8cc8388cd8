"""Whose record a note goes to, and the contact beside it, whatever resource the note itself becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.note_mapping import Json, business_identifier, encounter_key, encounter_of
from adapters.wire.fhir import FhirServer
from adapters.wire.record import is_merged
from gateway.domain.errors import InvalidField, PeerForbids, PeerIll, PeerRefused
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.practice import danish_day

MERGED_RECORD = "merged-record"
OTHER_RECORD = "other-record"
MOST_MERGERS = 3  # one after the other


class Records:
    """``server`` logs in by itself."""

    def __init__(self, name: str, server: FhirServer, clock: Callable[[], datetime]) -> None:
        self._name, self._server, self._clock = name, server, clock

    def surviving(self, message: NoteMessage) -> NoteMessage:
        """The message for the record that took the place of a merged one (``Patient.link`` *replaced-by*). Followed
        only where the other carries the citizen's number in force; else ``PeerRefused`` (merged-record). A record that
        cannot be read is left to the server to refuse."""
        patient = self._patient(mapping.id_in(message.record_ref, "Patient"))
        if patient is None or not is_merged(patient):
            return message
        for _ in range(MOST_MERGERS):
            other = mapping.replacing_id(patient, self._server.http.base_url)
            found = self._patient(other) if other else None
            if found is None or not self._is_same_person(found, message):
                break
            if not is_merged(found):
                return replace(message, record_ref=f"Patient/{found['id']}")
            patient = found
        raise PeerRefused(self._name, MERGED_RECORD)

    def require_same(self, filed: Json, message: NoteMessage) -> None:
        """Our key in somebody else's record would be the gravest fault there is: stop and let a person look. The
        record that took the place of a merged one is not somebody else's."""
        subject = mapping.id_in(filed.get("subject", {}).get("reference", ""), "Patient")
        if subject == mapping.id_in(message.record_ref, "Patient"):
            return
        there = self.surviving(replace(message, record_ref=f"Patient/{subject}")) if subject else None
        if there is None or there.record_ref != self.surviving(message).record_ref:
            raise PeerRefused(self._name, OTHER_RECORD)

    def file_contact(self, message: NoteMessage) -> str:
        """Reference of the contact, "" where nobody talked."""
        encounter = encounter_of(message)
        if encounter is None:
            return ""
        key, look = business_identifier(encounter_key(message)), message.may_be_there or message.note.version > 1
        written = self._server.create_once(encounter, key, look=look)
        if written.existed and written.resource:
            self.require_same(written.resource, message)
        return written.reference

    def has_contact(self, message: NoteMessage, reference: str) -> bool:
        """The contact that the note names stands there; True where nobody talked."""
        if encounter_of(message) is None:
            return True
        named = mapping.id_in(reference, "Encounter")
        return bool(named) and self._server.read("Encounter", named) is not None

    def _patient(self, identity: str) -> Json | None:
        try:
            return self._server.read("Patient", identity)
        except (PeerIll, PeerForbids):
            return None  # a client may be let search and not read

    def _is_same_person(self, patient: Json, message: NoteMessage) -> bool:
        identifier = message.citizen.identifier if message.citizen else None
        if identifier is None or patient.get("active") is False:
            return False
        try:
            return mapping.carries(patient, identifier, danish_day(self._clock()))
        except InvalidField:
            return False
