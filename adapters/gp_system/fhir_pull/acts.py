"""What a practice does by putting a changed Task back: accept, reject, lay back, seen, who talks. Pure.

Only what is the practice's to say may differ from the Task as it stands; any other difference is refused by its name,
so that nothing a vendor writes is lost in silence. What a library writes otherwise and means the same is the same.
``meta``, ``text``, ``lastModified`` and ``note`` are free.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.task.claims import TEXT_LIMIT, claims_of, own_words
from adapters.wire.task.sameness import differing, same
from adapters.wire.task.words import (
    BUSINESS,
    OUTPUT,
    REJECT_REASON,
    TAKEN,
    WAITING,
    Json,
    code_of,
    key_and_name,
    mapping,
    mappings,
    text,
)
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import PeerChange, PeerVerb

FREE = ("meta", "text", "lastModified", "note")
THEIRS = ("status", "statusReason", "businessStatus", "output")
OUTPUTS = ("accepted-by", "clinician")
NAME_LIMIT = 200
# From where a practice may go where; the talk itself begins and ends by the video, never by a status.
WAYS = {
    "requested": ("received", "accepted", "rejected"),
    "received": ("accepted", "rejected"),
    "accepted": ("received", "requested", "rejected"),
}


def acts_in(put: Json, present: Json, peer: str, now: datetime) -> list[PeerChange]:
    """The claims of a Task that was put over ``present``; [] where it says nothing new. Raises ``Unfit``."""
    _require_same(put, present)
    _require_way(text(put.get("status")), text(present.get("status")))
    _require_outputs(put, present)
    _require_reasons(put, present)
    said = {**present, **{name: put.get(name) for name in (*THEIRS, "note")}}
    return [_checked(claim) for claim in claims_of(said, peer, now)]


def _require_same(put: Json, present: Json) -> None:
    for name in differing(put, present):
        if name not in (*FREE, *THEIRS):
            # A name we do not know stands in the request alone, and could be anything.
            element = f"Task.{name}" if name in present or (name.isalnum() and len(name) < 40) else "Task"
            raise Unfit(422, "business-rule", "This element is not the practice's to change.", element)


def _require_way(status: str, present: str) -> None:
    if status != present and status not in WAYS.get(present, ()):
        if present in WAYS:
            raise Unfit(422, "business-rule", "A practice cannot set that status.", "Task.status")
        raise Unfit(409, "conflict", "The entry has moved on and cannot be changed.", "Task.status")


def _require_outputs(put: Json, present: Json) -> None:
    outputs = put.get("output", [])
    if not isinstance(outputs, list):
        raise Unfit(422, "structure", "output is a list.", "Task.output")
    codes = [code_of(mapping(each).get("type"), OUTPUT) for each in outputs]
    for place, (code, output) in enumerate(zip(codes, outputs, strict=True)):
        if code not in OUTPUTS or codes.count(code) > 1 or not _is_name(mapping(output)):
            raise Unfit(
                422,
                "business-rule",
                "Only accepted-by and clinician, once each, with a name.",
                f"Task.output[{place}]",
            )
    if text(put.get("status")) == "accepted" != text(present.get("status")) and "accepted-by" not in codes:
        raise Unfit(422, "required", "Who takes the call? Output accepted-by is missing.", "Task.output")


def _is_name(output: Json) -> bool:
    key, name = key_and_name(output)
    return bool(name) and all(len(each) <= NAME_LIMIT and each.isprintable() for each in (key, name))


def _require_reasons(put: Json, present: Json) -> None:
    status, former = text(put.get("status")), text(present.get("status"))
    if not same(put.get("statusReason"), present.get("statusReason")) and status != "rejected":
        raise Unfit(422, "business-rule", "statusReason goes with rejected.", "Task.statusReason")
    if status == "rejected" != former:
        _require_known_reason(put)
    if not same(put.get("businessStatus"), present.get("businessStatus")):
        allowed = ("seen", *(("put-back",) if status in WAITING and former in TAKEN else ()))
        dropped = "businessStatus" not in put and status != former
        if code_of(put.get("businessStatus"), BUSINESS) not in allowed and not dropped:
            raise Unfit(422, "business-rule", "Only seen, or put-back with putting back.", "Task.businessStatus")


def _require_known_reason(put: Json) -> None:
    code = code_of(put.get("statusReason"), REJECT_REASON)
    if code not in set(RejectReason):
        raise Unfit(422, "code-invalid", "The reason must be a code of the list.", "Task.statusReason")
    if code == RejectReason.OTHER and not own_words(put):
        raise Unfit(422, "required", "The reason other needs words of your own.", "Task.statusReason.text")
    if len(mappings(put.get("note"))) > 20:
        raise Unfit(422, "too-long", "Too many notes.", "Task.note")


def _checked(claim: PeerChange) -> PeerChange:
    for words in _texts(claim):
        if len(words) > TEXT_LIMIT or "\x00" in words:
            raise Unfit(422, "too-long", "The text is too long.", "Task.statusReason")
    return claim


def _texts(claim: PeerChange) -> Iterator[str]:
    if claim.verb is PeerVerb.REJECT:
        yield claim.text
