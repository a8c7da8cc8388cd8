"""The practice system keeps FHIR's and the Subscriptions Backport's promises, on its screen as on the wire."""

import queue
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, request

from simulators import directory
from simulators.gp.app import GpSettings, gp_app
from tests.support.doors.vendor import Vendor, browser, running

SCOPE = "system/Task.crus system/Subscription.crus"
SYSTEM = "https://laegebro.dk/fhir/CodeSystem"
YDER = "urn:oid:1.2.208.176.1.4"
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
TOPIC = "https://laegebro.dk/fhir/SubscriptionTopic/task-changed"
Json = dict[str, Any]


class Subscriber:
    """The rest-hook endpoint: keeps what arrives, answers as told."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[tuple[str, Json]] = queue.Queue()
        self.answers: list[int] = []
        self.url = ""

    def app(self, url: str) -> Flask:
        self.url = f"{url}/hook"
        app = Flask("subscriber")
        app.add_url_rule("/hook", view_func=self.hook, methods=["POST"])
        return app

    def hook(self) -> Response:
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.arrived.put((request.headers.get("Authorization", ""), request.get_json(force=True)))
        return Response(status=status)

    def next(self) -> Json:
        return self.arrived.get(timeout=60)[1]

    def next_about(self, status: Callable[[Json], bool]) -> Json:
        while not status(found := self.next()):
            pass
        return found


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    there = Subscriber()
    with running("gateway.localhost", there.app):
        yield there


@pytest.fixture
def base(vendor: Vendor) -> Iterator[str]:
    settings = GpSettings(tuple(directory.load().clinics()), client_keys=str(vendor.jwks_file))
    with running("gp.localhost", lambda url: gp_app(url, settings)) as url:
        yield url


@pytest.fixture
def fhir(base: str, vendor: Vendor) -> Iterator[httpx.Client]:
    with vendor.fhir(base, SCOPE) as client:
        yield client


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{SYSTEM}/{system}", "code": code}]}


def task(ydernummer: str = "034835", **changes: Any) -> Json:
    identity = str(uuid.uuid4())
    return {
        "resourceType": "Task",
        "id": identity,
        "contained": [
            {
                "resourceType": "Patient",
                "id": "citizen",
                "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0201609995"}],
                "name": [{"family": "Testmose", "given": ["Børge"]}],
            },
            {
                "resourceType": "PractitionerRole",
                "id": "requester",
                "practitioner": {"display": "Mette Holm"},
                "organization": {"display": "Fjordby Kommune"},
                "code": [{"text": "Sygeplejerske"}],
                "location": [{"display": "Hjemmesygeplejen Nord"}],
                "telecom": [{"system": "phone", "value": "99000101"}],
            },
        ],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"}],
        "status": "requested",
        "intent": "order",
        "code": concept("task", "video-consultation-queue"),
        "for": {"reference": "#citizen"},
        "requester": {"reference": "#requester"},
        "owner": {"identifier": {"system": YDER, "value": ydernummer}, "display": "Lægerne Torvet"},
        "description": "Sår på højre ben",
        "authoredOn": "2026-11-22T10:15:00+01:00",
        "input": [
            {"type": concept("task-input", "participants"), "valueString": "Datter"},
            {"type": concept("task-input", "entry-link"), "valueUrl": "https://gateway.example/entry/1"},
        ],
        **changes,
    }


def placed(fhir: httpx.Client, **changes: Any) -> Json:
    body = task(**changes)
    answer = fhir.put(f"/Task/{body['id']}", json=body, headers={"If-None-Match": "*"})
    assert answer.status_code == 201, answer.text
    stored: Json = answer.json()
    return stored


def moved(fhir: httpx.Client, current: Json, **changes: Any) -> httpx.Response:
    version = f'W/"{current["meta"]["versionId"]}"'
    return fhir.put(f"/Task/{current['id']}", json={**current, **changes}, headers={"If-Match": version})


def at_screen(base: str, username: str = "lise") -> httpx.Client:
    http = browser()
    http.post(f"{base}/login", data={"username": username, "password": "videodemo"})
    return http


def read(fhir: httpx.Client, identity: str) -> Json:
    found: Json = fhir.get(f"/Task/{identity}").raise_for_status().json()
    get_fhir_model_class("Task").model_validate(found)
    return found


def test_a_task_arrives_once_and_is_received(fhir: httpx.Client) -> None:
    stored = placed(fhir)
    assert (stored["status"], stored["meta"]["versionId"]) == ("received", "2")
    again = fhir.put(f"/Task/{stored['id']}", json=task(id=stored["id"]), headers={"If-None-Match": "*"})
    assert again.status_code == 412
    history = fhir.get(f"/Task/{stored['id']}/_history").json()
    get_fhir_model_class("Bundle").model_validate(history)
    assert [each["resource"]["status"] for each in history["entry"]] == ["received", "requested"]


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": {"identifier": {"system": YDER, "value": "090107"}}},
        {"owner": {"identifier": {"system": YDER, "value": "34835"}}},
        {"status": "accepted"},
        {"intent": "proposal"},
        {"code": concept("task", "something-else")},
        {"colour": "red"},
    ],
    ids=["other practice", "zeros lost", "status", "intent", "code", "unknown element"],
)
def test_a_task_that_does_not_fit_is_refused(fhir: httpx.Client, changes: Json) -> None:
    body = task(**changes)
    answer = fhir.put(f"/Task/{body['id']}", json=body)
    assert answer.status_code == 422
    get_fhir_model_class("OperationOutcome").model_validate(answer.json())
    assert fhir.get(f"/Task/{body['id']}").status_code == 404


def test_updates_need_the_right_version_and_a_legal_move(fhir: httpx.Client) -> None:
    stored = placed(fhir)
    assert fhir.put(f"/Task/{stored['id']}", json=stored).status_code == 400
    corrected = moved(fhir, stored, description="Sår på venstre ben")
    assert corrected.status_code == 200
    assert moved(fhir, stored, description="for sent").status_code == 412
    assert moved(fhir, corrected.json(), status="completed").status_code == 422
    cancelled = moved(fhir, corrected.json(), status="cancelled")
    assert cancelled.json()["status"] == "cancelled"
    assert moved(fhir, cancelled.json(), status="received").status_code == 422


def test_a_patch_changes_one_thing(fhir: httpx.Client) -> None:
    stored = placed(fhir)
    headers = {"If-Match": 'W/"2"', "Content-Type": "application/json-patch+json"}
    answer = fhir.patch(
        f"/Task/{stored['id']}",
        json=[{"op": "replace", "path": "/description", "value": "Ny tekst"}],
        headers=headers,
    )
    assert (answer.status_code, answer.json()["description"]) == (200, "Ny tekst")


def test_searching_and_polling_find_what_changed(fhir: httpx.Client) -> None:
    first, second = placed(fhir), placed(fhir, ydernummer="012041")
    by_key = fhir.post("/Task/_search", data={"identifier": first["identifier"][0]["value"]}).json()
    by_owner = fhir.post("/Task/_search", data={"owner:identifier": f"{YDER}|012041"}).json()
    since = first["meta"]["lastUpdated"]
    polled = fhir.get("/Task", params={"_lastUpdated": f"gt{since}", "_sort": "_lastUpdated"}).json()
    get_fhir_model_class("Bundle").model_validate(polled)
    assert [each["resource"]["id"] for each in by_key["entry"]] == [first["id"]]
    assert [each["resource"]["id"] for each in by_owner["entry"]] == [second["id"]]
    assert [each["resource"]["id"] for each in polled["entry"]] == [second["id"]]
    assert fhir.get("/Task", params={"colour": "red"}).status_code == 400


def test_pages_lead_to_the_next(fhir: httpx.Client) -> None:
    placed_ids = [placed(fhir)["id"] for _ in range(3)]
    page = fhir.get("/Task", params={"_count": "2", "_sort": "_lastUpdated"}).json()
    following = fhir.get(page["link"][0]["url"]).json()
    found = [each["resource"]["id"] for each in page["entry"] + following["entry"]]
    assert found == placed_ids and "link" not in following


def test_the_screen_shows_marks_seen_and_accepts(base: str, fhir: httpx.Client) -> None:
    stored = placed(fhir)
    identity = stored["id"]
    screen = at_screen(base)
    page = screen.get(f"{base}/").text
    for words in ("Mette Holm", "Hjemmesygeplejen Nord", "Sår på højre ben", "Børge Testmose", "Datter"):
        assert words in page
    assert "businessStatus" not in read(fhir, identity)
    screen.post(f"{base}/queue/seen", json={"ids": [identity]})
    assert read(fhir, identity)["businessStatus"] == concept("business-status", "seen")
    screen.post(f"{base}/queue/{identity}/accept")
    accepted = read(fhir, identity)
    assert accepted["status"] == "accepted"
    assert {each["type"]["coding"][0]["code"]: each["valueString"] for each in accepted["output"]} == {
        "accepted-by": "Lise Hansen",
        "clinician": "Lise Hansen",
    }
    assert 'href="https://gateway.example/entry/1"' in screen.get(f"{base}/queue/rows").text


def test_a_secretary_accepts_for_a_doctor(base: str, fhir: httpx.Client) -> None:
    identity = placed(fhir)["id"]
    at_screen(base, "gitte").post(f"{base}/queue/{identity}/accept", data={"clinician": "omar"})
    names = [each["valueString"] for each in read(fhir, identity)["output"]]
    assert names == ["Gitte Mørk", "Omar Saleh"]


def test_put_back_keeps_the_task_and_a_rejection_says_why(base: str, fhir: httpx.Client) -> None:
    identity, screen = placed(fhir)["id"], at_screen(base)
    screen.post(f"{base}/queue/{identity}/accept")
    screen.post(f"{base}/queue/{identity}/put-back")
    waiting = read(fhir, identity)
    assert waiting["status"] == "received" and "output" not in waiting
    assert waiting["businessStatus"] == concept("business-status", "put-back")
    screen.post(f"{base}/queue/{identity}/reject", data={"reason": "by-phone", "text": "Ring kl. 12"})
    rejected = read(fhir, identity)
    assert rejected["status"] == "rejected"
    assert rejected["statusReason"]["text"] == "Afvist videokonsultation: Ring kl. 12"
    coding = rejected["statusReason"]["coding"][0]
    assert (coding["code"], coding["display"]) == ("by-phone", "Tages på telefon")


def test_another_clinic_sees_and_changes_nothing(base: str, fhir: httpx.Client) -> None:
    identity, stranger = placed(fhir)["id"], at_screen(base, "peter")
    assert identity not in stranger.get(f"{base}/").text
    assert stranger.post(f"{base}/queue/{identity}/accept").status_code == 404
    assert read(fhir, identity)["status"] == "received"


def test_a_click_on_a_withdrawn_call_is_told_so(base: str, fhir: httpx.Client) -> None:
    stored = placed(fhir)
    moved(fhir, stored, status="cancelled")
    assert at_screen(base).post(f"{base}/queue/{stored['id']}/accept").status_code == 409


def subscription(endpoint: str, **channel: Any) -> Json:
    return {
        "resourceType": "Subscription",
        "id": "sub-1",
        "status": "requested",
        "reason": "queue",
        "criteria": TOPIC,
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": "id-only"}]},
            "header": ["Authorization: Bearer shared-word"],
            **channel,
        },
    }


def parameters(bundle: Json) -> Json:
    """The status Parameters by name, after a check of the backport's rules for the Bundle."""
    get_fhir_model_class("Bundle").model_validate(bundle)
    assert bundle["type"] == "history"
    first = bundle["entry"][0]
    assert first["resource"]["resourceType"] == "Parameters"
    assert first["request"]["method"] == "GET" and first["response"]["status"] == "200"
    found = {each["name"]: each for each in first["resource"]["parameter"]}
    assert {"subscription", "status", "type"} <= set(found)
    assert isinstance(found["events-since-subscription-start"]["valueString"], str)
    return found


