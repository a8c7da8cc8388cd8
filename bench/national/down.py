"""Launches while the national look-up swallows every question, beside the same launches while it answers.

    python bench/national/down.py [--quick]

Eight at a time through the real launch service, the real look-up adapter and PostgreSQL. *Normal*: a national
simulator that signs and verifies. *Black-holed*: a socket that accepts and never says a word. *None*: a municipality
without the look-up, for comparison. The three take turns in short rounds, each on a database of its own, so that the
machine's noise hits all alike. The hole is there from the first launch: whoever is on the way then waits for the
budget, and nobody after that.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from adapters.register.dgcpr import CprLookup, Settings  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from bench.national import registers  # noqa: E402
from bench.postgres import Postgres, shown  # noqa: E402
from gateway.domain.citizen.citizen import Citizen  # noqa: E402
from gateway.domain.identifiers import Cpr, Ydernummer  # noqa: E402
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim  # noqa: E402
from gateway.domain.organisation import Organisation  # noqa: E402
from gateway.domain.people import EmployeeIdentity  # noqa: E402
from gateway.machine import RandomIds  # noqa: E402
from gateway.masterdata import layouts, resolver  # noqa: E402
from gateway.services.launch import LaunchPorts, Opener, accept_launch  # noqa: E402
from gateway.services.national import BUDGET, BudgetedLookup  # noqa: E402
from gateway.services.whose import Sources  # noqa: E402
from gateway.store.consultation.store import SqlConsultationStore  # noqa: E402
from gateway.store.ground.clock import DatabaseClock  # noqa: E402
from gateway.store.ground.crypto import Vault  # noqa: E402
from gateway.store.ground.engine import open_engine  # noqa: E402
from gateway.store.migrations.creation import create_schema  # noqa: E402
from gateway.store.register.insured import SqlInsuredRegister  # noqa: E402
from gateway.store.register.providers import SqlProviderDirectory  # noqa: E402
from simulators.demo.processes import Process, python  # noqa: E402

TENANT = Organisation(UUID(int=7), "Fjordby Kommune", "99110007", synthetic=True)
PARALLEL = 8
SIZE = 100  # launches of one round
STS, LOOKUP = "/sts/services/NewSecurityTokenService", "/stamdata-cpr-ws/service/DetGodeCPROpslag-1.0.4"
LAUNCH = Launch(
    tenant=TENANT.id,
    channel=LaunchChannel.SIGNED,
    connection="eoj",
    key="",
    employee=EmployeeIdentity("s", "Opdigtet", True),
    citizen=Citizen(Cpr("0201609995"), "Opdigtet"),  # official test person; his doctor is 034835 in the simulator
    record_ref="1",
    practice=PracticeClaim(Ydernummer("034835"), "eoj", date(2026, 11, 1)),
)
Round = Callable[[int], list[float]]


@contextmanager
def answering(keys: Path) -> Iterator[str]:
    """The national simulator; its certificates and our key lie in ``keys`` when it answers."""
    command = python("-m", "simulators.national", "--listen", "127.0.0.1:0", "--keys", str(keys))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = Process("national", command, environment, keys.parent / "national.log", announces=True)
    process.start()
    try:
        yield process.address
    finally:
        process.stop()


@contextmanager
def black_hole() -> Iterator[str]:
    """Takes every connection, and every byte of it, and never answers."""
    taken: list[socket.socket] = []

    def swallow(door: socket.socket) -> None:
        while True:
            try:
                taken.append(door.accept()[0])
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        threading.Thread(target=swallow, args=(door,), daemon=True).start()
        yield f"http://nsp.localhost:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)
    for one in taken:
        one.close()


def leash(address: str, keys: Path) -> BudgetedLookup:
    settings = Settings(
        address=f"{address}{LOOKUP}",
        sts_address=f"{address}{STS}",
        sts_issuer="SIM-STS",
        sts_certificates="sts.pem",
        certificate="caller.pem",
        key="caller.key",
        organisation_cvr=TENANT.cvr,
        organisation_name=TENANT.name,
    )
    return BudgetedLookup(CprLookup("dgcpr", settings, lambda name: (keys / name).read_text()))


def world(register: Path, url: str, national: BudgetedLookup | None) -> Round:
    """A gateway's parts on a database of its own; one round opens so many drafts and says the milliseconds of each."""
    engine = open_engine(url)
    create_schema(engine)
    vault = Vault.generate()
    providers = SqlProviderDirectory(engine, layouts.opened_yderregister)
    providers.import_file(register, "bench", datetime.now(UTC))
    sources = Sources(resolver.resolve, SqlInsuredRegister(engine, vault), national)
    store = SqlConsultationStore(engine, vault)
    opener, ports = Opener("e", TENANT), LaunchPorts(store, DatabaseClock(engine), RandomIds(), providers, sources)
    pool, numbers = ThreadPoolExecutor(PARALLEL), iter(range(10**9))

    def launch(number: int) -> float:
        one = replace(LAUNCH, key=f"k{number}")
        begun = time.perf_counter()
        accept_launch(one, opener, ports)
        return (time.perf_counter() - begun) * 1000

    return lambda launches: list(pool.map(launch, [next(numbers) for _ in range(launches)]))


def report(taken: dict[str, list[float]], opened: bool) -> int:
    figures = Figures()
    for name, launches in taken.items():
        shares = {share: percentile(launches, share) for share in (0.5, 0.99)}
        print(f"{name}: {len(launches)} launches, p50 {shares[0.5]:.1f} ms, p99 {shares[0.99]:.1f} ms")
    p99 = {name: percentile(launches, 0.99) for name, launches in taken.items()}
    waited = sum(ms > BUDGET * 900 for ms in taken["black-holed"])
    figures.at_most("launch_p99_national_black_holed_over_normal", p99["black-holed"] / p99["normal"], "x", 1.1)
    figures.at_most("launches_that_waited_for_the_black_hole", waited, "launches", PARALLEL)
    figures.at_least("breaker_open_at_the_end", float(opened), "yes", 1)
    return figures.exit_code()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    rounds = 10 if parser.parse_args().quick else 60
    with tempfile.TemporaryDirectory(prefix="laegebro-national-") as name, ExitStack() as stack:
        folder = Path(name)
        keys, register = folder / "keys", folder / "yderregister"
        registers.write_yderregister(register, 4_000)
        server = Postgres(folder / "pg")
        stack.callback(server.stop)
        well = leash(stack.enter_context(answering(keys)), keys)
        hole = leash(stack.enter_context(black_hole()), keys)
        worlds = {}
        for name, national in {"normal": well, "black-holed": hole, "none": None}.items():
            worlds[name] = world(register, shown(server.database(name)), national)
        taken: dict[str, list[float]] = {name: [] for name in worlds}
        for _ in range(rounds):
            for name, launch in worlds.items():
                taken[name] += launch(SIZE)
        return report(taken, hole.is_open)


if __name__ == "__main__":
    sys.exit(main())
