"""The bench for ``nexus``: a simulator with such a hypermedia API as its own process."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.eoj.nexus import Adapter, Settings
from adapters.eoj.nexus.mapping import key_value
from gateway.certify.eoj.simulated import RecordOverHttp, hand_at
from gateway.certify.fault_server import FaultServer
from gateway.certify.simulated import simulator
from gateway.certify.ways import HttpWay
from gateway.domain.peers.messages import NoteMessage

INSTANCE = "fjordby"
TENANT = "0192f000-0000-7000-8000-00000000c0de"
LAG = 0.6  # seconds
Json = dict[str, Any]


def _writes_form(method: str, path: str) -> bool:
    return (method, "/create/" in path) == ("POST", True) or (method, "/update/" in path) == ("PUT", True)


class Bench(RecordOverHttp):
    adapter = "nexus"
    route = "form.create"
    record = "Patient/1002"
    writes = _writes_form

    def __init__(self, address: str, secret: str) -> None:
        self.address, self._secret = address, secret
        self.local = f"http://127.0.0.1:{urlsplit(address).port}"  # the name it announces is known to the adapter only
        self.hand = hand_at(self.local)
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        made = Settings.model_validate(self._words(address, "file:secret", **{"total_timeout": 30, **settings}))
        return Adapter("nexus-fjordby", made, lambda _: self._secret)

    def stanza(self, folder: Path) -> Json:
        (folder / "secret").write_text(self._secret, encoding="utf-8")
        return self._words(self.address, f"file:{folder}/secret", quiet_period=3.0)

    def _words(self, address: str, secret: str, **more: Any) -> Json:
        basis = {
            "base_url": f"{address}/api/core/mobile/{INSTANCE}/v2/",
            "token_url": f"{address}/authx/realms/{INSTANCE}/protocol/openid-connect/token",
            "client_id": "laegebro",
            "client_secret": secret,
            "token_endpoint_auth_method": "client_secret_post",
            "tenant": TENANT,
        }
        return {**basis, **more}

    def standing_before(self, network: FaultServer) -> None:
        """Its links lead through the network too."""
        network.rewrite = lambda _, body: body.replace(self.address.encode(), network.url.encode())

    # --- looking into the store ------------------------------------------------------------------------------------

    def _forms(self, message: NoteMessage) -> list[Json]:
        """Those that hold this version, or have held it."""
        forms: list[Json] = self.hand.get("/_sim/forms").json()
        return [each for each in forms if key_value(message) in each["keys"]]

    def copies(self, message: NoteMessage) -> int:
        return sum(each["keys"].count(key_value(message)) for each in self._forms(message))

    def in_force(self, message: NoteMessage) -> bool:
        return any(each["keys"][-1] == key_value(message) for each in self._forms(message))

    def text_at_peer(self, message: NoteMessage) -> str:
        return str(self._forms(message)[0]["text"])

    def effects(self) -> int:
        return sum(len(each["keys"]) for each in self.hand.get("/_sim/forms").json())

    def index_lags(self) -> None:
        assert self.hand.post("/_sim/lag", json={"seconds": LAG}).status_code == 204

    def quiet(self) -> None:
        """Until what is late has come, and the view has caught up."""
        super().quiet()
        assert self.hand.post("/_sim/lag", json={"seconds": 0}).status_code == 204

    def reading_fails(self) -> None:
        self.plan("form.search", "down-503")


WAY = HttpWay("base_url", _writes_form, kind="eoj", linked=True)


@contextmanager
def nexus_system(folder: Path, *options: str) -> Iterator[tuple[str, str]]:
    """Its address, and the client's secret."""
    secret = secrets.token_urlsafe(24)
    with simulator("nexus", f"--client-secret={secret}", "--listen", "127.0.0.1:0", *options) as url:
        yield url, secret


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with nexus_system(folder) as (address, secret):
        made = Bench(address, secret)
        yield made
        made.close()