def kind_is(kind: str) -> Callable[[Json], bool]:
    return lambda bundle: bool(parameters(bundle)["type"]["valueCode"] == kind)


def test_a_subscription_shakes_hands_and_tells_of_changes(fhir: httpx.Client, subscriber: Subscriber) -> None:
    created = fhir.post("/Subscription", json=subscription(subscriber.url))
    assert created.status_code == 201
    word, handshake = subscriber.arrived.get(timeout=60)
    assert word == "Bearer shared-word"
    assert parameters(handshake)["type"]["valueCode"] == "handshake"
    assert parameters(handshake)["topic"]["valueCanonical"] == TOPIC
    stored = placed(fhir)
    events = [subscriber.next() for _ in range(2)]
    numbers = [parameters(each)["events-since-subscription-start"]["valueString"] for each in events]
    parts = {each["name"]: each for each in parameters(events[0])["notification-event"]["part"]}
    assert parts["event-number"]["valueString"] == "1" and numbers[-1] == "2"
    assert parts["focus"]["valueReference"]["reference"].endswith(f"/Task/{stored['id']}")
    assert "Testmose" not in str(events) and "0201609995" not in str(events)
    status = fhir.get(f"/Subscription/{created.json()['id']}/$status").json()
    assert status["entry"][0]["resource"]["parameter"][-1]["valueString"] == "2"
    assert fhir.get(f"/Subscription/{created.json()['id']}").json()["status"] == "active"


