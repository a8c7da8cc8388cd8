"""Whoever takes out, changes, exchanges or slips in an audit row is found, and the row is named (docs/adr/0010)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope
from gateway.domain.trail import NOBODYS, Head, Tamper
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_audit import audit, audit_seal, audit_unsealed
from gateway.store.people.tables_organisations import tenant as organisation
from gateway.store.trail import sealing
from gateway.store.trail.keeping import SqlAuditKeeping, months_before
from gateway.store.trail.rows import owned_digests
from gateway.store.trail.sealing import SqlSealing
from gateway.store.trail.verifying import SqlVerifying
from tests.architecture.source import ROOT
from tests.support import consultations as make
from tests.support.unguarded import unguarded

EXPECTED = "4b889b6b236bbe4ee2fc43e7cb2ec5d1291e7f698e604c9b8f2dfa943e732110"
A, B = make.KOMMUNE_A, make.KOMMUNE_B
WORDS = ("read", "shown", "draft", "æøå", "seen by", "")


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def write_rows(store: SqlConsultationStore, many: int, *tenants: UUID | None) -> None:
    for number in range(many):
        whose = tenants[number % len(tenants)]
        row = AuditRow(make.NOW + timedelta(seconds=number), SYSTEM, "Fjordby", "read", f"page {number}", tenant=whose)
        store.record_audit(row)


def seqs(engine: Engine) -> list[int]:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return list(connection.execute(select(audit.c.seq).order_by(audit.c.seq)).scalars())


def tampered(engine: Engine, act: Callable[[Connection], object]) -> None:
    """As somebody who has the database itself: no trigger stops her."""
    with unguarded(engine) as connection:
        act(connection)


def test_an_untouched_trail_holds_and_says_what_waits(store_engine: Engine, store: SqlConsultationStore) -> None:
    write_rows(store, 7, A, B, None)
    assert SqlVerifying(store_engine).verify().waiting == 7
    assert SqlSealing(store_engine).seal_all() == 7
    store.commit(make.waiting(), audit=[AuditRow(make.NOW, SYSTEM, "", "write", "launch")])
    report = SqlVerifying(store_engine).verify(SqlSealing(store_engine).heads())
    assert (report.rows, report.links, report.waiting, report.findings) == (7, 3, 1, [])
    assert {head.chain for head in SqlSealing(store_engine).heads()} == {A, B, NOBODYS}


def change(rng: random.Random, connection: Connection, seq: int) -> Tamper:
    """One row, in one of the ways it can be falsified."""
    row = connection.execute(select(audit).where(audit.c.seq == seq)).mappings().one()
    column = rng.choice([name for name in row if name != "seq"] + ["(removed)"])
    if column == "(removed)":
        connection.execute(delete(audit).where(audit.c.seq == seq))
        return Tamper.REMOVED
    connection.execute(update(audit).where(audit.c.seq == seq).values({column: other(rng, column, row[column])}))
    return Tamper.CHANGED


def other(rng: random.Random, column: str, value: Any) -> Any:
    if column in ("id", "tenant", "consultation"):
        return uuid4()
    if column == "at":
        return value + timedelta(microseconds=rng.choice((-1, 1, 86_400_000_000)))
    if column in ("case_hash", "actor_name"):
        return rng.randbytes(32) if value else rng.choice((b"\0", b"x"))
    return f"{value}{rng.choice('x ')}"


def test_every_change_of_any_column_and_every_removal_is_named(
    store_engine: Engine, store: SqlConsultationStore
) -> None:
    """A smaller number than bench/evidence/audit.py's thousand; the seed is new each time and stands in the message."""
    write_rows(store, 120, A, B, None)
    SqlSealing(store_engine).seal_all()
    seed = random.randrange(1 << 32)
    rng, done = random.Random(seed), dict[int, Tamper]()
    chosen = rng.sample(seqs(store_engine), 60)
    tampered(store_engine, lambda c: [done.__setitem__(seq, change(rng, c, seq)) for seq in chosen])
    found = SqlVerifying(store_engine).verify().findings
    assert {each.seq: each.tamper for each in found} == done and len(found) == len(done), f"seed {seed}"


