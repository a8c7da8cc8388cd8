"""Starting without a record, and not being let in: every fault at once, the practice by its name, whom to ask."""

from __future__ import annotations

from gateway.domain.errors import AccessRefused
from gateway.web import refused
from tests.unit.web.nurse_world import OWN, TENANT, Nurse, NurseWorld

FAULTS = (
    "kalde borgeren",
    "hvorfor der ikke er et CPR-nummer",
    "aftalt det med",
    "Skriv datoen",
    "Skriv klokkeslættet",
)


def test_every_fault_of_a_form_is_told_at_once(nurse: Nurse) -> None:
    said = {"agreed_date": "31/2", "agreed_time": "25.00"}
    page = nurse.post("/ny/uden-cpr", **said)
    assert page.status_code == 422
    assert [fault for fault in FAULTS if fault not in page.get_data(as_text=True)] == []
    page = nurse.post("/ny/gennemgang", kind="round", ydernummer="", **said)
    told = ("alle seks cifre", *FAULTS[2:])
    assert [fault for fault in told if fault not in page.get_data(as_text=True)] == []
    page = nurse.post("/ny/gennemgang", kind="advice", ydernummer=str(OWN))
    assert page.status_code == 303, "advice needs nobody's agreement"


def test_a_draft_on_the_list_names_the_practice_that_was_found(world: NurseWorld, nurse: Nurse) -> None:
    world.launched(nurse)
    page = nurse.get("/").get_data(as_text=True)
    assert "Lægerne Torvet" in page and "Ingen læge valgt endnu" not in page


def test_whoever_lacks_the_right_is_told_whom_to_ask(world: NurseWorld) -> None:
    with world.app.test_request_context():
        told = refused.access_refused(AccessRefused("laegebro-start", tenant=str(TENANT)))
        mine = refused.access_refused(AccessRefused("laegebro-start"))
        world.settle({"support_name": "Digital support", "support_phone": "99 00 01 99"})
        supported = refused.access_refused(AccessRefused("laegebro-start", tenant=str(TENANT)))
    assert "Digital support 99 00 01 99" in supported.advice
    for problem in (told, mine):
        assert "laegebro-start" not in problem.advice and "leder" in problem.advice
    assert dict(told.extra)["right"] == "laegebro-start"
