"""One box that knows what it got: which consultations are found by it (AD08); also ``laegebro messages``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer, contains_citizen_number
from gateway.domain.oversight import Oversight
from gateway.domain.records import FoundConsultation
from gateway.store.watch.finding import SqlFinder

_SHORT_ID = re.compile(r"(?:LB-?)?([0-9A-Z]{4})-?([0-9A-Z])")
_YDERNUMMER = re.compile(r"\d{1,6}")


def require_no_number(words: str) -> None:
    """``InvalidField`` for nothing, and for what holds a citizen's number."""
    if not words:
        raise InvalidField("words", "required")
    if _id_in(words) is None and contains_citizen_number(words):
        raise InvalidField("words", "no-number-here")


def found_by(find: SqlFinder, seen: Oversight, words: str) -> Sequence[FoundConsultation]:
    """Whatever it is: our short id, an id, a ydernummer, else a peer's reference."""
    short = _SHORT_ID.fullmatch(words.upper().replace(" ", ""))
    if short:
        found = find.by_short_id(seen, f"LB-{short[1]}-{short[2]}")
        if found:
            return found
    return _by_number(find, seen, words) or find.by_reference(seen, words)


def basis(purpose: str, case: str) -> str:
    """Why somebody looks for a citizen, as the trail keeps it. ``InvalidField`` for a case that is not said, or that
    holds a citizen's number."""
    if not case or contains_citizen_number(case):
        raise InvalidField("case", "case-number")
    return f"{purpose} {case}"


def _by_number(find: SqlFinder, seen: Oversight, words: str) -> Sequence[FoundConsultation]:
    """A ydernummer, or an id of ours in full."""
    if _YDERNUMMER.fullmatch(words):
        return find.of_practice(seen, Ydernummer.parse(words))
    id = _id_in(words)
    return find.by_id(seen, id) if id else ()


def _id_in(words: str) -> UUID | None:
    """An id of ours in full. One in some two hundred holds ten digits that a citizen's number could have."""
    try:
        return UUID(words)
    except ValueError:
        return None
