"""The parameters of a search for Tasks, read strictly: one we do not know is refused, never ignored (R4 §3.1.1.3.1)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.task.words import ENTRY, STATUS, TASK_CODE, URI, VIDEO_QUEUE
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import YDERNUMMER_SYSTEM, Ydernummer
from gateway.domain.peers.entry_search import LONGEST_PAGE, Comparison, EntrySearch

PARAMETERS = {
    "_id": "token",
    "_lastUpdated": "date",
    "code": "token",
    "identifier": "token",
    "owner": "reference",
    "status": "token",
}
NOTHING: frozenset[UUID] = frozenset()
MOST_VALUES = 100
_COMPARISONS: dict[str, Comparison] = {"gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}
PAGE_MARK = "_page"


def search_of(parameters: Mapping[str, Sequence[str]]) -> EntrySearch:
    """``Unfit`` (400) names the first parameter that cannot be read."""
    wanted = EntrySearch()
    for name, values in parameters.items():
        reader = _READERS.get(name)
        if reader is None:
            known = name.replace(":", "").replace("_", "").replace("-", "").isalnum() and len(name) < 40
            raise Unfit(400, "not-supported", "There is no such search parameter here.", name if known else "")
        if len(values) > 1 and name != "_lastUpdated":
            raise Unfit(400, "invalid", "The parameter may stand only once.", name)
        for value in values:
            wanted = _read(reader, wanted, name, value)
    return wanted


def _read(reader: Callable[[EntrySearch, str], EntrySearch], wanted: EntrySearch, name: str, value: str) -> EntrySearch:
    try:
        return reader(wanted, value)
    except (ValueError, KeyError, OverflowError, InvalidField):
        raise Unfit(400, "value", "The parameter's value cannot be read.", name) from None


def _values(text: str) -> list[str]:
    values = [each for each in text.split(",") if each]
    if not values or len(values) > MOST_VALUES:
        raise ValueError("none, or too many")
    return values


def _code(wanted: EntrySearch, text: str) -> EntrySearch:
    """Every Task here is of one code: any other finds nothing."""
    ours = (f"{TASK_CODE}|{VIDEO_QUEUE}", VIDEO_QUEUE, f"{TASK_CODE}|")
    return wanted if any(each in ours for each in _values(text)) else replace(wanted, ids=NOTHING)


def _status(wanted: EntrySearch, text: str) -> EntrySearch:
    codes = _values(text)
    found = frozenset(status for status, code in STATUS.items() if code in codes)
    return replace(wanted, statuses=found or frozenset[EntryStatus]())


def _identifier(wanted: EntrySearch, text: str) -> EntrySearch:
    """Our entry's id, or the key it was announced under; other systems know none of ours."""
    ids, keys = set[UUID](), set[UUID]()
    for each in _values(text):
        system, bar, value = each.rpartition("|")
        if not bar:
            raise ValueError("system|value")
        if system == ENTRY:
            ids.add(UUID(value))
        elif system == URI:
            keys.add(UUID(value.removeprefix("urn:uuid:")))
    if ids and keys:
        raise ValueError("one system at a time")
    return replace(wanted, keys=frozenset(keys)) if keys else _among(wanted, frozenset(ids))


def _id(wanted: EntrySearch, text: str) -> EntrySearch:
    return _among(wanted, frozenset(UUID(each) for each in _values(text)))


def _among(wanted: EntrySearch, ids: frozenset[UUID]) -> EntrySearch:
    return replace(wanted, ids=ids if wanted.ids is None else wanted.ids & ids)


def _owner(wanted: EntrySearch, text: str) -> EntrySearch:
    """``owner:identifier`` with the ydernummer's own system."""
    found = set[Ydernummer]()
    for each in _values(text):
        system, _, value = each.rpartition("|")
        if system != YDERNUMMER_SYSTEM:
            raise ValueError("system")
        found.add(Ydernummer.parse(value))
    return replace(wanted, practices=frozenset(found))


def _changed(wanted: EntrySearch, text: str) -> EntrySearch:
    """An instant behind gt, ge, lt or le. A plus sign that was not encoded arrives as a blank."""
    if len(wanted.changed) >= 2:
        raise ValueError("two ends are enough")
    moment = _moment(text[2:].replace(" ", "+"))
    return replace(wanted, changed=(*wanted.changed, (_COMPARISONS[text[:2]], moment)))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _count(wanted: EntrySearch, text: str) -> EntrySearch:
    """More than we give is answered with what we give (R4 §3.1.1.4.2)."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError("count")
    return replace(wanted, count=min(int(text), LONGEST_PAGE))


def _sort(wanted: EntrySearch, text: str) -> EntrySearch:
    if text not in ("_lastUpdated", "-_lastUpdated"):
        raise ValueError("sort")
    return replace(wanted, newest_first=text.startswith("-"))


def _page(wanted: EntrySearch, text: str) -> EntrySearch:
    when, _, entry = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition("~")
    return replace(wanted, after=(_moment(when), UUID(entry)))


def page_mark(changed_at: datetime, entry: UUID) -> str:
    """Where the next page begins; made by us alone, and worth nothing outside the caller's own practices."""
    return base64.urlsafe_b64encode(f"{changed_at.isoformat()}~{entry}".encode()).decode()


def _ignored(wanted: EntrySearch, text: str) -> EntrySearch:
    """``_format``: settled with the Accept header."""
    return wanted


_READERS: dict[str, Callable[[EntrySearch, str], EntrySearch]] = {
    "code": _code,
    "status": _status,
    "identifier": _identifier,
    "_id": _id,
    "owner:identifier": _owner,
    "_lastUpdated": _changed,
    "_count": _count,
    "_sort": _sort,
    PAGE_MARK: _page,
    "_format": _ignored,
}
