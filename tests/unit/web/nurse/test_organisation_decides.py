"""What an organisation decides in its set-up is what its people and citizens meet (AD16)."""

from __future__ import annotations

from pathlib import Path

from gateway.domain.consultation import queueing
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.people import Actor, ActorKind
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import FILLED, Nurse, NurseWorld


def test_an_agreement_that_the_organisation_asks_for_is_asked_for_though_the_practice_does_not(
    world: NurseWorld, nurse: Nurse
) -> None:
    world.settle({"agreement": "required"})
    consultation = world.launched(nurse)
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    assert "Din organisation vil have en aftale først" in page
    refused = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED)
    assert refused.status_code == 422 and "agreed_at" in refused.get_data(as_text=True)
    world.settle({"agreement": "free"})
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED).status_code == 200


def test_the_citizens_page_offers_the_organisations_languages(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.world.settle({"citizen_languages": ["uk"]})
    citizen = stage.citizen(stage.at("alone waiting"))
    shown = citizen.client.get("/borger").get_data(as_text=True)
    assert 'data-testid="language-uk"' in shown and 'data-testid="language-ar"' not in shown
    for code, status in (("ar", 422), ("uk", 303)):
        answer = citizen.client.post("/borger/sprog", data={"csrf_token": citizen.csrf, "language": code})
        assert answer.status_code == status


def test_the_doctors_on_call_are_one_press_away_where_it_is_urgent(world: NurseWorld, nurse: Nurse) -> None:
    world.settle({"doctors_on_call": [["Lægevagten Fjord", "99001090"]]})
    consultation = world.waiting(nurse)
    by = Actor(ActorKind.CLINIC, "lise", "Lise Hansen", "laege")
    world.does(consultation, lambda c: queueing.reject(c, RejectReason.URGENT, "", world.gateway.clock.now(), by))
    page = nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)
    link = next(line for line in page.split("<a ") if 'data-testid="call-on-call"' in line)
    assert "99001090" in link and "Lægevagten Fjord" in link
