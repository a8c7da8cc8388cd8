"""The bench for ``hl7v2``: a care system that takes documents over MLLP and announces launches, as its own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.contract.launch_promises import Flaw
from adapters.eoj.hl7v2 import Adapter, Settings
from gateway.certify.eoj.opening import Burning, brought, burning
from gateway.certify.eoj.simulated import SimulatedRecord, hand_at
from gateway.certify.fault_server import refusing_address
from gateway.certify.mllp_network import MllpNetwork
from gateway.certify.simulated import announcing
from gateway.certify.simulated_peer import GIVES_UP
from gateway.certify.ways import MllpWay
from gateway.domain.errors import Phase
from gateway.domain.launch import Launch
from gateway.domain.peers.messages import Envelope, NoteMessage
from gateway.ports.peers import EojSystem

NAMES = {
    "our_application": "LAEGEBRO",
    "our_facility": "FJORDBY",
    "peer_application": "EOJ",
    "peer_facility": "FJORDBY-EOJ",
    "tenant": "0192f000-0000-7000-8000-00000000c0de",
    "organisation_cvr": "99110007",
}
Json = dict[str, Any]


CERTIFICATE, ANOTHER = "ab" * 32, "cd" * 32
STRANGER = ("ELSEWHERE", "NOBODY-EOJ", "LAEGEBRO", "FJORDBY")
SOMEBODY_ELSE = ("EOJ", "FJORDBY-EOJ", "ANOTHER", "SYSTEM")
CHANGES: dict[Flaw | None, Json] = {
    Flaw.UNKNOWN_KEY: {"names": STRANGER},
    Flaw.EXPIRED: {"ago": 3600},
    Flaw.OTHER_MUNICIPALITY: {"cvr": "99220007"},
    Flaw.OTHER_SYSTEM: {"names": SOMEBODY_ELSE},
}


class Announcer:
    """``adapters.contract.launch_promises.LaunchBench``: the care system announces, by an appointment and by a
    registration in turn. The certificate of the line is its signature; TLS itself is the listener's."""

    record = "Patient/r-1002"
    cpr = "0201609996"
    employee = "Mette Holm"

    def __init__(self, adapter: Adapter, hand: httpx.Client, burn: Burning) -> None:
        self.adapter, self._hand, self._burn = adapter, hand, burn
        self._kinds = cycle(("SIU", "ADT"))

    def press(self, flaw: Flaw | None = None) -> Callable[[], Launch]:
        words = {"record": "r-1002", "kind": next(self._kinds), "cvr": "99110007", **CHANGES.get(flaw, {})}
        answer = self._hand.post("/_sim/announce", json=words).raise_for_status()
        known = flaw not in (Flaw.FORGED, Flaw.UNKNOWN_KEY)
        frame = bytes.fromhex(answer.json()["frame"])
        envelope = Envelope({}, {}, frame, certificate=CERTIFICATE if known else ANOTHER)
        return lambda: brought(self.adapter, envelope, self._burn, f"MLLP {words['kind']}", flaw)


class Bench(SimulatedRecord):
    adapter = "hl7v2"
    route = "MDM"

    def __init__(self, mllp: tuple[str, int], control: str, burn: Burning | None = None, **settings: Any) -> None:
        self._mllp, self._settings = mllp, settings
        self.hand = hand_at(control)
        self.system = self.connected(*mllp)
        self.launches = Announcer(self.system, self.hand, burn) if burn else None

    def connected(self, host: str, port: int, **settings: Any) -> Adapter:
        launching = {"launches": True, "caller_certificate": CERTIFICATE}
        words = {**self._words(host, port), **launching, "total_timeout": 30, **self._settings, **settings}
        return Adapter("hl7-fjordby", Settings.model_validate(words), lambda reference: reference)

    def stanza(self, folder: Path) -> Json:
        return {**self._words(*self._mllp), "quiet_period": 3.0}

    def _words(self, host: str, port: int) -> Json:
        return {"host": host, "port": port, "tls": False, **NAMES}

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[EojSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected("127.0.0.1", urlsplit(nowhere).port or 0)
            return
        fault = "stops-reading" if phase == "sending" else "never-answers"
        with MllpNetwork(self._mllp, fault, lambda head: b"MDM^" in head) as network:  # type: ignore[arg-type]
            system = self.connected("127.0.0.1", network.port, total_timeout=GIVES_UP)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()

    # --- looking into the records ----------------------------------------------------------------------------------

    def _seen(self) -> Json:
        return dict(self.hand.get("/_sim/documents").json())

    def _document(self, message: NoteMessage) -> Json:
        return dict(self._seen()["documents"].get(str(message.key), {}))

    def copies(self, message: NoteMessage) -> int:
        return int(self._seen()["created"].get(str(message.key), 0))

    def in_force(self, message: NoteMessage) -> bool:
        return self._document(message).get("replaced") is False

    def text_at_peer(self, message: NoteMessage) -> str:
        return str(self._document(message).get("text", ""))

    def effects(self) -> int:
        return sum(self._seen()["created"].values())

    def reading_fails(self) -> None:
        raise AssertionError("notes cannot be read from it")


WAY = MllpWay(b"MDM^", kind="eoj")


@contextmanager
def care_system(*options: str) -> Iterator[tuple[tuple[str, int], str]]:
    """Its line, and the address of its control."""
    with announcing("hl7record", *options, lines=2) as (mllp, http):
        host, _, port = mllp.rpartition(":")
        yield (host, int(port)), f"http://127.0.0.1:{urlsplit(http).port}"


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with care_system() as (mllp, control), burning(folder) as burnt:
        made = Bench(mllp, control, burnt)
        yield made
        made.close()
