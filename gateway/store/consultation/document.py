"""A consultation ↔ one JSON document, which carries the version of its own form.

The form is the domain's: each dataclass an object, each field by its name. Whoever renames, removes or retypes a field
raises ``SCHEMA`` by one and adds a step to ``UPCASTERS`` that rewrites a document of the form before; documents are
lifted when they are read and written in the present form when they change. A new field with a default needs no step.
Golden documents of every form lie in tests/fixtures/documents.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import LaegebroError
from gateway.store.ground.sealing import Place, Row

SCHEMA = 1
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: Sequence[Upcaster] = ()  # the first lifts form 1 to form 2, and so on

_FORM = TypeAdapter(Consultation)
# Facts that have rows of their own, and what only the process in hand knows.
_NOT_KEPT = {"events", "debts", "stored", "sealing_key"}


class UnknownDocument(LaegebroError):
    """A document was written in a form this release does not know: by a newer one."""

    def __init__(self, schema: str) -> None:
        super().__init__(schema)
        self.schema = schema


def written(consultation: Consultation) -> bytes:
    """The document: number of its form, a blank, JSON."""
    return b"%d %s" % (SCHEMA, _FORM.dump_json(consultation, exclude=_NOT_KEPT))


def read(document: bytes, upcasters: Sequence[Upcaster] = UPCASTERS) -> Consultation:
    """``UnknownDocument`` where a newer release wrote it."""
    number, _, text = document.partition(b" ")
    newest = len(upcasters) + 1
    if number == b"%d" % newest:
        return _FORM.validate_json(text)
    if not number.isdigit() or not 1 <= int(number) < newest:
        raise UnknownDocument(number.decode("ascii", "replace")[:8])
    lifted: dict[str, Any] = json.loads(text)
    for upcast in upcasters[int(number) - 1 :]:
        lifted = upcast(lifted)
    return _FORM.validate_json(json.dumps(lifted))


def sealed_in(place: Place, consultation: Consultation) -> bytes:
    """The document sealed for the ``document`` column of that very row."""
    return place.seal_bytes("document", written(consultation))


def opened_from(place: Place, row: Row) -> Consultation:
    return read(place.open_bytes(row, "document"))


def as_stored(consultation: Consultation, sealing_key: bytes) -> Consultation:
    """With itself as the state that the next change starts from, and the key it is sealed with."""
    bare = replace(consultation, stored=None, sealing_key=sealing_key)
    return replace(bare, stored=bare)


def field_values(consultation: Consultation) -> dict[str, Any]:
    return {field.name: getattr(consultation, field.name) for field in fields(Consultation)}
