"""Acknowledgements, both ways: what we answer to a message (MedCom Acknowledgement 2.0), and what theirs say. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.gp_system.medcom import words
from adapters.gp_system.medcom.mapping import bundle, header, instant, local, organisation, provenance, reference
from adapters.gp_system.medcom.settings import Party
from gateway.domain.peers.letter import Answer

Json = dict[str, Any]


def acknowledgement(asked: tuple[UUID, datetime, Party, Party], answer: Answer, code: str, now: datetime) -> Json:
    """``asked``: the message's MessageHeader.id, its time, who sent it, and who we are. Its own MessageHeader.id
    follows from these, so that the answer to a repeated message is the same answer in a new envelope."""
    original, at, asker, us = asked
    id = uuid5(original, f"acknowledgement:{answer}")
    ours, theirs, outcome = uuid5(id, "us"), uuid5(id, "them"), uuid5(id, "outcome")
    made = header(f"{words.ACKNOWLEDGEMENT}Header", id, words.ACK_EVENT, (ours, us, theirs, asker))
    response: Json = {"identifier": str(original), "code": str(answer)}
    if answer is not Answer.OK:
        response["details"] = reference(outcome)
    profile = f"{words.MESSAGING}-provenance"
    resources = [
        {**made, "response": response},
        organisation(ours, us),
        organisation(theirs, asker),
        # At most two when acknowledging (governance 050 §4.1): the original's and our own.
        provenance(profile, (uuid5(id, "theirs"), original, theirs), at, "new-message", []),
        provenance(
            profile,
            (uuid5(id, "ours"), id, ours),
            now,
            "acknowledgement",
            [{"role": "revision", "what": reference(original)}],
        ),
    ]
    if answer is not Answer.OK:
        resources.append(_outcome(outcome, code))
    return bundle(words.ACKNOWLEDGEMENT, uuid4(), now, resources)


def _outcome(id: UUID, code: str) -> Json:
    """ack-1: required with anything but ok."""
    system = words.ERROR_CODES if code in words.MEDCOM_CODES else words.OPERATION_OUTCOME
    return {
        "resourceType": "OperationOutcome",
        "id": str(id),
        "meta": {"profile": [words.OUTCOME]},
        "issue": [
            {
                "severity": "error",
                "code": "structure",
                "details": {"coding": [{"system": system, "code": code}], "text": words.SAID.get(code, "Afvist.")},
            }
        ],
    }


def sent_anew(stored: Json, now: datetime) -> Json:
    """The same content in a new envelope at a new time (043 §1)."""
    entries = [_at(entry, now) for entry in stored["entry"]]
    return {**stored, "id": str(uuid4()), "timestamp": instant(now), "entry": entries}


def _at(entry: Json, now: datetime) -> Json:
    resource = entry["resource"]
    if resource["resourceType"] != "Provenance" or resource["activity"]["coding"][0]["code"] != "acknowledgement":
        return entry
    return {**entry, "resource": {**resource, "occurredDateTime": local(now), "recorded": instant(now)}}


def code_of(outcome: Json) -> str:
    """The first coding of an OperationOutcome; never its text, which may quote anything."""
    for issue in outcome.get("issue") or []:
        for coding in (issue.get("details") or {}).get("coding") or []:
            code = str(coding.get("code") or "")
            if code.isascii() and code.replace("_", "").isalpha():
                return code[:100]
    return ""
