"""From the practice's acts, asked for or brought, to what it claims (requirements.md D10). Pure.

``who_id`` is the connection's name and a digest of the practice's own id of the person: the same person has the same
one, and what the id was made of stays there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.gp_system.soap.words import NAME_LIMIT, TEXT_LIMIT, VERBS, digest
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import PeerChange, PeerVerb

# For the nurse, where the practice gave neither a reason of ours nor a word: *other* asks for one (C08).
WITHOUT_A_WORD = "Afvist i lægepraksis' eget system"
Said = Mapping[str, Any]


def claims_of(acts: Sequence[Said], connection: str) -> list[PeerChange]:
    """Acts we have no word for, and acts about nothing of ours, are nobody's claims."""
    found = (claim_of(act, connection) for act in acts)
    return [claim for claim in found if claim is not None]


def claim_of(act: Said, connection: str) -> PeerChange | None:
    verb, entry_id = VERBS.get(_text(act, "What")), _id(_text(act, "EntryId"))
    if verb is None or entry_id is None:
        return None
    by = act.get("By") or {}
    who = " ".join(_text(by, "Name").split())[:NAME_LIMIT]
    person = _text(by, "Id")
    if verb is PeerVerb.CLINICIAN and not _text(act, "Clinician"):
        return None
    reason, text = _reason(_text(act, "Reason")), _text(act, "Text")[:TEXT_LIMIT]
    if verb is PeerVerb.REJECT and reason is RejectReason.OTHER and not text:
        text = WITHOUT_A_WORD
    return PeerChange(
        entry_id,
        verb,
        _moment(act.get("At")),
        who_id=f"{connection}:{digest(person)}" if person or verb is PeerVerb.ACCEPT else "",
        who=who,
        clinician=" ".join(_text(act, "Clinician").split())[:NAME_LIMIT],
        reason=reason,
        text=text,
    )


def _reason(code: str) -> RejectReason:
    return RejectReason(code) if code in set(RejectReason) else RejectReason.OTHER


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(value: object) -> datetime:
    """xs:dateTime; one that names no zone is taken for UTC, since our own clock decides every deadline anyway."""
    moment = value if isinstance(value, datetime) else datetime.fromtimestamp(0, UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(said: Said, name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""
