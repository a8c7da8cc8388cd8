"""The bench for ``oioxml``: a VANS client with a care system behind it as its own process, and a folder between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.eoj.oioxml import Adapter, Settings
from adapters.eoj.oioxml.mapping import letter_id
from gateway.certify.eoj.simulated import RecordOverHttp, hand_at
from gateway.certify.simulated import simulator
from gateway.certify.ways import HttpWay
from gateway.domain.peers.messages import NoteMessage

TENANT = "0192f000-0000-7000-8000-00000000c0de"
EAN = "5790000181872"
PLACES = {
    "sender": {"ean": "5790000120420", "identifier": "5790000120420", "organisation": "Lægebro"},
    "receiver": {"ean": EAN, "identifier": "850", "code": "kommunenummer", "organisation": "Fjordby Kommune"},
}
Json = dict[str, Any]


def _posts(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/letters")


class Bench(RecordOverHttp):
    adapter = "oioxml"
    route = "letter.create"
    writes = _posts

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self._folder = address, folder
        self.hand = hand_at(address)
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        made = Settings.model_validate(self._words(address, **{"total_timeout": 30, **settings}))
        return Adapter("oioxml-fjordby", made, lambda reference: reference)

    def stanza(self, folder: Path) -> Json:
        return self._words(self.address, quiet_period=3.0)

    def _words(self, address: str, **more: Any) -> Json:
        basis = {"address": f"{address}/letters", "receipts": str(self._folder), "tenant": TENANT, **PLACES}
        return {**basis, "organisation_cvr": "99110007", **more}

    # --- looking into the record -----------------------------------------------------------------------------------

    def _seen(self) -> Json:
        return dict(self.hand.get("/_sim/letters").json())

    def _letter(self, message: NoteMessage) -> Json:
        return dict(self._seen()["letters"].get(letter_id(message.key), {}))

    def copies(self, message: NoteMessage) -> int:
        return int(self._seen()["created"].get(letter_id(message.key), 0))

    def in_force(self, message: NoteMessage) -> bool:
        return self._letter(message).get("replaced") is False

    def text_at_peer(self, message: NoteMessage) -> str:
        return str(self._letter(message).get("text", ""))

    def effects(self) -> int:
        return sum(self._seen()["created"].values())

    def reading_fails(self) -> None:
        raise AssertionError("notes cannot be read from it")


WAY = HttpWay("address", _posts, kind="eoj")


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    receipts = folder / "receipts"
    with simulator("oioxml", "--receipts", str(receipts), "--ean", EAN) as url:
        made = Bench(f"http://127.0.0.1:{urlsplit(url).port}", receipts)
        yield made
        made.close()
