"""What was found about a citizen's own doctor comes back whole, to the tenant alone, and leaves with the text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import Engine, select

from gateway.domain.citizen.finding import Evidence, Finding, Notice, Outcome, Said, Source
from gateway.domain.identifiers import Cpr
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.store.consultation import tables
from gateway.store.consultation.erasure import erased
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from tests.support import consultations as make

TENANT = TenantScope(make.KOMMUNE_A)
NEW = Cpr("0201919990")
FOUND = Finding(
    Outcome.DO_NOT_START,
    "renumbered",
    evidence=(
        Evidence(Source.EOJ, Said.PRACTICE, date(2026, 11, 1), make.PRACTICE, "Lægerne Torvet", "closed"),
        Evidence(Source.NATIONAL, Said.UNAVAILABLE),
    ),
    notices=(Notice.PROTECTED, Notice.NOT_ASKED),
    renumbered_to=NEW,
)


def test_a_finding_comes_back_as_it_was_committed_and_no_byte_of_the_number_is_readable(
    store_engine: Engine, vault: Vault
) -> None:
    store = SqlConsultationStore(store_engine, vault)
    draft = make.draft(cases=[replace(make.case(), finding=FOUND)])
    committed = store.commit(draft)
    assert store.load(TENANT, draft.id) == committed
    assert committed.cases[0].finding == FOUND
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        [sealed] = connection.execute(select(tables.consultation.c.document)).scalars()
    assert NEW.digits.encode() not in bytes(sealed) and make.PRACTICE.digits.encode() not in bytes(sealed)


def test_a_clinic_never_sees_it_and_cannot_lose_it(store_engine: Engine, vault: Vault) -> None:
    store = SqlConsultationStore(store_engine, vault)
    waiting = make.waiting()
    with_finding = replace(waiting, cases=tuple(replace(case, finding=FOUND) for case in waiting.cases))
    stored = store.commit(with_finding)
    clinic = ClinicScope(UUID(int=7), (make.PRACTICE,))
    seen = store.load(clinic, stored.id)
    assert seen.cases[0].finding is None
    store.commit(seen.noting("seen", make.NOW, make.DOCTOR))
    assert store.load(TENANT, stored.id).cases[0].finding == FOUND


def test_an_erased_consultation_holds_none() -> None:
    assert erased(make.draft(cases=[replace(make.case(), finding=FOUND)])).cases[0].finding is None
