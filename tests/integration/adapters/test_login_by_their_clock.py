"""A gateway whose clock is wrong still logs in: the assertion is signed once more by the login server's own clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.wire.discovery import Endpoints
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.client_key import ClientKey, new_client_key, public_jwks
from adapters.wire.oauth.login import BackendServices, Client
from gateway.domain.errors import PeerIll
from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from tests.support.doors.vendor import running

SCOPE = "system/Patient.rs"
PEM = new_client_key()


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    """A care system that knows our key."""
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(public_jwks(PEM)))
    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    settings = EojSettings("http://gateway.localhost", organisation, records.load(), client_keys=str(keys))
    with running("eoj.localhost", lambda url: eoj_app(url, settings)) as url:
        yield url


class Named:
    def __init__(self, base: str) -> None:
        self._base = base

    def endpoints(self) -> Endpoints:
        return Endpoints(self._base, f"{self._base}/auth/token")


def login(base: str, step: int, client: Client) -> BackendServices:
    stepped = timedelta(seconds=step)
    return BackendServices(PeerHttp("eoj", base), Named(base), client, SCOPE, clock=lambda: datetime.now(UTC) + stepped)


@pytest.mark.parametrize("step", [0, -600, 600, -7 * 86400])
def test_a_stepped_clock_costs_no_login(base: str, step: int) -> None:
    client = Client("laegebro", ClientKey.from_pem(PEM))
    assert login(base, step, client).header().startswith("Bearer ")


@pytest.mark.parametrize("step", [0, -600])
def test_a_key_nobody_knows_is_refused_by_any_clock(base: str, step: int) -> None:
    client = Client("laegebro", ClientKey.from_pem(new_client_key()))
    with pytest.raises(PeerIll) as refused:
        login(base, step, client).header()
    assert refused.value.code == "invalid_client"
