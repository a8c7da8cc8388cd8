"""Signed launches a second beside bare Flask with one INSERT, on SQLite and PostgreSQL, each citizen once.

    python bench/launches.py [--quick]

Each launch is verified (ES256), finds the citizen's practice, and commits consultation, events, audit, burnt token and
one-time address; the rows are counted afterwards. Both servers get the same load from the same generator (``load``).
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from bench.load import THREADS, drive, post  # noqa: E402
from bench.national import registers  # noqa: E402
from bench.postgres import Postgres, shown  # noqa: E402
from simulators.demo.processes import Process, free_port, python  # noqa: E402
from simulators.demo.setup import REGISTER, secrets_for_a_run  # noqa: E402

ISSUER = "http://eoj.localhost"
CVR = "99110007"
AUDIENCE = "http://gateway.localhost"
PART = 200  # a token is good for a minute: so many are answered in time even at 4 a second


@dataclass(frozen=True)
class Seen:
    """Requests a second of both, seconds of each answer at half load, and rows that are missing or too many."""

    floor: float
    ours: float
    half_load: list[float]
    missing: int
    of_one: int


def token(key: ECKey, audience: str, number: int) -> str:
    """A launch of record ``number``, good for a minute."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(16),
        "sub": "FJ-1001",
        "name": "Mette Holm",
        "roles": ["laegebro-start"],
        "organisation_cvr": CVR,
        "patient": {
            "reference": f"r-{number}",
            "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": registers.citizen(number)}],
            "name": "Birthe Testperson",
            "birthDate": "1960-01-02",
            "gender": "female",
        },
        "general_practitioner": {"ydernummer": "034835", "source": "eoj", "as_of": "2026-11-01"},
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def connections(key: ECKey, audience: str) -> str:
    """One organisation with a pinned key; nothing is written to its record here."""
    public = key.as_dict(private=False)
    pinned = ", ".join(f'{name} = "{value}"' for name, value in public.items() if isinstance(value, str))
    return f"""
[[tenant]]
name = "Fjordby Kommune"
cvr = "{CVR}"
type = "municipality"
[[connection]]
name = "eoj"
kind = "eoj"
adapter = "smart_fhir"
tenant = "{CVR}"
[connection.settings]
issuer = "{ISSUER}/fhir"
client_id = "laegebro"
client_key = "env:LAEGEBRO_SECRET_CLIENT"
[[connection]]
name = "signed"
kind = "eoj"
adapter = "signed_launch"
tenant = "{CVR}"
[connection.settings]
issuer = "{ISSUER}"
audience = "{audience}"
write_back = "eoj"
jwks = {{ keys = [ {{ {pinned} }} ] }}
"""


