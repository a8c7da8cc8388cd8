"""What grows with what is stored: the same questions over 1,000, 10,000 and 100,000 consultations, on both databases.

    python bench/growth.py [--quick] [--database sqlite|postgresql]

The database is filled as long use fills it (tests/support/growth): a constant number of consultations a day, a tenth of
them one nurse's, at one workplace and one practice. Each question is what a person or a periodic job asks; its time is
the median of several, and the time of every statement that runs is noted beside it. What is printed is how many times
as long it takes over the most as over 1,000. ``--quick`` stops at 10,000.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from gateway.domain.consultation import opening  # noqa: E402
from gateway.domain.errors import LaegebroError  # noqa: E402
from gateway.domain.people import SYSTEM  # noqa: E402
from gateway.domain.scope import SystemScope, TenantScope  # noqa: E402
from tests.support.growth.databases import DATABASES, stage_on  # noqa: E402
from tests.support.growth.filling import Filling  # noqa: E402
from tests.unit.web.acts.stage import Stage  # noqa: E402
from tests.unit.web.nurse_world import CPR, TENANT  # noqa: E402
from workers.upkeep import Upkeep  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
TIMES, TIMES_QUICK = 40, 12  # of each question
RATIO = 1.5  # at the most against at 1,000
LEAST = 0.0003  # seconds: what is shorter is not told from the machine's own noise, and counts as this long
OFTEN = 10  # times a statement must have run to be compared

Question = Callable[[], object]


@dataclass
class Clocked:
    """Seconds of each question and of each statement at one size."""

    questions: dict[str, list[float]] = field(default_factory=dict)
    statements: dict[str, list[float]] = field(default_factory=dict)

    def slowest(self) -> dict[str, float]:
        return {name: max(LEAST, statistics.median(times)) for name, times in self.questions.items()}

    def of_statements(self) -> dict[str, float]:
        often = {text: times for text, times in self.statements.items() if len(times) >= OFTEN}
        return {text: max(LEAST, statistics.median(times)) for text, times in often.items()}


def questions(stage: Stage) -> dict[str, Question]:
    """What people and periodic jobs ask, each by the way they ask it."""
    g, nurse, upkeep = stage.gateway, stage.nurse, Upkeep(stage.gateway)
    mine, talk = stage.at("waiting"), stage.at("review")
    station = mine.workstation
    assert station is not None
    return {
        "launch": lambda: _launched(stage),
        "state_poll": lambda: nurse.get(f"/api/v1/consultations/{mine.id}/state"),
        "queue_page": lambda: stage.doctor.client.get("/klinik/liste"),
        "queue_poll": lambda: stage.doctor.client.get("/api/v1/clinic/state"),
        "load": lambda: g.store.load(TenantScope(TENANT), talk.id),
        "timeline": lambda: g.store.timeline(SystemScope(), talk.id),
        "timeline_page": lambda: nurse.get(f"/forloeb/{talk.short_id}"),
        "my_list": lambda: nurse.get("/"),
        "workplace_list": lambda: nurse.get("/arbejdssted?grund=shift-change"),
        "undone_of_workplace": lambda: g.workplaces.undone_of_workplace(TENANT, station),
        "practice_poll": lambda: g.practices.ydernumre_of("venteværelse"),
        "events_poll": lambda: g.store.events_after(g.store.latest_seq() - 50),
        "due_deliveries": lambda: g.outbox.due(20),
        "erasure_pass": _quiet(g.erasure.erase_texts),
        "clocks": _quiet(upkeep.run_clocks),
        "reminders": _quiet(upkeep.mark_lost),
        "empty_calls": _quiet(upkeep.end_calls),
        "letters": _quiet(upkeep.correspond),
        "peer_poll": _quiet(upkeep.ask_peers),
        "forget_expired": _quiet(upkeep.forget_expired),
    }


def _launched(stage: Stage) -> None:
    """By a colleague, each with a key of its own, and over again before the next."""
    made = stage.world.launched(stage.colleague, cpr=CPR)
    stage.world.does(made, lambda c: opening.abandon(c, stage.now, SYSTEM))


def _quiet(job: Question) -> Question:
    def run() -> None:
        try:
            job()
        except LaegebroError:
            return

    return run


def clock_of(engine: Engine) -> Callable[[], float]:
    """SQLite works in the thread that asks, so its processor time is the whole of it; PostgreSQL is waited for."""
    return time.thread_time if engine.dialect.name == "sqlite" else time.perf_counter


@contextmanager
def statements_clocked(engine: Engine, into: dict[str, list[float]]) -> Iterator[None]:
    now = clock_of(engine)

    def begun(connection: Connection, *_more: Any) -> None:
        connection.info["growth_begun"] = now()

    def ended(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        into.setdefault(" ".join(statement.split()), []).append(now() - connection.info["growth_begun"])

    event.listen(engine, "before_cursor_execute", begun)
    event.listen(engine, "after_cursor_execute", ended)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", begun)
        event.remove(engine, "after_cursor_execute", ended)


def clocked(stage: Stage, asked: dict[str, Question], times: int) -> Clocked:
    """All questions in turn, round after round, so that what disturbs one round disturbs every question alike."""
    found, now = Clocked(), clock_of(stage.gateway.engine)
    for ask in asked.values():
        ask()
    with statements_clocked(stage.gateway.engine, found.statements):
        for _ in range(times):
            for name, ask in asked.items():
                begun = now()
                ask()
                found.questions.setdefault(name, []).append(now() - begun)
    return found


def measure(stage: Stage, writer: Engine | None, sizes: tuple[int, ...]) -> list[Clocked]:
    filling, asked, found = Filling(stage, writer), questions(stage), []
    for size in sizes:
        begun = time.perf_counter()
        filling.grow_to(size)
        print(f"  {size:,} consultations stored after {time.perf_counter() - begun:.0f} s", flush=True)
        found.append(clocked(stage, asked, TIMES if len(sizes) > 2 else TIMES_QUICK))
    return found


def tell(figures: Figures, database: str, sizes: tuple[int, ...], found: list[Clocked]) -> None:
    few, many = found[0].slowest(), found[-1].slowest()
    for name in few:
        print(f"  {database} {name}: " + " · ".join(f"{each.slowest()[name] * 1000:.2f} ms" for each in found))
        figures.at_most(f"{database}_{name}_{sizes[-1]}_to_{sizes[0]}", many[name] / few[name], "ratio", RATIO)
    before, after = found[0].of_statements(), found[-1].of_statements()
    grown = {text: after[text] / before[text] for text in before.keys() & after.keys()}
    slowest = max(grown, key=lambda text: grown[text])
    print(f"  {database}: {len(grown)} statements compared; the one that grew most: {slowest[:200]}")
    figures.at_most(f"{database}_slowest_grown_statement", grown[slowest], "ratio", RATIO)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=DATABASES)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sizes, figures = SIZES[:2] if options.quick else SIZES, Figures()
    for database in [options.database] if options.database else DATABASES:
        with stage_on(database) as (stage, writer):
            found = measure(stage, writer, sizes)
        tell(figures, database, sizes, found)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())
