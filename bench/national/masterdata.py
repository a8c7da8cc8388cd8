"""The registers of a whole country: import time and peak memory beside the floor, look-ups beside a bare SELECT.

    python bench/national/masterdata.py [--quick]

Each import runs in a process of its own, so that its peak memory is its own. The floor of an import reads the same
file, takes the same fields out of it and writes them with the driver's own bulk insert into one table with an index;
it checks nothing, hashes nothing and compares nothing. The two take turns, each time on new databases, and the best
round of each counts (Sikrede, which takes minutes: one round, between two rounds of its floor). Sikrede comes three
times: into nothing, beside a former month, and over the month before that, which is what every later month brings.

The floor of a look-up is one SELECT by primary key through the same pooled connections. *Cold* is the first look-ups
of a process that has just opened the database, after the file's pages were given up (SQLite) or the server was started
anew (PostgreSQL).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from bench.floors.registers import FLOORS  # noqa: E402
from bench.national import registers  # noqa: E402
from bench.postgres import Postgres, shown  # noqa: E402
from gateway.domain.identifiers import Cpr, Ydernummer  # noqa: E402
from gateway.masterdata import layouts, sikrede  # noqa: E402
from gateway.store.ground.crypto import Vault  # noqa: E402
from gateway.store.ground.engine import open_engine  # noqa: E402
from gateway.store.migrations.creation import create_schema  # noqa: E402
from gateway.store.register.insured import SqlInsuredRegister  # noqa: E402
from gateway.store.register.providers import SqlProviderDirectory  # noqa: E402
from gateway.store.register.sor import SqlSorDirectory  # noqa: E402

FULL = {"practices": 4_000, "units": 20_000, "citizens": 6_000_000, "lookups": 5_000, "rounds": 5}
QUICK = {"practices": 4_000, "units": 6_000, "citizens": 60_000, "lookups": 1_000, "rounds": 2}
COLD_ROUNDS = 4
TODAY = date(2026, 11, 22)
MONTHS = {"sikrede": "20261101", "sikrede-next": "20261108", "sikrede-third": "20261115"}

Urls = Callable[[str], str]  # the address of a database by name: a new one, or one that was asked for before


def vault_of(key: str) -> Vault:
    raw = base64.b64decode(key)
    return Vault({"1": raw}, "1", raw)


def child(step: str, file: Path, url: str, key: str) -> dict[str, float]:
    """Run one import or floor in a process of its own: seconds and megabytes at its peak."""
    command = [sys.executable, __file__, "--step", step, str(file), url, key]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{step}: {done.stderr[-2000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def run_step(step: str, file: str, url: str, key: str) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    if step.startswith("floor-"):
        FLOORS[step.removeprefix("floor-")](file, url)
    else:
        _import(step, Path(file), open_engine(url), vault_of(key))
    seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "busy": busy, "megabytes": peak}))


def _import(step: str, file: Path, engine: Engine, vault: Vault) -> None:
    at = datetime.now(UTC)
    if step.startswith("sikrede"):
        SqlInsuredRegister(engine, vault, sikrede.opened).import_file(file, "bench", at)
    elif step == "sor":
        SqlSorDirectory(engine, layouts.opened_sor).import_file(file, "bench", at)
    else:
        SqlProviderDirectory(engine, layouts.opened_yderregister).import_file(file, "bench", at)


def measure_small(figures: Figures, kind: str, url: Urls, files: dict[str, Path], rounds: int, key: str) -> None:
    """The Yderregister and SOR: seconds, so the best of several rounds on empty databases."""
    for step in ("yderregister", "sor"):
        ours, floors = [], []
        for number in range(rounds):
            floors.append(child(f"floor-{step}", files[step], url(f"floor{number}"), key))
            ours.append(child(step, files[step], with_schema(url(f"ours{number}")), key))
        _imported(figures, f"{kind}_{step}", ours, floors)


def measure_sikrede(figures: Figures, kind: str, url: Urls, files: dict[str, Path], key: str) -> None:
    floors = [child("floor-sikrede", files["sikrede"], url("floor0"), key)]
    ours = [child(month, files[month], with_schema(url("ours")), key) for month in MONTHS]
    floors.append(child("floor-sikrede", files["sikrede"], url("floor1"), key))
    between = {name: (floors[0][name] + floors[1][name]) / 2 for name in floors[0]}
    for month, one in zip(MONTHS, ours, strict=True):
        _imported(figures, f"{kind}_{month}", [one], [between])


def _imported(figures: Figures, name: str, ours: list[dict[str, float]], floors: list[dict[str, float]]) -> None:
    mine, floor = (min(rounds, key=lambda one: one["seconds"]) for rounds in (ours, floors))
    print(
        f"{name}: floor {floor['seconds']:.2f} s ({floor['busy']:.2f} busy),"
        f" import {mine['seconds']:.2f} s ({mine['busy']:.2f} busy)"
    )
    figures.at_most(f"{name}_import_over_floor", mine["seconds"] / floor["seconds"], "x", 3)
    figures.at_most(f"{name}_peak_memory", max(one["megabytes"] for one in ours), "MB", 200)


def with_schema(url: str) -> str:
    engine = open_engine(url)
    create_schema(engine)
    engine.dispose()
    return url


def timed(ask: Callable[[int], object], numbers: list[int]) -> list[float]:
    taken = []
    for number in numbers:
        begun = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


_SLOT = "SELECT i.slot FROM register_state s JOIN register_import i ON i.id = s.active WHERE s.register = 'sikrede'"


def bare_lookup(engine: Engine, key_of: Callable[[bytes], bytes]) -> Callable[[int], object]:
    with engine.connect() as connection:
        slot = connection.execute(text(_SLOT)).scalar_one()
    query = text(f"SELECT own FROM insured_{slot} WHERE citizen = :key")

    def ask(number: int) -> object:
        key = key_of(registers.citizen(number).encode())[:16]
        with engine.connect().execution_options(laegebro_read_only=True) as connection:
            return connection.execute(query, {"key": key}).one_or_none()

    return ask


def measure_lookups(figures: Figures, kind: str, chill: Callable[[], str], sizes: dict[str, int], key: str) -> None:
    """Cold first, on the very first questions; then warm, the two taking turns so that noise hits both."""
    vault = vault_of(key)
    pick = random.Random(1).sample(range(sizes["citizens"]), sizes["lookups"])
    cold: dict[str, list[float]] = {"bare": [], "ours": []}
    for number in range(COLD_ROUNDS):
        for name in sorted(cold, reverse=bool(number % 2)):  # each goes first in its turn
            engine = open_engine(chill())
            cold[name] += timed(_asker(name, engine, vault), pick[number * 200 : number * 200 + 200])
            engine.dispose()
    _over(figures, f"{kind}_lookup_cold", cold["ours"], cold["bare"])
    engine = open_engine(chill())
    warm: dict[str, list[float]] = {"bare": [], "ours": []}
    askers = {name: _asker(name, engine, vault) for name in warm}
    for ask in askers.values():
        timed(ask, pick)
    for start in range(0, len(pick), 50):
        for name, ask in askers.items():
            warm[name] += timed(ask, pick[start : start + 50])
    _over(figures, f"{kind}_lookup_warm", warm["ours"], warm["bare"])
    practices = SqlProviderDirectory(engine)
    ours = timed(lambda n: practices.find(Ydernummer(registers.ydernummer(n % sizes["practices"])), TODAY), pick)
    print(f"{kind} practice look-up: p99 {percentile(ours, 0.99):.2f} ms")
    engine.dispose()


def _asker(name: str, engine: Engine, vault: Vault) -> Callable[[int], object]:
    register = SqlInsuredRegister(engine, vault)
    if name == "bare":
        return bare_lookup(engine, vault.indexer("sikrede"))
    return lambda number: register.find_insured(Cpr(registers.citizen(number)))


def _over(figures: Figures, name: str, ours: list[float], bare: list[float]) -> None:
    mine, floor = percentile(ours, 0.99), percentile(bare, 0.99)
    half, floor_half = percentile(ours, 0.5), percentile(bare, 0.5)
    print(f"{name}: p50 {half:.3f} over {floor_half:.3f} ms, p99 {mine:.3f} over {floor:.3f} ms")
    figures.at_most(f"{name}_p50_over_bare_select", half / floor_half, "x", 1.5)
    figures.at_most(f"{name}_p99_over_bare_select", mine / floor, "x", 1.5)


def give_up_pages(file: Path) -> None:
    """Ask the kernel to forget what it holds of the file, so that the next read comes from the disk."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def sqlite(folder: Path) -> Iterator[tuple[Urls, Callable[[], str]]]:
    def url(name: str) -> str:
        return f"sqlite:///{folder / f'{name}.db'}"

    def chill() -> str:
        give_up_pages(folder / "ours.db")
        return url("ours")

    yield url, chill


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[Urls, Callable[[], str]]]:
    data = folder / "pg"
    server = [Postgres(data)]
    there: set[str] = set()

    def url(name: str) -> str:
        if name not in there:
            server[0].database(name)
            there.add(name)
        return shown(server[0].url(name))

    def chill() -> str:
        server[0].stop()
        for file in (data / "base").rglob("*"):
            if file.is_file():
                give_up_pages(file)
        server[0] = Postgres(data)
        return url("ours")

    yield url, chill
    server[0].stop()


