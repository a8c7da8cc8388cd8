"""Fair order and bulkhead in virtual time: what a sick peer takes from a healthy one, and who comes first."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from gateway.domain.peers.breaker import Breaker, Trouble
from gateway.domain.peers.turns import Lane, Turns

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SPACE = UUID(int=7)
SLOTS, SHARE = 16, 4


def lane(
    connection: str, organisation: int = 1, *, since: int = 0, troubled: bool = False, resting: bool = False
) -> Lane:
    return Lane(connection, uuid5(SPACE, str(organisation)), START + timedelta(seconds=since), troubled, resting)


def begun(turns: Turns, lanes: list[Lane]) -> Counter[str]:
    """Begins what is planned."""
    given: Counter[str] = Counter()
    for each, count in turns.plan(lanes):
        given[each.connection] += count
        for _ in range(count):
            turns.begin(each.connection, each.tenant)
    return given


def test_one_connection_holds_at_most_its_share() -> None:
    turns = Turns(SLOTS, SHARE)
    assert begun(turns, [lane("eoj", 1), lane("eoj", 2)]) == {"eoj": SHARE}
    assert begun(turns, [lane("eoj"), lane("gp")]) == {"gp": SHARE}


def test_never_more_than_there_are_slots() -> None:
    turns = Turns(SLOTS, SHARE)
    given = begun(turns, [lane(f"c{number}") for number in range(9)])
    assert given.total() == SLOTS and turns.free == 0
    assert max(given.values()) - min(given.values()) <= 1, "shared evenly"
    assert begun(turns, [lane("late")]) == {}


def test_connections_in_trouble_get_one_each_and_half_of_all_together() -> None:
    turns = Turns(SLOTS, SHARE)
    sick = [lane(f"sick{number}", troubled=True) for number in range(20)]
    given = begun(turns, [*sick, lane("well")])
    assert sum(count for name, count in given.items() if name != "well") == SLOTS // 2
    assert set(given.values()) <= {1, SHARE} and given["well"] == SHARE


def test_of_a_connection_that_rests_one_row_is_tried() -> None:
    assert begun(Turns(SLOTS, SHARE), [lane("eoj", 1, resting=True), lane("eoj", 2, resting=True)]) == {"eoj": 1}


def test_organisations_of_one_connection_take_turns() -> None:
    turns, served = Turns(SLOTS, SHARE), Counter[UUID]()
    lanes = [lane("eoj", number) for number in range(3)]
    for _ in range(30):
        for each, count in turns.plan(lanes):
            for _ in range(count):
                turns.begin(each.connection, each.tenant)
                served[each.tenant] += 1
        turns.end("eoj")
    assert max(served.values()) - min(served.values()) <= 2


def test_the_lane_that_waits_longest_for_a_turn_is_first() -> None:
    turns = Turns(1, 1)
    assert begun(turns, [lane("b", since=5), lane("a", since=9)]) == {"b": 1}
    turns.end("b")
    assert begun(turns, [lane("b", since=5), lane("a", since=9)]) == {"a": 1}


@dataclass
class Peer:
    """``takes`` seconds for each answer; ``well`` or not."""

    takes: float
    well: bool
    due: list[float] = field(default_factory=list)  # when each row became due
    breaker: Breaker = field(default_factory=Breaker)


def waits(peers: dict[str, Peer], until: float) -> dict[str, list[float]]:
    """Simulated seconds from due to answered, of every row a well peer had."""
    turns, seen = Turns(SLOTS, SHARE), {name: list[float]() for name in peers}
    moments = {at for peer in peers.values() for at in peer.due} | {half / 2 for half in range(int(until * 2))}
    ends = [(at, "", 0.0) for at in sorted(moments)]
    while ends:
        now, name, due = heapq.heappop(ends)
        moment = START + timedelta(seconds=now)
        if name:
            turns.end(name)
            peer = peers[name]
            peer.breaker = Breaker() if peer.well else peer.breaker.failed(Trouble("away"), moment, 1.0)
            seen[name] += [now - due] if peer.well else []
            peer.due += [] if peer.well else [now + 1]
        for each, count in turns.plan(lanes_of(peers, now)):
            for _ in range(count):
                peer = peers[each.connection]
                peer.due.sort()
                turns.begin(each.connection, each.tenant)
                if each.resting:
                    peer.breaker = peer.breaker.probing(moment, timedelta(seconds=30))
                heapq.heappush(ends, (now + peer.takes, each.connection, peer.due.pop(0)))
        if now > until:
            break
    return seen


def lanes_of(peers: dict[str, Peer], now: float) -> list[Lane]:
    moment = START + timedelta(seconds=now)
    found = []
    for name, peer in peers.items():
        breaker = peer.breaker
        if any(at <= now for at in peer.due) and (breaker.is_closed or breaker.may_probe(moment)):
            found.append(lane(name, troubled=breaker.failures > 0, resting=not breaker.is_closed))
    return found


def p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


@pytest.mark.parametrize("sick", ["dripping", "black-holed", "refusing", "all"])
def test_a_healthy_practice_waits_no_longer_beside_sick_ones(sick: str) -> None:
    takes = {"dripping": 10.0, "black-holed": 2.0, "refusing": 0.01}
    steady = [0.1 * number for number in range(600)]
    alone = waits({"well": Peer(0.05, True, list(steady))}, 60)["well"]
    chosen = takes if sick == "all" else {sick: takes[sick]}
    peers = {name: Peer(seconds, False, [0.0] * 40) for name, seconds in chosen.items()}
    beside = waits({"well": Peer(0.05, True, list(steady)), **peers}, 60)["well"]
    assert len(alone) == len(beside) == 600
    assert p99(beside) <= 1.1 * p99(alone)
