"""The nurse's three doors over real sockets: SMART launch, signed launch and login, against the simulators."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from gateway.domain.consultation.aggregate import Status
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Cpr
from gateway.domain.scope import TenantScope
from gateway.domain.session import Grant
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.ground.tables_audit import audit
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Tenant, Workplace
from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from simulators.identity.app import identity_app
from simulators.oauth.clients import Client, ClientKeys, Clients
from tests.support.doors.vendor import browser, running, words_of
from tests.unit.web.nurse_world import TENANT, NurseWorld

RECORD = "r-1001"
TEST_CPR = "0201609995"


@dataclass
class Town:
    """One municipality with its care system, its identity provider and our gateway."""

    world: NurseWorld
    url: str
    eoj: str
    idp: str

    def logged_in_at_eoj(self, username: str = "mette") -> httpx.Client:
        http = browser()
        http.post(f"{self.eoj}/login", data={"username": username, "password": "videodemo"})
        return http

    def launch(self, http: httpx.Client, kind: str, record: str = RECORD) -> httpx.Response:
        page = http.get(f"{self.eoj}/records/{record}").text
        view = re.search(r'name="view" value="([^"]+)"', page)
        assert view is not None
        return http.post(f"{self.eoj}/records/{record}/launch/{kind}", data={"view": view.group(1)})

    def follow(self, http: httpx.Client, answer: httpx.Response) -> httpx.Response:
        """As a browser: onward until a page stands still."""
        while answer.is_redirect:
            answer = http.get(str(answer.url.join(answer.headers["location"])))
        return answer

    def log_in(self, http: httpx.Client, username: str = "mette") -> httpx.Response:
        form = self.follow(http, http.get(f"{self.url}/login/login-fjordby"))
        return self.follow(http, http.post(str(form.url), data={"username": username, "password": "videodemo"}))


@pytest.fixture
def care_records() -> records.CareRecords:
    return records.load()


@pytest.fixture
def town(tmp_path: Path, care_records: records.CareRecords) -> Iterator[Town]:
    worlds: list[NurseWorld] = []

    def gateway_app(url: str) -> Flask:
        worlds.append(NurseWorld(tmp_path, public_url=url))
        return worlds[0].app

    with running("gateway.localhost", gateway_app) as url:
        world = worlds[0]
        keys = tmp_path / "our-jwks.json"
        keys.write_text(json.dumps(world.gateway.peers.jwks()))
        organisation = directory.load().organisation("fjordby")
        assert organisation is not None
        settings = EojSettings(url, organisation, care_records, client_keys=str(keys))
        clients = Clients(Client("laegebro", (f"{url}/*",), ClientKeys(str(keys))))
        with (
            running("eoj.localhost", lambda base: eoj_app(base, settings)) as eoj,
            running("idp.localhost", lambda base: identity_app(base, directory.load(), clients)) as idp,
        ):
            connect(world, url, eoj, idp)
            yield Town(world, url, eoj, idp)


def connect(world: NurseWorld, url: str, eoj: str, idp: str) -> None:
    g = world.gateway
    key = g.settings.client_key
    smart = {
        "issuer": f"{eoj}/fhir",
        "client_id": "laegebro",
        "client_key": key,
        "employee_claim": "employee_id",
        "tenant": str(TENANT),
        "label": "Fjordjournalen",
    }
    signed = {
        "issuer": eoj,
        "audience": url,
        "jwks_url": f"{eoj}/.well-known/jwks.json",
        "write_back": "eoj-fjordby",
        "tenant": str(TENANT),
    }
    login = {
        "issuer": f"{idp}/realms/fjordby",
        "client_id": "laegebro",
        "right": "laegebro-start",
        "subject_claim": "employee_id",
        "role_claim": "title",
        "workplace_claim": "workplace",
        "tenant": str(TENANT),
        "label": "Fjordby Kommune",
    }
    for name, kind, adapter, stanza in (
        ("eoj-fjordby", "eoj", "smart_fhir", smart),
        ("eoj-fjordby-signed", "eoj", "signed_launch", signed),
        ("login-fjordby", "identity", "oidc", login),
    ):
        g.connections.apply(Stanza(name, kind, adapter, TENANT, stanza, synthetic=True), "test", "test", g.clock.now())


def consultation_in(page: httpx.Response) -> str:
    """The consultation's id, from the address or from "til" on the first-time page."""
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(page.url))
    assert found is not None, page.url
    return found.group(0)


