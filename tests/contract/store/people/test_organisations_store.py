"""Organisations and clinics are two axes: a clinic may hold several ydernumre, a user several clinics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select

from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import RoleCategory
from gateway.domain.scope import SystemScope
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.organisations import Clinic, SqlOrganisationBook, Tenant, Workplace
from gateway.store.people.tables_organisations import clinic_user

FJORD = Tenant(
    UUID("00000000-0000-7000-8000-000000000001"),
    "10000009",
    "Fjord Kommune",
    "municipality",
    "0999",
    synthetic=True,
    settings={
        "review_minutes": 15,
        "roles": [["Sygeplejerske", "licensed"], ["SOSU-hjælper", "other"]],
        "consent_wording": "2026-1",
        "support_phone": "99001012",
    },
)
WORKPLACES = (Workplace(uuid4(), "Sygeplejen Øst", "123456789012", "99001013"), Workplace(uuid4(), "Akutteamet"))
A, B, C = Ydernummer("034835"), Ydernummer("009164"), Ydernummer("034614")


def numbered_cvr(start: int) -> str:
    """The first valid CVR from ``start`` on."""
    weights = (2, 7, 6, 5, 4, 3, 2, 1)
    candidates = (f"{n:08d}" for n in range(start, start + 100))
    return next(c for c in candidates if sum(int(d) * w for d, w in zip(c, weights, strict=True)) % 11 == 0)


TENANT = replace(FJORD, cvr=numbered_cvr(10_000_000))


@pytest.fixture
def book(store_engine: Engine) -> SqlOrganisationBook:
    return SqlOrganisationBook(store_engine, Vault.generate())


def test_a_tenant_is_found_by_id_and_cvr_as_it_was_applied(book: SqlOrganisationBook) -> None:
    for _ in range(2):
        book.apply_tenant(TENANT, WORKPLACES)
    listed = [[each.name, each.sor, each.phone] for each in WORKPLACES]
    stored = replace(TENANT, settings={**TENANT.settings, "workplaces": listed})
    assert book.tenant(TENANT.id) == stored and book.tenant_by_cvr(TENANT.cvr) == stored
    assert book.tenant(uuid4()) is None
    assert book.tenant_by_cvr("99999999") is None
    assert list(TENANT.roles) == [
        ("Sygeplejerske", RoleCategory.LICENSED),
        ("SOSU-hjælper", RoleCategory.OTHER),
    ]


def test_the_list_to_choose_from_begins_with_the_municipalities(book: SqlOrganisationBook) -> None:
    cvr = 20_000_000
    for name, type in (("Z Provider", "provider"), ("Region B", "region"), ("Å Kommune", "municipality")):
        cvr += 1000
        book.apply_tenant(Tenant(uuid4(), numbered_cvr(cvr), name, type))
    assert [tenant.name for tenant in book.tenants()] == ["Å Kommune", "Region B", "Z Provider"]


def test_a_workplace_off_the_list_can_still_be_read(book: SqlOrganisationBook) -> None:
    book.apply_tenant(TENANT, WORKPLACES)
    assert [place.name for place in book.workplaces(TENANT.id)] == ["Akutteamet", "Sygeplejen Øst"]
    book.apply_tenant(TENANT, WORKPLACES[:1])
    assert list(book.workplaces(TENANT.id)) == [WORKPLACES[0]]
    assert book.workplace(TENANT.id, WORKPLACES[1].id) == WORKPLACES[1]
    assert book.workplace(uuid4(), WORKPLACES[1].id) is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda t: replace(t, type="club"), ConfigFault),
        (lambda t: replace(t, settings={"roles": [["Nurse", "wizard"]]}), ConfigFault),
        (lambda t: replace(t, cvr="12345678"), InvalidField),
        (lambda t: replace(t, id=uuid4()), ConfigFault),
    ],
)
def test_a_wrong_tenant_changes_nothing(
    book: SqlOrganisationBook, change: Callable[[Tenant], Tenant], error: type[Exception]
) -> None:
    book.apply_tenant(TENANT)
    with pytest.raises(error):
        book.apply_tenant(change(TENANT))
    assert list(book.tenants()) == [TENANT]


def test_a_clinic_holds_exactly_the_ydernumre_applied_last(book: SqlOrganisationBook) -> None:
    clinic = Clinic(uuid4(), "Lægerne Torvet", True, (B, A))
    for _ in range(2):
        book.apply_clinic(clinic)
    assert book.clinic(clinic.id) == replace(clinic, ydernumre=(B, A))
    assert list(book.ydernumre(clinic.id)) == [B, A]
    assert book.clinic_of_practice(A) == book.clinic(clinic.id)
    book.apply_clinic(replace(clinic, ydernumre=(C,)))
    assert book.clinic_of_practice(A) is None
    assert [found.name for found in book.clinics()] == ["Lægerne Torvet"]


def test_a_ydernummer_belongs_to_one_clinic(book: SqlOrganisationBook) -> None:
    book.apply_clinic(Clinic(uuid4(), "Den ene", ydernumre=(A,)))
    other = Clinic(uuid4(), "Den anden", ydernumre=(B, A))
    with pytest.raises(ConfigFault):
        book.apply_clinic(other)
    assert book.clinic(other.id) is None
    assert book.clinic_of_practice(B) is None


def test_a_clinic_user_is_one_person_in_several_clinics(book: SqlOrganisationBook) -> None:
    north, south = Clinic(uuid4(), "Nord", ydernumre=(A,)), Clinic(uuid4(), "Syd", ydernumre=(B,))
    book.apply_clinic(north)
    book.apply_clinic(south)
    first = book.recognise_clinic_user("seb", "sub-1", "Lene Læge", "doctor", [south.id, north.id])
    assert list(book.clinics_of_user("seb", "sub-1")) == [north, south]
    assert book.recognise_clinic_user("seb", "sub-1", "Lene Læge", "doctor", [south.id]) == first
    assert list(book.clinics_of_user("seb", "sub-1")) == [south]
    assert book.clinic_user_name(first) == "Lene Læge"
    assert book.recognise_clinic_user("other", "sub-1", "Lene Læge", "doctor", []) != first
    assert list(book.clinics_of_user("other", "sub-1")) == []
    assert list(book.clinics_of_user("seb", "nobody")) == []


def test_no_name_and_no_subject_lies_in_clear(store_engine: Engine, book: SqlOrganisationBook) -> None:
    book.recognise_clinic_user("seb", "sub-canary", "Canary Name", "doctor", [])
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        written = repr(connection.execute(select(clinic_user)).all())
    assert "canary" not in written.lower()
