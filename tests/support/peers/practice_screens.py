"""The screen of every practice system as its people have it: the simulator's page over HTTP, or our waiting room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import gateway.certify.benches as benches
from gateway.certify.simulated import simulator
from gateway.certify.waiting import comes
from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.scope import SystemScope
from gateway.services.changing import Verb, change
from gateway.services.compose import entry_message
from gateway.store.peers.connections import Stanza
from gateway.wiring import Gateway
from simulators import wire
from tests.support.doors.fhir_world import served
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN

FETCHING = "torvet-fetching"


class PracticeScreen(Protocol):
    """``tell`` brings our row's present state there; ``text`` is what its page holds, read as a person reads it."""

    capabilities: frozenset[Capability]
    connection: str
    has_setting: bool  # whether a stanza may say ``not_shown``

    def tell(self, consultation: Consultation) -> None: ...

    def change(self, consultation: Consultation, verb: Verb) -> Consultation:
        """Apply it to the present state, and tell."""

    def text(self, *expected: str) -> str:
        """``expected``: waited for where the system fetches by itself."""

    def lacks(self, text: str) -> bool: ...

    def connect(self, gateway: Gateway, practice: Ydernummer, **settings: Any) -> None:
        """To another gateway, by a stanza of the same adapter; what is sent there is of no matter."""


def _connect(gateway: Gateway, practice: Ydernummer, adapter: str, stanza: Mapping[str, Any]) -> None:
    now = gateway.clock.now()
    known = Stanza("the-practice", "gp_system", adapter, None, dict(stanza), synthetic=True)
    gateway.connections.apply(known, "test", "test", now)
    gateway.practices.set_routes(practice, ["the-practice"])
    gateway.peers.in_use.read_again()


class _Told:
    """A simulator that is sent what the adapter says."""

    def __init__(self, bench: Any, folder: Path) -> None:
        self._bench, self._folder, self._known = bench, folder, set[str]()
        self.capabilities, self.connection = bench.system.capabilities, bench.system.name
        self.has_setting = "not_shown" in type(bench.system.settings).model_fields

    def tell(self, consultation: Consultation) -> None:
        entry = _entry(consultation)
        say = self._bench.system.update if str(entry.id) in self._known else self._bench.system.enqueue
        say(_message(consultation, entry))
        self._known.add(str(entry.id))

    def change(self, consultation: Consultation, verb: Verb) -> Consultation:
        changed = verb(consultation.committed())
        self.tell(changed)
        return changed

    def text(self, *expected: str) -> str:
        return _read(self._bench.hand.get("/").raise_for_status().text)

    def lacks(self, text: str) -> bool:
        return text not in self.text()

    def connect(self, gateway: Gateway, practice: Ydernummer, **settings: Any) -> None:
        _connect(gateway, practice, self._bench.adapter, {**self._bench.stanza(self._folder), **settings})


class Fetching:
    """A simulator that fetches from our FHIR door: it is told by the commit alone."""

    connection = FETCHING
    has_setting = True

    def __init__(self, gateway: Gateway, address: str, keys: Any) -> None:
        self.keys = keys
        self._gateway, self.page = gateway, wire.client(30, address)
        self.capabilities = gateway.peers.system_of("gp_system", "fhir_pull", FETCHING).capabilities
        self.page.post("/login", data={"username": "lise", "password": "videodemo"})

    def tell(self, consultation: Consultation) -> None:
        self._gateway.store.commit(consultation)

    def change(self, consultation: Consultation, verb: Verb) -> Consultation:
        return change(self._gateway.store, SystemScope(), consultation.id, verb)

    def text(self, *expected: str) -> str:
        comes(lambda: all(each in self._now() for each in expected), every=0.1)
        return self._now()

    def lacks(self, text: str) -> bool:
        return comes(lambda: text not in self._now(), every=0.1)

    def connect(self, gateway: Gateway, practice: Ydernummer, **settings: Any) -> None:
        _connect(gateway, practice, "fhir_pull", {"client_id": FETCHING, "jwks": self.keys, **settings})

    def row(self, consultation: Consultation) -> QueueEntry:
        return _entry(self._gateway.store.load(SystemScope(), consultation.id))

    def _now(self) -> str:
        return _read(self.page.get("/").raise_for_status().text)


class _OurWaitingRoom:
    """The list with the pane of the entry that was told last."""

    connection = "venteværelse"
    has_setting = False

    def __init__(self, stage: Stage) -> None:
        self._stage, self._open = stage, ""
        self.capabilities = stage.gateway.peers.system_of("gp_system", "browser", self.connection).capabilities

    def tell(self, consultation: Consultation) -> None:
        self._stage.gateway.store.commit(consultation)
        self._open = f"/klinik/kald/{_entry(consultation).id}"

    def connect(self, gateway: Gateway, practice: Ydernummer, **settings: Any) -> None:
        """It is connected there from the beginning."""

    def change(self, consultation: Consultation, verb: Verb) -> Consultation:
        return change(self._stage.gateway.store, SystemScope(), consultation.id, verb)

    def text(self, *expected: str) -> str:
        return _read(self._stage.doctor.client.get(self._open).get_data(as_text=True))

    def lacks(self, text: str) -> bool:
        return text not in self.text()


def _read(page: str) -> str:
    return " ".join(unescape(page).split())


def _entry(consultation: Consultation) -> QueueEntry:
    assert consultation.entry is not None
    return consultation.entry


def _message(consultation: Consultation, entry: QueueEntry) -> EntryMessage:
    organisation = Organisation(consultation.tenant, "Fjordby Kommune", "99110007")
    return entry_message(consultation, entry.id, organisation, "https://us.example")


@contextmanager
def practice_screen(name: str, folder: Path, template: Path) -> Iterator[PracticeScreen]:
    """Of the practice 034835 by the adapter of that name."""
    if name == "browser":
        yield _OurWaitingRoom(Stage(folder))
    elif name == "fhir_pull":
        with fetching(folder, template) as screen:
            yield screen
    else:
        with import_module(f"{benches.__name__}.{name}").bench(folder) as bench:
            yield _Told(bench, folder)


@contextmanager
def fetching(folder: Path, template: Path) -> Iterator[Fetching]:
    with served(folder, template) as world:
        options = ("--gateway", world.base, "--client-id", FETCHING, "--every", "0.1")
        with simulator("gp", "--listen", "127.0.0.1:0", *options) as address:
            keys = wire.client(30, address).get("/.well-known/jwks.json").json()
            world.connect(FETCHING, OWN, {"client_id": FETCHING, "jwks": keys})
            yield Fetching(world.gateway, address, keys)
