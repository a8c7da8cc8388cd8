"""The care system under the tenant's system credentials: find a citizen, file a note once, read it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.communication import CommunicationShape
from adapters.eoj.smart_fhir.documents import Documents
from adapters.eoj.smart_fhir.pictures import Pictures
from adapters.eoj.smart_fhir.practice import practice_of
from adapters.eoj.smart_fhir.questionnaire import QuestionnaireShape
from adapters.eoj.smart_fhir.records import Records
from adapters.eoj.smart_fhir.revised import RevisedNotes
from adapters.eoj.smart_fhir.settings import Settings
from adapters.eoj.smart_fhir.shape import Kind, NoteShape
from adapters.wire.effect import one_effect
from adapters.wire.fhir import LOCKED, FhirServer, written_out
from adapters.wire.record import is_superseded
from gateway.domain.capability import Capability
from gateway.domain.errors import InvalidField, PeerBusy, PeerForbids, PeerRefused, PeerUnclear
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


# 409 and 423 (R4 §3.1.0.1.12, RFC 4918 §11.3): somebody has the record open, so nothing was done.
_LOCKS = frozenset({"http-409", "http-423", "lock-error"})


class Eoj:
    """Implements ``ports.EojSystem``. ``server`` logs in by itself (Backend Services); ``kind`` says which resource a
    note becomes there."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        name: str,
        server: FhirServer,
        settings: Settings,
        kind: Callable[[], Kind],
        clock: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._server, self._kind, self._clock = server, kind, clock
        self._records = Records(name, server, clock)
        self._pictures = Pictures(server, self._records, settings.organisation_cvr)
        self._shapes = shapes(server, self._records, settings, clock)
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
        """In the record that is in use, should the one that is named have been merged into it. A record that somebody
        holds is ``PeerBusy`` (record-locked): the row waits, and is told as an alarm where it waits for long."""
        try:
            surviving = self._records.surviving(message)
            receipt = self._notes.file(surviving)
            self._pictures.file(surviving)
            return receipt
        except PeerForbids:
            raise
        except PeerBusy as fault:
            if fault.code not in _LOCKS:
                raise
            raise PeerBusy(self.name, LOCKED, fault.retry_after, fault.sent, fault.earlier) from None

    def rendered(self, message: NoteMessage, kind: Kind) -> str:
        return written_out(self.name, self._shapes[kind].rendered(message))

    def probe(self, message: NoteMessage) -> Receipt | None:
        found = self._notes.probe(message)
        return found if found is not None and self._pictures.are_there(message) else None

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """Where the record that is named does not show it, the one that took its place is asked."""
        found = self._read_there(message)
        if found is not None:
            return found
        surviving = self._records.surviving(message)
        return self._read_there(surviving) if surviving.record_ref != message.record_ref else None

    def _read_there(self, message: NoteMessage) -> Receipt | None:
        found = self._notes.read_back(message)
        return found if found is not None and self._pictures.are_there(message, patient=message.record_ref) else None

    @property
    def _notes(self) -> NoteShape:
        return self._shapes[self._kind()]


def shapes(
    server: FhirServer, records: Records, settings: Settings, clock: Callable[[], datetime]
) -> dict[Kind, NoteShape]:
    cvr = settings.organisation_cvr
    form = QuestionnaireShape(settings.questionnaire, settings.questionnaire_text)
    return {
        "DocumentReference": Documents(server, records, cvr, clock),
        "Communication": RevisedNotes(server, records, CommunicationShape(cvr), clock),
        "QuestionnaireResponse": RevisedNotes(server, records, form, clock),
    }
