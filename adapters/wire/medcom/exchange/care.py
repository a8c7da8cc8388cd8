"""A letter and its thread → a MedCom CareCommunication 5.0 message (FHIR R4 Bundle). Pure; cites the profile.

Every message carries the whole thread: one Provenance for each exchange (governance 050 §4.1), and the texts said so
far as segments with ids of their own. Every reference is ``urn:uuid:``, as the entries' fullUrls are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID, uuid5

from adapters.wire.medcom.exchange import words
from adapters.wire.medcom.exchange.content import content_of, thread_id
from adapters.wire.medcom.exchange.parties import Party
from gateway.domain.identifiers import CPR_SYSTEM, YDERNUMMER_SYSTEM
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.domain.practice import COPENHAGEN

Json = dict[str, Any]
Spoken = tuple[Letter, Json]  # with its content, read once


@dataclass(frozen=True, slots=True)
class Between:
    """Who writes to whom, and about what. ``ydernummer``: of a receiver that is a practice."""

    sender: Party
    receiver: Party
    ydernummer: str
    connection: str
    topic: str


class _Cast:
    """The organisations of one message, each with its id there. A thread that is forwarded was exchanged with another
    unit before: what that one wrote stays its own."""

    def __init__(self, letter: Letter, between: Between) -> None:
        self._letter, self._between = letter, between
        self.sender, self.receiver = uuid5(letter.id, "sender"), uuid5(letter.id, "practice")
        self._others: dict[UUID, Party] = {}

    def author_of(self, letter: Letter, content: Json) -> UUID:
        """Who wrote it."""
        if letter.ours:
            return self.sender
        unit = Party.model_validate(content["unit"]) if "unit" in content else self._between.receiver
        if unit.sor == self._between.receiver.sor:
            return self.receiver
        id = uuid5(self._letter.id, f"unit:{unit.sor}")
        self._others[id] = unit
        return id

    def organisations(self) -> Iterator[Json]:
        """After everything else has been written."""
        yield organisation(self.sender, self._between.sender)
        yield organisation(self.receiver, self._between.receiver, self._between.ydernummer)
        yield from (organisation(id, unit) for id, unit in self._others.items())


def care_message(thread: Sequence[Letter], letter: Letter, between: Between, envelope: UUID, now: datetime) -> Json:
    """``thread``: what was exchanged before ``letter``. ``envelope`` is new for every send, ``letter.id`` is not
    (043 §1); so are the times (040 MR7)."""
    sent = [(each, content_of(each)) for each in thread if each.kind is not LetterKind.WITHHELD and each.sent_at]
    said, cast = content_of(letter), _Cast(letter, between)
    spoken = [] if said.get("alone") else [pair for pair in sent if pair[1].get("text")]
    spoken = [*spoken, (letter, said)]
    provenances = list(_provenances([*sent, (letter, said)], cast, now))
    resources = [
        _header(letter, between, cast),
        _communication(letter, spoken, between, cast),
        _patient(letter, said["patient"]),
        *(each for one, content in spoken for each in _author(letter, one, content, cast.author_of(one, content))),
        *cast.organisations(),
        *provenances,
    ]
    return bundle(f"{words.CARE}-message", envelope, now, resources)


def bundle(profile: str, envelope: UUID, now: datetime, resources: Sequence[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "id": str(envelope),
        "meta": {"profile": [profile]},
        "type": "message",
        "timestamp": instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources],
    }


def header(profile: str, id: UUID, event: str, ends: tuple[UUID, Party, UUID, Party]) -> Json:
    """medcom-messaging-messageHeader: from whom, to whom, what kind; narrative required (governance 050 §2)."""
    sender, from_whom, receiver, to_whom = ends
    use = {
        "url": f"{words.MESSAGING}-destinationUseExtension",
        "valueCoding": {"system": f"{words.CODES}-messaging-destinationUse", "code": "primary"},
    }
    return {
        "resourceType": "MessageHeader",
        "id": str(id),
        "meta": {"profile": [profile]},
        "text": narrative(f"Fra {from_whom.name} til {to_whom.name}"),
        "eventCoding": {"system": f"{words.CODES}-messaging-eventCodes", "code": event},
        "destination": [
            {
                "extension": [use],
                "endpoint": words.SOR_ENDPOINT + to_whom.sor,
                "receiver": reference(receiver),
            }
        ],
        "sender": reference(sender),
        "source": {"endpoint": words.SOR_ENDPOINT + from_whom.sor},
    }


def _header(letter: Letter, between: Between, cast: _Cast) -> Json:
    ends = (cast.sender, between.sender, cast.receiver, between.receiver)
    made = header(f"{words.CARE}-messageHeader", letter.id, words.CARE_EVENT, ends)
    focus = [reference(uuid5(letter.id, "communication"))]
    return {**made, "focus": focus, "definition": f"{words.CARE_DEFINITION}|{words.CARE_VERSION}"}


def _communication(letter: Letter, spoken: Sequence[Spoken], between: Between, cast: _Cast) -> Json:
    """Category *telemedicine*: no code for video exists. ``status`` is fixed to unknown."""
    return {
        "resourceType": "Communication",
        "id": str(uuid5(letter.id, "communication")),
        "meta": {"profile": [f"{words.CARE}-communication"]},
        "text": narrative(between.topic),
        "identifier": [{"value": f"urn:uuid:{thread_id(letter.entry, between.connection)}"}],
        "status": "unknown",
        "category": [
            {"coding": [{"system": f"{words.CODES}-careCommunication-categoryCodes", "code": "telemedicine"}]}
        ],
        "subject": reference(uuid5(letter.id, "patient")),
        "topic": {"text": between.topic},
        "payload": [_segment(letter, each, content, cast.author_of(each, content)) for each, content in spoken],
    }


def _segment(letter: Letter, spoken: Letter, content: Json, organisation_id: UUID) -> Json:
    """Date, identifier, author and telephone, each exactly once (profile, slice *string*)."""
    identifier = {"value": f"urn:uuid:{spoken.segment}", "assigner": reference(organisation_id)}
    extensions: list[Json] = [
        {"url": f"{words.CORE}-datetime-extension", "valueDateTime": local(spoken.at)},
        {"url": f"{words.CORE}-identifier-extension", "valueIdentifier": identifier},
        {"url": f"{words.CORE}-practitioner-extension", "valueReference": reference(_role_id(letter, spoken))},
        {
            "url": f"{words.CORE}-contact-extension",
            "valueContactPoint": {"system": "phone", "value": _phone(content)},
        },
    ]
    return {"extension": extensions, "contentString": content["text"]}


def _phone(content: Json) -> str:
    """medcom-core-contact: a digit or a hyphen."""
    phone = str(content.get("phone") or "")
    return phone if any(sign.isdigit() for sign in phone) else "-"


def _patient(letter: Letter, patient: Json) -> Json:
    use = "official" if patient["system"] == CPR_SYSTEM else "temp"
    return {
        "resourceType": "Patient",
        "id": str(uuid5(letter.id, "patient")),
        "meta": {"profile": [f"{words.CORE}-patient"]},
        "identifier": [{"use": use, "system": patient["system"], "value": patient["value"]}],
        "name": [{"use": "official", **human(patient["name"])}],
    }


def _role_id(letter: Letter, spoken: Letter) -> UUID:
    return uuid5(letter.id, f"role:{spoken.id}")


def _author(letter: Letter, spoken: Letter, content: Json, organisation_id: UUID) -> Iterator[Json]:
    """CC-7: a code or a text, and we know a text; CC-8, CC-13: with a practitioner who has a name."""
    person = uuid5(letter.id, f"person:{spoken.id}")
    yield {
        "resourceType": "PractitionerRole",
        "id": str(_role_id(letter, spoken)),
        "meta": {"profile": [f"{words.CORE}-practitionerrole"]},
        "practitioner": reference(person),
        "organization": reference(organisation_id),
        "code": [{"text": content.get("role") or "Medarbejder"}],
    }
    yield {
        "resourceType": "Practitioner",
        "id": str(person),
        "meta": {"profile": [f"{words.CORE}-practitioner"]},
        "name": [human(content.get("author") or "Ukendt")],
    }


def organisation(id: UUID, party: Party, ydernummer: str = "") -> Json:
    identifiers = [
        {"use": "official", "system": words.GLN, "value": party.gln},
        {"use": "official", "system": words.SOR, "value": party.sor},
    ]
    if ydernummer:
        identifiers.append({"system": YDERNUMMER_SYSTEM, "value": ydernummer})
    return {
        "resourceType": "Organization",
        "id": str(id),
        "meta": {"profile": [f"{words.MESSAGING}-organization"]},
        "identifier": identifiers,
        "name": party.name,
    }


def _provenances(exchanged: Sequence[Spoken], cast: _Cast, now: datetime) -> Iterator[Json]:
    """Oldest first; what follows an earlier message names it as its revision. A correction and a cancellation stay in
    the thread as replies (CC implementation recommendations)."""
    before: Letter | None = None
    newest = exchanged[-1][0]
    for each, content in exchanged:
        at = now if each is newest or each.sent_at is None else each.sent_at
        revised = [] if before is None else [{"role": "revision", "what": reference(before.id)}]
        source = {"role": "source", "what": {"identifier": {"value": f"urn:uuid:{each.segment}"}}}
        yield provenance(
            f"{words.CARE}-provenance",
            (uuid5(newest.id, f"provenance:{each.id}"), each.id, cast.author_of(each, content)),
            at,
            _activity(content, before),
            [source, *revised],
        )
        before = each


def _activity(content: Json, before: Letter | None) -> str:
    if before is None:
        return "new-message"
    return "forward-message" if content.get("forwarded") else "reply-message"


def provenance(profile: str, ids: tuple[UUID, UUID, UUID], at: datetime, activity: str, entities: list[Json]) -> Json:
    """``ids``: its own, the MessageHeader's and the organisation's."""
    own, target, who = ids
    made: Json = {
        "resourceType": "Provenance",
        "id": str(own),
        "meta": {"profile": [profile]},
        "target": [reference(target)],
        "occurredDateTime": local(at),
        "recorded": instant(at),
        "activity": {"coding": [{"system": f"{words.CODES}-messaging-activityCodes", "code": activity}]},
        "agent": [{"who": reference(who)}],
    }
    return {**made, "entity": entities} if entities else made


def reference(id: UUID) -> Json:
    return {"reference": f"urn:uuid:{id}"}


def human(name: str) -> Json:
    """The last word is the family name; a single one is that."""
    *given, family = name.split()
    return {"family": family, **({"given": given} if given else {})}


def narrative(text: str) -> Json:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'
    return {"status": "generated", "div": div}


def instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def local(at: datetime) -> str:
    """For people, with its zone (052.2)."""
    return at.astimezone(COPENHAGEN).isoformat(timespec="seconds")
