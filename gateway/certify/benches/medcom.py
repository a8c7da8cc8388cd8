"""The bench for ``medcom``: the practice's access point and mailbox as a process of its own, and a door of ours where
its acknowledgements are brought."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.gp_system.medcom import Adapter, Settings, words
from adapters.wire.medcom.exchange.content import thread_id
from adapters.wire.oauth.client_key import public_jwks
from adapters.wire.transport import system_trust
from gateway.certify.benches.fhir_r4 import new_key
from gateway.certify.message_door import MessageDoor
from gateway.certify.screens import OverHttp
from gateway.certify.simulated import simulator
from gateway.certify.ways import MessageWay
from gateway.domain.peers.messages import EntryMessage

NAME = "havnen-medcom"
CALLER = "access-point"
PRACTICE = {"name": "Lægehuset Havnen", "sor": "325371000016006", "gln": "5790000120314"}
SENDER = {"name": "Hjemmesygeplejen Nord", "sor": "325251000016005", "gln": "5790000121526"}
Json = dict[str, Any]


def stanza(base_url: str, caller_keys: Json, client_key: str = "file:key", **fields: Any) -> Json:
    """The connection's settings; ``caller_keys`` are the access point's."""
    basis = {
        "base_url": base_url,
        "client_id": "laegebro",
        "client_key": client_key,
        "caller_id": CALLER,
        "caller_keys": caller_keys,
        "senders": {"99110007": SENDER},
        "practices": {"034835": PRACTICE},
    }
    return basis | fields


@contextmanager
def access_point(folder: Path, our_jwks: Json, push: str, *options: str) -> Iterator[str]:
    """It takes messages signed with our key, and brings its own to ``push``."""
    keys = folder / "our-keys.json"
    keys.write_text(json.dumps(our_jwks), encoding="utf-8")
    with simulator("medcom", "--push", push, "--client-jwks", str(keys), *options) as address:
        yield f"http://127.0.0.1:{urlsplit(address).port}"


def _posts(method: str, path: str) -> bool:
    return method == "POST"


class Bench(OverHttp):
    adapter = "medcom"
    route = "messages"
    writes = _posts

    def __init__(self, address: str, our_key: str, door: MessageDoor, name: str = NAME) -> None:
        self.address, self._our_key, self._door, self._name = address, our_key, door, name
        self.hand = httpx.Client(base_url=address, timeout=30, trust_env=False, verify=system_trust())
        self.their_keys = self.hand.get("/.well-known/jwks.json").json()
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        fields = {"resend_after": 2.0, "total_timeout": 30, **settings}
        made = Settings.model_validate(stanza(address, self.their_keys, **fields))
        adapter = Adapter(self._name, made, lambda _: self._our_key)
        self._door.corresponds(adapter)
        return adapter

    def stanza(self, folder: Path) -> Json:
        """Its acknowledgements are brought to the door of this bench; the gateway that runs is told of none."""
        (folder / "key.pem").write_text(self._our_key, encoding="utf-8")
        return stanza(self.address, self.their_keys, f"file:{folder}/key.pem", audience=f"{self.address}/messages")

    # --- looking into the mailbox ----------------------------------------------------------------------------------

    def thread(self, message: EntryMessage) -> Json:
        threads = self.hand.get("/threads").json()
        nothing: Json = {"texts": [], "activities": []}
        return dict(threads.get(f"urn:uuid:{thread_id(message.entry.id, self._name)}", nothing))

    def copies(self, message: EntryMessage) -> int:
        return int(self.thread(message)["activities"].count("new-message"))

    def text_at_peer(self, message: EntryMessage) -> str:
        """The reason as the newest message has it."""
        newest = (self.thread(message)["texts"] or [""])[-1]
        return str(newest.partition(words.ABOUT)[2].rpartition(words.ENTRANCE)[0])

    def waits_at_peer(self, message: EntryMessage) -> bool:
        texts = self.thread(message)["texts"]
        return bool(texts) and not texts[-1].startswith("Aflyst")

    def effects(self) -> int:
        return sum(self.hand.get("/_sim/log").json()["received"].values())


WAY = MessageWay("base_url", _posts)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    our_key = new_key()
    with MessageDoor("medcom") as door, access_point(folder, public_jwks(our_key), door.endpoint) as address:
        made = Bench(address, our_key, door)
        yield made
        made.close()
