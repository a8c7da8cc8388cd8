"""What is to become of a connection: drafts beside the revision in force, tried, then put in force (AD03).

A draft is a row of the connection's history like any other. The newest one counts, as long as nothing with other
content has come into force after it. Whoever changes it names the revision she has read, so that two do not overwrite
each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from gateway.domain.errors import ConcurrentChange, InvalidField, NotFound, TransitionRefused
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.peers import connections as book
from gateway.store.peers.connections import IN_FORCE, Revision, RevisionState, Stanza
from gateway.store.peers.soundness import require_sound
from gateway.store.peers.tables import connection as connection_table
from gateway.store.peers.tables import connection_revision

_r = connection_revision.c
_DRAFTS = (RevisionState.DRAFT, RevisionState.TESTED)


@dataclass(frozen=True, slots=True)
class Draft:
    """``revision``: the draft as it stands. ``in_force`` None: of a connection that never was."""

    name: str
    kind: str
    owner: UUID | None
    revision: Revision
    in_force: Revision | None

    @property
    def is_tested(self) -> bool:
        return self.revision.state is RevisionState.TESTED


class SqlDraftBook:
    """Each change is a revision of its own, with who and when."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, name: str) -> Draft | None:
        """The draft of that connection, where there is one."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _draft(connection, name)

    def open(self, owner: UUID | None) -> Sequence[Draft]:
        """All of one owner's, by name."""
        newest = select(_r.connection, func.max(_r.number).label("number")).group_by(_r.connection).subquery()
        joined = connection_revision.join(
            newest, (_r.connection == newest.c.connection) & (_r.number == newest.c.number)
        )
        mine = connection_table.c.owner_tenant.is_(None) if owner is None else connection_table.c.owner_tenant == owner
        query = select(_r.connection).select_from(joined.join(connection_table)).where(_r.state.in_(_DRAFTS), mine)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            names = connection.execute(query.order_by(_r.connection)).scalars().all()
            found = [_draft(connection, name) for name in names]
        return [each for each in found if each is not None]

    def begin(self, stanza: Stanza, by: str, at: datetime) -> int:
        """The first draft of a new connection. ``InvalidField`` where the name is in use, also by another owner."""
        require_sound(stanza.name, stanza.kind, stanza.config)
        with transaction(self._engine, SystemScope()) as connection:
            taken = select(connection_table.c.name).where(connection_table.c.name == stanza.name)
            if connection.execute(taken).one_or_none() is not None:
                raise InvalidField("name", "taken")
            book.enrol(connection, stanza.name, stanza.kind, stanza.owner, at)
            first = Revision(0, RevisionState.DRAFT, stanza.adapter, stanza.config, stanza.synthetic, by, at, "")
            return book.add(connection, stanza.name, first)

    def save(self, name: str, read: int, config: Mapping[str, Any], by: str, at: datetime) -> int:
        """The draft's new number, or its present one where nothing is changed. ``read``: the revision that whoever
        typed had before her; ``ConcurrentChange`` where another content has taken its place. Raises ``ConfigFault`` for
        a secret written out."""
        with transaction(self._engine, SystemScope()) as connection:
            present = _present(connection, name)
            kind = _kind(connection, name)
            require_sound(name, kind, config)
            seen = _numbered(connection, name, read)
            if book.content(seen) != book.content(present):
                raise ConcurrentChange
            changed = replace(present, state=RevisionState.DRAFT, config=config, by=by, at=at, why="")
            if present.state in _DRAFTS and book.content(changed) == book.content(present):
                return present.number
            return book.add(connection, name, changed)

    def take_up(self, name: str, number: int, by: str, at: datetime) -> int:
        """A draft with the content of an earlier revision."""
        with transaction(self._engine, SystemScope()) as connection:
            _present(connection, name)
            earlier = _numbered(connection, name, number)
            again = replace(earlier, state=RevisionState.DRAFT, by=by, at=at, why="")
            return book.add(connection, name, again)

    def passed(self, name: str, number: int, by: str, at: datetime) -> int:
        """The draft has been tried and every step was well."""
        with transaction(self._engine, SystemScope()) as connection:
            draft = _required(connection, name, number)
            return book.add(connection, name, replace(draft, state=RevisionState.TESTED, by=by, at=at, why=""))

    def activate(self, name: str, number: int, by: str, why: str, at: datetime) -> int:
        """Into force; a paused connection stays paused. ``ConcurrentChange`` where the draft is another by now,
        ``TransitionRefused`` where it has not been tried."""
        with transaction(self._engine, SystemScope()) as connection:
            draft = _required(connection, name, number)
            if draft.state is not RevisionState.TESTED:
                raise TransitionRefused("activate", str(draft.state), "not-tested")
            present = book.in_force(connection, name)
            paused = present is not None and present.state is RevisionState.PAUSED
            state = RevisionState.PAUSED if paused else RevisionState.ACTIVE
            return book.add(connection, name, replace(draft, state=state, by=by, at=at, why=why))

    def drop(self, name: str, number: int, by: str, at: datetime) -> int:
        """What is in force stays so; a connection that never was is retired."""
        with transaction(self._engine, SystemScope()) as connection:
            draft = _required(connection, name, number)
            kept = book.in_force(connection, name) or replace(draft, state=RevisionState.RETIRED)
            return book.add(connection, name, replace(kept, by=by, at=at, why="draft dropped"))


def _draft(connection: Connection, name: str) -> Draft | None:
    newest = _newest(connection, name)
    if newest is None or newest.state not in _DRAFTS:
        return None
    row = connection.execute(select(connection_table).where(connection_table.c.name == name)).one()
    return Draft(name, row.kind, row.owner_tenant, newest, book.in_force(connection, name))


def _newest(connection: Connection, name: str) -> Revision | None:
    history = book.history(connection, name)
    return history[0] if history else None


def _present(connection: Connection, name: str) -> Revision:
    """The newest revision, draft or in force; the connection's row is held until the transaction ends."""
    book.hold(connection, name)
    newest = _newest(connection, name)
    if newest is None:
        raise NotFound("connection")
    return newest


def _required(connection: Connection, name: str, number: int) -> Revision:
    """That draft, if it is still the newest revision."""
    newest = _present(connection, name)
    if newest.number != number:
        raise ConcurrentChange
    if newest.state in IN_FORCE:
        raise TransitionRefused("draft", str(newest.state), "no-draft")
    return newest


def _numbered(connection: Connection, name: str, number: int) -> Revision:
    found = next((each for each in book.history(connection, name) if each.number == number), None)
    if found is None:
        raise NotFound("revision")
    return found


def _kind(connection: Connection, name: str) -> str:
    return str(connection.execute(select(connection_table.c.kind).where(connection_table.c.name == name)).scalar_one())
