"""From a Task to what its practice claims: the way home of accept, reject, put back and seen (D10). Pure.

``who_id`` is the connection's name and a digest of whom ``accepted-by`` names: the same for one clinician as long as
her system spells her the same. A Task that claims nothing beyond what we said last is our own echo: no claim.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.wire.task.words import (
    BUSINESS,
    ENTRY,
    OUTPUT,
    REJECT_REASON,
    REJECTED,
    REMOVED,
    TAKEN,
    TASK_CODE,
    TERMINAL,
    VIDEO_QUEUE,
    WAITING,
    Json,
    Said,
    code_of,
    digest,
    identifier_of,
    key_and_name,
    mapping,
    mappings,
    part,
    said_in,
    text,
)
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import PeerChange, PeerVerb

TEXT_LIMIT = 300  # requirements.md C08
REMOVED_BY_PRACTICE = "Fjernet i lægepraksis' eget system"
NOTHING_SAID = Said(0, "requested", received=False, seen=False)


def is_ours(task: Json) -> bool:
    return task.get("resourceType") == "Task" and code_of(task.get("code"), TASK_CODE) == VIDEO_QUEUE


def entry_id_of(task: Json) -> UUID | None:
    """Our entry: by identifier, else by Task.id where we chose that ourselves."""
    try:
        return UUID(identifier_of(task, ENTRY) or text(task.get("id")))
    except ValueError:
        return None


def named_entry_of(task: Json) -> UUID | None:
    """Our entry by our identifier alone, for Tasks that may be somebody else's."""
    try:
        return UUID(identifier_of(task, ENTRY))
    except ValueError:
        return None


def changed_at(task: Json) -> datetime | None:
    """The server's own time of the change; None where it says none that can be read."""
    for value in (mapping(task.get("meta")).get("lastUpdated"), task.get("lastModified")):
        try:
            moment = datetime.fromisoformat(text(value))
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def who_id_of(task: Json, peer: str) -> str:
    """Stable per clinician and connection."""
    key, _ = key_and_name(part(task.get("output"), OUTPUT, "accepted-by"))
    return f"{peer}:{digest(key)}" if key else f"{peer}:practice"


def claims_of(task: Json, peer: str, now: datetime) -> list[PeerChange]:
    """What the Task says beyond what we said; [] for a Task that is not ours or cannot be understood."""
    entry_id = entry_id_of(task)
    if entry_id is None or not is_ours(task):
        return []
    at = changed_at(task) or now
    said = said_in(task) or NOTHING_SAID
    status = text(task.get("status"))
    claims = [PeerChange(entry_id, verb, at) for verb in _progress(task, status, said)]
    if _accepts(task, status, said):
        claims.append(_acceptance(task, entry_id, at, peer))
    elif status in TAKEN and _names_clinician(task, said):
        claims.append(PeerChange(entry_id, PeerVerb.CLINICIAN, at, clinician=_clinician(task)))
    if (status == "rejected" or status in REMOVED) and said.state not in TERMINAL:
        claims.append(_rejection(task, entry_id, at))
    return claims


def _progress(task: Json, status: str, said: Said) -> list[PeerVerb]:
    """Received, seen and put back: claims without a person."""
    verbs = []
    if status in TAKEN or status == "received":
        if not said.received:
            verbs.append(PeerVerb.RECEIVED)
        if code_of(task.get("businessStatus"), BUSINESS) == "seen" and not said.seen:
            verbs.append(PeerVerb.SEEN)
    if status in WAITING and said.state in TAKEN:
        verbs.append(PeerVerb.PUT_BACK)
    return verbs


def _accepts(task: Json, status: str, said: Said) -> bool:
    if status not in TAKEN:
        return False
    key, _ = key_and_name(part(task.get("output"), OUTPUT, "accepted-by"))
    return said.state not in TAKEN or said.who != (digest(key) if key else "-")


def _acceptance(task: Json, entry_id: UUID, at: datetime, peer: str) -> PeerChange:
    _, name = key_and_name(part(task.get("output"), OUTPUT, "accepted-by"))
    return PeerChange(entry_id, PeerVerb.ACCEPT, at, who_id=who_id_of(task, peer), who=name, clinician=_clinician(task))


def _clinician(task: Json) -> str:
    return key_and_name(part(task.get("output"), OUTPUT, "clinician"))[1]


def _names_clinician(task: Json, said: Said) -> bool:
    name = _clinician(task)
    return bool(name) and digest(name) != said.clinician


def _rejection(task: Json, entry_id: UUID, at: datetime) -> PeerChange:
    reason = _reason(task)
    words = _rejection_text(task)
    if reason is RejectReason.OTHER and not words:
        words = REJECTED if task.get("status") == "rejected" else REMOVED_BY_PRACTICE
    return PeerChange(entry_id, PeerVerb.REJECT, at, reason=reason, text=words)


def shortened(claim: PeerChange) -> PeerChange:
    """For a Task that was fetched, whose author waits for no answer: a text above our limit, visibly cut."""
    long = len(claim.text) > TEXT_LIMIT
    return replace(claim, text=f"{claim.text[: TEXT_LIMIT - 1]}…") if long else claim


def _reason(task: Json) -> RejectReason:
    """An unknown code is *other*: the text says the rest."""
    try:
        return RejectReason(code_of(task.get("statusReason"), REJECT_REASON))
    except ValueError:
        return RejectReason.OTHER


def own_words(task: Json) -> str:
    """What the clinic wrote itself: beside the fixed phrase, or in a note."""
    own = text(mapping(task.get("statusReason")).get("text")).removeprefix(REJECTED).lstrip(" :.–-").strip()
    notes = [text(note.get("text")).strip() for note in mappings(task.get("note"))]
    return own or next(reversed(notes), "")


def _rejection_text(task: Json) -> str:
    """The clinic's own words, or the name of a code we do not know."""
    own = own_words(task)
    if own or _reason(task) is not RejectReason.OTHER:
        return own
    coded = mappings(mapping(task.get("statusReason")).get("coding"))
    names = [text(c.get("display")) or text(c.get("code")) for c in coded]
    return next((name for name in names if name and name != "other"), "")
