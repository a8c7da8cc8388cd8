"""Runs of the contract's promises as rows: asked for once, taken by one process, and over when that process falls
silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update

from gateway.domain.errors import NotFound
from gateway.domain.peers.contract_run import SILENT, WAITS, ContractRun, ContractState, Tried, Verdict
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.peers.tables import contract_run, contract_verdict

_R, _V = contract_run.c, contract_verdict.c
_RUNNING = _R.state == str(ContractState.RUNNING)
_LAST = (
    select(_R.id, func.row_number().over(partition_by=_R.connection, order_by=_R.ended_at.desc()).label("place"))
    .where(_R.state == str(ContractState.DONE))
    .subquery()
)


class SqlContractRuns:
    """Moments are the caller's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, run: ContractRun, owner: UUID | None) -> ContractRun:
        """A new run of ``owner``'s connection, or the one that is under way there."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, run.connection, owner)
            if insert_new(connection, contract_run, _values(run)):
                return run
            here = (_R.connection == run.connection, _R.ended_at.is_(None))
            return _run(connection.execute(select(contract_run).where(*here)).one())

    def claim(self, now: datetime) -> ContractRun | None:
        """One that was asked for; nobody else gets it."""
        with transaction(self._engine, SystemScope()) as connection:
            asked = select(_R.id).where(_R.state == str(ContractState.ASKED)).order_by(_R.asked_at).limit(1)
            id = connection.execute(asked.with_for_update(skip_locked=True)).scalar_one_or_none()
            if id is None:
                return None
            taken = {"state": str(ContractState.RUNNING), "heard_at": now}
            connection.execute(update(contract_run).where(_R.id == id).values(taken))
            return _found(connection, id)

    def is_any_asked(self) -> bool:
        """Without the writer's lock, since mostly there is none."""
        asked = select(_R.id).where(_R.state == str(ContractState.ASKED)).limit(1)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(asked).first() is not None

    def beat(self, id: UUID, now: datetime) -> bool:
        """Whoever carries it out lives; False where the run is over."""
        return self._change(id, heard_at=now)

    def trying(self, id: UUID, promise: str, promises: int) -> bool:
        return self._change(id, trying=promise, promises=promises)

    def keep(self, id: UUID, number: int, tried: Tried, now: datetime) -> None:
        """What came of a promise, and how far the run has come with it."""
        row = {
            "run": id,
            "number": number,
            "promise": tried.promise,
            "verdict": str(tried.verdict),
            "seen": tried.seen,
            "milliseconds": round(tried.seconds * 1000),
            "exchanges": [list(each) for each in tried.exchanges],
            "more": tried.more,
        }
        counted = {
            "heard_at": now,
            "tried": number,
            "kept": _R.kept + int(tried.verdict is Verdict.KEPT),
            "exempt": _R.exempt + int(tried.verdict is Verdict.NOT_APPLICABLE),
        }
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(insert(contract_verdict).values(row))
            connection.execute(update(contract_run).where(_R.id == id).values(counted))

    def end(self, id: UUID, state: ContractState, now: datetime, fault: str = "") -> bool:
        """False where it is over already."""
        return self._change(id, state=str(state), ended_at=now, trying="", fault=fault)

    def _change(self, id: UUID, **values: Any) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            changed = connection.execute(update(contract_run).where(_R.id == id, _RUNNING).values(values))
            return changed.rowcount == 1

    def interrupt_silent(self, now: datetime) -> int:
        """Those whose process is not heard any more, and those that no relay has taken."""
        left = and_(_R.state == str(ContractState.ASKED), _R.asked_at < now - WAITS)
        silent = or_(and_(_RUNNING, _R.heard_at < now - SILENT), left)
        over = {"state": str(ContractState.INTERRUPTED), "ended_at": now, "trying": ""}
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            if connection.execute(select(_R.id).where(silent).limit(1)).first() is None:
                return 0
        with transaction(self._engine, SystemScope()) as connection:
            signing.said_already(connection)
            return connection.execute(update(contract_run).where(silent).values(over)).rowcount

    def find(self, id: UUID, name: str = "") -> ContractRun:
        """``NotFound`` for one that is not there, or that is another connection's than ``name``."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = _found(connection, id)
        if found is None or name not in ("", found.connection):
            raise NotFound("contract-run")
        return found

    def listed(self, name: str, limit: int = 10) -> Sequence[ContractRun]:
        """The newest first."""
        query = select(contract_run).where(_R.connection == name).order_by(_R.asked_at.desc()).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_run(row) for row in connection.execute(query)]

    def last(self) -> Mapping[str, ContractRun]:
        """Of each connection the last run that came to its end."""
        query = select(contract_run).where(_R.id.in_(select(_LAST.c.id).where(_LAST.c.place == 1)))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return {row.connection: _run(row) for row in connection.execute(query)}

    def verdicts(self, id: UUID) -> Sequence[Tried]:
        """In the order in which they were tried."""
        query = select(contract_verdict).where(_V.run == id).order_by(_V.number)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_tried(row) for row in connection.execute(query)]

    def forget(self, before: datetime) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, contract_run, _R.ended_at < before)


def _found(connection: Connection, id: UUID) -> ContractRun | None:
    row = connection.execute(select(contract_run).where(_R.id == id)).one_or_none()
    return _run(row) if row else None


def _values(run: ContractRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "connection": run.connection,
        "revision": run.revision,
        "hands": run.hands,
        "by": run.by,
        "state": str(run.state),
        "asked_at": run.asked_at,
        "heard_at": None,
        "ended_at": None,
        "promises": run.promises,
        "tried": 0,
        "kept": 0,
        "exempt": 0,
        "trying": "",
        "fault": "",
    }


def _run(row: Row[Any]) -> ContractRun:
    return ContractRun(
        row.id, row.connection, row.revision, row.hands, row.by, ContractState(row.state), row.asked_at, row.ended_at,
        row.promises, row.tried, row.kept, row.exempt, row.trying, row.fault,
    )  # fmt: skip


def _tried(row: Row[Any]) -> Tried:
    exchanges = tuple((asked, answer) for asked, answer in row.exchanges)
    return Tried(row.promise, Verdict(row.verdict), row.seen, row.milliseconds / 1000, exchanges, row.more)
