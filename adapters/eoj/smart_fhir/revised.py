"""A note as one resource for each citizen's case, corrected in place: its versions are the server's own history.

For types without a word for *replaced*: a second one beside the first would count as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.note_mapping import Json, business_identifier
from adapters.eoj.smart_fhir.records import Records
from adapters.eoj.smart_fhir.shape import Kind, last_updated, receipt_of
from adapters.wire.fhir import FhirServer
from adapters.wire.note.text import text_of
from gateway.domain.errors import PeerBusy
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import NoteMessage


class RevisedShape(Protocol):
    """How a type of resource says a note; pure."""

    kind: Kind

    def resource_of(self, message: NoteMessage, encounter: str) -> Json:
        """The first version. ``encounter`` is a reference, "" where nobody talked."""

    def revised(self, held: Json, message: NoteMessage) -> Json:
        """A later version written over what the server holds; what others have added to it stays."""

    def version_in(self, held: Json) -> int:
        """Which version of the note it holds; 0 where it does not say."""

    def text_in(self, held: Json) -> str: ...

    def counts(self, held: Json) -> bool:
        """Whether its status says that it is in force."""


class RevisedNotes:
    """Implements ``shape.NoteShape``."""

    def __init__(
        self, server: FhirServer, records: Records, shape: RevisedShape, clock: Callable[[], datetime]
    ) -> None:
        self._server, self._records, self._shape, self._clock = server, records, shape, clock

    def file(self, message: NoteMessage) -> Receipt:
        """The contact, the resource, and where an earlier version stands in it, this one over it. A version that it
        holds, or that it is past, changes nothing."""
        encounter = self._records.file_contact(message)
        first = self._shape.resource_of(message, encounter)
        look = message.may_be_there or message.note.version > 1
        written = self._server.create_once(first, business_identifier(message.case_key), look=look)
        if not written.existed:
            return Receipt(written.reference, received_at=self._clock())
        held = written.resource or self._read(written.reference)
        self._records.require_same(held, message)
        if self._shape.version_in(held) >= message.note.version:
            return receipt_of(held, self._clock)
        self._server.change(held, lambda found: self._later(found, message))
        return Receipt(written.reference, received_at=self._clock())

    def rendered(self, message: NoteMessage) -> Json:
        return self._shape.resource_of(message, "")

    def probe(self, message: NoteMessage) -> Receipt | None:
        found = self._server.with_identifier(self._shape.kind, business_identifier(message.case_key))
        if found is None or self._shape.version_in(found) < message.note.version:
            return None
        self._records.require_same(found, message)
        contact = str((found.get("encounter") or {}).get("reference") or "")
        return receipt_of(found, self._clock) if self._records.has_contact(message, contact) else None

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """From the citizen's record, by another request than the one that filed it; version, text and status fit."""
        key = business_identifier(message.case_key)
        found = self._server.with_identifier(self._shape.kind, key, patient=message.record_ref)
        if found is None or self._shape.version_in(found) != message.note.version or not self._shape.counts(found):
            return None
        self._records.require_same(found, message)
        if self._shape.text_in(found) != text_of(message.note):
            return None
        return Receipt(f"{self._shape.kind}/{found['id']}", last_updated(found), filed_at=self._clock())

    def _later(self, held: Json, message: NoteMessage) -> Json | None:
        return self._shape.revised(held, message) if self._shape.version_in(held) < message.note.version else None

    def _read(self, reference: str) -> Json:
        found = self._server.read(self._shape.kind, mapping.id_in(reference, self._shape.kind))
        if found is None:
            raise PeerBusy(self._server.http.peer, "former-not-found-yet", sent=True)
        return found
