"""The console's search over 1,000,000 consultations, and its overview over 100 connections, on both databases.

    python -m bench.console.sizes [--quick] [--database sqlite|postgresql]

The database is filled as long use fills it (tests/support/growth). Each way to search is asked as the page asks it, and
the overview's page is fetched with 100 connections of one owner; the slowest of several counts. How each grew since the
smallest size is printed beside it. ``--quick`` stops at 10,000 consultations.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from gateway.domain.identifiers import Cpr  # noqa: E402
from gateway.domain.oversight import Oversight  # noqa: E402
from gateway.store.peers.connections import Stanza  # noqa: E402
from gateway.store.watch.finding import SqlFinder  # noqa: E402
from tests.support.growth.databases import DATABASES, stage_on  # noqa: E402
from tests.support.growth.filling import Filling  # noqa: E402
from tests.unit.web.acts.stage import Stage  # noqa: E402
from tests.unit.web.nurse_world import CPR, OWN, TENANT  # noqa: E402

SIZES, QUICK = (10_000, 100_000, 1_000_000), (2_000, 10_000)
CONNECTIONS, TIMES = 100, 15
SEARCH, OVERVIEW = 1.0, 0.2  # seconds


def questions(stage: Stage) -> dict[str, Callable[[], object]]:
    """What the one box asks for each kind of thing in hand, by an organisation's administrator and by the operator."""
    g, made = stage.gateway, stage.at("waiting")
    finder, citizen = SqlFinder(g.engine, g.vault), Cpr.parse(CPR)
    asked: dict[str, Callable[[], object]] = {"overview_page": lambda: stage.admin.client.get("/konsol/forbindelser")}
    for who, seen in (("organisation", Oversight(TENANT)), ("operator", Oversight(None))):
        asked |= {
            f"search_short_id_{who}": partial(finder.by_short_id, seen, made.short_id),
            f"search_id_{who}": partial(finder.by_id, seen, made.id),
            f"search_reference_{who}": partial(finder.by_reference, seen, "no-such"),
            f"search_practice_{who}": partial(finder.of_practice, seen, OWN),
        }
    return asked | {"search_citizen": lambda: finder.of_citizen(Oversight(TENANT), citizen)}


def connect_all(stage: Stage) -> None:
    """A hundred connections, each with its health."""
    g, now = stage.gateway, stage.now
    for number in range(CONNECTIONS - len(g.connections.active())):
        name = f"eoj-{number:03}"
        config = {"tenant": str(TENANT), "label": f"Journal {number}"}
        g.connections.apply(Stanza(name, "eoj", "smart_fhir", TENANT, config, synthetic=True), "bench", "bench", now)
        g.practices.note_success(name, now)


def slowest(asked: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of the slowest of ``TIMES``, once each has been asked before."""
    found = {name: 0.0 for name in asked}
    for turn in range(TIMES + 1):
        for name, ask in asked.items():
            begun = time.perf_counter()
            ask()
            if turn:
                found[name] = max(found[name], time.perf_counter() - begun)
    return found


def measure(stage: Stage, writer: Engine | None, sizes: tuple[int, ...]) -> list[dict[str, float]]:
    filling, found = Filling(stage, writer), []
    connect_all(stage)
    asked = questions(stage)
    for size in sizes:
        begun = time.perf_counter()
        filling.grow_to(size)
        print(f"  {size:,} consultations stored after {time.perf_counter() - begun:.0f} s", flush=True)
        found.append(slowest(asked))
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
            found = measure(stage, writer, sizes)
        tell(figures, database, sizes, found)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