def csrf_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found is not None
    return found.group(1)


def introduce(town: Town, http: httpx.Client, page: httpx.Response) -> httpx.Response:
    """The first time she says who she is."""
    fields = {"role": "Sygeplejerske", "workplace": "Hjemmesygeplejen Nord", "phone": "99000101"}
    onward = {"csrf_token": csrf_in(page), "til": words_of(str(page.url)).get("til", "")}
    return town.follow(http, http.post(f"{town.url}/mine-oplysninger", data=fields | onward))


def test_a_smart_launch_lands_on_the_start_page(town: Town) -> None:
    http = town.logged_in_at_eoj()
    first = town.follow(http, town.launch(http, "smart"))
    assert "Fortæl lægen, hvem du er" in first.text
    start = introduce(town, http, first)
    assert start.status_code == 200
    assert "Lægerne Torvet" in start.text and "Samtykke" in start.text
    assert TEST_CPR not in start.text and TEST_CPR not in str(start.url)
    draft = town.world.gateway.store.load(TenantScope(TENANT), UUID(consultation_in(start)))
    assert (draft.status, draft.channel, draft.responsible_name) == (Status.DRAFT, "smart", "Mette Holm")


REGION, REGIONS_CVR = UUID("0192f000-0000-7000-8000-00000000000b"), "99220007"  # whom the flaw names


def test_d13_a_regions_nurse_starts_from_the_municipalitys_record_as_the_regions(town: Town) -> None:
    g = town.world.gateway
    roles = {"roles": [["Sygeplejerske", "licensed"]]}
    place = Workplace(g.ids.new(), "Akutteamet")
    g.organisations.apply_tenant(Tenant(REGION, REGIONS_CVR, "Region Fjord", "region", "", True, roles), [place])
    known = g.connections.present("eoj-fjordby")
    assert known is not None
    config = {**known.config, "organisation_cvr": "99110007", "employers": {REGIONS_CVR: str(REGION)}}
    stanza = Stanza("eoj-fjordby", "eoj", known.adapter, TENANT, config, synthetic=True)
    g.connections.apply(stanza, "test", "test", g.clock.now())
    http = town.logged_in_at_eoj()
    assert http.post(f"{town.eoj}/_sim/launch", json={"flaw": "other-municipality"}).status_code == 204
    page = town.follow(http, town.launch(http, "smart"))
    assert "Region Fjord" in page.text and "Hjemmesygeplejen Nord" not in page.text
    draft = g.store.load(TenantScope(REGION), UUID(consultation_in(page)))
    assert draft.cases[0].eoj_connection == "eoj-fjordby" and draft.cases[0].record_ref == f"Patient/{RECORD}"
    with pytest.raises(NotFound):
        g.store.load(TenantScope(TENANT), draft.id)
    municipal = town.logged_in_at_eoj()
    assert consultation_in(town.follow(municipal, town.launch(municipal, "smart"))) != str(draft.id)


def test_launching_twice_is_one_consultation(town: Town) -> None:
    http = town.logged_in_at_eoj()
    first, second = (town.follow(http, town.launch(http, "smart")) for _ in range(2))
    assert consultation_in(first) == consultation_in(second)


