"""Twenty-eight troubles at both peers, through the real relay: each row ends as the answer asks, and nothing doubles.

A passing trouble holds a row up and no more; one of our own address or credentials makes the connection ill and holds
up all its rows; only a rule of the protocol that says no makes a row stuck.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest

from gateway.domain.records import DeliveryRow
from tests.support.peers.owing import EOJ, GP, Owing
from tests.support.peers.scripted_peer import Reply, scripted_peer
from tests.support.peers.small_fhir import LOGIN, READS, WRITES, SmallFhir, Trouble, half, page, refusal
from tests.support.processes.relaying import until
from workers import app as celery_app
from workers.relay import Relay

QUIET = 0.2


def bare(status: int, **headers: str) -> Trouble:
    """A status without a word beside it; nothing was done."""
    return Trouble(WRITES, Reply(status, b"", {name.replace("_", "-"): value for name, value in headers.items()}))


def half_done(answer: Reply | None) -> Trouble:
    """What the answer does not tell: the write took effect."""
    return Trouble(WRITES, answer, effect=True)


PASSING = {
    "400 without a rule": bare(400),
    "403 without a word": bare(403),
    "408": bare(408),
    "409": bare(409),
    "412": bare(412),
    "413 from a proxy": Trouble(WRITES, page(413)),
    "415": bare(415),
    "422 without a rule": Trouble(WRITES, page(422)),
    "423": bare(423),
    "425": bare(425),
    "429": bare(429, Retry_After="1"),
    "500 after the effect": half_done(Reply(500, b"")),
    "502 page after the effect": half_done(page(502)),
    "503": bare(503, Retry_After="1"),
    "504 after the effect": half_done(page(504)),
    "a page with 200": Trouble(WRITES, page(200)),
    "half JSON after the effect": half_done(Reply(raw=half())),
    "no answer after the effect": half_done(None),
    "nothing readable to a question": Trouble(READS, page(200)),
    "503 to a question": Trouble(READS, Reply(503, b"")),
    "login server 500": Trouble(LOGIN, Reply(500, b"")),
    "login server answers a page": Trouble(LOGIN, page(200)),
    "login server answers half": Trouble(LOGIN, Reply(200, b'{"access_token": "')),
}
ILL = {
    "redirect": Trouble(WRITES, page(302, "http://elsewhere.localhost:1/login")),
    "401": bare(401),
    "404 of the base": Trouble(WRITES, page(404)),
    "invalid_client": Trouble(LOGIN, Reply(401, b'{"error": "invalid_client"}')),
}
REFUSED = {"a rule says no": Trouble(WRITES, refusal(422, "business-rule"))}


class World:
    """A gateway that owes to two careless servers, each met by the same trouble while ``trouble`` is set."""

    def __init__(self, folder: Path, database_url: str, stack: ExitStack) -> None:
        self.trouble: Trouble | None = None
        peers = [stack.enter_context(scripted_peer()) for _ in (GP, EOJ)]
        self.gp, self.eoj = (SmallFhir(peer, strikes=lambda _: self.trouble) for peer in peers)
        self.owing = Owing(folder, database_url, self.gp.base, self.eoj.base, QUIET)
        self._relay = Relay(self.owing.gateway, celery_app.publisher(self.owing.gateway.settings))
        stack.callback(self._relay.close)

    def row(self, id: UUID) -> DeliveryRow:
        [row] = self.owing.rows(id)
        return row

    def attempted(self, id: UUID) -> DeliveryRow:
        """After its first attempt."""
        until("it meets something", lambda: self._ends(id) or self.row(id).fault)
        return self.row(id)

    def settled(self, id: UUID) -> DeliveryRow:
        until("it ends", lambda: self._ends(id))
        return self.row(id)

    def _ends(self, id: UUID) -> bool:
        self.owing.make_due()
        self._relay.sweep()
        return self.row(id).status != "due"


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    copy = tmp_path / "troubles.db"
    copy.write_bytes(sqlite_template.read_bytes())
    with ExitStack() as stack:
        yield World(tmp_path, f"sqlite:///{copy}", stack)


def _owed(world: World, peer: str) -> UUID:
    return world.owing.owe_entry() if peer == GP else world.owing.owe_note()


def _stands_once(world: World, peer: str) -> None:
    if peer == GP:
        assert world.gp.count("Task") == [1]
    else:
        assert (world.eoj.count("Encounter"), world.eoj.count("DocumentReference")) == ([1], [1])


def test_there_are_twenty_eight() -> None:
    assert len(PASSING | ILL | REFUSED) == 28


@pytest.mark.parametrize("peer", [GP, EOJ])
@pytest.mark.parametrize("name", PASSING | ILL)
def test_what_passes_holds_a_row_up_and_no_more(world: World, name: str, peer: str) -> None:
    world.trouble = (PASSING | ILL)[name]
    owed = _owed(world, peer)
    held_up = world.attempted(owed)
    assert held_up.status == "due", f"stuck by a passing trouble: {held_up.fault}"
    assert held_up.fault.startswith("ill: ") == (name in ILL)
    assert world.gp.struck + world.eoj.struck >= 1
    world.trouble = None
    assert world.settled(owed).status == "done"
    _stands_once(world, peer)


@pytest.mark.parametrize("peer", [GP, EOJ])
def test_what_a_rule_refuses_waits_for_a_person_with_the_peers_word(world: World, peer: str) -> None:
    world.trouble = REFUSED["a rule says no"]
    row = world.settled(_owed(world, peer))
    assert (row.status, row.fault, row.attempts) == ("stuck", "business-rule", 1)


@pytest.mark.parametrize("peer", [GP, EOJ])
def test_an_ill_connection_shows_and_all_its_rows_wait(world: World, peer: str) -> None:
    world.trouble = ILL["invalid_client"]
    owed = [_owed(world, peer) for _ in range(3)]
    assert {world.attempted(each).status for each in owed} == {"due"}
    assert world.owing.gateway.practices.failing_since(peer) is not None
    world.trouble = None
    assert {world.settled(each).status for each in owed} == {"done"}
