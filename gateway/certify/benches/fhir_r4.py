"""The bench for ``fhir_r4``: the practice system simulator as its own process, and a clinician's browser by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from adapters.contract.bench import Listening, Trouble
from adapters.gp_system.fhir_r4 import Adapter, Settings, parse_notification
from adapters.wire.discovery import SMART, Discovery
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.client_key import ClientKey, new_client_key, public_jwks
from adapters.wire.oauth.login import BackendServices, Client
from adapters.wire.task.words import Json
from adapters.wire.transport import system_trust
from gateway.certify.notification_door import NotificationDoor
from gateway.certify.screens import OverHttp
from gateway.certify.simulated import simulator
from gateway.certify.simulated_peer import MODES
from gateway.certify.ways import HttpWay
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import EntryMessage, Envelope
from gateway.ports.peers import GpSystem

new_key = new_client_key


@contextmanager
def practice_system(folder: Path, pem: str) -> Iterator[str]:
    """The simulator on a free port; yields its address by number (its name is only for browsers)."""
    keys = folder / "jwks.json"
    keys.write_text(json.dumps(public_jwks(pem)))
    with simulator("gp", "--listen", "127.0.0.1:0", "--client-jwks", str(keys)) as address:
        yield f"http://127.0.0.1:{urlsplit(address).port}"


def _login(address: str, pem: str) -> BackendServices:
    plain = PeerHttp("reader", f"{address}/fhir")
    client = Client("laegebro", ClientKey.from_pem(pem))
    return BackendServices(plain, Discovery(plain, SMART, None), client, "system/Task.crus")


def authorization(address: str, pem: str) -> str:
    """The header of somebody who has logged in there."""
    return _login(address, pem).header()


def _writes_task(method: str, path: str) -> bool:
    return method in ("PUT", "POST") and "/Task" in path


class Bench(OverHttp):
    adapter = "fhir_r4"
    route = "Task.create"
    modes = MODES | {Trouble.BUSY: "down-503"}
    writes = _writes_task

    def __init__(self, address: str, pem: str, *, network: str = "", **settings: Any) -> None:
        self.address = address
        self._pem = pem
        self.hand = httpx.Client(base_url=address, timeout=30, trust_env=False, verify=system_trust())
        self.hand.post("/login", data={"username": "lise", "password": "videodemo"}).read()
        self.system = self.connected(network or address, **settings)
        self._store = self._reader()

    def connected(self, address: str, **settings: Any) -> Adapter:
        words = {"client_id": "laegebro", "client_key": "env:KEY", "total_timeout": 30, **settings}
        return Adapter(
            "torvet-fhir",
            Settings(base_url=f"{address}/fhir", **words),
            lambda _: self._pem,
        )

    def stanza(self, folder: Path) -> Json:
        (folder / "key.pem").write_text(self._pem, encoding="utf-8")
        return {"base_url": f"{self.address}/fhir", "client_id": "laegebro", "client_key": f"file:{folder}/key.pem"}

    def parse_notification(self, envelope: Envelope) -> list[UUID]:
        return parse_notification(envelope)

    def _reader(self) -> PeerHttp:
        return PeerHttp("reader", f"{self.address}/fhir", total_timeout=30, auth=_login(self.address, self._pem))

    # --- looking into the peer -----------------------------------------------------------------------------------

    def task(self, message: EntryMessage) -> Json:
        """By the key, since a server may choose Task.id itself."""
        answer = self._store.get(f"Task?identifier=urn:ietf:rfc:3986|urn:uuid:{message.key}")
        entries = answer.json().get("entry", [])
        assert len(entries) <= 1
        return dict(entries[0]["resource"]) if entries else {}

    def log(self) -> Json:
        return dict(self.hand.get("/_sim/log").json())

    def copies(self, message: EntryMessage) -> int:
        stored = self.log()["stored"].get("Task", {})
        return int(stored.get(f"urn:ietf:rfc:3986|urn:uuid:{message.key}", 0))

    def text_at_peer(self, message: EntryMessage) -> str:
        return str(self.task(message).get("description", ""))

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return self.task(message).get("status") in ("requested", "received")

    def effects(self) -> int:
        effects = self.log()["effects"]
        return sum(c.get("Task.create", 0) for key, c in effects.items() if key.startswith("urn:ietf:rfc:3986|"))

    def without(self, capability: Capability) -> GpSystem | None:
        return self.connected(self.address, subscribe=False) if capability is Capability.NOTIFIES else None

    # --- a clinician's hands ---------------------------------------------------------------------------------------

    def _act(self, message: EntryMessage, verb: str, **form: str) -> None:
        answer = self.hand.post(f"/queue/{self.task(message)['id']}/{verb}", data=form)
        assert answer.status_code == 303, f"{verb}: {answer.status_code}"

    def accept(self, message: EntryMessage) -> str:
        self._act(message, "accept")
        return "Lise Hansen"

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self._act(message, "reject", reason=str(reason), text=text)

    def put_back(self, message: EntryMessage) -> None:
        self._act(message, "put-back")

    def clutter(self, message: EntryMessage) -> None:
        task = self.task(message)
        foreign = {"type": {"coding": [{"system": "https://vendor.example/x", "code": "colour"}]}, "valueString": "blå"}
        cluttered = {
            **task,
            "extension": [{"url": "https://vendor.example/fhir/priority", "valueInteger": 3}],
            "input": [foreign, *task["input"]],
            "output": [foreign],
            "note": [{"text": "Ring først"}],
        }
        self._store.send("PUT", f"Task/{task['id']}", cluttered, headers=_fhir(task))

    @contextmanager
    def listen(self) -> Iterator[Listening]:
        with NotificationDoor() as door:
            yield door


def _fhir(task: Json) -> dict[str, str]:
    return {"Content-Type": "application/fhir+json", "If-Match": f'W/"{task["meta"]["versionId"]}"'}


WAY = HttpWay("base_url", _writes_task)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    pem = new_key()
    with practice_system(folder, pem) as address:
        made = Bench(address, pem)
        yield made
        made.close()


__all__: Sequence[str] = ("Bench", "bench")
