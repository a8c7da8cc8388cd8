"""What a door's acknowledgement promised, held against what is stored: "" where it was done in full, else what was not.

Each reads the message with a reader that is not the door's own (lxml, python-hl7, json), so that both must agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import hl7 as python_hl7
from lxml import etree

from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.store.consultation import document

Json = dict[str, Any]
Row = Callable[[], QueueEntry]
TAKEN, WAITING = (EntryStatus.ACCEPTED,), (EntryStatus.REQUESTED, EntryStatus.RECEIVED)
_AFTER: Mapping[str, tuple[EntryStatus, ...]] = {
    "AcceptConsultation": TAKEN,
    "PutBackConsultation": WAITING,
    "ACCEPT": TAKEN,
    "PUTBACK": WAITING,
}
_OF_TASK = {
    "accepted": EntryStatus.ACCEPTED,
    "received": EntryStatus.RECEIVED,
    "rejected": EntryStatus.REJECTED,
}


def by_soap(request: bytes, answer: bytes, before: QueueEntry, row: QueueEntry) -> str:
    """By the name of the answer; whoever newly accepts stands there with her whole name."""
    body = etree.fromstring(answer).find("{*}Body")
    operation = etree.QName(body[0]).localname.removesuffix("Response") if body is not None and len(body) else ""
    if operation in _AFTER and row.status not in _AFTER[operation]:
        return f"{operation}: {row.status}"
    if operation == "AcceptConsultation" and before.status is not EntryStatus.ACCEPTED:
        read = etree.fromstring(request, etree.XMLParser(remove_comments=True, resolve_entities=False))
        name = " ".join((read.findtext(".//{*}By/{*}Name") or "").split())
        return "" if row.accepted_name == name else "the name is another"
    return ""


def by_hl7(message: bytes, entry: UUID, row: QueueEntry) -> str:
    """By SCH-6, where the message is about the entry at all."""
    with suppress(Exception):  # what that library cannot read, it has no opinion of
        schedule = python_hl7.parse(message.decode("utf-8")).segment("SCH")
        act, about = str(schedule[6]).split("^")[0], str(schedule[1]).split("^")[0]
        if about == str(entry) and act in _AFTER and row.status not in _AFTER[act]:
            return f"{act}: {row.status}"
        if about == str(entry) and act == "SEEN" and row.seen_at is None:
            return "SEEN: not seen"
    return ""


def by_task(body: bytes, row: QueueEntry) -> str:
    """By the Task's status, and the whole text of a rejection."""
    task = json.loads(body)
    wanted = _OF_TASK.get(task.get("status"))
    if wanted is not None and row.status is not wanted:
        return f"{wanted}: {row.status}"
    text = (task.get("statusReason") or {}).get("text") if wanted is EntryStatus.REJECTED else None
    return "" if not text or " ".join(row.ended_text.split()) == " ".join(str(text).split()) else "the text is another"


def by_medcom(body: bytes, letters: list[Letter], citizen: str) -> str:
    """A message that was acknowledged *ok*: its newest text stands there whole, and it is about the citizen."""
    numbers, said = _in_xml(body) if body[:1] == b"<" else _in_json(body)
    if any(number != citizen for number in numbers):
        return "about another citizen"
    kept = [_spaced(json.loads(each.content)["text"]) for each in letters if each.kind is LetterKind.WRITTEN]
    return "" if any(text in [_spaced(one) for one in said] for text in kept) else "the text is not kept"


def _in_json(body: bytes) -> tuple[list[str], list[str]]:
    """The first number of each Patient, and every text of a Communication."""
    resources = [entry["resource"] for entry in json.loads(body)["entry"]]
    patients = [each for each in resources if each["resourceType"] == "Patient"]
    payloads = [
        payload
        for each in resources
        if each["resourceType"] == "Communication"
        for payload in each.get("payload", [])
        if "contentString" in payload
    ]
    numbers = [number["value"] for each in patients for number in each["identifier"][:1]]
    return numbers, [payload["contentString"] for payload in payloads]


def _in_xml(body: bytes) -> tuple[list[str], list[str]]:
    names = {"f": "http://hl7.org/fhir"}
    read = etree.fromstring(body, etree.XMLParser(remove_comments=True, resolve_entities=False))

    def values(path: str) -> list[str]:
        found: Any = read.xpath(path, namespaces=names)
        return [str(each) for each in found]

    return values("//f:Patient/f:identifier[1]/f:value/@value"), values("//f:payload/f:contentString/@value")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def by_launch(claims: Json, stored: Any) -> str:
    """The draft of a launch that was answered 201 is about the citizen of the token, by record, number and name."""
    patient, case = claims.get("patient") or {}, (stored.cases or (None,))[0]
    if not patient:
        return "" if case is None else "a citizen nobody named"
    if case is None or case.record_ref.removeprefix("Patient/") != str(patient["reference"]).removeprefix("Patient/"):
        return "another record"
    numbers = [each.get("value") for each in patient.get("identifiers") or []]
    identifier = case.citizen.identifier
    if identifier is not None and identifier.value not in numbers:
        return "another number"
    return "" if case.citizen.name == str(patient.get("name") or "").strip() else "another name"


# Fields of acts that hold a person's own words; what becomes of them is read in the consultation's document.
_WORDS = ("text", "reason", "clinician", "agreed_with")
_KEPT_ELSEWHERE = ("leave-unstarted", "wrong-citizen")  # ended without a word of it


def by_act(verb: str, said: Json, stored: Any, events: Iterable[Mapping[str, Any]]) -> str:
    """An act that was answered with no refusal: the words it was given stand whole in the consultation, or in one of
    its ``events``' details."""
    if verb in _KEPT_ELSEWHERE:
        return ""
    if verb == "place" and (stored.entry is None or stored.entry.status not in WAITING):
        return "place: not waiting"
    told = json.dumps([dict(each) for each in events], ensure_ascii=False)
    kept = _plain(document.written(stored).decode() + told)
    for name in _WORDS:
        value = said.get(name)
        if isinstance(value, str) and _plain(json.dumps(value.strip(), ensure_ascii=False)[1:-1]) not in kept:
            return f"{verb}: {name} is another"
    return ""


def _plain(text: str) -> str:
    return " ".join(text.replace("\\r", "").replace("\\n", " ").split())
