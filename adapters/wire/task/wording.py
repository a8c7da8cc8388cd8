"""Why a Task stands as it does: businessStatus while it waits or rings, statusReason once it has ended. Pure."""

from __future__ import annotations

from adapters.wire.task.content import business_status
from adapters.wire.task.words import (
    BUSINESS,
    END_REASON,
    REJECT_REASON,
    REJECTED,
    TAKEN,
    TERMINAL,
    WAITING,
    Json,
    code_of,
    text,
)
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage

END_WORDS = {
    "solved": "Trukket tilbage: løst på anden vis",
    "hospital": "Trukket tilbage: borgeren er indlagt",
    "no-time": "Trukket tilbage: kunne ikke vente længere",
    "citizen-absent": "Trukket tilbage: borgeren er ikke til stede",
    "wrong-citizen": "Trukket tilbage: forkert borger",
}
ABSENT = "Medarbejderen er ikke ved skærmen"
STATE_WORDS = {
    EntryStatus.WITHDRAWN: "Trukket tilbage",
    EntryStatus.EXPIRED: "Ventetiden er udløbet",
    EntryStatus.TRANSFERRED: "Flyttet til en anden praksis",
}


def business_of(task: Json, message: EntryMessage, step: str) -> Json | None:
    """*calling* while it rings; while waiting, why it waits. The peer's own word stays where ours says nothing."""
    entry, present = message.entry, task.get("businessStatus")
    absent = message.availability in ("away", "lost")
    if step in WAITING and text(task.get("status")) in TAKEN:
        return business_status("put-back", ABSENT if absent else "")
    if step in TERMINAL or step == "in-progress":
        return None
    if step == "accepted":
        return present if entry.status.waits else business_status("calling")
    code = code_of(present, BUSINESS)
    unheard = code == "seen" and entry.seen_at is None
    if not entry.status.waits or unheard:
        return present
    if absent and code != "put-back":
        return business_status("away", ABSENT)
    if code in ("calling", "away") or (not code and entry.seen_at is not None):
        return business_status("seen") if entry.seen_at is not None else None
    return present


def reason_of(task: Json, message: EntryMessage, step: str) -> Json | None:
    entry = message.entry
    if step == "rejected":
        coding: Json = {"system": REJECT_REASON, "code": entry.ended_reason or "other"}
        if entry.ended_text.strip():
            coding["display"] = entry.ended_text.strip()
        return {"coding": [coding], "text": REJECTED}
    if step == "cancelled":
        code = entry.ended_reason or str(entry.status)
        words = END_WORDS.get(entry.ended_reason) or STATE_WORDS.get(entry.status, "Afsluttet")
        return {"coding": [{"system": END_REASON, "code": code}], "text": words}
    return None if step in WAITING or step in TAKEN else task.get("statusReason")
