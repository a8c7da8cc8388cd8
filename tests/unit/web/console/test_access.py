"""Who has had access, by workplace, and what each role may do (AD15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from gateway.domain.oversight import ConsoleRole
from gateway.domain.records import Signature
from gateway.domain.session import Grant
from gateway.store.matters.access import PAGE as LENGTH
from gateway.store.people.organisations import Workplace
from tests.support.clinic_world import TENANTS
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, WORKPLACE
from tests.unit.web.console.console_world import ConsoleWorld

PAGE = "/konsol/adgange"
NORD = Workplace(WORKPLACE, "Hjemmeplejen Nord")


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    """Mette works at Nord and was there today, Gerda a hundred days ago; somebody who never came may see its list."""
    made = ConsoleWorld(tmp_path_factory.mktemp("access"))
    g, now = made.gateway, made.gateway.clock.now()
    g.organisations.apply_tenant(next(each for each in TENANTS if each.id == KOMMUNE_A), [NORD])
    for name, days, places in (("Mette Holm", 0, ("Hjemmeplejen Nord",)), ("Gerda Gammel", 100, ())):
        grant = Grant(f"subject-{name}", name, "Sygeplejerske", "Fjordby", False, "idp", workplaces=places)
        g.employees.recognise(KOMMUNE_A, grant, now - timedelta(days=days))
    hand = g.signed(Signature("anna", "people grant", "Vikar"))
    hand.workplace_grants.grant(KOMMUNE_A, "FJ-9", NORD.name, now)
    return made


def test_ad15_who_has_had_access_stands_by_workplace(world: ConsoleWorld) -> None:
    hand = world.administrator(ConsoleRole.LOG_REVIEW, tenant=KOMMUNE_A)
    whole, nord = hand.get(PAGE), hand.get(f"{PAGE}?sted={WORKPLACE}")
    assert whole.index("Mette Holm") < whole.index("Gerda Gammel") < whole.index("Ukendt navn")
    assert nord.count('data-testid="holder"') == 2 and "Mette Holm" in nord and "Ukendt navn" in nord
    assert "Gerda Gammel" not in nord and "Administrator" in nord
    never, before = hand.get(f"{PAGE}?brug=never"), hand.get(f"{PAGE}?brug=before")
    assert "Mette Holm" not in never and never.count('data-testid="holder"') == 1
    assert "Gerda Gammel" in before and before.count('data-testid="holder"') == 1
    assert hand.get(f"{PAGE}?brug=never&sted={WORKPLACE}").count('data-testid="holder"') == 1
    assert "Ukendt navn" not in hand.get(f"{PAGE}?sted={WORKPLACE}&brug=lately")
    other = world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_B)
    assert "Mette Holm" not in other.get(PAGE) and other.client.get(f"{PAGE}?sted={WORKPLACE}").status_code == 404
    assert hand.client.get(f"{PAGE}?efter=x").status_code in (400, 404, 422)


def test_everybody_stands_on_one_page_and_in_the_file_once(world: ConsoleWorld) -> None:
    g, now = world.gateway, world.gateway.clock.now()
    for n in range(2 * LENGTH):
        grant = Grant(f"s-{n}", f"Nr. {n}", "", "Fjordby", False, "idp", workplaces=(NORD.name,))
        g.employees.recognise(KOMMUNE_A, grant, now - timedelta(minutes=n // 3))  # many in one moment
    hand = world.administrator(ConsoleRole.LOG_REVIEW, tenant=KOMMUNE_A)
    for asked, all_of_them in ({"": 2 * LENGTH + 3, f"sted={WORKPLACE}": 2 * LENGTH + 2}).items():
        pages = list(walked(hand, f"{PAGE}?{asked}"))
        names = [each for page in pages for each in re.findall(r'data-testid="holder".*?scope="row">([^<]+)', page)]
        assert len(pages) == 3 and len(names) == len(set(names)) == all_of_them, asked
    lines = hand.get(f"{PAGE}.csv").splitlines()
    assert len(lines) == len(set(lines)) == 1 + 2 * LENGTH + 3


def walked(hand: Any, address: str) -> Iterator[str]:
    while True:
        page = hand.get(address)
        yield page
        then = re.search(r'href="([^"]+)" data-testid="more"', page)
        if then is None:
            return
        address = unescape(then[1])


def test_ad15_the_review_is_a_file(world: ConsoleWorld) -> None:
    lines = world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_A).get(f"{PAGE}.csv").splitlines()
    assert len(lines) == 4 and lines[0].startswith("\ufeffArbejdssted;Givet af;Navn")
    assert any(line.startswith("Hjemmeplejen Nord;Login;Mette Holm;Sygeplejerske;") for line in lines)


def test_ad15_what_a_role_may_do_is_what_its_views_let_in(world: ConsoleWorld) -> None:
    page = world.administrator(ConsoleRole.WORKPLACE, tenant=KOMMUNE_A).get(f"{PAGE}/roller")
    told = {part.split('"')[0]: part.split("</section>")[0] for part in page.split('data-role="')[1:]}
    assert set(told) == set(ConsoleRole)
    assert "Spær medarbejder" in told["setup"] and "Spær medarbejder" not in told["support"]
    assert "Søg efter borgeren" not in told["operator"] and "CPR" not in told["operator"]
    assert "Kræver handling" in told["workplace"] and "Driftsbillede" not in told["workplace"]
