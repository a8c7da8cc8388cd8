"""The simulators as processes: one line says where they listen, SIGTERM ends them, their logs name no citizen."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.doors.vendor import Vendor, browser

pytestmark = pytest.mark.timeless("processes that start and end")

ROOT = Path(__file__).parents[3]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://"), line
        yield line.removeprefix("listening on ").strip(), process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("module", "flags", "host", "path"),
    [
        (
            "simulators.identity",
            ["--gateway-url", "http://gateway.localhost:9"],
            "idp.localhost",
            "/realms/fjordby/jwks",
        ),
        (
            "simulators.eoj",
            ["--gateway-url", "http://gateway.localhost:9"],
            "eoj.localhost",
            "/fhir/metadata",
        ),
        ("simulators.gp", ["--clinics", "laegehuset-havnen"], "gp.localhost", "/fhir/metadata"),
    ],
)
def test_it_says_where_it_listens_and_ends_cleanly(module: str, flags: list[str], host: str, path: str) -> None:
    with started(module, "--listen", "127.0.0.1:0", *flags) as (url, process):
        assert url.startswith(f"http://{host}:")
        with browser() as http:
            assert http.get(f"{url}{path}").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_a_signing_key_survives_a_restart(tmp_path: Path) -> None:
    flags = ["--gateway-url", "http://gateway.localhost:9", "--key-file", str(tmp_path / "key.json")]
    seen = []
    for _ in range(2):
        with started("simulators.eoj", *flags) as (url, _), browser() as http:
            seen.append(http.get(f"{url}/.well-known/jwks.json").json())
    assert seen[0] == seen[1] and "d" not in seen[0]["keys"][0]
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0


def test_no_number_of_a_citizen_reaches_the_log(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    flags = ["--gateway-url", "http://gateway.localhost:9", "--client-jwks", str(vendor.jwks_file)]
    with started("simulators.eoj", *flags) as (url, process):
        with vendor.fhir(url, "system/*.rs") as fhir:
            fhir.post("/Patient/_search", data={"identifier": "urn:oid:1.2.208.176.1.2|0505159995"})
            fhir.get("/Patient", params={"identifier": "0505159995"})
            fhir.get("/Patient/0505159995")
        process.send_signal(signal.SIGTERM)
        _, written = process.communicate(timeout=60)
    assert '"/fhir/<kind>/_search"' in written and "0505159995" not in written
