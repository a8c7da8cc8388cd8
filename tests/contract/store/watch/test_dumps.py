"""What was erased does not come back with a dump from before: no key that is left opens anything of it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, LargeBinary, select

from gateway.domain.consultation import opening, queueing
from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.domain.session import OneTimeSecret
from gateway.store.consultation import tables
from gateway.store.consultation.erasure import SqlErasure
from gateway.store.consultation.letters import SqlLetterBook
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import db_now, one_look, open_engine, transaction
from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.people.onetime import SqlOneTimeStore
from gateway.store.stills.shelf import SqlStillShelf
from gateway.store.watch.dumping import LEFT_OUT, pg_dump_options, write_dump
from gateway.store.watch.key_copies import PutBack, SqlKeyCopies
from gateway.store.watch.keys import require_keys_of_the_data
from tests.architecture.source import ROOT
from tests.support import consultations as make
from tests.support.databases import PostgresServer, shown
from tests.support.keys.own_keys import broken_open, octets_in
from tests.support.pages.jpegs import jpeg

A, HOUSE = TenantScope(make.KOMMUNE_A), ClinicScope(UUID(int=7), (make.PRACTICE,))
KEYS = {"1": secrets.token_bytes(32)}
VAULT = Vault(KEYS, "1", secrets.token_bytes(32))
LINE = "medcom"
TEXT = "Hostesaft mangler"
PICTURE = "JFIF"
ERASED = ("Elmer", "0201609995", TEXT, "Svar fra klinikken", PICTURE)
KEPT = "Berggren"
Restore = Callable[[Engine], Engine]


@pytest.fixture
def dumped(store_engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Restore]:
    """Dumps a database as docs/operating.md says and restores it into another; call once."""
    if store_engine.dialect.name == "sqlite":
        yield lambda engine: _through_file(engine, tmp_path / "dump.sqlite")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    target = server.empty()
    yield lambda engine: _through_program(server, engine, shown(target), tmp_path / "dump")
    server.drop(target)


def _through_file(engine: Engine, dump: Path) -> Engine:
    write_dump(engine, dump)
    restored = dump.with_name("restored.sqlite")
    shutil.copy(dump, restored)
    return open_engine(f"sqlite:///{restored}")


def _through_program(server: PostgresServer, engine: Engine, target: str, dump: Path) -> Engine:
    name, *options = pg_dump_options()
    administrator = server.admin.url.set(drivername="postgresql")
    source, into = (
        administrator.set(database=name) for name in (engine.url.database, target.rpartition("/")[2].partition("?")[0])
    )
    run(server.program(name), *options, f"--file={dump}", shown(source))
    run(server.program("pg_restore"), "--exit-on-error", f"--dbname={shown(into)}", dump)
    return open_engine(target)


def run(program: Path, *arguments: object) -> None:
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def minutes_ago(engine: Engine, minutes: int) -> datetime:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return db_now(connection) - timedelta(minutes=minutes)


def lived(engine: Engine) -> tuple[Consultation, Consultation, Consultation]:
    """One whose texts are due, with a letter and a picture; one that will be erased and waits now; one that stays. And
    a launch address on its way."""
    SqlConnectionBook(engine).apply(Stanza(LINE, "gp_system", "medcom", None, {}), "t", "t", make.NOW)
    store, at = store_of(engine), minutes_ago(engine, 24 * 60 + 5)
    gone, open_yet = (
        store.commit(make.placed(opening.write_reason(draft, TEXT), connections=(LINE,), at=at))
        for draft in (make.draft(cases=[make.case(1)], at=at), make.draft(cases=[make.case(1)], at=at))
    )
    letter = Letter(uuid4(), gone.entries[0].id, LetterKind.WRITTEN, at, uuid4(), "Svar fra klinikken")
    assert SqlLetterBook(engine, VAULT).keep(LINE, letter)
    with transaction(engine, SystemScope()) as connection:
        SqlStillShelf(engine, VAULT).putting(gone.id, uuid4(), at, jpeg())(connection)
    SqlOneTimeStore(engine, VAULT).keep(OneTimeSecret("launch", at, '{"cpr": "0201609995"}'), "token")
    gone = store.commit(queueing.withdraw(gone, "solved", at, make.NURSE))
    return gone, open_yet, store.commit(make.waiting())


def store_of(engine: Engine) -> SqlConsultationStore:
    """Texts are kept for a day."""
    return SqlConsultationStore(engine, VAULT, kept=lambda _tenant: timedelta(days=1))


def found(values: Iterator[bytes], words: tuple[str, ...]) -> set[str]:
    """Which of the words can be read in them, with every key that is known or lies among them."""
    readable = list(broken_open(values, KEYS))
    return {word for word in words if any(word.encode() in each for each in readable)}


def erase(engine: Engine, open_yet: Consultation) -> None:
    """As the upkeep does it, five minutes after the deadline of both."""
    SqlOneTimeStore(engine, VAULT).forget_expired(minutes_ago(engine, 24 * 60))
    at = minutes_ago(engine, 24 * 60 + 5)
    store_of(engine).commit(queueing.withdraw(open_yet, "solved", at, make.NURSE))
    assert SqlErasure(engine, VAULT).erase_texts() == 2


def put_back(engine: Engine, lines: list[str]) -> PutBack:
    return SqlKeyCopies(engine, VAULT).put_back(lines)


def test_a_dump_from_before_brings_nothing_back_that_was_erased(store_engine: Engine, dumped: Restore) -> None:
    _, open_yet, _ = lived(store_engine)
    everything_then = list(octets_in(store_engine))
    restored = dumped(store_engine)
    with pytest.raises(ConfigFault, match="put-back"):
        require_keys_of_the_data(restored, VAULT)
    assert found(iter(everything_then), ERASED) == set(ERASED), "the attack does find"
    assert found(octets_in(restored), (*ERASED, KEPT)) == set(), "a dump holds no key at all"
    erase(store_engine, open_yet)
    assert found(octets_in(store_engine), ERASED) == set()
    lines = list(SqlKeyCopies(store_engine, VAULT).lines())
    assert replace(put_back(restored, lines), asked=0) == PutBack(3, 2, 0)
    left = [*octets_in(restored), *octets_in(store_engine)]
    assert found(iter(left), (*ERASED, KEPT)) == {KEPT}
    restored.dispose()


def test_restored_rows_are_as_if_they_had_been_erased_there(store_engine: Engine, dumped: Restore) -> None:
    gone, open_yet, kept = lived(store_engine)
    restored = dumped(store_engine)
    erase(store_engine, open_yet)
    put_back(restored, list(SqlKeyCopies(store_engine, VAULT).lines()))
    store = store_of(restored)
    for each in (gone, open_yet):
        back = store.load(A, each.id)
        assert (back.status, back.ending, back.cases) == (Status.CLOSED, Ending.WITHDRAWN, ())
        assert [e.id for e in back.entries] == [e.id for e in each.entries] and back.entry_open is False
        assert store.load(HOUSE, each.id).reason == ""
        assert store.timeline(A, each.id)[-1].kind == "texts-erased"
        assert SqlLetterBook(restored, VAULT).written_to_us(A, each.id) == []
        assert {row.status for row in store.deliveries_of(A, each.id)} == {"done"}
        assert not cases_found(restored, each)
    assert store.load(A, kept.id) == kept and cases_found(restored, kept)
    assert store.load(HOUSE, kept.id).reason == make.REASON
    require_keys_of_the_data(restored, VAULT)
    assert SqlErasure(restored, VAULT).erase_texts() == 0, "nothing is left to do"
    assert put_back(restored, list(SqlKeyCopies(store_engine, VAULT).lines())).erased == 0
    restored.dispose()


def cases_found(engine: Engine, consultation: Consultation) -> bool:
    """Whether anybody can be found by number or record."""
    case = tables.citizen_case.c
    query = select(case.identifier_index, case.record_index).where(case.consultation == consultation.id)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return any(value for row in connection.execute(query) for value in row)


def test_an_old_copy_put_back_by_mistake_brings_no_text_back(store_engine: Engine) -> None:
    gone, open_yet, kept = lived(store_engine)
    old = list(SqlKeyCopies(store_engine, VAULT).lines())
    erase(store_engine, open_yet)
    before = store_of(store_engine).load(A, gone.id)
    assert replace(put_back(store_engine, old), asked=0) == PutBack(1, 0, 0)
    assert store_of(store_engine).load(A, gone.id) == before and store_of(store_engine).load(A, kept.id) == kept
    assert found(octets_in(store_engine), ERASED) == set()


def test_a_copy_older_than_the_dump_leaves_consultations_closed_and_says_so(
    store_engine: Engine, dumped: Restore
) -> None:
    store = store_of(store_engine)
    first = store.commit(make.waiting())
    lines = list(SqlKeyCopies(store_engine, VAULT).lines())
    later = store.commit(make.waiting())
    restored = dumped(store_engine)
    assert put_back(restored, lines) == PutBack(1, 0, 1, asked=2)
    assert store_of(restored).load(A, first.id) == first
    with pytest.raises(Unreadable, match="no-key"):
        store_of(restored).load(A, later.id)
    newer = list(SqlKeyCopies(store_engine, VAULT).lines())
    assert put_back(restored, newer) == PutBack(2, 0, 0, asked=2) and store_of(restored).load(A, later.id) == later
    restored.dispose()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[:-1],
        lambda lines: [lines[0], lines[-1]],
        lambda lines: ["{}", *lines[1:]],
        lambda lines: [lines[0], lines[1].replace("wrapped", "other"), lines[-1]],
        lambda lines: [lines[0], lines[1][:-9], lines[-1]],
        lambda _lines: ["no copy"],
        lambda _lines: [],
    ],
)
def test_what_is_no_whole_copy_changes_nothing(store_engine: Engine, spoil: Callable[[list[str]], list[str]]) -> None:
    kept = store_of(store_engine).commit(make.waiting())
    lines = list(SqlKeyCopies(store_engine, VAULT).lines())
    with pytest.raises(ConfigFault, match="--from"):
        put_back(store_engine, spoil(lines))
    assert store_of(store_engine).load(A, kept.id) == kept


def test_the_key_that_was_replaced_lies_in_no_file_any_more(tmp_path: Path, sqlite_template: Path) -> None:
    """SQLite: its bytes are overwritten, and the log is emptied at the next checkpoint."""
    path = tmp_path / "laegebro.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    gone, open_yet, _ = lived(engine)
    with engine.connect() as connection:
        query = select(tables.consultation_key.c.wrapped).where(tables.consultation_key.c.consultation == gone.id)
        former = bytes(connection.execute(query).scalar_one())
    files = lambda: [each.read_bytes() for each in tmp_path.iterdir()]  # noqa: E731
    assert any(former in content for content in files())
    erase(engine, open_yet)
    with one_look(engine) as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not any(former in content for content in files())
    engine.dispose()


def test_a_dump_file_holds_no_key_and_no_trace_of_one(tmp_path: Path, sqlite_template: Path) -> None:
    path, dump = tmp_path / "laegebro.db", tmp_path / "dump.sqlite"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    lived(engine)
    with engine.connect() as connection:
        wrapped = [bytes(each) for each in connection.execute(select(tables.consultation_key.c.wrapped)).scalars()]
    write_dump(engine, dump)
    assert len(wrapped) == 3 and not [each for each in wrapped if each in dump.read_bytes()]
    assert dump.stat().st_mode & 0o077 == 0 and sorted(each.name for each in tmp_path.glob("dump*")) == [dump.name]
    with pytest.raises(ConfigFault, match="is there already"):
        write_dump(engine, dump)
    with pytest.raises(ConfigFault, match="--to: cannot be written"):
        write_dump(engine, tmp_path / "nowhere" / "dump.sqlite")
    engine.dispose()


# Sealed under the data key itself, and in a dump: nothing that erasure takes out.
NOT_ERASED: Mapping[str, str] = {
    "audit.actor_name": "who looked: kept as long as the audit",
    "audit.case_hash": "a keyed hash, kept as long as the audit",
    "audit_seal.content": "digests",
    "audit_seal.head": "a digest",
    "citizen_case.identifier_index": "a keyed hash, as the audit keeps it",
    "citizen_case.record_index": "a keyed hash",
    "clinic_user.name": "who works there",
    "consultation.launch_index": "a keyed hash",
    "consultation_event.actor_name": "who did it: history is kept",
    "employee.authorisation": "who works there",
    "employee.name": "who works there",
    "employee.workstation": "who works there",
    "fhir_subscription.headers": "a peer's own words",
    "fhir_token.token_hash": "a hash",
    "log_review.name": "who judged a look: kept as long as the audit",
    "log_review.note": "what a reviewer wrote of an employee's look; a number in it is refused",
    "outside_room.host_pin": "a room elsewhere: names nobody",
    "outside_room.link": "a room elsewhere: names nobody",
    "responsibility.name": "who was responsible: history is kept",
    "stored_answer.answer": "acknowledgements to practices' systems: name nobody",
    "stored_answer.request": "a digest",
    "wish.answer": "what support wrote",
    "wish.text": "what a user wrote to support, with a time of its own",
}
BY_OWN_KEY = {"consultation.document", "queue_entry.document", "letter.content", "still.picture"}


def test_every_sealed_column_is_by_the_own_key_or_left_out_or_outlives_erasure() -> None:
    import_tables()
    octets = {
        f"{c.table.name}.{c.name}" for t in metadata.sorted_tables for c in t.c if isinstance(c.type, LargeBinary)
    }
    left_out = {name for name in octets if name.partition(".")[0] in LEFT_OUT}
    assert {n for n in octets - left_out if not n.startswith("insured_")} == BY_OWN_KEY | set(NOT_ERASED)


def test_the_guide_names_every_table_that_a_dump_leaves_out() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert all(f" {option} " in guide for option in pg_dump_options())
