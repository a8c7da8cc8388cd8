"""Revisions of an organisation's set-up: added one after another, and put into its own row when their day has come.

Whoever changes a draft names the revision she has read, so that two do not overwrite each other. What a file says
(``organisations.apply_tenant``) is a revision like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, select, update

from gateway.domain.errors import ConcurrentChange, NotFound, TransitionRefused
from gateway.domain.practice import danish_day
from gateway.domain.scope import SystemScope
from gateway.domain.setup.revision import SetupRevision, SetupState, draft_of, valid_on
from gateway.store.ground import signing
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.people.setup.tables import LONGEST_WHY, WAITS, setup_revision
from gateway.store.people.setup.workplaces import list_workplaces
from gateway.store.people.tables_organisations import tenant as organisation

_S = setup_revision.c
_HISTORY = select(setup_revision).where(_S.tenant == bindparam("this_tenant")).order_by(_S.number.desc())
_DUE = select(_S.tenant).distinct().where(WAITS, _S.valid_from <= bindparam("today"))
_APPLIED = (
    update(setup_revision).where(_S.tenant == bindparam("this_tenant"), WAITS, _S.valid_from <= bindparam("today"))
).values(applied=True)
_SETTINGS = select(organisation.c.settings).where(organisation.c.id == bindparam("this_tenant"))


class SqlSetupBook:
    """Reads and adds with the eyes of the system: an approval is one transaction with the act it grants."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def history(self, tenant: UUID) -> Sequence[SetupRevision]:
        """The newest first."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _history(connection, tenant)

    def begin(self, tenant: UUID, settings: Mapping[str, Any], by: str, at: datetime) -> int:
        """A draft; the one that is open already stays."""
        with transaction(self._engine, SystemScope()) as connection:
            history = _kept(connection, tenant, at)
            draft = draft_of(history)
            if draft is not None:
                return draft.number
            return _add(connection, tenant, history, SetupRevision(0, SetupState.DRAFT, settings, by, at))

    def save(self, tenant: UUID, read: int, settings: Mapping[str, Any], by: str, at: datetime) -> int:
        """The draft's new number, or its present one where nothing is changed. ``ConcurrentChange`` where another
        content has taken the place of the one that was read."""
        with transaction(self._engine, SystemScope()) as connection:
            history = _history(connection, tenant)
            draft = _required(history)
            seen = next((each for each in history if each.number == read), None)
            if seen is None or seen.settings != draft.settings:
                raise ConcurrentChange
            if settings == draft.settings:
                return draft.number
            return _add(connection, tenant, history, replace(draft, settings=settings, by=by, at=at))

    def drop(self, tenant: UUID, number: int, by: str, at: datetime) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            history = _history(connection, tenant)
            draft = _required(history, number)
            _add(connection, tenant, history, replace(draft, state=SetupState.DROPPED, by=by, at=at))

    def put_in_force(self, tenant: UUID, number: int, revision: SetupRevision) -> int:
        """The draft of that number as a revision of its own, from its day on; a day that is past is today."""
        with transaction(self._engine, SystemScope()) as connection:
            history, today = _history(connection, tenant), danish_day(revision.at)
            draft = _required(history, number)
            since = max(revision.valid_from or today, today)
            made = replace(revision, state=SetupState.IN_FORCE, settings=draft.settings, valid_from=since)
            added = _add(connection, tenant, history, made)
            _apply(connection, tenant, today)
            return added

    def apply_due(self, now: datetime) -> int:
        """Whatever has become valid stands in its organisation's row; of how many."""
        today = danish_day(now)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            due = list(connection.execute(_DUE, {"today": today}).scalars())
        for tenant in due:
            with transaction(self._engine, SystemScope()) as connection:
                _apply(connection, tenant, today)
        return len(due)


def note_applied(connection: Connection, tenant: UUID, settings: Mapping[str, Any], at: datetime) -> None:
    """What a file has put in force is a revision too, from today on, where it changes anything."""
    history = _kept(connection, tenant, at)
    present = valid_on(history, danish_day(at))
    if present is not None and present.settings == settings:
        return
    by, why = signing.whose(connection)
    made = SetupRevision(0, SetupState.IN_FORCE, settings, by, at, why[:LONGEST_WHY], danish_day(at))
    _add(connection, tenant, history, made, applied=True)


def _history(connection: Connection, tenant: UUID) -> list[SetupRevision]:
    rows = connection.execute(_HISTORY, {"this_tenant": tenant})
    return [
        SetupRevision(row.number, SetupState(row.state), row.settings, row.by, row.at, row.why, row.valid_from)
        for row in rows
    ]


def _kept(connection: Connection, tenant: UUID, at: datetime) -> list[SetupRevision]:
    """With a first revision: the organisation's row as it stood before revisions were kept of it."""
    history = _history(connection, tenant)
    settings = None if history else connection.execute(_SETTINGS, {"this_tenant": tenant}).scalar_one_or_none()
    if settings is None:
        return history
    first = SetupRevision(0, SetupState.IN_FORCE, settings, "", at, "", danish_day(at))
    _add(connection, tenant, history, first, applied=True)
    return _history(connection, tenant)


def _add(
    connection: Connection, tenant: UUID, history: Sequence[SetupRevision], one: SetupRevision, applied: bool = False
) -> int:
    number = history[0].number + 1 if history else 1
    values = {"tenant": tenant, "number": number, "state": str(one.state), "settings": dict(one.settings)}
    said = {"by": one.by[:255], "at": one.at, "why": one.why, "valid_from": one.valid_from, "applied": applied}
    if insert_new(connection, setup_revision, values | said) != 1:
        raise ConcurrentChange
    day = f" from {one.valid_from}" if one.valid_from else ""
    signing.note(connection, f"{number}{day}", tenant)
    return number


def _apply(connection: Connection, tenant: UUID, today: date) -> None:
    present = valid_on(_history(connection, tenant), today)
    if present is not None:
        mine = update(organisation).where(organisation.c.id == tenant)
        connection.execute(mine.values(settings=dict(present.settings)))
        list_workplaces(connection, tenant, present.settings)
    connection.execute(_APPLIED, {"this_tenant": tenant, "today": today})


def _required(history: Sequence[SetupRevision], number: int | None = None) -> SetupRevision:
    draft = draft_of(history)
    if draft is None:
        if number is not None and history:
            raise TransitionRefused("draft", str(history[0].state), "no-draft")
        raise NotFound("draft")
    if number not in (None, draft.number):
        raise ConcurrentChange
    return draft
