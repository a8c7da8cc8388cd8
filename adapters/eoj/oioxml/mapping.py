"""From a note to an XDIS91 letter; pure. A note's every send says the same under the same letter number."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID, uuid5

from adapters.eoj.oioxml.settings import Settings
from adapters.wire.note.text import text_of, title_of
from adapters.wire.oioxml.letter import Letter
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.messages import NoteMessage

WITHHELD = "Navnebeskyttet"


def letter_id(key: UUID) -> str:
    """14 characters, which is all that a letter's number may have: 70 bits of the key."""
    return _fourteen(uuid5(key, "letter"))


def _fourteen(id: UUID) -> str:
    return base64.b32encode(id.bytes)[:14].decode()


def episode_id(message: NoteMessage) -> str:
    """The same for every version of a citizen's note."""
    return uuid5(message.consultation, f"note:{message.case}").hex


def letter_of(message: NoteMessage, settings: Settings, envelope: UUID, now: datetime) -> Letter:
    """The citizen has a number. ``envelope``: a new one at each send, since an envelope's number is used once."""
    citizen, note = message.citizen, message.note
    assert citizen is not None and citizen.identifier is not None
    surname, given = _name(citizen)
    return Letter(
        id=letter_id(message.key),
        envelope=_fourteen(envelope),
        episode=episode_id(message),
        correction=message.supersedes is not None,
        authorised_at=note.approved_at or note.created_at,
        sent_at=now,
        sender=settings.sender.place(),
        receiver=settings.receiver.place(),
        number=citizen.identifier.value,
        is_cpr=isinstance(citizen.identifier, Cpr),
        surname=surname,
        given=given,
        subject=title_of(note),
        text=text_of(note),
    )


def _name(citizen: Citizen) -> tuple[str, str]:
    """Surname and given names. A protected name is withheld (CPR-loven § 28): the receiver knows the number."""
    given, _, surname = citizen.name.strip().rpartition(" ")
    return (WITHHELD, "") if citizen.protected or not surname else (surname, given.strip())
