"""The start page says whose patient this is, from where and how old, and lets nobody be routed by a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from uuid import UUID

import pytest

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.citizen.finding import Finding, Outcome, Question
from gateway.domain.citizen.lookup import InsuranceGroup
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.people import EmployeeIdentity
from gateway.masterdata.resolver import resolve
from gateway.services.launch import LaunchPorts, Opener, accept_launch
from tests.unit.masterdata.resolver_cases import REGISTER, insured, national
from tests.unit.masterdata.sikrede_files import insured as insured_row
from tests.unit.masterdata.sikrede_files import register
from tests.unit.web.nurse_world import CPR, FILLED, NAME, OWN, SECOND, TENANT, Nurse, NurseWorld

DAY = date(2026, 11, 1)
CLINIC = UUID("0192f000-0000-7000-8000-0000000000c9")  # of no row: only that somebody looks counts


def launched(world: NurseWorld, nurse: Nurse, claimed: Ydernummer | None = OWN) -> Consultation:
    """From the record, with every source the product asks."""
    g = world.gateway
    grant = nurse.session.grant
    launch = Launch(
        tenant=TENANT,
        channel=LaunchChannel.SMART,
        connection="eoj-fjordby",
        key=f"smart|{g.ids.new()}",
        employee=EmployeeIdentity(grant.subject, grant.name, True),
        citizen=Citizen(Cpr(CPR), NAME, date(1948, 12, 25), "female"),
        record_ref="Patient/nab",
        practice=PracticeClaim(claimed, "eoj", DAY) if claimed else None,
    )
    opener = Opener(nurse.session.person, g.organisation(TENANT))
    ports = LaunchPorts(g.store, g.clock, g.ids, g.providers, g.sources(TENANT))
    consultation = accept_launch(launch, opener, ports)
    g.access.see_citizen(nurse.session, consultation.id)
    return consultation


def bring_in(world: NurseWorld, **fields: str) -> None:
    file = BytesIO(register([insured_row(CPR, **fields)]))
    world.gateway.insured.import_file(file, "test", world.gateway.clock.now())


def shown(nurse: Nurse, consultation: Consultation) -> str:
    return nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


def test_the_page_says_which_practice_from_which_source_and_how_old(world: NurseWorld, nurse: Nurse) -> None:
    bring_in(world, own=str(OWN))
    page = shown(nurse, launched(world, nurse))
    assert "Egen læge. Journalen pr. " in page
    assert "Sikrede-registret" in page and 'data-testid="finding"' not in page


@pytest.mark.parametrize(("registered", "first"), [(OWN, True), (SECOND, False)])
def test_on_a_telephone_the_form_comes_first_unless_a_finding_must_be_read(
    world: NurseWorld, nurse: Nurse, registered: Ydernummer, first: bool
) -> None:
    """Somebody looks at the queue (D8), so nothing but the finding could come before the form."""
    world.gateway.practices.attend(CLINIC, [OWN], world.later())
    bring_in(world, own=str(registered))
    page = shown(nurse, launched(world, nurse))
    assert ("columns--form-first" in page) is ('data-testid="about"' in page) is first and "Sikrede-registret" in page


def test_the_register_answers_where_the_record_names_nobody(world: NurseWorld, nurse: Nurse) -> None:
    bring_in(world, own=str(OWN))
    consultation = launched(world, nurse, None)
    own = consultation.cases[0].own_practice
    assert own is not None and (own.ydernummer, own.source) == (OWN, "sikrede")
    assert "Egen læge. Sikrede-registret pr." in shown(nurse, consultation)


def test_a_disagreement_is_shown_and_the_nurse_chooses(world: NurseWorld, nurse: Nurse) -> None:
    bring_in(world, own=str(SECOND))
    consultation = launched(world, nurse)
    page = shown(nurse, consultation)
    assert 'data-outcome="uncertain"' in page
    for number in (OWN, SECOND):
        assert f'data-testid="candidate-{number}"' in page
    refused = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED)
    assert refused.status_code == 422
    nurse.post(f"/konsultation/{consultation.id}/laege", ydernummer=str(SECOND))
    assert 'data-testid="finding"' not in shown(nurse, consultation)
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED).status_code == 200


def test_a_citizen_without_a_fixed_doctor_is_said_to_have_none(world: NurseWorld, nurse: Nurse) -> None:
    bring_in(world, own="000000", group="2")
    consultation = launched(world, nurse, None)
    assert consultation.cases[0].own_practice is None
    assert "Borgeren har ikke en fast læge" in shown(nurse, consultation)


def test_a_dead_citizen_cannot_be_put_into_a_queue(world: NurseWorld, nurse: Nurse) -> None:
    bring_in(world, own=str(OWN), group="9")
    consultation = launched(world, nurse)
    page = shown(nurse, consultation)
    assert "Borgeren er registreret som død" in page and 'data-testid="no-start"' in page
    body = FILLED | {"ydernummer": str(OWN)}
    refused = nurse.send(f"/api/v1/consultations/{consultation.id}/place", body)
    assert refused.status_code == 422 and "død" in refused.get_json()["detail"]


def test_dead_in_one_register_and_alive_in_the_other_is_a_doubt_with_a_way_on(world: NurseWorld, nurse: Nurse) -> None:
    """Sikrede group 9, the civil registration says alive, and nobody names a doctor."""
    draft = launched(world, nurse, None)
    alive = national(own=None, own_name="", group=InsuranceGroup.NOT_SAID)
    asked = Question(DAY, None, alive, insured=insured(group=InsuranceGroup.DEAD), insured_as_of=DAY)
    finding = resolve(asked, REGISTER.get)
    stored = world.gateway.store.commit(replace(draft, cases=(replace(draft.cases[0], finding=finding),)))
    page = shown(nurse, stored)
    assert 'data-outcome="uncertain"' in page and "CPR-registret" in page
    nurse.post(f"/konsultation/{stored.id}/laege", ydernummer=str(SECOND), basis="chosen")
    assert nurse.send(f"/api/v1/consultations/{stored.id}/place", FILLED).status_code == 200


@pytest.mark.parametrize("renumbered", [True, False])
def test_a_new_number_is_offered_without_being_shown(world: NurseWorld, nurse: Nurse, renumbered: bool) -> None:
    new = Cpr("0201919990")
    draft = launched(world, nurse)
    finding = Finding(Outcome.DO_NOT_START, "renumbered", renumbered_to=new) if renumbered else None
    case = replace(draft.cases[0], finding=finding)
    stored = world.gateway.store.commit(replace(draft, cases=(case,)))
    page = shown(nurse, stored)
    assert ('data-testid="new-number"' in page) is renumbered
    assert new.digits not in page and "020191-9990" not in page
    if not renumbered:
        assert nurse.post(f"/konsultation/{stored.id}/nyt-nummer").status_code == 404
