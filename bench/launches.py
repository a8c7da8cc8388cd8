"""Launches per second through the signed door, beside bare Flask with one INSERT in the same run.

    python bench/launches.py [--quick]

Each launch is verified (ES256), finds the citizen's practice, and commits consultation, case, events, audit, burnt
token and one-time address. The practice's system is not there at all: a request calls no peer.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from simulators.demo.processes import Process, free_port, python  # noqa: E402
from simulators.demo.setup import REGISTER, secrets_for_a_run  # noqa: E402

ISSUER = "http://eoj.localhost"
CVR = "99110007"
CPR = "0201609995"  # official test person
THREADS = 8

Request = Callable[[httpx.Client, int], httpx.Response]


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
            "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": CPR}],
            "name": "Birthe Testperson",
            "birthDate": "1960-01-02",
            "gender": "female",
        },
        "general_practitioner": {"ydernummer": "034835", "source": "eoj", "as_of": "2026-11-01"},
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def connections(key: ECKey, audience: str) -> str:
    """One organisation with a pinned key."""
    public = key.as_dict(private=False)
    pinned = ", ".join(f'{name} = "{value}"' for name, value in public.items() if isinstance(value, str))
    return f"""
[[tenant]]
name = "Fjordby Kommune"
cvr = "{CVR}"
type = "municipality"
synthetic = true
[[connection]]
name = "signed"
kind = "eoj"
adapter = "signed_launch"
tenant = "{CVR}"
synthetic = true
[connection.settings]
issuer = "{ISSUER}"
audience = "{audience}"
write_back = "eoj"
jwks = {{ keys = [ {{ {pinned} }} ] }}
"""


def measured(url: str, request: Request, count: int) -> tuple[float, list[float]]:
    """Requests per second by ``THREADS`` closed loops, and each answer's time."""
    times: list[float] = []

    def loop(numbers: Iterator[int]) -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            for number in numbers:
                started = time.perf_counter()
                answer = request(client, number)
                times.append(time.perf_counter() - started)
                if answer.status_code != 201:
                    raise RuntimeError(answer.text)

    shares = [iter(range(start, count, THREADS)) for start in range(THREADS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(loop, shares))
    return count / (time.perf_counter() - started), times


def served(name: str, application: str, folder: Path, environment: dict[str, str]) -> Process:
    port = free_port()
    arguments = ("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "16", "--no-control-socket", application)
    process = Process(name, python(*arguments), environment, folder / f"{name}.log", port=port)
    process.start()
    return process


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = 400 if parser.parse_args().quick else 4000
    key = ECKey.generate_key("P-256", {"kid": "bench"}, private=True)
    with tempfile.TemporaryDirectory() as name:
        floor_rate, ours_rate, ours_times = compare(Path(name), key, count)
    print(f"bare Flask + one INSERT: {floor_rate:.0f}/s; signed launches: {ours_rate:.0f}/s")
    figures = Figures()
    figures.at_least("launches_per_second", ours_rate, "1/s", 20)
    figures.at_least("launch_share_of_floor", ours_rate / floor_rate, "ratio", 0.05)
    figures.at_most("launch_p99_saturated", percentile(ours_times, 0.99), "s", 2.0)
    return figures.exit_code()


def compare(folder: Path, key: ECKey, count: int) -> tuple[float, float, list[float]]:
    audience = "http://gateway.localhost"
    environment = {
        **os.environ,
        **secrets_for_a_run(),
        "LAEGEBRO_ENVIRONMENT": "demo",
        "LAEGEBRO_PUBLIC_URL": audience,
        "LAEGEBRO_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite",
        "LAEGEBRO_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "FLOOR_DATABASE": str(folder / "floor.sqlite"),
        "PYTHONPATH": str(ROOT),
    }
    file = folder / "connections.toml"
    file.write_text(connections(key, audience), encoding="utf-8")
    for words in (["upgrade"], ["providers", "import", str(REGISTER)], ["connections", "apply", str(file)]):
        command = python("-c", "from gateway.cli import main; main()", *words)
        subprocess.run(command, env=environment, check=True, capture_output=True)
    tokens = [token(key, audience, number) for number in range(count)]
    floor = served("floor", "bench.floor:app", folder, environment)
    ours = served("ours", "gateway.web.wsgi:app", folder, environment)
    headers = {"Content-Type": "application/jwt"}
    try:
        floor_rate, _ = measured(
            f"http://127.0.0.1:{floor.port}", lambda c, n: c.post("/launch", content=tokens[n]), count
        )
        ours_rate, times = measured(
            f"http://127.0.0.1:{ours.port}",
            lambda c, n: c.post("/api/v1/launches", content=tokens[n], headers=headers),
            count,
        )
    finally:
        floor.stop()
        ours.stop()
    return floor_rate, ours_rate, times


if __name__ == "__main__":
    raise SystemExit(main())
