"""What a nurse says reads on the screen of every practice's system, whatever its language is, or cannot be sent there:
a message, an agreement, a round of three, and who talks (D2, D9, C05, N10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.discovery import adapter_names
from gateway.domain.capability import SHOWN, Capability
from gateway.domain.consultation import queueing
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.arranging import propose_time, remark
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerCannot
from gateway.domain.people import Form
from gateway.domain.practice import COPENHAGEN
from gateway.services.changing import Verb
from tests.support.consultations import KOMMUNE_A, NURSE, case, draft, new_id, placed
from tests.support.peers.practice_screens import PracticeScreen, fetching, practice_screen
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import OWN, TENANT

WHO = "Peter Vang i receptionen"
WORDS = "Borgeren er blevet dårligere: 39,8° – æøå & <br>"
ROUND = "Gennemgang af 3 borgere: Medicin på plejehjemmet"


@pytest.fixture(scope="module", params=adapter_names("gp_system"))
def screen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[PracticeScreen]:
    with practice_screen(request.param, tmp_path_factory.mktemp(request.param), sqlite_template) as shown:
        yield shown


def waiting(screen: PracticeScreen, **changes: Any) -> Consultation:
    """Agreed for later, so that it may be said by any means."""
    now = datetime.now(UTC)
    tenant = TENANT if screen.connection == "venteværelse" else KOMMUNE_A
    opened = draft(tenant, cases=[case(practice=OWN)], at=now)
    begun = replace(opened, **{"agreed_at": now + timedelta(minutes=90), **changes})
    return placed(begun, OWN, at=now, connections=(screen.connection,))


def reads(screen: PracticeScreen, *expected: str) -> None:
    text = screen.text(*expected)
    for each in expected:
        assert each in text, f"{each!r} does not stand on the screen"


def says(text: str, at: datetime) -> Verb:
    id = new_id()
    return lambda consultation: remark(consultation, id, text, at, NURSE)


def test_every_system_shows_what_is_said_to_one_citizens_doctor(screen: PracticeScreen) -> None:
    """The other tests read it on the screen; what an adapter leaves out of its capabilities they would not look for."""
    assert screen.capabilities & SHOWN >= SHOWN - {Capability.SHOWS_ROUND}


def test_the_nurses_page_says_what_that_system_leaves_out(
    screen: PracticeScreen, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = Stage(tmp_path_factory.mktemp("pages"))
    screen.connect(stage.gateway, OWN)
    stage.doors = tuple(stage.gateway.practices.routes(OWN))
    assert told_on_pages(stage) == {str(each).replace("shows", "left-out") for each in SHOWN - screen.capabilities}
    if screen.has_setting:
        screen.connect(stage.gateway, OWN, not_shown=[each.removeprefix("shows-") for each in SHOWN])
        assert told_on_pages(stage) == {str(each).replace("shows", "left-out") for each in SHOWN}


def told_on_pages(stage: Stage) -> set[str]:
    """Of a round's start, one citizen's queue with the field for a message, and an agreement after a rejection."""
    people = tuple(case(number, practice=OWN) for number in range(3))
    drafts = (
        stage.at("draft", kind=Kind.ROUND, cases=people, meant_for=OWN),
        stage.at("waiting"),
        stage.at("rejected", agreed_at=None),
    )
    found: set[str] = set()
    for each in drafts:
        stage.gateway.access.see_citizen(stage.nurse.session, each.id)
        page = stage.nurse.get(f"/konsultation/{each.id}")
        assert page.status_code == 200
        found |= set(re.findall(r'data-testid="(left-out-[a-z]+)"', page.get_data(as_text=True)))
    return found


def test_another_time_that_she_proposes(screen: PracticeScreen) -> None:
    told = waiting(screen)
    screen.tell(told)
    wanted = datetime.now(UTC) + timedelta(days=2, minutes=17)
    screen.change(told, lambda c: propose_time(c, wanted, datetime.now(UTC), NURSE))
    local = wanted.astimezone(COPENHAGEN)
    reads(screen, "oreslår", f"kl. {local.hour}.{local:%M}")


def test_a_message_with_its_time_and_all_of_them(screen: PracticeScreen) -> None:
    told = waiting(screen)
    screen.tell(told)
    at = datetime.now(UTC).replace(hour=22, minute=30)
    said = screen.change(told, says(WORDS, at))
    screen.change(said, says("Vi skal være færdige kl. 1.00", at + timedelta(minutes=1)))
    hour = at.astimezone(COPENHAGEN).hour
    reads(screen, WORDS, f"{hour}.30", f"{hour}.31", "Vi skal være færdige kl. 1.00")


def test_the_way_to_our_pane_of_the_entry(screen: PracticeScreen) -> None:
    """So that the doctor is logged in with us before she takes the call in her own system (C13)."""
    told = waiting(screen)
    screen.tell(told)
    entry = told.entry.id if told.entry else ""
    reads(
        screen, 'data-testid="take-call"' if screen.connection == "venteværelse" else f'/klinik/kald/{entry}" target='
    )


def test_with_whom_and_when_it_was_agreed(screen: PracticeScreen) -> None:
    told = waiting(screen, agreed_with=WHO, agreed_at=datetime.now(UTC) + timedelta(minutes=97))
    assert told.agreed_at is not None
    screen.tell(told)
    local = told.agreed_at.astimezone(COPENHAGEN)
    reads(screen, WHO, f"{local.hour}.{local:%M}")  # "9.15" on our page, "09.15" elsewhere


def test_who_talks_with_the_doctor(screen: PracticeScreen) -> None:
    screen.tell(waiting(screen, form=Form.CITIZEN_ALONE))
    reads(screen, "Borgeren", "alene")


def test_a_round_says_of_how_many(screen: PracticeScreen) -> None:
    people = tuple(case(number, practice=OWN) for number in range(3))
    several = waiting(screen, kind=Kind.ROUND, cases=people, reason="Medicin på plejehjemmet")
    if Capability.SHOWS_ROUND in screen.capabilities:
        screen.tell(several)
        reads(screen, ROUND)
    else:
        with pytest.raises(PeerCannot):
            screen.tell(several)


def test_what_was_said_of_a_wrong_citizen_is_gone(screen: PracticeScreen) -> None:
    told = waiting(screen)
    screen.tell(told)
    said = screen.change(told, says("Hun falder hele tiden", datetime.now(UTC)))
    reads(screen, "Hun falder hele tiden")
    screen.change(said, lambda c: queueing.withdraw(c, "wrong-citizen", datetime.now(UTC), NURSE))
    if Capability.ANNOUNCES in screen.capabilities:
        assert "slet den" in screen.text("slet den"), "a message that was sent cannot be taken back, only disowned"
    else:
        assert screen.lacks("Hun falder hele tiden")


def test_a_system_that_fetches_brings_what_its_people_do(tmp_path: Path, sqlite_template: Path) -> None:
    with fetching(tmp_path, sqlite_template) as screen:
        told = waiting(screen, agreed_at=None)
        screen.tell(told)
        reads(screen, "Accepter")
        address = f"/queue/{told.entry.id if told.entry else ''}"
        screen.page.post(f"{address}/accept").read()
        assert (screen.row(told).status, screen.row(told).accepted_name) == (EntryStatus.ACCEPTED, "Lise Hansen")
        screen.page.post(f"{address}/put-back").read()
        assert screen.row(told).status is EntryStatus.RECEIVED
