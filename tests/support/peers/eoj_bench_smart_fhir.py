"""The bench for ``smart_fhir``: the care system simulator as its own process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx

from adapters.contract.bench import Trouble
from adapters.eoj.smart_fhir import Adapter, Settings
from gateway.certify.screens import MODES
from gateway.domain.peers.messages import NoteMessage
from simulators import wire
from tests.support.peers.adapter_peers import GATEWAY, key_files, simulator

LATE = 0.6
QUIET = 1.0  # longer than LATE, as a real quiet period is longer than the peer's longest time


class SmartBench:
    record = "Patient/r-1002"
    cpr = "0201609996"
    nobody = "3101229995"

    def __init__(self, url: str, pem: str) -> None:
        self._control = f"{httpx.URL(url).copy_with(host='127.0.0.1')}".rstrip("/") + "/_sim"
        self._http = wire.client(30)
        self._pem = pem
        self.system = self._adapter(url)

    def unreachable(self) -> Adapter:
        return self._adapter("http://eoj.localhost:9")

    def copies(self, message: NoteMessage) -> int:
        stored = self._http.get(f"{self._control}/log").json()["stored"]
        found = stored.get("DocumentReference", {}).get(f"urn:ietf:rfc:3986|urn:uuid:{message.key}", 0)
        return int(found)

    def trouble(self, kind: Trouble) -> None:
        fault = {"route": "DocumentReference.create", "mode": MODES[kind]}
        if kind is Trouble.APPLIED_LATE:
            fault["delay"] = str(LATE)
        assert self._http.post(f"{self._control}/faults", json=fault).status_code == 201

    def quiet(self) -> None:
        time.sleep(QUIET)

    def _adapter(self, url: str) -> Adapter:
        settings = Settings(
            issuer=f"{url}/fhir", client_id="laegebro", client_key="file:gateway.pem", tenant=UUID(int=1)
        )
        return Adapter("eoj-fjordby", settings, lambda _: self._pem)


@contextmanager
def bench(folder: Path) -> Iterator[SmartBench]:
    pem, jwks = key_files(folder)
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(jwks)) as url:
        yield SmartBench(url, pem)
