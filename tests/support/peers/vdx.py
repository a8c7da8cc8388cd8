"""VDX as a process, the adapter against it, and hands on its own store."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from adapters.video.vdx import Adapter, Settings
from gateway.certify.eoj.simulated import hand_at
from gateway.certify.simulated import simulator
from gateway.certify.waiting import comes

Json = dict[str, Any]


class VdxBench:
    """``adapters.contract.room_promises.RoomBench``."""

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

    def until(self, condition: Callable[[], bool]) -> bool:
        return comes(condition, every=0.05)

    def close(self) -> None:
        self.system.close_connections()
        self.hand.close()


@contextmanager
def vdx_system() -> Iterator[tuple[str, str]]:
    """Its address, and the client's secret."""
    secret = secrets.token_urlsafe(24)
    with simulator("vdx", "--client-secret", secret, "--listen", "127.0.0.1:0") as address:
        yield address, secret
