"""The parameters of a search for Tasks, read strictly: one we do not know is refused, never ignored (R4 §3.1.1.3.1)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.wire.task.words import ENTRY, STATUS, TASK_CODE, TASK_STATUS, URI, VIDEO_QUEUE
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
SEVERAL = ("_lastUpdated", "_id", "code", "identifier", "owner:identifier", "status")  # repeated: all must hold
URN = "urn:uuid:"
_COMPARISONS: dict[str, Comparison] = {"gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}
PAGE_MARK = "_page"


def search_of(parameters: Mapping[str, Sequence[str]], *, lenient: bool = False) -> EntrySearch:
    """``Unfit`` (400) names the first parameter that cannot be read. ``lenient``: the caller asked that unknown ones be
    ignored (R4 §3.1.1.3, Prefer: handling)."""
    wanted = EntrySearch()
    for name, values in understood(parameters, lenient=lenient).items():
        if len(values) > 1 and name not in SEVERAL:
            raise Unfit(400, "invalid", "The parameter may stand only once.", name)
        for value in values:
            wanted = _read(_READERS[name], wanted, name, value)
    return wanted


def understood(parameters: Mapping[str, Sequence[str]], *, lenient: bool) -> dict[str, Sequence[str]]:
    """Those we know; without ``lenient`` any other is refused."""
    unknown = next((name for name in parameters if name not in _READERS), None)
    if unknown is not None and not lenient:
        known = unknown.replace(":", "").replace("_", "").replace("-", "").isalnum() and len(unknown) < 40
        raise Unfit(400, "not-supported", "There is no such search parameter here.", unknown if known else "")
    return {name: values for name, values in parameters.items() if name in _READERS}


def _read(reader: Callable[[EntrySearch, str], EntrySearch], wanted: EntrySearch, name: str, value: str) -> EntrySearch:
    try:
        return reader(wanted, value)
    except (ValueError, KeyError, OverflowError):
        raise Unfit(400, "value", "The parameter's value cannot be read.", name) from None


def _tokens(text: str) -> list[tuple[str, str]]:
    """System and code of each (R4 §3.1.1.4.10): "" where none is said. What is said of no system of ours finds nothing;
    that is no fault of the request."""
    values = [each for each in text.split(",") if each]
    if not values or len(values) > MOST_VALUES:
        raise ValueError("none, or too many")
    parts = (each.rpartition("|") for each in values)
    return [(system, code) for system, _, code in parts]


def _code(wanted: EntrySearch, text: str) -> EntrySearch:
    """Every Task here is of one code: any other finds nothing."""
    ours = any(system in ("", TASK_CODE) and code in ("", VIDEO_QUEUE) for system, code in _tokens(text))
    return wanted if ours else replace(wanted, ids=NOTHING)


def _status(wanted: EntrySearch, text: str) -> EntrySearch:
    """The system of a code is known (R4 Task.status, required binding), so that it may be said or left out."""
    codes = {code for system, code in _tokens(text) if system in ("", TASK_STATUS)}
    found = frozenset(status for status, code in STATUS.items() if code in codes or "" in codes)
    return replace(wanted, statuses=found if wanted.statuses is None else found & wanted.statuses)


def _identifier(wanted: EntrySearch, text: str) -> EntrySearch:
    """Our entry's id, or the key it was announced under; other systems know none of ours."""
    ids, keys = set[UUID](), set[UUID]()
    for system, value in _tokens(text):
        as_key = system == URI or (not system and value.startswith(URN))
        found = _uuids(value.removeprefix(URN)) if system in ("", ENTRY, URI) else set()
        (keys if as_key else ids).update(found)
    if ids and keys:
        raise ValueError("one system at a time")
    return replace(wanted, keys=frozenset(keys)) if keys else _among(wanted, frozenset(ids))


def _id(wanted: EntrySearch, text: str) -> EntrySearch:
    return _among(wanted, frozenset(id for _, value in _tokens(text) for id in _uuids(value)))


def _uuids(text: str) -> set[UUID]:
    """None for what is no id of ours."""
    try:
        return {UUID(text)}
    except ValueError:
        return set()


def _among(wanted: EntrySearch, ids: frozenset[UUID]) -> EntrySearch:
    return replace(wanted, ids=ids if wanted.ids is None else wanted.ids & ids)


def _owner(wanted: EntrySearch, text: str) -> EntrySearch:
    """``owner:identifier`` by ydernummer, however many zeros it has lost."""
    found = set[Ydernummer]()
    for system, value in _tokens(text):
        with suppress(InvalidField):
            found |= {Ydernummer.parse(value)} if system in ("", YDERNUMMER_SYSTEM) else set()
    return replace(wanted, practices=frozenset(found if wanted.practices is None else found & wanted.practices))


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


def _summary(wanted: EntrySearch, text: str) -> EntrySearch:
    """``count`` is the total alone; a shorter form than the whole is never owed (R4 §3.1.1.5.6)."""
    if text not in ("count", "true", "false", "text", "data"):
        raise ValueError("summary")
    return replace(wanted, count=0) if text == "count" else wanted


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
    """``_format`` is settled with the Accept header; ``_total`` is always said, and always exact;
    ``_elements`` may be answered in full (R4 §3.1.1.5.9)."""
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
    "_summary": _summary,
    PAGE_MARK: _page,
    "_format": _ignored,
    "_pretty": _ignored,
    "_total": _ignored,
    "_totalMethod": _ignored,  # fhirpy asks for a count with it
    "_elements": _ignored,
}
