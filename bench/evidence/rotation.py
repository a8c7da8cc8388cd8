"""Rotation of the data key with 100,000 consultations, under 5 launches a second, its process killed three times.

    python bench/evidence/rotation.py [--quick] [--database sqlite|postgresql]

The consultations are sealed under the former key. A process of its own does what the relay does (workers/upkeep.py),
and is killed at a quarter, a half and three quarters of the rows; the next one goes on. Meanwhile consultations are
committed and others, chosen at random, are read, each with both keys known; at the end every one is read with the new
key alone. ``--quick``: 4,000 consultations.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from sqlalchemy import Engine, create_engine, select

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from gateway.domain.scope import SystemScope, TenantScope  # noqa: E402
from gateway.store.consultation.store import SqlConsultationStore  # noqa: E402
from gateway.store.consultation.tables import consultation  # noqa: E402
from gateway.store.ground.crypto import Vault  # noqa: E402
from gateway.store.ground.engine import at_leisure, open_engine, transaction  # noqa: E402
from gateway.store.migrations.creation import create_schema  # noqa: E402
from gateway.store.watch.resealing import SqlResealing  # noqa: E402
from tests.support import consultations as make  # noqa: E402
from tests.support.databases import PostgresServer, shown  # noqa: E402
from tests.support.growth.history import Lived, Owner, write  # noqa: E402
from workers.upkeep import RESEAL_EVERY, RESEAL_PASSES  # noqa: E402

MANY, QUICK = 100_000, 4_000
KILLS = (0.25, 0.5, 0.75)  # of the rows
A_SECOND = 5
OWNER = Owner(make.KOMMUNE_A, make.NURSE.id, "Hjemmesygeplejen Nord", str(make.PRACTICE), "gp-one")
LONGEST = 1_800.0


def fill(engine: Engine, writer: Engine, vault: Vault, many: int) -> None:
    """Copies of one that waits, each with ids and a key of its own."""
    first = SqlConsultationStore(engine, vault).commit(make.waiting())
    lived = Lived(SimpleNamespace(engine=engine, vault=vault), first.id, OWNER)  # type: ignore[arg-type]
    dice = random.Random(1)
    for start in range(1, many, 2_000):
        some = range(start, min(many, start + 2_000))
        rows = [row for n in some for row in lived.copy(OWNER, make.NOW - timedelta(minutes=n), dice)]
        with at_leisure(writer) as connection:
            write(connection, rows)


@dataclass
class Load:
    """Consultations committed and read while the keys change."""

    engine: Engine
    vault: Vault
    ids: list[UUID]
    acts: int = 0
    errors: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        store, dice = SqlConsultationStore(self.engine, self.vault), random.Random(2)
        begun = time.monotonic()
        while not self.over.wait(max(0.0, begun + self.acts / A_SECOND - time.monotonic())):
            self.acts += 1
            try:
                made = store.commit(make.waiting())
                for id in (made.id, dice.choice(self.ids)):
                    store.load(TenantScope(make.KOMMUNE_A), id)
                self.ids.append(made.id)
            except Exception as fault:  # whatever it is, it is counted and said
                self.errors.append(type(fault).__name__)


def rotate(engine: Engine, book: SqlResealing, many: int, command: list[str]) -> int:
    """How often its process was killed before all was done."""
    kills = [share * many for share in KILLS]
    done, ends = 0, time.monotonic() + LONGEST
    while time.monotonic() < ends and not all(each.done for each in book.progress()):
        with subprocess.Popen(command) as process:
            while not all(each.done for each in book.progress()) and time.monotonic() < ends:
                reached = next(each.rows for each in book.progress() if each.table == "consultation_key")
                if done < len(kills) and reached >= kills[done]:
                    break
                time.sleep(0.05)
            done += not all(each.done for each in book.progress())
            process.kill()
    return done


def measure(figures: Figures, engine: Engine, writer: Engine, folder: Path, many: int) -> None:
    name, index = engine.dialect.name, secrets.token_bytes(32)
    keys = {each: secrets.token_bytes(32) for each in ("1", "2")}
    former, both, new = (Vault({k: keys[k] for k in names}, names[-1], index) for names in ("1", "12", "2"))
    create_schema(engine)
    fill(engine, writer, former, many)
    ids = every_id(engine)
    book, load = SqlResealing(engine, both), Load(engine, both, ids)
    book.start()
    command = [sys.executable, __file__, "--pass-on", str(told(folder, engine, keys, index))]
    command += ["--quick"] if many == QUICK else []
    thread, begun = threading.Thread(target=load.run), time.monotonic()
    thread.start()
    killed = rotate(engine, book, many, command)
    took = time.monotonic() - begun
    load.over.set()
    thread.join()
    figures.at_least(f"rotation_consultations_{name}", len(ids) - load.acts, "consultations", many)
    figures.at_least(f"rotation_kills_{name}", killed, "kills", len(KILLS))
    figures.at_most(f"rotation_took_{name}", took, "s", LONGEST)
    figures.at_least(f"rotation_load_{name}", load.acts / took, "1/s", A_SECOND * 0.9)
    figures.at_most(f"rotation_errors_{name}", len(load.errors), "errors", 0)
    figures.at_most(f"rotation_values_under_former_{name}", under_former(book), "values", 0)
    figures.at_most(f"rotation_unreadable_{name}", unreadable(engine, new, every_id(engine)), "consultations", 0)


def every_id(engine: Engine) -> list[UUID]:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return list(connection.execute(select(consultation.c.id)).scalars())


def under_former(book: SqlResealing) -> int:
    return sum(counts["1"] for counts in book.count(["1"]).values()) + sum(each.unreadable for each in book.progress())


def unreadable(engine: Engine, vault: Vault, ids: list[UUID]) -> int:
    """How many of them the new key alone does not open."""
    store, read = SqlConsultationStore(engine, vault), 0
    for start in range(0, len(ids), 500):
        read += len(store.load_each(ids[start : start + 500]))
    return len(ids) - read


def told(folder: Path, engine: Engine, keys: dict[str, bytes], index: bytes) -> Path:
    path = folder / f"{engine.dialect.name}.json"
    said = {name: b64encode(key).decode() for name, key in (*keys.items(), ("index", index))}
    path.write_text(json.dumps({"url": engine.url.render_as_string(hide_password=False), **said}))
    return path


def pass_on(path: Path, limit: int | None) -> int:
    """The relay's loop, until it is killed. ``limit``: smaller batches, so that a few rows last for three kills."""
    said = json.loads(path.read_text())
    vault = Vault({name: b64decode(said[name]) for name in ("1", "2")}, "2", b64decode(said["index"]))
    book = SqlResealing(open_engine(said["url"].replace("+psycopg", "")), vault)
    while True:
        for _ in range(RESEAL_PASSES):
            if not book.run_pass(limit):
                break
        time.sleep(RESEAL_EVERY)


@contextmanager
def databases(folder: Path, only: str) -> Iterator[list[tuple[Engine, Engine]]]:
    """Each with an engine that row-level security does not hold, to fill it."""
    pairs, server = list[tuple[Engine, Engine]](), None
    if only in ("", "sqlite"):
        engine = open_engine(f"sqlite:///{folder / 'rotation.sqlite'}")
        pairs.append((engine, engine))
    if only in ("", "postgresql"):
        server = PostgresServer(folder / "postgres")
        url = server.empty()
        pairs.append((open_engine(shown(url)), create_engine(server.admin.url.set(database=url.database))))
    try:
        yield pairs
    finally:
        for pair in pairs:
            for engine in pair:
                engine.dispose()
        if server is not None:
            server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="")
    parser.add_argument("--pass-on", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.pass_on:
        return pass_on(given.pass_on, 50 if given.quick else None)
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder), given.database) as pairs:
        for engine, writer in pairs:
            measure(figures, engine, writer, Path(folder), QUICK if given.quick else MANY)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
