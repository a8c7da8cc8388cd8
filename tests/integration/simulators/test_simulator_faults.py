"""Each fault does what it says, and the peer's own count shows how often a thing really happened."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from tests.support.doors.vendor import Vendor, browser, running

KEY = "urn:uuid:22222222-2222-4222-8222-222222222222"
NOTE: dict[str, Any] = {
    "resourceType": "DocumentReference",
    "id": "note-1",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": KEY}],
    "status": "current",
    "subject": {"reference": "Patient/r-1001"},
    "content": [{"attachment": {"contentType": "text/plain", "data": "aGVq"}}],
}


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


@pytest.fixture
def base(vendor: Vendor) -> Iterator[str]:
    organisation = directory.load().organisation("skovby")
    assert organisation is not None
    settings = EojSettings(
        "http://gateway.localhost:9", organisation, records.load(), client_keys=str(vendor.jwks_file)
    )
    with running("eoj.localhost", lambda url: eoj_app(url, settings)) as url:
        yield url


@pytest.fixture
def fhir(base: str, vendor: Vendor) -> Iterator[httpx.Client]:
    with vendor.fhir(base, "system/*.cruds") as client:
        yield client


def plan(base: str, mode: str, **more: Any) -> None:
    with browser() as http:
        fault = {"route": "DocumentReference.create", "mode": mode, **more}
        assert http.post(f"{base}/_sim/faults", json=fault).status_code == 201


def log(base: str) -> dict[str, Any]:
    with browser() as http:
        found: dict[str, Any] = http.get(f"{base}/_sim/log").json()
    return found


def put(fhir: httpx.Client) -> httpx.Response:
    return fhir.put("/DocumentReference/note-1", json=NOTE, headers={"If-None-Match": "*"})


def stored(base: str) -> int:
    count: int = log(base)["stored"].get("DocumentReference", {}).get(f"urn:ietf:rfc:3986|{KEY}", 0)
    return count


@pytest.mark.parametrize(("mode", "status"), [("down-503", 503), ("reject-422", 422), ("locked-423", 423)])
def test_a_plain_no_has_no_effect_and_passes(base: str, fhir: httpx.Client, mode: str, status: int) -> None:
    plan(base, mode, times=2)
    assert [put(fhir).status_code for _ in range(3)] == [status, status, 201]
    assert stored(base) == 1


def test_an_error_after_the_effect_is_found_by_the_next_try(base: str, fhir: httpx.Client) -> None:
    plan(base, "effect-then-500")
    assert put(fhir).status_code == 500
    assert stored(base) == 1
    assert put(fhir).status_code == 412
    counts = log(base)
    assert counts["effects"][f"urn:ietf:rfc:3986|{KEY}"] == {"DocumentReference.create": 1}
    assert counts["requests"]["DocumentReference.create"] == 2
    assert counts["faults"] == {"DocumentReference.create effect-then-500": 1}


def test_a_dropped_reply_has_happened(base: str, fhir: httpx.Client) -> None:
    plan(base, "drop-reply")
    with pytest.raises(httpx.TransportError):
        put(fhir)
    assert stored(base) == 1


def test_a_late_effect_comes_after_the_caller_gave_up(base: str, fhir: httpx.Client) -> None:
    plan(base, "late-apply", delay=1.5)
    with pytest.raises(httpx.TransportError):
        put(fhir)
    limit = time.monotonic() + 60
    while stored(base) == 0 and time.monotonic() < limit:
        threading.Event().wait(0.1)
    assert stored(base) == 1


def test_a_black_hole_swallows_the_request(base: str, fhir: httpx.Client) -> None:
    plan(base, "black-hole", delay=3)
    with pytest.raises(httpx.TransportError):
        fhir.put("/DocumentReference/note-1", json=NOTE, timeout=0.5)
    assert stored(base) == 0


def test_a_peer_may_lose_what_it_acknowledged(base: str, fhir: httpx.Client) -> None:
    plan(base, "ack-then-lose")
    assert put(fhir).status_code == 201
    assert fhir.get("/DocumentReference/note-1").status_code == 404
    assert stored(base) == 0


def test_a_reset_keeps_the_citizens_and_forgets_the_rest(base: str, fhir: httpx.Client) -> None:
    put(fhir)
    plan(base, "down-503")
    with browser() as http:
        assert http.post(f"{base}/_sim/reset").status_code == 204
        assert http.get(f"{base}/_sim/faults").json() == []
    assert log(base)["effects"] == {} and stored(base) == 0
    assert fhir.get("/Patient/r-1001").status_code == 200
    assert put(fhir).status_code == 201


def test_logins_fail_only_when_they_are_named(base: str, vendor: Vendor) -> None:
    with browser() as http:
        for route in ("*", "auth.token"):
            http.post(f"{base}/_sim/faults", json={"route": route, "mode": "down-503"})
    answers = [vendor.ask_for_token(base, "system/Patient.rs").status_code for _ in range(2)]
    assert answers == [503, 200]


def test_a_fault_nobody_knows_is_refused(base: str) -> None:
    with browser() as http:
        assert http.post(f"{base}/_sim/faults", json={"route": "*", "mode": "explode"}).status_code == 422


def test_the_log_names_no_citizen(base: str, fhir: httpx.Client) -> None:
    fhir.post("/Patient/_search", data={"identifier": "urn:oid:1.2.208.176.1.2|0201609995"})
    put(fhir)
    assert "0201609995" not in str(log(base))
