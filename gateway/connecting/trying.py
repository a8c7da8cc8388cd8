"""*Afprøv forbindelsen*: a connection tried step by step, up to what the peer says of itself; nothing is written there.

The network's steps are the same for every adapter; what lies behind them an adapter tries itself, where it can.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.wire.reach import reach
from adapters.wire.transport import within
from gateway.building import NOT_HERE, build, settings_of
from gateway.domain.errors import ConfigFault, PeerBusy, PeerError, PeerUnavailable
from gateway.ports.peers import TriedOut

BUDGET = 20.0  # seconds for all of it
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Step:
    """``step``: settings, name, port, tls or answer. ``code``: what went wrong, "" where nothing did. ``said``: what
    the peer says of itself."""

    step: str
    code: str
    place: str
    milliseconds: int
    said: Any = field(default=None, repr=False, compare=False)


def try_out(kind: str, adapter: str, name: str, config: Mapping[str, Any]) -> list[Step]:
    """The steps taken, ending with the first of an address that fails."""
    with within(BUDGET):
        return list(_steps(kind, adapter, name, config))


def _steps(kind: str, adapter: str, name: str, config: Mapping[str, Any]) -> Iterator[Step]:
    began = time.monotonic()
    try:
        built = build(kind, adapter, name, config)
        addresses = _addresses(settings_of(kind, adapter, name, config).model_dump(mode="json"))
    except ConfigFault:
        yield Step("settings", NOT_HERE, "", _since(began))
        return
    yield Step("settings", "", "", _since(began))
    for address in addresses:
        for each in reach(address):
            yield Step(each.step, each.code, f"{each.host}:{each.port}", each.milliseconds)
            if each.code:
                return
    if isinstance(built, TriedOut):
        yield _answer(built)


def _answer(built: TriedOut) -> Step:
    began = time.monotonic()
    try:
        said = built.try_out()
    except PeerUnavailable as fault:
        return Step("answer", f"unavailable: {fault.phase}", "", _since(began))
    except PeerBusy as fault:
        return Step("answer", fault.code, "", _since(began))
    except PeerError as fault:
        return Step("answer", str(fault.args[1]), "", _since(began))
    return Step("answer", "", "", _since(began), said)


def _addresses(settings: Mapping[str, Any]) -> list[str]:
    """Each host and port that the settings name, once. A claim's name may be a URI and leads nowhere (OpenID Connect
    Core §5.1.2)."""
    told = {name: str(value) for name, value in settings.items() if not name.endswith("_claim")}
    found = [value for value in told.values() if value.startswith(_SCHEMES)]
    if settings.get("host") and settings.get("port"):
        found.append(f"mllp://{settings['host']}:{settings['port']}")
    places = {"/".join(address.split("/", 3)[:3]): address for address in found}
    return list(places.values())


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
