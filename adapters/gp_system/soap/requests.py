"""What a practice's system asks at our door, judged by the schema before a word of it is used, and what it is answered.
Pure.

Who asks is decided before (door.py), what our row makes of it in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, Final
from uuid import UUID

from adapters.gp_system.soap.claims import claim_of
from adapters.gp_system.soap.mapping import consultation, ended
from adapters.gp_system.soap.peer import CONTRACT
from adapters.gp_system.soap.words import NAMESPACE, state_of
from adapters.wire.dgws.door import Call, DgwsRefused
from adapters.wire.soap import Wsdl
from adapters.wire.xmlschema import Schema
from gateway.domain.consultation.queue_entry import QueueEntry, RejectReason
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.practice import Span

# What each request claims; the others ask, or set the hours.
CLAIMS: Final[Mapping[str, str]] = {
    "MarkSeen": "seen",
    "AcceptConsultation": "accepted",
    "PutBackConsultation": "put-back",
    "RejectConsultation": "rejected",
}
OPERATIONS: Final = frozenset((*CLAIMS, "GetQueue", "GetConsultation", "SetOpeningHours"))


@cache
def gateway_contract() -> Wsdl:
    return Wsdl(CONTRACT, "GatewayQueueService", "GatewayQueue")


@cache
def _schema() -> Schema:
    return Schema(CONTRACT.with_suffix(".xsd"))


def operation_of(call: Call) -> str:
    """Raises ``DgwsRefused`` for anything but a request of ours that the schema accepts."""
    operation = call.operation.removesuffix("Request")
    if call.namespace != NAMESPACE or operation not in OPERATIONS or not call.operation.endswith("Request"):
        raise DgwsRefused("syntax_error")
    if not _schema().accepts(call.content):
        raise DgwsRefused("syntax_error")
    return operation


def entry_in(call: Call) -> UUID:
    return UUID(str(call.said["EntryId"]).strip())


def cursor_in(call: Call) -> int | None:
    """None for the whole queue, as for a cursor that was never ours."""
    text = str(call.said.get("Cursor", ""))
    number = text.removeprefix("q").strip()
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def claim_in(call: Call, operation: str, connection: str, at: datetime) -> PeerChange:
    said = {**call.said, "What": CLAIMS[operation], "At": at}
    claim = claim_of(said, connection)
    if claim is None:
        raise DgwsRefused("syntax_error")
    if said.get("Reason") == RejectReason.OTHER and not str(said.get("Text", "")).strip():
        raise DgwsRefused("", "text-required")
    return claim


Week = dict[int, tuple[Span, ...]]
Exceptions = dict[date, tuple[Span, ...]]


def hours_in(call: Call) -> tuple[Ydernummer, Week, Exceptions]:
    """Raises ``DgwsRefused`` (*refused*) for hours that end before they begin, or a day no calendar has."""
    weekly: defaultdict[int, list[Span]] = defaultdict(list)
    exceptions: defaultdict[date, list[Span]] = defaultdict(list)
    try:
        for each in _all(call.said.get("Weekly")):
            weekly[int(each["Weekday"]) - 1].append(_span(each))
        for each in _all(call.said.get("Exception")):
            exceptions[date.fromisoformat(each["Date"].strip())] += [_span(each)] if "Opens" in each else []
    except ValueError:
        raise DgwsRefused("", "refused") from None
    number = Ydernummer(str(call.said["Ydernummer"]).strip())
    return number, _sorted(weekly), _sorted(exceptions)


def _span(said: Mapping[str, str]) -> Span:
    span = Span(time.fromisoformat(said["Opens"].strip()), time.fromisoformat(said["Closes"].strip()))
    if span.opens >= span.closes:
        raise ValueError("ends before it begins")
    return span


def _sorted(days: Mapping[Any, list[Span]]) -> dict[Any, tuple[Span, ...]]:
    return {day: tuple(sorted(spans, key=lambda span: span.opens)) for day, spans in days.items()}


def _all(value: Any) -> list[dict[str, str]]:
    return [] if value is None else value if isinstance(value, list) else [value]


# --- answers --------------------------------------------------------------------------------------------------------


def queue_answer(messages: list[EntryMessage], connection: str, cursor: int, *, complete: bool, more: bool) -> bytes:
    still_open = [consultation(m, connection) for m in messages if not m.entry.status.ended]
    over = [ended(m) for m in messages if m.entry.status.ended]
    return gateway_contract().answer(
        "GetQueue", Complete=complete, Consultation=still_open, Ended=over, NextCursor=f"q{cursor}", More=more
    )


def entry_answer(message: EntryMessage, connection: str) -> bytes:
    if message.entry.status.ended:
        return gateway_contract().answer("GetConsultation", Ended=ended(message))
    return gateway_contract().answer("GetConsultation", Consultation=consultation(message, connection))


def outcome_answer(operation: str, entry: QueueEntry, connection: str) -> bytes:
    values = {"EntryId": str(entry.id), "Standing": state_of(entry, connection)}
    return gateway_contract().answer(operation, **values)


def hours_answer(at: datetime) -> bytes:
    return gateway_contract().answer("SetOpeningHours", SetAt=at)
