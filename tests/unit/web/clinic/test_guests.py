"""A guest's link: it works once and within its time, leads to one call and to nothing else, and the clinic decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.domain.consultation import guests
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.people import SYSTEM
from gateway.domain.scope import TenantScope
from tests.support.clinic_world import Seat
from tests.unit.web.acts.stage import Stage

OVER = "Linket er brugt eller udløbet"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("guests"), rate_factor="1000000")
    yield made
    made.gateway.engine.dispose()


def doing(doctor: Seat, call: Consultation, what: str, **body: Any) -> Any:
    return doctor.post(f"/api/v1/entries/{call.entries[-1].id}/{what}", body)


def invited(stage: Stage, call: Consultation) -> str:
    """The code of a link that the doctor has made."""
    answer = doing(stage.doctor, call, "guests", role="interpreter")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    address, _, code = answer.get_json()["link"].partition("#")
    assert address.endswith("/gaest") and len(code) >= 32 and str(call.id) not in address + code
    return code


def followed(stage: Stage, code: str) -> tuple[FlaskClient, Any]:
    browser = stage.world.app.test_client()
    return browser, browser.post("/gaest/ind", json={"code": code})


def state(browser: FlaskClient) -> str:
    return str(browser.get("/gaest/tilstand").get_json()["screen"])


def press(browser: FlaskClient, stage: Stage, path: str) -> Any:
    token = browser.get("/gaest").get_data(as_text=True).partition('name="csrf-token" content="')[2].partition('"')[0]
    return browser.post(path, json={}, headers={"X-CSRF-Token": token})


def test_a_link_works_once_and_leads_to_nothing_else(stage: Stage) -> None:
    call = stage.at("talk")
    code = invited(stage, call)
    browser, answer = followed(stage, code)
    assert answer.status_code == 200 and state(browser) == "waiting"
    _, again = followed(stage, code)
    assert again.status_code == 410 and OVER in again.get_json()["title"]
    assert followed(stage, "made-up")[1].status_code == followed(stage, "")[1].status_code == 410
    for path in ("/", f"/konsultation/{call.id}", "/klinik", "/konsol/forbindelser", "/hjaelp"):
        assert browser.get(path).status_code == 404, path
    page = browser.get("/gaest").get_data(as_text=True)
    assert "Nancy" not in page and "251248" not in page and str(call.id) not in page


def test_whoever_waits_has_no_seat_until_she_is_let_in_and_none_after_she_is_sent_out(stage: Stage) -> None:
    call = stage.at("talk")
    browser, _ = followed(stage, invited(stage, call))
    assert press(browser, stage, "/gaest/billet").status_code == 409
    guest = str(stage.gateway.store.load(TenantScope(call.tenant), call.id).guests[-1].id)
    assert doing(stage.doctor, call, "guests/admit", guest=guest).status_code == 200
    assert state(browser) == "call"
    assert press(browser, stage, "/gaest/billet").get_json()["ticket"]
    assert doing(stage.doctor, call, "guests/send-out", guest=guest).status_code == 200
    assert press(browser, stage, "/gaest/billet").status_code in (401, 403)


def test_a_locked_call_and_a_link_that_ran_out_take_nobody(stage: Stage) -> None:
    call = stage.at("talk")
    code = invited(stage, call)
    assert doing(stage.doctor, call, "lock", on=True).status_code == 200
    assert followed(stage, code)[1].status_code == 410
    assert doing(stage.doctor, call, "guests", role="relative").status_code == 409
    late, id, until = stage.at("talk"), stage.gateway.ids.new(), stage.now
    ran_out = guests.invite(late, id, guests.ROLES[0], until, until, SYSTEM)
    with pytest.raises(TransitionRefused):
        guests.arrive(ran_out, id, until, SYSTEM)


def test_a_third_guest_and_a_colleague_of_the_house_next_door_are_refused(stage: Stage) -> None:
    call = stage.at("talk")
    assert [doing(stage.doctor, call, "guests", role="relative").status_code for _ in range(3)] == [200, 200, 409]
    assert doing(stage.doctor, call, "guests", role="employee").status_code == 422
