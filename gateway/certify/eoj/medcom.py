"""The bench for ``medcom``: a municipality's access point and care system as a process of its own, and a door of ours
where its acknowledgements are brought."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

from adapters.contract.bench import Trouble
from adapters.eoj.medcom import Adapter, Settings
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.benches.fhir_r4 import new_key
from gateway.certify.benches.medcom import CALLER, SENDER, access_point
from gateway.certify.eoj.simulated import RecordOverHttp, hand_at
from gateway.certify.message_door import MessageDoor
from gateway.certify.running import RunningGateway
from gateway.certify.waiting import comes
from gateway.certify.ways import MessageWay
from gateway.domain.peers.messages import NoteMessage

NAME = "fjordby-medcom"
TENANT = "0192f000-0000-7000-8000-00000000c0de"
MUNICIPALITY = {"name": "Fjordby Kommune, journalen", "sor": "325261000016003", "gln": "5790000121533"}
AGAIN = 1.0  # seconds after which a message without an acknowledgement goes again
RUNNING_AGAIN = 8.0  # the same where the processes run
Json = dict[str, Any]


def stanza(base_url: str, caller_keys: Json, client_key: str = "file:key", **fields: Any) -> Json:
    """The connection's settings; ``caller_keys`` are the access point's."""
    basis = {
        "base_url": base_url,
        "client_id": "laegebro",
        "client_key": client_key,
        "caller_id": CALLER,
        "caller_keys": caller_keys,
        "tenant": TENANT,
        "sender": SENDER,
        "municipality": MUNICIPALITY,
        "organisation_cvr": "99110007",
    }
    return basis | fields


def _posts(method: str, path: str) -> bool:
    return method == "POST"


class Bench(RecordOverHttp):
    adapter = "medcom"
    route = "messages"
    writes = _posts

    def __init__(self, address: str, our_key: str, door: MessageDoor) -> None:
        self.address, self._our_key, self._door = address, our_key, door
        self.hand = hand_at(address)
        self.their_keys = self.hand.get("/.well-known/jwks.json").json()
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        fields = {"resend_after": AGAIN, "total_timeout": 30, **settings}
        made = Settings.model_validate(stanza(address, self.their_keys, **fields))
        adapter = Adapter(NAME, made, lambda _: self._our_key)
        self._door.corresponds(adapter)
        return adapter

    def stanza(self, folder: Path) -> Json:
        (folder / "key.pem").write_text(self._our_key, encoding="utf-8")
        own = {"audience": f"{self.address}/messages", "resend_after": RUNNING_AGAIN}
        return stanza(self.address, self.their_keys, f"file:{folder}/key.pem", **own)

    @contextmanager
    def running(self) -> Iterator[RunningGateway]:
        """With a web process, to which the municipality brings its acknowledgements meanwhile."""
        with super().running() as gateway:
            gateway.start_web()
            self._brings_to(f"{gateway.address}/medcom/eoj/{NAME}/messages")
            gateway.hears = True
            try:
                yield gateway
            finally:
                self._brings_to(self._door.endpoint)

    def _brings_to(self, address: str) -> None:
        assert self.hand.post("/_sim/push", json={"url": address}).status_code == 204

    def trouble(self, kind: Trouble) -> None:
        """What is lost with the reply is the acknowledgement too: only sending again brings another."""
        super().trouble(kind)
        if kind is Trouble.REPLY_LOST:
            assert self.hand.post("/_sim/policy", json={"answer": "none"}).status_code == 201

    def quiet(self) -> None:
        """Until what is late has come, and what was lost may go again."""
        super().quiet()
        comes(lambda: not self._under_way(), every=0.05)

    def _under_way(self) -> bool:
        again = datetime.now(UTC) - timedelta(seconds=AGAIN)
        sent = (each for each in self._door.letters.every() if each.answer is None and each.sent_at is not None)
        return any(each.sent_at > again for each in sent if each.sent_at is not None)

    # --- looking into the mailbox ----------------------------------------------------------------------------------

    def _threads(self) -> list[Json]:
        return list(self.hand.get("/threads").json().values())

    def _headers(self) -> list[list[str]]:
        """Of each thread the messages that stand in it, oldest first."""
        return list(self.hand.get("/_sim/headers").json())

    def _names(self, message: NoteMessage) -> list[str]:
        """The ids its letter may have: a new one after each refusal."""
        return [str(uuid5(message.key, f"{NAME}:{number}")) for number in range(5)]

    def copies(self, message: NoteMessage) -> int:
        names = self._names(message)
        return sum(each.count(name) for each in self._headers() for name in names)

    def in_force(self, message: NoteMessage) -> bool:
        return any(each[-1] in self._names(message) for each in self._headers())

    def text_at_peer(self, message: NoteMessage) -> str:
        """As the newest message of its thread reads."""
        newest = (each for each in self._threads() if each["headers"][-1] in self._names(message))
        return str(next((each["texts"][-1] for each in newest), ""))

    def effects(self) -> int:
        return sum(self.hand.get("/_sim/log").json()["received"].values())

    def reading_fails(self) -> None:
        raise AssertionError("notes cannot be read from it")


WAY = MessageWay("base_url", _posts, kind="eoj")


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    our_key = new_key()
    with (
        MessageDoor("medcom", kind="eoj") as door,
        access_point(folder, public_jwks(our_key), door.endpoint, "--municipality") as address,
    ):
        made = Bench(address, our_key, door)
        yield made
        made.close()