def test_a_login_at_which_the_right_is_gone_ends_what_is_still_open_of_hers(town: Town) -> None:
    g = town.world.gateway
    had = Grant("FJ-1003", "Lone Krogh", "Social- og sundhedshjælper", "Fjordby Kommune", True, "login-fjordby")
    token, _ = g.access.open_employee(TENANT, had, g.clock.now(), id=g.ids.new())
    others = town.world.nurse("Mette Holm").token
    assert town.log_in(browser(), "lone").status_code == 403
    assert g.access.read(token, g.clock.now()) is None
    assert g.access.read(others, g.clock.now()) is not None


def test_d16_without_the_right_all_three_doors_refuse_alike(town: Town) -> None:
    http = town.logged_in_at_eoj("lone")
    refused = [town.follow(http, town.launch(http, "smart")), town.log_in(browser(), "lone")]
    for page in refused:
        assert page.status_code == 403
        assert "Du har ikke adgang til Lægebro" in page.text
    assert town.launch(http, "signed").status_code != 303
    assert town.world.gateway.store.latest_seq() == 0


def redeem(town: Town, http: httpx.Client, address: str) -> httpx.Response:
    code = urlsplit(address).fragment.removeprefix("code=")
    return http.post(f"{town.url}/start", json={"code": code}, headers={"Origin": town.url})


def test_a_signed_launch_gives_an_address_that_works_once(town: Town) -> None:
    http = town.logged_in_at_eoj()
    address = town.launch(http, "signed").headers["location"]
    assert address.startswith(f"{town.url}/start#code=")
    first = redeem(town, http, address)
    assert first.status_code == 200
    page = town.follow(http, http.get(f"{town.url}{first.json()['next']}"))
    assert page.status_code == 200
    again = redeem(town, browser(), address)
    assert again.status_code == 410
    over = browser().get(f"{town.url}{again.json()['next']}")
    assert "Linket er brugt" in over.text and "konsultationen er gemt" in over.text


def test_d06_after_a_used_address_login_finds_the_consultation(town: Town) -> None:
    http = town.logged_in_at_eoj()
    redeem(town, http, town.launch(http, "signed").headers["location"])
    tablet = browser()
    mine = town.log_in(tablet)
    assert mine.status_code == 200
    assert "Mine konsultationer" in mine.text and "Kladde" in mine.text


@pytest.mark.guide(2)
def test_d16_launched_by_smart_at_the_pc_and_found_again_by_login_on_the_tablet(town: Town) -> None:
    office = town.logged_in_at_eoj()
    started = consultation_in(introduce(town, office, town.follow(office, town.launch(office, "smart"))))
    tablet = browser()
    mine = town.log_in(tablet)
    short_id = town.world.gateway.store.load(TenantScope(TENANT), UUID(started)).short_id
    assert f'data-testid="open-{short_id}"' in mine.text
    opened = town.follow(
        tablet, tablet.post(f"{town.url}/konsultation/{started}/aabn", data={"csrf_token": csrf_in(mine)})
    )
    assert consultation_in(opened) == started and "Stil i kø" in opened.text


def test_an_unknown_care_system_is_refused_with_a_way_on(town: Town) -> None:
    page = browser().get(f"{town.url}/launch/smart", params={"iss": "http://elsewhere.localhost/fhir", "launch": "x"})
    assert page.status_code == 403
    assert 'data-testid="to-login"' in page.text


def test_a_no_from_the_care_system_becomes_a_page(town: Town) -> None:
    page = browser().get(f"{town.url}/launch/smart/callback", params={"error": "access_denied", "state": "x"})
    assert page.status_code == 403
    assert "Lægen er ikke kontaktet" in page.text


def test_a_callback_in_another_browser_opens_nothing(town: Town) -> None:
    http = town.logged_in_at_eoj()
    answer = town.launch(http, "smart")
    while "/launch/smart/callback" not in answer.headers.get("location", ""):
        answer = http.get(str(answer.url.join(answer.headers["location"])))
    stolen = browser().get(answer.headers["location"])
    assert stolen.status_code == 410
    assert town.world.gateway.store.latest_seq() == 0
    assert town.follow(http, answer).status_code == 200