def served(name: str, application: str, folder: Path, environment: dict[str, str]) -> Process:
    port = free_port()
    arguments = ("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "16", "--no-control-socket", application)
    process = Process(name, python(*arguments), environment, folder / f"{name}.log", port=port)
    process.start()
    return process


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Name → (ours, the floor's), each empty; PostgreSQL with its own settings for durability, as it comes."""
    server = Postgres(folder / "pg")
    try:
        ours, floor = server.database("ours"), server.database("floor")
        yield {
            "sqlite": (f"sqlite:///{folder}/ours.sqlite", str(folder / "floor.sqlite")),
            "postgresql": (shown(ours), floor.render_as_string(hide_password=False)),
        }
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = 200 if parser.parse_args().quick else 2000
    key = ECKey.generate_key("P-256", {"kid": "bench"}, private=True)
    figures = Figures()
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as found:
        for database, (ours, floor) in found.items():
            folder = Path(name) / f"{database}-run"
            folder.mkdir()
            _judge(figures, database, compare(folder, key, count, (ours, floor)))
    return figures.exit_code()


def _judge(figures: Figures, database: str, seen: Seen) -> None:
    print(f"{database}: bare Flask + one INSERT {seen.floor:.0f}/s; signed launches {seen.ours:.0f}/s")
    figures.at_least(f"{database}_launch_share_of_floor", seen.ours / seen.floor, "ratio", 0.25)
    figures.at_most(f"{database}_launch_p99_half_load", percentile(seen.half_load, 0.99) * 1000, "ms", 40)
    figures.at_most(f"{database}_launches_without_a_consultation", seen.missing, "launches", 0)
    figures.at_most(f"{database}_consultations_of_one_citizen_launched_eight_times", seen.of_one, "rows", 1)


def compare(folder: Path, key: ECKey, count: int, addresses: tuple[str, str]) -> Seen:
    """The floor first, then ours: closed loops, half of that rate, and eight launches of one citizen at once."""
    environment = _environment(folder, *addresses)
    _prepare(folder, key, environment)
    floor = served("floor", "bench.floors.launch:app", folder, environment)
    ours = served("ours", "gateway.web.wsgi:app", folder, environment)
    try:
        _warm(floor.port, ours.port, _launches(key, ours.port, range(3 * count, 3 * count + THREADS)))
        floor_rate, _ = drive(floor.port, [post("/launch", b"x" * 900, "application/jwt", floor.port)] * count)
        rate, _ = _driven(ours.port, key, range(count))
        _, half_load = _driven(ours.port, key, range(count, count + count // 2), rate / 2)
        before = _stored(addresses[0])
        eight_at_once(ours.port, _launches(key, ours.port, [2 * count] * THREADS))
        return Seen(floor_rate, rate, half_load, THREADS + count + count // 2 - before, _stored(addresses[0]) - before)
    finally:
        floor.stop()
        ours.stop()


def _warm(floor: int, ours: int, launches: Sequence[bytes]) -> None:
    """One request on each line to both before the clock starts: what a process does once in its life (statements
    compiled, connections opened) is not what a launch costs."""
    drive(floor, [post("/launch", b"x" * 900, "application/jwt", floor)] * THREADS)
    drive(ours, launches)


def _driven(port: int, key: ECKey, citizens: Sequence[int], pace: float = 0.0) -> tuple[float, list[float]]:
    """Launches a second and the answers' times, in parts of ``PART`` that are signed just before they are sent."""
    seconds, times = 0.0, list[float]()
    for first in range(0, len(citizens), PART):
        part = citizens[first : first + PART]
        rate, answers = drive(port, _launches(key, port, part), pace)
        seconds += len(part) / rate
        times += answers
    return len(citizens) / seconds, times


def _launches(key: ECKey, port: int, citizens: Iterable[int]) -> list[bytes]:
    """One request each; every number is another citizen."""
    return [post("/api/v1/launches", token(key, AUDIENCE, n).encode(), "application/jwt", port) for n in citizens]


def eight_at_once(port: int, requests: Sequence[bytes]) -> None:
    """One citizen, ``THREADS`` lines; each must be answered with 201, or ``drive`` raises."""
    drive(port, requests)


def _stored(address: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # the row-level policies show everything to the system alone
            connection.execute(text("SELECT set_config('laegebro.scope', 'system', true)"))
        number = int(connection.execute(text("SELECT count(*) FROM consultation")).scalar_one())
    engine.dispose()
    return number


def _environment(folder: Path, ours: str, floor: str) -> dict[str, str]:
    return {
        **os.environ,
        **secrets_for_a_run(),
        "LAEGEBRO_ENVIRONMENT": "demo",
        "LAEGEBRO_PUBLIC_URL": AUDIENCE,
        "LAEGEBRO_DATABASE_URL": ours,
        "LAEGEBRO_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "FLOOR_DATABASE": floor,
        "PYTHONPATH": str(ROOT),
    }


def _prepare(folder: Path, key: ECKey, environment: dict[str, str]) -> None:
    file = folder / "connections.toml"
    file.write_text(connections(key, AUDIENCE), encoding="utf-8")
    for words in (["upgrade"], ["providers", "import", str(REGISTER)], ["connections", "apply", str(file)]):
        command = python("-c", "from gateway.cli import main; main()", *words)
        subprocess.run(command, env=environment, check=True, capture_output=True)


if __name__ == "__main__":
    raise SystemExit(main())
