"""Connections to peers: versioned rows, only ever added; the newest revision that is in force decides (D15).

A pause, a resumption and a rollback are revisions too, each with who, when and why, so that the history is the table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select

from gateway.domain.errors import ConfigFault, NotFound
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import upsert
from gateway.store.peers import tables as peer_tables
from gateway.store.peers.soundness import require_sound

_r = peer_tables.connection_revision.c


class RevisionState(StrEnum):
    DRAFT = "draft"
    TESTED = "tested"
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


IN_FORCE = (RevisionState.ACTIVE, RevisionState.PAUSED, RevisionState.RETIRED)


@dataclass(frozen=True, slots=True)
class ActiveConnection:
    """A connection to be used now. ``owner_tenant`` None = the operator's; ``config`` holds references to secrets."""

    name: str
    kind: str
    adapter: str
    owner_tenant: UUID | None
    config: Mapping[str, Any]
    revision: int
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Stanza:
    """A connection as its operator writes it. ``owner`` None = the operator's own; ``config`` names secrets by
    reference."""

    name: str
    kind: str
    adapter: str
    owner: UUID | None
    config: Mapping[str, Any]
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """One row of a connection's history."""

    number: int
    state: RevisionState
    adapter: str
    config: Mapping[str, Any]
    synthetic: bool
    by: str
    at: datetime
    why: str


class SqlConnectionBook:
    """Applies, reads and switches connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def apply(self, stanza: Stanza, by: str, why: str, at: datetime) -> int | None:
        """The number of the new revision; None where the same is in force already.

        A paused connection stays paused under its new configuration. Raises ``ConfigFault`` for a secret written
        out, an unknown kind, or a name that already belongs to another kind or owner.
        """
        require_sound(stanza.name, stanza.kind, stanza.config)
        with transaction(self._engine, SystemScope()) as connection:
            enrol(connection, stanza.name, stanza.kind, stanza.owner, at)
            present = in_force(connection, stanza.name)
            wanted = (stanza.adapter, _canonical(stanza.config), stanza.synthetic)
            retired = present is not None and present.state is RevisionState.RETIRED
            if present is not None and not retired and wanted == content(present):
                return None
            paused = present is not None and present.state is RevisionState.PAUSED
            state = RevisionState.PAUSED if paused else RevisionState.ACTIVE
            written = Revision(0, state, stanza.adapter, stanza.config, stanza.synthetic, by, at, why)
            return add(connection, stanza.name, written)

    def names(self) -> set[str]:
        """Every connection that was ever applied, whatever its state."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return set(connection.execute(select(peer_tables.connection.c.name)).scalars())

    def active(self, kind: str | None = None) -> Sequence[ActiveConnection]:
        """All connections to be used now, by name."""
        query = newest_revisions().where(_r.state == RevisionState.ACTIVE).order_by(_r.connection)
        if kind is not None:
            query = query.where(peer_tables.connection.c.kind == kind)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_active(row) for row in connection.execute(query)]

    def shown_since(self, since: datetime) -> Sequence[tuple[str, UUID | None, Revision]]:
        """Name, owner and revision of what was in force at any time from then on, and of the drafts that there are."""
        before, newest = (peer_tables.connection_revision.alias(name) for name in ("before", "newest"))
        stood = select(func.max(before.c.number)).where(
            before.c.connection == _r.connection, before.c.state.in_(IN_FORCE), before.c.at <= since
        )
        last = select(func.max(newest.c.number)).where(newest.c.connection == _r.connection)
        recent = _r.number >= func.coalesce(stood.scalar_subquery(), 0)
        joined = peer_tables.connection_revision.join(peer_tables.connection)
        query = select(peer_tables.connection_revision, peer_tables.connection.c.owner_tenant).select_from(joined)
        query = query.where(recent, _r.state.in_(IN_FORCE) | (_r.number == last.scalar_subquery()))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [(row.connection, row.owner_tenant, _revision(row)) for row in connection.execute(query)]

    def paused(self, kind: str) -> Sequence[tuple[ActiveConnection, str]]:
        """Those that are taken out for a while, each with what the nurses read."""
        query = newest_revisions().where(_r.state == RevisionState.PAUSED, peer_tables.connection.c.kind == kind)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [(_active(row), row.why) for row in connection.execute(query.order_by(_r.connection))]

    def pause(self, name: str, by: str, why: str, at: datetime) -> int | None:
        """Planned standstill: deliveries stay due. ``why`` is the message to the nurses."""
        return self._switch(name, RevisionState.PAUSED, by, why, at)

    def resume(self, name: str, by: str, why: str, at: datetime) -> int | None:
        return self._switch(name, RevisionState.ACTIVE, by, why, at)

    def resume_paused(self, name: str, by: str, why: str, at: datetime) -> int | None:
        """As ``resume``, where it still is paused: one that somebody has resumed or retired meanwhile stays so."""
        present = self.present(name)
        is_paused = present is not None and present.state is RevisionState.PAUSED
        return self.resume(name, by, why, at) if is_paused else None

    def retire(self, name: str, by: str, why: str, at: datetime) -> int | None:
        """Out of use for good; applying it again brings it back."""
        return self._switch(name, RevisionState.RETIRED, by, why, at)

    def rollback(self, name: str, by: str, why: str, at: datetime, to: int | None = None) -> int:
        """A new revision with the configuration that was in force before the present one, or in revision ``to``.
        ``NotFound`` where that never was in force, or is what is in force."""
        with transaction(self._engine, SystemScope()) as connection:
            present = _required(_locked(connection, name), name)
            earlier = (r for r in history(connection, name) if _differs_in_force(r, present))
            former = next((r for r in earlier if to in (None, r.number)), None)
            if former is None:
                raise NotFound("earlier-revision")
            again = Revision(0, present.state, former.adapter, former.config, former.synthetic, by, at, why)
            return add(connection, name, again)

    def present(self, name: str) -> Revision | None:
        """What is in force, active or not; None where there are only drafts, or nothing."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return in_force(connection, name)

    def history(self, name: str) -> Sequence[Revision]:
        """The newest first."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return history(connection, name)

    def _switch(self, name: str, state: RevisionState, by: str, why: str, at: datetime) -> int | None:
        with transaction(self._engine, SystemScope()) as connection:
            present = _required(_locked(connection, name), name)
            if present.state is state:
                return None
            newest = history(connection, name)[0]
            moved = Revision(0, state, present.adapter, present.config, present.synthetic, by, at, why)
            number = add(connection, name, moved)
            if newest.state not in IN_FORCE:
                add(connection, name, newest)  # the draft beside it stays the newest
            return number


