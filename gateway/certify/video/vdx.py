"""The benches for ``vdx``: our simulator as its own process with hands on its store, and a VDX that is not ours."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from adapters.video.vdx import Adapter, Settings
from adapters.wire.overhearing import Said, overhearing
from gateway.certify.eoj.simulated import hand_at
from gateway.certify.simulated import simulator
from gateway.certify.waiting import comes
from gateway.peers.building import build

Json = dict[str, Any]


class Bench:
    """``adapters.contract.room_promises.RoomBench`` over the simulator."""

    on_the_wire = True

    def __init__(self, address: str, secret: str, made_as: type[Adapter] = Adapter, **settings: Any) -> None:
        self.address, self.secret = address, secret
        self.hand: httpx.Client = hand_at(address.replace("vdx.localhost", "127.0.0.1"))
        self.system = made_as("vdx", Settings.model_validate(self.stanza(**settings)), lambda _: secret)
        self.plan(pool=1000, pace=0.1)

    def stanza(self, **settings: Any) -> Json:
        basis = {
            "base_url": self.address,
            "token_url": f"{self.address}/auth/token",
            "client_id": "laegebro",
            "client_secret": "env:VDX_SECRET",
            "token_endpoint_auth_method": "client_secret_post",
            "practices": ["034835"],
            "links": [self.address],
            "total_timeout": 30,
        }
        return {**basis, **settings}

    def plan(self, **told: Any) -> None:
        assert self.hand.post("/_sim/plan", json=told).status_code == 204

    def seen(self) -> Json:
        return dict(self.hand.get("/_sim/meetings").json())

    def rooms(self, key: UUID) -> int:
        return sum(each["told"].get("externalId") == str(key) for each in self.seen()["kept"])

    def told(self) -> str:
        return json.dumps(self.seen()["asked"], ensure_ascii=False)

    def no_room_is_ready(self) -> None:
        self.plan(pool=0, pace=0.1)

    def unreachable(self, phase: str) -> Any:
        raise NotImplementedError("no promise about rooms asks for it")

    def until(self, condition: Callable[[], bool]) -> bool:
        return comes(condition, every=0.05)

    def close(self) -> None:
        self.system.close_connections()
        self.hand.close()


@contextmanager
def vdx_system() -> Iterator[tuple[str, str]]:
    """Its address, and the client's secret."""
    secret = secrets.token_urlsafe(24)
    with simulator("vdx", f"--client-secret={secret}", "--listen", "127.0.0.1:0") as address:
        yield address, secret


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with vdx_system() as (address, secret):
        made = Bench(address, secret)
        yield made
        made.close()


class VendorRooms:
    """The same over a VDX at ``url``, with nobody's hands: what was sent there is overheard on our side, and rooms are
    counted by the label that each of ours has."""

    on_the_wire = True

    def __init__(self, url: str, stanza: Mapping[str, Any]) -> None:
        self._stanza = {**stanza, "base_url": url}
        self._heard: list[str] = []
        self._stack = ExitStack()
        self._stack.enter_context(overhearing(self._hear))
        self.system = self._connected()

    def _connected(self, **settings: Any) -> Any:
        system = build("video", "vdx", "certified", {**self._stanza, **settings})
        self._stack.callback(system.close_connections)
        return system

    def _hear(self, request: Said, _: Said) -> None:
        self._heard.append(f"{request.line} {request.body.decode(errors='replace')}")

    def rooms(self, key: UUID) -> int:
        return len(self.system.labelled(key))

    def told(self) -> str:
        return "\n".join(self._heard)

    def no_room_is_ready(self) -> None:
        """A meeting that is not of the pool has to be provisioned first."""
        self.system = self._connected(pool=False)

    def unreachable(self, phase: str) -> Any:
        raise NotImplementedError("no promise about rooms asks for it")

    def until(self, condition: Callable[[], bool]) -> bool:
        """Every second, as the relay looks."""
        return comes(condition, every=1.0)

    def close(self) -> None:
        self._stack.close()
