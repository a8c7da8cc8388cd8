"""What a practice wrote: seen by the tenant whole, by a clinic as far as it is about its own entries, also former ones,
on both databases alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from gateway.domain.consultation import queueing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation.letters import SqlLetterBook
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from tests.support import consultations as make

LINE = "medcom"
FORMER, PRESENT, STRANGER = make.PRACTICE, make.SECOND, make.ELSEWHERE


@pytest.fixture
def walled(store_engine: Engine, as_stranger: Callable[[Engine], Engine]) -> Iterator[Engine]:
    """On PostgreSQL through a role that owns nothing; SQLite has no other wall than the code's."""
    engine = as_stranger(store_engine) if store_engine.dialect.name == "postgresql" else store_engine
    yield engine
    engine.dispose()


def written(engine: Engine, vault: Vault, consultation: Consultation, entry: UUID, kind: LetterKind) -> UUID:
    letter = Letter(uuid4(), entry, kind, make.NOW, uuid4(), '{"text": "Ja tak"}')
    assert SqlLetterBook(engine, vault).keep(LINE, letter)
    return letter.id


def clinic(number: Ydernummer) -> ClinicScope:
    return ClinicScope(UUID(int=int(number.digits)), (number,))


def test_each_sees_what_is_its_own(store_engine: Engine, walled: Engine, vault: Vault) -> None:
    SqlConnectionBook(store_engine).apply(Stanza(LINE, "gp_system", "medcom", None, {}), "t", "t", make.NOW)
    store = SqlConsultationStore(store_engine, vault)
    first = store.commit(make.placed(make.draft(make.KOMMUNE_A), FORMER, connections=(LINE,)))
    moved = store.commit(queueing.reject(first, RejectReason.NOT_TODAY, "", make.NOW, make.DOCTOR))
    both = store.commit(make.placed(moved, PRESENT, connections=(LINE,)))
    former, present = both.entries[0].id, both.entries[-1].id
    assert former != present
    told = written(store_engine, vault, both, former, LetterKind.WRITTEN)
    file = written(store_engine, vault, both, former, LetterKind.ENCLOSED)
    later = written(store_engine, vault, both, present, LetterKind.WRITTEN)
    book = SqlLetterBook(walled, vault)
    sees: dict[Scope, set[UUID]] = {
        SystemScope(): {told, later},
        TenantScope(make.KOMMUNE_A): {told, later},
        TenantScope(make.KOMMUNE_B): set(),
        clinic(FORMER): {told},
        clinic(PRESENT): {later},
        clinic(STRANGER): set(),
    }
    assert {scope: {each.id for each in book.written_to_us(scope, both.id)} for scope in sees} == sees
    for scope in sees:
        if told in sees[scope]:
            assert book.enclosed(scope, both.id, file).content
            continue
        with pytest.raises(NotFound):
            book.enclosed(scope, both.id, file)