def test_two_rows_exchanged_are_both_named(store_engine: Engine, store: SqlConsultationStore) -> None:
    write_rows(store, 5, A)
    SqlSealing(store_engine).seal_all()
    one, _, three, *_ = seqs(store_engine)

    def exchange(connection: Connection) -> None:
        for old, new in ((one, -1), (three, one), (-1, three)):
            connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))

    tampered(store_engine, exchange)
    found = SqlVerifying(store_engine).verify().findings
    assert [(each.tamper, each.seq) for each in found] == [(Tamper.REORDERED, one), (Tamper.REORDERED, three)]


def test_a_row_slipped_in_beside_the_chain_is_named(store_engine: Engine, store: SqlConsultationStore) -> None:
    write_rows(store, 3, A)
    SqlSealing(store_engine).seal_all()
    write_rows(store, 1, A)
    (last,) = seqs(store_engine)[-1:]
    tampered(store_engine, lambda c: c.execute(delete(audit_unsealed)))
    assert [(f.tamper, f.seq) for f in SqlVerifying(store_engine).verify().findings] == [(Tamper.ADDED, last)]


def test_a_row_removed_before_it_was_sealed_is_named(store_engine: Engine, store: SqlConsultationStore) -> None:
    write_rows(store, 3, A)
    gone = seqs(store_engine)[1]
    tampered(store_engine, lambda c: c.execute(delete(audit).where(audit.c.seq == gone)))
    SqlSealing(store_engine).seal_all()
    assert [(f.tamper, f.seq) for f in SqlVerifying(store_engine).verify().findings] == [(Tamper.REMOVED, gone)]


@pytest.mark.parametrize("tamper", [Tamper.LINK_MISSING, Tamper.LINK_CHANGED, Tamper.CUT_OFF, Tamper.OTHER_HEAD])
def test_a_chain_that_was_written_anew_does_not_reach_the_head_sealed_elsewhere(
    store_engine: Engine, store: SqlConsultationStore, tamper: Tamper
) -> None:
    for _ in range(3):
        write_rows(store, 2, A)
        SqlSealing(store_engine).seal_all()
    heads = SqlSealing(store_engine).heads()
    s = audit_seal.c
    third = [head for head in heads if head.number == 3]
    acts: dict[Tamper, Callable[[Connection], object]] = {
        Tamper.LINK_MISSING: lambda c: c.execute(delete(audit_seal).where(s.number == 2)),
        Tamper.LINK_CHANGED: lambda c: c.execute(update(audit_seal).where(s.number == 2).values(content=b"")),
        Tamper.CUT_OFF: lambda c: c.execute(delete(audit_seal).where(s.number == 3)),
        Tamper.OTHER_HEAD: lambda c: forge(c, third[0]),
    }
    tampered(store_engine, acts[tamper])
    assert tamper in {finding.tamper for finding in SqlVerifying(store_engine).verify(heads).findings}


def forge(connection: Connection, last: Head) -> None:
    """The last row changed and its link computed anew, as one who knows this source would."""
    connection.execute(delete(audit_seal).where(audit_seal.c.number == last.number))
    newest = connection.execute(select(audit.c.seq).order_by(audit.c.seq.desc())).scalars().first()
    connection.execute(update(audit).where(audit.c.seq == newest).values(what="nothing at all"))
    for seq in (newest, newest - 1):
        connection.execute(insert(audit_unsealed).values(seq=seq))
    sealing._add(connection, [newest - 1, newest])


def refused(engine: Engine, *statements: str) -> None:
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), transaction(engine, SystemScope()) as connection:
            connection.execute(text(statement))


