"""The drill: a back-up is restored into another database after notes and entries were delivered that it still holds as
due. Every peer is asked before anything is sent again, and its own journal judges."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import transaction
from gateway.store.watch.key_copies import SqlKeyCopies
from gateway.wiring import Gateway
from tests.contract.store.watch.test_dumps import Restore
from tests.contract.store.watch.test_dumps import dumped as dumped
from tests.support.clinic_world import settings_with
from tests.support.databases import shown
from tests.support.peers.owing import Owing
from tests.support.peers.scripted_peer import scripted_peer
from tests.support.peers.small_fhir import SmallFhir
from workers.task import attempt_row

MANY = 3
QUIET = 0.5
ROUNDS = 40


def settle(owed: Owing) -> int:
    """Attempts until nothing is owed; how many rows are left."""
    for _ in range(ROUNDS):
        if not owed.undone():
            break
        owed.make_due()
        for id in owed.gateway.outbox.due(limit=400):
            attempt_row(owed.gateway, id)
    return owed.undone()


def restored_gateway(owed: Owing, folder: Path, database: Engine, lines: list[str]) -> Gateway:
    """As docs/operating.md says: the dump in another database, then ``laegebro keys put-back``."""
    redis = owed.gateway.settings.redis_url
    gateway = Gateway(settings_with(folder, shown(database.url), redis))
    done = SqlKeyCopies(gateway.engine, gateway.vault).put_back(lines)
    assert done.asked == 2 * MANY, "notes and entries"
    return gateway


@pytest.mark.parametrize("careful", [True, False], ids=["heeds-keys", "overlooks-keys"])
def test_what_was_delivered_since_the_dump_is_asked_for_and_never_sent_again(
    store_engine: Engine, dumped: Restore, tmp_path: Path, careful: bool
) -> None:
    with scripted_peer() as one, scripted_peer() as two:
        gp, eoj = SmallFhir(one, careful), SmallFhir(two, careful)
        owed = Owing(tmp_path, shown(store_engine.url), gp.base, eoj.base, QUIET)
        for _ in range(MANY):
            owed.owe_note()
            owed.owe_entry()
        before = dumped(store_engine)
        assert settle(owed) == 0
        sent = {kind: peer.count(kind) for peer, kind in ((eoj, "DocumentReference"), (gp, "Task"))}
        assert sent == {"DocumentReference": [1] * MANY, "Task": [1] * MANY}
        lines = list(SqlKeyCopies(owed.gateway.engine, owed.gateway.vault).lines())
        owed.gateway.engine.dispose()
        began = time.monotonic()
        owed.gateway = restored_gateway(owed, tmp_path, before, lines)
        left = settle(owed)
        print(f"asked and settled in {time.monotonic() - began:.1f} s")
        assert left == 0, "nothing is lost"
        assert {kind: peer.count(kind) for peer, kind in ((eoj, "DocumentReference"), (gp, "Task"))} == sent
        assert eoj.count("Encounter") == [1] * MANY
        owed.gateway.engine.dispose()
        before.dispose()


def test_without_it_a_peer_that_overlooks_keys_has_everything_twice(
    store_engine: Engine, dumped: Restore, tmp_path: Path
) -> None:
    """So that the drill cannot be green by itself."""
    with scripted_peer() as one, scripted_peer() as two:
        gp, eoj = SmallFhir(one), SmallFhir(two)
        owed = Owing(tmp_path, shown(store_engine.url), gp.base, eoj.base, QUIET)
        owed.owe_entry()
        before = dumped(store_engine)
        assert settle(owed) == 0 and gp.count("Task") == [1]
        lines = list(SqlKeyCopies(owed.gateway.engine, owed.gateway.vault).lines())
        owed.gateway.engine.dispose()
        gateway = Gateway(settings_with(tmp_path, shown(before.url), owed.gateway.settings.redis_url))
        SqlKeyCopies(gateway.engine, gateway.vault).put_back(lines)
        with transaction(gateway.engine, SystemScope()) as connection:
            connection.execute(update(delivery).values(unknown=False))
        owed.gateway = gateway
        settle(owed)
        assert gp.count("Task") == [2]
        gateway.engine.dispose()
        before.dispose()
