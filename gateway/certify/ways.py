"""How a vendor's system is reached from its ``--url``; each bench module that can says so as ``WAY``."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from adapters.contract.bench import Trouble
from gateway.certify.door import Place
from gateway.certify.fault_server import Match, at_home, refusing_address
from gateway.certify.hands import NotTried
from gateway.certify.message_door import MessageDoor
from gateway.certify.mllp_network import MllpNetwork
from gateway.certify.vendor import GIVES_UP, HttpReach, LetterReach, Reach
from gateway.domain.errors import ConfigFault, Phase
from gateway.peers.building import build

NAME = "certified"  # the connection's name towards the peer
EVERY = frozenset(Trouble)


class Way(Protocol):
    """``schemes`` an address may have; ``door``: where the system brings what it has to say, if it does."""

    schemes: ClassVar[tuple[str, ...]]

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any], door: Place) -> Reach: ...

    def address_in(self, stanza: Mapping[str, Any]) -> str:
        """The ``--url`` of a connection that is set up already; "" where it names none."""


@dataclass(frozen=True)
class HttpWay:
    """``field``: the setting that holds the address; ``writes`` picks the requests that carry an entry; the troubles
    ``by_network`` can be made between us and the peer, the others only by the peer."""

    field: str
    writes: Match
    by_network: frozenset[Trouble] = EVERY
    kind: str = "gp_system"
    linked: bool = False  # its answers are full of links, which must lead through our network
    schemes: ClassVar[tuple[str, ...]] = ("http", "https")

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any], door: Place) -> Reach:
        path = urlsplit(url).path

        def connect(origin: str, timeout: float | None) -> Any:
            limit = {} if timeout is None else {"total_timeout": timeout}
            return build(self.kind, adapter, NAME, {**stanza, self.field: origin + path, **limit})

        whole = {**stanza, self.field: url}
        build(self.kind, adapter, NAME, whole)  # the stanza as it will be written is sound
        made = HttpReach(url, connect, self.writes, self.by_network, linked=self.linked)
        made.stanza = whole
        return made

    def address_in(self, stanza: Mapping[str, Any]) -> str:
        return str(stanza.get(self.field, ""))


@dataclass(frozen=True)
class MessageWay:
    """As ``HttpWay``, to a system that answers by messages of its own and brings them to our door."""

    field: str
    writes: Match
    kind: str = "gp_system"
    schemes: ClassVar[tuple[str, ...]] = ("http", "https")

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any], door: Place) -> Reach:
        if not door.url:
            raise ConfigFault("--door: this system answers by messages; say where on this machine it brings them")
        basis, path = {"audience": f"{url.rstrip('/')}/messages", **stanza}, urlsplit(url).path
        build(self.kind, adapter, NAME, {**basis, self.field: url})
        opened = MessageDoor(adapter, door, self.kind)

        def connect(origin: str, timeout: float | None) -> Any:
            limit = {} if timeout is None else {"total_timeout": timeout}
            system = build(self.kind, adapter, NAME, {**basis, self.field: origin + path, **limit})
            opened.corresponds(system)
            return system

        made = LetterReach(url, connect, self.writes, opened)
        made.stanza = {**basis, self.field: url}
        return made

    def address_in(self, stanza: Mapping[str, Any]) -> str:
        return str(stanza.get(self.field, ""))


@dataclass(frozen=True)
class MllpWay:
    """``mllp://host:port``. Where the line is encrypted, nothing of ours can stand on it."""

    carries_entry: bytes
    kind: str = "gp_system"
    schemes: ClassVar[tuple[str, ...]] = ("mllp",)

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any], door: Place) -> Reach:
        return MllpReach((self.kind, adapter), url, stanza, self.carries_entry)

    def address_in(self, stanza: Mapping[str, Any]) -> str:
        return f"mllp://{stanza['host']}:{stanza['port']}" if stanza.get("host") and stanza.get("port") else ""


