"""From a practice system's link to one call: at the login that was used last, and at the clinic that holds it (C13)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from gateway.access import CLINIC_COOKIE
from gateway.domain.session import Grant
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Clinic
from tests.support.clinic_world import Seat
from tests.unit.web.acts.stage import HOUSE, Stage

ANNEXE = UUID("0192f000-0000-7000-8000-0000000000c2")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("arriving"))
    made.gateway.organisations.apply_clinic(Clinic(ANNEXE, "Lægerne Torvet, Sødal", True, ()))
    for name, clinic in (("login-torvet", HOUSE), ("login-annexe", ANNEXE)):
        config = {"issuer": "http://127.0.0.1:1", "client_id": "us", "right": "laegebro-clinic", "clinic": str(clinic)}
        made.gateway.connections.apply(
            Stanza(name, "identity", "oidc", None, config, synthetic=True), "t", "t", made.now
        )
    yield made
    made.gateway.engine.dispose()


def sits_in_the_annexe(stage: Stage, *clinics: UUID) -> Seat:
    """A doctor of these clinics, whose session is at the annexe."""
    g, subject = stage.gateway, f"subject-{len(clinics)}"
    person = g.organisations.recognise_clinic_user("login-annexe", subject, "Lise Hansen", "laege", clinics)
    grant = Grant(subject, "Lise Hansen", "laege", "Lægerne Torvet, Sødal", True, "login-annexe")
    token, session = g.access.open_clinic(ANNEXE, person, grant, stage.now, id=g.ids.new())
    return stage._seat(CLINIC_COOKIE, token, session)


def test_whoever_works_in_both_comes_to_the_clinic_that_holds_the_call(stage: Stage) -> None:
    address = f"/klinik/kald/{stage.at('waiting').entries[-1].id}"
    page = sits_in_the_annexe(stage, HOUSE, ANNEXE).client.get(address, follow_redirects=True)
    assert page.status_code == 200
    assert "Nancy Ann Berggren" in page.get_data(as_text=True)


def test_another_clinics_call_stays_unknown(stage: Stage) -> None:
    address = f"/klinik/kald/{stage.at('waiting').entries[-1].id}"
    assert sits_in_the_annexe(stage, ANNEXE).client.get(address, follow_redirects=True).status_code == 404


def test_a_device_that_has_chosen_a_clinic_is_not_asked_again_on_the_way_to_a_call(stage: Stage) -> None:
    device, entry = stage.world.app.test_client(), stage.at("waiting").entries[-1].id
    address = f"/login?kind=clinic&next=/klinik/kald/{entry}"
    assert 'data-testid="login-login-annexe"' in device.get(address).get_data(as_text=True)
    device.set_cookie("laegebro_organisation", "login-torvet", domain="localhost")
    onward = device.get(address)
    assert (onward.status_code, onward.location) == (302, f"/login/login-torvet?next=/klinik/kald/{entry}")
    assert device.get("/login?kind=clinic").status_code == 200, "whoever comes by herself chooses"


def test_the_organisations_can_be_searched(stage: Stage) -> None:
    page = stage.world.app.test_client().get("/login?kind=clinic&q=ANNEXE").get_data(as_text=True)
    assert "login-annexe" in page and "login-torvet" not in page
    page = stage.world.app.test_client().get("/login?kind=clinic&q=findes-ikke").get_data(as_text=True)
    assert "Ingen organisation passer" in page
