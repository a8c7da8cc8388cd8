"""From a launch over a real socket to the national look-up and back to the page: whose patient this is.

One simulator that signs and verifies; the gateway's own connection book, peers, resolver, store and pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim
from gateway.domain.people import EmployeeIdentity
from gateway.services.launch import LaunchPorts, Opener, accept_launch
from gateway.services.national import BudgetedLookup
from gateway.store.peers.connections import Stanza
from tests.support.peers.national import CVR, National, national
from tests.unit.web.nurse_world import FILLED, TENANT, Nurse, NurseWorld

DAY = date(2026, 11, 1)
NO_DOCTOR_IN_THE_RECORD = "1310169996"  # the simulator names 034835
SOURCES_DISAGREE = "0104909989"  # the record names 012041, the simulator 034835
DEAD, RENUMBERED = "0201919995", "0201919996"


@pytest.fixture(scope="module")
def nsp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[National]:
    with national(tmp_path_factory.mktemp("nsp"), "--whitelist", CVR) as one:
        yield one


class World(NurseWorld):
    """With the national look-up as the wiring gives it, on a longer leash: a slow machine is no finding."""

    def __init__(self, folder: Path, nsp: National) -> None:
        super().__init__(folder)
        g, stanza = self.gateway, nsp.stanza()
        g.connections.apply(
            Stanza("nsp", "register", "dgcpr", None, stanza, synthetic=True), "test", "test", g.clock.now()
        )
        wired = g.sources(TENANT)
        assert wired.national is not None
        self.sources = replace(wired, national=BudgetedLookup(nsp.lookup(), budget=60.0))


@pytest.fixture
def world(tmp_path: Path, nsp: National) -> World:
    return World(tmp_path, nsp)


def launched(world: World, nurse: Nurse, cpr: str, claimed: str = "") -> Consultation:
    g, grant = world.gateway, nurse.session.grant
    launch = Launch(
        tenant=TENANT,
        channel=LaunchChannel.SMART,
        connection="eoj-fjordby",
        key=f"smart|{g.ids.new()}",
        employee=EmployeeIdentity(grant.subject, grant.name, True),
        citizen=Citizen(Cpr(cpr), "Opdigtet Person", date(1990, 4, 1), "female"),
        record_ref="Patient/r-1",
        practice=PracticeClaim(Ydernummer(claimed), "eoj", DAY) if claimed else None,
    )
    opener = Opener(nurse.session.person, g.organisation(TENANT))
    ports = LaunchPorts(g.store, g.clock, g.ids, g.providers, world.sources)
    consultation = accept_launch(launch, opener, ports)
    g.access.see_citizen(nurse.session, consultation.id)
    return consultation


def shown(nurse: Nurse, consultation: Consultation) -> str:
    return nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


def test_the_own_doctor_is_found_nationally_where_the_record_names_none(world: World) -> None:
    nurse = world.nurse()
    consultation = launched(world, nurse, NO_DOCTOR_IN_THE_RECORD)
    own = consultation.cases[0].own_practice
    assert own is not None and (own.ydernummer, own.source) == (Ydernummer("034835"), "national")
    page = shown(nurse, consultation)
    assert "Egen læge. CPR-opslaget pr. " in page and 'data-testid="finding"' not in page
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED).status_code == 200


def test_a_disagreement_with_the_record_is_shown_and_not_guessed(world: World) -> None:
    nurse = world.nurse()
    page = shown(nurse, consultation := launched(world, nurse, SOURCES_DISAGREE, "012041"))
    assert 'data-outcome="uncertain"' in page and consultation.cases[0].own_practice is None
    for number in ("012041", "034835"):
        assert f'data-testid="candidate-{number}"' in page
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED).status_code == 422


@pytest.mark.parametrize(("cpr", "words"), [(DEAD, "registreret som død"), (RENUMBERED, 'data-testid="new-number"')])
def test_who_is_dead_or_has_another_number_is_not_started_for(world: World, cpr: str, words: str) -> None:
    nurse = world.nurse()
    page = shown(nurse, consultation := launched(world, nurse, cpr, "034835"))
    assert words in page and 'data-testid="no-start"' in page
    body = FILLED | {"ydernummer": "034835"}
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/place", body).status_code == 422
    assert "020191-9990" not in page and "0201919990" not in page
