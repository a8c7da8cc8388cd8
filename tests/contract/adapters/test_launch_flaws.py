"""Ten faults of a vendor in what its back end signs: the certification of signed launches names each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from adapters.contract.launch_promises import PROMISES, Flaw
from gateway.certify.eoj import signed_launch
from gateway.certify.eoj.opening import burning
from gateway.certify.eoj.signed_launch import BackEnd, Bench
from gateway.certify.run import Verdict, certified, chosen

Json = dict[str, Any]
GENUINE = "a_genuine_launch_opens_the_record"
REPLAYED = "a_replayed_launch_is_refused"


def _of_patient(**said: Any) -> Callable[[Json], Json]:
    return lambda claims: {"patient": {**claims["patient"], **said}}


NUMBER = "urn:oid:1.2.208.176.1.2"
# What the vendor's back end says otherwise, and the promise that names it.
PLANTED: dict[str, tuple[Callable[[Json], Json], str]] = {
    "numbers every launch alike": (lambda claims: {"jti": "1"}, REPLAYED),
    "numbers none": (lambda claims: {"jti": None}, GENUINE),
    "opens the record before": (_of_patient(reference="Patient/r-1003"), GENUINE),
    "names another citizen": (_of_patient(identifiers=[{"system": NUMBER, "value": "0504909995"}]), GENUINE),
    "sends no number": (_of_patient(identifiers=[]), GENUINE),
    "sends a replaced number": (
        _of_patient(identifiers=[{"system": NUMBER, "value": "0201609996", "period": {"end": "2020-01-01"}}]),
        GENUINE,
    ),
    "names nobody": (lambda claims: {"name": ""}, GENUINE),
    "names the system's own user": (lambda claims: {"name": "Integration Bruger"}, GENUINE),
    "runs an hour behind": (lambda claims: {"iat": claims["iat"] - 3600, "exp": claims["exp"] - 3600}, GENUINE),
    "signs for a day": (lambda claims: {"exp": int(time.time()) + 86_400}, GENUINE),
    "forgets the right": (lambda claims: {"roles": []}, GENUINE),
}


class Vendor(BackEnd):
    """A back end with one fault."""

    spoil: Callable[[Json], Json] = staticmethod(lambda claims: {})

    def _token(self, flaw: Flaw | None) -> str:
        claims = {**signed_launch._claims(3600 if flaw is Flaw.EXPIRED else 0), **signed_launch.CHANGES.get(flaw, {})}
        changed = {**claims, **type(self).spoil(claims)}
        strangers = flaw in (Flaw.FORGED, Flaw.UNKNOWN_KEY)
        key = ECKey.generate_key("P-256") if strangers else self._key
        kid = "k2" if flaw is Flaw.UNKNOWN_KEY else "k1"
        said = {name: value for name, value in changed.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": kid, "typ": "JWT"}, said, key)


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Callable[[Callable[[Json], Json]], Bench]]:
    with burning(tmp_path) as burn:
        yield lambda spoil: Bench(type("Planted", (Vendor,), {"spoil": staticmethod(spoil)})(burn))


def broken(bench: Bench) -> set[str]:
    return {found.promise.name for found in certified(bench, chosen([], PROMISES)) if found.verdict is Verdict.BROKEN}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_of_a_vendor_is_named(name: str, vendor: Any) -> None:
    spoil, promise = PLANTED[name]
    assert promise in broken(vendor(spoil))


def test_without_a_fault_nothing_is_named(vendor: Any) -> None:
    assert broken(vendor(lambda claims: {})) == set()


def test_there_are_ten() -> None:
    assert len(PLANTED) >= 10
