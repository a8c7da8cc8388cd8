"""What a message says, whoever takes it: from whom, to whom, about whom, in which thread, and what was written. Pure.

Everything is read from what may be broken, so nothing here raises; whether it is to be believed is the gate's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters.wire.medcom.bundled import Bundled
from adapters.wire.medcom.loose import listed, mapping, moment, text
from adapters.wire.medcom.people import Identifiers, identifiers, subjects
from adapters.wire.medcom.segments import Segment, segments, written_now

Json = dict[str, Any]
CARE: Final = "care-communication-message"
ACKNOWLEDGEMENT: Final = "acknowledgement-message"
_OURS: Final = uuid5(NAMESPACE_URL, "http://medcomfhir.dk/ig/messaging")


@dataclass(frozen=True, slots=True)
class Responding:
    """An acknowledgement's own words: of which MessageHeader, *ok* or which error, and the first code of its
    OperationOutcome."""

    identifier: str
    code: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """``envelope`` and ``header``: Bundle.id and MessageHeader.id as they were written. ``receivers``: of every
    destination. ``about``: the numbers in force of everybody it is about, person by person. ``followed``: the
    MessageHeaders named in its Provenances, newest first."""

    envelope: str
    header: str
    at: datetime
    event: str
    definition: str
    sender: Identifiers
    receivers: tuple[Identifiers, ...]
    about: tuple[Identifiers, ...] = field(repr=False)
    followed: tuple[str, ...]
    segments: tuple[Segment, ...] = field(repr=False)
    new: tuple[Segment, ...] = field(repr=False)
    response: Responding | None


def message(bundle: Json, now: datetime) -> Message:
    """``now`` where the message does not say when it was written."""
    bundled = Bundled(bundle)
    head = next(bundled.resources(), {})
    if head.get("resourceType") != "MessageHeader":
        head = {}
    provenances = _newest_first(bundled)
    found = segments(bundled, now)
    return Message(
        text(bundle.get("id")),
        text(head.get("id")),
        moment(bundle.get("timestamp")) or now,
        text(mapping(head.get("eventCoding")).get("code")),
        text(head.get("definition")),
        identifiers(bundled.resolve(mapping(head.get("sender")).get("reference"), head)),
        tuple(_receivers(bundled, head)),
        subjects(bundle, now),
        tuple(dict.fromkeys(_followed(head, provenances))),
        tuple(found),
        tuple(written_now(found, head, provenances)),
        _response(bundled, head),
    )


def key_of(id: str) -> UUID:
    """The UUID under which an id is remembered: itself where it is one (bare or ``urn:uuid:``), else made of it.
    FHIR allows any 64 letters, digits, hyphens and dots, and MedCom's own files use them."""
    try:
        return UUID(id.removeprefix("urn:uuid:")) if len(id.removeprefix("urn:uuid:")) == 36 else uuid5(_OURS, id)
    except ValueError:
        return uuid5(_OURS, id)


def _receivers(bundled: Bundled, head: Json) -> Iterator[Identifiers]:
    for each in listed(head.get("destination")):
        yield identifiers(bundled.resolve(mapping(each.get("receiver")).get("reference"), head))


def _newest_first(bundled: Bundled) -> list[Json]:
    """Without a time of its own a Provenance counts as the oldest."""
    first = datetime.min.replace(tzinfo=UTC)
    found = bundled.of("Provenance")
    return sorted(found, key=lambda each: moment(each.get("occurredDateTime")) or first, reverse=True)


def _followed(head: Json, provenances: list[Json]) -> Iterator[str]:
    own = text(head.get("id"))
    for each in provenances:
        named = [mapping(one).get("reference") for one in listed(each.get("target"))]
        named += [mapping(one.get("what")).get("reference") for one in listed(each.get("entity"))]
        ids = (text(one).removeprefix("urn:uuid:").rpartition("/")[2] for one in named)
        yield from (id for id in ids if id and id != own)


def _response(bundled: Bundled, head: Json) -> Responding | None:
    said = mapping(head.get("response"))
    if not said:
        return None
    outcome = bundled.resolve(mapping(said.get("details")).get("reference"), head)
    outcomes = [outcome] if outcome else bundled.of("OperationOutcome")
    codes = (
        text(coding.get("code"))
        for each in outcomes
        for issue in listed(each.get("issue"))
        for coding in listed(mapping(issue.get("details")).get("coding"))
    )
    # Never the outcome's text, which may quote anything.
    error = next((code[:100] for code in codes if code.isascii() and code.replace("_", "").isalpha()), "")
    return Responding(text(said.get("identifier")), text(said.get("code")), error)
