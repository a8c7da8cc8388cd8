"""The national simulator as a process, and our connection to it: what the tests about the look-up stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.register.dgcpr import CprLookup, Settings
from simulators import wire
from tests.support.peers.adapter_peers import simulator

STS_PATH = "/sts/services/NewSecurityTokenService"
CPR_PATH = "/stamdata-cpr-ws/service/DetGodeCPROpslag-1.0.4"
CVR = "99110007"


@dataclass(frozen=True)
class National:
    """One running simulator; ``keys`` holds sts.pem, caller.pem and caller.key."""

    url: str
    keys: Path

    @property
    def _here(self) -> str:
        return self.url.replace("nsp.localhost", "127.0.0.1")

    def stanza(self) -> dict[str, object]:
        """A connection as an operator writes it, with its keys by file."""
        keys = {"sts_certificates": "sts.pem", "certificate": "caller.pem", "key": "caller.key"}
        return {
            "address": f"{self.url}{CPR_PATH}",
            "sts_address": f"{self.url}{STS_PATH}",
            "sts_issuer": "SIM-STS",
            **{field: f"file:{self.keys / name}" for field, name in keys.items()},
            "organisation_cvr": CVR,
            "organisation_name": "Fjordby Kommune",
            "timeout_seconds": 30.0,
        }

    def lookup(self, **changes: object) -> CprLookup:
        settings = Settings.model_validate(self.stanza() | changes)
        return CprLookup("dgcpr", settings, lambda name: (self.keys / name.removeprefix("file:")).read_text())

    def _http(self) -> httpx.Client:
        return wire.client(30, self._here)

    def plan(self, route: str, mode: str, **more: object) -> None:
        with self._http() as http:
            answer = http.post("/_sim/faults", json={"route": route, "mode": mode, **more})
        assert answer.status_code == 201, answer.text

    def log(self) -> dict[str, int]:
        with self._http() as http:
            return dict(http.get("/_sim/log").json())

    def reset(self) -> None:
        with self._http() as http:
            assert http.post("/_sim/reset").status_code == 204

    def certificate(self, cvr: str, name: str) -> dict[str, str]:
        """Another caller's key and certificate from the simulator's authority."""
        with self._http() as http:
            answer = http.post("/_sim/certificates", json={"cvr": cvr, "name": name})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def post(self, path: str, content: bytes, **more: Any) -> httpx.Response:
        with self._http() as http:
            return http.post(path, content=content, headers={"Content-Type": "text/xml"}, **more)


@contextmanager
def national(folder: Path, *flags: str) -> Iterator[National]:
    with simulator("national", "--keys", str(folder), *flags) as url:
        yield National(url, folder)
