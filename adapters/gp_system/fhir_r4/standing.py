"""What a Task must become so that it says what our row says, without treading on a claim not yet heard. Pure.

Our row decides (house.md), but only by a decision: a claim the practice has just made and that has not come home
stands until our row has answered it. Only legal moves of R4's Task are made, one version per move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.gp_system.fhir_r4.claims import who_id_of
from adapters.gp_system.fhir_r4.mapping import CITIZEN, EMPLOYEE, OUR_INPUTS, content, erases, instant
from adapters.gp_system.fhir_r4.wording import business_of, reason_of
from adapters.gp_system.fhir_r4.words import (
    INPUT,
    OUTPUT,
    STATUS,
    TAKEN,
    TERMINAL,
    WAITING,
    Json,
    Said,
    digest,
    key_and_name,
    mappings,
    next_step,
    others,
    part,
    said_in,
    text,
)
from gateway.domain.messages import EntryMessage
from gateway.domain.queue_entry import EntryStatus


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
    version = _written(task, message, step, target, peer)
    if _same(version, task):
        return None
    return Version({**version, "lastModified": instant(at)}, last=step == target)


def _same(version: Json, task: Json) -> bool:
    unstamped = {key: value for key, value in task.items() if key != "lastModified"}
    return {key: value for key, value in version.items() if key != "lastModified"} == unstamped


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


def _written(task: Json, message: EntryMessage, step: str, target: str, peer: str) -> Json:
    """The Task with our parts renewed at status ``step``; what is not ours stays as the peer has it."""
    outputs = _outputs(task, message, step, peer)
    fresh = content(message, _saying(message, step, target, outputs))
    kept = {key: value for key, value in task.items() if key not in ("for", "description", "restriction")}
    version = {
        **kept,
        **fresh,
        "contained": _contained(task, fresh),
        "identifier": _identifiers(task, fresh),
        "input": [*fresh["input"], *others(task.get("input"), INPUT, OUR_INPUTS)],
        "status": step,
        "output": outputs,
        "businessStatus": business_of(task, message, step),
        "statusReason": reason_of(task, message, step),
    }
    return {key: value for key, value in version.items() if value not in (None, [])}


def _contained(task: Json, fresh: Json) -> list[Json]:
    foreign = [each for each in mappings(task.get("contained")) if each.get("id") not in (CITIZEN, EMPLOYEE)]
    return [*fresh["contained"], *foreign]


def _identifiers(task: Json, fresh: Json) -> list[Json]:
    """The peer's own identifiers stay; ours keep their place."""
    kept = mappings(task.get("identifier"))
    return [*kept, *(each for each in fresh["identifier"] if each not in kept)]


def _saying(message: EntryMessage, step: str, target: str, outputs: list[Json]) -> Said:
    """Our row's view at this step. Where the peer's claim is left standing, the row's own state is what we say."""
    entry = message.entry
    pending = entry.status is EntryStatus.ACCEPTED and step in WAITING and step == target
    unheard = entry.status.waits and step in TAKEN
    key, _ = key_and_name(part(outputs, OUTPUT, "accepted-by"))
    clinician = entry.clinician.strip()
    return Said(
        revision=entry.revision,
        state=STATUS[entry.status] if pending or unheard else step,
        received=entry.received_at is not None,
        seen=entry.seen_at is not None,
        who=digest(key) if key and not unheard else "-",
        clinician=digest(clinician) if clinician else "-",
    )


def _outputs(task: Json, message: EntryMessage, step: str, peer: str) -> list[Json]:
    """Who took it and who talks: ours where our row knows, else the peer's."""
    entry, present = message.entry, mappings(task.get("output"))
    if step not in TAKEN and step != "completed":
        back = step in WAITING and text(task.get("status")) in TAKEN
        return others(present, OUTPUT, ("accepted-by", "clinician")) if back else present
    if entry.status.waits:
        return present
    if entry.accepted_name.strip() and entry.accepted_by != who_id_of(task, peer):
        present = _with(present, "accepted-by", entry.accepted_name.strip())
    if entry.clinician.strip():
        present = _with(present, "clinician", entry.clinician.strip())
    return present


def _with(outputs: list[Json], code: str, value: str) -> list[Json]:
    """One output of that type with that name; one that says so already is left as the peer wrote it."""
    if key_and_name(part(outputs, OUTPUT, code))[1] == value:
        return outputs
    return [
        *others(outputs, OUTPUT, (code,)),
        {"type": {"coding": [{"system": OUTPUT, "code": code}]}, "valueString": value},
    ]


def _erased(task: Json, message: EntryMessage, at: datetime) -> Version | None:
    """An ended Task whose content must go: status and reason stay as they are."""
    version = {
        **_written(task, message, text(task.get("status")), text(task.get("status")), ""),
        "statusReason": task.get("statusReason"),
    }
    version = {key: value for key, value in version.items() if value is not None}
    return None if _same(version, task) else Version({**version, "lastModified": instant(at)}, last=True)