def written(folder: Path, sizes: dict[str, int]) -> dict[str, Path]:
    """The register files of this run, by step."""
    files = {step: folder / step for step in ("yderregister", "sor", *MONTHS)}
    registers.write_yderregister(files["yderregister"], sizes["practices"])
    registers.write_sor(files["sor"], sizes["units"])
    moved = (0, 200, 150)
    months = [
        registers.Month(files[month], day, share) for (month, day), share in zip(MONTHS.items(), moved, strict=True)
    ]
    registers.write_sikrede(months, sizes["citizens"], sizes["practices"])
    return files


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--step", nargs=4)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    if options.step:
        run_step(*options.step)
        return 0
    sizes, figures = QUICK if options.quick else FULL, Figures()
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with tempfile.TemporaryDirectory(prefix="laegebro-registers-") as name:
        files = written(Path(name), sizes)
        for kind, database in {"sqlite": sqlite, "postgres": postgres}.items():
            if options.only in (None, kind):
                for part in ("small", "sikrede"):
                    (Path(name) / f"{kind}-{part}").mkdir()
                with database(Path(name) / f"{kind}-small") as (url, _):
                    measure_small(figures, kind, url, files, sizes["rounds"], key)
                with database(Path(name) / f"{kind}-sikrede") as (url, chill):
                    measure_sikrede(figures, kind, url, files, key)
                    child("yderregister", files["yderregister"], url("ours"), key)
                    measure_lookups(figures, kind, chill, sizes, key)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
