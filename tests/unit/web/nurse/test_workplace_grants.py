"""Need to know inside one organisation: which colleagues' citizens an employee sees, by whose word, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.launch import LaunchChannel
from gateway.domain.records import Signature
from gateway.store.ground.signing import NotSigned
from gateway.store.ground.tables_audit import audit
from gateway.web.arrival.second_launch import onward_from
from gateway.web.words.practice import LIST_REASONS
from tests.unit.web.arrival.test_second_launch import launch_by, token_in
from tests.unit.web.nurse_world import FILLED, NAME, OTHER_PLACE, STATION, TENANT, Nurse, NurseWorld

LIST = "/arbejdssted?grund=shift-change"


def details(nurse: Nurse, place: str) -> int:
    return nurse.post("/mine-oplysninger", **(STATION | {"workplace": place})).status_code


def shown(nurse: Nurse, path: str = LIST) -> str:
    return nurse.get(path).get_data(as_text=True)


def test_naming_a_workplace_gives_no_sight_of_it(world: NurseWorld) -> None:
    waiting, stranger = world.waiting(world.nurse()), world.nurse("Vera Vikar", at=(OTHER_PLACE,), known=False)
    answer = stranger.post("/mine-oplysninger", **STATION)
    assert answer.status_code == 422 and "Du er ikke knyttet til det arbejdssted" in answer.get_data(as_text=True)
    own = world.launched(stranger, name="Karla Testmose", cpr="0201609996")
    refused = stranger.send(f"/api/v1/consultations/{own.id}/place", FILLED)
    assert refused.status_code == 422 and '"workplace"' in refused.get_data(as_text=True)
    assert details(stranger, OTHER_PLACE) == 303
    assert NAME not in shown(stranger)
    assert stranger.post(f"/konsultation/{waiting.id}/overtag").status_code == 404
    world.gateway.employees.remember_workstation(TENANT, stranger.session.person, STATION)  # as stored before grants
    assert NAME not in shown(stranger)
    assert stranger.post(f"/konsultation/{waiting.id}/overtag").status_code == 404


def test_whoever_has_no_workplace_starts_for_the_organisation_and_sees_no_list(world: NurseWorld) -> None:
    world.waiting(world.nurse())
    nobody = world.nurse("Nye Nina", at=(), known=False)
    assert "Du er ikke knyttet til et arbejdssted" in shown(nobody, "/mine-oplysninger")
    assert details(nobody, "") == 303
    own = world.launched(nobody, name="Karla Testmose", cpr="0201609996")
    filled = {key: value for key, value in FILLED.items() if key != "workplace"}
    assert nobody.send(f"/api/v1/consultations/{own.id}/place", filled).status_code == 200
    station = world.reload(own).workstation
    assert station is not None and (station.workplace, station.workplace_id) == ("Fjordby Kommune", None)
    assert 'data-testid="no-grant"' in shown(nobody) and NAME not in shown(nobody)


def test_a_workplace_that_the_next_login_does_not_name_is_gone_at_once(world: NurseWorld) -> None:
    waiting, karen = world.waiting(world.nurse()), world.nurse("Karen Kollega")
    assert NAME in shown(karen)
    world.nurse("Karen Kollega", at=(OTHER_PLACE,), known=False)
    assert NAME not in shown(karen), "the session that was open before the login"
    assert karen.post(f"/konsultation/{waiting.id}/overtag").status_code == 404


def test_an_administrators_grant_stands_beside_what_a_login_says(world: NurseWorld) -> None:
    world.waiting(world.nurse())
    g, subject = world.gateway, "subject-Vera Vikar"
    with pytest.raises(NotSigned):
        g.workplace_grants.grant(TENANT, subject, STATION["workplace"], world.later())
    hand = g.signed(Signature("anna", "people grant", "vikar i uge 48")).workplace_grants
    hand.grant(TENANT, subject, STATION["workplace"], world.later())
    vera = world.nurse("Vera Vikar", at=(), known=False)
    assert details(vera, "") == 303, "the only one need not be chosen"
    assert NAME in shown(vera)
    assert hand.revoke(TENANT, subject, STATION["workplace"]) and NAME not in shown(vera)


def test_why_she_looks_is_asked_first_and_stands_in_the_audit(world: NurseWorld) -> None:
    waiting, karen = world.waiting(world.nurse()), world.nurse("Karen Kollega")
    for path in ("/arbejdssted", "/arbejdssted?grund=nysgerrig", "/arbejdssted?grund="):
        page = shown(karen, path)
        assert NAME not in page and all(f'data-testid="why-{code}"' in page for code in LIST_REASONS)
    for code in LIST_REASONS:
        assert NAME in shown(karen, f"/arbejdssted?grund={code}")
    with world.gateway.engine.connect() as connection:
        looked = audit.select().where(audit.c.what == "workplace-list", audit.c.consultation == waiting.id)
        rows = connection.execute(looked.order_by(audit.c.seq)).all()
    assert [row.basis for row in rows] == list(LIST_REASONS)
    assert {row.actor_id for row in rows} == {karen.session.person}


def asked(world: NurseWorld, nurse: Nurse, channel: LaunchChannel) -> str:
    with world.app.test_request_context():
        return onward_from(replace(launch_by(world, nurse), channel=channel), nurse.session)


def test_a_typed_number_takes_nothing_over_from_another_workplace(world: NurseWorld) -> None:
    standing, far = world.waiting(world.nurse()), world.nurse("Vera Vikar", at=(OTHER_PLACE,))
    address = asked(world, far, LaunchChannel.LOGIN)
    page = shown(far, address)
    assert 'data-testid="elsewhere"' in page and 'data-testid="take-over"' not in page
    assert far.post("/i-gang/overtag", token=token_in(world, far, address)).status_code == 404
    near = world.nurse("Karen Kollega")
    address = asked(world, near, LaunchChannel.LOGIN)
    assert near.post("/i-gang/overtag", token=token_in(world, near, address)).status_code == 303
    assert world.reload(standing).responsible == near.session.person


def test_whoever_stands_before_the_record_takes_over_from_any_workplace(world: NurseWorld) -> None:
    world.waiting(world.nurse())
    far = world.nurse("Vera Vikar", at=(OTHER_PLACE,))
    address = asked(world, far, LaunchChannel.SMART)
    assert far.post("/i-gang/overtag", token=token_in(world, far, address)).status_code == 303


def test_the_question_shows_no_other_consultation_than_its_own(world: NurseWorld) -> None:
    standing = world.waiting(world.nurse())
    other = world.launched(world.nurse("Grete Grøn"), name="Karla Testmose", cpr="0201609996")
    karen, stranger = world.nurse("Karen Kollega"), world.nurse("Vera Vikar")
    address = asked(world, karen, LaunchChannel.SMART)
    assert "Grete Grøn" not in shown(karen, address.replace(str(standing.id), str(other.id)))
    assert "Mette Holm" not in shown(stranger, address), "the question is bound to whoever was asked"
