"""Acknowledgements, both ways: what we answer to a message (MedCom Acknowledgement 2.0), and what theirs say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.wire.medcom.exchange import words
from adapters.wire.medcom.exchange.care import bundle, header, instant, local, organisation, provenance, reference
from adapters.wire.medcom.exchange.parties import Party
from adapters.wire.medcom.judging import Fault
from adapters.wire.medcom.message import key_of
from gateway.domain.peers.letter import Answer

Json = dict[str, Any]
MOST_NAMED = 10  # faults that one answer names


@dataclass(frozen=True, slots=True)
class Asked:
    """The message that is answered: its MessageHeader.id as it was written, its time, who sent it, and who we are."""

    header: str
    at: datetime
    asker: Party
    us: Party


def acknowledgement(asked: Asked, answer: Answer, code: str, now: datetime, faults: Sequence[Fault] = ()) -> Json:
    """Its own MessageHeader.id follows from what was asked, so that the answer to a repeated message is the same answer
    in a new envelope. ``faults``: the rules that were broken, named one by one."""
    original, at, asker, us = asked.header, asked.at, asked.asker, asked.us
    id = uuid5(key_of(original), f"acknowledgement:{answer}")
    ours, theirs, outcome = uuid5(id, "us"), uuid5(id, "them"), uuid5(id, "outcome")
    made = header(f"{words.ACKNOWLEDGEMENT}Header", id, words.ACK_EVENT, (ours, us, theirs, asker))
    response: Json = {"identifier": original, "code": str(answer)}
    if answer is not Answer.OK:
        response["details"] = reference(outcome)
    profile = f"{words.MESSAGING}-provenance"
    resources = [
        {**made, "response": response},
        organisation(ours, us),
        organisation(theirs, asker),
        # At most two when acknowledging (governance 050 §4.1): the original's and our own.
        {
            **provenance(profile, (uuid5(id, "theirs"), id, theirs), at, "new-message", []),
            "target": [_message(original)],
        },
        provenance(
            profile,
            (uuid5(id, "ours"), id, ours),
            now,
            "acknowledgement",
            [{"role": "revision", "what": _message(original)}],
        ),
    ]
    if answer is not Answer.OK:
        resources.append(_outcome(outcome, code, faults))
    return bundle(words.ACKNOWLEDGEMENT, uuid4(), now, resources)


def _message(id: str) -> Json:
    """A message that lies elsewhere: as an address where its id is a UUID, else as FHIR's own path."""
    try:
        return reference(UUID(id))
    except ValueError:
        return {"reference": f"MessageHeader/{id}"}


def _outcome(id: UUID, code: str, faults: Sequence[Fault]) -> Json:
    """ack-1: required with anything but ok."""
    named = [_issue(words.code_of(each.kind), each.rule, each.where) for each in faults[:MOST_NAMED]]
    return {
        "resourceType": "OperationOutcome",
        "id": str(id),
        "meta": {"profile": [words.OUTCOME]},
        "issue": named or [_issue(code)],
    }


def _issue(code: str, rule: str = "", where: str = "") -> Json:
    system = words.ERROR_CODES if code in words.MEDCOM_CODES else words.OPERATION_OUTCOME
    said = words.SAID.get(code, "Afvist.")
    details = {"coding": [{"system": system, "code": code}], "text": f"{said} {rule}".strip()}
    return {
        "severity": "error",
        "code": "structure",
        "details": details,
        **({"expression": [where]} if where else {}),
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
