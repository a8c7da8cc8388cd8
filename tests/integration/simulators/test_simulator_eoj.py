"""The care system keeps SMART App Launch's and FHIR's promises to a stranger, and signs its launches."""

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, request

from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from tests.support.doors.vendor import Vendor, browser, pkce, running, verified_claims, words_of

CPR = "urn:oid:1.2.208.176.1.2"
SYSTEM_SCOPE = "system/Patient.rs system/DocumentReference.cruds system/Encounter.cruds"


class Gateway:
    """What receives the launches: notes what came, answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.status = 201
        self.url = ""

    def app(self, url: str) -> Flask:
        self.url = url
        app = Flask("gateway")
        app.add_url_rule("/api/v1/launches", view_func=self.launches, methods=["POST"])
        return app

    def launches(self) -> Response:
        self.received.append((request.mimetype, request.get_data(as_text=True)))
        bodies = {201: json.dumps({"address": f"{self.url}/start#code=abc"})}
        body = bodies.get(self.status, '{"title": "Afvist", "detail": "Lægen er ikke tilsluttet"}')
        return Response(body, self.status, content_type="application/json")


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    there = Gateway()
    with running("gateway.localhost", there.app):
        yield there


@pytest.fixture
def base(vendor: Vendor, gateway: Gateway) -> Iterator[str]:
    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    settings = EojSettings(gateway.url, organisation, records.load(), client_keys=str(vendor.jwks_file))
    with running("eoj.localhost", lambda url: eoj_app(url, settings)) as url:
        yield url


def logged_in(base: str, username: str = "mette") -> httpx.Client:
    http = browser()
    http.post(f"{base}/login", data={"username": username, "password": "videodemo"})
    return http


def view_of(http: httpx.Client, base: str, record: str) -> str:
    found = re.search(r'name="view" value="([^"]+)"', http.get(f"{base}/records/{record}").text)
    assert found is not None
    return found.group(1)


def smart_launch(http: httpx.Client, base: str, record: str = "r-1001") -> dict[str, str]:
    started = http.post(f"{base}/records/{record}/launch/smart", data={"view": view_of(http, base, record)})
    return words_of(started.headers["location"])


def authorize(http: httpx.Client, base: str, gateway: Gateway, launch: str, **changes: str) -> httpx.Response:
    configuration = http.get(f"{base}/fhir/.well-known/smart-configuration").json()
    query = {
        "response_type": "code",
        "client_id": "laegebro",
        "redirect_uri": f"{gateway.url}/launch/smart/callback",
        "scope": "openid fhirUser launch patient/*.rs user/Practitioner.rs user/Organization.rs",
        "state": "the state",
        "nonce": "the nonce",
        "launch": launch,
        "aud": f"{base}/fhir",
        "code_challenge_method": "S256",
        **changes,
    }
    return http.get(configuration["authorization_endpoint"], params=query)


def redeem(base: str, gateway: Gateway, code: str, verifier: str) -> httpx.Response:
    with browser() as http:
        return http.post(
            f"{base}/auth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": "laegebro",
                "code": code,
                "redirect_uri": f"{gateway.url}/launch/smart/callback",
                "code_verifier": verifier,
            },
        )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_smart_launch_leads_to_patient_user_and_practice(base: str, gateway: Gateway) -> None:
    (verifier, challenge), http = pkce(), logged_in(base)
    words = smart_launch(http, base)
    assert words["iss"] == f"{base}/fhir"
    back = authorize(http, base, gateway, words["launch"], code_challenge=challenge).headers["location"]
    assert back.startswith(f"{gateway.url}/launch/smart/callback?")
    assert words_of(back)["state"] == "the state"
    token = redeem(base, gateway, words_of(back)["code"], verifier).json()
    assert (token["patient"], token["need_patient_banner"]) == ("r-1001", True)
    claims = verified_claims(token["id_token"], http.get(f"{base}/.well-known/jwks.json").json())
    assert (claims["employee_id"], claims["roles"], claims["nonce"]) == (
        "FJ-1001",
        ["laegebro-start"],
        "the nonce",
    )
    patient = http.get(f"{base}/fhir/Patient/r-1001", headers=bearer(token["access_token"])).json()
    assert patient["identifier"][0] == {"use": "official", "system": CPR, "value": "0201609995"}
    practice = patient["generalPractitioner"][0]["reference"]
    organization = http.get(f"{base}/fhir/{practice}", headers=bearer(token["access_token"])).json()
    assert organization["identifier"][0]["value"] == "034835"
    role = http.get(
        f"{base}/fhir/PractitionerRole",
        params={"practitioner": "mette"},
        headers=bearer(token["access_token"]),
    ).json()
    assert role["entry"][0]["resource"]["location"][0]["display"] == "Hjemmesygeplejen Nord"
    other = http.get(f"{base}/fhir/Patient/r-1002", headers=bearer(token["access_token"]))
    assert other.status_code == 403


def test_a_double_click_is_one_launch_and_a_new_page_another(base: str) -> None:
    http = logged_in(base)
    view = view_of(http, base, "r-1001")
    starts = [
        words_of(http.post(f"{base}/records/r-1001/launch/smart", data={"view": view}).headers["location"])
        for _ in range(2)
    ]
    assert starts[0]["launch"] == starts[1]["launch"] != smart_launch(http, base)["launch"]


def test_a_launch_without_a_login_asks_for_one_and_goes_on(base: str, gateway: Gateway) -> None:
    word = smart_launch(logged_in(base), base)["launch"]
    with browser() as http:
        away = authorize(http, base, gateway, word, code_challenge=pkce()[1]).headers["location"]
        assert away.startswith("/login?next=")
        again = http.post(f"{base}{away}", data={"username": "mette", "password": "videodemo"})
        assert "code" in words_of(http.get(f"{base}{again.headers['location']}").headers["location"])


@pytest.mark.parametrize(
    "changes", [{"aud": "http://other.localhost/fhir"}, {"launch": "made up"}, {"code_challenge_method": "plain"}]
)
def test_a_faulty_launch_is_told_to_the_client(base: str, gateway: Gateway, changes: dict[str, str]) -> None:
    http = logged_in(base)
    words = {"launch": smart_launch(http, base)["launch"], "code_challenge": pkce()[1], **changes}
    back = authorize(http, base, gateway, words.pop("launch"), **words).headers["location"]
    assert words_of(back)["error"] == "invalid_request"


def test_a_code_is_refused_with_the_wrong_verifier_and_a_second_time(base: str, gateway: Gateway) -> None:
    (verifier, challenge), http = pkce(), logged_in(base)
    word = smart_launch(http, base)["launch"]
    for tries in (["x" * 60], [verifier, verifier]):
        back = authorize(http, base, gateway, word, code_challenge=challenge).headers["location"]
        answers = [redeem(base, gateway, words_of(back)["code"], each) for each in tries]
        assert answers[-1].json()["error"] == "invalid_grant"


def test_the_signed_launch_is_verifiable_and_sends_the_browser_on(base: str, gateway: Gateway) -> None:
    http = logged_in(base)
    view = view_of(http, base, "r-1001")
    answer = http.post(f"{base}/records/r-1001/launch/signed", data={"view": view})
    assert answer.headers["location"] == f"{gateway.url}/start#code=abc"
    kind, token = gateway.received[0]
    assert kind == "application/jwt"
    claims = verified_claims(token, http.get(f"{base}/.well-known/jwks.json").json())
    assert (claims["iss"], claims["aud"]) == (base, gateway.url)
    assert claims["exp"] - claims["iat"] <= 60 and abs(claims["iat"] - time.time()) < 60
    assert (claims["sub"], claims["roles"], claims["launch_key"]) == ("FJ-1001", ["laegebro-start"], view)
    assert claims["patient"]["identifiers"] == [{"system": CPR, "value": "0201609995"}]
    assert claims["general_practitioner"]["ydernummer"] == "034835"


def test_a_record_without_a_number_is_launched_with_its_agreement(base: str, gateway: Gateway) -> None:
    http = logged_in(base)
    form = {"view": "v", "agreed_with": "Lise Hansen", "agreed_at": "2026-11-23T11:15"}
    http.post(f"{base}/records/r-1008/launch/signed", data=form)
    keys = http.get(f"{base}/.well-known/jwks.json").json()
    claims = verified_claims(gateway.received[0][1], keys)
    assert claims["patient"] == {"reference": "Patient/r-1008"}
    assert claims["agreement"] == {"with": "Lise Hansen", "at": "2026-11-23T11:15:00+01:00"}


def test_a_refused_signed_launch_says_why(base: str, gateway: Gateway) -> None:
    gateway.status = 422
    answer = logged_in(base).post(f"{base}/records/r-1010/launch/signed", data={"view": "v"})
    assert answer.status_code == 502 and "Lægen er ikke tilsluttet" in answer.text


def test_every_resource_is_valid_r4(base: str, vendor: Vendor) -> None:
    with vendor.fhir(base, "system/*.rs") as fhir:
        kinds = ["Practitioner", "PractitionerRole", "Organization"]
        bundles = [fhir.get(f"/{kind}").json() for kind in kinds]
        bundles.append(fhir.post("/Patient/_search", data={"_count": "100"}).json())
        statement = fhir.get("/metadata").json()
    get_fhir_model_class("CapabilityStatement").model_validate(statement)
    for bundle in bundles:
        get_fhir_model_class("Bundle").model_validate(bundle)
        assert bundle["entry"]
    assert len(bundles[-1]["entry"]) == 17


def test_people_are_searched_for_by_post_only(base: str, vendor: Vendor) -> None:
    with vendor.fhir(base, SYSTEM_SCOPE) as fhir:
        found = fhir.post("/Patient/_search", data={"identifier": f"{CPR}|0505159995"}).json()
        nobody = fhir.post("/Patient/_search", data={"identifier": f"{CPR}|0212159995"}).json()
        assert fhir.get("/Patient", params={"identifier": f"{CPR}|0505159995"}).status_code == 405
    assert [each["resource"]["id"] for each in found["entry"]] == ["r-1005"]
    assert nobody["total"] == 0 and "entry" not in nobody


def note(record: str = "r-1001", **changes: Any) -> dict[str, Any]:
    text = base64.b64encode("Aftalt: ny sårpleje".encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": "note-1",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:11111111-1111-4111-8111-111111111111"}],
        "status": "current",
        "subject": {"reference": f"Patient/{record}"},
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": text}}],
        **changes,
    }


def test_a_note_is_filed_once_and_stands_in_the_journal(base: str, vendor: Vendor) -> None:
    with vendor.fhir(base, SYSTEM_SCOPE) as fhir:
        first = fhir.put("/DocumentReference/note-1", json=note(), headers={"If-None-Match": "*"})
        second = fhir.put("/DocumentReference/note-1", json=note(), headers={"If-None-Match": "*"})
        found = fhir.post("/DocumentReference/_search", data={"identifier": note()["identifier"][0]["value"]}).json()
        of_patient = fhir.post("/DocumentReference/_search", data={"patient": "Patient/r-1001"}).json()
        changed = fhir.put(
            "/DocumentReference/note-1", json=note(description="Rettet"), headers={"If-Match": first.headers["etag"]}
        )
        late = fhir.put("/DocumentReference/note-1", json=note(), headers={"If-Match": first.headers["etag"]})
        history = fhir.get("/DocumentReference/note-1/_history").json()
    assert (first.status_code, second.status_code) == (201, 412)
    assert found["total"] == of_patient["total"] == 1
    assert (changed.status_code, late.status_code, history["total"]) == (200, 412, 2)
    page = logged_in(base).get(f"{base}/records/r-1001").text
    assert "Aftalt: ny sårpleje" in page and 'data-version="2"' in page


def test_a_conditional_create_makes_one(base: str, vendor: Vendor) -> None:
    value = note()["identifier"][0]["value"]
    with vendor.fhir(base, SYSTEM_SCOPE) as fhir:
        header = {"If-None-Exist": f"identifier=urn:ietf:rfc:3986|{value}"}
        answers = [fhir.post("/DocumentReference", json=note(), headers=header) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(note(subject={"reference": "Patient/nobody"}), 422), (note(status="finished", colour="red"), 422), ([], 400)],
    ids=["unknown subject", "unknown element", "no resource"],
)
def test_what_is_not_valid_is_refused_without_an_echo(base: str, vendor: Vendor, body: object, status: int) -> None:
    with vendor.fhir(base, SYSTEM_SCOPE) as fhir:
        answer = fhir.put("/DocumentReference/note-1", json=body)
    assert answer.status_code == status
    get_fhir_model_class("OperationOutcome").model_validate(answer.json())
    assert "red" not in answer.text and "nobody" not in answer.text


def test_scopes_and_content_types_are_kept(base: str, vendor: Vendor) -> None:
    with vendor.fhir(base, "system/Patient.rs") as fhir:
        assert fhir.put("/DocumentReference/note-1", json=note()).status_code == 403
        assert fhir.get("/Patient/r-1001", headers={"Authorization": ""}).status_code == 401
        assert fhir.put("/Patient/r-1001", json={}).status_code == 404
    with vendor.fhir(base, SYSTEM_SCOPE) as fhir:
        answer = fhir.put("/DocumentReference/note-1", content=b"x", headers={"Content-Type": "text/plain"})
        assert answer.status_code == 415
        big = fhir.put("/DocumentReference/note-1", json={"text": "x" * 1_100_000})
        assert big.status_code == 413


def test_an_assertion_is_accepted_once(base: str, vendor: Vendor) -> None:
    assertion = vendor.assertion(f"{base}/auth/token")
    answers = [vendor.ask_for_token(base, SYSTEM_SCOPE, assertion) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 401]
    assert answers[0].headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://other.localhost/auth/token"},
        {"exp": int(time.time()) + 4000},
        {"exp": int(time.time()) - 400},
        {"sub": "another"},
        {"iss": "stranger", "sub": "stranger"},
        {"jti": None},
    ],
    ids=["wrong audience", "too long", "expired", "sub differs", "unknown client", "no jti"],
)
def test_a_faulty_assertion_is_refused(base: str, vendor: Vendor, changes: dict[str, Any]) -> None:
    answer = vendor.ask_for_token(base, SYSTEM_SCOPE, vendor.assertion(f"{base}/auth/token", **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_stranger_with_another_key_is_refused(base: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    answer = Vendor(tmp_path / "other").ask_for_token(base, SYSTEM_SCOPE)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_public_client_gets_no_system_token(base: str) -> None:
    with browser() as http:
        form = {"grant_type": "client_credentials", "client_id": "laegebro", "scope": SYSTEM_SCOPE}
        assert http.post(f"{base}/auth/token", data=form).status_code == 401
