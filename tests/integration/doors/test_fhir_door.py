"""Our FHIR door over a real socket: a practice's system fetches its queue and acts, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.contract import samples
from adapters.wire.task.claims import claims_of, entry_id_of
from adapters.wire.task.words import BUSINESS, ENTRY, REJECT_REASON, TASK_CODE, URI, VIDEO_QUEUE, Json
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.identifiers import YDERNUMMER_SYSTEM
from gateway.domain.peers.delivery import delivery_key
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from simulators import wire
from tests.support.consultations import CITIZENS, ELSEWHERE, REASON, SECOND
from tests.support.doors.fhir_world import ES, HAVNEN, RS, FhirWorld, Vendor, accepted, output, public, served
from tests.support.processes.relaying import until

REJECTED = {"coding": [{"system": REJECT_REASON, "code": "not-our-patient"}], "text": "Afvist videokonsultation"}
OTHER = {"coding": [{"system": REJECT_REASON, "code": "other", "display": "Andet"}]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FhirWorld]:
    with served(tmp_path_factory.mktemp("fhir"), sqlite_template) as made:
        yield made


@pytest.fixture(scope="module")
def vendor(world: FhirWorld) -> Vendor:
    return Vendor(world)


@pytest.fixture(scope="module")
def neighbour(world: FhirWorld) -> Vendor:
    return Vendor(world, RS)


def valid(answer: httpx.Response, status: int = 200) -> Json:
    """Every answer is a valid R4 resource, and says so."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/fhir+json"
    resource: Json = answer.json()
    get_fhir_model_class(resource["resourceType"]).model_validate(answer.json())
    return resource


def refused(answer: httpx.Response, status: int, element: str = "") -> Json:
    outcome = valid(answer, status)
    assert outcome["resourceType"] == "OperationOutcome"
    assert samples.TEST_CPR not in answer.text and CITIZENS[0][0] not in answer.text
    issue: Json = outcome["issue"][0]
    assert not element or issue["expression"] == [element]
    return issue