class MllpReach:
    def __init__(self, adapter: tuple[str, str], url: str, stanza: Mapping[str, Any], carries_entry: bytes) -> None:
        self._peer = host_and_port(url)
        self.host = self._peer[0]
        self._adapter, self._stanza, self._head = adapter, stanza, carries_entry
        self.stanza: Mapping[str, Any] = {**stanza, "host": self._peer[0], "port": self._peer[1]}
        self._encrypted = bool(stanza.get("tls", True))
        self._network = MllpNetwork(self._peer, None, lambda head: carries_entry in head)
        self._network.__enter__()
        way = self._peer if self._encrypted else ("127.0.0.1", self._network.port)
        self.system = self._connected(*way)

    def _connected(self, host: str, port: int, **more: Any) -> Any:
        kind, adapter = self._adapter
        return build(kind, adapter, NAME, {**self._stanza, "host": host, "port": port, **more})

    def makes(self, kind: Trouble) -> bool:
        if self._encrypted or kind not in (Trouble.REPLY_LOST, Trouble.APPLIED_LATE):
            return False
        self._network.fails_once("loses-answer" if kind is Trouble.REPLY_LOST else "comes-late")
        return True

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[Any]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self._connected("127.0.0.1", urlsplit(nowhere).port or 0, tls=False)
            return
        if self._encrypted:
            raise NotTried("the line is encrypted: nothing of ours can stand on it and fall silent")
        fault = "stops-reading" if phase == "sending" else "never-answers"
        with MllpNetwork(self._peer, fault, lambda head: self._head in head) as network:  # type: ignore[arg-type]
            yield self._connected("127.0.0.1", network.port, total_timeout=GIVES_UP)
            assert network.struck == 1, "the planned fault happened"

    def settle(self) -> None:
        self._network.settle()

    def close(self) -> None:
        self._network.__exit__()


BENCHES = {"gp_system": "benches", "eoj": "eoj", "video": "video"}  # of each kind, the folder beside this module


def has_bench(adapter: str, kind: str) -> bool:
    return kind in BENCHES and find_spec(f"gateway.certify.{BENCHES[kind]}.{adapter}") is not None


def bench_module(adapter: str, kind: str = "gp_system") -> ModuleType:
    """``ConfigFault`` for an adapter that nobody has written a bench for."""
    folder = f"gateway.certify.{BENCHES[kind]}"
    if not has_bench(adapter, kind):
        place = folder.replace(".", "/")
        raise ConfigFault(f"{adapter}: has no bench in {place}, so there is nothing to try it against")
    return import_module(f"{folder}.{adapter}")


def reach(adapter: str, url: str, stanza: Mapping[str, Any], door: Place, kind: str = "gp_system") -> Reach:
    """``ConfigFault`` where nobody listens, the stanza is not sound, or such a system is not reached by an address."""
    way: Way | None = getattr(bench_module(adapter, kind), "WAY", None)
    if way is None:
        raise ConfigFault(f"{adapter}: --url is not for this adapter; without it our own simulator is tried")
    require_listening(url, way.schemes)
    return way.reach(adapter, url, stanza, door)


PORTS = {"http": 80, "https": 443}


def host_and_port(url: str) -> tuple[str, int]:
    """ "" and 0 for what is missing."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)


def require_listening(url: str, schemes: tuple[str, ...]) -> None:
    try:
        known, (host, port) = urlsplit(url).scheme in schemes, host_and_port(url)
    except ValueError:  # a port that is no number
        known, host, port = False, "", 0
    if not known or not host or not port:
        raise ConfigFault(f"--url: write {' or '.join(f'{scheme}://host:port' for scheme in schemes)}")
    try:
        socket.create_connection((at_home(host), port), timeout=GIVES_UP).close()
    except OSError as fault:
        raise ConfigFault(f"--url: nobody listens at {host}:{port} ({fault.strerror or fault})") from None
