"""*Prøvekørsel*: a draft's messages beside those of the settings in force, over the invented consultations and over
what waits on the connection now; nobody is called (requirements.md AD07)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import unified_diff
from enum import StrEnum
from typing import Any

from adapters.contract.scenarios import SCENARIOS
from gateway.connecting.sampling import message_of
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import ConfigFault, LaegebroError, PeerError
from gateway.domain.peers.delivery import Delivery
from gateway.domain.peers.owed import Choice, OwedRow
from gateway.domain.scope import SystemScope
from gateway.peers.building import NOT_HERE, build
from gateway.ports.peers import Rendering
from gateway.services.compose import entry_message, note_message
from gateway.store.peers.connections import Revision
from gateway.store.peers.drafts import Draft
from gateway.wiring import Gateway

MOST_WAITING = 200
MOST_LINES = 40  # of a difference


class Compared(StrEnum):
    """What becomes of one message under the draft."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    FAILS = "now-fails"
    WORKS = "now-works"
    STILL_FAILS = "still-fails"


@dataclass(frozen=True, slots=True)
class Line:
    """``name``: the scenario's, or the short id of a consultation that waits, of which no word is shown:
    ``difference`` is its number of lines alone. ``code``: why it cannot be said."""

    name: str
    compared: Compared
    changed: int = 0
    difference: tuple[str, ...] = field(default=(), repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    invented: tuple[Line, ...]
    waiting: tuple[Line, ...]
    more: bool  # more waits than was looked at


@dataclass(frozen=True, slots=True)
class _Said:
    text: str = field(repr=False)
    code: str = ""


def rehearse(gateway: Gateway, draft: Draft) -> Rehearsal:
    now = gateway.clock.now()
    before, after = (_built(draft, each) for each in (draft.in_force, draft.revision))
    invented = (_pair(each.name, message_of(draft.kind, each), before, after, now) for each in SCENARIOS)
    rows = gateway.owed.rows(Choice(connection=draft.name), MOST_WAITING + 1) if draft.in_force else ()
    waiting = [_without_words(each) for each in _owed(gateway, rows[:MOST_WAITING], before, after, now)]
    return Rehearsal(tuple(filter(None, invented)), tuple(waiting), len(rows) > MOST_WAITING)


def _built(draft: Draft, revision: Revision | None) -> Rendering | None:
    if revision is None:
        return None
    try:
        made = build(draft.kind, revision.adapter, draft.name, revision.config)
    except ConfigFault:
        return None
    return made if isinstance(made, Rendering) else None


def _owed(
    gateway: Gateway, rows: Any, before: Rendering | None, after: Rendering | None, now: datetime
) -> Iterator[Line]:
    for row in rows:
        try:
            message = _message(gateway, row, after or before)
        except LaegebroError:
            continue  # erased or settled meanwhile
        line = _pair(row.short_id, message, before, after, now)
        if line is not None:
            yield line


def _message(gateway: Gateway, row: OwedRow, peer: Rendering | None) -> Any:
    consultation, kind = gateway.store.load(SystemScope(), row.consultation), DebtKind(row.kind)
    organisation = gateway.organisation(row.tenant)
    if kind is not DebtKind.NOTE:
        return entry_message(consultation, row.subject, organisation, gateway.settings.public_url)
    owed = Delivery(
        row.id, row.tenant, row.consultation, kind, row.subject, row.version, row.connection, row.attempts,
        row.unknown, "", row.created_at, row.created_at,
    )  # fmt: skip
    return note_message(consultation, owed, organisation, getattr(peer, "capabilities", frozenset()))


def _pair(name: str, message: Any, before: Rendering | None, after: Rendering | None, now: datetime) -> Line | None:
    """None where such a system hears nothing of it."""
    if message is None:
        return None
    former, present = _say(before, message, now), _say(after, message, now)
    if present.code:
        return Line(name, Compared.STILL_FAILS if former.code else Compared.FAILS, code=present.code)
    if former.code:
        return Line(name, Compared.WORKS, code=former.code)
    lines = [*unified_diff(former.text.splitlines(), present.text.splitlines(), lineterm="", n=0)][2:]
    told = tuple(each for each in lines if not each.startswith("@@"))
    return Line(name, Compared.CHANGED if told else Compared.UNCHANGED, len(told), told[:MOST_LINES])


def _without_words(line: Line) -> Line:
    return Line(line.name, line.compared, line.changed, code=line.code)


def _say(peer: Rendering | None, message: Any, at: datetime) -> _Said:
    if peer is None:
        return _Said("", NOT_HERE)
    try:
        return _Said(peer.rendered(message, at))
    except PeerError as fault:
        return _Said("", f"cannot: {fault.args[1]}" if len(fault.args) > 1 else type(fault).__name__)
