"""What the practice's side sends us: acknowledgements, and texts of its own in our threads. Pure.

Judged in three steps: what has no ids to answer by is ``InvalidField`` (a 4xx); what breaks the profile has a
``fault`` and is acknowledged as a fatal error; the rest is taken. Nothing is ever quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.gp_system.medcom import words
from adapters.gp_system.medcom.acknowledgement import acknowledgement, code_of
from adapters.gp_system.medcom.saying import plain
from adapters.gp_system.medcom.settings import Party, Settings
from adapters.wire.fhir import is_valid
from adapters.wire.http import parse_json
from gateway.domain.errors import InvalidField
from gateway.domain.peers.letter import Answer, IncomingLetter

Json = dict[str, Any]
DEEPEST = 40  # a message needs a dozen levels
LONGEST_TEXT = 20_000
_ID = re.compile(r"(?:urn:uuid:)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that can be answered. ``letter`` is what the services weigh."""

    letter: IncomingLetter
    asker: Party
    us: Party
    is_acknowledgement: bool = field(default=False)

    def acknowledged(self, answer: Answer, code: str, now: datetime) -> bytes:
        """The Acknowledgement to keep and send."""
        asked = (self.letter.header, self.letter.at, self.asker, self.us)
        return json.dumps(acknowledgement(asked, answer, code, now), ensure_ascii=False).encode()


def incoming(body: bytes, settings: Settings, now: datetime) -> Incoming:
    """``InvalidField`` where there is nothing to answer by, or nobody known to answer."""
    document = _document(body)
    resources = list(_resources(document))
    head = next(iter(resources), {})
    envelope, identity = uuid_in(document.get("id")), uuid_in(head.get("id"))
    if head.get("resourceType") != "MessageHeader" or envelope is None or identity is None:
        raise InvalidField("body", "no-message")
    asker, practice, us = _ends(head, resources, settings)
    event = _text(_dict(head.get("eventCoding")).get("code"))
    base = _Base(envelope, identity, _moment(document.get("timestamp"), now), practice)
    if event == words.ACK_EVENT:
        return Incoming(_acknowledging(base, head, resources), asker, us, is_acknowledgement=True)
    return Incoming(_writing(base, document, head, resources), asker, us)


@dataclass(frozen=True, slots=True)
class _Base:
    envelope: UUID
    header: UUID
    at: datetime
    practice: str

    def letter(self, **fields: Any) -> IncomingLetter:
        return IncomingLetter(self.envelope, self.header, self.at, self.practice, **fields)


def _document(body: bytes) -> Json:
    """Brackets are counted before anything is built: a hundred thousand of them cost no time."""
    depth = deepest = 0
    for sign in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', body):
        first = sign.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
        if deepest > DEEPEST:
            raise InvalidField("body", "too-deep")
    try:
        document = parse_json(body)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text (RFC 8259 §8.2)
    except ValueError:
        raise InvalidField("body", "not-json") from None
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise InvalidField("body", "not-an-object")
    return document


def _resources(document: Json) -> Iterator[Json]:
    entries = document.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        resource = _dict(entry).get("resource")
        if isinstance(resource, dict):
            yield resource


def _ends(head: Json, resources: list[Json], settings: Settings) -> tuple[Party, str, Party]:
    """The practice that writes and who of ours it writes to, both by SOR and GLN as they are set up here."""
    destinations = head.get("destination")
    first = _dict(destinations[0]) if isinstance(destinations, list) and destinations else {}
    theirs = _identifiers(_resolved(_dict(head.get("sender")), resources))
    ours = _identifiers(_resolved(_dict(first.get("receiver")), resources))
    for ydernummer, party in settings.practices.items():
        if _is(party, theirs):
            for sender in settings.senders.values():
                if _is(sender, ours):
                    return party, ydernummer, sender
    raise InvalidField("body", "unknown-parties")


def _is(party: Party, identifiers: set[tuple[str, str]]) -> bool:
    return {(words.SOR, party.sor), (words.GLN, party.gln)} <= identifiers


def _identifiers(resource: Json) -> set[tuple[str, str]]:
    found = resource.get("identifier")
    each = [_dict(one) for one in found] if isinstance(found, list) else []
    return {(_text(one.get("system")), _text(one.get("value"))) for one in each}


