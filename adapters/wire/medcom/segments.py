"""The texts and attachments of a thread, by when they were written. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from adapters.wire.medcom.bundled import Bundled
from adapters.wire.medcom.loose import listed, mapping, moment, text

Json = dict[str, Any]
EXTENSION: Final = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-"
# What the profile lets an attachment be, and a browser can show or save.
SHOWABLE: Final = frozenset(
    ("application/pdf", "image/gif", "image/jpeg", "image/png", "image/tiff", "image/bmp", "image/jpg")
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """``data`` is None where it stands elsewhere (``url``), or is no base64."""

    title: str = field(repr=False)
    media_type: str
    data: bytes | None = field(repr=False)

    @property
    def is_showable(self) -> bool:
        return self.data is not None and self.media_type in SHOWABLE


@dataclass(frozen=True, slots=True)
class Segment:
    """One payload: a text, or an attachment. ``id``: its identifier without ``urn:uuid:``, "" where it has none."""

    id: str
    at: datetime
    text: str = field(repr=False)
    author: str = field(repr=False)
    phone: str = field(repr=False)
    attachment: Attachment | None = None


def segments(bundled: Bundled, now: datetime) -> list[Segment]:
    """Oldest first, wherever they stand; at the same time, in the order in which they stand."""
    found = (
        _segment(each, communication, bundled, now)
        for communication in bundled.of("Communication")
        for each in listed(communication.get("payload"))
    )
    return sorted(found, key=lambda each: each.at)


def written_now(found: Sequence[Segment], head: Json, provenances: Sequence[Json]) -> Iterator[Segment]:
    """What this message adds to its thread, oldest first: what its own Provenance names as a source and no earlier one
    does. Where that names nothing that is there, the newest text, and the attachments that are no older than it."""
    own = text(head.get("id"))
    sources = {id for each in provenances if _is_of(each, own) for id in _sources(each)}
    earlier = {id for each in provenances if not _is_of(each, own) for id in _sources(each)}
    fresh = [each for each in found if each.id and each.id in sources - earlier]
    if fresh:
        yield from fresh
        return
    newest = next((each for each in reversed(found) if each.text), None)
    since = newest.at if newest else datetime.min.replace(tzinfo=UTC)
    yield from (each for each in found if each is newest or (each.attachment and each.at >= since))


def _is_of(provenance: Json, header: str) -> bool:
    targets = (text(each.get("reference")) for each in listed(provenance.get("target")))
    return any(bool(header) and each.removeprefix("urn:uuid:").rpartition("/")[2] == header for each in targets)


def _sources(provenance: Json) -> Iterator[str]:
    for entity in listed(provenance.get("entity")):
        if entity.get("role") == "source":
            yield _id(mapping(mapping(entity.get("what")).get("identifier")).get("value"))


def _segment(payload: Json, communication: Json, bundled: Bundled, now: datetime) -> Segment:
    extensions = {text(each.get("url")).removeprefix(EXTENSION): each for each in listed(payload.get("extension"))}
    said = {
        name: extensions.get(f"{name}-extension", {}) for name in ("identifier", "practitioner", "contact", "datetime")
    }
    role = bundled.resolve(mapping(said["practitioner"].get("valueReference")).get("reference"), communication) or {}
    person = bundled.resolve(mapping(role.get("practitioner")).get("reference"), role) or {}
    attached = payload.get("contentAttachment")
    return Segment(
        _id(mapping(said["identifier"].get("valueIdentifier")).get("value")),
        moment(said["datetime"].get("valueDateTime")) or now,
        text(payload.get("contentString")),
        _named(person),
        text(mapping(said["contact"].get("valueContactPoint")).get("value")),
        _attachment(attached) if isinstance(attached, dict) else None,
    )


def _attachment(said: Json) -> Attachment:
    try:
        data = base64.b64decode("".join(text(said.get("data")).split()), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    return Attachment(text(said.get("title")), text(said.get("contentType")).partition(";")[0].strip(), data or None)


def _id(value: Any) -> str:
    return text(value).removeprefix("urn:uuid:").lower()


def _named(person: Json) -> str:
    first = next(iter(listed(person.get("name"))), {})
    given = first.get("given")
    spelt = [*(given if isinstance(given, list) else []), first.get("family")]
    return " ".join(text(each) for each in spelt if text(each)).strip() or text(first.get("text"))