def test_what_is_fetched_is_received_and_looked_at_is_written_down(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    assert world.row(entry).received_at is None
    before = audits(world)
    answer = vendor.http.get(f"/Task/{entry}")
    task = valid(answer)
    assert (task["status"], task["description"]) == ("received", REASON)
    assert answer.headers["ETag"] == f'W/"{task["meta"]["versionId"]}"'
    assert task["contained"][0]["identifier"][0]["value"] == CITIZENS[0][0]
    assert world.row(entry).received_at is not None
    assert audits(world)[len(before) :] == [("read", "fhir-task", "fhir", "torvet-pull")]
    assert claims_of(task, "torvet-pull", world.gateway.clock.now()) == [], "our own words claim nothing"


def audits(world: FhirWorld) -> list[tuple[str, ...]]:
    table = metadata.tables["audit"]
    columns = (table.c.verb, table.c.what, table.c.channel, table.c.actor_id)
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as db:
        return [tuple(row) for row in db.execute(table.select().with_only_columns(*columns).order_by(table.c.seq))]


def test_accept_put_back_seen_and_reject(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    seen = {**vendor.task(entry), "businessStatus": {"coding": [{"system": BUSINESS, "code": "seen"}]}}
    task = valid(vendor.put(seen))
    assert world.row(entry).seen_at is not None
    before = audits(world)
    task = valid(vendor.put(accepted(task)))
    row = world.row(entry)
    assert (row.status, row.accepted_name, task["status"]) == (EntryStatus.ACCEPTED, "Lise Hansen", "accepted")
    assert row.accepted_by.startswith("torvet-pull:")
    assert audits(world)[len(before) :] == [("write", "fhir-task-update", "fhir", row.accepted_by)]
    named = {**task, "output": [*task["output"], output("clinician", "Karen Holm")]}
    task = valid(vendor.put(named))
    assert world.row(entry).clinician == "Karen Holm"
    del task["businessStatus"], task["output"]
    task = valid(vendor.put({**task, "status": "received"}))
    assert world.row(entry).status is EntryStatus.RECEIVED
    task = valid(vendor.put({**task, "status": "rejected", "statusReason": REJECTED}))
    row = world.row(entry)
    assert (row.status, row.ended_reason) == (EntryStatus.REJECTED, RejectReason.NOT_OUR_PATIENT)
    assert task["status"] == "rejected"


def test_our_own_client_for_other_servers_can_be_the_client(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    server = vendor.fhir()
    stored = server.find(entry)
    assert stored is not None and not server.abilities("Task").update_create
    assert entry in [entry_id_of(task) for task in server.changed_since("2020-01-01T00:00:00Z")]
    assert server.newest()[0]["id"] == str(entry)
    replaced = server.replace(accepted(stored.resource), stored.etag)
    assert replaced is not None and replaced.resource["status"] == "accepted"
    assert server.replace(accepted(stored.resource, "Bo Berg", "u-2"), stored.etag) is None, "412: look again"


def test_one_winner_and_the_loser_is_told_who(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    task = vendor.task(entry)
    claims = [accepted(task, f"Kliniker {n}", f"u-{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(vendor.put, claims))
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412]
    winner = world.row(entry).accepted_name
    assert all(winner in refused(a, 412)["diagnostics"] for a in answers if a.status_code == 412)
    late = refused(vendor.put(accepted(vendor.task(entry), "Bo Berg", "u-9")), 409)
    assert winner in late["diagnostics"]
    assert world.history(entry).count("accepted") == 1


def test_a_version_must_be_named(world: FhirWorld, vendor: Vendor) -> None:
    task = vendor.task(world.entry())
    refused(vendor.put(accepted(task), version=None), 400)
    refused(vendor.put(accepted(task), version='W/"1"'), 412)
    refused(vendor.put(accepted(task), version="yesterday"), 412)


def test_a_repeated_accept_changes_nothing(world: FhirWorld, vendor: Vendor) -> None:
    """After a lost answer the client reads again, sees its own name, and may say so again."""
    entry = world.entry()
    valid(vendor.put(accepted(vendor.task(entry))))
    task = vendor.task(entry)
    assert valid(vendor.put(task))["meta"] == task["meta"]
    assert valid(vendor.put(accepted(task)))["meta"] == task["meta"]


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"description": "Noget helt andet"}, "Task.description"),
        ({"owner": {"display": "Andre"}}, "Task.owner"),
        ({"priority": "stat"}, "Task.priority"),
        ({"status": "completed"}, "Task.status"),
        ({"status": "cancelled"}, "Task.status"),
        ({"status": "accepted"}, "Task.output"),
        ({"output": [output("colour", "blå")]}, "Task.output[0]"),
        ({"status": "accepted", "output": [output("accepted-by", "Bo\u0007")]}, "Task.output[0]"),
        ({"statusReason": REJECTED}, "Task.statusReason"),
        ({"status": "rejected", "statusReason": {"text": "nej"}}, "Task.statusReason"),
        ({"status": "rejected", "statusReason": OTHER}, "Task.statusReason.text"),
        (
            {"status": "rejected", "statusReason": OTHER | {"text": " "}, "note": [{"text": ""}]},
            "Task.statusReason.text",
        ),
        ({"businessStatus": {"coding": [{"system": BUSINESS, "code": "calling"}]}}, "Task.businessStatus"),
    ],
)
def test_what_is_not_the_practices_to_change_is_refused_by_name(
    world: FhirWorld, vendor: Vendor, change: Json, element: str
) -> None:
    entry = world.entry()
    refused(vendor.put({**vendor.task(entry), **change}), 422, element)
    assert world.row(entry).status is EntryStatus.RECEIVED


def test_another_practices_task_does_not_exist(world: FhirWorld, vendor: Vendor, neighbour: Vendor) -> None:
    ours, theirs = world.entry(), world.entry(ELSEWHERE, HAVNEN)
    task = vendor.task(ours)
    refused(neighbour.http.get(f"/Task/{ours}"), 404)
    refused(neighbour.put(accepted(task)), 404)
    assert vendor.http.get("/Task", params={"_id": str(theirs)}).json()["total"] == 0
    found = valid(neighbour.http.get("/Task"))
    assert str(ours) not in str(found) and str(theirs) in str(found)
    refused(vendor.http.get("/Task/not-an-id"), 404)


def test_searches_find_what_they_say(world: FhirWorld, vendor: Vendor) -> None:
    entry = world.entry()
    consultation = world.gateway.store.load_by_entry(SystemScope(), entry)
    key = delivery_key(consultation.id, DebtKind.ENQUEUE, entry, 1)
    changed = vendor.task(entry)["meta"]["lastUpdated"]
    finding = [
        {"identifier": f"{ENTRY}|{entry}"},
        {"identifier": f"{URI}|urn:uuid:{key}"},
        {"_id": str(entry), "status": "received,accepted", "code": f"{TASK_CODE}|{VIDEO_QUEUE}"},
        {"_lastUpdated": f"ge{changed}", "owner:identifier": f"{YDERNUMMER_SYSTEM}|12345"},
    ]
    for parameters in finding:
        assert ids(valid(vendor.http.get("/Task", params=parameters))) == [str(entry)], parameters
    missing = [
        {"_lastUpdated": f"gt{changed}"},
        {"_id": str(entry), "status": "rejected"},
        {"_id": str(entry), "code": "other"},
        {"_id": str(entry), "owner:identifier": f"{YDERNUMMER_SYSTEM}|099999"},
    ]
    for parameters in missing:
        assert ids(valid(vendor.http.get("/Task", params=parameters))) == [], parameters
    form = vendor.http.post("/Task/_search", data={"_id": str(entry)})
    assert ids(valid(form)) == [str(entry)]


def ids(bundle: Json) -> list[str]:
    return [each["resource"]["id"] for each in bundle.get("entry", [])]


@pytest.mark.parametrize("sort", ["_lastUpdated", "-_lastUpdated"])
def test_pages_follow_each_other(world: FhirWorld, vendor: Vendor, sort: str) -> None:
    made = [str(world.entry()) for _ in range(5)]
    for entry in made:
        vendor.http.get(f"/Task/{entry}").raise_for_status()
    address = f"/Task?_id={','.join(made)}&_count=2&_sort={sort}"
    found: list[str] = []
    while address:
        bundle = valid(vendor.http.get(address))
        assert bundle["total"] == 5 and len(bundle["entry"]) <= 2
        found += ids(bundle)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        address = links.get("next", "")
    assert found == (made if sort == "_lastUpdated" else made[::-1])


def test_what_cannot_be_read_is_refused_by_name(vendor: Vendor) -> None:
    for query, parameter in (
        ("patient.identifier=2512489996", "patient.identifier"),
        ("_lastUpdated=yesterday", "_lastUpdated"),
        ("_lastUpdated=gt2026-99-99", "_lastUpdated"),
        ("status=", "status"),
        ("_count=many", "_count"),
        ("_page=xyz", "_page"),
        ("_sort=name", "_sort"),
        ("_count=1&_count=2", "_count"),
        ("_summary=some", "_summary"),
    ):
        issue = refused(vendor.http.get(f"/Task?{query}"), 400)
        assert issue.get("expression", [parameter]) == [parameter], query


def test_the_door_speaks_json_and_says_what_it_can(world: FhirWorld, vendor: Vendor) -> None:
    bare = wire.client(60, world.base)
    statement = valid(bare.get("/metadata"))
    assert [each["type"] for each in statement["rest"][0]["resource"]] == ["Task", "Subscription"]
    smart = bare.get("/.well-known/smart-configuration").json()
    assert smart["token_endpoint"] == f"{world.base}/token"
    person = bare.get("/authorize", params={"response_type": "code"})
    assert (person.status_code, person.json()) == (400, {"error": "unsupported_response_type"})
    refused(bare.get("/metadata", headers={"Accept": "application/fhir+xml"}), 406)
    refused(bare.get("/metadata", params={"_format": "xml"}), 406)
    refused(bare.get("/Patient"), 404)
    answer = bare.post("/Task", json={})
    assert refused(answer, 405) and answer.headers["Allow"] == "GET, PUT"
    task = vendor.task(world.entry())
    refused(vendor.http.put(f"/Task/{task['id']}", content="{}", headers={"Content-Type": "text/plain"}), 415)
    headers = {"Content-Type": "application/fhir+json", "If-Match": 'W/"2"'}
    refused(vendor.http.put(f"/Task/{task['id']}", content=b"x" * 300_000, headers=headers), 413)
    refused(vendor.http.put(f"/Task/{task['id']}", content=b"x" * 1_100_000, headers=headers), 413)


def test_without_a_token_or_its_scope_nothing_is_shown(world: FhirWorld) -> None:
    entry = world.entry()
    bare = wire.client(60, world.base)
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eA=="}):
        answer = bare.get(f"/Task/{entry}", headers=headers)
        assert refused(answer, 401) and answer.headers["WWW-Authenticate"] == "Bearer"
    reader = Vendor(world, scope="system/Task.rs")
    assert reader.token["scope"] == "system/Task.rs"
    refused(reader.put(accepted(reader.task(entry))), 403)
    refused(reader.http.get("/Subscription"), 403)


def test_a_paused_connection_is_out_at_once(world: FhirWorld) -> None:
    world.connect("third-pull", SECOND, {"client_id": "havnen-client-2", "jwks": public(ES)})
    assertion = world.assertion(iss="havnen-client-2", sub="havnen-client-2")
    http = wire.client(60, world.base)
    token = http.post("/token", data=world.form(assertion)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    valid(http.get("/Task", headers=headers))
    world.gateway.connections.pause("third-pull", "t", "t", world.gateway.clock.now())
    other = wire.client(60, world.base)
    until("the pause is noticed", lambda: other.get("/Task", headers=headers).status_code == 401)


def test_nothing_of_a_citizen_stands_in_an_address(world: FhirWorld, vendor: Vendor) -> None:
    bundle = valid(vendor.http.get("/Task", params={"_count": "3"}))
    addresses = str(bundle["link"]) + str([each["fullUrl"] for each in bundle["entry"]])
    assert CITIZENS[0][0] not in addresses and CITIZENS[0][1].split()[0] not in addresses