def _resolved(reference: Json, resources: list[Json]) -> Json:
    """By the id at its end: ``urn:uuid:…``, ``Organization/…`` and whole addresses alike."""
    wanted = re.split(r"[/:]", _text(reference.get("reference")))[-1]
    return next((each for each in resources if wanted and each.get("id") == wanted), {})


def _acknowledging(base: _Base, head: Json, resources: list[Json]) -> IncomingLetter:
    """What breaks the profile of an acknowledgement is left aside: it cannot be acknowledged itself (KR2.R)."""
    response = _dict(head.get("response"))
    answers = uuid_in(response.get("identifier"))
    said = _text(response.get("code"))
    if answers is None or said not in set(Answer):
        return base.letter(fault=words.WRONG_TYPE)
    outcome = next((each for each in resources if each.get("resourceType") == "OperationOutcome"), {})
    code = code_of(outcome) if is_valid("OperationOutcome", outcome) else ""
    return base.letter(answers=answers, answer=Answer(said), code=code)


def _writing(base: _Base, document: Json, head: Json, resources: list[Json]) -> IncomingLetter:
    fault = _fault_in(document, head, resources)
    if fault:
        return base.letter(fault=fault)
    followed = tuple(dict.fromkeys(_followed(base.header, resources)))
    communication = next(each for each in resources if each["resourceType"] == "Communication")
    segment, content = _newest(communication, base, resources)
    return base.letter(thread=followed, segment=segment, content=content)


def _fault_in(document: Json, head: Json, resources: list[Json]) -> str:
    """Structure by FHIR R4, then what the profile asks for and R4 does not (CC-1, CC-2, medcom-messaging-2)."""
    kinds = [each.get("resourceType") for each in resources]
    event = _dict(head.get("eventCoding")).get("code")
    if event != words.CARE_EVENT or not _text(head.get("definition")).startswith(words.CARE_DEFINITION):
        return words.NOT_TAKEN_HERE
    if document.get("type") != "message" or not is_valid("Bundle", document):
        return words.WRONG_TYPE
    once = ("MessageHeader", "Communication", "Patient")
    if any(kinds.count(kind) != 1 for kind in once) or "Provenance" not in kinds:
        return words.WRONG_TYPE
    communication = next(each for each in resources if each["resourceType"] == "Communication")
    if not any(_text(_dict(each).get("contentString")) for each in communication.get("payload") or []):
        return words.WRONG_TYPE
    return ""


def _followed(own: UUID, resources: list[Json]) -> Iterator[UUID]:
    for each in resources:
        if each.get("resourceType") != "Provenance":
            continue
        named = [_text(_dict(target).get("reference")) for target in each.get("target") or []]
        named += [_text(_dict(_dict(one).get("what")).get("reference")) for one in each.get("entity") or []]
        yield from (id for id in map(uuid_in, (name.rpartition("/")[2] for name in named)) if id and id != own)


def _newest(communication: Json, base: _Base, resources: list[Json]) -> tuple[UUID, str]:
    """The last text of the thread is what was written now; with it, who wrote it."""
    last = [each for each in communication["payload"] if _text(_dict(each).get("contentString"))][-1]
    listed = [_dict(each) for each in last.get("extension") or []]
    extensions = {_text(each.get("url")).rpartition("/")[2]: each for each in listed}
    identifier = _dict(extensions.get("medcom-core-identifier-extension", {}).get("valueIdentifier"))
    role = _resolved(_dict(extensions.get("medcom-core-practitioner-extension", {}).get("valueReference")), resources)
    person = _resolved(_dict(role.get("practitioner")), resources)
    contact = _dict(extensions.get("medcom-core-contact-extension", {}).get("valueContactPoint"))
    content = {
        "text": plain(last["contentString"])[:LONGEST_TEXT],
        "author": _named(person),
        "phone": _text(contact.get("value"))[:40],
    }
    return uuid_in(identifier.get("value")) or base.header, json.dumps(content)


def _named(person: Json) -> str:
    names = person.get("name") or [{}]
    first = _dict(names[0])
    spelt = [*(first.get("given") or []), first.get("family")]
    return plain(" ".join(_text(each) for each in spelt).strip())[:120]


def uuid_in(text: Any) -> UUID | None:
    """A UUID, bare or as ``urn:uuid:``."""
    found = _ID.fullmatch(text) if isinstance(text, str) else None
    return UUID(found.group(1)) if found else None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: Any, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(_text(value))
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo else now
