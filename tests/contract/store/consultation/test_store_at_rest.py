"""A stolen disk or backup says nothing: the bytes of the database, its log and its journal are searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, Table, select, text, update

from gateway.domain.consultation import queueing, ringing, rounds, talking
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.note import review
from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow, StoredAnswer
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.store.consultation import tables
from gateway.store.consultation.rows import place_of
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.migrations.creation import create_schema
from tests.support import consultations as make
from tests.support.databases import PostgresServer
from tests.support.keys.own_keys import vault_of

SECRETS = (
    "2512489996",
    "0201609995",
    "Berggren",
    "Bruno Test Elmer",
    "Datter Test",
    "Sekretær Test",
    "Sanne Sygeplejerske",
    "Lars Læge",
    "Til Lars",
    "åndenød",
    "Egne ord fra besøget",
    "Afvist med en grund",
    "Svaret på anmodningen",
    "70112233",
    "Patient/0-25",
    "smart|hemmelig",
    "1948-12-25",
)


def fill(store: SqlConsultationStore) -> None:
    """One of everything that is about a person."""
    row = AuditRow(make.NOW, make.NURSE, "Kommune", "write", "launch")
    answer = StoredAnswer("nøgle 2512489996", "hash", 200, "Svaret på anmodningen".encode())
    rejected = store.commit(make.placed(make.draft(key="smart|hemmelig")), audit=[row], answer=answer)
    store.commit(queueing.reject(rejected, RejectReason.OTHER, "Afvist med en grund", make.NOW, make.DOCTOR))
    talk = store.commit(make.placed(make.draft(cases=[make.case(0), make.case(1)])))
    talk = ringing.accept(talk, make.NOW, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(talk, make.NOW, make.NURSE), make.NOW, SYSTEM)
    for case in talk.cases:
        talk = rounds.talk_about(talk, case.id, make.NOW, make.NURSE)
    talk = store.commit(talking.hang_up(talk, make.NOW, make.NURSE))
    for case in talk.cases:
        talk = store.commit(review.approve(talk, case.id, "Egne ord fra besøget", "Kommune", make.NOW, make.NURSE))
    store.record_audit(AuditRow(make.NOW, make.DOCTOR, "Klinik", "read", "note", talk.id))


def needles() -> list[bytes]:
    encoded = [secret.encode() for secret in SECRETS]
    escaped = [secret.encode("unicode_escape") for secret in SECRETS]
    return sorted({*encoded, *escaped, *(secret.encode("latin-1") for secret in SECRETS)})


def test_nothing_about_a_person_lies_open_in_sqlite_or_its_wal(tmp_path: Path, vault: Vault) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'rest.db'}")
    create_schema(engine)
    keeper = engine.connect()  # holds the WAL open, as a running gateway does
    fill(SqlConsultationStore(engine, vault))
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert b"Hjemmesygeplejen Nord" in b"".join(files.values()) and "rest.db-wal" in files  # the search does find
    found = [(name, needle) for name, content in files.items() for needle in needles() if needle in content]
    keeper.close()
    engine.dispose()
    assert found == []


def postgres_files(server: PostgresServer) -> Iterator[tuple[str, bytes]]:
    server.run("CHECKPOINT")
    for path in server.folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(server.folder)), path.read_bytes()


def test_nothing_about_a_person_lies_open_in_postgres_or_its_wal(
    postgres_engine: Engine, postgres_server: PostgresServer, vault: Vault
) -> None:
    # The server's log is shared by all tests, and another one plants a number in a row that must be refused.
    logged = {name: len(content) for name, content in postgres_files(postgres_server) if name.startswith("log")}
    fill(SqlConsultationStore(postgres_engine, vault))
    oid = postgres_database(postgres_engine)
    mine = [
        (name, content[logged.get(name, 0) :])
        for name, content in postgres_files(postgres_server)
        if name.startswith(("pg_wal/", f"base/{oid}/", "log"))
    ]
    assert any(b"Hjemmesygeplejen Nord" in content for _, content in mine)
    found = [(name, needle) for name, content in mine for needle in needles() if needle in content]
    assert found == []


def postgres_database(engine: Engine) -> int:
    with engine.connect() as connection:
        query = text("SELECT oid FROM pg_database WHERE datname = current_database()")
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize("table", [tables.consultation, tables.queue_entry], ids=lambda table: table.name)
def test_a_value_copied_to_another_consultation_does_not_open(store_engine: Engine, vault: Vault, table: Table) -> None:
    store = SqlConsultationStore(store_engine, vault)
    mine, theirs = store.commit(make.waiting()), store.commit(make.waiting())
    key = table.c.id if table is tables.consultation else table.c.consultation
    with transaction(store_engine, SystemScope()) as connection:
        copied = connection.execute(select(table.c.document).where(key == theirs.id)).scalar_one()
        connection.execute(update(table).where(key == mine.id).values(document=copied))
    eyes = TenantScope(make.KOMMUNE_A) if table is tables.consultation else ClinicScope(UUID(int=7), (make.PRACTICE,))
    with pytest.raises(Unreadable):
        store.load(eyes, mine.id)
    assert store.load(TenantScope(make.KOMMUNE_A), theirs.id) == theirs


def test_what_a_clinic_reads_holds_no_word_that_is_not_its_own(store_engine: Engine, vault: Vault) -> None:
    """Opened with the keys: the employee's text, the facts, other practices and the launch key lie nowhere in the
    rows that a clinic's transaction sees."""
    store = SqlConsultationStore(store_engine, vault)
    fill(store)
    query = select(tables.queue_entry)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        rows = connection.execute(query).mappings().all()
    opened = [
        place_of(own, "queue_entry", row["tenant"], row["consultation"], row["id"]).open_bytes(row, "document")
        for row in rows
        if (own := vault_of(store_engine, vault, row["tenant"], row["consultation"]))
    ]
    assert [b"Nancy Ann Berggren" in each for each in sorted(opened, key=len)] == [False, True], "a round"
    assert all(b"Hjemmesygeplejen Nord" in each for each in opened)
    assert not [word for word in ("Egne ord fra besøget", "smart|hemmelig") for each in opened if word.encode() in each]
