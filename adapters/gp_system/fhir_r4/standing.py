"""What a Task must become so that it says what our row says, without treading on a claim not yet heard. Pure.

Our row decides (Q1), but only by a decision: a claim the practice has just made and that has not come home
stands until our row has answered it. Only legal moves of R4's Task are made, one version per move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.wire.task.content import erases, instant
from adapters.wire.task.sameness import differing
from adapters.wire.task.words import STATUS, TAKEN, TERMINAL, WAITING, Json, Said, next_step, said_in, text
from adapters.wire.task.writing import written
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage


@dataclass(frozen=True, slots=True)
class Version:
    """One version to write; ``last`` when it says all that our row says."""

    task: Json
    last: bool


def next_version(task: Json, message: EntryMessage, peer: str, at: datetime) -> Version | None:
    """The next version on the way; None where nothing is left to say."""
    status, said = text(task.get("status")), said_in(task)
    if said is not None and said.revision > message.entry.revision:
        return None  # a newer state of our row is there already
    if status in TERMINAL:
        return _erased(task, message, at) if erases(message) else None
    target = _target(task, status, said, message, peer)
    step = status if target == status else next_step(status, target)
    if step is None:  # no legal way: a talk cannot be rejected any more, but it can be ended
        ended = message.entry.status.ended
        target = step = "cancelled" if ended and next_step(status, "cancelled") else status
    version = written(task, message, step, target, peer)
    if _same(version, task):
        return None
    return Version({**version, "lastModified": instant(at)}, last=step == target)


def _same(version: Json, task: Json) -> bool:
    """In meaning: a server that writes times or contained ids its own way has kept what was written."""
    return not set(differing(version, task)) - {"lastModified"}


def _target(task: Json, status: str, said: Said | None, message: EntryMessage, peer: str) -> str:
    """Which status the Task should have: ours where our row has decided, the peer's where a claim is pending."""
    entry = message.entry
    if entry.status is EntryStatus.ACCEPTED:
        # Our winner came from this very system, so a Task that waits again was put back there since.
        put_back = status in WAITING and entry.accepted_by.startswith(f"{peer}:")
        return status if put_back else ("in-progress" if status == "in-progress" else "accepted")
    if entry.status.waits:
        return "received" if status in TAKEN and _decided_since(task, said, message) else status
    return STATUS[entry.status]


def _decided_since(task: Json, said: Said | None, message: EntryMessage) -> bool:
    """Has our row heard of a taken Task and put the entry back? A corrected text alone is no such decision."""
    if said is not None and said.state in TAKEN:
        return True
    corrections = 1 if text(task.get("description")) != message.reason.strip() else 0
    # Taking and putting back are two revisions of our row.
    return message.entry.revision - (said.revision if said else 1) >= 2 + corrections


def _erased(task: Json, message: EntryMessage, at: datetime) -> Version | None:
    """An ended Task whose content must go: status and reason stay as they are."""
    version = {
        **written(task, message, text(task.get("status")), text(task.get("status")), ""),
        "statusReason": task.get("statusReason"),
    }
    version = {key: value for key, value in version.items() if value is not None}
    return None if _same(version, task) else Version({**version, "lastModified": instant(at)}, last=True)