def test_a_login_is_a_row_with_how_it_was_proved_and_so_is_one_without_the_right(town: Town) -> None:
    town.log_in(browser())
    town.log_in(browser(), "lone")
    c = audit.c
    query = select(c.verb, c.actor_kind, c.basis, c.tenant).where(c.what == "login").order_by(c.seq)
    with town.world.gateway.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    assert [(verb, kind, tenant) for verb, kind, _, tenant in rows] == [
        ("write", "employee", TENANT),
        ("refused", "employee", TENANT),
    ]
    assert rows[0][2].endswith(": not said how") and rows[1][2].endswith(": without the right")


def audited(town: Town) -> list[str]:
    with town.world.gateway.engine.connect() as connection:
        return list(connection.execute(select(audit.c.what)).scalars())


def test_d17_a_neighbours_number_shows_another_name_and_no_leaves_one_audit_row(town: Town) -> None:
    http = browser()
    mine = town.log_in(http)
    token = csrf_in(mine)
    card = http.post(f"{town.url}/ny/borger", data={"csrf_token": token, "cpr": TEST_CPR})
    assert card.status_code == 200, card.text
    assert "Er det " in card.text and TEST_CPR not in card.text
    assert town.world.gateway.store.latest_seq() == 0
    shown = re.search(r'name="token" value="([^"]+)"', card.text)
    assert shown is not None
    denied = http.post(f"{town.url}/ny/forkert", data={"csrf_token": token, "token": shown.group(1)})
    assert denied.headers["location"] == "/ny"
    late = http.post(f"{town.url}/ny/bekraeft", data={"csrf_token": token, "token": shown.group(1)})
    assert late.headers["location"] == "/ny" and town.world.gateway.store.latest_seq() == 0
    assert audited(town) == ["login", "citizen-search"]
    trail = SqlAuditTrail(town.world.gateway.engine, town.world.gateway.vault).of_citizen(Cpr(TEST_CPR))
    assert [row.what for row in trail] == ["citizen-search"], "and the neighbour can see who looked"


def test_a_confirmed_card_becomes_a_draft(town: Town) -> None:
    http = browser()
    token = csrf_in(town.log_in(http))
    card = http.post(f"{town.url}/ny/borger", data={"csrf_token": token, "cpr": f"{TEST_CPR[:6]}-{TEST_CPR[6:]}"})
    shown = re.search(r'name="token" value="([^"]+)"', card.text)
    assert shown is not None
    page = town.follow(http, http.post(f"{town.url}/ny/bekraeft", data={"csrf_token": token, "token": shown.group(1)}))
    start = introduce(town, http, page)
    assert "Stil i kø" in start.text
    session = http.get(f"{town.url}/api/v1/session").json()
    assert session["kind"] == "employee" and session["consultation"] == consultation_in(start)


def test_a_number_nobody_has_leads_nowhere(town: Town) -> None:
    http = browser()
    token = csrf_in(town.log_in(http))
    page = http.post(f"{town.url}/ny/borger", data={"csrf_token": token, "cpr": "0201919990"})
    assert page.status_code == 422
    assert "Vi finder ingen borger med det nummer" in page.text and "0201919990" not in page.text


@pytest.mark.guide(1)
def test_d05_logging_off_ends_both_sessions_and_the_next_login_asks_again(town: Town) -> None:
    http = browser()
    mine = town.log_in(http)
    leaving = http.post(f"{town.url}/logout", data={"csrf_token": csrf_in(mine)})
    onward = re.search(r"url=([^\"]+)\"", leaving.text)
    assert onward is not None and onward.group(1).startswith(town.idp)
    gone = town.follow(http, http.get(onward.group(1).replace("&amp;", "&")))
    assert "Enheden kan gives videre" in gone.text
    assert http.get(f"{town.url}/").status_code == 303
    again = http.get(f"{town.url}/login/login-fjordby")
    assert words_of(again.headers["location"])["prompt"] == "login"
