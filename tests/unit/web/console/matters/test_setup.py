"""*Opsætning*: drafted, shown as the nurse sees it, in force from its day, gone back to, asked for by day (AD16)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import AgreementPolicy, danish_day
from gateway.domain.setup.revision import SetupRevision, SetupState, valid_on
from gateway.matters.setup import form
from gateway.matters.setup.model import SECTIONS, Language, TenantSettings
from gateway.store.people.organisations import Workplace
from gateway.web.languages import OF_CITIZEN
from gateway.web.words.matters.setup import LABELS
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
PAGE, DRAFT = "/konsol/opsaetning", "/konsol/opsaetning/kladde"
CONSENT = {
    "consent_wording": "2026-2",
    "consent_text": "Borgeren siger ja til video.",
}
APPROVED = {"consent_approved_by": "Jurist X"}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("setup"))


def settings(world: ConsoleWorld) -> dict[str, object]:
    found = world.gateway.organisations.tenant(KOMMUNE_A)
    assert found is not None
    return dict(found.settings)


def number(shown: str) -> str:
    found = re.search(r'name="read" value="(\d+)"', shown)
    assert found is not None
    return found[1]


def typed(world: ConsoleWorld, **changed: str) -> dict[str, str]:
    return {f"setup.{name}": text for name, text in {**form.shown(settings(world)), **changed}.items()}


def drafted(world: ConsoleWorld, kari: Administrator, **changed: str) -> str:
    """The number of a saved draft."""
    assert kari.post(f"{PAGE}/til-kladde").status_code == 303
    fields = typed(world, **changed) | {"read": number(kari.get(DRAFT))}
    assert kari.post(DRAFT, fields).status_code == 303
    return number(kari.get(DRAFT))


def put(world: ConsoleWorld, kari: Administrator, of: str, days: int = 0, **more: str) -> int:
    day = danish_day(world.gateway.clock.now()) + timedelta(days=days)
    fields = {"number": of, "valid_from": f"{day:%d.%m.%Y}", "reason": "Ny ordlyd fra juristen"}
    return int(kari.post(f"{DRAFT}/i-kraft", fields | more).status_code)


def test_a_wording_is_valid_from_its_day_and_who_approved_it_is_told(world: ConsoleWorld) -> None:
    kari = world.administrator(R.SETUP)
    of = drafted(world, kari, **CONSENT, **APPROVED)
    assert "consent_text" not in settings(world), "a draft changes nothing"
    assert "Borgeren siger ja til video." in kari.get(f"{DRAFT}/vis") and " inert" in kari.get(f"{DRAFT}/vis")
    assert put(world, kari, of, days=3) == 303
    assert "consent_text" not in settings(world), "its day has not come"
    later = world.gateway.clock.now() + timedelta(days=3)
    assert world.gateway.setups.apply_due(later) == 1 and world.gateway.setups.apply_due(later) == 0
    assert settings(world)["consent_text"] == "Borgeren siger ja til video."
    ida = world.administrator(R.LOG_REVIEW)
    shown = ida.get(f"{PAGE}?dag={danish_day(later):%d.%m.%Y}")
    assert "Jurist X" in shown and "Ny ordlyd fra juristen" in shown
    assert "Jurist X" not in ida.get(PAGE).split('data-testid="history"')[0]
    assert 'data-testid="unknown"' in ida.get(f"{PAGE}?dag=04.04.2020")


def test_going_back_is_a_revision_of_its_own(world: ConsoleWorld) -> None:
    kari, before = world.administrator(R.SETUP), settings(world)
    assert put(world, kari, drafted(world, kari, support_name="Ny support")) == 303
    assert settings(world)["support_name"] == "Ny support"
    first = world.gateway.setups.history(KOMMUNE_A)[-1]
    kari.post(f"{PAGE}/til-kladde", {"number": str(first.number)})
    assert put(world, kari, number(kari.get(DRAFT))) == 303
    numbers = [each.number for each in world.gateway.setups.history(KOMMUNE_A)]
    assert settings(world) == before and numbers == sorted(numbers, reverse=True) and len(numbers) == len(set(numbers))


def test_how_long_something_is_kept_is_no_one_persons_to_change(world: ConsoleWorld) -> None:
    kari, integrator = world.administrator(R.SETUP), world.administrator(R.INTEGRATION, name="Ib")
    of = drafted(world, kari, text_days="14")
    assert put(world, kari, of) == 303 and "text_days" not in settings(world)
    asked = world.gateway.approvals.listed(KOMMUNE_A)[0]
    grant = f"/konsol/godkendelser/{asked.id}/godkend"
    assert kari.post(grant).status_code == 409, "who asks does not grant"
    assert integrator.post(grant).status_code == 403, "another right"
    assert "text_days" not in settings(world)
    assert world.administrator(R.SETUP, name="Karen").post(grant).status_code == 303
    assert settings(world)["text_days"] == 14
    by = world.gateway.setups.history(KOMMUNE_A)[0].by
    assert " + Karen" in by


def test_all_faults_are_told_at_once_and_nothing_typed_is_lost(world: ConsoleWorld) -> None:
    kari = world.administrator(R.SETUP)
    of = drafted(
        world, kari, review_minutes="snart", support_link="javascript:x", consent_text="Ja?", roles="Sygeplejerske"
    )
    shown = kari.get(DRAFT)
    for name in ("review_minutes", "support_link", "roles"):
        assert f'href="#field-{name}"' in shown
    assert 'value="snart"' in shown and "javascript:x" in shown
    assert put(world, kari, of) == 422 and "support_link" not in settings(world)
    assert put(world, kari, drafted(world, kari, consent_text="Ja?")) == 422, (
        "a wording needs a version and an approver"
    )
    number_typed = typed(world, lock_guide="Ring til 251248-9996") | {"read": number(kari.get(DRAFT))}
    refused = kari.post(DRAFT, number_typed)
    assert refused.status_code == 422 and "251248" not in refused.get_data(as_text=True)


def test_two_at_one_draft_are_told_of_each_other(world: ConsoleWorld) -> None:
    kari, karen = world.administrator(R.SETUP), world.administrator(R.SETUP, name="Karen")
    kari.post(f"{PAGE}/til-kladde")
    read = number(kari.get(DRAFT))
    assert karen.post(DRAFT, typed(world, support_name="Karens") | {"read": read}).status_code == 303
    answer = kari.post(DRAFT, typed(world, support_name="Karis") | {"read": read})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Karen" in shown and 'value="Karis"' in shown and "Karens" in shown
    assert kari.post(DRAFT, typed(world, support_name="Karis") | {"read": number(shown)}).status_code == 303


def test_another_organisation_has_its_own(world: ConsoleWorld) -> None:
    put(world, world.administrator(R.SETUP), drafted(world, world.administrator(R.SETUP), support_name="Fjordbys"))
    assert "Fjordbys" not in world.administrator(R.SETUP, tenant=KOMMUNE_B).get(PAGE)


def test_what_a_file_says_is_a_revision_too(world: ConsoleWorld) -> None:
    found = world.gateway.organisations.tenant(KOMMUNE_A)
    assert found is not None
    world.gateway.organisations.apply_tenant(replace(found, settings={"agreement": "required"}))
    newest = world.gateway.setups.history(KOMMUNE_A)[0]
    assert newest.settings == {"agreement": "required"} and newest.state is SetupState.IN_FORCE
    assert world.gateway.organisations.tenant(KOMMUNE_A).organisation.agreement is AgreementPolicy.REQUIRED  # type: ignore[union-attr]


def test_every_key_has_a_section_a_label_and_reads_back_as_it_was() -> None:
    names = {name for each in SECTIONS.values() for name in each}
    assert names == set(TenantSettings.model_fields) == set(LABELS)
    said = {
        "roles": [["Sygeplejerske", "licensed"]],
        "unlocked_handover": False,
        "text_days": 30,
        "alarm_mail": ["a@b.dk"],
    }
    assert form.read(form.shown(said)) == said
    assert set(Language.__args__) == set(OF_CITIZEN)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("day", "expected"), [(1, None), (2, 1), (4, 3), (5, 2), (9, 2)])
def test_each_is_valid_from_its_day_until_the_next_ones(day: int, expected: int | None) -> None:
    made, at = [(1, 2), (2, 5), (3, 4)], datetime(2026, 4, 1, tzinfo=UTC)
    history = [SetupRevision(n, SetupState.IN_FORCE, {}, "", at, "", date(2026, 4, d)) for n, d in made]
    found = valid_on(history, date(2026, 4, day))
    assert (found.number if found else None) == expected


def test_ad16_workplaces_are_a_draft_until_their_day_and_keep_their_people(world: ConsoleWorld) -> None:
    book, kari = world.gateway.organisations, world.administrator(R.SETUP)
    nord = Workplace(UUID("0192f000-0000-7000-8000-0000000000a1"), "Nord", "", "70 11 22 33")
    tenant = book.tenant(KOMMUNE_A)
    assert tenant is not None
    book.apply_tenant(tenant, [nord, Workplace(UUID(int=8), "Syd")])
    read = drafted(world, kari, workplaces="Nord = 1234567890123456 = 70 11 22 44\nVest")
    assert {each.name for each in book.workplaces(KOMMUNE_A)} == {"Nord", "Syd"}, "a draft changes nothing"
    put(world, kari, read)
    listed = {each.name: each for each in book.workplaces(KOMMUNE_A)}
    assert set(listed) == {"Nord", "Vest"} and listed["Nord"] == replace(
        nord, sor="1234567890123456", phone="70 11 22 44"
    )
    assert book.workplace(KOMMUNE_A, UUID(int=8)) is not None, "what is open at Syd can still be read"
    later = drafted(world, kari, workplaces="Øst")
    put(world, kari, later, days=3)
    assert set(listed) == {each.name for each in book.workplaces(KOMMUNE_A)}
    assert world.gateway.setups.apply_due(world.gateway.clock.now() + timedelta(days=3)) == 1
    assert [each.name for each in book.workplaces(KOMMUNE_A)] == ["Øst"]
    put(world, kari, drafted(world, kari, workplaces="Nord"))
    assert [each.id for each in book.workplaces(KOMMUNE_A)] == [nord.id], "with its people, as it was"


@pytest.mark.parametrize(
    "text", ["", "Nord\nnord", " = 12", "Nord = " + "1" * 19, "Nord = 1 = 2 = 3", "Nord = 2512489996", "N" * 101]
)
def test_ad16_a_faulty_list_of_workplaces_is_named_and_never_in_force(world: ConsoleWorld, text: str) -> None:
    book, kari = world.gateway.organisations, world.administrator(R.SETUP)
    tenant = book.tenant(KOMMUNE_A)
    assert tenant is not None
    book.apply_tenant(tenant, [Workplace(UUID(int=7), "Nord")])
    kari.post(f"{PAGE}/til-kladde")
    shown = kari.get(DRAFT)
    answer = kari.post(DRAFT, typed(world, workplaces=text) | {"read": number(shown)})
    page = answer.get_data(as_text=True) if answer.status_code == 422 else kari.get(DRAFT)
    assert 'href="#field-workplaces"' in page and "2512489996" not in page
    if answer.status_code != 422:
        assert kari.post(f"{DRAFT}/i-kraft", {"number": number(page), "reason": "x", "valid_from": "i dag"}).status_code
    assert [each.name for each in book.workplaces(KOMMUNE_A)] == ["Nord"]
