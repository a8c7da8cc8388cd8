"""Rows → consultations, as far as the asking scope may see them: one SELECT, whoever asks and however many there are.

A tenant and the system read whole documents; a clinic reads the rows of its own entries and nothing else. Statements
are built once, at import; conditions that go with them name their values with ``bindparam``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, literal, select, tuple_

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation.clinic_view import ClinicView, of_house
from gateway.store.consultation.document import as_stored, opened_from
from gateway.store.consultation.own_keys import own_vault, wrapped_for
from gateway.store.consultation.rows import place_of
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables import queue_entry
from gateway.store.ground.crypto import Vault
from gateway.store.ground.ready import rows
from gateway.store.ground.sealing import Row

Condition = ColumnElement[bool]
_E = queue_entry.c
DOCUMENTS = select(root.c.id, root.c.tenant, root.c.document, wrapped_for(root.c.id))
OF_TENANT = root.c.tenant == bindparam("tenant")
AT_PRACTICES = _E.ydernummer.in_(bindparam("ydernumre", expanding=True))
_SEEN = (_E.consultation, _E.tenant, _E.id, _E.ydernummer, _E.latest, _E.document)
_VIEWS = select(*_SEEN, wrapped_for(_E.consultation)).where(AT_PRACTICES)


class Question:
    """How consultations are asked for, in the words of each scope: ``mine`` conditions over ``consultation``, and
    ``theirs`` over a clinic's own entries."""

    def __init__(self, mine: Condition, theirs: Condition) -> None:
        self._all = DOCUMENTS.where(mine).order_by(root.c.id)
        self._tenant = self._all.where(OF_TENANT)
        self._clinic = views_of(select(_E.consultation).where(AT_PRACTICES, theirs))

    def ask(self, connection: Connection, vault: Vault, scope: Scope, values: Mapping[str, Any]) -> list[Consultation]:
        if isinstance(scope, ClinicScope):
            return views(connection, vault, self._clinic, scope.ydernumre, values)
        if isinstance(scope, TenantScope):
            return whole(connection, vault, self._tenant, {**values, "tenant": scope.tenant})
        return whole(connection, vault, self._all, values)


def views_of(consultations: Select[Any] | BindParameter[Any]) -> Select[Any]:
    """A clinic's rows of these consultations, the rows of each together and in order."""
    return _VIEWS.where(_E.consultation.in_(consultations)).order_by(_E.consultation, _E.ord)


BY_ID = Question(root.c.id == bindparam("id"), _E.consultation == bindparam("id"))
BY_ENTRY = Question(
    root.c.id == select(_E.consultation).where(_E.id == bindparam("entry")).scalar_subquery(),
    _E.id == bindparam("entry"),
)


def whole(connection: Connection, vault: Vault, query: Select[Any], values: Mapping[str, Any]) -> list[Consultation]:
    return [opened(vault, row) for row in rows(connection, query, dict(values))]


def opened(vault: Vault, row: Row) -> Consultation:
    """From a row with ``id``, ``tenant``, ``document`` and ``wrapped``."""
    own = own_vault(vault, row["tenant"], row["id"], row["wrapped"])
    return as_stored(opened_from(place_of(own, "consultation", row["tenant"], row["id"]), row), row["wrapped"])


def views(
    connection: Connection,
    vault: Vault,
    query: Select[Any],
    ydernumre: Collection[Ydernummer],
    values: Mapping[str, Any],
) -> list[Consultation]:
    """What a clinic with these practices sees."""
    rows = connection.execute(query, {**values, "ydernumre": [y.digits for y in ydernumre]}).mappings()
    return [_view(vault, list(own)) for _, own in groupby(rows, lambda row: row["consultation"])]


def _view(vault: Vault, rows: Sequence[Row]) -> ClinicView:
    """``rows``: the clinic's entries on one consultation in order. Rows of one practice hold the same document."""
    last_of_practice = {row["ydernummer"]: row for row in rows}
    own = own_vault(vault, rows[0]["tenant"], rows[0]["consultation"], rows[0]["wrapped"])
    parts = [
        opened_from(place_of(own, "queue_entry", row["tenant"], row["consultation"], row["id"]), row)
        for row in last_of_practice.values()
    ]
    last = rows[-1]["ydernummer"]
    parts.sort(key=lambda part: part.entries[-1].ydernummer.digits == last)  # the current holder, if any, at the end
    return of_house(parts, [row["id"] for row in rows], holds_current=rows[-1]["latest"])


_MINE = tuple_(*(bindparam(name, type_=_E[name].type) for name in ("place", "requested_at", "id")))
_AHEAD = select(func.count()).where(
    _E.ydernummer == bindparam("ydernummer"),
    _E.queued == literal(True),
    _E.place <= bindparam("place"),
    tuple_(_E.place, _E.requested_at, _E.id) < _MINE,
)


def count_ahead(connection: Connection, entry: QueueEntry) -> int:
    """Waiting entries of the same practice with an earlier place, of all tenants."""
    values = {
        "ydernummer": entry.ydernummer.digits,
        "place": entry.place,
        "requested_at": entry.requested_at,
        "id": entry.id,
    }
    return int(connection.execute(_AHEAD, values).scalar_one())


_BEFORE = queue_entry.alias("before")
_COUNTED = select(func.count()).where(
    _BEFORE.c.ydernummer == _E.ydernummer,
    _BEFORE.c.queued == literal(True),
    _BEFORE.c.place <= _E.place,
    tuple_(_BEFORE.c.place, _BEFORE.c.requested_at, _BEFORE.c.id) < tuple_(_E.place, _E.requested_at, _E.id),
)
_EACH_AHEAD = select(_E.id, _COUNTED.scalar_subquery()).where(_E.id.in_(bindparam("ids", expanding=True)))


def count_each_ahead(connection: Connection, entries: Collection[UUID]) -> dict[UUID, int]:
    """Of each entry what ``count_ahead`` counts of one."""
    return {id: count for id, count in connection.execute(_EACH_AHEAD, {"ids": list(entries)})} if entries else {}


def _in_each_scope(mine: Condition, theirs: Condition) -> dict[type[Any], Select[Any]]:
    """The newest consultation's id that a scope sees."""
    newest = select(root.c.id).where(mine).order_by(root.c.created_at.desc()).limit(1)
    own = select(_E.consultation).where(AT_PRACTICES, theirs).order_by(_E.requested_at.desc()).limit(1)
    return {SystemScope: newest, TenantScope: newest.where(OF_TENANT), ClinicScope: own}


_BY_ID = _in_each_scope(root.c.id == bindparam("id"), _E.consultation == bindparam("id"))
_BY_SHORT_ID = _in_each_scope(root.c.short_id == bindparam("short_id"), _E.short_id == bindparam("short_id"))


def is_visible(connection: Connection, scope: Scope, id: UUID) -> bool:
    """Whether the scope sees the consultation; on PostgreSQL the row-level policies say the same once more."""
    return connection.execute(_BY_ID[type(scope)], bound(scope, id=id)).scalar() is not None


def id_of_short_id(connection: Connection, scope: Scope, short_id: str) -> UUID | None:
    found: UUID | None = connection.execute(_BY_SHORT_ID[type(scope)], bound(scope, short_id=short_id)).scalar()
    return found


def bound(scope: Scope, **values: Any) -> dict[str, Any]:
    """The values with those of the scope."""
    if isinstance(scope, ClinicScope):
        return {**values, "ydernumre": [y.digits for y in scope.ydernumre]}
    return {**values, "tenant": scope.tenant} if isinstance(scope, TenantScope) else values
