"""*Klinikker*: what the practices of the citizens do, and who is not connected (AD17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.consultation import queueing
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.identifiers import Ydernummer
from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import SYSTEM
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, PRACTICE, draft, placed
from tests.unit.web.console.console_world import ConsoleWorld

PAGE = "/konsol/klinikker"
OTHER = Ydernummer("012041")


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("practices"))


def asks(
    world: ConsoleWorld, practice: Ydernummer, seen: int = 60, reject: bool = False, invented: bool = False
) -> None:
    """One consultation of Fjordby's, an hour ago."""
    at = world.gateway.clock.now() - timedelta(hours=1)
    begun = replace(draft(KOMMUNE_A, at=at), synthetic=invented)
    asked = placed(begun, practice, at=at, connections=())
    assert asked.entry is not None
    found = queueing.see(asked, asked.entry.id, at + timedelta(seconds=seen), SYSTEM)
    if reject:
        found = queueing.reject(found, RejectReason.NOT_TODAY, "", at + timedelta(minutes=9), SYSTEM)
    world.gateway.store.commit(found)


def test_ad17_a_practice_is_told_by_what_it_did_and_few_are_not_counted(world: ConsoleWorld) -> None:
    world.gateway.practices.set_routes(PRACTICE, ["gp-torvet"])
    for seen in (60, 60, 60, 400, 400):
        asks(world, PRACTICE, seen, reject=seen == 400)
    asks(world, OTHER)
    asks(world, PRACTICE, invented=True)
    page = world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_A).get(PAGE)
    own, other = page.split(f'data-practice="{PRACTICE}"')[1], page.split(f'data-practice="{OTHER}"')[1]
    assert page.index(str(OTHER)) < page.index(str(PRACTICE)), "who is not connected comes first"
    assert "gp-torvet" in own and ">5<" in own and "60 %" in own and "under 5" in own, own
    assert 'data-connected="no"' in page and "under 5" in other.split("</tr>")[0] and "%" not in other.split("</tr>")[0]
    elsewhere = world.administrator(ConsoleRole.SETUP, tenant=KOMMUNE_B)
    assert str(PRACTICE) not in elsewhere.get(PAGE)
    assert elsewhere.client.get(f"{PAGE}/{OTHER}/invitation").status_code == 404


def test_ad17_who_is_not_connected_gets_a_letter(world: ConsoleWorld) -> None:
    world.gateway.practices.set_routes(PRACTICE, ["gp-torvet"])
    asks(world, PRACTICE)
    asks(world, OTHER)
    ida = world.administrator(ConsoleRole.INTEGRATION, tenant=KOMMUNE_A)
    page = ida.get(f"{PAGE}?vis=ikke-tilsluttet")
    assert str(OTHER) in page and str(PRACTICE) not in page
    letter = ida.get(f"{PAGE}/{OTHER}/invitation")
    assert "Jeres klinik er ikke tilsluttet endnu" in letter and str(OTHER) in letter
