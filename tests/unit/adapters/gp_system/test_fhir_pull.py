"""``fhir_pull``: our row as a Task that can be fetched, and what a practice says by putting it back."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import TypeAdapter, ValidationError

from adapters.contract import samples
from adapters.gp_system import fhir_pull
from adapters.gp_system.fhir_pull import Settings
from adapters.gp_system.fhir_pull.acts import acts_in
from adapters.gp_system.fhir_pull.capability import capability_statement, smart_configuration
from adapters.gp_system.fhir_pull.mapping import standing_task
from adapters.gp_system.fhir_pull.notification import notification, status_searchset
from adapters.gp_system.fhir_pull.scopes import granted, permits
from adapters.gp_system.fhir_pull.subscription import asked_for, resource_of
from adapters.gp_system.fhir_pull.unfit import Unfit
from adapters.gp_system.fhir_r4.subscription import subscription as our_own_wish
from adapters.wire.fhir import is_valid
from adapters.wire.task.claims import claims_of
from adapters.wire.task.words import BUSINESS, REJECT_REASON, STATUS, TAKEN, Json
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.peers.messages import EntryMessage, PeerVerb
from gateway.domain.peers.subscription import PAUSES, Subscription, SubscriptionEvent, SubscriptionStatus

EXAMPLES = Path(fhir_pull.__file__).parent / "examples"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASE = "https://laegebro.example/fhir/r4"
PEER = "torvet-pull"
KEY = {"keys": [{**ECKey.generate_key("P-384").as_dict(private=False), "kid": "1"}]}
AGREED = Settings(client_id="c", jwks=KEY, endpoints=("https://practice.example/notify",))
SUBSCRIPTION = Subscription(
    UUID("0192f000-0000-7000-8000-00000000f001"),
    PEER,
    SubscriptionStatus.ACTIVE,
    "https://practice.example/notify",
    ("Authorization: Bearer ...",),
    60,
    5,
    20,
    True,
    NOW,
    version=2,
    events=2,
    sent=1,
)
EVENT = SubscriptionEvent(2, UUID("0192f000-0000-7000-8000-00000000e001"), NOW)


def valid(resource: Json) -> Json:
    get_fhir_model_class(resource["resourceType"]).model_validate(deepcopy(resource))
    return resource


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("said", sorted(EXAMPLES.glob("*.message.json")), ids=lambda path: path.name)
def test_a_row_is_exactly_this_task(said: Path) -> None:
    message = TypeAdapter(EntryMessage).validate_json(said.read_bytes())
    assert valid(standing_task(message, 7, NOW)) == example(said.name.replace(".message.", ".task."))


def test_what_is_said_beside_tasks_is_exactly_this() -> None:
    assert valid(resource_of(SUBSCRIPTION)) == example("subscription.json")
    assert valid(notification(BASE, SUBSCRIPTION, "event-notification", [EVENT], NOW)) == example("notification.json")
    assert valid(capability_statement(BASE)) == example("capability-statement.json")
    valid(status_searchset(BASE, SUBSCRIPTION))


def test_both_documents_name_one_address_for_tokens() -> None:
    """A library asks for both at once and believes the first answer."""
    (uris,) = capability_statement(BASE)["rest"][0]["security"]["extension"]
    named = {each["url"]: each["valueUri"] for each in uris["extension"]}
    assert named == {"authorize": f"{BASE}/authorize", "token": smart_configuration(BASE)["token_endpoint"]}


def standing(status: EntryStatus, **fields: Any) -> EntryMessage:
    entry = samples.entry("034835", NOW, status=status, received_at=NOW, **fields)
    return samples.message("034835", entry=entry)


def task_of(status: EntryStatus, **fields: Any) -> Json:
    return valid(standing_task(standing(status, **fields), 3, NOW))


TAKEN_BY = {"accepted_by": "idp:1", "accepted_name": "Lise Hansen", "clinician": "Karen Holm"}


@pytest.mark.parametrize("status", EntryStatus)
@pytest.mark.parametrize("seen", [None, NOW])
@pytest.mark.parametrize("taken", [{}, TAKEN_BY], ids=["", "taken"])
def test_in_every_state_our_own_words_claim_nothing(
    status: EntryStatus, seen: datetime | None, taken: dict[str, str]
) -> None:
    task = task_of(status, seen_at=seen, **taken)
    assert task["status"] == STATUS[status]
    assert claims_of(task, PEER, NOW) == []
    assert acts_in(task, task, PEER, NOW) == []


def test_the_wrong_citizen_is_in_no_task() -> None:
    message = standing(EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    said = json.dumps(standing_task(replace(message, citizen=None, reason=""), 3, NOW))
    assert samples.TEST_CPR not in said and "Sår på" not in said


def test_who_accepts_is_the_same_person_however_often_she_says_it() -> None:
    task = task_of(EntryStatus.RECEIVED)
    by = {"type": {"coding": [{"system": "https://laegebro.dk/fhir/CodeSystem/task-output", "code": "accepted-by"}]}}
    [claim] = acts_in({**task, "status": "accepted", "output": [{**by, "valueString": "Lise Hansen"}]}, task, PEER, NOW)
    assert (claim.verb, claim.who) == (PeerVerb.ACCEPT, "Lise Hansen")
    taken = task_of(EntryStatus.ACCEPTED, accepted_by=claim.who_id, accepted_name="Lise Hansen")
    assert acts_in(taken, taken, PEER, NOW) == []


def test_a_rejection_carries_reason_and_text() -> None:
    task = task_of(EntryStatus.RECEIVED)
    reason = {"coding": [{"system": REJECT_REASON, "code": "by-phone"}], "text": "Ring til os"}
    [claim] = acts_in({**task, "status": "rejected", "statusReason": reason}, task, PEER, NOW)
    assert (claim.verb, claim.reason, claim.text) == (PeerVerb.REJECT, RejectReason.BY_PHONE, "Ring til os")


def test_what_has_ended_is_changed_by_nobody() -> None:
    task = task_of(EntryStatus.EXPIRED)
    with pytest.raises(Unfit) as refused:
        acts_in({**task, "status": "accepted"}, task, PEER, NOW)
    assert (refused.value.status, refused.value.element) == (409, "Task.status")


def test_what_is_free_may_be_anything() -> None:
    task = task_of(EntryStatus.RECEIVED)
    put = {**task, "note": [{"text": "Ring først"}], "text": {"status": "generated"}, "lastModified": "2026-11-23"}
    assert acts_in({name: value for name, value in put.items() if name != "meta"}, task, PEER, NOW) == []


def test_laying_back_names_nobody_any_more() -> None:
    task = task_of(EntryStatus.ACCEPTED, accepted_by=f"{PEER}:1", accepted_name="Lise Hansen")
    assert task["status"] in TAKEN
    back = {name: value for name, value in task.items() if name not in ("output", "businessStatus")}
    put_back = {"coding": [{"system": BUSINESS, "code": "put-back"}]}
    for put in (back, {**back, "businessStatus": put_back}):
        assert [c.verb for c in acts_in({**put, "status": "received"}, task, PEER, NOW)] == [PeerVerb.PUT_BACK]


@pytest.mark.parametrize(
    ("asked", "allowed", "got"),
    [
        ("", "system/Task.rus", "system/Task.rus"),
        ("system/*.*", "system/Task.rs", "system/Task.rs"),
        ("system/Task.read", "system/Task.rus", "system/Task.rs"),
        ("system/Task.d user/Task.r openid", "system/Task.rus", ""),
        ("system/Subscription.cr system/Task.u", "system/*.ru", "system/Task.u system/Subscription.r"),
    ],
)
def test_a_scope_is_what_is_asked_for_and_allowed(asked: str, allowed: str, got: str) -> None:
    assert granted(asked, allowed) == got
    assert permits("system/Task.rs", "Task", "s") and not permits("system/Task.rs", "Task", "u")


def test_only_public_keys_that_can_be_told_apart_are_pinned() -> None:
    private = {"keys": [{**ECKey.generate_key("P-384").as_dict(private=True), "kid": "1"}]}
    weak = {"keys": [{**RSAKey.generate_key(1024, auto_kid=True).as_dict(private=False), "kid": "1"}]}
    shared = {"keys": [{**OctKey.generate_key(256).as_dict(), "kid": "1"}]}
    nameless = {"keys": [{**ECKey.generate_key("P-384").as_dict(private=False), "kid": ""}]}
    for jwks in (private, weak, shared, nameless, {"keys": []}, {}, {"keys": KEY["keys"] * 2}):
        with pytest.raises(ValidationError):
            Settings(client_id="c", jwks=jwks)
    with pytest.raises(ValidationError):
        Settings(client_id="c", jwks=KEY, endpoints=("http://practice.example/notify",))


def test_a_subscription_keeps_its_limits_within_ours() -> None:
    wish = our_own_wish("https://practice.example/notify", "secret")
    limits = wish["channel"]["extension"]
    limits[0]["valueUnsignedInt"], limits[1]["valueUnsignedInt"], limits[2]["valuePositiveInt"] = 1, 500, 10_000
    made = asked_for(wish, SUBSCRIPTION.id, PEER, AGREED, NOW)
    assert (made.heartbeat, made.timeout, made.most) == (20, 30, 100)
    assert "secret" not in json.dumps(resource_of(made)) and "secret" not in repr(made)


def test_a_number_where_an_address_belongs_is_no_valid_resource() -> None:
    wish = our_own_wish("https://practice.example/notify", "t")
    wish["channel"]["extension"][0]["url"] = -1
    assert not is_valid("Subscription", wish)


def test_an_empty_payload_names_no_entry() -> None:
    quiet = replace(SUBSCRIPTION, names_entries=False)
    bundle = valid(notification(BASE, quiet, "event-notification", [EVENT], NOW))
    assert str(EVENT.entry) not in json.dumps(bundle)


def test_a_dead_endpoint_is_given_up_and_a_living_one_kept() -> None:
    last = replace(SUBSCRIPTION, attempts=len(PAUSES))
    assert last.pause_after_failure() is None
    assert SUBSCRIPTION.pause_after_failure() == timedelta(seconds=PAUSES[0])
    assert SUBSCRIPTION.pause_after_success(1) == timedelta(0)
    assert SUBSCRIPTION.pause_after_success(2) == timedelta(seconds=60)
    assert replace(SUBSCRIPTION, heartbeat=0).pause_after_success(2) is None
