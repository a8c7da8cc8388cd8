"""The console's search over 1,000,000 consultations, and its overview over 100 connections, on both databases.

    python -m bench.console.sizes [--quick] [--database sqlite|postgresql]

The database is filled as long use fills it (tests/support/growth); beforehand its rows for each consultation, table by
table, are compared with those that the gateway itself wrote. Each way to search is asked as the page asks it, and each
kind of thing that the one box knows is posted to it; the box has no further page, so the deepest look is the one that
passes over the most (``…_elsewhere``). The slowest of several counts, and once each is asked with the database's files
put out of the machine's memory. How each grew since the smallest size is printed beside it. ``--quick`` stops at
10,000 consultations.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine, select, text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from gateway.domain.identifiers import Cpr  # noqa: E402
from gateway.domain.oversight import Oversight, Purpose  # noqa: E402
from gateway.domain.practice import COPENHAGEN  # noqa: E402
from gateway.domain.scope import SystemScope  # noqa: E402
from gateway.store.consultation.tables_deliveries import delivery  # noqa: E402
from gateway.store.ground.engine import transaction  # noqa: E402
from gateway.store.peers.connections import Stanza  # noqa: E402
from gateway.store.watch.finding import SqlFinder  # noqa: E402
from tests.support.growth.databases import DATABASES, stage_on  # noqa: E402
from tests.support.growth.filling import Filling, a_tenant  # noqa: E402
from tests.unit.web.acts.stage import Stage  # noqa: E402
from tests.unit.web.nurse_world import CPR, OWN, TENANT  # noqa: E402

SIZES, QUICK = (10_000, 100_000, 1_000_000), (2_000, 10_000)
CONNECTIONS, TIMES = 100, 15
SEARCH, OVERVIEW = 1.0, 0.2  # seconds


Questions = dict[str, Callable[[], object]]


def questions(stage: Stage, reference: str) -> Questions:
    """What is looked for by each kind of thing in hand, by an organisation's administrator and by the operator."""
    g, made = stage.gateway, stage.at("waiting")
    finder, citizen = SqlFinder(g.engine, g.vault), Cpr.parse(CPR)
    asked: Questions = {}
    for who, seen in (("organisation", Oversight(TENANT)), ("operator", Oversight(None))):
        asked |= {
            f"search_short_id_{who}": partial(finder.by_short_id, seen, made.short_id),
            f"search_id_{who}": partial(finder.by_id, seen, made.id),
            f"search_reference_{who}": partial(finder.by_reference, seen, reference),
            f"search_no_reference_{who}": partial(finder.by_reference, seen, "no-such"),
            f"search_practice_{who}": partial(finder.of_practice, seen, OWN),
        }
    elsewhere = Oversight(a_tenant(1))
    asked["search_practice_elsewhere"] = lambda: finder.of_practice(elsewhere, OWN)
    asked["search_citizen_elsewhere"] = lambda: finder.of_citizen(elsewhere, citizen)
    asked["search_citizen"] = lambda: finder.of_citizen(Oversight(TENANT), citizen)
    return asked


def pages(stage: Stage, reference: str) -> Questions:
    """The same from the browser: what is typed is posted to the box, and what it leads to."""
    made, ida, day = stage.at("waiting"), stage.admin, f"{stage.now.astimezone(COPENHAGEN):%Y-%m-%d}"
    delivered = stage.gateway.store.deliveries_of(SystemScope(), made.id)[0].id
    words = {
        "short_id": made.short_id,
        "id": str(made.id),
        "entry": str(made.entries[-1].id),
        "delivery": str(delivered),
        "reference": reference,
        "practice": str(OWN),
        "connection": "eoj-001",
        "nothing": "LB-ZZZZ-Z",
    }
    citizen = {"cpr": CPR, "purpose": str(Purpose.SUPPORT), "case": "SAG-1"}
    hours = {"day": day, "begins": "00:00", "ends": "23:59", "connection": ""}

    def sent(address: str, fields: Mapping[str, str]) -> None:
        answer = ida.client.post(address, data={"csrf_token": ida.csrf, **fields})
        assert answer.status_code in (200, 303), (address, answer.status_code)

    def fetched(address: str) -> None:
        assert ida.client.get(address).status_code == 200, address

    asked: Questions = {f"box_{kind}": partial(sent, "/konsol/beskeder", {"words": it}) for kind, it in words.items()}
    return asked | {
        "box_citizen": lambda: sent("/konsol/beskeder/borger", citizen),
        "hours_of_an_incident": lambda: sent("/konsol/haendelse/tael", hours),
        "needs_handling_page": lambda: fetched("/konsol/kraever-handling"),
        "timeline_page": lambda: fetched(f"/konsol/forloeb/{made.id}"),
        "overview_page": lambda: fetched("/konsol/forbindelser"),
    }