def test_neither_audit_nor_events_nor_links_can_be_rewritten_or_deleted(
    store_engine: Engine, store: SqlConsultationStore
) -> None:
    c = store.commit(make.waiting())
    row = AuditRow(db_of(store_engine), SYSTEM, "", "read", "shown", c.id, tenant=A)
    store.record_audit(row)
    SqlSealing(store_engine).seal_all()
    refused(store_engine, "UPDATE audit SET what = 'x'", "DELETE FROM audit")
    refused(store_engine, "UPDATE audit_seal SET rows = 9", "DELETE FROM audit_seal")
    for history in ("consultation_event", "responsibility"):
        refused(store_engine, f"UPDATE {history} SET tenant = tenant", f"DELETE FROM {history}")
    if store_engine.dialect.name == "postgresql":
        refused(store_engine, "TRUNCATE audit", "TRUNCATE audit_seal", "TRUNCATE consultation_event")


def test_a_role_with_the_documented_rights_may_add_and_not_rewrite(
    postgres_engine: Engine, vault: Vault, as_stranger: Callable[[Engine], Engine]
) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    with postgres_engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(page.partition("```sql\n")[2].partition("```")[0])
    role = as_stranger(postgres_engine)
    SqlConsultationStore(role, vault).commit(make.waiting(), audit=[AuditRow(make.NOW, SYSTEM, "", "read", "x")])
    assert SqlSealing(role).seal_all() == 1 and SqlVerifying(role).verify().holds
    for table in ("audit", "audit_seal", "consultation_event", "responsibility"):
        for statement in (f"UPDATE {table} SET tenant = tenant", f"TRUNCATE {table}", f"DROP TABLE {table}"):
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), role.begin() as connection:
                connection.execute(text(statement))
    role.dispose()


def db_of(engine: Engine) -> Any:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return db_now(connection)


def test_rows_go_when_their_organisations_time_is_up_and_the_chain_still_holds(
    store_engine: Engine, store: SqlConsultationStore
) -> None:
    """A keeps its trail for six months, B for the five years that hold where nothing is said."""
    now = db_of(store_engine)
    with transaction(store_engine, SystemScope()) as connection:
        for id, cvr, settings in ((A, "11111111", {"audit_months": 6}), (B, "22222222", {})):
            values = {"id": id, "cvr": cvr, "name": cvr, "type": "region", "settings": settings}
            connection.execute(insert(organisation).values(values))
    for months in (60, 7, 5):
        for whose in (A, B):
            at = months_before(now, months) - timedelta(days=2)
            store.record_audit(AuditRow(at, SYSTEM, "", "read", f"{months} months ago", tenant=whose))
    SqlSealing(store_engine).seal_all()
    tampered(store_engine, lambda c: age_links(c, months_before(now, 61)))
    assert SqlAuditKeeping(store_engine).expire() == 3 and SqlAuditKeeping(store_engine).expire() == 0
    report = SqlVerifying(store_engine).verify()
    assert report.expired == 3 and {f.tamper for f in report.findings} == {Tamper.LINK_CHANGED}, "only the test's own"


def age_links(connection: Connection, at: Any) -> None:
    connection.execute(update(audit_seal).values(at=at))


def test_months_are_the_calendars() -> None:
    now = make.NOW
    assert months_before(now.replace(year=2028, month=2, day=29), 60) == now.replace(year=2023, month=2, day=28)
    assert months_before(now.replace(year=2027, month=8, day=31), 6) == now.replace(year=2027, month=2, day=28)


def test_rows_are_digested_alike_on_both_databases(store_engine: Engine, store: SqlConsultationStore) -> None:
    """A trail that is moved from one to the other keeps its chain."""
    id = UUID(int=5)
    row = {"seq": 9, "id": id, "at": make.NOW, "tenant": A, "organisation": "Ærø", "verb": "read", "what": "x"}
    rest = {"consultation": None, "case_hash": b"\x01\xff", "basis": "", "channel": "", "actor_kind": "system"}
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(insert(audit).values(**row, **rest, actor_id="1", actor_name=b"\xfe", actor_role="r"))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        found = owned_digests(connection, [9])
    assert found[9][0] == A.hex and found[9][1].hex() == EXPECTED
