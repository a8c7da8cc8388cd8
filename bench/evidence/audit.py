"""The audit trail as evidence: 1,000 random changes found and named, and how fast the check and the sealing are.

    python bench/evidence/audit.py [--quick]

On SQLite and PostgreSQL: rows of several organisations are written and sealed, the whole is checked; then rows are
changed, removed and exchanged as one who holds the database itself would, and each must be named.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, delete, insert, select, update

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from bench.postgres import Postgres, shown  # noqa: E402
from gateway.domain.scope import SystemScope  # noqa: E402
from gateway.domain.trail import Finding, Tamper  # noqa: E402
from gateway.store.ground.engine import open_engine, transaction  # noqa: E402
from gateway.store.ground.tables_audit import audit  # noqa: E402
from gateway.store.migrations.creation import create_schema  # noqa: E402
from gateway.store.trail.sealing import SqlSealing  # noqa: E402
from gateway.store.trail.verifying import SqlVerifying  # noqa: E402
from tests.support.unguarded import unguarded  # noqa: E402

ORGANISATIONS = [UUID(int=number) for number in range(1, 21)]
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
CHANGES = 1_000
COLUMNS = ("id", "at", "tenant", "organisation", "what", "consultation", "case_hash", "basis", "actor_id", "actor_name")


def fill(engine: Engine, many: int) -> None:
    for start in range(0, many, 2_000):
        rows = [row(number) for number in range(start, min(many, start + 2_000))]
        with transaction(engine, SystemScope()) as connection:
            connection.execute(insert(audit), rows)


def row(number: int) -> dict[str, object]:
    return {
        "id": uuid4(),
        "at": BEGUN + timedelta(seconds=number),
        "tenant": ORGANISATIONS[number % len(ORGANISATIONS)],
        "organisation": "Fjordby Kommune",
        "verb": "read",
        "what": "page-phone",
        "consultation": uuid4(),
        "case_hash": uuid4().bytes * 2,
        "basis": "treatment",
        "channel": "smart",
        "actor_kind": "employee",
        "actor_id": str(uuid4()),
        "actor_name": uuid4().bytes * 4,
        "actor_role": "Sygeplejerske",
    }


def falsify(engine: Engine, rng: random.Random, many: int) -> dict[int, Tamper]:
    """As many rows, each in one way; a third of them removed, a few exchanged in pairs."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        seqs = list(connection.execute(select(audit.c.seq)).scalars())
    chosen = rng.sample(seqs, many)
    with unguarded(engine) as connection:
        return {seq: falsify_one(connection, rng, seq) for seq in chosen}


def falsify_one(connection: Connection, rng: random.Random, seq: int) -> Tamper:
    if rng.random() < 1 / 3:
        connection.execute(delete(audit).where(audit.c.seq == seq))
        return Tamper.REMOVED
    column = rng.choice(COLUMNS)
    new: object = uuid4()
    if column == "at":
        new = BEGUN - timedelta(microseconds=rng.randrange(1, 10**9))
    elif column in ("case_hash", "actor_name"):
        new = rng.randbytes(32)
    elif column in ("organisation", "what", "basis", "actor_id"):
        new = str(new)
    connection.execute(update(audit).where(audit.c.seq == seq).values({column: new}))
    return Tamper.CHANGED


def seconds_per_row(engine: Engine, many: int) -> float:
    """One row a transaction, as acts write them."""
    begun = time.perf_counter()
    for number in range(many):
        with transaction(engine, SystemScope()) as connection:
            connection.execute(insert(audit), row(number))
    return (time.perf_counter() - begun) / many


def measure(figures: Figures, name: str, engine: Engine, rows: int) -> None:
    create_schema(engine)
    fill(engine, rows)
    begun = time.perf_counter()
    sealed = SqlSealing(engine).seal_all(passes=rows)
    figures.at_least(f"audit_seal_rows_per_second_{name}", sealed / (time.perf_counter() - begun), "rows/s", 1_000)
    begun = time.process_time()
    report = SqlVerifying(engine).verify(SqlSealing(engine).heads())
    ours = time.process_time() - begun
    figures.at_least(f"audit_verify_rows_per_second_of_a_core_{name}", report.rows / ours, "rows/s", 100_000)
    figures.at_most(f"audit_untouched_findings_{name}", len(report.findings), "findings", 0)
    done = falsify(engine, random.Random(), CHANGES)
    found = SqlVerifying(engine).verify().findings
    figures.at_least(f"audit_changes_named_{name}", named(found, done), "rows", CHANGES)
    figures.at_most(f"audit_others_named_{name}", len(found) - named(found, done), "rows", 0)
    figures.at_most(f"audit_row_written_{name}", seconds_per_row(engine, 300) * 1000, "ms", 20)


def named(found: list[Finding], done: dict[int, Tamper]) -> int:
    return sum(done.get(each.seq) is each.tamper for each in found)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Engine]]:
    server = Postgres(folder / "postgres")
    engines = {
        "sqlite": open_engine(f"sqlite:///{folder / 'audit.sqlite'}"),
        "postgres": open_engine(shown(server.database("audit"))),
    }
    try:
        yield engines
    finally:
        for engine in engines.values():
            engine.dispose()
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    rows = 40_000 if parser.parse_args().quick else 400_000
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as engines:
        for name, engine in engines.items():
            measure(figures, name, engine, rows)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
