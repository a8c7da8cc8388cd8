"""What every way of filing a note as a FHIR resource offers; ``eoj.py`` picks one by the server's own statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Protocol

from adapters.eoj.smart_fhir.note_mapping import Json
from adapters.wire.fhir import FhirServer
from gateway.domain.errors import PeerIll
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import NoteMessage

Kind = Literal["DocumentReference", "Communication", "QuestionnaireResponse"]
KINDS: tuple[Kind, ...] = ("DocumentReference", "Communication", "QuestionnaireResponse")
NO_NOTES = "no-resource-for-notes"


class NoteShape(Protocol):
    """The three acts of ``ports.EojSystem`` with one type of resource. ``message.record_ref`` of ``file`` is the
    surviving record."""

    def file(self, message: NoteMessage) -> Receipt: ...

    def rendered(self, message: NoteMessage) -> Json:
        """The first version, without the contact that the server is asked to keep beside it."""

    def probe(self, message: NoteMessage) -> Receipt | None: ...

    def read_back(self, message: NoteMessage) -> Receipt | None: ...


def kind_of(server: FhirServer, scopes: tuple[str, ...]) -> Kind:
    """The first of ``KINDS`` that the server takes. ``scopes``: where the stanza lists them, only what one of them
    names. ``PeerIll`` where there is none: every note waits until the connection or the server is mended."""
    for kind in KINDS:
        if server.takes(kind) and (not scopes or any(f"/{kind}." in each or "/*." in each for each in scopes)):
            return kind
    raise PeerIll(server.http.peer, NO_NOTES)


def last_updated(resource: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    except (KeyError, TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def receipt_of(resource: Json, clock: Callable[[], datetime]) -> Receipt:
    """Of a resource that stood there."""
    reference = f"{resource['resourceType']}/{resource['id']}"
    return Receipt(reference, received_at=last_updated(resource) or clock(), replayed=True)
