"""One run from beginning to end. It belongs into a process of its own: what is overheard there is this run's alone, and
whatever an unknown system provokes ends nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from uuid import UUID

from gateway.certify.connected.asking import target_of
from gateway.certify.connected.target import Target, bench_over
from gateway.certify.run import Found, Promise, certified
from gateway.certify.suites import SUITES
from gateway.domain.errors import ConfigFault, PeerError
from gateway.domain.peers.contract_run import ContractState, Tried
from gateway.domain.peers.verdict import judged
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

BEATS_EVERY = 2.0  # seconds


def carry_out(
    gateway: Gateway,
    id: UUID,
    is_wanted: Callable[[], bool] = lambda: True,
    give_up: Callable[[], None] = lambda: None,
    promises: Sequence[Promise] | None = None,
) -> None:
    """A run that was claimed. ``give_up`` is called where it is not wanted any more, or has been taken for dead.
    ``promises``: some of them, where not all are to be tried."""
    runs, run = gateway.contract_runs, gateway.contract_runs.find(id)
    state, fault = ContractState.DONE, ""
    with _heard(gateway, id, is_wanted, give_up):
        try:
            target = target_of(gateway, run)
            _try_all(gateway, id, target, SUITES[target.kind].promises if promises is None else promises)
        except ConfigFault as why:
            state, fault = ContractState.FAILED, "; ".join(why.faults)
        except PeerError as why:
            state, fault = ContractState.FAILED, judged(why).code
    runs.end(id, state, gateway.clock.now(), fault)


def _try_all(gateway: Gateway, id: UUID, target: Target, promises: Sequence[Promise]) -> None:
    def announce(promise: Promise) -> None:
        gateway.contract_runs.trying(id, promise.name, len(promises))

    with bench_over(target) as bench:
        for number, found in enumerate(certified(bench, promises, announce), 1):
            gateway.contract_runs.keep(id, number, _tried(found), gateway.clock.now())


def _tried(found: Found) -> Tried:
    exchanges = tuple((each.request, each.answer) for each in found.exchanges)
    return Tried(found.promise.name, found.verdict, found.seen, found.seconds, exchanges, found.more)


@contextmanager
def _heard(gateway: Gateway, id: UUID, is_wanted: Callable[[], bool], give_up: Callable[[], None]) -> Iterator[None]:
    """Says that this process lives for as long as it carries the run out."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEATS_EVERY):
            with suppress(DatabaseFault):
                if not (is_wanted() and gateway.contract_runs.beat(id, gateway.clock.now())):
                    give_up()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
