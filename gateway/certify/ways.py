"""How a vendor's system is reached from its ``--url``; each bench module that can says so as ``WAY``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from adapters.contract.bench import Trouble
from gateway.certify.fault_server import Match, refusing_address
from gateway.certify.hands import NotTried
from gateway.certify.mllp_network import MllpNetwork
from gateway.certify.vendor import GIVES_UP, HttpReach, Reach
from gateway.domain.errors import ConfigFault, Phase
from gateway.peers import build
from gateway.ports import GpSystem

NAME = "certified"  # the connection's name towards the peer
EVERY = frozenset(Trouble)


class Way(Protocol):
    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any]) -> Reach: ...


@dataclass(frozen=True)
class HttpWay:
    """``field``: the setting that holds the address; ``writes`` picks the requests that carry an entry; the troubles
    ``by_network`` can be made between us and the peer, the others only by the peer."""

    field: str
    writes: Match
    by_network: frozenset[Trouble] = EVERY

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any]) -> Reach:
        path = urlsplit(url).path

        def connect(origin: str, timeout: float | None) -> GpSystem:
            limit = {} if timeout is None else {"total_timeout": timeout}
            return _built(adapter, {**stanza, self.field: origin + path, **limit})

        _built(adapter, {**stanza, self.field: url})  # the stanza as it will be written is sound
        return HttpReach(url, connect, self.writes, self.by_network)


@dataclass(frozen=True)
class MllpWay:
    """``mllp://host:port``. Where the line is encrypted, nothing of ours can stand on it."""

    carries_entry: bytes

    def reach(self, adapter: str, url: str, stanza: Mapping[str, Any]) -> Reach:
        return MllpReach(adapter, url, stanza, self.carries_entry)


class MllpReach:
    def __init__(self, adapter: str, url: str, stanza: Mapping[str, Any], carries_entry: bytes) -> None:
        parts = urlsplit(url)
        if parts.scheme != "mllp" or not parts.hostname or not parts.port:
            raise ConfigFault("--url: write mllp://host:port")
        self.host = parts.hostname
        self._adapter, self._stanza, self._head = adapter, stanza, carries_entry
        self._peer = (parts.hostname, parts.port)
        self._encrypted = bool(stanza.get("tls", True))
        self._network = MllpNetwork(self._peer, None, lambda head: carries_entry in head)
        self._network.__enter__()
        way = self._peer if self._encrypted else ("127.0.0.1", self._network.port)
        self.system = self._connected(*way)

    def _connected(self, host: str, port: int, **more: Any) -> GpSystem:
        return _built(self._adapter, {**self._stanza, "host": host, "port": port, **more})

    def makes(self, kind: Trouble) -> bool:
        if self._encrypted or kind not in (Trouble.REPLY_LOST, Trouble.APPLIED_LATE):
            return False
        self._network.fails_once("loses-answer" if kind is Trouble.REPLY_LOST else "comes-late")
        return True

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[GpSystem]:
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


def bench_module(adapter: str) -> ModuleType:
    """``ConfigFault`` for an adapter that nobody has written a bench for."""
    name = f"gateway.certify.benches.{adapter}"
    if find_spec(name) is None:
        raise ConfigFault(f"{adapter}: has no bench in gateway/certify/benches, so there is nothing to try it against")
    return import_module(name)


def reach(adapter: str, url: str, stanza: Mapping[str, Any]) -> Reach:
    """``ConfigFault`` where the stanza is not sound, or a system of this kind cannot be reached by an address."""
    way: Way | None = getattr(bench_module(adapter), "WAY", None)
    if way is None:
        raise ConfigFault(f"{adapter}: --url is not for this adapter; without it our own simulator is tried")
    return way.reach(adapter, url, stanza)


def _built(adapter: str, config: Mapping[str, Any]) -> GpSystem:
    system: GpSystem = build("gp_system", adapter, NAME, config)
    return system