def some_reference(stage: Stage) -> str:
    """What a peer called something of ours, long ago."""
    known = select(delivery.c.reference).where(delivery.c.reference > "5").limit(1)
    with transaction(stage.gateway.engine, SystemScope(), read_only=True) as connection:
        return str(connection.execute(known).scalar_one())


def connect_all(stage: Stage) -> None:
    """A hundred connections, each with its health."""
    g, now = stage.gateway, stage.now
    for number in range(CONNECTIONS - len(g.connections.active())):
        name = f"eoj-{number:03}"
        config = {"tenant": str(TENANT), "label": f"Journal {number}"}
        g.connections.apply(Stanza(name, "eoj", "smart_fhir", TENANT, config, synthetic=True), "bench", "bench", now)
        g.practices.note_success(name, now)


def slowest(asked: Questions) -> dict[str, float]:
    """Seconds of the slowest of ``TIMES``, once each has been asked before."""
    found = {name: 0.0 for name in asked}
    for turn in range(TIMES + 1):
        for name, ask in asked.items():
            took = seconds(ask)
            if turn:
                found[name] = max(found[name], took)
    return found


def seconds(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


def cold(asked: Questions, stage: Stage, writer: Engine) -> dict[str, float]:
    """Seconds of each with nothing of the database's files in the machine's memory; what PostgreSQL keeps in its own
    (128 MB) stays."""
    found, kept = {}, list(files_of(stage, writer))
    for name, ask in asked.items():
        stage.gateway.engine.dispose()
        for file in kept:
            put_out(file)
        found[name] = seconds(ask)
    return found


def files_of(stage: Stage, writer: Engine) -> list[Path]:
    if writer.dialect.name == "sqlite":
        path = Path(str(writer.url.database))
        return [path, path.with_name(f"{path.name}-wal")]
    with writer.connect() as connection:
        folder = Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))
    return [file for file in (folder / "base").rglob("*") if file.is_file()]


def put_out(file: Path) -> None:
    if file.exists():
        descriptor = os.open(file, os.O_RDONLY)
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def fill(filling: Filling, size: int) -> int:
    """How many rows more or fewer there are than if the gateway itself had written all of it."""
    begun, before, lived, there = time.perf_counter(), filling.stored, filling.as_lived.copy(), filling.counted()
    filling.grow_to(size)
    rate = (size - before) / (time.perf_counter() - begun)
    print(f"  {size:,} stored, {rate:,.0f}/s, load {os.getloadavg()[0]:.1f}", flush=True)
    written, due, more = filling.counted() - there, filling.as_lived - lived, size - before
    for name in sorted(due | written):
        print(f"    {name}: {written[name] / more:.3f} rows each, {due[name] / more:.3f} as lived")
    return sum(abs(written[name] - due[name]) for name in due | written)


def measure(figures: Figures, stage: Stage, writer: Engine, sizes: tuple[int, ...]) -> list[dict[str, float]]:
    filling, found = Filling(stage, writer), []
    connect_all(stage)
    for size in sizes:
        off = fill(filling, size)
        figures.at_most(f"{writer.dialect.name}_rows_off_at_{size}", off, "rows", 0)
        reference = some_reference(stage)
        asked = questions(stage, reference) | pages(stage, reference)
        first = {f"{name}_cold": took for name, took in cold(asked, stage, writer).items()}
        found.append(slowest(asked) | first)
        print(f"  asked, load {os.getloadavg()[0]:.1f}", flush=True)
    return found


def tell(figures: Figures, database: str, sizes: tuple[int, ...], found: list[dict[str, float]]) -> None:
    for name in found[-1]:
        print(f"  {database} {name}: " + " · ".join(f"{each[name] * 1000:.1f} ms" for each in found))
        limit = OVERVIEW if name == "overview_page" else SEARCH
        figures.at_most(f"{database}_{name}_at_{sizes[-1]}", found[-1][name], "s", limit)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=DATABASES)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sizes, figures = QUICK if options.quick else SIZES, Figures()
    for database in [options.database] if options.database else DATABASES:
        with stage_on(database) as (stage, writer):
            found = measure(figures, stage, writer, sizes)
        tell(figures, database, sizes, found)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
