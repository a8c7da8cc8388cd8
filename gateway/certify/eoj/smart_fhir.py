"""The bench for ``smart_fhir``: the care system simulator as its own process."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.eoj.smart_fhir import Adapter, Settings
from adapters.eoj.smart_fhir.note_mapping import encounter_key, identifier_of
from adapters.eoj.smart_fhir.shape import KINDS
from adapters.wire.oauth.client_key import new_client_key, public_jwks
from gateway.certify.eoj.record_page import RecordPage
from gateway.certify.eoj.simulated import RecordOverHttp, hand_at
from gateway.certify.simulated import simulator
from gateway.certify.ways import HttpWay
from gateway.domain.peers.messages import NoteMessage

GATEWAY = "http://gateway.localhost:1"  # nothing listens there: only a name in tokens and redirects
TENANT = "0192f000-0000-7000-8000-00000000c0de"
LAG = 0.6  # seconds
Json = dict[str, Any]


def _writes_document(method: str, path: str) -> bool:
    return method in ("PUT", "POST") and any(f"/{kind}" in path for kind in KINDS) and "_search" not in path


class Bench(RecordOverHttp):
    adapter = "smart_fhir"
    route = "DocumentReference.create"
    writes = _writes_document

    def __init__(self, address: str, pem: str) -> None:
        self.address, self._pem = address, pem
        self.hand = hand_at(address)
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        made = Settings.model_validate(self._words(address, "file:key", **{"total_timeout": 30, **settings}))
        return Adapter("eoj-fjordby", made, lambda _: self._pem)

    def stanza(self, folder: Path) -> Json:
        (folder / "key.pem").write_text(self._pem, encoding="utf-8")
        return self._words(self.address, f"file:{folder}/key.pem", quiet_period=3.0)

    def _words(self, address: str, key: str, **more: Any) -> Json:
        basis = {"issuer": f"{address}/fhir", "client_id": "laegebro", "client_key": key, "tenant": TENANT}
        return {**basis, "organisation_cvr": "99110007", "takes_pictures": True, **more}

    # --- looking into the store ------------------------------------------------------------------------------------

    def _filed(self, message: NoteMessage) -> list[Json]:
        stored: list[Json] = self.hand.get("/_sim/stored/DocumentReference").json()
        key = f"urn:uuid:{message.key}"
        return [each for each in stored if any(one.get("value") == key for one in each.get("identifier", []))]

    def copies(self, message: NoteMessage) -> int:
        return len(self._filed(message))

    def contacts(self, message: NoteMessage) -> int | None:
        stored: list[Json] = self.hand.get("/_sim/stored/Encounter").json()
        key = identifier_of(encounter_key(message))["value"]
        return sum(any(one.get("value") == key for one in each.get("identifier", [])) for each in stored)

    def pictures(self, message: NoteMessage) -> int:
        stored: list[Json] = self.hand.get("/_sim/stored/DocumentReference").json()
        wanted = {f"urn:uuid:{each.key}": base64.b64encode(each.jpeg).decode() for each in message.pictures}
        found = [each for each in stored if each["status"] == "current" and each["identifier"][0]["value"] in wanted]
        return sum(each["content"][0]["attachment"]["data"] == wanted[each["identifier"][0]["value"]] for each in found)

    def in_force(self, message: NoteMessage) -> bool:
        return any(each["status"] == "current" for each in self._filed(message))

    def text_at_peer(self, message: NoteMessage) -> str:
        return base64.b64decode(self._filed(message)[0]["content"][0]["attachment"]["data"]).decode()

    def effects(self) -> int:
        return len(self.hand.get("/_sim/stored/DocumentReference").json())

    def index_lags(self) -> None:
        assert self.hand.post("/_sim/lag", json={"seconds": LAG}).status_code == 204

    def quiet(self) -> None:
        """Until what is late has come, and the index has caught up: nothing is filed from here on."""
        super().quiet()
        assert self.hand.post("/_sim/lag", json={"seconds": 0}).status_code == 204

    def reading_fails(self) -> None:
        self.plan("DocumentReference.search", "down-503")


WAY = HttpWay("issuer", _writes_document, kind="eoj")


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    pem, keys = new_client_key(), folder / "jwks.json"
    keys.write_text(json.dumps(public_jwks(pem)), encoding="utf-8")
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(keys)) as url:
        # by number: the name the simulator announces is only for browsers
        made = Bench(f"http://127.0.0.1:{urlsplit(url).port}", pem)
        page = RecordPage(Bench(url, pem).system, url, GATEWAY)
        made.launches = page
        yield made
        page.close()
        made.close()
