"""A second launch of the same citizen: the five cases of D7, each as the employee meets it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import pytest

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import Launch, LaunchChannel, launch_key
from gateway.domain.people import SYSTEM, EmployeeIdentity
from gateway.domain.scope import TenantScope
from gateway.store.people.organisations import Tenant
from gateway.web.arrival.second_launch import onward_from
from tests.unit.web.nurse_world import CPR, DOCTOR, NAME, STATION, TENANT, Nurse, NurseWorld

NEIGHBOUR = UUID("0192f000-0000-7000-8000-0000000000bb")


def launch_by(world: NurseWorld, nurse: Nurse, *, days_ago: int = 0, tenant: UUID = TENANT) -> Launch:
    grant = nurse.session.grant
    at = world.gateway.clock.now() - timedelta(days=days_ago)
    return Launch(
        tenant=tenant,
        channel=LaunchChannel.SMART,
        connection="eoj-fjordby",
        key=launch_key("eoj-fjordby", "Patient/nab", grant.subject, at),
        employee=EmployeeIdentity(grant.subject, grant.name, True),
        citizen=Citizen(Cpr(CPR), NAME, date(1948, 12, 25), "female"),
        record_ref="Patient/nab",
    )


def arrives(world: NurseWorld, nurse: Nurse, *, days_ago: int = 0) -> str:
    """Through the door: the address she is sent to."""
    with world.app.test_request_context():
        return onward_from(launch_by(world, nurse, days_ago=days_ago), nurse.session)


def opened(world: NurseWorld, address: str) -> Consultation:
    found = re.fullmatch(r"/konsultation/([0-9a-f-]{36})", address)
    assert found is not None, address
    return world.gateway.store.load(TenantScope(TENANT), UUID(found.group(1)))


@dataclass(frozen=True)
class Case:
    """Who has what open when ``mette`` launches, and what she then meets."""

    before: Literal["same launch", "her own of another day", "a colleague's", "closed", "another organisation's"]
    meets: Literal["the same", "continue", "take over", "a new one"]


FIVE = [
    Case("same launch", "the same"),
    Case("her own of another day", "continue"),
    Case("a colleague's", "take over"),
    Case("closed", "a new one"),
    Case("another organisation's", "a new one"),
]


def set_up(world: NurseWorld, mette: Nurse, before: str) -> Consultation | None:
    match before:
        case "same launch":
            return opened(world, arrives(world, mette))
        case "her own of another day":
            return opened(world, arrives(world, mette, days_ago=1))
        case "a colleague's":
            return opened(world, arrives(world, world.nurse("Karen Kollega")))
        case "closed":
            first = opened(world, arrives(world, mette))
            world.does(first, lambda c: queueing.withdraw(c, "solved", world.later(), SYSTEM))
            return None
    g = world.gateway
    g.organisations.apply_tenant(Tenant(NEIGHBOUR, "99110015", "Skovby Kommune", "municipality", "0998", True, {}))
    other = replace(mette.session, tenant=NEIGHBOUR)
    with world.app.test_request_context():
        onward_from(launch_by(world, replace(mette, session=other), tenant=NEIGHBOUR), other)
    return None


@pytest.mark.parametrize("case", FIVE, ids=lambda case: case.before)
def test_d07_a_second_launch_is_asked_never_guessed(world: NurseWorld, case: Case) -> None:
    mette = world.nurse()
    standing = set_up(world, mette, case.before)
    address = arrives(world, mette)
    if case.meets == "the same":
        assert standing is not None and opened(world, address).id == standing.id
        return
    if case.meets == "a new one":
        assert opened(world, address).status is Status.DRAFT
        return
    assert standing is not None and address.startswith(f"/i-gang/{standing.id}?valg=")
    page = mette.get(address).get_data(as_text=True)
    assert "Der er allerede en konsultation i gang for borgeren" in page
    assert ('data-testid="continue-standing"' in page) is (case.meets == "continue")
    assert ('data-testid="take-over"' in page) is (case.meets == "take over")
    assert 'data-testid="start-another"' in page and NAME not in page


def token_in(world: NurseWorld, nurse: Nurse, address: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', nurse.get(address).get_data(as_text=True))
    assert found is not None
    return found.group(1)


def test_whoever_has_told_nobody_where_she_works_is_asked_before_she_takes_over(world: NurseWorld) -> None:
    """Else the practice would go on ringing the colleague who had it."""
    standing, mette = world.waiting(world.nurse("Karen Kollega")), world.nurse(known=False)
    address = arrives(world, mette)
    asked = mette.get(address)
    assert asked.status_code == 303 and asked.location.startswith("/mine-oplysninger?")
    page = mette.get(asked.location).get_data(as_text=True)
    hers = STATION | {"phone": "99887766"}
    wrong = mette.post("/mine-oplysninger", **hers | {"phone": "1"} | hidden_in(page))
    assert wrong.status_code == 422 and hidden_in(wrong.get_data(as_text=True)) == hidden_in(page)
    back = mette.post("/mine-oplysninger", **hers | hidden_in(page))
    assert back.location == address
    assert mette.post("/i-gang/overtag", token=token_in(world, mette, address)).status_code == 303
    told = world.reload(standing).workstation
    assert told is not None and told.phone == hers["phone"]


def hidden_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(til|valg)" value="([^"]+)"', page))


def test_d07_taking_over_keeps_the_place_and_tells_whoever_had_it(world: NurseWorld) -> None:
    karen, mette = world.nurse("Karen Kollega"), world.nurse()
    standing = world.waiting(karen)
    address = arrives(world, mette)
    answer = mette.post("/i-gang/overtag", token=token_in(world, mette, address))
    assert answer.location == f"/konsultation/{standing.id}"
    taken = world.reload(standing)
    assert (taken.responsible_name, taken.entries[-1].place) == ("Mette Holm", standing.entries[-1].place)
    assert "Du er nr. 1 i køen" in mette.get(answer.location).get_data(as_text=True)
    told = karen.get(f"/konsultation/{standing.id}")
    assert told.status_code == 409 and "Mette Holm har overtaget konsultationen" in told.get_data(as_text=True)
    assert 'data-testid="taken-over"' in karen.get("/").get_data(as_text=True)
    back = arrives(world, karen)
    assert back.startswith(f"/i-gang/{standing.id}"), "her old launch asks as well"


def test_d07_starting_another_and_the_token_is_good_once(world: NurseWorld) -> None:
    standing = opened(world, arrives(world, world.nurse("Karen Kollega")))
    mette = world.nurse()
    address = arrives(world, mette)
    token = token_in(world, mette, address)
    another = opened(world, str(mette.post("/i-gang/ny", token=token).location))
    assert another.id != standing.id and another.responsible_name == "Mette Holm"
    assert mette.post("/i-gang/ny", token=token).status_code == 404
    assert mette.get(address).location == "/"
    assert arrives(world, mette).startswith(f"/i-gang/{another.id}"), "her own comes before a colleague's"


def test_d07_another_employee_cannot_use_the_waiting_launch(world: NurseWorld) -> None:
    world.waiting(world.nurse("Karen Kollega"))
    mette, stranger = world.nurse(), world.nurse("Vera Vikar")
    token = token_in(world, mette, arrives(world, mette))
    assert stranger.post("/i-gang/overtag", token=token).status_code == 404


def test_d07_whoever_talks_now_is_not_interrupted(world: NurseWorld) -> None:
    standing = world.waiting(world.nurse("Karen Kollega"))
    world.does(standing, lambda c: ringing.accept(c, world.later(), DOCTOR))
    world.does(standing, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    mette = world.nurse()
    page = mette.get(arrives(world, mette)).get_data(as_text=True)
    assert 'data-testid="talking-now"' in page and 'data-testid="take-over"' not in page
