"""A gateway whose worker and relay are processes while its connection's keys are replaced, and what is owed to the peer
all the while."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.certify.placing import MUNICIPALITY
from gateway.certify.running import RunningGateway, RunningRecordGateway
from gateway.certify.waiting import comes
from gateway.connecting import drafting, rotating, second_person
from gateway.connecting.rotating import Replacing
from gateway.connecting.second_person import Wanted
from gateway.connecting.trying import Step, passed
from gateway.domain.oversight import RiskyAct
from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import SystemScope
from gateway.peers.in_use import READ_AGAIN
from gateway.store.peers.connections import Revision
from gateway.wiring import Gateway

HERE = "127.0.0.0/8 ::1/128"


class _Rotated(RunningGateway):
    """Reached by the services that the console and the commands call."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._gateway.engine.dispose()
        folder = str(self._settings.data_key).removeprefix("file:").rpartition("/")[0]
        more = {"console_networks": HERE, "console_secrets": f"{folder}/peers"}
        self._settings = self._settings.model_copy(update=more)
        self._gateway = Gateway(self._settings)

    @property
    def gateway(self) -> Gateway:
        return self._gateway

    @property
    def laid_in(self) -> str:
        """Where operations lay what the operator's connections may name."""
        return f"{self._settings.console_secrets}/{self.owner or 'operator'}"

    @property
    def present(self) -> Revision:
        found = self._gateway.connections.present(self._name)
        assert found is not None
        return found

    def replaced(self, **typed: str) -> None:
        """In the draft; nothing is in force yet."""
        draft = self._gateway.drafts.of(self._name)
        read = draft.revision.number if draft else self.present.number
        rotating.replace(self._gateway, self._name, read, Replacing(typed), "Ida Krag")

    def withdrawn(self, setting: str, *names: str) -> None:
        rotating.replace(self._gateway, self._name, self.present.number, Replacing(withdrawn={setting: names}), "Ida")

    def tried(self) -> list[Step]:
        return drafting.try_draft(self._gateway, drafting.require(self._gateway, self._name), "Ida Krag")

    def faults_met(self, entry: UUID) -> int:
        """How many attempts about that entry ended otherwise than done."""
        consultation = self._gateway.store.load_by_entry(SystemScope(), entry)
        rows = self._gateway.store.deliveries_of(SystemScope(), consultation.id)
        attempts = [each for row in rows for each in self._gateway.owed.attempts(row.id)]
        return sum(each.outcome not in ("", str(Outcome.DONE)) for each in attempts)

    def in_force(self) -> None:
        """Tried, then granted by a second person, as a real connection is."""
        steps = self.tried()
        assert passed(steps), steps
        number = drafting.require(self._gateway, self._name).revision.number
        wanted = Wanted(RiskyAct.ACTIVATE, self._name, str(number), "udløber snart", self.owner)
        asked = second_person.ask(self._gateway, wanted, "ida", "Ida Krag")
        second_person.grant(self._gateway, asked, "finn", "Finn Falk")


class RotatedGateway(_Rotated):
    """Towards a practice."""


class RotatedRecordGateway(_Rotated, RunningRecordGateway):
    """Towards a care system, which is the municipality's own."""

    owner = MUNICIPALITY.id


@dataclass
class Load:
    """Owed one after the other, ten a second at most."""

    owe: Callable[[], Any]
    arrived: Callable[[Any], bool]
    owed: list[Any] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.owed.append(self.owe())

    def some_more(self) -> None:
        """Until every process has read what is in force, and what was owed after that has arrived."""
        self.over.wait(READ_AGAIN)
        begun = len(self.owed)
        assert comes(lambda: len(self.owed) > begun + 3 and self.arrived(self.owed[begun + 2]), every=0.1)

    def all_arrived(self) -> bool:
        return comes(lambda: all(self.arrived(each) for each in self.owed), every=0.2)


@contextmanager
def under_load(owe: Callable[[], Any], arrived: Callable[[Any], bool]) -> Iterator[Load]:
    load = Load(owe, arrived)
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        yield load
    finally:
        load.over.set()
        thread.join()


class Terminator:
    """TLS in front of a plain port. ``context`` is what the next caller meets."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.context, self._behind = context, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain = self._listener.accept()[0]
                threading.Thread(target=self._joined, args=(plain, self.context), daemon=True).start()

    def _joined(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        behind = ("127.0.0.1", self._behind)
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as caller:
            peer = socket.create_connection(behind)
            threading.Thread(target=_copied, args=(peer, caller), daemon=True).start()
            _copied(caller, peer)
            peer.close()

    def close(self) -> None:
        self._listener.close()


def _copied(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
