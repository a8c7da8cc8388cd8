"""Nexus as it may be, and as it must never be believed: other origins, other citizens, forms that changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.nexus import Adapter, Settings
from gateway.certify.eoj.nexus import Bench, nexus_system
from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.identifiers import Cpr
from tests.support.peers.scripted_peer import Asked, Reply, ScriptedPeer, scripted_peer

KARLA, HIDDEN, NOBODY = Cpr("0201609996"), Cpr("1502779995"), Cpr("3101229995")
SUBJECT = notes.Subject("Patient/1002", notes.KARLA.citizen)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with nexus_system(tmp_path_factory.mktemp("nexus")) as found:
        made = Bench(*found)
        yield made
        made.close()


@pytest.fixture(autouse=True)
def afresh(request: pytest.FixtureRequest) -> None:
    if "nexus" in request.fixturenames:
        request.getfixturevalue("nexus").hand.post("/_sim/reset")


def code_of(act: Any, *arguments: Any) -> tuple[type[PeerError], str]:
    with pytest.raises(PeerError) as met:
        act(*arguments)
    return type(met.value), str(met.value.args[1])


def test_no_access_is_not_unknown(nexus: Bench) -> None:
    assert code_of(nexus.system.find_citizen, HIDDEN) == (PeerRefused, "no-access")
    assert nexus.system.find_citizen(NOBODY) is None


def test_a_note_lies_under_the_pathway_that_is_named(nexus: Bench) -> None:
    placed = nexus.connected(nexus.address, form={"placement": "Sundhedsfagligt grundforløb / Sygepleje"})
    message = notes.message(SUBJECT)
    placed.file_note(message)
    assert placed.read_back(message) is not None
    assert [each["pathway"] for each in nexus.hand.get("/_sim/forms").json()] == [32]
    for missing in ("Lukket forløb", "Sygepleje"):
        closed = nexus.connected(nexus.address, form={"placement": missing})
        assert code_of(closed.file_note, notes.message(SUBJECT)) == (PeerRefused, "no-such-placement")
        closed.close()
    placed.close()


def test_a_correction_is_a_revision_of_the_same_form(nexus: Bench) -> None:
    first = notes.message(SUBJECT)
    filed = nexus.system.file_note(first)
    second = notes.later(first, "Recept er sendt.")
    assert nexus.system.file_note(second).reference == filed.reference
    forms = nexus.hand.get("/_sim/forms").json()
    assert len(forms) == 1 and len(forms[0]["keys"]) == 2
    assert nexus.system.file_note(first).replayed, "the former version comes late and changes nothing"
    assert nexus.system.read_back(first) is None and nexus.system.read_back(second) is not None


def test_a_note_is_read_back_by_its_newest_forms_however_many_the_record_holds(nexus: Bench) -> None:
    several = [notes.message(SUBJECT) for _ in range(4)]
    for each in several:
        nexus.system.file_note(replace(each, may_be_there=False))
    references = [nexus.system.read_back(each) for each in several]
    assert len({each.reference for each in references if each is not None}) == 4
    later = notes.message(SUBJECT, replace(notes.APPROVED, created_at=datetime.now(UTC) + timedelta(days=3)))
    assert nexus.system.probe(later) is None


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": "Findes ikke"}, "no-such-form"),
        ({"create": "Findes ikke"}, "no-such-action"),
        ({"text": "Findes ikke"}, "no-such-field"),
        ({"fixed": {"Kontaktform": "Findes ikke"}}, "no-such-choice"),
    ],
)
def test_a_form_that_was_changed_there_is_said_by_name(nexus: Bench, form: dict[str, Any], code: str) -> None:
    changed = nexus.connected(nexus.address, form=form)
    assert code_of(changed.file_note, notes.message(SUBJECT)) == (PeerRefused, code)
    assert nexus.hand.get("/_sim/forms").json() == []
    changed.close()


def test_a_list_is_filled_by_one_of_its_choices(nexus: Bench) -> None:
    choosing = nexus.connected(nexus.address, form={"fixed": {"Kontaktform": "Skærmbesøg"}})
    assert choosing.file_note(notes.message(SUBJECT)).reference
    choosing.close()


def test_a_record_without_a_number_is_said_at_once(nexus: Bench) -> None:
    unnumbered = notes.Subject("Patient/1008", notes.KARLA.citizen.__class__(None, "Uden Nummer"))
    assert code_of(nexus.system.file_note, notes.message(unnumbered)) == (PeerCannot, "citizen-without-number")


def test_another_record_than_the_number_s_takes_no_note(nexus: Bench) -> None:
    mixed = notes.Subject("Patient/1003", notes.KARLA.citizen)
    assert code_of(nexus.system.file_note, notes.message(mixed)) == (PeerRefused, "other-citizen")
    assert nexus.hand.get("/_sim/forms").json() == []


def test_a_wrong_secret_makes_the_connection_ill(nexus: Bench) -> None:
    stranger = Adapter("nexus-fjordby", nexus.system.settings, lambda _: "wrong")
    assert code_of(stranger.find_citizen, KARLA)[0] is PeerIll
    stranger.close()


# --- a peer that is not what it says ----------------------------------------------------------------------------------


def adapter_at(url: str) -> Adapter:
    settings = Settings.model_validate(
        {
            "base_url": f"{url}/api/v2/",
            "token_url": f"{url}/token",
            "client_id": "laegebro",
            "client_secret": "env:SECRET",
            "tenant": "0192f000-0000-7000-8000-00000000c0de",
        }
    )
    return Adapter("nexus", settings, lambda _: "secret")


def hostile(peer: ScriptedPeer, search: Any, found: Reply) -> Adapter:
    """Home names ``search`` as the link to citizens, which answers ``found``."""

    def script(asked: Asked) -> Reply:
        if asked.path == "/token":
            return Reply.json({"access_token": "t0k3n", "token_type": "Bearer", "expires_in": 300})
        if asked.path == "/api/v2/":
            return Reply.json({"_links": {"patientDetailsSearch": search}})
        return found

    peer.script = script
    return adapter_at(peer.url)


def patient(**more: Any) -> Reply:
    told = {"id": 1002, "fullName": "Karla Testmose", "patientIdentifier": {"identifier": "020160-9996"}, **more}
    return Reply.json({"isPatientAccessible": True, "patient": told})


@pytest.mark.parametrize(
    "href",
    [
        "http://other.localhost:{port}/api/v2/search",
        "http://peer.localhost:{port}@other.localhost/search",
        "//other.localhost:{port}/search",
        "https://peer.localhost:{port}/search",
        "http://peer.localhost:{port}.other.localhost/search",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_no_link_leads_away_from_the_configured_origin(href: str) -> None:
    with scripted_peer() as peer, scripted_peer() as other:
        adapter = hostile(peer, {"href": href.replace("{port}", str(other.port))}, patient())
        with pytest.raises(PeerError):
            adapter.find_citizen(KARLA)
        assert other.asked == [], "the number and our token went elsewhere"
        assert all(b"0201609996" not in each.body and b"020160-9996" not in each.body for each in other.asked)
        adapter.close()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (patient(patientIdentifier={"identifier": "020160-9995"}), (PeerRefused, "other-citizen")),
        (patient(patientIdentifier=None), (PeerRefused, "other-citizen")),
        (patient(patientState={"name": "Kladde"}), (PeerRefused, "draft-record")),
        (Reply.json({"isPatientAccessible": False}), (PeerRefused, "no-access")),
        (Reply.json({"isPatientAccessible": True, "patient": []}), (PeerUnclear, "invalid-answer")),
        (Reply.json([]), (PeerUnclear, "invalid-answer")),
        (Reply(200, b"<html></html>", {"Content-Type": "text/html"}), (PeerUnclear, "invalid-answer")),
        (Reply(302, b"", {"Location": "http://other.localhost/"}), (PeerIll, "http-302")),
        (Reply(423, b""), (PeerBusy, "http-423")),
    ],
)
def test_what_is_no_answer_about_her_is_none(found: Reply, expected: tuple[type[PeerError], str]) -> None:
    with scripted_peer() as peer:
        adapter = hostile(peer, {"href": "search"}, found)
        assert code_of(adapter.find_citizen, KARLA) == expected
        adapter.close()


@pytest.mark.parametrize("identifier", ["020160-9996", {"identifier": "0201609996"}, {"identifier": "020160-9996"}])
def test_a_number_is_known_in_every_shape(identifier: Any) -> None:
    with scripted_peer() as peer:
        adapter = hostile(peer, {"href": "/api/v2/x/search"}, patient(patientIdentifier=identifier))
        found = adapter.find_citizen(KARLA)
        assert found is not None and found.record_ref == "Patient/1002" and found.citizen.name == "Karla Testmose"
        asked = json.loads(peer.asked[-1].body)
        assert asked == {"businessKey": "020160-9996", "keyType": "CPR"}
        assert not any("0201609996" in path or "020160-9996" in path for path in peer.paths())
        adapter.close()


def test_a_link_that_our_user_may_not_follow_makes_the_connection_ill() -> None:
    with scripted_peer() as peer:
        adapter = hostile(peer, None, patient())
        assert code_of(adapter.find_citizen, KARLA) == (PeerIll, "no-link-patientDetailsSearch")
        adapter.close()


def test_the_simulator_refuses_what_its_forms_do_not_hold(nexus: Bench) -> None:
    """It is no rubber stamp: an address without its word, a number without its hyphen, a field that is none."""
    with httpx.Client(base_url=nexus.local, trust_env=False) as http:
        token = http.post(
            "/authx/realms/fjordby/protocol/openid-connect/token",
            data={"grant_type": "client_credentials", "client_secret": nexus._secret},
        ).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        home = http.get("/api/core/mobile/fjordby/v2/").json()
        search = home["_links"]["patientDetailsSearch"]["href"].replace(nexus.address, nexus.local)
        assert http.post(search, json={"businessKey": "0201609996", "keyType": "CPR"}).status_code == 422
        assert http.get("/api/core/mobile/fjordby/v2/patients/1002").status_code == 404
        assert http.post(search, json={"businessKey": "020160-9996", "keyType": "CPR"}, headers={
            "Authorization": "Bearer x"}).status_code == 401  # fmt: skip
