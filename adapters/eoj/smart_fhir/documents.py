"""A note as a DocumentReference (R4 §10.3): each version its own document, the former one marked as superseded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.eoj.smart_fhir.note_mapping import Json, business_identifier, contact_in, document_of, text_in
from adapters.eoj.smart_fhir.records import Records
from adapters.eoj.smart_fhir.shape import last_updated, receipt_of
from adapters.wire.fhir import FhirServer
from adapters.wire.note.text import note_text
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import NoteMessage


class Documents:
    """Implements ``shape.NoteShape``."""

    def __init__(self, server: FhirServer, records: Records, cvr: str, clock: Callable[[], datetime]) -> None:
        self._server, self._records, self._cvr, self._clock = server, records, cvr, clock

    def file(self, message: NoteMessage) -> Receipt:
        """The contact, then the note that names it, then the former version marked as superseded: each of the three
        says the same at every attempt, so an attempt may end anywhere and be repeated."""
        former = self._former(message)
        encounter = contact_in(former) if former else ""
        encounter = encounter or self._records.file_contact(message)
        replaces = f"DocumentReference/{former['id']}" if former else ""
        document = document_of(message, encounter, self._cvr, replaces)
        written = self._server.create_once(document, business_identifier(message.key), look=message.may_be_there)
        if written.existed and written.resource:
            self._records.require_same(written.resource, message)
        if former is not None and not message.addendum:
            self._server.change(former, _superseded)
        received = last_updated(written.resource) or self._clock()
        return Receipt(written.reference, received_at=received, replayed=written.existed)

    def rendered(self, message: NoteMessage) -> Json:
        return document_of(message, "", self._cvr, "")

    def probe(self, message: NoteMessage) -> Receipt | None:
        """The whole of it: the note, its contact, and the former version that no longer counts. Where a part is
        missing, filing it again finishes the work."""
        found = self._server.with_identifier("DocumentReference", business_identifier(message.key))
        if found is None:
            return None
        self._records.require_same(found, message)
        if not self._records.has_contact(message, contact_in(found)):
            return None
        former = self._former(message)
        if former is not None and former["status"] == "current" and not message.addendum:
            return None
        return receipt_of(found, self._clock)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        """From the citizen's record, by another request than the one that filed it; text and status must fit."""
        found = self._server.with_identifier(
            "DocumentReference", business_identifier(message.key), patient=message.record_ref
        )
        if found is None or found["status"] != "current":
            return None
        self._records.require_same(found, message)
        if text_in(found) not in (None, note_text(message)):
            return None
        return Receipt(f"DocumentReference/{found['id']}", last_updated(found), filed_at=self._clock())

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


def _superseded(document: Json) -> Json | None:
    return {**document, "status": "superseded"} if document["status"] == "current" else None
