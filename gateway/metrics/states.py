"""What the rows say at the moment of a scrape: queues, connections, registers, rooms, alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.domain.peers.breaker import BreakerState
from gateway.domain.peers.owed import Standing
from gateway.metrics import names
from gateway.metrics.attempts import AttemptCounters
from gateway.store.ground.faults import DatabaseFault
from gateway.store.watch.figures import ConnectionState, Depth, Figures
from gateway.wiring import Gateway

STATES = ("well", "failing", "open", "paused", "retired")


class GatewayStates(Collector):
    """Read anew at each scrape. Where the database is away, only that is said."""

    def __init__(self, gateway: Gateway, attempts: AttemptCounters) -> None:
        self._gateway = gateway
        self._attempts = attempts

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing is read when the collector is registered."""
        return [_gauge(names.UP)]

    def collect(self) -> Iterator[Metric]:
        try:
            figures = self._gateway.figures.present()
            registers, alarms = self._gateway.register_ages(), self._gateway.alarms.active()
            self._attempts.follow()
        except DatabaseFault:
            yield _gauge(names.UP, value=0)
            return
        yield _gauge(names.UP, value=1)
        yield from self._attempts.collect()
        yield from _queues(figures)
        yield from _connections(figures)
        yield from _surroundings(figures)
        ages, limits = _gauge(names.REGISTER_AGE, "register"), _gauge(names.REGISTER_LIMIT, "register")
        for register in registers:
            limits.add_metric([register.register], register.limit)
            if register.days is not None:
                ages.add_metric([register.register], register.days)
        yield from (ages, limits)
        on = _gauge(names.ALARMS, "alarm", "subject", "owner")
        counted: dict[tuple[str, str, str], int] = {}
        for alarm in alarms:
            said = alarm.condition
            key = (str(said.kind), said.subject, str(said.owner))
            counted[key] = counted.get(key, 0) + 1
        for labels, number in counted.items():
            on.add_metric(labels, number)
        yield on


def _queues(figures: Figures) -> Iterator[GaugeMetricFamily]:
    depth, age = _gauge(names.DEPTH, "connection", "kind", "state"), _gauge(names.AGE, "connection", "state")
    for one in figures.depths:
        depth.add_metric([one.connection, one.kind, str(one.standing)], one.count)
    for (connection, standing), since in _oldest(figures.depths).items():
        age.add_metric([connection, str(standing)], (figures.now - since).total_seconds())
    yield from (depth, age)


def _oldest(depths: Iterable[Depth]) -> dict[tuple[str, Standing], datetime]:
    found: dict[tuple[str, Standing], datetime] = {}
    for one in depths:
        key = (one.connection, one.standing)
        found[key] = min(found.get(key, one.oldest), one.oldest)
    return found


def _connections(figures: Figures) -> Iterator[GaugeMetricFamily]:
    state = _gauge(names.CONNECTION, "connection", "kind", "state")
    failing = _gauge(names.FAILING, "connection")
    for one in figures.connections:
        present = _present(one)
        for each in STATES:
            state.add_metric([one.connection, one.kind, each], float(each == present))
        since = (figures.now - one.failing_since).total_seconds() if one.failing_since else 0.0
        failing.add_metric([one.connection], since)
    yield from (state, failing)


def _present(one: ConnectionState) -> str:
    """What the administrator wants comes first, then whether the breaker lets anything through."""
    if one.state != "active":
        return one.state
    if one.breaker in (BreakerState.OPEN, BreakerState.HALF_OPEN):
        return "open"
    return "failing" if one.failing_since else "well"


def _surroundings(figures: Figures) -> Iterator[GaugeMetricFamily]:
    differences = _gauge(names.DIFFERENCES, "connection")
    counted: dict[str, int] = {}
    for connection, _, number in figures.differences:
        counted[connection] = counted.get(connection, 0) + number
    for connection, number in counted.items():
        differences.add_metric([connection], number)
    rooms, silence = _gauge(names.ROOMS, "state"), _gauge(names.SILENCE, "process")
    rooms.add_metric(["open"], figures.rooms)
    rooms.add_metric(["occupied"], figures.occupied_rooms)
    unsealed = _gauge(names.UNSEALED, value=figures.unsealed)
    for beat in figures.beats:
        silence.add_metric([beat.process], (figures.now - beat.at).total_seconds())
    yield from (differences, rooms, unsealed, silence)


def _gauge(named: tuple[str, str], *labels: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(*named, value=value, labels=labels or None)
