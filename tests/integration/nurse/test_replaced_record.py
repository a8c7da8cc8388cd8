"""From a record that has been replaced: the page says so, shows whose the other is, and starts when she confirms it."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from gateway.domain.consultation.aggregate import Status
from gateway.domain.identifiers import Cpr
from gateway.domain.scope import TenantScope
from gateway.store.ground.tables_audit import audit
from simulators.eoj import records
from tests.integration.nurse.test_web_nurse_doors import Town, consultation_in, csrf_in, introduce, town
from tests.support.doors.vendor import browser
from tests.unit.web.nurse_world import TENANT

__all__ = ["town"]
KARLA = "0201609996"


@pytest.fixture
def care_records() -> records.CareRecords:
    """The first record has been replaced by the second; the third by one that is not there."""
    whole = records.load()
    by = {"r-1001": ("r-1002",), "r-1003": ("gone",)}
    return whole.model_copy(
        update={
            "record": tuple(
                each.model_copy(update={"replaced_by": by.get(each.reference, ())}) for each in whole.record
            )
        }
    )


def press(town: Town, http: httpx.Client, page: httpx.Response, path: str) -> httpx.Response:
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    fields = {"csrf_token": csrf_in(page), "token": token.group(1)}
    return town.follow(http, http.post(f"{town.url}{path}", data=fields))


def stored(town: Town) -> int:
    return town.world.gateway.store.latest_seq()


def test_the_other_record_is_shown_confirmed_and_started_from(town: Town) -> None:
    http = town.logged_in_at_eoj()
    told = town.follow(http, town.launch(http, "smart"))
    assert told.status_code == 409 and "Journalen er lagt sammen med en anden" in told.text
    assert "Testmose" not in told.text and stored(town) == 0
    card = press(town, http, told, "/start/anden-journal")
    assert card.status_code == 200 and "Karla Testmose" in card.text and KARLA not in card.text
    assert stored(town) == 0
    with town.world.gateway.engine.connect() as connection:
        rows = connection.execute(select(audit.c.verb, audit.c.what, audit.c.case_hash)).all()
    assert [tuple(row[:2]) for row in rows] == [("read", "replaced-record")] and rows[0].case_hash
    page = introduce(town, http, press(town, http, card, "/ny/bekraeft"))
    draft = town.world.gateway.store.load(TenantScope(TENANT), UUID(consultation_in(page)))
    case = draft.cases[0]
    assert (draft.status, draft.channel) == (Status.DRAFT, "smart")
    assert (case.citizen.identifier, case.record_ref) == (Cpr(KARLA), "Patient/r-1002")
    assert case.eoj_connection == "eoj-fjordby"


def test_a_launch_from_the_other_record_itself_is_the_same_consultation(town: Town) -> None:
    http = town.logged_in_at_eoj()
    card = press(town, http, town.follow(http, town.launch(http, "smart")), "/start/anden-journal")
    first = consultation_in(press(town, http, card, "/ny/bekraeft"))
    assert consultation_in(town.follow(http, town.launch(http, "smart", "r-1002"))) == first


def test_the_wrong_citizen_is_turned_down_and_nothing_is_stored(town: Town) -> None:
    http = town.logged_in_at_eoj()
    card = press(town, http, town.follow(http, town.launch(http, "smart")), "/start/anden-journal")
    assert press(town, http, card, "/ny/forkert").status_code == 200 and stored(town) == 0
    assert press(town, http, card, "/ny/bekraeft").url.path == "/ny" and stored(town) == 0


def test_the_offer_is_hers_alone_and_serves_once(town: Town) -> None:
    http = town.logged_in_at_eoj()
    told = town.follow(http, town.launch(http, "smart"))
    other = browser()
    town.log_in(other, "karim")
    mine = other.get(f"{town.url}/ny")
    token = re.search(r'name="token" value="([^"]+)"', told.text)
    assert token is not None
    fields = {"csrf_token": csrf_in(mine), "token": token.group(1)}
    taken = town.follow(other, other.post(f"{town.url}/start/anden-journal", data=fields))
    assert "Karla" not in taken.text and taken.url.path == "/ny"
    assert "Karla" in press(town, http, told, "/start/anden-journal").text
    assert "Karla" not in press(town, http, told, "/start/anden-journal").text


def test_without_a_record_to_offer_the_words_show_the_way(town: Town) -> None:
    http = town.logged_in_at_eoj()
    page = town.follow(http, town.launch(http, "smart", "r-1003"))
    assert page.status_code == 409 and 'data-testid="replaced-record"' not in page.text
    assert "Åbn borgerens gældende journal" in page.text and 'href="/ny"' in page.text
    assert stored(town) == 0