def test_a_notification_is_tried_again_until_it_arrives(fhir: httpx.Client, subscriber: Subscriber) -> None:
    subscriber.answers = [503, 500]
    fhir.put("/Subscription/sub-1", json=subscription(subscriber.url))
    assert kind_is("handshake")(subscriber.next())


def test_a_quiet_subscription_beats(fhir: httpx.Client, subscriber: Subscriber) -> None:
    beat = [{"url": f"{BACKPORT}/backport-heartbeat-period", "valueUnsignedInt": 1}]
    fhir.put("/Subscription/sub-1", json=subscription(subscriber.url, extension=beat))
    assert subscriber.next_about(kind_is("heartbeat"))


def test_a_filter_keeps_other_practices_out(fhir: httpx.Client, subscriber: Subscriber) -> None:
    wanted = subscription(subscriber.url)
    wanted["_criteria"] = {
        "extension": [
            {
                "url": f"{BACKPORT}/backport-filter-criteria",
                "valueString": f"Task?code={SYSTEM}/task|video-consultation-queue&owner:identifier={YDER}|034835",
            }
        ]
    }
    fhir.put("/Subscription/sub-1", json=wanted)
    placed(fhir, ydernummer="012041")
    mine = placed(fhir)
    event = subscriber.next_about(kind_is("event-notification"))
    assert mine["id"] in str(event)


@pytest.mark.parametrize(
    "changes",
    [
        {"criteria": "Task?status=received"},
        {
            "_criteria": {
                "extension": [{"url": f"{BACKPORT}/backport-filter-criteria", "valueString": "Task?colour=red"}]
            }
        },
        {"channel": {"type": "websocket", "endpoint": "http://x.localhost"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://x.localhost", "payload": "application/fhir+json"}},
    ],
    ids=["a query as topic", "unknown filter", "websocket", "no content level"],
)
def test_a_subscription_it_cannot_serve_is_refused(fhir: httpx.Client, changes: Json) -> None:
    answer = fhir.post("/Subscription", json={**subscription("http://x.localhost"), **changes})
    assert answer.status_code == 422
