"""Stills beside a note: each a DocumentReference of its own (R4 §10.3), image/jpeg, at the contact.

A later version of the note replaces the note and leaves them as they are, so their keys are their own. They are filed
after the note: a picture that is refused takes no text with it, and no other picture.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from uuid import UUID

from adapters.eoj.smart_fhir.note_mapping import (
    Json,
    business_identifier,
    custodian_of,
    identifier_of,
    instant,
    meta_of,
)
from adapters.eoj.smart_fhir.records import Records
from adapters.wire.fhir import SEVERAL, FhirServer
from gateway.domain.errors import PeerError, PeerForbids, PeerRefused, PeerUnclear, PicturesRefused
from gateway.domain.note.still import StillRefusal
from gateway.domain.peers.messages import NoteMessage, Picture
from gateway.domain.practice import COPENHAGEN

KIND = "DocumentReference"
# Statuses (RFC 9110 §15.5.14, §15.5.16) and issue codes (R4 issue-type) by which a server refuses what it was sent.
_SAYS = {
    **dict.fromkeys(("http-413", "too-long", "too-costly"), StillRefusal.TOO_LARGE),
    **dict.fromkeys(("http-415", "not-supported", "code-invalid"), StillRefusal.KIND),
    "suppressed": StillRefusal.FORBIDDEN,
}


class Pictures:
    """``server`` logs in by itself."""

    def __init__(self, server: FhirServer, records: Records, cvr: str) -> None:
        self._server, self._records, self._cvr = server, records, cvr

    def file(self, message: NoteMessage) -> None:
        """Each says the same at every attempt and with every version of the note."""
        if not message.pictures:
            return
        contact = self._records.file_contact(replace(message, may_be_there=True))
        look = message.may_be_there or message.note.version > 1
        refused: dict[UUID, StillRefusal] = {}
        for each in message.pictures:
            document = document_of(message, each, contact, self._cvr)
            try:
                written = self._server.create_once(document, business_identifier(each.key), look=look)
            except PeerError as fault:
                why = _refusal_in(fault)
                if why is None:
                    raise
                refused[each.still] = why
                continue
            if written.existed and written.resource:
                self._records.require_same(written.resource, message)
        if refused:
            raise PicturesRefused(self._server.http.peer, next(iter(refused.values())), tuple(refused))

    def are_there(self, message: NoteMessage, **also: str) -> bool:
        """All of them, in force, with the very picture. ``also``: further terms of the search."""
        return all(self._is_there(message, each, also) for each in message.pictures)

    def _is_there(self, message: NoteMessage, picture: Picture, also: dict[str, str]) -> bool:
        found = self._server.with_identifier(KIND, business_identifier(picture.key), **also)
        if found is None or found["status"] != "current":
            return False
        self._records.require_same(found, message)
        return _data_in(found) in (None, _data_of(picture))


def _refusal_in(fault: PeerError) -> StillRefusal | None:
    """None where the fault is none of the picture's own: it is met by the row, as for any note."""
    if isinstance(fault, PeerForbids) and fault.sent:
        return StillRefusal.FORBIDDEN
    if isinstance(fault, PeerUnclear) and fault.sent:
        return _SAYS.get(fault.code)
    if isinstance(fault, PeerRefused) and fault.code != SEVERAL:
        return _SAYS.get(fault.code, StillRefusal.OTHER)
    return None


def document_of(message: NoteMessage, picture: Picture, contact: str, cvr: str) -> Json:
    """``contact``: a reference as the server knows it, "" where there is none."""
    title = f"Billede fra videosamtale {picture.taken_at.astimezone(COPENHAGEN):%d.%m.%Y kl. %H.%M}"
    document: Json = {
        "resourceType": KIND,
        "id": str(picture.key),
        **meta_of(message),
        "identifier": [identifier_of(picture.key)],
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Billede fra videosamtale"},
        "category": [{"text": message.placement}] if message.placement else [],
        "subject": {"reference": message.record_ref},
        "date": instant(picture.taken_at),
        "author": [{"display": name} for name in ("Lægebro", picture.taken_by) if name],
        "custodian": custodian_of(message, cvr),
        "description": f"{title}. {picture.consent}",
        "content": [
            {
                "attachment": {
                    "contentType": "image/jpeg",
                    "data": _data_of(picture),
                    "title": title,
                    "creation": instant(picture.taken_at),
                }
            }
        ],
        "context": {"encounter": [{"reference": contact}]} if contact else {},
    }
    return {name: value for name, value in document.items() if value}


def _data_of(picture: Picture) -> str:
    return base64.b64encode(picture.jpeg).decode()


def _data_in(document: Json) -> str | None:
    """None where the server keeps it elsewhere."""
    try:
        return str(document["content"][0]["attachment"]["data"])
    except (LookupError, TypeError):
        return None
