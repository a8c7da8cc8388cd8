"""One version of the Task: our parts as our row stands, at a given status, around what is not ours. Pure."""

from __future__ import annotations

from adapters.wire.task.claims import who_id_of
from adapters.wire.task.content import CITIZEN, EMPLOYEE, OUR_INPUTS, content
from adapters.wire.task.sameness import referred
from adapters.wire.task.wording import business_of, reason_of
from adapters.wire.task.words import (
    INPUT,
    OUTPUT,
    STATUS,
    TAKEN,
    WAITING,
    Json,
    Said,
    digest,
    key_and_name,
    mappings,
    others,
    part,
    text,
)
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage


def written(task: Json, message: EntryMessage, step: str, target: str, peer: str) -> Json:
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
    """Ours are known by what refers to them too: a server may have renamed them."""
    ours = {CITIZEN, EMPLOYEE, *referred(task, "for", "requester")}
    foreign = [each for each in mappings(task.get("contained")) if text(each.get("id")).removeprefix("#") not in ours]
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
