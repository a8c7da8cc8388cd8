"""What the synthetic runs of this deployment came to, for the console's overview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, insert, select

from gateway.domain.peers.synthetic import RunStep, SyntheticRun
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import transaction
from gateway.store.watch.tables import synthetic_run

_R = synthetic_run.c


class SqlSyntheticRuns:
    """One row each; nothing in it is about a citizen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, run: SyntheticRun) -> None:
        values = {
            "id": run.id,
            "organisation": run.organisation,
            "short_id": run.short_id,
            "began_at": run.began_at,
            "milliseconds": run.milliseconds,
            "failed_at": str(run.failed_at or ""),
            "fault": run.fault,
        }
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, run.short_id)
            connection.execute(insert(synthetic_run).values(values))

    def last(self, limit: int = 5) -> Sequence[SyntheticRun]:
        """The newest first."""
        query = select(synthetic_run).order_by(_R.began_at.desc()).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [
                SyntheticRun(
                    row.id, row.organisation, row.short_id, row.began_at, row.milliseconds,
                    RunStep(row.failed_at) if row.failed_at else None, row.fault,
                )
                for row in connection.execute(query)
            ]  # fmt: skip

    def forget(self, before: datetime) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, synthetic_run, _R.began_at < before)
