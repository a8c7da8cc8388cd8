"""The stills that go with a note, as the care system is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import PeerRefused
from gateway.domain.note.picturing import held
from gateway.domain.note.still import NO_STILLS, Still, StillsConsent
from gateway.domain.peers.delivery import Delivery
from gateway.domain.peers.messages import Picture
from gateway.domain.practice import COPENHAGEN
from gateway.domain.scope import SystemScope
from gateway.ports.rows import StillShelf


def carried(
    consultation: Consultation, delivery: Delivery, shelf: StillShelf, abilities: frozenset[Capability]
) -> Sequence[Picture]:
    """Those left chosen at approval that no version of the note has brought there yet. ``PeerRefused`` where the care
    system has ceased to take pictures: the note does not go without what she chose."""
    case, keeping = consultation.case(delivery.subject), held(consultation)
    wanted = [still for still in case.stills if still.attached and still.id in keeping]
    if not wanted or case.stills_consent is None:
        return ()
    if Capability.STILLS not in abilities:
        raise PeerRefused(delivery.connection, NO_STILLS)
    found = shelf.pictures(SystemScope(), consultation.id, [still.id for still in wanted])
    said = consent_in_words(case.stills_consent)
    return [_picture(consultation.id, still, said, found[still.id]) for still in wanted if still.id in found]


def consent_in_words(consent: StillsConsent) -> str:
    """Danish, as it stands in the record (requirements.md U02)."""
    at = consent.declared_at.astimezone(COPENHAGEN)
    return f"Borgeren har sagt ja til billeder, oplyst af {consent.declared_by} {at:%d.%m.%Y kl. %H.%M}."


def _picture(consultation: UUID, still: Still, consent: str, jpeg: bytes) -> Picture:
    return Picture(uuid5(consultation, f"still:{still.id}"), still.id, still.taken_at, still.taken_by, consent, jpeg)
