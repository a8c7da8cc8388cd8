"""A launch while the national look-up swallows every question, beside the same launches while it answers.

    python bench/national_down.py [--quick]

The two take turns, launch by launch, each on a database of its own with four thousand practices in it, so that the
machine's noise hits both. The black hole is there from the first launch: whoever is on the way when it begins waits for
the budget, and nobody after that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import registers  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from gateway.domain.case import Citizen  # noqa: E402
from gateway.domain.identifiers import CitizenId, Cpr, Ydernummer  # noqa: E402
from gateway.domain.launch import Door, Launch, PracticeClaim  # noqa: E402
from gateway.domain.lookup import InsuranceGroup, NationalAnswer, PersonStatus  # noqa: E402
from gateway.domain.organisation import Organisation  # noqa: E402
from gateway.domain.people import EmployeeIdentity  # noqa: E402
from gateway.masterdata import layouts, resolver  # noqa: E402
from gateway.services.launch import accept_launch  # noqa: E402
from gateway.services.national import BudgetedLookup  # noqa: E402
from gateway.services.whose import Sources  # noqa: E402
from gateway.store.consultations import SqlConsultationStore  # noqa: E402
from gateway.store.crypto import Vault  # noqa: E402
from gateway.store.engine import create_schema, open_engine  # noqa: E402
from gateway.store.insured import SqlInsuredRegister  # noqa: E402
from gateway.store.providers import SqlProviderDirectory  # noqa: E402
from gateway.wiring import RandomIds, SystemClock  # noqa: E402

TENANT = Organisation(UUID(int=7), "Fjordby Kommune", "99110007", synthetic=True)
OWN = Ydernummer("000001")
LAUNCH = Launch(
    tenant=TENANT.id,
    door=Door.SIGNED,
    connection="eoj",
    key="",
    employee=EmployeeIdentity("s", "Opdigtet", True),
    citizen=Citizen(Cpr("0201609995"), "Opdigtet"),
    record_ref="1",
    practice=PracticeClaim(OWN, "eoj", date(2026, 11, 1)),
)


class Service:
    """Answers in ten milliseconds, or (``hole``) when it is let go at the end of the run."""

    name = "national"

    def __init__(self, hole: bool) -> None:
        self.hole = hole
        self.over = threading.Event()

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        self.over.wait(None if self.hole else 0.01)
        return NationalAnswer(True, now, OWN, "", InsuranceGroup.FIXED_DOCTOR, PersonStatus.RESIDENT)


def world(folder: Path, service: Service) -> Callable[[int], float]:
    """A gateway's parts on a database of its own; what it returns opens one draft and says how many milliseconds."""
    engine = open_engine(f"sqlite:///{folder / f'hole-{service.hole}'}.db")
    create_schema(engine)
    vault = Vault.generate()
    providers = SqlProviderDirectory(engine, layouts.opened_yderregister)
    providers.import_file(folder / "yderregister", "bench", datetime.now(UTC))
    sources = Sources(resolver.resolve, SqlInsuredRegister(engine, vault), BudgetedLookup(service))
    store, clock, ids = SqlConsultationStore(engine, vault), SystemClock(), RandomIds()

    def launch(number: int) -> float:
        begun = time.perf_counter()
        one = replace(LAUNCH, key=f"k{number}")
        accept_launch(one, "e", TENANT, providers=providers, store=store, clock=clock, ids=ids, sources=sources)
        return (time.perf_counter() - begun) * 1000

    return launch


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    launches = 1_000 if parser.parse_args().quick else 10_000
    figures = Figures()
    well, hole = Service(hole=False), Service(hole=True)
    with tempfile.TemporaryDirectory(prefix="laegebro-national-") as name:
        folder = Path(name)
        registers.write_yderregister(folder / "yderregister", 4_000)
        normally, black_holed = world(folder, well), world(folder, hole)
        pairs = [(normally(number), black_holed(number)) for number in range(launches)]
        hole.over.set()
    normal, down = ([pair[side] for pair in pairs] for side in (0, 1))
    p99 = {"normal": percentile(normal, 0.99), "down": percentile(down, 0.99)}
    print(f"p99 {p99['normal']:.1f} ms normal, {p99['down']:.1f} ms black-holed; slowest {max(down):.0f} ms")
    figures.at_most("launch_p99_national_black_holed_over_normal", p99["down"] / p99["normal"], "x", 1.1)
    figures.at_most("launches_that_waited_for_the_black_hole", sum(ms > 1900 for ms in down), "launches", 1)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