def newest_revisions() -> Select[Any]:
    """The revision in force of each connection; a draft beside it changes nothing."""
    other = peer_tables.connection_revision.alias("other")
    newest = (
        select(func.max(other.c.number))
        .where(other.c.connection == _r.connection, other.c.state.in_(IN_FORCE))
        .scalar_subquery()
    )
    joined = peer_tables.connection_revision.join(peer_tables.connection)
    columns = (peer_tables.connection.c.kind, peer_tables.connection.c.owner_tenant)
    return select(peer_tables.connection_revision, *columns).select_from(joined).where(_r.number == newest)


def enrol(connection: Connection, name: str, kind: str, owner: UUID | None, at: datetime) -> None:
    values = {"name": name, "kind": kind, "owner_tenant": owner, "created_at": at}
    upsert(connection, peer_tables.connection, values, change=())
    query = select(peer_tables.connection).where(peer_tables.connection.c.name == name).with_for_update()
    row = connection.execute(query).one()
    if (row.kind, row.owner_tenant) != (kind, owner):
        raise ConfigFault(f"connections.{name}: the name already belongs to another kind or owner")


def hold(connection: Connection, name: str) -> None:
    """The connection's row, until the transaction ends."""
    held = select(peer_tables.connection.c.name).where(peer_tables.connection.c.name == name).with_for_update()
    connection.execute(held).one_or_none()


def _locked(connection: Connection, name: str) -> Revision | None:
    hold(connection, name)
    return in_force(connection, name)


def in_force(connection: Connection, name: str) -> Revision | None:
    row = connection.execute(newest_revisions().where(_r.connection == name)).one_or_none()
    return _revision(row) if row else None


def _required(revision: Revision | None, name: str) -> Revision:
    if revision is None:
        raise NotFound(f"connection {name}")
    return revision


def history(connection: Connection, name: str) -> list[Revision]:
    query = select(peer_tables.connection_revision).where(_r.connection == name).order_by(_r.number.desc())
    return [_revision(row) for row in connection.execute(query)]


def _differs_in_force(revision: Revision, present: Revision) -> bool:
    earlier = revision.number < present.number and revision.state in IN_FORCE
    return earlier and content(revision) != content(present)


def add(connection: Connection, name: str, revision: Revision) -> int:
    last = select(func.coalesce(func.max(_r.number), 0)).where(_r.connection == name)
    number = int(connection.execute(last).scalar_one()) + 1
    values = {
        "connection": name,
        "number": number,
        "state": revision.state,
        "adapter": revision.adapter,
        "config": dict(revision.config),
        "synthetic": revision.synthetic,
        "by": revision.by,
        "at": revision.at,
        "why": revision.why,
    }
    connection.execute(insert(peer_tables.connection_revision).values(**values))
    signing.note(connection, name)
    return number


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        row.number, RevisionState(row.state), row.adapter, row.config, row.synthetic, row.by, row.at, row.why
    )


def _active(row: Row[Any]) -> ActiveConnection:
    return ActiveConnection(
        row.connection, row.kind, row.adapter, row.owner_tenant, row.config, row.number, row.synthetic
    )


def content(revision: Revision) -> tuple[str, str, bool]:
    return revision.adapter, _canonical(revision.config), revision.synthetic


def _canonical(config: Mapping[str, Any]) -> str:
    return json.dumps(config, sort_keys=True, ensure_ascii=False)
