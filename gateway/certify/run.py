"""Every promise tried once, in order, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.contract import note_samples, samples
from gateway.certify.hands import NotTried
from gateway.certify.reporting.exchanges import Exchange, Exchanges, persons_of
from gateway.certify.watching import Watched
from gateway.domain.capability import Capability
from gateway.domain.errors import ConfigFault, PeerCannot, PeerError
from gateway.domain.peers.contract_run import Verdict


class Promise(Protocol):
    """One promise of a suite: ``words`` in Danish, ``name`` in English."""

    @property
    def words(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def wire(self) -> bool: ...

    def exempt(self, bench: Any) -> str:
        """Why it is none of this system's business; "" where it is."""

    def other(self, bench: Any) -> Callable[..., None] | None:
        """What is tried in its place."""

    def try_on(self, bench: Any) -> None: ...


OFF_THE_WIRE = "this adapter reaches nobody over a network: what it says stands in our own rows"
TOLD_ONLY = "this system is told by messages only and keeps no queue for us; tried instead, and kept"
_KARLA = note_samples.KARLA.citizen
_PERSONS = (samples.TEST_CPR, samples.TEST_NAME, "Bo Berggren", "Mette Holm", "0201609996", _KARLA.name)


@dataclass(frozen=True, slots=True)
class Found:
    """One promise and what came of it; ``seen`` names nobody."""

    promise: Promise
    verdict: Verdict
    seen: str
    seconds: float
    exchanges: Sequence[Exchange] = ()
    more: int = 0  # exchanges that are not shown

    @property
    def holds(self) -> bool:
        return self.verdict in (Verdict.KEPT, Verdict.NOT_APPLICABLE)


def chosen(names: Sequence[str], suite: Sequence[Promise]) -> Sequence[Promise]:
    """The promises of these names, or all of them where none is named; ``ConfigFault`` for an unknown name."""
    unknown = sorted(set(names) - {promise.name for promise in suite})
    if unknown:
        raise ConfigFault(*(f"--promise: there is no {name}" for name in unknown))
    return [promise for promise in suite if not names or promise.name in names]


def certified(
    bench: Any, promises: Sequence[Promise], told: Callable[[Promise], None] = lambda _: None
) -> Iterator[Found]:
    """One ``Found`` for each promise, as it is tried; ``told`` hears which one comes next."""
    watched = bench.system = Watched(bench.system)
    if bench.on_the_wire:
        bench.unreachable = watched.behind(bench.unreachable)
    exchanges = Exchanges(persons_of(bench, _PERSONS))
    with ThreadPoolExecutor(1, "promise") as pool, exchanges.heard():
        for promise in promises:
            why_not = _exempt(promise, bench)
            if why_not:
                yield Found(promise, Verdict.NOT_APPLICABLE, why_not, 0.0)
                continue
            told(promise)
            started = time.monotonic()
            # In a thread of its own, so that whatever an unknown system provokes is a finding and not our end.
            fault = pool.submit(promise.try_on, bench).exception()
            verdict, seen = _judged(fault, promise.other(bench))
            said = "; ".join(filter(None, (seen, watched.told())))
            yield Found(promise, verdict, said, time.monotonic() - started, *exchanges.taken())


def _exempt(promise: Promise, bench: Any) -> str:
    if promise.wire and not bench.on_the_wire:
        return OFF_THE_WIRE
    return promise.exempt(bench)


def _judged(fault: BaseException | None, other: Callable[..., None] | None) -> tuple[Verdict, str]:
    """``other``: what was tried in the promise's place."""
    if fault is None and other is not None:
        return Verdict.NOT_APPLICABLE, f"{TOLD_ONLY}: «{spoken(other.__name__)}»"
    if fault is None:
        return Verdict.KEPT, ""
    if isinstance(fault, NotTried):
        return Verdict.NOT_TRIED, str(fault)
    if isinstance(fault, PeerCannot) and fault.capability in set(Capability):
        return Verdict.NOT_TRIED, f"the connection is set up without the ability «{fault.capability}»"
    return Verdict.BROKEN, _without_persons(_words_for(fault))


def spoken(name: str) -> str:
    """A promise's name as it is read."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _words_for(fault: BaseException) -> str:
    if isinstance(fault, PeerError):
        return f"{type(fault).__name__} {' '.join(map(str, fault.args))}"
    if isinstance(fault, AssertionError):
        return str(fault) or "not as promised"
    # Its text may quote what it met, so only of which kind.
    return f"our adapter fell over: {type(fault).__name__}"


def _without_persons(text: str) -> str:
    for word in _PERSONS:
        text = text.replace(word, "…")
    return text
